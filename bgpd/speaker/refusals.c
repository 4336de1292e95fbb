/*
 * Two short lists, searched from the front: of refusals that are exactly
 * alike, and of those that are alike in user and reason only.  One timer, which
 * runs while there is any, writes what has grown and drops what has not.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "victim.h"

#include "clock.h"
#include "log.h"

#include "pending.h"
#include "refusals.h"

#define WRITE_AGAIN_S 60
/* Tokens grow from the wall clock at the start, so that none comes twice. */
#define TOKENS_A_MS 20 /* as a power of two */

struct entry {
	TAILQ_ENTRY(entry) order;
	uint64_t token;
	int64_t at_wall_ms;
	struct prefix prefix;
	uid_t uid;
	pid_t pid;
	uint32_t count;
	bool grown; /* since it was written */
	enum reason reason;
	char by[CONFIG_NAME_MAX];
	char owner[OWNER_MAX + 1];
	char message[REFUSAL_STRLEN];
};

TAILQ_HEAD(entry_list, entry);

/* Entries that are compared in the same way. */
struct kind {
	struct entry_list list; /* oldest first */
	size_t count;
};

struct refusals {
	struct pending *pending;
	struct event *timer;
	struct kind alike, others;
	uint64_t next_token;
};

static void
drop(struct kind *k, struct entry *e)
{
	TAILQ_REMOVE(&k->list, e, order);
	k->count--;
	free(e);
}

static void
write_entry(struct refusals *r, struct entry *e)
{
	struct history_entry entry = { .token = e->token,
		.at_wall_ms = e->at_wall_ms,
		.action = HISTORY_REFUSED,
		.prefix = e->prefix,
		.owner = e->owner,
		.by = e->by,
		.uid = (uint32_t)e->uid,
		.pid = (int32_t)e->pid,
		.reason = e->message,
		.expires_wall_ms = -1,
		.count = e->count };

	pending_note(r->pending, &entry);
	e->grown = false;
}

static void
start_timer(struct refusals *r)
{
	struct timeval again = { .tv_sec = WRITE_AGAIN_S };

	if (event_add(r->timer, &again) == -1)
		log_warnx("history: out of memory: refusals are not counted");
}

/* What has grown is written and may grow on; the rest is of the past. */
static void
write_grown(struct refusals *r, struct kind *k)
{
	struct entry *e, *next;

	TAILQ_FOREACH_SAFE(e, &k->list, order, next) {
		if (e->grown)
			write_entry(r, e);
		else
			drop(k, e);
	}
}

/* libevent: a minute has passed. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct refusals *r = arg;

	(void)fd;
	(void)what;
	write_grown(r, &r->alike);
	write_grown(r, &r->others);
	if (r->alike.count + r->others.count > 0)
		start_timer(r);
}

struct refusals *
refusals_new(struct event_base *base, struct pending *pending)
{
	struct refusals *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	TAILQ_INIT(&r->alike.list);
	TAILQ_INIT(&r->others.list);
	r->pending = pending;
	r->next_token = (uint64_t)llabs(clock_wall_ms()) << TOKENS_A_MS;
	r->timer = evtimer_new(base, on_timer, r);
	if (r->timer == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

static void
drop_all(struct kind *k)
{
	struct entry *e, *next;

	TAILQ_FOREACH_SAFE(e, &k->list, order, next)
		drop(k, e);
}

void
refusals_free(struct refusals *r)
{
	if (r == NULL)
		return;
	drop_all(&r->alike);
	drop_all(&r->others);
	event_free(r->timer);
	free(r);
}

uint64_t
refusals_tokens(struct refusals *r, unsigned n)
{
	uint64_t first = r->next_token + 1;

	r->next_token += n;
	return first;
}

static struct entry *
find_alike(const struct refusals *r, const struct refused *new)
{
	struct entry *e;

	TAILQ_FOREACH(e, &r->alike.list, order)
		if (e->uid == new->caller->uid &&
		    e->reason ==
			new->why->reason &&prefix_cmp(&e->prefix,
			    &new->prefix) == 0 &&
		    strcmp(e->owner, new->owner) == 0)
			return e;
	return NULL;
}

static struct entry *
find_other(const struct refusals *r, const struct refused *new)
{
	struct entry *e;

	TAILQ_FOREACH(e, &r->others.list, order)
		if (e->uid == new->caller->uid && e->reason == new->why->reason)
			return e;
	return NULL;
}

/* The first of its kind, with an entry of its own. */
static void
begin(struct refusals *r, struct kind *k, const struct refused *new)
{
	/* as changes do, so that the order of both is right */
	int64_t wall_ms = clock_to_wall(clock_now_ms());
	struct entry *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		log_warnx("history: out of memory: a refusal is lost");
		return;
	}
	e->token = refusals_tokens(r, 1);
	e->at_wall_ms = wall_ms > 0 ? wall_ms : 0;
	e->prefix = new->prefix;
	e->uid = new->caller->uid;
	e->pid = new->caller->pid;
	e->reason = new->why->reason;
	e->count = 1;
	strlcpy(e->by, new->caller->user, sizeof(e->by));
	strlcpy(e->owner, new->owner, sizeof(e->owner));
	strlcpy(e->message, new->why->message, sizeof(e->message));
	TAILQ_INSERT_TAIL(&k->list, e, order);
	k->count++;
	write_entry(r, e);
	if (!evtimer_pending(r->timer, NULL))
		start_timer(r);
}

void
refusals_note(struct refusals *r, const struct refused *new)
{
	struct kind *k = &r->alike;
	struct entry *e = find_alike(r, new);

	if (e == NULL && r->alike.count >= REFUSALS_MAX) {
		k = &r->others;
		e = find_other(r, new);
	}
	if (e != NULL) {
		e->count += e->count < UINT32_MAX;
		e->grown = true;
		return;
	}
	e = TAILQ_FIRST(&k->list);
	if (k->count >= REFUSALS_MAX) {
		if (e->grown)
			write_entry(r, e);
		drop(k, e);
	}
	begin(r, k, new);
}

static void
flush(struct refusals *r, struct kind *k)
{
	struct entry *e;

	TAILQ_FOREACH(e, &k->list, order)
		if (e->grown)
			write_entry(r, e);
}

void
refusals_flush(struct refusals *r)
{
	flush(r, &r->alike);
	flush(r, &r->others);
}
