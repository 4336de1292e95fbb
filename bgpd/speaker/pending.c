/*
 * Each claim that changed is here once, in its last state, until the keeper
 * says that it is stored.  All that gathered while one commit was under way
 * go into the next.
 */
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "link.h"
#include "log.h"
#include "pending.h"

/* A commit that failed is tried again after this. */
#define RETRY_MS 1000
#define TROUBLE_MAX 256

struct pending_change {
	RB_ENTRY(pending_change) by_claim;
	TAILQ_ENTRY(pending_change) order;
	struct stored_claim claim; /* its texts are behind it */
	uint64_t commit;	   /* the one that it goes or went out with */
};

RB_HEAD(change_tree, pending_change);
TAILQ_HEAD(change_list, pending_change);

struct pending_waiter {
	TAILQ_ENTRY(pending_waiter) order;
	struct pending *pending;
	struct event *timer;
	uint64_t commit;
	pending_done *done;
	void *arg;
};

TAILQ_HEAD(waiter_list, pending_waiter);

struct pending {
	struct event_base *base;
	struct link *link;
	struct change_tree tree;
	struct change_list list; /* oldest first */
	size_t count;
	struct waiter_list waiters;
	uint64_t next;	    /* the commit that changes now go into */
	uint64_t under_way; /* the one the keeper has; 0: none */
	int64_t sent_ms;    /* when it was sent */
	struct event *commit;
	char trouble[TROUBLE_MAX];
};

static int
change_order(struct pending_change *a, struct pending_change *b)
{
	int order = prefix_cmp(&a->claim.prefix, &b->claim.prefix);

	return order != 0 ? order : strcmp(a->claim.owner, b->claim.owner);
}

RB_PROTOTYPE(change_tree, pending_change, by_claim, change_order)
RB_GENERATE(change_tree, pending_change, by_claim, change_order)

/* Not stored: all that waits is tried again, with what comes until then. */
static void
try_later(struct pending *p, const char *why)
{
	struct timeval later = { .tv_sec = RETRY_MS / 1000 };

	if (strncmp(p->trouble, why, TROUBLE_MAX - 1) != 0)
		log_warnx("storage: not stored: %s; trying again", why);
	strlcpy(p->trouble, why, sizeof(p->trouble));
	if (event_add(p->commit, &later) == -1)
		log_warnx(
		    "storage: out of memory: trying with the next change");
}

/* Sends all that waits as one commit. */
static void
commit_all(struct pending *p)
{
	struct wire_out out;
	struct pending_change *c;

	if (p->link == NULL || p->under_way != 0 || TAILQ_EMPTY(&p->list))
		return;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_COMMIT);
	channel_put_commit(&out, p->next);
	TAILQ_FOREACH(c, &p->list, order)
		channel_put_claim(&out, &c->claim);
	if (link_send(p->link, &out) == 0) {
		TAILQ_FOREACH(c, &p->list, order)
			c->commit = p->next;
		p->under_way = p->next++;
		p->sent_ms = clock_now_ms();
	} else {
		try_later(p, "the changes cannot be sent to the keeper");
	}
	wire_out_fini(&out);
}

/* libevent: the turn in which changes came is over, or it is time to retry. */
static void
on_commit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	commit_all(arg);
}

