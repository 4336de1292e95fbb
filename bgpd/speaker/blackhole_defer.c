/*
 * state.on-failure: refuse.  A change is checked and put to be stored, and
 * nothing is told; once its commit is stored it is planned again and carried
 * out.  When the commit fails or is late, what had been put is taken back, or
 * what stands is stored over it: the disk may have taken it after all.
 *
 * Those of one turn of the loop share a commit, and so a batch that waits for
 * it.  Expiry never comes here.
 */
#include <stdlib.h>
#include <string.h>

#include "rib.h"

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

struct deferral {
	RB_ENTRY(deferral) by_prefix;
	TAILQ_ENTRY(deferral) order;
	uint64_t token; /* of its entries in the history, one an owner */
	int64_t now_ms; /* when it was asked for */
	bool adds;	/* else it withdraws */
	bool recurs;	/* how often it came back is put too */
	bool again;	/* not the only change: stored again to be sure */
	struct deferred_owner *owner; /* who gets a new claim; or NULL */
	struct caller caller;
	struct wish wish;
	struct unwish unwish;
	unsigned owner_count; /* whose claims it changes */
	char *owners[VICTIM_CLAIMS_MAX + 1];
	char texts[]; /* of all the above */
};

TAILQ_HEAD(deferral_list, deferral);

/* What waits for one commit since the same moment. */
struct deferral_batch {
	TAILQ_ENTRY(deferral_batch) order;
	struct blackhole *blackhole;
	struct pending_waiter *waiter;
	uint64_t commit;
	int64_t since_ms;
	struct deferral_list list;
};

/* Of one prefix the older comes first. */
static int
deferral_order(struct deferral *a, struct deferral *b)
{
	int order = prefix_cmp(&a->wish.prefix, &b->wish.prefix);

	if (order != 0)
		return order;
	return a->token < b->token ? -1 : a->token > b->token;
}

RB_PROTOTYPE(deferral_tree, deferral, by_prefix, deferral_order)
RB_GENERATE(deferral_tree, deferral, by_prefix, deferral_order)

bool
blackhole_defers(const struct blackhole *b)
{
	return b->parts.config->state.on_failure == ON_FAILURE_REFUSE;
}

/* The first that changes this prefix, or NULL. */
static struct deferral *
find_first(struct blackhole *b, const struct prefix *p)
{
	struct deferral key = { .wish = { .prefix = *p } };
	struct deferral *d = RB_NFIND(deferral_tree, &b->deferrals, &key);

	if (d == NULL || prefix_cmp(&d->wish.prefix, p) != 0)
		return NULL;
	return d;
}

void
blackhole_defer_again(struct blackhole *b, const struct prefix *p)
{
	struct deferral *d = find_first(b, p);

	while (d != NULL && prefix_cmp(&d->wish.prefix, p) == 0) {
		d->again = true;
		d = RB_NEXT(deferral_tree, &b->deferrals, d);
	}
}

/* Copies the text to *at, which moves on; NULL stays NULL. */
static char *
copy_text(char **at, const char *text)
{
	size_t size;
	char *copy = *at;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	memcpy(copy, text, size);
	*at += size;
	return copy;
}

static size_t
text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

/* The request, copied; owners follow.  extra: room for their names. */
static struct deferral *
new_deferral(const struct caller *caller, const struct wish *wish,
    const struct unwish *unwish, size_t extra, char **at)
{
	size_t texts = text_size(wish->owner) + text_size(wish->reason) +
	    text_size(wish->neighbors) + text_size(unwish->owner) +
	    text_size(unwish->reason);
	struct deferral *d = calloc(1, sizeof(*d) + texts + extra);

	if (d == NULL)
		return NULL;
	*at = d->texts;
	d->caller = *caller;
	d->caller.rule = NULL; /* was asked; the next reload frees it */
	d->wish = *wish;
	d->unwish = *unwish;
	d->wish.owner = copy_text(at, wish->owner);
	d->wish.reason = copy_text(at, wish->reason);
	d->wish.neighbors = copy_text(at, wish->neighbors);
	d->unwish.owner = copy_text(at, unwish->owner);
	d->unwish.reason = copy_text(at, unwish->reason);
	return d;
}

static void
note_not_stored(struct blackhole *b, const struct deferral *d, unsigned i,
    const char *why)
{
	struct blackhole_note note = { .action = HISTORY_REFUSED,
		.token = d->token + i,
		.caller = &d->caller,
		.prefix = &d->wish.prefix,
		.owner = d->owners[i],
		.reason = why,
		.at_ms = d->now_ms,
		.expires_ms = VICTIM_NEVER };

	blackhole_note(b, &note);
}

