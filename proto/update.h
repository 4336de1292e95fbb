#ifndef UPDATE_H
#define UPDATE_H

/*
 * UPDATE (RFC 4271, section 4.3; RFC 4760 for IPv6): filled prefix by prefix,
 * and checked when received (RFC 7606).
 */

#include "attr.h"

/*
 * One UPDATE being filled.  begin, put until it says false, end; an UPDATE
 * without a prefix is never ended but dropped with update_cancel.  A failure
 * shows in out->failed: once out has failed, all of these do nothing, and
 * update_put says true as long as there would have been room.
 */
struct update_writer {
	struct wire_out *out;
	size_t begin; /* where the message starts in out */
	size_t room;  /* octets left for NLRI */
	size_t withdrawn_mark, attrs_mark, mp_mark; /* length fields in out */
	uint8_t family;				    /* enum family */
	bool mp; /* NLRI are in an MP attribute */
	bool withdraw;
	const uint8_t *attrs; /* behind MP_REACH_NLRI, written by update_end */
	size_t attrs_len;
};

/*
 * Borrows encoded (what attr_encode gave for *a) until update_end.  IPv6, and
 * IPv4 with an IPv6 next hop (RFC 8950), go into MP_REACH_NLRI.
 */
void update_announce_begin(struct update_writer *w, struct wire_out *out,
    size_t message_max, const struct attr_set *a, const uint8_t *encoded,
    size_t encoded_len);
/* IPv4 always in the classic field, IPv6 in MP_UNREACH_NLRI. */
void update_withdraw_begin(struct update_writer *w, struct wire_out *out,
    size_t message_max, enum family family);
/* A prefix of the writer's family.  false: no room, nothing was written. */
bool update_put(struct update_writer *w, const struct prefix *p);
void update_end(struct update_writer *w);
void update_cancel(struct update_writer *w);

/* End-of-RIB (RFC 4724, section 2), the whole message. */
void update_end_of_rib(struct wire_out *out, enum family family);

/* A received UPDATE: counted, checked, not kept. */
struct update_summary {
	enum attr_verdict verdict; /* never ATTR_RESET */
	uint8_t culprit;	   /* as in struct attr_summary */
	bool end_of_rib;
	uint8_t end_of_rib_family;		     /* enum family */
	uint32_t reach[FAMILIES], unreach[FAMILIES]; /* of agreed families */
};
/*
 * On -1, *why says what to tell the neighbor, and *s is not to be used.  On 0
 * with ATTR_TREAT_AS_WITHDRAW, *why is for the log, as in attr_check.
 */
int update_check(struct update_summary *s, struct wire_in body,
    const struct session_terms *terms, struct bgp_notification *why);

#endif
