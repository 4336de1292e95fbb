#ifndef ATTR_H
#define ATTR_H

/*
 * Path attributes (RFC 4271, sections 4.3 and 5): those that we announce with,
 * encoded; those that we receive, checked by RFC 7606 and not kept.
 */

#include "community.h"
#include "notification.h"
#include "open.h"
#include "prefix.h"
#include "wire.h"

/* What a route is announced with.  Plain data, compared by attr_set_equal. */
struct attr_set {
	uint8_t family;			   /* of the NLRI */
	struct prefix next_hop;		   /* a whole address */
	struct prefix next_hop_link_local; /* len 0: none (RFC 2545) */
	uint32_t local_as;
	uint8_t as_count; /* copies of local_as in AS_PATH; iBGP: 0 */
	bool as4;	  /* four octets per AS (RFC 6793) */
	bool has_med, has_local_pref, has_otc;
	uint32_t med, local_pref, otc;
	struct community_set communities;
};
bool attr_set_equal(const struct attr_set *a, const struct attr_set *b);

/*
 * All attributes but MP_REACH_NLRI, in order of their codes.  NEXT_HOP is
 * there exactly when IPv4 NLRI go into the classic field, that is when family
 * and next hop are IPv4.  ORIGIN is IGP.
 */
void attr_encode(const struct attr_set *a, struct wire_out *out);
/* Whether the NLRI of such routes go into MP_REACH_NLRI. */
bool attr_uses_mp_reach(const struct attr_set *a);

/* What RFC 7606 asks for, worst last. */
enum attr_verdict {
	ATTR_OK,
	ATTR_DISCARD, /* the attribute is to be ignored */
	ATTR_TREAT_AS_WITHDRAW,
	ATTR_RESET /* *why says what to tell the neighbor */
};

/*
 * What one pass over the path attributes field of an UPDATE finds.  reach and
 * unreach are NLRI in the MP attributes by family.
 */
struct attr_summary {
	enum attr_verdict verdict;
	uint8_t culprit; /* code of the attribute behind the verdict, or 0 */
	bool has_mp_reach, has_mp_unreach;
	uint8_t mp_unreach_family; /* FAMILIES: one we did not agree on */
	bool has_other; /* any attribute but MP_UNREACH_NLRI, or a broken one */
	uint32_t reach[FAMILIES], unreach[FAMILIES];
};

/*
 * One pass, no allocation.  classic_nlri: whether the UPDATE has NLRI in the
 * classic field, so that the mandatory attributes and NEXT_HOP must be there.
 * On ATTR_RESET, *why is what to tell the neighbor.  On
 * ATTR_TREAT_AS_WITHDRAW, it is what RFC 4271 would have had us tell: for the
 * log only.  NLRI of families that were not agreed on are ignored.
 */
enum attr_verdict attr_check(struct attr_summary *s, struct wire_in attrs,
    bool classic_nlri, const struct session_terms *terms,
    struct bgp_notification *why);

/*
 * Adds to *count the prefixes of an NLRI field (RFC 4271, section 4.3); -1: a
 * length is above the family's or runs past the end (RFC 7606, section 5.3).
 */
int attr_count_nlri(struct wire_in nlri, enum family family, uint32_t *count);

/* "AS_PATH"; "attribute 77" for unknown codes.  Gives buf. */
#define ATTR_NAMELEN 32
const char *attr_name(uint8_t code, char buf[ATTR_NAMELEN]);

#endif
