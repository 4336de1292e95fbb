/*
 * A change is checked, then all that can fail is made ready, then it is
 * published: to the victim set, to the rib and through it to every neighbor,
 * and to the changes that wait to be stored.  Here claims are added; the other
 * blackhole_*.c end them, restore them, and let rules change while they stand.
 */
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "timefmt.h"

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

/* So many changes may wait for a disk that fails; then new claims must. */
#define WAITING_MAX 250000

struct blackhole *
blackhole_new(const struct blackhole_parts *parts)
{
	struct blackhole *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->parts = *parts;
	b->policy.config = parts->config;
	b->policy.settings = parts->settings;
	b->wall_ahead_ms = clock_to_wall(0);
	b->victims = victim_set_new();
	b->holddown = holddown_new();
	b->refusals = refusals_new(parts->base, parts->pending);
	RB_INIT(&b->deferrals);
	TAILQ_INIT(&b->batches);
	RB_INIT(&b->deferred_owners);
	TAILQ_INIT(&b->generations);
	if (blackhole_expiry_init(b) == -1 || b->victims == NULL ||
	    b->holddown == NULL || b->refusals == NULL) {
		blackhole_free(b);
		return NULL;
	}
	return b;
}

void
blackhole_free(struct blackhole *b)
{
	if (b == NULL)
		return;
	blackhole_defer_fini(b);
	blackhole_generation_fini(b);
	refusals_free(b->refusals);
	victim_set_free(b->victims);
	holddown_free(b->holddown);
	blackhole_expiry_fini(b);
	free(b->policy.local_addresses.items);
	free(b->left_over);
	free(b);
}

const struct victim_set *
blackhole_victims(const struct blackhole *b)
{
	return b->victims;
}

struct holddown_rule
blackhole_hold_rule(const struct blackhole *b)
{
	const struct config *config = b->parts.config;
	struct holddown_rule rule = {
		.min_ms = config->blackhole.hold_down.min_s * 1000L,
		.max_ms = config->blackhole.hold_down.max_s * 1000L,
		.window_ms = config->blackhole.hold_down.window_s * 1000L,
	};

	return rule;
}

int
blackhole_reserve(struct blackhole *b)
{
	if (rib_reserve(b->parts.rib, 1) == -1)
		return -1;
	return b->parts.reserve_slots(b->parts.arg);
}

void
blackhole_publish_route(struct blackhole *b, uint32_t slot)
{
	b->parts.on_route(b->parts.arg, slot);
	rib_collect(b->parts.rib, slot);
}

/*
 * The last tenth of the places is the operators'.  What waits for the disk
 * counts as if it stood.
 */
static int
check_room(const struct blackhole *b, const struct blackhole_addition *a,
    struct refusal *why)
{
	uint32_t limit = b->parts.config->blackhole.max_victims;
	size_t count = victim_set_count(b->victims) + b->deferred_claims;

	if (a->caller->role != ACCESS_OPERATOR)
		limit -= limit / 10;
	if (a->victim == NULL && count >= limit)
		return refusal_set(why, REASON_TOO_MANY,
		    "%zu victims stand already: of blackhole.max-victims, %u "
		    "are there for the role %s",
		    count, limit, access_role_name(a->caller->role));
	if (a->victim != NULL && a->held == NULL &&
	    a->victim->claim_count >= VICTIM_CLAIMS_MAX)
		return refusal_set(why, REASON_TOO_MANY,
		    "%u owners hold this victim already, the most it can have",
		    VICTIM_CLAIMS_MAX);
	return 0;
}

/* Its own that is held goes when it is added again. */
static int
check_own_room(struct blackhole *b, const struct blackhole_addition *a,
    struct refusal *why)
{
	const struct config_access *rule = a->caller->rule;
	size_t count = victim_owner_claims(b->victims, a->owner) +
	    deferred_owner_claims(&b->deferred_owners, a->owner);

