#ifndef DELIVERY_H
#define DELIVERY_H

/*
 * One session: octets that the neighbor has acknowledged become announcements
 * that were delivered.  Keeps the UPDATEs that are under way, no others.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delivery;

struct delivery *delivery_new(void);
void delivery_free(struct delivery *d); /* NULL is fine */
/* The session is over: nothing is under way. */
void delivery_clear(struct delivery *d);

/* The number of the next UPDATE; none ever has the same. */
uint64_t delivery_next(const struct delivery *d);
/* The next UPDATE announces the slot.  -1: no memory. */
int delivery_put(struct delivery *d, uint32_t slot);
/*
 * A message is whole that ends with octet `end` of the session, sent at at_ms:
 * it is the next UPDATE if that announces anything.  -1: no memory.
 */
int delivery_sent(struct delivery *d, uint64_t end, int64_t at_ms);

/* An UPDATE under way. */
struct delivery_update {
	uint64_t end;
	int64_t at_ms;
	size_t slots; /* how many it announces */
};
/* NULL: it is not under way. */
const struct delivery_update *delivery_find(const struct delivery *d,
    uint64_t number);

/*
 * So many octets are acknowledged: calls back for each slot of the UPDATEs
 * that are delivered now, in the order in which they were sent.
 */
typedef void delivery_slot(void *arg, uint32_t slot, uint64_t number);
void delivery_acknowledged(struct delivery *d, uint64_t octets,
    delivery_slot *on_slot, void *arg);
/* Whether anything is under way. */
bool delivery_is_due(const struct delivery *d);

#endif
