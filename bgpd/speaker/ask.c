/*
 * Each question has a number, which its answer repeats; an answer to one that
 * nobody waits for any more is dropped.  The others wait here for that answer,
 * also then: what the keeper has got it will work on.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "victim.h"

#include "link.h"

#include "ask.h"

struct ask_waiter {
	TAILQ_ENTRY(ask_waiter) entry;
	struct ask *ask;
	struct event *timer;
	uint64_t number; /* 0: the keeper has not got it yet */
	uid_t uid;
	struct history_query query;
	char owner[OWNER_MAX + 1]; /* the query's */
	ask_done *done;
	void *arg;
};

TAILQ_HEAD(ask_waiters, ask_waiter);

struct ask {
	struct event_base *base;
	struct link *link;
	struct ask_waiters waiters;
	size_t count;
	uint64_t last;	/* number given to a question */
	bool under_way; /* the keeper has that one */
};

struct ask *
ask_new(struct event_base *base)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->base = base;
	TAILQ_INIT(&a->waiters);
	return a;
}

void
ask_cancel(struct ask_waiter *w)
{
	if (w == NULL)
		return;
	TAILQ_REMOVE(&w->ask->waiters, w, entry);
	w->ask->count--;
	if (w->timer != NULL)
		event_free(w->timer);
	free(w);
}

void
ask_free(struct ask *a)
{
	struct ask_waiter *w, *next;

	if (a == NULL)
		return;
	TAILQ_FOREACH_SAFE(w, &a->waiters, entry, next)
		ask_cancel(w);
	free(a);
}

void
ask_set_link(struct ask *a, struct link *link)
{
	a->link = link;
}

static void
finish(struct ask_waiter *w, const struct history_answer *answer,
    struct wire_in entries)
{
	ask_done *done = w->done;
	void *arg = w->arg;

	ask_cancel(w);
	done(arg, answer, entries);
}

/* libevent: the keeper takes too long. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, NULL, wire_in(NULL, 0));
}

static int
send_question(struct ask *a, struct ask_waiter *w)
{
	struct wire_out out;
	int rc;

	if (a->link == NULL)
		return -1;
	w->query.number = a->last + 1;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_ASK_HISTORY);
	channel_put_history_query(&out, &w->query);
	rc = link_send(a->link, &out);
	wire_out_fini(&out);
	if (rc == -1)
		return -1;
	w->number = ++a->last;
	a->under_way = true;
	return 0;
}

/* The one that has waited longest.  -1: it cannot be sent. */
static int
send_next(struct ask *a)
{
	struct ask_waiter *w;

	TAILQ_FOREACH(w, &a->waiters, entry) {
		if (!a->under_way && w->number == 0)
			return send_question(a, w);
	}
	return 0;
}

static bool
has_room(const struct ask *a, uid_t uid)
{
	const struct ask_waiter *w;
	size_t of_user = 0;

	TAILQ_FOREACH(w, &a->waiters, entry)
		of_user += w->uid == uid;
	return a->count < ASK_MAX && of_user < ASK_USER_MAX;
}

struct ask_waiter *
ask_history(struct ask *a, uid_t uid, const struct history_query *q,
    ask_done *done, void *arg)
{
	static const struct timeval limit = { .tv_sec = ASK_WAIT_MS / 1000 };
	struct ask_waiter *w;

	if (!has_room(a, uid) || (w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->ask = a;
	w->uid = uid;
	w->query = *q;
	strlcpy(w->owner, q->owner, sizeof(w->owner));
	w->query.owner = w->owner;
	w->done = done;
	w->arg = arg;
	w->timer = evtimer_new(a->base, on_timer, w);
	TAILQ_INSERT_TAIL(&a->waiters, w, entry);
	a->count++;
	if (w->timer != NULL && evtimer_add(w->timer, &limit) == 0 &&
	    send_next(a) == 0)
		return w;
	ask_cancel(w);
	return NULL;
}

/* NULL: it is not awaited any more. */
static struct ask_waiter *
find(const struct ask *a, uint64_t number)
{
	struct ask_waiter *w;

	TAILQ_FOREACH(w, &a->waiters, entry) {
		if (w->number == number)
			return w;
	}
	return NULL;
}

int
ask_on_answer(struct ask *a, struct wire_in body)
{
	struct history_answer answer;
	struct ask_waiter *w;

	if (channel_get_history_answer(&body, &answer) == -1 || !a->under_way ||
	    answer.number != a->last)
		return -1;
	a->under_way = false;
	w = find(a, answer.number);
	(void)send_next(a); /* else with the next question */
	if (w != NULL)
		finish(w, &answer, body);
	return 0;
}
