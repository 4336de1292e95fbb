/*
 * Claims end: taken back, expired, or for an exemption.  The last one takes
 * its victim with it, unless hold-down applies: then it stays, held, and ends
 * by its expiry, which is when the hold is over.
 */
#include <string.h>

#include "rib.h"
#include "timefmt.h"

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

/* Ended victims that are forgotten for each that is remembered. */
#define FORGET_BUDGET 2

/* Names who holds the victim, and what to say instead. */
static int
refuse_not_yours(const struct victim *v, const char *owner, struct refusal *why)
{
	const char *holder = TAILQ_FIRST(&v->claims)->owner->name;
	char text[PREFIX_STRLEN], until[INSTANT_STRLEN];

	prefix_print(&v->prefix, text);
	if (v->held_until_ms != 0)
		return refusal_set(why, REASON_NOT_YOURS,
		    "%s has no claim of %s: %s has taken its claim back, which "
		    "is held until %s; an operator may say --now",
		    text, owner, holder,
		    instant_print(clock_to_wall(v->next_expiry_ms), until));
	return refusal_set(why, REASON_NOT_YOURS,
	    "%s has no claim of %s: %s%s holds it; an operator may say "
	    "--owner %s, or --all-owners",
	    text, owner, holder, v->claim_count > 1 ? " among others" : "",
	    holder);
}

/* With `now` an operator ends a hold, whoever's claim it was. */
static bool
is_asked_for(const struct unwish *unwish, const struct claim *c,
    const char *owner)
{
	return unwish->all_owners || (unwish->now && c->held) ||
	    strcmp(c->owner->name, owner) == 0;
}

/* The last claim is taken back: is it too early? */
static void
plan_hold(const struct blackhole *b, const struct unwish *unwish,
    struct blackhole_end *e)
{
	struct holddown_rule rule = blackhole_hold_rule(b);
	struct victim *v = e->victim;
	int64_t until_ms;

	if (unwish->now)
		return;
	if (v->held_until_ms != 0) {
		e->held = TAILQ_FIRST(&v->claims);
		e->until_ms = v->held_until_ms;
		return;
	}
	if (e->caller->role == ACCESS_OPERATOR && !unwish->hold)
		return;
	until_ms = holddown_until(&rule, v->since_ms, v->recurrences);
	if (until_ms <= e->now_ms)
		return;
	e->held = TAILQ_LAST(&v->claims, claim_list);
	e->until_ms = until_ms;
}

int
blackhole_withdraw_plan(struct blackhole *b, const struct unwish *unwish,
    struct blackhole_end *e, struct refusal *why)
{
	const char *owner =
	    unwish->owner != NULL ? unwish->owner : e->caller->user;
	struct victim *v = victim_find(b->victims, &unwish->prefix);
	char text[PREFIX_STRLEN];
	struct claim *c;

	if (v == NULL) {
		refusal_set(why, REASON_UNKNOWN_VICTIM, "%s is not blackholed",
		    prefix_print(&unwish->prefix, text));
		return -1;
	}
	e->action = HISTORY_WITHDRAWN;
	e->reason = unwish->reason;
	e->victim = v;
	TAILQ_FOREACH(c, &v->claims, entry)
		if (is_asked_for(unwish, c, owner))
			e->claims[e->count++] = c;
	if (e->count == 0)
		return refuse_not_yours(v, owner, why);
	if (e->count == v->claim_count)
		plan_hold(b, unwish, e);
	return 0;
}

void
blackhole_end_all(struct blackhole_end *e, struct victim *v)
{
	struct claim *c;

	e->victim = v;
	TAILQ_FOREACH(c, &v->claims, entry)
		e->claims[e->count++] = c;
}

static int64_t
held_expiry(const struct blackhole_end *e)
{
	int64_t own_ms = e->held->expires_ms;

	return own_ms < e->until_ms ? own_ms : e->until_ms;
}

/* One that expires in this moment may be held all the same. */
static int64_t
held_ttl(const struct blackhole_end *e)
{
	int64_t ttl_ms = held_expiry(e) - e->now_ms;

	return ttl_ms > 0 ? ttl_ms : 0;
}

