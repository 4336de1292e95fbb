#ifndef SLOT_QUEUE_H
#define SLOT_QUEUE_H

/*
 * Blackholes that wait for a place, the oldest first.  An entry is a note of
 * how the route was when it was put: its user finds out whether that holds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slot_age {
	int64_t since_ms;
	uint32_t slot;
	uint32_t serial;
};

/* All zero is an empty queue. */
struct slot_queue {
	struct slot_age *items; /* on the heap */
	size_t count, size;
};

void slot_queue_fini(struct slot_queue *q); /* it is empty then */
/* -1: no memory, nothing changed. */
int slot_queue_put(struct slot_queue *q, const struct slot_age *age);
/* The oldest, of equally old ones the one of the lowest slot; NULL: none. */
const struct slot_age *slot_queue_first(const struct slot_queue *q);
/* Drops the first. */
void slot_queue_drop(struct slot_queue *q);

/* Whether a goes before b. */
bool slot_age_less(const struct slot_age *a, const struct slot_age *b);

#endif