struct pending *
pending_new(struct event_base *base)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	RB_INIT(&p->tree);
	TAILQ_INIT(&p->list);
	TAILQ_INIT(&p->waiters);
	p->base = base;
	p->next = 1;
	p->commit = evtimer_new(base, on_commit, p);
	if (p->commit == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

static void
drop_change(struct pending *p, struct pending_change *c)
{
	RB_REMOVE(change_tree, &p->tree, c);
	TAILQ_REMOVE(&p->list, c, order);
	p->count--;
	free(c);
}

static void
free_waiter(struct pending_waiter *w)
{
	TAILQ_REMOVE(&w->pending->waiters, w, order);
	event_free(w->timer);
	free(w);
}

void
pending_free(struct pending *p)
{
	struct pending_waiter *w, *next_waiter;
	struct pending_change *c, *next;

	if (p == NULL)
		return;
	TAILQ_FOREACH_SAFE(w, &p->waiters, order, next_waiter)
		free_waiter(w);
	TAILQ_FOREACH_SAFE(c, &p->list, order, next)
		drop_change(p, c);
	event_free(p->commit);
	free(p);
}

void
pending_set_link(struct pending *p, struct link *link)
{
	p->link = link;
}

/* Copies the text to *at, which moves on; gives the copy. */
static const char *
copy_text(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = memcpy(*at, text, size);

	*at += size;
	return copy;
}

struct pending_change *
pending_prepare(const struct stored_claim *claim)
{
	size_t texts = strlen(claim->owner) + strlen(claim->reason) +
	    strlen(claim->neighbors) + 3;
	struct pending_change *c = calloc(1, sizeof(*c) + texts);
	char *at;

	if (c == NULL)
		return NULL;
	at = (char *)(c + 1);
	c->claim = *claim;
	c->claim.owner = copy_text(&at, claim->owner);
	c->claim.reason = copy_text(&at, claim->reason);
	c->claim.neighbors = copy_text(&at, claim->neighbors);
	return c;
}

void
pending_discard(struct pending_change *c)
{
	free(c);
}

uint64_t
pending_put(struct pending *p, struct pending_change *c)
{
	struct pending_change *old = RB_FIND(change_tree, &p->tree, c);

	if (old != NULL)
		drop_change(p, old);
	RB_INSERT(change_tree, &p->tree, c);
	TAILQ_INSERT_TAIL(&p->list, c, order);
	p->count++;
	if (p->under_way == 0 && !evtimer_pending(p->commit, NULL))
		event_active(p->commit, EV_TIMEOUT, 0);
	return p->next;
}

bool
pending_has(struct pending *p, const struct prefix *prefix, const char *owner)
{
	struct pending_change key = { .claim = { .prefix = *prefix,
					  .owner = owner } };

	return RB_FIND(change_tree, &p->tree, &key) != NULL;
}

/*
 * Answers those who wait for commits up to number.  A call back may cancel
 * any other of them, so each time the first is looked up anew.
 */
static void
answer_waiters(struct pending *p, uint64_t number, bool stored)
{
	struct pending_waiter *w;

	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): knows no TAILQ_REMOVE */
	while ((w = TAILQ_FIRST(&p->waiters)) != NULL && w->commit <= number) {
		pending_done *done = w->done;
		void *arg = w->arg;

		free_waiter(w);
		done(arg, stored);
	}
}

static void
on_stored(struct pending *p, uint64_t number)
{
	struct pending_change *c, *next;

	if (p->trouble[0] != '\0')
		log_info("storage: works again");
	p->trouble[0] = '\0';
	TAILQ_FOREACH_SAFE(c, &p->list, order, next) {
		if (c->commit != number)
			break;
		drop_change(p, c);
	}
	commit_all(p);
}

int
pending_on_committed(struct pending *p,
    const struct channel_committed *committed)
{
	bool stored = committed->error[0] == '\0';

	if (p->under_way == 0 || committed->number != p->under_way)
		return -1;
	p->under_way = 0;
	if (stored)
		on_stored(p, committed->number);
	else
		try_later(p, committed->error);
	answer_waiters(p, committed->number, stored);
	return 0;
}

/* libevent: the disk takes too long for this answer. */
static void
on_waited_enough(evutil_socket_t fd, short what, void *arg)
{
	struct pending_waiter *w = arg;
	pending_done *done = w->done;
	void *done_arg = w->arg;

	(void)fd;
	(void)what;
	free_waiter(w);
	done(done_arg, false);
}

struct pending_waiter *
pending_wait(struct pending *p, uint64_t number, pending_done *done, void *arg)
{
	struct timeval limit = { .tv_sec = PENDING_WAIT_MS / 1000 };
	struct pending_waiter *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->pending = p;
	w->commit = number;
	w->done = done;
	w->arg = arg;
	w->timer = evtimer_new(p->base, on_waited_enough, w);
	if (w->timer == NULL || evtimer_add(w->timer, &limit) == -1) {
		if (w->timer != NULL)
			event_free(w->timer);
		free(w);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&p->waiters, w, order);
	return w;
}

void
pending_cancel(struct pending_waiter *w)
{
	if (w != NULL)
		free_waiter(w);
}

const char *
pending_trouble(const struct pending *p)
{
	bool hangs =
	    p->under_way != 0 && clock_now_ms() - p->sent_ms >= PENDING_WAIT_MS;

	return hangs ? "the disk does not answer" : p->trouble;
}

size_t
pending_count(const struct pending *p)
{
	return p->count;
}
