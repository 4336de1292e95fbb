/*
 * What a neighbor should have is read from the rib; whether it was told is a
 * bool for each slot here.  The difference waits in sets of slots, one for each
 * kind of UPDATE it will go out in, so that a full UPDATE is found by walking
 * one set.
 */
#include <stdlib.h>
#include <string.h>

#include "bgp.h"
#include "refresh.h"
#include "update.h"

#include "ribout.h"
#include "slot_set.h"

enum refresh_phase {
	REFRESH_IDLE,
	REFRESH_BORR_DUE, /* asked for, nothing of it is sent yet */
	REFRESH_RUNNING	  /* EoRR follows the last of them */
};

struct ribout {
	struct rib *rib;
	const struct config_neighbor *neighbor;
	bool up;
	bool end_of_rib_held;
	uint8_t end_of_rib_due;	   /* FAMILY_BIT()s */
	uint8_t refresh[FAMILIES]; /* enum refresh_phase */
	size_t message_max;
	uint32_t capacity;
	bool *told;	/* by slot: the neighbor has its route */
	int64_t *at_ms; /* by slot: when it was told */
	uint32_t announced[FAMILIES];
	uint32_t limit[FAMILIES];
	uint32_t over_limit[FAMILIES]; /* queued, and no place for them */
	struct slot_set withdraw[FAMILIES];
	struct slot_set announce[ROUTE_KINDS][FAMILIES];
	struct ribout_exports exports;
	struct wire_out encoded[ROUTE_KINDS][FAMILIES];
};

/* Calls f for each of the sets. */
static void
each_set(struct ribout *r, void (*f)(struct slot_set *, uint32_t), uint32_t arg)
{
	for (int family = 0; family < FAMILIES; family++) {
		f(&r->withdraw[family], arg);
		for (int kind = 0; kind < ROUTE_KINDS; kind++)
			f(&r->announce[kind][family], arg);
	}
}

struct ribout *
ribout_new(struct rib *rib, const struct config_neighbor *neighbor)
{
	struct ribout *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->rib = rib;
	r->neighbor = neighbor;
	for (int family = 0; family < FAMILIES; family++)
		r->limit[family] = RIBOUT_NO_LIMIT;
	for (int kind = 0; kind < ROUTE_KINDS; kind++)
		for (int family = 0; family < FAMILIES; family++)
			wire_out_init(&r->encoded[kind][family],
			    BGP_MESSAGE_MAX);
	return r;
}

static void
free_words(struct slot_set *set, uint32_t unused)
{
	(void)unused;
	free(set->words);
}

void
ribout_free(struct ribout *r)
{
	if (r == NULL)
		return;
	ribout_stop(r);
	each_set(r, free_words, 0);
	for (int kind = 0; kind < ROUTE_KINDS; kind++)
		for (int family = 0; family < FAMILIES; family++)
			wire_out_fini(&r->encoded[kind][family]);
	free(r->told);
	free(r->at_ms);
	free(r);
}

static int
resize_sets(struct ribout *r, uint32_t capacity)
{
	for (int family = 0; family < FAMILIES; family++) {
		if (slot_set_resize(&r->withdraw[family], r->capacity,
			capacity) == -1)
			return -1;
		for (int kind = 0; kind < ROUTE_KINDS; kind++)
			if (slot_set_resize(&r->announce[kind][family],
				r->capacity, capacity) == -1)
				return -1;
	}
	return 0;
}

int
ribout_reserve(struct ribout *r)
{
	uint32_t capacity = rib_capacity(r->rib);
	bool *told;
	int64_t *at_ms;

	if (capacity <= r->capacity)
		return 0;
	told = reallocarray(r->told, capacity, sizeof(*told));
	if (told == NULL)
		return -1;
	r->told = told;
	at_ms = reallocarray(r->at_ms, capacity, sizeof(*at_ms));
	if (at_ms == NULL)
		return -1;
	r->at_ms = at_ms;
	if (resize_sets(r, capacity) == -1)
		return -1;
	memset(told + r->capacity, 0, (capacity - r->capacity) * sizeof(*told));
	r->capacity = capacity;
	return 0;
}