/* What is stored of that claim from now on. */
static struct stored_claim
stored_end(const struct blackhole_end *e, const struct claim *c)
{
	struct stored_claim stored =
	    blackhole_stored(e->victim, c, c != e->held);

	if (c == e->held && !c->held) {
		stored.held = true;
		stored.expires_wall_ms =
		    blackhole_stored_instant(held_expiry(e));
		stored.ttl_ms = held_ttl(e);
	}
	return stored;
}

int
blackhole_end_prepare(struct blackhole *b, struct blackhole_end *e)
{
	int rc = 0;

	(void)b;
	for (size_t i = 0; i < e->count; i++) {
		struct stored_claim stored = stored_end(e, e->claims[i]);

		e->stored[i] = pending_prepare(&stored);
		if (e->stored[i] == NULL)
			rc = -1;
	}
	return rc;
}

void
blackhole_end_discard(struct blackhole_end *e)
{
	for (size_t i = 0; i < e->count; i++) {
		pending_discard(e->stored[i]);
		e->stored[i] = NULL;
	}
}

static void
note_end(struct blackhole *b, const struct blackhole_end *e,
    const struct claim *c, uint64_t token)
{
	struct blackhole_note note = { .action = e->action,
		.token = token,
		.caller = e->caller,
		.prefix = &e->victim->prefix,
		.owner = c->owner->name,
		.reason = e->reason != NULL ? e->reason : c->reason,
		.at_ms = e->now_ms,
		.expires_ms = VICTIM_NEVER };

	if (c == e->held) {
		note.action = HISTORY_HELD;
		note.expires_ms = held_expiry(e);
	}
	blackhole_note(b, &note);
}

static bool
ends_victim(const struct blackhole_end *e)
{
	return e->count == e->victim->claim_count && e->held == NULL;
}

/* That it has ended now is stored, so that a return counts. */
static uint64_t
put_ended_victim(struct blackhole *b, const struct blackhole_end *e,
    uint64_t commit)
{
	struct stored_recurrence r = { .prefix = e->victim->prefix,
		.count = e->victim->recurrences,
		.ended_wall_ms = blackhole_stored_instant(e->now_ms) };

	if (blackhole_hold_rule(b).window_ms == 0) {
		if (r.count == 0)
			return commit;
		r.forgotten = true;
	}
	(void)pending_put_recurrence(b->parts.pending, &r, &commit);
	return commit;
}

uint64_t
blackhole_end_put(struct blackhole *b, struct blackhole_end *e, uint64_t token)
{
	uint64_t commit = 0;

	blackhole_defer_again(b, &e->victim->prefix);
	for (size_t i = 0; i < e->count; i++) {
		struct claim *c = e->claims[i];

		if (e->stored[i] != NULL)
			commit = pending_put(b->parts.pending, e->stored[i]);
		e->stored[i] = NULL;
		if (token == BLACKHOLE_NOTED || (c == e->held && c->held))
			continue; /* or asked once more */
		note_end(b, e, c, token != 0 ? token + i : 0);
	}
	return ends_victim(e) ? put_ended_victim(b, e, commit) : commit;
}

void
blackhole_forget_ended(struct blackhole *b, int64_t now_ms, int budget)
{
	struct holddown_rule rule = blackhole_hold_rule(b);
	struct prefix p;

	while (budget-- > 0 && holddown_forget(b->holddown, &rule, now_ms, &p))
		blackhole_put_recurrence(b, &p);
}

static void
end_victim(struct blackhole *b, const struct blackhole_end *e)
{
	struct victim *v = e->victim;

	blackhole_forget_ended(b, e->now_ms, FORGET_BUDGET);
	if (blackhole_hold_rule(b).window_ms > 0)
		(void)holddown_ended(b->holddown, &v->prefix, v->recurrences,
		    e->now_ms);
	rib_end(b->parts.rib, v->slot);
	blackhole_publish_route(b, v->slot);
	victim_set_remove(b->victims, v);
	victim_free(b->victims, v);
}

static void
end_claim(struct blackhole *b, const struct blackhole_end *e, struct claim *c)
{
	struct blackhole_event event = { .type = BLACKHOLE_EVENT_WITHDRAWN,
		.victim = e->victim,
		.claim = c,
		.caller = e->caller,
		.reason = e->reason };

	if (e->action == HISTORY_EXPIRED)
		event.type = BLACKHOLE_EVENT_EXPIRED;
	victim_drop_claim(b->victims, e->victim, c);
	event.left = e->victim->claim_count;
	blackhole_tell(b, &event);
	claim_free(b->victims, c);
}