/* Nothing of it stays. */
static void
undo(struct blackhole *b, const struct deferral *d, const char *why)
{
	const struct prefix *p = &d->wish.prefix;
	char text[PREFIX_STRLEN];

	log_warnx("victim %s: the change by %s (pid %d) is refused: %s",
	    prefix_print(p, text), d->caller.user, (int)d->caller.pid, why);
	for (unsigned i = 0; i < d->owner_count; i++) {
		if (d->again ||
		    !pending_take_back(b->parts.pending, p, d->owners[i]))
			blackhole_put_standing(b, p, d->owners[i]);
		note_not_stored(b, d, i, why);
	}
	if (d->recurs)
		blackhole_put_recurrence(b, p);
}

/* It is stored: the rules are asked again, then it is published. */
static int
carry_out_add(struct blackhole *b, const struct deferral *d,
    struct refusal *why)
{
	struct blackhole_addition a = { .caller = &d->caller,
		.wish = &d->wish,
		.now_ms = d->now_ms };
	int rc = blackhole_add_plan(b, &a, why);

	if (rc == 0 && blackhole_add_prepare(b, &a) == -1)
		rc = refusal_set(why, REASON_BUSY, "out of memory");
	if (rc == 0 && d->again)
		blackhole_add_put(b, &a, BLACKHOLE_NOTED);
	if (rc == 0)
		blackhole_add_publish(b, &a);
	blackhole_add_discard(b, &a);
	return rc;
}

static int
carry_out_end(struct blackhole *b, const struct deferral *d,
    struct refusal *why)
{
	struct blackhole_end e = { .caller = &d->caller, .now_ms = d->now_ms };

	if (blackhole_withdraw_plan(b, &d->unwish, &e, why) == -1)
		return -1;
	if (d->again) {
		(void)blackhole_end_prepare(b, &e);
		blackhole_end_put(b, &e, BLACKHOLE_NOTED);
	}
	blackhole_end_publish(b, &e);
	return 0;
}

static void
carry_out(struct blackhole *b, const struct deferral *d)
{
	struct refusal why;
	int rc =
	    d->adds ? carry_out_add(b, d, &why) : carry_out_end(b, d, &why);

	if (rc == -1) {
		undo(b, d, why.message);
		return;
	}
	for (unsigned i = 0; d->again && i < d->owner_count; i++)
		blackhole_put_standing(b, &d->wish.prefix, d->owners[i]);
	if (d->again)
		blackhole_put_recurrence(b, &d->wish.prefix);
}

/* It adds no claim, or not any more. */
static void
uncount(struct blackhole *b, struct deferral *d)
{
	if (d->owner == NULL)
		return;
	b->deferred_claims--;
	deferred_owner_put(&b->deferred_owners, d->owner);
	d->owner = NULL;
}

static int
count(struct blackhole *b, struct deferral *d, const char *owner)
{
	d->owner = deferred_owner_get(&b->deferred_owners, owner);
	if (d->owner == NULL)
		return -1;
	b->deferred_claims++;
	return 0;
}

static void
drop_deferral(struct blackhole *b, struct deferral_batch *batch,
    struct deferral *d)
{
	TAILQ_REMOVE(&batch->list, d, order);
	RB_REMOVE(deferral_tree, &b->deferrals, d);
	uncount(b, d);
	free(d);
}

static void
free_batch(struct blackhole *b, struct deferral_batch *batch)
{
	struct deferral *d, *next;

	TAILQ_FOREACH_SAFE(d, &batch->list, order, next)
		drop_deferral(b, batch, d);
	TAILQ_REMOVE(&b->batches, batch, order);
	pending_cancel(batch->waiter);
	free(batch);
}

/* pending's: the commit is stored, or is not to be waited for. */
static void
on_stored(void *arg, bool stored)
{
	struct deferral_batch *batch = arg;
	struct blackhole *b = batch->blackhole;
	struct deferral *d, *next;

	batch->waiter = NULL;
	TAILQ_FOREACH_SAFE(d, &batch->list, order, next) {
		uncount(b, d);
		if (stored)
			carry_out(b, d);
		else
			undo(b, d, "it could not be stored");
		drop_deferral(b, batch, d);
	}
	free_batch(b, batch);
}

