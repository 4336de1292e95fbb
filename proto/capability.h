#ifndef CAPABILITY_H
#define CAPABILITY_H

/*
 * Capabilities (RFC 5492) of one OPEN, and what two OPENs agree on.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notification.h"
#include "prefix.h"
#include "wire.h"

/* A set of families: bit FAMILY_BIT(f) for each. */
#define FAMILY_BIT(family) ((uint8_t)(1U << (family)))

/* RFC 9234, section 4.1; the sender's role */
enum bgp_role {
	ROLE_PROVIDER = 0,
	ROLE_RS = 1,
	ROLE_RS_CLIENT = 2,
	ROLE_CUSTOMER = 3,
	ROLE_PEER = 4,
	ROLE_UNKNOWN = 254, /* received: a value that is none of these */
	ROLE_NONE = 255	    /* no role capability */
};

struct capabilities {
	bool multiprotocol; /* at least one, of whatever family */
	uint8_t families;   /* unicast ones among them */
	bool route_refresh;
	bool enhanced_refresh;
	bool extended_message;
	bool ipv4_over_ipv6; /* IPv4 NLRI with IPv6 next hop (RFC 8950) */
	bool as4;
	uint32_t as;	    /* with as4 */
	uint8_t role;	    /* enum bgp_role */
	bool role_conflict; /* two different roles (RFC 9234, 4.2) */
	bool graceful_restart;
	bool gr_restarting;   /* R bit */
	bool gr_notification; /* N bit (RFC 8538) */
	uint16_t gr_time_s;
	uint8_t gr_families;
	uint8_t gr_forwarding; /* families with the F bit */
	bool llgr;	       /* RFC 9494; be it without a family */
	uint8_t llgr_families;
	uint8_t llgr_forwarding;
	uint32_t llgr_time_s[FAMILIES];
};

/*
 * One capabilities optional parameter's value, added to what *c holds; before
 * the first, *c is all zero but for the role, which is ROLE_NONE.  Unknown
 * capabilities and those of a wrong length are skipped; a length that runs
 * past the end is an error: *why is 2/0.
 */
int capability_decode(struct capabilities *c, struct wire_in in,
    struct bgp_notification *why);
/* The value of one capabilities parameter with all that *c holds. */
void capability_encode(const struct capabilities *c, struct wire_out *out);

/*
 * Takes out of *c what an Unsupported Capability error (RFC 5492, section 5)
 * names in its data.
 */
void capability_drop(struct capabilities *c, struct wire_in refused);

/* The AFI of a family; the family of a unicast AFI and SAFI, false: not ours.
 */
uint16_t capability_afi(enum family family);
bool capability_family(uint16_t afi, uint8_t safi, enum family *family);

#endif