	if (a->held != NULL && strcmp(a->held->owner->name, a->owner) == 0)
		count--;
	if (rule != NULL && rule->max_victims > 0 && count >= rule->max_victims)
		return refusal_set(why, REASON_TOO_MANY,
		    "%s holds %u victims already, as many as its max-victims "
		    "allows",
		    a->owner, rule->max_victims);
	return 0;
}

/* What waits for a disk that fails has a limit. */
static int
check_storage(const struct blackhole *b, struct refusal *why)
{
	const char *trouble = pending_trouble(b->parts.pending);

	if (trouble[0] == '\0' || pending_count(b->parts.pending) < WAITING_MAX)
		return 0;
	return refusal_set(why, REASON_STORAGE,
	    "%zu changes wait for the disk already: %s",
	    pending_count(b->parts.pending), trouble);
}

static int
check_add(struct blackhole *b, const struct blackhole_addition *a,
    struct refusal *why)
{
	const struct prefix *p = &a->wish->prefix;

	b->policy.now_ms = a->now_ms;
	if (policy_check_prefix(&b->policy, a->caller, p, why) == -1 ||
	    policy_check_wish(&b->policy, a->wish, why) == -1)
		return -1;
	if (a->claim == NULL &&
	    (check_room(b, a, why) == -1 || check_own_room(b, a, why) == -1))
		return -1;
	return check_storage(b, why);
}

/* What a refresh does not name stays, and without a TTL no end moves back. */
static int64_t
new_expiry(const struct blackhole *b, const struct blackhole_addition *a)
{
	const struct wish *wish = a->wish;
	int64_t ttl_ms = policy_ttl_ms(&b->policy, wish);
	int64_t expires_ms =
	    ttl_ms == VICTIM_NEVER ? VICTIM_NEVER : a->now_ms + ttl_ms;
	bool named = wish->has_ttl || wish->ttl_max || wish->permanent;

	if (a->claim != NULL && !named && a->claim->expires_ms > expires_ms)
		return a->claim->expires_ms;
	return expires_ms;
}

/* A return is an addition within the window, or of one that is held. */
static void
plan_recurrences(const struct blackhole *b, struct blackhole_addition *a)
{
	struct holddown_rule rule = blackhole_hold_rule(b);
	uint32_t before;
	int64_t ended_ms;

	if (a->victim != NULL) {
		a->recurs = a->held != NULL;
		a->recurrences = a->victim->recurrences;
		if (a->recurs && a->recurrences < UINT32_MAX)
			a->recurrences++;
		return;
	}
	a->recurs =
	    holddown_find(b->holddown, &a->wish->prefix, &before, &ended_ms);
	a->recurrences = holddown_would_return(b->holddown, &rule,
	    &a->wish->prefix, a->now_ms);
}

int
blackhole_add_plan(struct blackhole *b, struct blackhole_addition *a,
    struct refusal *why)
{
	const struct wish *wish = a->wish;

	a->owner = wish->owner != NULL ? wish->owner : a->caller->user;
	a->victim = victim_find(b->victims, &wish->prefix);
	if (a->victim != NULL && a->victim->held_until_ms != 0)
		a->held = TAILQ_FIRST(&a->victim->claims);
	else if (a->victim != NULL)
		a->claim = victim_claim(a->victim, a->owner);
	if (check_add(b, a, why) == -1)
		return -1;
	a->expires_ms = new_expiry(b, a);
	plan_recurrences(b, a);
	return 0;
}

/* The claim as it will be; what the wish does not name stays. */
static struct claim *
new_claim(struct blackhole *b, const struct blackhole_addition *a)
{
	const char *reason = a->wish->reason, *neighbors = a->wish->neighbors;
	struct claim *c;

	if (a->claim != NULL && reason == NULL)
		reason = a->claim->reason;
	if (a->claim != NULL && neighbors == NULL && !a->wish->neighbors_all)
		neighbors = a->claim->neighbors;
	c = claim_new(b->victims, a->owner, reason != NULL ? reason : "",
	    neighbors);
	if (c == NULL)
		return NULL;
	c->since_ms = a->claim != NULL ? a->claim->since_ms : a->now_ms;
	c->expires_ms = a->expires_ms;
	c->ttl_ms = VICTIM_NEVER;
	if (a->expires_ms != VICTIM_NEVER)
		c->ttl_ms = a->expires_ms - a->now_ms;
	return c;
}

