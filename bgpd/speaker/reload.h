#ifndef RELOAD_H
#define RELOAD_H

/*
 * A reload as those who asked for it see it: the question to the keeper, and
 * who waits for how it ends.  Applying it is speaker.c's.
 */

#include <event2/event.h>

#include "wire.h"

struct reload;

/* How long whoever asked waits for the keeper. */
#define RELOAD_WAIT_MS 10000

enum reload_end {
	RELOAD_APPLIED, /* texts: the paths of the keys that changed */
	RELOAD_REFUSED, /* texts: what is wrong, a line each */
	RELOAD_BUSY	/* the keeper does not answer in time */
};

struct reload_outcome {
	enum reload_end end;
	const char *const *texts; /* borrowed */
	size_t count;
};

struct reload_parts {
	struct event_base *base;
	/* Asks the keeper to read its file anew. */
	void (*ask)(void *arg);
	void *arg;
};

struct reload *reload_new(const struct reload_parts *parts);
void reload_free(struct reload *r); /* NULL is fine; waiters are dropped */

/*
 * Asks, and calls back once with how it ended; never from within.  NULL: no
 * memory.
 */
struct reload_waiter;
typedef void reload_done(void *arg, const struct reload_outcome *outcome);
struct reload_waiter *reload_ask(struct reload *r, reload_done *done,
    void *arg);
/* No call back any more; NULL is fine; not after the call back. */
void reload_cancel(struct reload_waiter *w);

/* It has ended so, for all who wait. */
void reload_finish(struct reload *r, const struct reload_outcome *outcome);

#endif
