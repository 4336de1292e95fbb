#ifndef RIB_H
#define RIB_H

/*
 * What is ours to announce, to whomever: aggregates and blackholes, each with
 * a small number, its slot, by which every neighbor's ribout keeps account.
 * A slot outlives its route until the last neighbor has been told of the end.
 */

#include "victim.h"

enum route_kind {
	ROUTE_AGGREGATE,
	ROUTE_BLACKHOLE
};
#define ROUTE_KINDS 2

struct route {
	struct prefix prefix;
	uint8_t kind;	       /* enum route_kind */
	bool ended;	       /* to be withdrawn wherever it was announced */
	bool left_over;	       /* from before we started; ended */
	uint32_t told;	       /* neighbors that have it */
	uint32_t serial;       /* tells it from others in the same slot */
	struct victim *victim; /* of a blackhole, until it ends; borrowed */
};

#define RIB_NO_SLOT UINT32_MAX

struct rib;

struct rib *rib_new(void);
void rib_free(struct rib *rib); /* NULL is fine */

/* Makes room for n more routes, so that as many rib_add cannot fail. */
int rib_reserve(struct rib *rib, size_t n);
/* Gives the slot; victim NULL: an aggregate.  After rib_reserve. */
uint32_t rib_add(struct rib *rib, const struct prefix *prefix,
    struct victim *victim);
/*
 * A blackhole that ended while we were down: a neighbor that kept our routes
 * may still have it.  Its slot stays.  After rib_reserve.
 */
uint32_t rib_add_left_over(struct rib *rib, const struct prefix *prefix);
/* The route ends; its slot is free once no neighbor has it. */
void rib_end(struct rib *rib, uint32_t slot);

/* How many slots there is room for; grows by rib_reserve only. */
uint32_t rib_capacity(const struct rib *rib);
/* Slots are below this; rib_route gives NULL for a free one. */
uint32_t rib_slots(const struct rib *rib);
const struct route *rib_route(const struct rib *rib, uint32_t slot);

/* A neighbor's ribout counts itself in and out. */
void rib_told(struct rib *rib, uint32_t slot);
void rib_untold(struct rib *rib, uint32_t slot);
/* Frees an ended route's slot if nobody has it. */
void rib_collect(struct rib *rib, uint32_t slot);

#endif
