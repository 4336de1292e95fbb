/*
 * Places.  A neighbor that counts prefixes ends the session when we pass its
 * limit, and the aggregates are gone with it: so these have their places
 * first, and blackholes get what is left.  Who has a place keeps it against
 * older ones that come later, so that nothing flaps.
 */
#include <stdlib.h>

#include "ribout_internal.h"

/* So many outdated entries a queue may have before it is made anew. */
#define OUTDATED_MAX 64

/* Prefixes the neighbor will have once all is sent that may go. */
static uint32_t
places_taken(const struct ribout *r, int kind, enum family family)
{
	const struct ribout_count *c = &r->counts[kind][family];

	return c->told - c->leaving + c->fresh;
}

/* Places for blackholes, taken ones included. */
static uint32_t
places(const struct ribout *r, enum family family)
{
	uint32_t reserved = places_taken(r, ROUTE_AGGREGATE, family);

	return r->limit[family] > reserved ? r->limit[family] - reserved : 0;
}

bool
ribout_is_full(const struct ribout *r, enum family family)
{
	return places_taken(r, ROUTE_BLACKHOLE, family) >= places(r, family);
}

bool
ribout_is_overfull(const struct ribout *r, enum family family)
{
	return places_taken(r, ROUTE_BLACKHOLE, family) > places(r, family);
}

static struct slot_age
age_of(const struct ribout *r, uint32_t slot)
{
	const struct route *route = rib_route(r->rib, slot);

	return (struct slot_age){ .since_ms = route->victim->since_ms,
		.slot = slot,
		.serial = route->serial };
}

static void
forget_oldest(struct ribout *r, enum family family)
{
	slot_queue_fini(&r->oldest[family]);
	r->oldest_known[family] = false;
}

/* All that wait, by age.  -1: no memory. */
static int
find_oldest(struct ribout *r, enum family family)
{
	const struct slot_set *set = &r->waiting[family];

	forget_oldest(r, family);
	for (uint32_t slot = 0; slot_set_next(set, r->capacity, &slot);
	     slot++) {
		struct slot_age age = age_of(r, slot);

		if (slot_queue_put(&r->oldest[family], &age) == -1)
			return -1;
	}
	r->oldest_known[family] = true;
	return 0;
}

void
ribout_wait(struct ribout *r, uint32_t slot)
{
	enum family family = rib_route(r->rib, slot)->prefix.family;
	struct slot_queue *q = &r->oldest[family];
	struct slot_age age = age_of(r, slot);

	slot_set_put(&r->waiting[family], slot);
	if (!r->oldest_known[family])
		return;
	/* it may be there already, but from before it became older */
	if (q->count > 2 * (size_t)r->waiting[family].count + OUTDATED_MAX ||
	    slot_queue_put(q, &age) == -1)
		forget_oldest(r, family);
}

void
ribout_wait_no_more(struct ribout *r, uint32_t slot)
{
	enum family family = rib_route(r->rib, slot)->prefix.family;

	slot_set_drop(&r->waiting[family], slot);
	if (r->waiting[family].count == 0)
		forget_oldest(r, family);
}

/* Whether the entry tells of one that waits, as it is now. */
static bool
holds(const struct ribout *r, enum family family, const struct slot_age *age)
{
	struct slot_age now;

	if (!slot_set_has(&r->waiting[family], age->slot))
		return false;
	now = age_of(r, age->slot);
	return now.serial == age->serial && now.since_ms == age->since_ms;
}

/* RIB_NO_SLOT: the queue knows of none. */
static uint32_t
take_oldest(struct ribout *r, enum family family)
{
	struct slot_queue *q = &r->oldest[family];
	const struct slot_age *first;

	while ((first = slot_queue_first(q)) != NULL) {
		struct slot_age age = *first;

		slot_queue_drop(q);
		if (holds(r, family, &age))
			return age.slot;
	}
	return RIB_NO_SLOT;
}