static void
hold_claim(struct blackhole *b, const struct blackhole_end *e)
{
	struct blackhole_event event = { .type = BLACKHOLE_EVENT_HELD,
		.victim = e->victim,
		.claim = e->held,
		.caller = e->caller,
		.reason = e->reason };
	int64_t expires_ms = held_expiry(e);

	if (e->held->held)
		return;
	e->held->held = true;
	e->held->ttl_ms = held_ttl(e);
	e->victim->held_until_ms = e->until_ms;
	victim_set_expiry(b->victims, e->victim, e->held, expires_ms);
	blackhole_tell(b, &event);
}

void
blackhole_end_publish(struct blackhole *b, struct blackhole_end *e)
{
	bool ends = ends_victim(e);

	for (size_t i = 0; i < e->count; i++) {
		if (e->claims[i] == e->held)
			hold_claim(b, e);
		else
			end_claim(b, e, e->claims[i]);
	}
	if (ends)
		end_victim(b, e);
	else
		blackhole_publish_route(b, e->victim->slot);
	blackhole_expiry_set(b);
}

static void
log_withdraw(const struct unwish *unwish, const struct blackhole_end *e)
{
	const char *owner =
	    unwish->owner != NULL ? unwish->owner : e->caller->user;
	char text[PREFIX_STRLEN], until[INSTANT_STRLEN];
	const char *how = ends_victim(e) ? "" : ", others stand";

	if (e->held != NULL) {
		how = ", held until ";
		instant_print(clock_to_wall(held_expiry(e)), until);
	}
	log_info("victim %s: claim%s%s taken back by %s (pid %d)%s%s%s%s",
	    prefix_print(&unwish->prefix, text),
	    unwish->all_owners ? "s of all owners" : " of ",
	    unwish->all_owners ? "" : owner, e->caller->user,
	    (int)e->caller->pid, how, e->held != NULL ? until : "",
	    unwish->reason != NULL ? ": " : "",
	    unwish->reason != NULL ? unwish->reason : "");
}

/* Before it is published: afterwards the victim may be gone. */
static void
set_end_result(const struct blackhole *b, const struct blackhole_end *e,
    struct blackhole_result *result)
{
	const struct victim *v = e->victim;

	*result = (struct blackhole_result){
		.outcome = BLACKHOLE_CLAIMS_LEFT,
		.victim = v,
		.route = blackhole_route(b, v),
	};
	if (ends_victim(e)) {
		result->outcome = BLACKHOLE_WITHDRAWN;
		result->victim = NULL;
	} else if (e->held != NULL) {
		result->outcome = BLACKHOLE_HELD;
		result->until_ms = held_expiry(e);
	}
}

int
blackhole_withdraw(struct blackhole *b, const struct caller *caller,
    const struct unwish *unwish, struct blackhole_result *result,
    struct refusal *why)
{
	struct wish asked = { .prefix = unwish->prefix,
		.owner = unwish->owner };
	struct blackhole_end e = { .caller = caller, .now_ms = clock_now_ms() };

	if (blackhole_withdraw_plan(b, unwish, &e, why) == -1) {
		blackhole_note_refusal(b, caller, &asked, why);
		return -1;
	}
	if (blackhole_end_prepare(b, &e) == -1) {
		blackhole_end_discard(&e);
		return refusal_set(why, REASON_BUSY, "out of memory");
	}
	log_withdraw(unwish, &e);
	set_end_result(b, &e, result);
	if (blackhole_defers(b))
		return blackhole_defer_end(b, unwish, &e, result, why);
	result->commit = blackhole_end_put(b, &e, 0);
	blackhole_end_publish(b, &e);
	return 0;
}

int
blackhole_would_withdraw(struct blackhole *b, const struct caller *caller,
    const struct unwish *unwish, struct blackhole_result *result,
    struct refusal *why)
{
	struct blackhole_end e = { .caller = caller, .now_ms = clock_now_ms() };

	if (blackhole_withdraw_plan(b, unwish, &e, why) == -1)
		return -1;
	set_end_result(b, &e, result);
	result->victim = e.victim; /* as it stands now */
	return 0;
}
