/*
 * Two queues: the UPDATEs under way in order, and behind one another the slots
 * of all of them.  What has left a queue is room at its front, which is taken
 * back when the queue is full; a queue that has become empty begins anew.
 */
#include <stdlib.h>
#include <string.h>

#include "delivery.h"

#define FIRST_SIZE 16
/* An empty queue with room for more than this gives it back. */
#define KEPT_SIZE 1024

/* Items from first to end, of size. */
struct span {
	size_t first, end, size;
};

struct delivery {
	struct delivery_update *updates;
	struct span update;
	uint32_t *slots;
	struct span slot;
	size_t put;	/* slots of the next UPDATE so far */
	uint64_t first; /* the number of the first under way */
};

struct delivery *
delivery_new(void)
{
	return calloc(1, sizeof(struct delivery));
}

void
delivery_free(struct delivery *d)
{
	if (d == NULL)
		return;
	free(d->updates);
	free(d->slots);
	free(d);
}

/* Room for one more at the end.  Gives the items' place, NULL: no memory. */
static void *
make_room(void *items, struct span *s, size_t item)
{
	size_t size = s->size > 0 ? 2 * s->size : FIRST_SIZE;
	uint8_t *bytes = items;

	if (s->end < s->size)
		return items;
	if (s->size > 0 && s->first >= s->size / 2) {
		memmove(bytes, bytes + s->first * item,
		    (s->end - s->first) * item);
		s->end -= s->first;
		s->first = 0;
		return items;
	}
	bytes = reallocarray(items, size, item);
	if (bytes != NULL)
		s->size = size;
	return bytes;
}

/* What has become empty begins anew.  Gives the items' place. */
static void *
settle(void *items, struct span *s)
{
	if (s->first < s->end)
		return items;
	s->first = s->end = 0;
	if (s->size <= KEPT_SIZE)
		return items;
	free(items);
	s->size = 0;
	return NULL;
}

uint64_t
delivery_next(const struct delivery *d)
{
	return d->first + (d->update.end - d->update.first);
}

void
delivery_clear(struct delivery *d)
{
	d->first = delivery_next(d);
	d->update.first = d->update.end;
	d->slot.first = d->slot.end;
	d->put = 0;
	d->updates = settle(d->updates, &d->update);
	d->slots = settle(d->slots, &d->slot);
}

int
delivery_put(struct delivery *d, uint32_t slot)
{
	uint32_t *slots = make_room(d->slots, &d->slot, sizeof(*slots));

	if (slots == NULL)
		return -1;
	d->slots = slots;
	slots[d->slot.end++] = slot;
	d->put++;
	return 0;
}

int
delivery_sent(struct delivery *d, uint64_t end, int64_t at_ms)
{
	struct delivery_update *updates;

	if (d->put == 0)
		return 0;
	updates = make_room(d->updates, &d->update, sizeof(*updates));
	if (updates == NULL)
		return -1;
	d->updates = updates;
	updates[d->update.end++] = (struct delivery_update){ .end = end,
		.at_ms = at_ms,
		.slots = d->put };
	d->put = 0;
	return 0;
}

const struct delivery_update *
delivery_find(const struct delivery *d, uint64_t number)
{
	if (number < d->first || number >= delivery_next(d))
		return NULL;
	return &d->updates[d->update.first + (size_t)(number - d->first)];
}

void
delivery_acknowledged(struct delivery *d, uint64_t octets,
    delivery_slot *on_slot, void *arg)
{
	while (d->update.first < d->update.end) {
		const struct delivery_update *u = &d->updates[d->update.first];

		if (u->end > octets)
			break;
		for (size_t i = 0; i < u->slots; i++)
			on_slot(arg, d->slots[d->slot.first++], d->first);
		d->update.first++;
		d->first++;
	}
	d->updates = settle(d->updates, &d->update);
	d->slots = settle(d->slots, &d->slot);
}

bool
delivery_is_due(const struct delivery *d)
{
	return d->update.first < d->update.end;
}
