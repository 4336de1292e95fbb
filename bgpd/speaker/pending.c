/*
 * Each claim that changed is here once, in its last state, until the keeper
 * says that it is stored; so is each prefix that came back, and all that
 * operators have set.  Beside them is the news for the history.  All that
 * gathered while one commit was under way go into the next, as far as one
 * message carries them.  Everything is kept as the bytes that will be sent.
 */
#include <sys/queue.h>
#include <sys/tree.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

#include "clock.h"
#include "link.h"
#include "log.h"

#include "commit_waiters.h"
#include "metrics.h"
#include "pending.h"
#include "slab.h"

/* A commit that failed is tried again after this. */
#define RETRY_MS 1000
#define TROUBLE_MAX 256
/* After a longer one, memory that was freed goes back to the system. */
#define LONG_COMMIT (1U << 20)
/* So long a record can be and still find room in a message. */
#define RECORD_MAX (CHANNEL_MESSAGE_MAX / 2)

/* Of all that waits. */
static struct slabs slabs;

/* The last state of what the key names. */
struct pending_change {
	RB_ENTRY(pending_change) by_key;
	TAILQ_ENTRY(pending_change) order;
	uint64_t commit;   /* the last one that it went out with; 0: none */
	const char *owner; /* behind the record; "" of what is no claim */
	uint32_t len;	   /* of the record */
	uint8_t kind;	   /* enum record_kind */
	bool alone;	   /* no older state of it was waiting */
	struct prefix prefix;
	uint8_t record[];
};

RB_HEAD(change_tree, pending_change);
TAILQ_HEAD(change_list, pending_change);

/* A line for the history. */
struct note {
	TAILQ_ENTRY(note) order;
	uint64_t commit; /* as above */
	uint32_t len;
	uint8_t record[];
};

TAILQ_HEAD(note_list, note);

struct pending {
	struct event_base *base;
	struct link *link;
	struct change_tree tree;
	struct change_list list; /* oldest first */
	size_t count;
	struct note_list notes; /* oldest first */
	size_t note_count;
	struct commit_waiters waiters;
	uint64_t next;	    /* the commit that changes now go into */
	uint64_t under_way; /* the one the keeper has; 0: none */
	int64_t sent_ms;    /* when it was sent */
	int64_t took_ms;    /* the last that was stored; -1: none was */
	struct metrics *metrics;
	bool held;		/* the next is not whole yet */
	bool in_part;		/* not all had room in the one under way */
	bool is_long;		/* the one under way */
	struct event *turn_end; /* to commit after what the turn announces */
	struct event *commit, *late;
	char trouble[TROUBLE_MAX];
	pending_trouble_changed *trouble_changed;
	void *trouble_arg;
};

static int
change_order(struct pending_change *a, struct pending_change *b)
{
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = prefix_cmp(&a->prefix, &b->prefix);
	return order != 0 ? order : strcmp(a->owner, b->owner);
}

RB_PROTOTYPE(change_tree, pending_change, by_key, change_order)
RB_GENERATE(change_tree, pending_change, by_key, change_order)

/* why: "" when all is well again. */
static void
set_trouble(struct pending *p, const char *why)
{
	if (strncmp(p->trouble, why, TROUBLE_MAX - 1) == 0)
		return;
	if (why[0] != '\0')
		log_warnx("storage: not stored: %s; trying again", why);
	else
		log_info("storage: works again, all is stored");
	strlcpy(p->trouble, why, sizeof(p->trouble));
	if (p->trouble_changed != NULL)
		p->trouble_changed(p->trouble_arg, p->trouble);
}

/* Not stored: all that waits is tried again, with what comes until then. */
static void
try_later(struct pending *p, const char *why)
{
	struct timeval later = { .tv_sec = RETRY_MS / 1000 };

	set_trouble(p, why);
	if (event_add(p->commit, &later) == -1)
		log_warnx(
		    "storage: out of memory: trying with the next change");
}

static bool
has_room(const struct wire_out *out, uint32_t len)
{
	return out->len + len <= CHANNEL_MESSAGE_MAX;
}

/* All that waits, as far as there is room; whether there was for all. */
static bool
encode_all(const struct pending *p, struct wire_out *out,
    const struct pending_change **end, const struct note **notes_end)
{
	const struct pending_change *c;
	const struct note *n = TAILQ_FIRST(&p->notes);

	channel_begin(out, CHANNEL_COMMIT);
	channel_put_commit(out, p->next);
	TAILQ_FOREACH(c, &p->list, order) {
		if (!has_room(out, c->len))
			break;
		wire_put_bytes(out, c->record, c->len);
	}
	for (; c == NULL && n != NULL && has_room(out, n->len);
	     n = TAILQ_NEXT(n, order))
		wire_put_bytes(out, n->record, n->len);
	*end = c;
	*notes_end = n;
	return c == NULL && n == NULL;
}