/* Its key becomes that of the new claim unless another owner held it. */
static int
prepare_held(struct blackhole_addition *a)
{
	struct stored_claim ended;

	if (a->held == NULL || strcmp(a->held->owner->name, a->owner) == 0)
		return 0;
	ended = blackhole_stored(a->victim, a->held, true);
	a->stored_held = pending_prepare(&ended);
	return a->stored_held != NULL ? 0 : -1;
}

int
blackhole_add_prepare(struct blackhole *b, struct blackhole_addition *a)
{
	struct victim key = { .prefix = a->wish->prefix };
	struct stored_claim stored;

	a->new_claim = new_claim(b, a);
	if (a->new_claim == NULL || prepare_held(a) == -1)
		return -1;
	stored = blackhole_stored(&key, a->new_claim, false);
	a->stored = pending_prepare(&stored);
	if (a->stored == NULL)
		return -1;
	if (a->victim != NULL)
		return 0;
	a->new_victim = victim_new(&a->wish->prefix);
	return a->new_victim != NULL ? blackhole_reserve(b) : -1;
}

void
blackhole_add_discard(struct blackhole *b, struct blackhole_addition *a)
{
	pending_discard(a->stored);
	pending_discard(a->stored_held);
	claim_free(b->victims, a->new_claim);
	victim_free(b->victims, a->new_victim);
}

/* Refreshes that only move the expiry are no news for the history. */
static bool
is_news(const struct blackhole_addition *a)
{
	const struct claim *old = a->claim, *new = a->new_claim;

	if (old == NULL || strcmp(old->reason, new->reason) != 0)
		return true;
	if (old->neighbors == NULL || new->neighbors == NULL)
		return old->neighbors != new->neighbors;
	return strcmp(old->neighbors, new->neighbors) != 0;
}

uint64_t
blackhole_add_put(struct blackhole *b, struct blackhole_addition *a,
    uint64_t token)
{
	struct stored_recurrence recurs = { .prefix = a->wish->prefix,
		.forgotten = a->recurrences == 0,
		.count = a->recurrences,
		.ended_wall_ms = -1 };
	struct blackhole_note note = { .action = a->claim != NULL
		    ? HISTORY_REFRESHED
		    : HISTORY_ADDED,
		.token = token,
		.caller = a->caller,
		.prefix = &a->wish->prefix,
		.owner = a->owner,
		.reason = a->new_claim->reason,
		.at_ms = a->now_ms,
		.expires_ms = a->expires_ms };
	uint64_t commit;

	blackhole_defer_again(b, &a->wish->prefix);
	commit = pending_put(b->parts.pending, a->stored);
	a->stored = NULL;
	if (a->stored_held != NULL)
		pending_put(b->parts.pending, a->stored_held);
	a->stored_held = NULL;
	if (a->recurs)
		(void)pending_put_recurrence(b->parts.pending, &recurs,
		    &commit);
	if (is_news(a) && token != BLACKHOLE_NOTED)
		blackhole_note(b, &note);
	return commit;
}

static void
publish_new_victim(struct blackhole *b, struct blackhole_addition *a)
{
	struct holddown_rule rule = blackhole_hold_rule(b);
	struct victim *v = a->new_victim;

	v->since_ms = a->new_claim->since_ms;
	v->recurrences =
	    holddown_returns(b->holddown, &rule, &v->prefix, a->now_ms);
	victim_set_insert(b->victims, v);
	v->slot = rib_add(b->parts.rib, &v->prefix, v);
	a->victim = v;
	a->new_victim = NULL;
}

