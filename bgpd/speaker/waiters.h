#ifndef WAITERS_H
#define WAITERS_H

/*
 * Answers that wait until what was changed has been sent to, or delivered to,
 * every neighbor that is to have it (or no longer to have it).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

struct neighbor;
struct rib;
struct waiters;

/* A route as it was: its slot serves another once the serial differs. */
struct route_ref {
	uint32_t slot;
	uint32_t serial;
};

enum waiters_for {
	WAIT_STORED, /* not by these: nothing more than storage */
	WAIT_SENT,
	WAIT_DELIVERED
};

struct waiters *waiters_new(struct event_base *base, const struct rib *rib);
void waiters_free(struct waiters *w); /* NULL is fine; all are dropped */
/* The configured neighbors, borrowed; again after a reload. */
void waiters_set_neighbors(struct waiters *w, struct neighbor *const *neighbors,
    size_t count);

/*
 * Calls back once all of the routes are where they should be: announcements
 * at every neighbor that is not off, withdrawals at every neighbor that had
 * them.  A neighbor that is down or over its limit keeps it waiting; who waits
 * keeps the time.  Copies refs.  Never calls back from within.  NULL: no
 * memory.
 */
struct waiter;
typedef void waiters_done(void *arg);
struct waiter *waiters_wait(struct waiters *w, enum waiters_for what,
    const struct route_ref *refs, size_t count, waiters_done *done, void *arg);
/* No call back any more; NULL is fine; not after the call back. */
void waiters_cancel(struct waiter *waiter);

/*
 * Something was sent to, or acknowledged by, or lost with the neighbor, or is
 * not to be sent any more.
 */
void waiters_look(struct waiters *w, const struct neighbor *n);

#endif