/* Until end they are under way now. */
static void
mark_sent(struct pending *p, const struct pending_change *end,
    const struct note *notes_end)
{
	struct pending_change *c;
	struct note *n;

	for (c = TAILQ_FIRST(&p->list); c != end; c = TAILQ_NEXT(c, order))
		c->commit = p->next;
	for (n = TAILQ_FIRST(&p->notes); n != notes_end;
	     n = TAILQ_NEXT(n, order))
		n->commit = p->next;
	p->under_way = p->next++;
	p->sent_ms = clock_now_ms();
}

/* Sends all that waits as one commit. */
static void
commit_all(struct pending *p)
{
	struct timeval limit = { .tv_sec = PENDING_WAIT_MS / 1000 };
	const struct pending_change *end;
	const struct note *notes_end;
	struct wire_out out;

	if (p->link == NULL || p->under_way != 0 || p->held ||
	    (TAILQ_EMPTY(&p->list) && TAILQ_EMPTY(&p->notes)))
		return;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	p->in_part = !encode_all(p, &out, &end, &notes_end);
	if (event_add(p->late, &limit) == 0 && link_send(p->link, &out) == 0) {
		mark_sent(p, end, notes_end);
		p->is_long = out.len > LONG_COMMIT;
	} else {
		event_del(p->late);
		try_later(p, "the changes cannot be sent to the keeper");
	}
	wire_out_fini(&out);
}

/*
 * libevent: behind this stand the neighbors to which the changes are announced
 * in this turn, and they come first.
 */
static void
on_turn_end(evutil_socket_t fd, short what, void *arg)
{
	struct pending *p = arg;

	(void)fd;
	(void)what;
	event_active(p->commit, EV_TIMEOUT, 0);
}

/* libevent: all changes of a turn are announced, or it is time to retry. */
static void
on_commit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	commit_all(arg);
}

/* libevent: the commit under way takes too long. */
static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	set_trouble(arg, "the disk does not answer");
}

struct pending *
pending_new(struct event_base *base)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	RB_INIT(&p->tree);
	TAILQ_INIT(&p->list);
	TAILQ_INIT(&p->notes);
	p->base = base;
	p->next = 1;
	p->took_ms = -1;
	p->turn_end = event_new(base, -1, 0, on_turn_end, p);
	p->commit = evtimer_new(base, on_commit, p);
	p->late = evtimer_new(base, on_late, p);
	if (commit_waiters_init(&p->waiters, base) == -1 ||
	    p->turn_end == NULL || p->commit == NULL || p->late == NULL) {
		pending_free(p);
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
	slab_put(&slabs, c);
}

static void
drop_note(struct pending *p, struct note *n)
{
	TAILQ_REMOVE(&p->notes, n, order);
	p->note_count--;
	slab_put(&slabs, n);
}

void
pending_free(struct pending *p)
{
	struct pending_change *c, *next;
	struct note *n, *next_note;

	if (p == NULL)
		return;
	commit_waiters_fini(&p->waiters);
	TAILQ_FOREACH_SAFE(c, &p->list, order, next)
		drop_change(p, c);
	TAILQ_FOREACH_SAFE(n, &p->notes, order, next_note)
		drop_note(p, n);
	slab_trim(&slabs);
	if (p->turn_end != NULL)
		event_free(p->turn_end);
	if (p->commit != NULL)
		event_free(p->commit);
	if (p->late != NULL)
		event_free(p->late);
	free(p);
}

void
pending_set_link(struct pending *p, struct link *link)
{
	p->link = link;
}

void
pending_set_metrics(struct pending *p, struct metrics *metrics)
{
	p->metrics = metrics;
}

void
pending_on_trouble(struct pending *p, pending_trouble_changed *changed,
    void *arg)
{
	p->trouble_changed = changed;
	p->trouble_arg = arg;
}

/* The key and, from out, the record; NULL: no memory, or no such record. */
static struct pending_change *
new_change(const struct pending_change *key, const struct wire_out *out)
{
	size_t owner_size = strlen(key->owner) + 1;
	struct pending_change *c;
	char *owner;

	if (out->failed || out->len > RECORD_MAX)
		return NULL;
	c = slab_get(&slabs, sizeof(*c) + out->len + owner_size);
	if (c == NULL)
		return NULL;
	*c = *key;
	c->len = (uint32_t)out->len;
	memcpy(c->record, out->bytes, out->len);
	owner = memcpy(c->record + out->len, key->owner, owner_size);
	c->owner = owner;
	return c;
}

struct pending_change *
pending_prepare(const struct stored_claim *claim)
{
	struct pending_change key = { .kind = RECORD_CLAIM,
		.prefix = claim->prefix,
		.owner = claim->owner };
	struct pending_change *c;
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_claim(&out, claim);
	c = new_change(&key, &out);
	wire_out_fini(&out);
	return c;
}

void
pending_discard(struct pending_change *c)
{
	slab_put(&slabs, c);
}

/* At the end of this turn, unless it goes with the next attempt. */
static void
commit_soon(struct pending *p)
{
	if (p->under_way == 0 && !evtimer_pending(p->commit, NULL))
		event_active(p->turn_end, EV_TIMEOUT, 0);
}

void
pending_hold(struct pending *p)
{
	p->held = true;
	commit_waiters_hold(&p->waiters, p->next);
}

void
pending_release(struct pending *p)
{
	p->held = false;
	commit_waiters_release(&p->waiters);
	commit_soon(p);
}