/* The last batch, if it waits for the same since the same moment. */
static struct deferral_batch *
get_batch(struct blackhole *b, uint64_t commit)
{
	struct deferral_batch *batch =
	    TAILQ_LAST(&b->batches, deferral_batches);
	int64_t now_ms = clock_now_ms();

	if (batch != NULL && batch->commit == commit &&
	    batch->since_ms == now_ms)
		return batch;
	batch = calloc(1, sizeof(*batch));
	if (batch == NULL)
		return NULL;
	TAILQ_INIT(&batch->list);
	batch->blackhole = b;
	batch->commit = commit;
	batch->since_ms = now_ms;
	batch->waiter =
	    pending_wait(b->parts.pending, commit, on_stored, batch);
	if (batch->waiter == NULL) {
		free(batch);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&b->batches, batch, order);
	return batch;
}

/* It is put: waits for its commit. */
static int
wait_for(struct blackhole *b, struct deferral *d,
    struct blackhole_result *result, struct refusal *why)
{
	struct deferral_batch *batch = get_batch(b, result->commit);

	d->again = find_first(b, &d->wish.prefix) != NULL;
	if (batch == NULL) {
		undo(b, d, "out of memory");
		uncount(b, d);
		free(d);
		return refusal_set(why, REASON_BUSY, "out of memory");
	}
	TAILQ_INSERT_TAIL(&batch->list, d, order);
	RB_INSERT(deferral_tree, &b->deferrals, d);
	result->deferred = true;
	return 0;
}

int
blackhole_defer_add(struct blackhole *b, struct blackhole_addition *a,
    struct blackhole_result *result, struct refusal *why)
{
	const char *owner = a->owner;
	const char *held = a->held != NULL ? a->held->owner->name : NULL;
	struct unwish none = { .prefix = a->wish->prefix };
	struct deferral *d;
	char *at;

	d = new_deferral(a->caller, a->wish, &none,
	    strlen(owner) + 1 + text_size(held), &at);
	if (d == NULL || (a->claim == NULL && count(b, d, owner) == -1)) {
		free(d);
		blackhole_add_discard(b, a);
		return refusal_set(why, REASON_BUSY, "out of memory");
	}
	d->adds = true;
	d->recurs = a->recurs;
	d->now_ms = a->now_ms;
	d->owners[d->owner_count++] = copy_text(&at, owner);
	if (held != NULL && strcmp(held, owner) != 0)
		d->owners[d->owner_count++] = copy_text(&at, held);
	d->token = refusals_tokens(b->refusals, d->owner_count);
	result->commit = blackhole_add_put(b, a, d->token);
	blackhole_add_discard(b, a);
	return wait_for(b, d, result, why);
}

int
blackhole_defer_end(struct blackhole *b, const struct unwish *unwish,
    struct blackhole_end *e, struct blackhole_result *result,
    struct refusal *why)
{
	struct wish none = { .prefix = unwish->prefix };
	struct deferral *d;
	size_t names = 0;
	char *at;

	for (size_t i = 0; i < e->count; i++)
		names += text_size(e->claims[i]->owner->name);
	d = new_deferral(e->caller, &none, unwish, names, &at);
	if (d == NULL) {
		blackhole_end_discard(e);
		return refusal_set(why, REASON_BUSY, "out of memory");
	}
	d->recurs = result->outcome == BLACKHOLE_WITHDRAWN &&
	    (e->victim->recurrences > 0 ||
		blackhole_hold_rule(b).window_ms > 0);
	d->now_ms = e->now_ms;
	for (size_t i = 0; i < e->count; i++)
		d->owners[d->owner_count++] =
		    copy_text(&at, e->claims[i]->owner->name);
	d->token = refusals_tokens(b->refusals, d->owner_count);
	result->commit = blackhole_end_put(b, e, d->token);
	return wait_for(b, d, result, why);
}

void
blackhole_defer_stop(struct blackhole *b)
{
	struct deferral_batch *batch, *next;
	const struct deferral *d;

	TAILQ_FOREACH_SAFE(batch, &b->batches, order, next) {
		TAILQ_FOREACH(d, &batch->list, order)
			undo(b, d, "the daemon stops before it is stored");
		free_batch(b, batch);
	}
}

void
blackhole_defer_fini(struct blackhole *b)
{
	struct deferral_batch *batch, *next;

	TAILQ_FOREACH_SAFE(batch, &b->batches, order, next)
		free_batch(b, batch);
}
