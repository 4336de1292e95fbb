/*
 * Each who waits has a place at each neighbor, with a cursor: the routes before
 * it are where they should be there, so each route is looked at once and again
 * only while the cursor stands at it.  The places stand in a list for each
 * neighbor and leave it when the cursor is through; with the last of them the
 * waiting is over, and the next turn of the loop calls back.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "rib.h"

#include "neighbor.h"
#include "waiters.h"

struct place {
	TAILQ_ENTRY(place) entry;
	struct waiter *waiter;
	bool waits; /* in the neighbor's list */
	size_t cursor;
	uint32_t session; /* the cursor is of that one: ribout_sessions() */
	uint64_t octet;	  /* with which the last withdrawal ends at most */
	bool in_doubt;	  /* a withdrawal was lost with its session */
};
TAILQ_HEAD(place_list, place);

struct waiter {
	TAILQ_ENTRY(waiter) entry; /* in all, or in ready */
	struct waiters *waiters;
	bool ready;
	enum waiters_for what;
	struct route_ref *refs;
	size_t count;
	struct place *places; /* one for each neighbor; NULL: no memory */
	size_t place_count;
	size_t places_left; /* that still wait */
	waiters_done *done;
	void *arg;
};
TAILQ_HEAD(waiter_list, waiter);

struct waiters {
	const struct rib *rib;
	struct waiter_list all, ready;
	const struct neighbor **neighbors;
	struct place_list *lists; /* one for each neighbor */
	size_t neighbor_count;
	bool no_memory; /* for the neighbors: nobody can wait */
	struct event *turn;
};

/* libevent: calls back those who have waited. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct waiters *w = arg;
	struct waiter *waiter;

	(void)fd;
	(void)what;
	while ((waiter = TAILQ_FIRST(&w->ready)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		waiters_done *done = waiter->done;
		void *done_arg = waiter->arg;

		waiters_cancel(waiter);
		done(done_arg);
	}
}

struct waiters *
waiters_new(struct event_base *base, const struct rib *rib)
{
	struct waiters *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->rib = rib;
	TAILQ_INIT(&w->all);
	TAILQ_INIT(&w->ready);
	w->turn = evtimer_new(base, on_turn, w);
	if (w->turn == NULL) {
		free(w);
		return NULL;
	}
	return w;
}

void
waiters_free(struct waiters *w)
{
	struct waiter *waiter;

	if (w == NULL)
		return;
	while ((waiter = TAILQ_FIRST(&w->all)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		waiters_cancel(waiter);
	while ((waiter = TAILQ_FIRST(&w->ready)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		waiters_cancel(waiter);
	event_free(w->turn);
	free(w->neighbors);
	free(w->lists);
	free(w);
}

/* Whether the announcement has got as far as is waited for. */
static bool
is_announced(const struct waiter *waiter, const struct ribout *r, uint32_t slot)
{
	int64_t at_ms;

	switch (ribout_state_of(r, slot, &at_ms)) {
	case RIBOUT_OFF:
		return !ribout_is_told(r, slot); /* else to be withdrawn */
	case RIBOUT_SENT:
		return waiter->what == WAIT_SENT;
	case RIBOUT_DELIVERED:
		return true;
	default:
		return false;
	}
}

/*
 * Whether the neighbor has been told of the end, or never had the route.  What
 * was on its way in a session that was lost is certain only when the neighbor
 * drops what it is not told of again: at End-of-RIB.
 */
static bool
is_withdrawn(struct place *p, const struct ribout *r, uint32_t slot,
    bool is_slots)
{
	if (is_slots && ribout_is_told(r, slot))
		return false;
	if (p->in_doubt && (!ribout_is_up(r) || ribout_end_of_rib_due(r)))
		return false;
	p->octet = ribout_is_up(r) ? ribout_queued(r) : 0;
	return true;
}

static bool
is_there(struct place *p, const struct ribout *r, const struct route_ref *ref)
{
	const struct route *route =
	    rib_route(p->waiter->waiters->rib, ref->slot);
	bool is_slots = route != NULL && route->serial == ref->serial;

	if (is_slots && !route->ended)
		return is_announced(p->waiter, r, ref->slot);
	return is_withdrawn(p, r, ref->slot, is_slots);
}

/* Whether all of the routes are where they should be at that neighbor. */
static bool
is_through(struct place *p, const struct ribout *r)
{
	const struct waiter *waiter = p->waiter;

	if (p->session != ribout_sessions(r)) {
		p->in_doubt |= p->octet > 0;
		p->session = ribout_sessions(r);
		p->octet = 0;
		p->cursor = 0;
	}
	while (p->cursor < waiter->count &&
	    is_there(p, r, &waiter->refs[p->cursor]))
		p->cursor++;
	if (p->cursor < waiter->count)
		return false;
	return waiter->what == WAIT_SENT ? ribout_has_sent(r, p->octet)
					 : ribout_has_delivered(r, p->octet);
}

/* The last place is through. */
static void
make_ready(struct waiter *waiter)
{
	struct waiters *w = waiter->waiters;

	TAILQ_REMOVE(&w->all, waiter, entry);
	TAILQ_INSERT_TAIL(&w->ready, waiter, entry);
	waiter->ready = true;
	event_active(w->turn, EV_TIMEOUT, 0);
}

static void
leave(struct waiters *w, size_t i, struct place *p)
{
	TAILQ_REMOVE(&w->lists[i], p, entry);
	p->waits = false;
	if (--p->waiter->places_left == 0)
		make_ready(p->waiter);
}