uint64_t
pending_put(struct pending *p, struct pending_change *c)
{
	struct pending_change *old = RB_FIND(change_tree, &p->tree, c);

	c->alone = old == NULL;
	if (old != NULL)
		drop_change(p, old);
	RB_INSERT(change_tree, &p->tree, c);
	TAILQ_INSERT_TAIL(&p->list, c, order);
	p->count++;
	commit_soon(p);
	return p->next;
}

int
pending_put_recurrence(struct pending *p, const struct stored_recurrence *r,
    uint64_t *number)
{
	struct pending_change key = { .kind = RECORD_RECURRENCE,
		.prefix = r->prefix,
		.owner = "" };
	struct pending_change *c;
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_recurrence(&out, r);
	c = new_change(&key, &out);
	wire_out_fini(&out);
	if (c == NULL)
		return -1;
	*number = pending_put(p, c);
	return 0;
}

int
pending_put_settings(struct pending *p, const struct settings *settings,
    uint64_t *number)
{
	struct pending_change key = { .kind = RECORD_SETTINGS, .owner = "" };
	struct pending_change *c = NULL;
	struct wire_out bytes, out;

	wire_out_init(&bytes, CHANNEL_MESSAGE_MAX);
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	settings_encode(settings, clock_to_wall(0), &bytes);
	if (!bytes.failed) {
		channel_put_settings(&out, bytes.bytes, bytes.len);
		c = new_change(&key, &out);
	}
	wire_out_fini(&bytes);
	wire_out_fini(&out);
	if (c == NULL)
		return -1;
	*number = pending_put(p, c);
	return 0;
}

/* A copy of what out holds; NULL: no memory, or no such record. */
static struct note *
new_note(const struct wire_out *out)
{
	struct note *n;

	if (out->failed || out->len > RECORD_MAX)
		return NULL;
	n = slab_get(&slabs, sizeof(*n) + out->len);
	if (n == NULL)
		return NULL;
	*n = (struct note){ .len = (uint32_t)out->len };
	memcpy(n->record, out->bytes, out->len);
	return n;
}

void
pending_note(struct pending *p, const struct history_entry *entry)
{
	struct wire_out out;
	struct note *n;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_history(&out, entry);
	n = new_note(&out);
	wire_out_fini(&out);
	if (n == NULL) {
		log_warnx("history: out of memory: an entry is lost");
		return;
	}
	TAILQ_INSERT_TAIL(&p->notes, n, order);
	p->note_count++;
	while (p->trouble[0] != '\0' && p->note_count > PENDING_HISTORY_MAX)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as below */
		drop_note(p, TAILQ_FIRST(&p->notes));
	commit_soon(p);
}

static struct pending_change *
find_claim(struct pending *p, const struct prefix *prefix, const char *owner)
{
	struct pending_change key = { .kind = RECORD_CLAIM,
		.prefix = *prefix,
		.owner = owner };

	return RB_FIND(change_tree, &p->tree, &key);
}

bool
pending_has(struct pending *p, const struct prefix *prefix, const char *owner)
{
	return find_claim(p, prefix, owner) != NULL;
}

bool
pending_take_back(struct pending *p, const struct prefix *prefix,
    const char *owner)
{
	struct pending_change *c = find_claim(p, prefix, owner);

	if (c == NULL || c->commit != 0 || !c->alone)
		return false;
	drop_change(p, c);
	return true;
}

static void
on_stored(struct pending *p, uint64_t number)
{
	struct pending_change *c, *next;
	struct note *n, *next_note;

	TAILQ_FOREACH_SAFE(c, &p->list, order, next) {
		if (c->commit != number)
			break;
		drop_change(p, c);
	}
	TAILQ_FOREACH_SAFE(n, &p->notes, order, next_note) {
		if (n->commit != number)
			break;
		drop_note(p, n);
	}
	if (p->in_part)
		commit_waiters_move(&p->waiters, number);
	else
		set_trouble(p, "");
	commit_all(p);
}

int
pending_on_committed(struct pending *p,
    const struct channel_committed *committed)
{
	bool stored = committed->error[0] == '\0';
	bool was_long = p->is_long;

	if (p->under_way == 0 || committed->number != p->under_way)
		return -1;
	p->under_way = 0;
	event_del(p->late);
	if (stored) {
		p->took_ms = clock_now_ms() - p->sent_ms;
		metrics_observe_commit(p->metrics, p->took_ms);
		on_stored(p, committed->number);
	} else {
		try_later(p, committed->error);
	}
	commit_waiters_tell(&p->waiters, committed->number, stored);
	if (was_long)
		malloc_trim(0);
	return 0;
}

struct pending_waiter *
pending_wait(struct pending *p, uint64_t number, pending_done *done, void *arg)
{
	return commit_waiters_add(&p->waiters, number, done, arg);
}

const char *
pending_trouble(const struct pending *p)
{
	return p->trouble;
}

size_t
pending_count(const struct pending *p)
{
	return p->count + p->note_count;
}

int64_t
pending_last_commit_ms(const struct pending *p)
{
	return p->took_ms;
}
