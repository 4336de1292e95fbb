#ifndef OPEN_H
#define OPEN_H

/*
 * OPEN (RFC 4271, section 4.2), and the terms that two OPENs make.
 */

#include "capability.h"

struct bgp_open {
	uint8_t version;
	uint32_t as; /* of the capability if it is there */
	uint16_t hold_time_s;
	uint32_t bgp_id; /* host order */
	struct capabilities caps;
	/* Codes of the capabilities received, each once, in their order. */
	uint8_t cap_count;
	uint8_t cap_codes[64];
};

/*
 * RFC 4271, section 6.2; RFC 9072 for extended optional parameters.  Checks
 * what needs no configuration.  On -1, *why says what to tell the neighbor.
 */
int open_decode(struct bgp_open *o, struct wire_in body,
    struct bgp_notification *why);

/*
 * The checks that need to know whom we expect: the AS, the identifier (RFC
 * 6286: within one AS it must differ from ours) and the roles (RFC 9234).
 */
struct open_expect {
	uint32_t local_as, remote_as;
	uint32_t bgp_id;  /* ours, host order */
	uint8_t role;	  /* ours, enum bgp_role */
	bool role_strict; /* a neighbor without role is refused */
};
int open_check(const struct bgp_open *o, const struct open_expect *expect,
    struct bgp_notification *why);

/*
 * The whole message.  An AS above 65535 is AS_TRANS in the header; caps.as is
 * encoded as it stands.
 */
void open_encode(const struct bgp_open *o, struct wire_out *out);

/*
 * The optional parameters field, its length first, with these encoded
 * capabilities as the one parameter; in the extended form of RFC 9072 when it
 * would be above 255 octets.
 */
void open_encode_options(const void *capabilities, size_t len,
    struct wire_out *out);

/* What both sides agree on: what decoding and encoding after OPEN need. */
struct session_terms {
	bool internal; /* iBGP */
	uint8_t families;
	bool as4;
	bool route_refresh;    /* the neighbor may ask us */
	bool enhanced_refresh; /* both can: BoRR and EoRR are sent */
	bool ipv4_over_ipv6;
	uint32_t local_as, remote_as;
	uint8_t role;	       /* ours, whether or not they sent one (RFC
				  9234, section 4.2); iBGP: ROLE_NONE */
	size_t message_max;    /* what we may send: 4096 or 65535 */
	size_t message_max_in; /* what we accept */
	uint16_t hold_time_s;  /* the smaller one; 0: no keepalives */
	bool graceful_restart; /* both offered: the neighbor keeps routes */
	bool gr_notification;  /* both set the N bit */
	uint16_t gr_time_s;    /* our restart time, which the neighbor waits */
	uint8_t gr_families;   /* those of ours that it keeps */
	uint8_t llgr_families;
};
/*
 * Cannot fail: without a common family, families is 0.  A side without any
 * multiprotocol capability speaks IPv4 unicast (RFC 4760, section 8).
 */
struct session_terms open_agree(const struct bgp_open *ours,
    const struct bgp_open *theirs);

#endif
