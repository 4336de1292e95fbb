/*
 * All who asked before a reload ends get its outcome: each of them asked for
 * the file as it was when the keeper read it, or before.
 */
#include <sys/queue.h>

#include <stdlib.h>

#include "reload.h"

struct reload_waiter {
	TAILQ_ENTRY(reload_waiter) entry;
	struct reload *reload;
	struct event *timer;
	reload_done *done;
	void *arg;
};

TAILQ_HEAD(reload_waiters, reload_waiter);

struct reload {
	struct reload_parts parts;
	struct reload_waiters waiters;
};

struct reload *
reload_new(const struct reload_parts *parts)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->parts = *parts;
	TAILQ_INIT(&r->waiters);
	return r;
}

void
reload_cancel(struct reload_waiter *w)
{
	if (w == NULL)
		return;
	TAILQ_REMOVE(&w->reload->waiters, w, entry);
	if (w->timer != NULL)
		event_free(w->timer);
	free(w);
}

void
reload_free(struct reload *r)
{
	struct reload_waiter *w, *next;

	if (r == NULL)
		return;
	TAILQ_FOREACH_SAFE(w, &r->waiters, entry, next)
		reload_cancel(w);
	free(r);
}

static void
finish_one(struct reload_waiter *w, const struct reload_outcome *outcome)
{
	reload_done *done = w->done;
	void *arg = w->arg;

	reload_cancel(w);
	done(arg, outcome);
}

/* libevent: the keeper takes too long. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct reload_outcome busy = { .end = RELOAD_BUSY };

	(void)fd;
	(void)what;
	finish_one(arg, &busy);
}

struct reload_waiter *
reload_ask(struct reload *r, reload_done *done, void *arg)
{
	struct timeval limit = { .tv_sec = RELOAD_WAIT_MS / 1000 };
	struct reload_waiter *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->reload = r;
	w->done = done;
	w->arg = arg;
	w->timer = evtimer_new(r->parts.base, on_timer, w);
	TAILQ_INSERT_TAIL(&r->waiters, w, entry);
	if (w->timer == NULL || evtimer_add(w->timer, &limit) == -1) {
		reload_cancel(w);
		return NULL;
	}
	r->parts.ask(r->parts.arg);
	return w;
}

void
reload_finish(struct reload *r, const struct reload_outcome *outcome)
{
	struct reload_waiter *w;

	/* a call back may cancel others, so each time the first is taken */
	while ((w = TAILQ_FIRST(&r->waiters)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as in pending */
		finish_one(w, outcome);
}