void
waiters_look(struct waiters *w, const struct neighbor *n)
{
	const struct ribout *r = neighbor_ribout_const(n);
	struct place *p, *next;

	if (TAILQ_EMPTY(&w->all))
		return;
	for (size_t i = 0; i < w->neighbor_count; i++) {
		if (w->neighbors[i] != n)
			continue;
		for (p = TAILQ_FIRST(&w->lists[i]); p != NULL; p = next) {
			next = TAILQ_NEXT(p, entry);
			if (is_through(p, r))
				leave(w, i, p);
		}
		return;
	}
}

/* Gives it a place at each neighbor; those it had go on. */
static void
enter(struct waiter *waiter, struct place *places, const size_t *had)
{
	struct waiters *w = waiter->waiters;

	waiter->places_left = w->neighbor_count;
	for (size_t i = 0; i < w->neighbor_count; i++) {
		struct place *p = &places[i];

		if (had != NULL && had[i] < waiter->place_count)
			*p = waiter->places[had[i]];
		else
			p->waits = true;
		p->waiter = waiter;
		if (p->waits)
			TAILQ_INSERT_TAIL(&w->lists[i], p, entry);
		else
			waiter->places_left--;
	}
	free(waiter->places);
	waiter->places = places;
	waiter->place_count = w->neighbor_count;
	for (size_t i = 0; i < w->neighbor_count && !waiter->ready; i++)
		if (places[i].waits &&
		    is_through(&places[i],
			neighbor_ribout_const(w->neighbors[i])))
			leave(w, i, &places[i]);
	if (waiter->places_left == 0 && !waiter->ready)
		make_ready(waiter);
}

static void
free_waiter(struct waiter *waiter)
{
	free(waiter->refs);
	free(waiter->places);
	free(waiter);
}

struct waiter *
waiters_wait(struct waiters *w, enum waiters_for what,
    const struct route_ref *refs, size_t count, waiters_done *done, void *arg)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));
	struct place *places = calloc(w->neighbor_count + 1, sizeof(*places));

	if (waiter != NULL)
		waiter->refs = calloc(count + 1, sizeof(*refs));
	if (waiter == NULL || places == NULL || waiter->refs == NULL ||
	    w->no_memory) {
		free(places);
		if (waiter != NULL)
			free_waiter(waiter);
		return NULL;
	}
	if (count > 0)
		memcpy(waiter->refs, refs, count * sizeof(*refs));
	waiter->waiters = w;
	waiter->what = what;
	waiter->count = what == WAIT_STORED ? 0 : count;
	waiter->done = done;
	waiter->arg = arg;
	TAILQ_INSERT_TAIL(&w->all, waiter, entry);
	enter(waiter, places, NULL);
	return waiter;
}

/* Out of the neighbors' lists. */
static void
leave_lists(struct waiter *waiter)
{
	struct waiters *w = waiter->waiters;

	for (size_t i = 0; i < waiter->place_count; i++)
		if (waiter->places[i].waits)
			TAILQ_REMOVE(&w->lists[i], &waiter->places[i], entry);
}

void
waiters_cancel(struct waiter *waiter)
{
	struct waiters *w;

	if (waiter == NULL)
		return;
	w = waiter->waiters;
	leave_lists(waiter);
	if (waiter->ready)
		TAILQ_REMOVE(&w->ready, waiter, entry);
	else
		TAILQ_REMOVE(&w->all, waiter, entry);
	free_waiter(waiter);
}

/* For each of the new neighbors its index before; SIZE_MAX: it is new. */
static void
find_had(const struct waiters *w, struct neighbor *const *neighbors,
    size_t count, size_t *had)
{
	for (size_t i = 0; i < count; i++) {
		had[i] = SIZE_MAX;
		for (size_t j = 0; j < w->neighbor_count; j++)
			if (w->neighbors[j] == neighbors[i])
				had[i] = j;
	}
}

/* The neighbors take their places.  -1: no memory. */
static int
switch_neighbors(struct waiters *w, struct neighbor *const *neighbors,
    size_t count)
{
	const struct neighbor **copy =
	    calloc(count + 1, sizeof(struct neighbor *));
	struct place_list *lists = calloc(count + 1, sizeof(*lists));

	if (copy == NULL || lists == NULL) {
		free(copy);
		free(lists);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		copy[i] = neighbors[i];
		TAILQ_INIT(&lists[i]);
	}
	free(w->neighbors);
	free(w->lists);
	w->neighbors = copy;
	w->lists = lists;
	w->neighbor_count = count;
	return 0;
}

/* Without places it is not told any more: its time will run out. */
static void
enter_again(struct waiter *waiter, const size_t *had)
{
	struct waiters *w = waiter->waiters;
	struct place *places = NULL;

	if (!w->no_memory)
		places = calloc(w->neighbor_count + 1, sizeof(*places));
	if (places != NULL) {
		enter(waiter, places, had);
		return;
	}
	free(waiter->places);
	waiter->places = NULL;
	waiter->place_count = 0;
}

void
waiters_set_neighbors(struct waiters *w, struct neighbor *const *neighbors,
    size_t count)
{
	size_t *had = calloc(count + 1, sizeof(*had));
	struct waiter *waiter, *next;

	TAILQ_FOREACH(waiter, &w->all, entry)
		leave_lists(waiter);
	if (had != NULL)
		find_had(w, neighbors, count, had);
	w->no_memory =
	    had == NULL || switch_neighbors(w, neighbors, count) == -1;
	if (w->no_memory)
		w->neighbor_count = 0;
	for (waiter = TAILQ_FIRST(&w->all); waiter != NULL; waiter = next) {
		next = TAILQ_NEXT(waiter, entry);
		enter_again(waiter, had);
	}
	free(had);
}
