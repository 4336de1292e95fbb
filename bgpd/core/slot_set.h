#ifndef SLOT_SET_H
#define SLOT_SET_H

/*
 * A set of slots of the rib: one bit each.  Slots are below the capacity that
 * its user has made room for with slot_set_resize, and passes in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty set without room. */
struct slot_set {
	uint64_t *words; /* on the heap; free() ends the set */
	uint32_t count;
	uint32_t low; /* no slot below this is in the set */
};

/* From one capacity to a greater.  -1: no memory, nothing changed. */
int slot_set_resize(struct slot_set *set, uint32_t old, uint32_t new);
void slot_set_clear(struct slot_set *set, uint32_t capacity);

/* These three are here since they run for each victim at each neighbor. */

static inline bool
slot_set_has(const struct slot_set *set, uint32_t slot)
{
	return (set->words[slot / 64] >> (slot % 64) & 1) != 0;
}

static inline void
slot_set_put(struct slot_set *set, uint32_t slot)
{
	if (slot_set_has(set, slot))
		return;
	set->words[slot / 64] |= (uint64_t)1 << (slot % 64);
	if (set->count++ == 0 || slot < set->low)
		set->low = slot;
}

static inline void
slot_set_drop(struct slot_set *set, uint32_t slot)
{
	if (!slot_set_has(set, slot))
		return;
	set->words[slot / 64] &= ~((uint64_t)1 << (slot % 64));
	set->count--;
}

/* The lowest slot of a set that is not empty. */
uint32_t slot_set_first(struct slot_set *set);
/* Moves *slot to the first in the set at or behind it.  false: none. */
bool slot_set_next(const struct slot_set *set, uint32_t capacity,
    uint32_t *slot);

#endif