static int
fill_places(struct ribout *r, enum family family)
{
	const struct slot_set *set = &r->waiting[family];

	while (set->count > 0 && !ribout_is_full(r, family)) {
		uint32_t slot = RIB_NO_SLOT;

		if (r->oldest_known[family])
			slot = take_oldest(r, family);
		if (slot == RIB_NO_SLOT) {
			if (find_oldest(r, family) == -1)
				return -1;
			slot = take_oldest(r, family);
		}
		ribout_wait_no_more(r, slot);
		ribout_put(r, slot);
	}
	return 0;
}

static bool
has_place(const struct ribout *r, enum family family, uint32_t slot)
{
	const struct route *route = rib_route(r->rib, slot);

	return route != NULL && route->kind == ROUTE_BLACKHOLE &&
	    route->prefix.family == family &&
	    (slot_set_has(&r->announce[ROUTE_BLACKHOLE][family], slot) ||
		(r->accounts[slot].told &&
		    !slot_set_has(&r->withdraw[family], slot)));
}

static void
evict(struct ribout *r, uint32_t slot)
{
	bool told = r->accounts[slot].told;

	ribout_drop(r, slot);
	if (told)
		ribout_put_withdrawal(r, slot);
	ribout_wait(r, slot);
	if (told && r->on_evicted != NULL)
		r->on_evicted(r->on_evicted_arg, slot);
}

static int
newest_first(const void *a, const void *b)
{
	return slot_age_less(a, b) ? 1 : -1;
}

/* -1: no memory. */
static int
evict_newest(struct ribout *r, enum family family, uint32_t count)
{
	uint32_t taken = places_taken(r, ROUTE_BLACKHOLE, family);
	struct slot_age *ages = calloc(taken, sizeof(*ages));
	size_t found = 0;

	if (ages == NULL)
		return -1;
	for (uint32_t slot = 0; slot < rib_slots(r->rib); slot++)
		if (found < taken && has_place(r, family, slot))
			ages[found++] = age_of(r, slot);
	qsort(ages, found, sizeof(*ages), newest_first);
	for (size_t i = 0; i < count && i < found; i++)
		evict(r, ages[i].slot);
	free(ages);
	return 0;
}

int
ribout_settle_places(struct ribout *r, enum family family)
{
	uint32_t taken = places_taken(r, ROUTE_BLACKHOLE, family);
	uint32_t left = places(r, family);

	if (taken > left)
		return evict_newest(r, family, taken - left);
	return fill_places(r, family);
}

/* What is not told yet has to wait from now on. */
static void
let_wait(struct ribout *r, enum family family)
{
	const struct slot_set *set = &r->announce[ROUTE_BLACKHOLE][family];

	for (uint32_t slot = 0; slot_set_next(set, r->capacity, &slot);
	     slot++) {
		if (r->accounts[slot].told)
			continue;
		ribout_drop(r, slot);
		ribout_wait(r, slot);
	}
}

/* All may go. */
static void
let_go(struct ribout *r, enum family family)
{
	const struct slot_set *set = &r->waiting[family];

	forget_oldest(r, family);
	for (uint32_t slot = 0; slot_set_next(set, r->capacity, &slot);
	     slot++) {
		ribout_wait_no_more(r, slot);
		ribout_put(r, slot);
	}
}

void
ribout_set_limit(struct ribout *r, enum family family, uint32_t limit)
{
	bool limited = r->limit[family] != RIBOUT_NO_LIMIT;

	r->limit[family] = limit;
	if (limit == RIBOUT_NO_LIMIT)
		let_go(r, family);
	else if (!limited)
		let_wait(r, family);
}

uint32_t
ribout_limit(const struct ribout *r, enum family family)
{
	return r->limit[family];
}

uint32_t
ribout_over_limit(const struct ribout *r, enum family family)
{
	return ribout_is_full(r, family) ? r->waiting[family].count : 0;
}

void
ribout_on_evicted(struct ribout *r, ribout_slot *on_evicted, void *arg)
{
	r->on_evicted = on_evicted;
	r->on_evicted_arg = arg;
}
