/*
 * One event serves the queue: made active it runs behind those that are ready
 * now, and with a time of zero it runs in the next turn of the loop.
 */
#include <stdlib.h>

#include "clock.h"

#include "control_turns.h"

TAILQ_HEAD(turn_list, control_turn);

struct control_turns {
	struct turn_list queue;
	size_t count;
	struct control_turn *holder; /* nobody else is served; or NULL */
	bool serving;
	struct event *serve;
};

/* Without memory for the time it is at once. */
static void
serve_next_turn(struct control_turns *turns)
{
	static const struct timeval now;

	if (event_add(turns->serve, &now) == -1)
		event_active(turns->serve, EV_TIMEOUT, 0);
}

/* Who is next, or NULL. */
static struct control_turn *
first(const struct control_turns *turns)
{
	if (turns->holder == NULL)
		return TAILQ_FIRST(&turns->queue);
	return turns->holder->queued ? turns->holder : NULL;
}

/* Each that stands in the queue now, once, as far as the time goes. */
static void
serve_queue(struct control_turns *turns)
{
	int64_t until_ms = clock_now_ms() + CONTROL_TURNS_MS;
	struct control_turn *t;

	turns->serving = true;
	for (size_t n = turns->count; n > 0; n--) {
		t = first(turns);
		if (t == NULL)
			break;
		control_turns_leave(turns, t);
		t->serve(t->arg);
		if (turns->holder != NULL || clock_now_ms() >= until_ms)
			break;
	}
	turns->serving = false;
	if (first(turns) != NULL)
		serve_next_turn(turns);
}

/* libevent: a client has asked, or there was no time for all. */
static void
on_serve(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	serve_queue(arg);
}

struct control_turns *
control_turns_new(struct event_base *base)
{
	struct control_turns *turns = calloc(1, sizeof(*turns));

	if (turns == NULL)
		return NULL;
	TAILQ_INIT(&turns->queue);
	turns->serve = evtimer_new(base, on_serve, turns);
	if (turns->serve == NULL) {
		free(turns);
		return NULL;
	}
	return turns;
}

void
control_turns_free(struct control_turns *turns)
{
	if (turns == NULL)
		return;
	event_free(turns->serve);
	free(turns);
}

void
control_turns_ask(struct control_turns *turns, struct control_turn *turn)
{
	if (turn->queued)
		return;
	TAILQ_INSERT_TAIL(&turns->queue, turn, entry);
	turn->queued = true;
	turns->count++;
	if (!turns->serving && !evtimer_pending(turns->serve, NULL))
		event_active(turns->serve, EV_TIMEOUT, 0);
}

void
control_turns_leave(struct control_turns *turns, struct control_turn *turn)
{
	if (!turn->queued)
		return;
	TAILQ_REMOVE(&turns->queue, turn, entry);
	turn->queued = false;
	turns->count--;
}

void
control_turns_hold(struct control_turns *turns, struct control_turn *turn)
{
	turns->holder = turn;
}

void
control_turns_release(struct control_turns *turns)
{
	turns->holder = NULL;
	if (turns->count > 0 && !turns->serving)
		serve_next_turn(turns);
}