static void
log_add(const struct blackhole_addition *a)
{
	char text[PREFIX_STRLEN], until[INSTANT_STRLEN] = "its withdrawal";
	const struct claim *claim = a->new_claim;

	if (!log_is_on(LOG_LEVEL_INFO))
		return;
	if (claim->expires_ms != VICTIM_NEVER)
		instant_print(clock_to_wall(claim->expires_ms), until);
	log_info("victim %s: %s by %s (pid %d) for %s until %s%s%s",
	    prefix_print(&a->wish->prefix, text),
	    a->claim != NULL ? "refreshed" : "added", a->caller->user,
	    (int)a->caller->pid, a->owner, until,
	    claim->reason[0] != '\0' ? ": " : "", claim->reason);
}

/* The new claim takes the place of one that is refreshed or was held. */
void
blackhole_add_publish(struct blackhole *b, struct blackhole_addition *a)
{
	struct claim *old = a->claim != NULL ? a->claim : a->held;
	struct blackhole_event event = { .type = BLACKHOLE_EVENT_ADDED,
		.claim = a->new_claim,
		.caller = a->caller };

	if (a->claim != NULL)
		event.type = BLACKHOLE_EVENT_REFRESHED;
	log_add(a);
	if (a->victim == NULL)
		publish_new_victim(b, a);
	victim_add_claim(b->victims, a->victim, a->new_claim);
	if (old != NULL) {
		victim_drop_claim(b->victims, a->victim, old);
		claim_free(b->victims, old);
	}
	if (a->held != NULL) {
		a->victim->held_until_ms = 0;
		a->victim->recurrences = a->recurrences;
	}
	a->new_claim = NULL;
	blackhole_publish_route(b, a->victim->slot);
	blackhole_expiry_set(b);
	event.victim = a->victim;
	event.left = a->victim->claim_count;
	blackhole_tell(b, &event);
}

struct route_ref
blackhole_route(const struct blackhole *b, const struct victim *v)
{
	return (struct route_ref){ .slot = v->slot,
		.serial = rib_route(b->parts.rib, v->slot)->serial };
}

static void
set_add_result(const struct blackhole *b, const struct blackhole_addition *a,
    struct blackhole_result *result)
{
	*result = (struct blackhole_result){
		.outcome =
		    a->claim != NULL ? BLACKHOLE_REFRESHED : BLACKHOLE_ADDED,
		.victim = a->victim,
		.route = { .slot = RIB_NO_SLOT },
	};
	if (a->victim != NULL)
		result->route = blackhole_route(b, a->victim);
}

int
blackhole_add(struct blackhole *b, const struct caller *caller,
    const struct wish *wish, struct blackhole_result *result,
    struct refusal *why)
{
	struct blackhole_addition a = { .caller = caller,
		.wish = wish,
		.now_ms = clock_now_ms() };
	uint64_t commit;

	if (blackhole_add_plan(b, &a, why) == -1) {
		blackhole_note_refusal(b, caller, wish, why);
		return -1;
	}
	if (blackhole_add_prepare(b, &a) == -1) {
		blackhole_add_discard(b, &a);
		return refusal_set(why, REASON_BUSY, "out of memory");
	}
	set_add_result(b, &a, result);
	if (blackhole_defers(b))
		return blackhole_defer_add(b, &a, result, why);
	commit = blackhole_add_put(b, &a, 0);
	blackhole_add_publish(b, &a);
	set_add_result(b, &a, result);
	result->commit = commit;
	return 0;
}

int
blackhole_would_add(struct blackhole *b, const struct caller *caller,
    const struct wish *wish, struct blackhole_result *result,
    struct refusal *why)
{
	struct blackhole_addition a = { .caller = caller,
		.wish = wish,
		.now_ms = clock_now_ms() };

	if (blackhole_add_plan(b, &a, why) == -1)
		return -1;
	set_add_result(b, &a, result);
	return 0;
}