/* Whether the neighbor should have the route, as far as config decides. */
static bool
is_meant_for(const struct ribout *r, const struct route *route)
{
	const struct victim *v = route->victim;
	bool blackhole = route->kind == ROUTE_BLACKHOLE;
	int wanted = blackhole ? ANNOUNCE_BLACKHOLES : ANNOUNCE_AGGREGATES;

	if (route->ended || !(r->neighbor->announce & wanted) ||
	    !(r->neighbor->families & FAMILY_BIT(route->prefix.family)))
		return false;
	return !blackhole ||
	    (v->suppressed == REASON_NONE &&
		victim_wants_neighbor(v, r->neighbor->name));
}

static bool
is_wanted(const struct ribout *r, const struct route *route)
{
	return r->exports.on[route->kind][route->prefix.family] &&
	    is_meant_for(r, route);
}

static void
queue_announcement(struct ribout *r, const struct route *route, uint32_t slot)
{
	slot_set_put(&r->announce[route->kind][route->prefix.family], slot);
}

static int
encode_exports(struct ribout *r, const struct ribout_exports *exports)
{
	for (int kind = 0; kind < ROUTE_KINDS; kind++) {
		for (int family = 0; family < FAMILIES; family++) {
			struct wire_out *out = &r->encoded[kind][family];

			wire_out_reset(out);
			if (exports->on[kind][family])
				attr_encode(&exports->attrs[kind][family], out);
			if (out->failed)
				return -1;
		}
	}
	r->exports = *exports;
	return 0;
}

int
ribout_start(struct ribout *r, const struct ribout_exports *exports,
    uint8_t families, size_t message_max)
{
	if (ribout_reserve(r) == -1 || encode_exports(r, exports) == -1)
		return -1;
	r->up = true;
	r->end_of_rib_due = families;
	r->message_max = message_max;
	for (uint32_t slot = 0; slot < rib_slots(r->rib); slot++) {
		const struct route *route = rib_route(r->rib, slot);

		if (route != NULL && is_wanted(r, route))
			queue_announcement(r, route, slot);
	}
	return 0;
}

void
ribout_withdraw_left_over(struct ribout *r)
{
	for (uint32_t slot = 0; slot < rib_slots(r->rib); slot++) {
		const struct route *route = rib_route(r->rib, slot);

		if (route == NULL || !route->left_over ||
		    !r->exports.on[ROUTE_BLACKHOLE][route->prefix.family])
			continue;
		r->told[slot] = true;
		rib_told(r->rib, slot);
		r->announced[route->prefix.family]++;
		slot_set_put(&r->withdraw[route->prefix.family], slot);
	}
}

/* Whether routes of that kind and family now go out with other attributes. */
static bool
is_changed(const struct ribout *r, const struct ribout_exports *exports,
    int kind, int family)
{
	return exports->on[kind][family] && r->exports.on[kind][family] &&
	    !attr_set_equal(&exports->attrs[kind][family],
		&r->exports.attrs[kind][family]);
}

int
ribout_update(struct ribout *r, const struct ribout_exports *exports)
{
	bool changed[ROUTE_KINDS][FAMILIES];

	if (!r->up)
		return 0;
	for (int kind = 0; kind < ROUTE_KINDS; kind++)
		for (int family = 0; family < FAMILIES; family++)
			changed[kind][family] =
			    is_changed(r, exports, kind, family);
	if (encode_exports(r, exports) == -1)
		return -1;
	for (uint32_t slot = 0; slot < rib_slots(r->rib); slot++) {
		const struct route *route = rib_route(r->rib, slot);

		if (route == NULL)
			continue;
		ribout_touch(r, slot);
		if (changed[route->kind][route->prefix.family] &&
		    is_wanted(r, route))
			queue_announcement(r, route, slot);
	}
	return 0;
}

void
ribout_set_neighbor(struct ribout *r, const struct config_neighbor *neighbor)
{
	r->neighbor = neighbor;
}

static void
forget(struct ribout *r, uint32_t slot)
{
	if (!r->told[slot])
		return;
	r->told[slot] = false;
	rib_untold(r->rib, slot);
	rib_collect(r->rib, slot);
}

void
ribout_stop(struct ribout *r)
{
	if (!r->up)
		return;
	r->up = false;
	r->end_of_rib_due = 0;
	each_set(r, slot_set_clear, r->capacity);
	for (uint32_t slot = 0; slot < r->capacity; slot++)
		forget(r, slot);
	memset(r->announced, 0, sizeof(r->announced));
	memset(r->over_limit, 0, sizeof(r->over_limit));
	memset(r->refresh, REFRESH_IDLE, sizeof(r->refresh));
}

