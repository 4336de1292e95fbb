/*
 * The sets of slots become messages: withdrawals first, then family by family
 * aggregates, blackholes, End-of-RIB.  What was written is followed until the
 * neighbor has acknowledged it.
 */
#include "bgp.h"
#include "refresh.h"
#include "update.h"

#include "ribout_internal.h"

/* One UPDATE as full as it gets with withdrawals. */
static void
write_withdrawals(struct ribout *r, struct wire_out *out, enum family family)
{
	struct slot_set *set = &r->withdraw[family];
	struct update_writer w;

	update_withdraw_begin(&w, out, r->message_max, family);
	while (set->count > 0) {
		uint32_t slot = slot_set_first(set);

		if (!update_put(&w, &rib_route(r->rib, slot)->prefix))
			break;
		ribout_forget(r, slot);
	}
	update_end(&w);
}

/* The UPDATE that is being written announces the slot.  -1: no memory. */
static int
note_sent(struct ribout *r, const struct route *route, uint32_t slot)
{
	ribout_note_sent(r, route, slot);
	r->accounts[slot].delivered = false;
	r->accounts[slot].mark = delivery_next(r->delivery) & ACCOUNT_MARK_MAX;
	return delivery_put(r->delivery, slot);
}

/* One UPDATE as full as it gets with routes of one kind and family. */
static void
write_announcements(struct ribout *r, struct wire_out *out, int kind,
    enum family family)
{
	struct slot_set *set = &r->announce[kind][family];
	const struct wire_out *encoded = &r->encoded[kind][family];
	struct update_writer w;

	update_announce_begin(&w, out, r->message_max,
	    &r->exports.attrs[kind][family], encoded->bytes, encoded->len);
	while (set->count > 0) {
		uint32_t slot = slot_set_first(set);
		const struct route *route = rib_route(r->rib, slot);

		if (!update_put(&w, &route->prefix))
			break;
		if (note_sent(r, route, slot) == -1)
			out->failed = true;
	}
	update_end(&w);
}

static void
write_refresh(struct wire_out *out, enum family family,
    enum refresh_subtype subtype)
{
	struct bgp_refresh refresh = {
		.afi = family == FAMILY_IPV4 ? BGP_AFI_IPV4 : BGP_AFI_IPV6,
		.subtype = (uint8_t)subtype,
		.safi = BGP_SAFI_UNICAST,
	};

	refresh_encode(&refresh, out);
}

/*
 * BoRR, never before End-of-RIB (RFC 7313, section 4).  What the neighbor does
 * not hear of again from here to EoRR it forgets, so all is queued now.
 */
static bool
begin_refresh(struct ribout *r, struct wire_out *out, enum family family)
{
	if (r->refresh[family] != REFRESH_BORR_DUE ||
	    (r->end_of_rib_due & FAMILY_BIT(family)))
		return false;
	write_refresh(out, family, REFRESH_BEGIN);
	ribout_send_again(r, family);
	r->refresh[family] = REFRESH_RUNNING;
	return true;
}

/* What follows the last route of a family: End-of-RIB, then EoRR. */
static bool
finish_family(struct ribout *r, struct wire_out *out, enum family family)
{
	if ((r->end_of_rib_due & FAMILY_BIT(family)) && !r->end_of_rib_held) {
		r->end_of_rib_due &= (uint8_t)~FAMILY_BIT(family);
		update_end_of_rib(out, family);
		return true;
	}
	if (r->refresh[family] == REFRESH_RUNNING) {
		r->refresh[family] = REFRESH_IDLE;
		write_refresh(out, family, REFRESH_END);
		return true;
	}
	return false;
}

static bool
next_announcement(struct ribout *r, struct wire_out *out, enum family family)
{
	if (r->refresh[family] == REFRESH_QUEUED)
		r->refresh[family] = REFRESH_IDLE;
	if (begin_refresh(r, out, family))
		return true;
	for (int kind = 0; kind < ROUTE_KINDS; kind++) {
		if (r->announce[kind][family].count > 0) {
			write_announcements(r, out, kind, family);
			return true;
		}
	}
	return finish_family(r, out, family);
}

/* Whether anything was written. */
static bool
next_message(struct ribout *r, struct wire_out *out)
{
	for (int family = 0; family < FAMILIES; family++) {
		if (r->withdraw[family].count > 0) {
			write_withdrawals(r, out, (enum family)family);
			return true;
		}
	}
	for (int family = 0; family < FAMILIES; family++)
		if (next_announcement(r, out, (enum family)family))
			return true;
	return false;
}

bool
ribout_next(struct ribout *r, struct wire_out *out, uint64_t octets,
    int64_t now_ms)
{
	size_t begin = out->len;

	if (!r->up)
		return false;
	for (int family = 0; family < FAMILIES; family++)
		if (ribout_settle_places(r, (enum family)family) == -1)
			out->failed = true;
	if (!next_message(r, out))
		return out->failed;
	r->queued = octets + (out->len - begin);
	if (delivery_sent(r->delivery, r->queued, now_ms) == -1)
		out->failed = true;
	return true;
}

struct progress {
	struct ribout *r;
	int64_t now_ms;
	ribout_slot *on_delivered;
	void *arg;
};

/* delivery's: only the last UPDATE that announces a slot counts. */
static void
on_slot(void *arg, uint32_t slot, uint64_t number)
{
	struct progress *p = arg;
	struct account *account = &p->r->accounts[slot];

	if (!account->told || account->delivered || account->mark != number)
		return;
	account->delivered = true;
	account->mark = (uint64_t)p->now_ms & ACCOUNT_MARK_MAX;
	p->on_delivered(p->arg, slot);
}

void
ribout_progress(struct ribout *r, const struct ribout_octets *octets,
    int64_t now_ms, ribout_slot *on_delivered, void *arg)
{
	struct progress p = { .r = r,
		.now_ms = now_ms,
		.on_delivered = on_delivered,
		.arg = arg };

	if (!r->up)
		return;
	r->written = octets->written;
	r->acknowledged = octets->acknowledged;
	delivery_acknowledged(r->delivery, r->acknowledged, on_slot, &p);
}

uint64_t
ribout_queued(const struct ribout *r)
{
	return r->queued;
}

bool
ribout_has_sent(const struct ribout *r, uint64_t octet)
{
	return r->written >= octet;
}

bool
ribout_has_delivered(const struct ribout *r, uint64_t octet)
{
	return r->acknowledged >= octet;
}

bool
ribout_has_work(const struct ribout *r)
{
	bool due = false;

	for (int family = 0; family < FAMILIES; family++)
		due |= r->refresh[family] != REFRESH_IDLE ||
		    ribout_is_overfull(r, (enum family)family);
	return r->up &&
	    (due || ribout_pending(r) > 0 ||
		(r->end_of_rib_due != 0 && !r->end_of_rib_held));
}

bool
ribout_end_of_rib_due(const struct ribout *r)
{
	return r->end_of_rib_due != 0;
}
