#ifndef REFRESH_H
#define REFRESH_H

/*
 * ROUTE-REFRESH (RFC 2918; RFC 7313 for the subtypes).
 */

#include "notification.h"
#include "wire.h"

enum refresh_subtype {
	REFRESH_REQUEST = 0,
	REFRESH_BEGIN = 1, /* BoRR */
	REFRESH_END = 2	   /* EoRR */
};

struct bgp_refresh {
	uint16_t afi;
	uint8_t subtype; /* enum refresh_subtype, or one we do not know */
	uint8_t safi;
};

/*
 * Fails on a message that is too short, and on a BoRR or EoRR of any wrong
 * length; *why is then what RFC 7313, section 5 asks for.  That holds only
 * where enhanced route refresh was agreed: else one that is too short has a
 * bad length as any other message (RFC 4271, section 6.1), and what is longer
 * is a request.  What follows a request (the filters of RFC 5291) is passed
 * over.
 *
 * The caller ignores unknown subtypes where enhanced route refresh was agreed
 * (RFC 7313, section 5), and takes every subtype for a request where it was
 * not: the octet is then a reserved one (RFC 2918, section 3).
 */
int refresh_decode(struct bgp_refresh *r, struct wire_in body,
    struct bgp_notification *why);
/* The whole message. */
void refresh_encode(const struct bgp_refresh *r, struct wire_out *out);

#endif
