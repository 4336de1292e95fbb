/*
 * What a neighbor should have is read from the rib; what it was told is an
 * account for each slot here.  The difference waits in sets of slots, one for
 * each kind of UPDATE it will go out in, so that a full UPDATE is found by
 * walking one set.  How blackholes get their places is in ribout_limit.c, how
 * messages are made of the sets in ribout_next.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bgp.h"

#include "ribout_internal.h"

static void
free_words(struct slot_set *set, uint32_t unused)
{
	(void)unused;
	free(set->words);
}

/* Calls f for each of the sets. */
static void
each_set(struct ribout *r, void (*f)(struct slot_set *, uint32_t), uint32_t arg)
{
	for (int family = 0; family < FAMILIES; family++) {
		f(&r->withdraw[family], arg);
		f(&r->waiting[family], arg);
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
	r->delivery = delivery_new();
	if (r->delivery == NULL) {
		ribout_free(r);
		return NULL;
	}
	return r;
}

void
ribout_free(struct ribout *r)
{
	if (r == NULL)
		return;
	if (r->delivery != NULL)
		ribout_stop(r);
	each_set(r, free_words, 0);
	for (int kind = 0; kind < ROUTE_KINDS; kind++)
		for (int family = 0; family < FAMILIES; family++)
			wire_out_fini(&r->encoded[kind][family]);
	delivery_free(r->delivery);
	free(r->accounts);
	free(r);
}

static int
resize_sets(struct ribout *r, uint32_t capacity)
{
	for (int family = 0; family < FAMILIES; family++) {
		if (slot_set_resize(&r->withdraw[family], r->capacity,
			capacity) == -1 ||
		    slot_set_resize(&r->waiting[family], r->capacity,
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
	struct account *accounts;

	if (capacity <= r->capacity)
		return 0;
	accounts = reallocarray(r->accounts, capacity, sizeof(*accounts));
	if (accounts == NULL)
		return -1;
	r->accounts = accounts;
	if (resize_sets(r, capacity) == -1)
		return -1;
	memset(accounts + r->capacity, 0,
	    (capacity - r->capacity) * sizeof(*accounts));
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

bool
ribout_is_wanted(const struct ribout *r, const struct route *route)
{
	return r->exports.on[route->kind][route->prefix.family] &&
	    is_meant_for(r, route);
}

static void
put(struct ribout *r, const struct route *route, uint32_t slot)
{
	enum family family = route->prefix.family;
	struct slot_set *set = &r->announce[route->kind][family];
	struct ribout_count *count = &r->counts[route->kind][family];

	if (slot_set_has(&r->withdraw[family], slot)) {
		slot_set_drop(&r->withdraw[family], slot);
		count->leaving--;
	}
	if (!r->accounts[slot].told && !slot_set_has(set, slot))
		count->fresh++;
	slot_set_put(set, slot);
}

void
ribout_put(struct ribout *r, uint32_t slot)
{
	put(r, rib_route(r->rib, slot), slot);
}

void
ribout_drop(struct ribout *r, uint32_t slot)
{
	const struct route *route = rib_route(r->rib, slot);
	enum family family = route->prefix.family;
	struct slot_set *set = &r->announce[route->kind][family];

	if (!r->accounts[slot].told && slot_set_has(set, slot))
		r->counts[route->kind][family].fresh--;
	slot_set_drop(set, slot);
}

void
ribout_put_withdrawal(struct ribout *r, uint32_t slot)
{
	const struct route *route = rib_route(r->rib, slot);
	struct slot_set *set = &r->withdraw[route->prefix.family];

	if (slot_set_has(set, slot))
		return;
	slot_set_put(set, slot);
	r->counts[route->kind][route->prefix.family].leaving++;
}

void
ribout_forget(struct ribout *r, uint32_t slot)
{
	const struct route *route;
	struct ribout_count *count;

	if (!r->accounts[slot].told)
		return;
	route = rib_route(r->rib, slot);
	count = &r->counts[route->kind][route->prefix.family];
	if (slot_set_has(&r->withdraw[route->prefix.family], slot)) {
		slot_set_drop(&r->withdraw[route->prefix.family], slot);
		count->leaving--;
	}
	count->told--;
	r->accounts[slot] = (struct account){ .told = false };
	rib_untold(r->rib, slot);
	rib_collect(r->rib, slot);
}

static bool
is_waiting(const struct ribout *r, const struct route *route, uint32_t slot)
{
	return slot_set_has(&r->waiting[route->prefix.family], slot);
}

/* A blackhole that the neighbor has not, and that needs a place first. */
static bool
needs_place(const struct ribout *r, const struct route *route, uint32_t slot)
{
	enum family family = route->prefix.family;

	return route->kind == ROUTE_BLACKHOLE && !r->accounts[slot].told &&
	    r->limit[family] != RIBOUT_NO_LIMIT &&
	    !slot_set_has(&r->announce[ROUTE_BLACKHOLE][family], slot);
}

/*
 * The route is wanted.  One that waits may have become older; one whose
 * withdrawal is taken back may have been queued for a refresh, so it is sent
 * once more.
 */
static void
touch_wanted(struct ribout *r, const struct route *route, uint32_t slot)
{
	if (is_waiting(r, route, slot) || needs_place(r, route, slot))
		ribout_wait(r, slot);
	else if (!r->accounts[slot].told ||
	    slot_set_has(&r->withdraw[route->prefix.family], slot))
		put(r, route, slot);
}

static void
touch(struct ribout *r, const struct route *route, uint32_t slot)
{
	if (ribout_is_wanted(r, route)) {
		touch_wanted(r, route, slot);
		return;
	}
	ribout_drop(r, slot);
	ribout_wait_no_more(r, slot);
	if (r->accounts[slot].told)
		ribout_put_withdrawal(r, slot);
}

void
ribout_touch(struct ribout *r, uint32_t slot)
{
	if (r->up)
		touch(r, rib_route(r->rib, slot), slot);
}

static void
note_told(struct ribout *r, const struct route *route, uint32_t slot)
{
	r->accounts[slot].told = true;
	rib_told(r->rib, slot);
	r->counts[route->kind][route->prefix.family].told++;
}

void
ribout_note_sent(struct ribout *r, const struct route *route, uint32_t slot)
{
	enum family family = route->prefix.family;

	slot_set_drop(&r->announce[route->kind][family], slot);
	if (r->accounts[slot].told)
		return;
	r->counts[route->kind][family].fresh--;
	note_told(r, route, slot);
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

/* What is told already the neighbor kept from the session before. */
static void
start_slot(struct ribout *r, const struct route *route, uint32_t slot,
    uint8_t families)
{
	bool told = r->accounts[slot].told;

	if (told && !(families & FAMILY_BIT(route->prefix.family)))
		ribout_forget(r, slot);
	else if (told && ribout_is_wanted(r, route))
		put(r, route, slot);
	else
		touch(r, route, slot);
}

int
ribout_start(struct ribout *r, const struct ribout_exports *exports,
    uint8_t families, size_t message_max)
{
	if (ribout_reserve(r) == -1 || encode_exports(r, exports) == -1)
		return -1;
	r->up = true;
	r->sessions++;
	r->queued = r->written = r->acknowledged = 0;
	r->end_of_rib_due = families;
	r->message_max = message_max;
	for (uint32_t slot = 0; slot < rib_slots(r->rib); slot++) {
		const struct route *route = rib_route(r->rib, slot);

		if (route != NULL)
			start_slot(r, route, slot, families);
	}
	return 0;
}

void
ribout_withdraw_left_over(struct ribout *r)
{
	for (uint32_t slot = 0; slot < rib_slots(r->rib); slot++) {
		const struct route *route = rib_route(r->rib, slot);

		if (route == NULL || !route->left_over ||
		    r->accounts[slot].told ||
		    !r->exports.on[ROUTE_BLACKHOLE][route->prefix.family])
			continue;
		note_told(r, route, slot);
		ribout_put_withdrawal(r, slot);
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

/* Told of it, and it is to stay so. */
static bool
has_for_good(const struct ribout *r, const struct route *route, uint32_t slot)
{
	return r->accounts[slot].told && ribout_is_wanted(r, route) &&
	    !is_waiting(r, route, slot);
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
		touch(r, route, slot);
		if (changed[route->kind][route->prefix.family] &&
		    has_for_good(r, route, slot))
			put(r, route, slot);
	}
	return 0;
}

void
ribout_set_neighbor(struct ribout *r, const struct config_neighbor *neighbor)
{
	r->neighbor = neighbor;
}

void
ribout_pause(struct ribout *r)
{
	r->up = false;
	r->sessions++;
	r->end_of_rib_due = 0;
	each_set(r, slot_set_clear, r->capacity);
	for (int family = 0; family < FAMILIES; family++) {
		slot_queue_fini(&r->oldest[family]);
		r->oldest_known[family] = false;
		for (int kind = 0; kind < ROUTE_KINDS; kind++) {
			r->counts[kind][family].leaving = 0;
			r->counts[kind][family].fresh = 0;
		}
	}
	for (uint32_t slot = 0; slot < r->capacity; slot++)
		r->accounts[slot].delivered = false;
	delivery_clear(r->delivery);
	memset(r->refresh, REFRESH_IDLE, sizeof(r->refresh));
}

void
ribout_stop(struct ribout *r)
{
	ribout_pause(r);
	for (uint32_t slot = 0; slot < r->capacity; slot++)
		if (r->accounts[slot].told)
			ribout_forget(r, slot);
}

void
ribout_hold_end_of_rib(struct ribout *r, bool held)
{
	r->end_of_rib_held = held;
}

void
ribout_send_again(struct ribout *r, enum family family)
{
	for (uint32_t slot = 0; slot < r->capacity; slot++) {
		const struct route *route;

		if (!r->accounts[slot].told)
			continue;
		route = rib_route(r->rib, slot);
		if (route->prefix.family == family &&
		    has_for_good(r, route, slot))
			put(r, route, slot);
	}
}

void
ribout_refresh(struct ribout *r, enum family family, bool enhanced)
{
	if (!r->up)
		return;
	if (enhanced) {
		r->refresh[family] = REFRESH_BORR_DUE;
	} else if (r->refresh[family] != REFRESH_QUEUED) {
		r->refresh[family] = REFRESH_QUEUED;
		ribout_send_again(r, family);
	}
}

bool
ribout_is_refreshing(const struct ribout *r, enum family family)
{
	return r->refresh[family] == REFRESH_RUNNING;
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

/* The route is there, or on its way. */
static enum ribout_state
state_of_told(const struct ribout *r, const struct account *account,
    int64_t *at_ms)
{
	const struct delivery_update *update;

	if (account->delivered) {
		*at_ms = (int64_t)account->mark;
		return RIBOUT_DELIVERED;
	}
	update = delivery_find(r->delivery, account->mark);
	if (update == NULL || update->end > r->written)
		return RIBOUT_QUEUED;
	*at_ms = update->at_ms;
	return RIBOUT_SENT;
}

enum ribout_state
ribout_state_of(const struct ribout *r, uint32_t slot, int64_t *at_ms)
{
	const struct route *route = rib_route(r->rib, slot);
	enum family family = route->prefix.family;

	if (!is_meant_for(r, route))
		return RIBOUT_OFF;
	if (!r->up)
		return RIBOUT_DOWN;
	if (!ribout_is_wanted(r, route))
		return RIBOUT_OFF;
	if (is_waiting(r, route, slot) && ribout_is_full(r, family))
		return RIBOUT_OVER_LIMIT;
	if (!r->accounts[slot].told || is_waiting(r, route, slot) ||
	    slot_set_has(&r->announce[route->kind][family], slot))
		return RIBOUT_QUEUED;
	return state_of_told(r, &r->accounts[slot], at_ms);
}

uint32_t
ribout_announced(const struct ribout *r, enum family family)
{
	uint32_t announced = 0;

	for (int kind = 0; r->up && kind < ROUTE_KINDS; kind++)
		announced += r->counts[kind][family].told;
	return announced;
}

uint32_t
ribout_victims(const struct ribout *r)
{
	uint32_t victims = 0;

	for (int family = 0; r->up && family < FAMILIES; family++)
		victims += r->counts[ROUTE_BLACKHOLE][family].told;
	return victims;
}

uint32_t
ribout_pending(const struct ribout *r)
{
	uint32_t pending = 0;

	for (int family = 0; family < FAMILIES; family++) {
		pending += r->withdraw[family].count;
		if (!ribout_is_full(r, (enum family)family))
			pending += r->waiting[family].count;
		for (int kind = 0; kind < ROUTE_KINDS; kind++)
			pending += r->announce[kind][family].count;
	}
	return pending;
}

bool
ribout_is_up(const struct ribout *r)
{
	return r->up;
}

uint32_t
ribout_sessions(const struct ribout *r)
{
	return r->sessions;
}

bool
ribout_is_told(const struct ribout *r, uint32_t slot)
{
	return r->accounts[slot].told;
}
