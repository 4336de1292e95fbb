/*
 * Whole words are walked to find a slot; most changes touch few of them.
 */
#include <stdlib.h>
#include <string.h>

#include "slot_set.h"

int
slot_set_resize(struct slot_set *set, uint32_t old, uint32_t new)
{
	size_t had = ((size_t)old + 63) / 64, words = ((size_t) new + 63) / 64;
	uint64_t *w = reallocarray(set->words, words, sizeof(*w));

	if (w == NULL)
		return -1;
	memset(w + had, 0, (words - had) * sizeof(*w));
	set->words = w;
	return 0;
}

void
slot_set_clear(struct slot_set *set, uint32_t capacity)
{
	if (set->words != NULL)
		memset(set->words, 0, ((size_t)capacity + 63) / 64 * 8);
	set->count = 0;
	set->low = 0;
}

uint32_t
slot_set_first(struct slot_set *set)
{
	uint32_t word = set->low / 64;

	while (set->words[word] == 0)
		word++;
	set->low = word * 64 + (uint32_t)__builtin_ctzll(set->words[word]);
	return set->low;
}

bool
slot_set_next(const struct slot_set *set, uint32_t capacity, uint32_t *slot)
{
	uint32_t word = *slot / 64;
	uint64_t bits;

	if (*slot >= capacity)
		return false;
	bits = set->words[word] & UINT64_MAX << (*slot % 64);
	while (bits == 0) {
		if (++word >= (capacity + 63) / 64)
			return false;
		bits = set->words[word];
	}
	*slot = word * 64 + (uint32_t)__builtin_ctzll(bits);
	return true;
}
