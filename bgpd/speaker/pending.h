#ifndef PENDING_H
#define PENDING_H

/*
 * Changes that are not stored yet, as the last state of each claim, and who
 * waits for them.  Changes of one turn of the loop share one commit; one
 * commit is under way at a time; one that failed is tried again.
 */

#include <event2/event.h>

#include "channel.h"

struct link;
struct pending;

/* How long an answer waits for the disk. */
#define PENDING_WAIT_MS 2000

struct pending *pending_new(struct event_base *base);
void pending_free(struct pending *p); /* NULL is fine; waiters are dropped */
/* The keeper's link, borrowed; NULL: none, changes gather. */
void pending_set_link(struct pending *p, struct link *link);

/*
 * The new state of one claim, copied.  NULL: no memory.  Then put, which
 * takes it, cannot fail and gives the number of the commit that it will be
 * in; or discard.
 */
struct pending_change;
struct pending_change *pending_prepare(const struct stored_claim *claim);
uint64_t pending_put(struct pending *p, struct pending_change *c);
void pending_discard(struct pending_change *c); /* NULL is fine */
/* Whether a change of that claim is not stored yet. */
bool pending_has(struct pending *p, const struct prefix *prefix,
    const char *owner);

/* The keeper's answer.  -1: it is nonsense. */
int pending_on_committed(struct pending *p,
    const struct channel_committed *committed);

/*
 * Calls back once commit number, which pending_put just gave, is stored
 * (true), or fails or does not come within PENDING_WAIT_MS (false; the change
 * is tried again); never from within pending_wait.  NULL: no memory.
 */
struct pending_waiter;
typedef void pending_done(void *arg, bool stored);
struct pending_waiter *pending_wait(struct pending *p, uint64_t number,
    pending_done *done, void *arg);
/* No call back any more; NULL is fine; not after the call back. */
void pending_cancel(struct pending_waiter *w);

/* For status: why what is pending is not stored, or "" when all is well. */
const char *pending_trouble(const struct pending *p);
size_t pending_count(const struct pending *p);

#endif