void
ribout_set_limit(struct ribout *r, enum family family, uint32_t limit)
{
	r->limit[family] = limit;
	r->over_limit[family] = 0;
}

void
ribout_hold_end_of_rib(struct ribout *r, bool held)
{
	r->end_of_rib_held = held;
}

/* Queues all that the neighbor was told of the family. */
static void
queue_again(struct ribout *r, enum family family)
{
	for (uint32_t slot = 0; slot < r->capacity; slot++) {
		const struct route *route;

		if (!r->told[slot])
			continue;
		route = rib_route(r->rib, slot);
		if (route->prefix.family == family && is_wanted(r, route))
			queue_announcement(r, route, slot);
	}
}

void
ribout_refresh(struct ribout *r, enum family family, bool enhanced)
{
	if (!r->up)
		return;
	if (enhanced)
		r->refresh[family] = REFRESH_BORR_DUE;
	else
		queue_again(r, family);
}

/* It may be queued for a refresh that waits, so it is announced once more. */
static void
take_back_withdrawal(struct ribout *r, const struct route *route, uint32_t slot)
{
	struct slot_set *set = &r->withdraw[route->prefix.family];

	if (!slot_set_has(set, slot))
		return;
	slot_set_drop(set, slot);
	queue_announcement(r, route, slot);
}

void
ribout_touch(struct ribout *r, uint32_t slot)
{
	const struct route *route = rib_route(r->rib, slot);

	if (!r->up)
		return;
	r->over_limit[route->prefix.family] = 0; /* to be found out anew */
	if (is_wanted(r, route)) {
		take_back_withdrawal(r, route, slot);
		if (!r->told[slot])
			queue_announcement(r, route, slot);
	} else {
		each_set(r, slot_set_drop, slot);
		if (r->told[slot])
			slot_set_put(&r->withdraw[route->prefix.family], slot);
	}
}

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
		slot_set_drop(set, slot);
		r->announced[family]--;
		forget(r, slot);
	}
	update_end(&w);
}

static void
note_told(struct ribout *r, uint32_t slot, int64_t now_ms)
{
	if (!r->told[slot]) {
		rib_told(r->rib, slot);
		r->announced[rib_route(r->rib, slot)->prefix.family]++;
	}
	r->told[slot] = true;
	r->at_ms[slot] = now_ms;
}

/* One UPDATE as full as it gets with routes of one kind and family. */
static void
write_announcements(struct ribout *r, struct wire_out *out, int kind,
    enum family family, int64_t now_ms)
{
	struct slot_set *set = &r->announce[kind][family];
	const struct wire_out *encoded = &r->encoded[kind][family];
	struct update_writer w;

	update_announce_begin(&w, out, r->message_max,
	    &r->exports.attrs[kind][family], encoded->bytes, encoded->len);
	while (set->count > 0) {
		uint32_t slot = slot_set_first(set);

		if (!update_put(&w, &rib_route(r->rib, slot)->prefix))
			break;
		slot_set_drop(set, slot);
		note_told(r, slot, now_ms);
	}
	update_end(&w);
}

/* How many more blackholes the neighbor takes. */
static uint32_t
places_left(const struct ribout *r, enum family family)
{
	uint32_t limit = r->limit[family], used = r->announced[family];

	return limit > used ? limit - used : 0;
}

/*
 * The queued slot that comes first where not all have a place: what the
 * neighbor has already, since that takes none, then the oldest victim.
 */
static uint32_t
first_to_go(const struct ribout *r, const struct slot_set *set)
{
	uint32_t found = RIB_NO_SLOT;
	int64_t oldest_ms = INT64_MAX;

	for (uint32_t slot = 0; slot_set_next(set, r->capacity, &slot);
	     slot++) {
		const struct victim *v = rib_route(r->rib, slot)->victim;

		if (r->told[slot])
			return slot;
		if (found == RIB_NO_SLOT || v->since_ms < oldest_ms) {
			found = slot;
			oldest_ms = v->since_ms;
		}
	}
	return found;
}

