#ifndef COMMIT_WAITERS_H
#define COMMIT_WAITERS_H

/*
 * Who waits for a commit to be stored, and for how long.  pending.c's.
 */

#include <sys/queue.h>

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "pending.h"

TAILQ_HEAD(pending_waiter_list, pending_waiter);

/* Embedded. */
struct commit_waiters {
	struct event_base *base;
	struct pending_waiter_list list; /* in the order of their time */
	struct event *enough; /* no later than the first one's time */
	struct timeval turn;  /* when that of the last one began */
	uint64_t held;	      /* commit whose time has not begun; 0: none */
};

/* -1: no memory. */
int commit_waiters_init(struct commit_waiters *ws, struct event_base *base);
/* Nobody is told any more. */
void commit_waiters_fini(struct commit_waiters *ws);

/* As pending_wait. */
struct pending_waiter *commit_waiters_add(struct commit_waiters *ws,
    uint64_t number, pending_done *done, void *arg);
/* Tells those who wait for commits up to number. */
void commit_waiters_tell(struct commit_waiters *ws, uint64_t number,
    bool stored);
/* What those waited for is not whole before the next commit. */
void commit_waiters_move(struct commit_waiters *ws, uint64_t number);
/*
 * Who waits for commit number waits as long from when it is released, all of
 * them alike.
 */
void commit_waiters_hold(struct commit_waiters *ws, uint64_t number);
void commit_waiters_release(struct commit_waiters *ws);

#endif
