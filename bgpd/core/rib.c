/*
 * The slots: an array of routes, and a stack of the free ones.  No
 * lookup by prefix is needed: ribout.c sends withdrawals first, so a prefix
 * that ends in one slot and begins in another comes out right.
 */
#include <stdlib.h>

#include "rib.h"

#define RIB_FIRST_SIZE 64

struct rib {
	struct route *routes;
	uint32_t *free_slots; /* as many as routes; free_count are free */
	uint32_t free_count;
	uint32_t slots; /* in use or free, the highest so far */
	uint32_t size;
	uint32_t last_serial;
};

/* A free slot has a prefix of no family. */
#define NO_FAMILY FAMILIES

struct rib *
rib_new(void)
{
	return calloc(1, sizeof(struct rib));
}

void
rib_free(struct rib *rib)
{
	if (rib == NULL)
		return;
	free(rib->routes);
	free(rib->free_slots);
	free(rib);
}

int
rib_reserve(struct rib *rib, size_t n)
{
	size_t needed = rib->slots - rib->free_count + n;
	size_t size = rib->size > 0 ? rib->size : RIB_FIRST_SIZE;
	struct route *routes;
	uint32_t *free_slots;

	if (needed <= rib->size)
		return 0;
	if (needed >= RIB_NO_SLOT / 2)
		return -1;
	/* slowly, since every neighbor keeps some octets for each */
	while (size < needed)
		size += size / 4;
	free_slots = reallocarray(rib->free_slots, size, sizeof(*free_slots));
	if (free_slots == NULL)
		return -1;
	rib->free_slots = free_slots;
	routes = reallocarray(rib->routes, size, sizeof(*routes));
	if (routes == NULL)
		return -1;
	rib->routes = routes;
	rib->size = (uint32_t)size;
	return 0;
}

uint32_t
rib_add(struct rib *rib, const struct prefix *prefix, struct victim *victim)
{
	uint32_t slot;

	if (rib->free_count > 0)
		slot = rib->free_slots[--rib->free_count];
	else
		slot = rib->slots++;
	rib->routes[slot] = (struct route){
		.prefix = *prefix,
		.kind = victim != NULL ? ROUTE_BLACKHOLE : ROUTE_AGGREGATE,
		.serial = ++rib->last_serial,
		.victim = victim,
	};
	return slot;
}

uint32_t
rib_add_left_over(struct rib *rib, const struct prefix *prefix)
{
	uint32_t slot = rib_add(rib, prefix, NULL);

	rib->routes[slot].kind = ROUTE_BLACKHOLE;
	rib->routes[slot].ended = true;
	rib->routes[slot].left_over = true;
	return slot;
}

void
rib_end(struct rib *rib, uint32_t slot)
{
	rib->routes[slot].ended = true;
	rib->routes[slot].victim = NULL;
}

uint32_t
rib_capacity(const struct rib *rib)
{
	return rib->size;
}

uint32_t
rib_slots(const struct rib *rib)
{
	return rib->slots;
}

const struct route *
rib_route(const struct rib *rib, uint32_t slot)
{
	const struct route *route = &rib->routes[slot];

	return route->prefix.family != NO_FAMILY ? route : NULL;
}

void
rib_told(struct rib *rib, uint32_t slot)
{
	rib->routes[slot].told++;
}

void
rib_untold(struct rib *rib, uint32_t slot)
{
	rib->routes[slot].told--;
}

void
rib_collect(struct rib *rib, uint32_t slot)
{
	struct route *route = &rib->routes[slot];

	if (!route->ended || route->left_over || route->told > 0 ||
	    route->prefix.family == NO_FAMILY)
		return;
	route->prefix.family = NO_FAMILY;
	rib->free_slots[rib->free_count++] = slot;
}