/* Of the blackholes that are queued, as many as there are places for. */
static bool
write_within_limit(struct ribout *r, struct wire_out *out, enum family family,
    int64_t now_ms)
{
	struct slot_set *set = &r->announce[ROUTE_BLACKHOLE][family];
	const struct wire_out *encoded = &r->encoded[ROUTE_BLACKHOLE][family];
	struct update_writer w;
	bool any = false;

	update_announce_begin(&w, out, r->message_max,
	    &r->exports.attrs[ROUTE_BLACKHOLE][family], encoded->bytes,
	    encoded->len);
	while (set->count > 0) {
		uint32_t slot = first_to_go(r, set);

		if ((!r->told[slot] && places_left(r, family) == 0) ||
		    !update_put(&w, &rib_route(r->rib, slot)->prefix))
			break;
		slot_set_drop(set, slot);
		note_told(r, slot, now_ms);
		any = true;
	}
	if (any)
		update_end(&w);
	else
		update_cancel(&w);
	return any;
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
	queue_again(r, family);
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

/* false: none is queued that may go. */
static bool
next_of_kind(struct ribout *r, struct wire_out *out, int kind,
    enum family family, int64_t now_ms)
{
	const struct slot_set *set = &r->announce[kind][family];
	bool limited =
	    kind == ROUTE_BLACKHOLE && set->count > places_left(r, family);

	if (kind == ROUTE_BLACKHOLE)
		r->over_limit[family] = 0;
	if (set->count == 0)
		return false;
	if (!limited) {
		write_announcements(r, out, kind, family, now_ms);
		return true;
	}
	if (write_within_limit(r, out, family, now_ms))
		return true;
	r->over_limit[family] = set->count;
	return false;
}

static bool
next_announcement(struct ribout *r, struct wire_out *out, enum family family,
    int64_t now_ms)
{
	if (begin_refresh(r, out, family))
		return true;
	for (int kind = 0; kind < ROUTE_KINDS; kind++)
		if (next_of_kind(r, out, kind, family, now_ms))
			return true;
	return finish_family(r, out, family);
}

bool
ribout_next(struct ribout *r, struct wire_out *out, int64_t now_ms)
{
	if (!r->up)
		return false;
	for (int family = 0; family < FAMILIES; family++) {
		if (r->withdraw[family].count > 0) {
			write_withdrawals(r, out, (enum family)family);
			return true;
		}
	}
	for (int family = 0; family < FAMILIES; family++)
		if (next_announcement(r, out, (enum family)family, now_ms))
			return true;
	return false;
}

bool
ribout_has_work(const struct ribout *r)
{
	bool refreshing = false;

	for (int family = 0; family < FAMILIES; family++)
		refreshing |= r->refresh[family] != REFRESH_IDLE;
	return r->up &&
	    (refreshing || ribout_pending(r) > 0 ||
		(r->end_of_rib_due != 0 && !r->end_of_rib_held));
}

bool
ribout_end_of_rib_due(const struct ribout *r)
{
	return r->end_of_rib_due != 0;
}

const char *
ribout_state_name(enum ribout_state state)
{
	static const char *const names[] = {
		[RIBOUT_DOWN] = "down",
		[RIBOUT_OFF] = "off",
		[RIBOUT_OVER_LIMIT] = "over-limit",
		[RIBOUT_QUEUED] = "queued",
		[RIBOUT_SENT] = "sent",
		[RIBOUT_DELIVERED] = "delivered",
	};

	return names[state];
}

enum ribout_state
ribout_state_of(const struct ribout *r, uint32_t slot, int64_t *at_ms)
{
	const struct route *route = rib_route(r->rib, slot);

	if (!is_meant_for(r, route))
		return RIBOUT_OFF;
	if (!r->up)
		return RIBOUT_DOWN;
	if (!is_wanted(r, route))
		return RIBOUT_OFF;
	if (slot_set_has(&r->announce[route->kind][route->prefix.family], slot))
		return r->over_limit[route->prefix.family] > 0 &&
			route->kind == ROUTE_BLACKHOLE
		    ? RIBOUT_OVER_LIMIT
		    : RIBOUT_QUEUED;
	*at_ms = r->at_ms[slot];
	return RIBOUT_SENT;
}

uint32_t
ribout_announced(const struct ribout *r, enum family family)
{
	return r->announced[family];
}

uint32_t
ribout_pending(const struct ribout *r)
{
	uint32_t pending = 0;

	for (int family = 0; family < FAMILIES; family++) {
		pending += r->withdraw[family].count;
		pending -= r->over_limit[family];
		for (int kind = 0; kind < ROUTE_KINDS; kind++)
			pending += r->announce[kind][family].count;
	}
	return pending;
}
