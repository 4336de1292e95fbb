/*
 * UPDATE.  Sending: one message is filled prefix by prefix, never above what
 * the neighbor takes.  Receiving: the three fields are cut apart, checked and
 * counted.
 */
#include <string.h>

#include "bgp.h"
#include "frame.h"

#include "update.h"

/*
 * RFC 7606, section 5.1: an MP attribute comes first.  Its length has two
 * octets, since it is not known yet.
 */
static void
begin_mp(struct update_writer *w, uint8_t code)
{
	wire_put_u8(w->out, BGP_ATTR_FLAG_OPTIONAL | BGP_ATTR_FLAG_EXTENDED);
	wire_put_u8(w->out, code);
	w->mp_mark = wire_mark_u16(w->out);
	wire_put_u16(w->out, capability_afi(w->family));
	wire_put_u8(w->out, BGP_SAFI_UNICAST);
	w->mp = true;
}

/* RFC 4760, section 3; with a link-local address RFC 2545, section 3 */
static void
put_next_hop(struct wire_out *out, const struct attr_set *a)
{
	uint8_t octets = family_bits(a->next_hop.family) / 8;
	bool link_local = octets == 16 && a->next_hop_link_local.len > 0;

	wire_put_u8(out, link_local ? 32 : octets);
	wire_put_bytes(out, a->next_hop.addr, octets);
	if (link_local)
		wire_put_bytes(out, a->next_hop_link_local.addr, octets);
	wire_put_u8(out, 0); /* reserved */
}

static void
begin(struct update_writer *w, struct wire_out *out, enum family family)
{
	*w = (struct update_writer){ .out = out, .family = (uint8_t)family };
	w->begin = frame_begin(out, BGP_UPDATE);
	w->withdrawn_mark = wire_mark_u16(out);
}

/* Prefixes may take what is left before behind octets that come after. */
static void
set_room(struct update_writer *w, size_t message_max, size_t behind)
{
	size_t used = w->out->len - w->begin + behind;

	w->room = message_max > used ? message_max - used : 0;
}

void
update_announce_begin(struct update_writer *w, struct wire_out *out,
    size_t message_max, const struct attr_set *a, const uint8_t *encoded,
    size_t encoded_len)
{
	begin(w, out, a->family);
	w->attrs_mark = wire_mark_u16(out);
	if (attr_uses_mp_reach(a)) {
		begin_mp(w, BGP_ATTR_MP_REACH_NLRI);
		put_next_hop(out, a);
		w->attrs = encoded;
		w->attrs_len = encoded_len;
	} else {
		wire_put_bytes(out, encoded, encoded_len);
		wire_patch_u16(out, w->attrs_mark);
	}
	set_room(w, message_max, w->attrs_len);
}

void
update_withdraw_begin(struct update_writer *w, struct wire_out *out,
    size_t message_max, enum family family)
{
	begin(w, out, family);
	w->withdraw = true;
	if (family == FAMILY_IPV4) {
		set_room(w, message_max, 2);
		return;
	}
	w->attrs_mark = wire_mark_u16(out);
	begin_mp(w, BGP_ATTR_MP_UNREACH_NLRI);
	set_room(w, message_max, 0);
}

bool
update_put(struct update_writer *w, const struct prefix *p)
{
	size_t octets = (p->len + 7U) / 8;
	uint8_t bytes[1 + sizeof(p->addr)];

	if (1 + octets > w->room)
		return false;
	bytes[0] = p->len;
	memcpy(bytes + 1, p->addr, sizeof(p->addr));
	wire_put_bytes(w->out, bytes, 1 + octets);
	w->room -= 1 + octets;
	return true;
}

void
update_end(struct update_writer *w)
{
	if (w->mp) {
		wire_patch_u16(w->out, w->mp_mark);
		wire_put_bytes(w->out, w->attrs, w->attrs_len);
		wire_patch_u16(w->out, w->attrs_mark);
	} else if (w->withdraw) {
		wire_patch_u16(w->out, w->withdrawn_mark);
		wire_put_u16(w->out, 0); /* no path attributes */
	}
	frame_end(w->out, w->begin);
}

void
update_cancel(struct update_writer *w)
{
	w->out->len = w->begin;
}

void
update_end_of_rib(struct wire_out *out, enum family family)
{
	struct update_writer w;

	update_withdraw_begin(&w, out, BGP_MESSAGE_MAX, family);
	update_end(&w);
}

/* RFC 4724, section 2: nothing at all, or an MP_UNREACH_NLRI without NLRI. */
static void
note_end_of_rib(struct update_summary *s, const struct attr_summary *attrs,
    const struct session_terms *terms)
{
	uint8_t family = FAMILY_IPV4;

	if (attrs->has_other)
		return;
	if (attrs->has_mp_unreach)
		family = attrs->mp_unreach_family;
	if (family == FAMILIES || !(terms->families & FAMILY_BIT(family)) ||
	    s->unreach[family] > 0)
		return;
	s->end_of_rib = true;
	s->end_of_rib_family = family;
}

/* RFC 4271, section 6.3; RFC 7606, sections 3 (i) and 5.3 */
static int
check_classic(struct wire_in field, bool agreed, uint32_t *count,
    struct bgp_notification *why)
{
	uint32_t found = 0;

	if (attr_count_nlri(field, FAMILY_IPV4, &found) == -1)
		return notification_set(why, BGP_ERR_UPDATE,
		    BGP_UPDATE_INVALID_NETWORK);
	if (agreed)
		*count += found;
	return 0;
}

int
update_check(struct update_summary *s, struct wire_in body,
    const struct session_terms *terms, struct bgp_notification *why)
{
	struct wire_in withdrawn = wire_get_sub(&body, wire_get_u16(&body));
	struct wire_in attributes = wire_get_sub(&body, wire_get_u16(&body));
	bool ipv4 = (terms->families & FAMILY_BIT(FAMILY_IPV4)) != 0;
	struct attr_summary attrs;

	*s = (struct update_summary){ .verdict = ATTR_OK };
	if (body.failed)
		return notification_set(why, BGP_ERR_UPDATE,
		    BGP_UPDATE_MALFORMED_ATTRIBUTES);
	if (attr_check(&attrs, attributes, body.left > 0, terms, why) ==
	    ATTR_RESET)
		return -1;
	s->verdict = attrs.verdict;
	s->culprit = attrs.culprit;
	for (enum family f = 0; f < FAMILIES; f++) {
		s->reach[f] = attrs.reach[f];
		s->unreach[f] = attrs.unreach[f];
	}
	if (withdrawn.left == 0 && body.left == 0)
		note_end_of_rib(s, &attrs, terms);
	if (check_classic(withdrawn, ipv4, &s->unreach[FAMILY_IPV4], why) == -1)
		return -1;
	return check_classic(body, ipv4, &s->reach[FAMILY_IPV4], why);
}
