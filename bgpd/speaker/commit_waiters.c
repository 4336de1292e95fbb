/*
 * All wait equally long, so that the list is in the order of their time, and
 * one timer serves the first.
 */
#include "clock.h"

#include "request_memory.h"

#include "commit_waiters.h"

struct pending_waiter {
	TAILQ_ENTRY(pending_waiter) order;
	struct commit_waiters *all;
	int64_t until_ms;
	uint64_t commit;
	pending_done *done;
	void *arg;
};

static void
free_waiter(struct pending_waiter *w)
{
	TAILQ_REMOVE(&w->all->list, w, order);
	request_memory_put(w);
}

/* It waits no longer. */
static void
tell(struct pending_waiter *w, bool stored)
{
	pending_done *done = w->done;
	void *arg = w->arg;

	free_waiter(w);
	done(arg, stored);
}

static bool
is_held(const struct pending_waiter *w)
{
	return w->commit == w->all->held;
}

/*
 * Those who have waited until then are told that it is not stored.  A call
 * back may cancel any other of them, so each time the first is looked up anew.
 */
static void
end_waiting(struct commit_waiters *ws, int64_t until_ms)
{
	struct pending_waiter *w;

	while ((w = TAILQ_FIRST(&ws->list)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): TAILQ_REMOVE */
		if (w->until_ms > until_ms || is_held(w))
			return;
		tell(w, false);
	}
}

static int
start_waiting(struct commit_waiters *ws, int64_t ms)
{
	struct timeval limit = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	return event_add(ws->enough, &limit);
}

/* libevent: the disk takes too long for the first, if that still waits. */
static void
on_enough(evutil_socket_t fd, short what, void *arg)
{
	const struct pending_waiter *first;
	struct commit_waiters *ws = arg;
	int64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	end_waiting(ws, now_ms);
	first = TAILQ_FIRST(&ws->list);
	if (first != NULL && !is_held(first) &&
	    start_waiting(ws, first->until_ms - now_ms) == -1)
		end_waiting(ws, INT64_MAX); /* nobody else would end it */
}

int
commit_waiters_init(struct commit_waiters *ws, struct event_base *base)
{
	*ws = (struct commit_waiters){ .base = base };
	TAILQ_INIT(&ws->list);
	ws->enough = evtimer_new(base, on_enough, ws);
	return ws->enough != NULL ? 0 : -1;
}

void
commit_waiters_fini(struct commit_waiters *ws)
{
	struct pending_waiter *w, *next;

	TAILQ_FOREACH_SAFE(w, &ws->list, order, next)
		free_waiter(w);
	if (ws->enough != NULL)
		event_free(ws->enough);
}

/*
 * Those of one turn of the loop wait until the same moment, however long the
 * turn takes: what one of them hears, all hear.
 */
static int64_t
wait_until(struct commit_waiters *ws)
{
	const struct pending_waiter *last =
	    TAILQ_LAST(&ws->list, pending_waiter_list);
	struct timeval turn;

	event_base_gettimeofday_cached(ws->base, &turn);
	if (last != NULL && turn.tv_sec == ws->turn.tv_sec &&
	    turn.tv_usec == ws->turn.tv_usec)
		return last->until_ms;
	ws->turn = turn;
	return clock_now_ms() + PENDING_WAIT_MS;
}

struct pending_waiter *
commit_waiters_add(struct commit_waiters *ws, uint64_t number,
    pending_done *done, void *arg)
{
	struct pending_waiter *w = request_memory_get(sizeof(*w));

	if (w == NULL)
		return NULL;
	if (!evtimer_pending(ws->enough, NULL) &&
	    start_waiting(ws, PENDING_WAIT_MS) == -1) {
		request_memory_put(w);
		return NULL;
	}
	*w = (struct pending_waiter){ .all = ws,
		.until_ms = wait_until(ws),
		.commit = number,
		.done = done,
		.arg = arg };
	TAILQ_INSERT_TAIL(&ws->list, w, order);
	return w;
}

void
pending_cancel(struct pending_waiter *w)
{
	if (w != NULL)
		free_waiter(w);
}

void
commit_waiters_tell(struct commit_waiters *ws, uint64_t number, bool stored)
{
	struct pending_waiter *w;

	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): knows no TAILQ_REMOVE */
	while ((w = TAILQ_FIRST(&ws->list)) != NULL && w->commit <= number)
		tell(w, stored);
}

void
commit_waiters_move(struct commit_waiters *ws, uint64_t number)
{
	struct pending_waiter *w;

	TAILQ_FOREACH(w, &ws->list, order)
		if (w->commit <= number)
			w->commit = number + 1;
}

void
commit_waiters_hold(struct commit_waiters *ws, uint64_t number)
{
	ws->held = number;
}

void
commit_waiters_release(struct commit_waiters *ws)
{
	int64_t until_ms = clock_now_ms() + PENDING_WAIT_MS;
	struct pending_waiter *w;

	TAILQ_FOREACH(w, &ws->list, order)
		if (is_held(w))
			w->until_ms = until_ms;
	/* until then wait those, too, who begin in the rest of this turn */
	event_base_gettimeofday_cached(ws->base, &ws->turn);
	ws->held = 0;
	if (!TAILQ_EMPTY(&ws->list) && !evtimer_pending(ws->enough, NULL) &&
	    start_waiting(ws, PENDING_WAIT_MS) == -1)
		end_waiting(ws, INT64_MAX);
}
