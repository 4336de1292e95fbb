/*
 * A binary heap: no item is younger than those below it.
 */
#include <stdlib.h>

#include "slot_queue.h"

#define FIRST_SIZE 64

bool
slot_age_less(const struct slot_age *a, const struct slot_age *b)
{
	if (a->since_ms != b->since_ms)
		return a->since_ms < b->since_ms;
	return a->slot < b->slot;
}

void
slot_queue_fini(struct slot_queue *q)
{
	free(q->items);
	*q = (struct slot_queue){ .items = NULL };
}

int
slot_queue_put(struct slot_queue *q, const struct slot_age *age)
{
	size_t at = q->count;

	if (q->count == q->size) {
		size_t size = q->size > 0 ? 2 * q->size : FIRST_SIZE;
		struct slot_age *items =
		    reallocarray(q->items, size, sizeof(*items));

		if (items == NULL)
			return -1;
		q->items = items;
		q->size = size;
	}
	q->count++;
	while (at > 0 && slot_age_less(age, &q->items[(at - 1) / 2])) {
		q->items[at] = q->items[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	q->items[at] = *age;
	return 0;
}

const struct slot_age *
slot_queue_first(const struct slot_queue *q)
{
	return q->count > 0 ? &q->items[0] : NULL;
}

void
slot_queue_drop(struct slot_queue *q)
{
	struct slot_age last = q->items[--q->count];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < q->count) {
		if (child + 1 < q->count &&
		    slot_age_less(&q->items[child + 1], &q->items[child]))
			child++;
		if (!slot_age_less(&q->items[child], &last))
			break;
		q->items[at] = q->items[child];
		at = child;
	}
	q->items[at] = last;
}
