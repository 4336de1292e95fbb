/*
 * A change is checked, then all that can fail is made ready, then it is
 * published: to the victim set, to the rib and through it to every neighbor,
 * and to the changes that wait to be stored.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "rib.h"
#include "timefmt.h"

#include "blackhole.h"
#include "pending.h"

/* Claims that end in one turn of the loop. */
#define EXPIRY_BUDGET 4096
/* The loop's clock stands still while the machine sleeps, expiry does not. */
#define EXPIRY_LOOK_MS 60000

struct blackhole {
	struct blackhole_parts parts;
	struct policy policy;
	struct victim_set *victims;
	struct event *expiry;
	struct prefix_list left_over; /* of claims that ended before we began */
};

/* One request and what is made ready for it. */
struct change {
	const struct caller *caller;
	const struct wish *wish;
	const char *owner;
	struct victim *victim; /* in the set, or NULL: new_victim */
	struct claim *claim;   /* of that victim, or NULL: new_claim */
	int64_t now_ms;
	int64_t expires_ms;
	struct victim *new_victim;
	struct claim *new_claim; /* for a refresh: its texts */
	struct pending_change *stored;
};

static void
start_expiry_timer(struct blackhole *b)
{
	int64_t next_ms = victim_set_next_expiry(b->victims);
	int64_t wait_ms = next_ms - clock_now_ms();
	struct timeval tv;

	if (next_ms == VICTIM_NEVER) {
		event_del(b->expiry);
		return;
	}
	if (wait_ms < 0)
		wait_ms = 0;
	if (wait_ms > EXPIRY_LOOK_MS)
		wait_ms = EXPIRY_LOOK_MS;
	tv.tv_sec = wait_ms / 1000;
	tv.tv_usec = wait_ms % 1000 * 1000;
	if (event_add(b->expiry, &tv) == -1)
		log_warnx("victims: the expiry timer cannot be started: "
			  "out of memory");
}

/* What is stored begins in 1970, wherever the wall clock was set to. */
static int64_t
to_stored_instant(int64_t boot_ms)
{
	int64_t wall_ms = clock_to_wall(boot_ms);

	return wall_ms > 0 ? wall_ms : 0;
}

/* The claim as it is to be stored. */
static struct stored_claim
to_stored(const struct victim *v, const struct claim *c, bool ended)
{
	struct stored_claim stored = {
		.prefix = v->prefix,
		.ended = ended,
		.owner = c->owner->name,
		.reason = c->reason,
		.neighbors = c->neighbors != NULL ? c->neighbors : "",
		.since_wall_ms = to_stored_instant(c->since_ms),
		.expires_wall_ms = -1,
	};

	if (c->expires_ms != VICTIM_NEVER)
		stored.expires_wall_ms = to_stored_instant(c->expires_ms);
	return stored;
}

static void
publish_route(struct blackhole *b, uint32_t slot)
{
	b->parts.on_route(b->parts.arg, slot);
	rib_collect(b->parts.rib, slot);
}

/* The last claim is gone: the victim ends. */
static void
end_victim(struct blackhole *b, struct victim *v)
{
	rib_end(b->parts.rib, v->slot);
	publish_route(b, v->slot);
	victim_set_remove(b->victims, v);
	victim_free(b->victims, v);
}

/*
 * Ends one claim, and with the last one its victim.  stored (taken) says so
 * to the store; NULL when memory was out: then a restart finds it expired.
 */
static uint64_t
end_claim(struct blackhole *b, struct victim *v, struct claim *c,
    struct pending_change *stored)
{
	victim_drop_claim(b->victims, v, c);
	claim_free(b->victims, c);
	if (v->claim_count == 0)
		end_victim(b, v);
	else
		publish_route(b, v->slot); /* maybe for fewer neighbors */
	return stored != NULL ? pending_put(b->parts.pending, stored) : 0;
}

static void
expire(struct blackhole *b, struct victim *v, struct claim *c)
{
	struct stored_claim ended = to_stored(v, c, true);
	struct pending_change *stored = pending_prepare(&ended);
	char text[PREFIX_STRLEN];

	log_info("victim %s: claim of %s expired%s",
	    prefix_print(&v->prefix, text), c->owner->name,
	    v->claim_count > 1 ? ", others stand" : "");
	end_claim(b, v, c, stored);
}

/* libevent: the earliest expiry is due. */
static void
on_expiry(evutil_socket_t fd, short what, void *arg)
{
	struct blackhole *b = arg;
	int64_t now_ms = clock_now_ms();
	struct victim *v;
	struct claim *c;

	(void)fd;
	(void)what;
	for (int i = 0; i < EXPIRY_BUDGET; i++) {
		c = victim_set_expired(b->victims, now_ms, &v);
		if (c == NULL)
			break;
		expire(b, v, c);
	}
	start_expiry_timer(b);
}

struct blackhole *
blackhole_new(const struct blackhole_parts *parts)
{
	struct blackhole *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->parts = *parts;
	b->policy.config = parts->config;
	b->victims = victim_set_new();
	b->expiry = evtimer_new(parts->base, on_expiry, b);
	if (b->victims == NULL || b->expiry == NULL) {
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
	victim_set_free(b->victims);
	if (b->expiry != NULL)
		event_free(b->expiry);
	free(b->policy.local_addresses.items);
	free(b->left_over.items);
	free(b);
}

const struct victim_set *
blackhole_victims(const struct blackhole *b)
{
	return b->victims;
}

/* The last tenth of the places is the operators'. */
static int
check_room(const struct blackhole *b, const struct change *c,
    struct refusal *why)
{
	uint32_t limit = b->parts.config->blackhole.max_victims;
	const struct config_access *rule = c->caller->rule;
	size_t count = victim_set_count(b->victims);

	if (c->caller->role != ACCESS_OPERATOR)
		limit -= limit / 10;
	if (c->victim == NULL && count >= limit)
		return refusal_set(why, REASON_TOO_MANY,
		    "%zu victims stand already: of blackhole.max-victims, %u "
		    "are there for the role %s",
		    count, limit, access_role_name(c->caller->role));
	if (c->victim != NULL && c->victim->claim_count >= VICTIM_CLAIMS_MAX)
		return refusal_set(why, REASON_TOO_MANY,
		    "%u owners hold this victim already, the most it can have",
		    VICTIM_CLAIMS_MAX);
	if (rule != NULL && rule->max_victims > 0 &&
	    victim_owner_claims(b->victims, c->owner) >= rule->max_victims)
		return refusal_set(why, REASON_TOO_MANY,
		    "%s holds %u victims already, as many as its max-victims "
		    "allows",
		    c->owner, rule->max_victims);
	return 0;
}

static int
check_add(const struct blackhole *b, const struct change *c,
    struct refusal *why)
{
	if (policy_check_prefix(&b->policy, c->caller, &c->wish->prefix, why) ==
		-1 ||
	    policy_check_wish(&b->policy, c->wish, why) == -1)
		return -1;
	return c->claim == NULL ? check_room(b, c, why) : 0;
}

/* What a refresh does not name stays, and without a TTL no end moves back. */
static int64_t
new_expiry(const struct blackhole *b, const struct change *c)
{
	int64_t ttl_ms = policy_ttl_ms(&b->policy, c->wish);
	int64_t expires_ms =
	    ttl_ms == VICTIM_NEVER ? VICTIM_NEVER : c->now_ms + ttl_ms;
	bool named = c->wish->has_ttl || c->wish->ttl_max || c->wish->permanent;

	if (c->claim != NULL && !named && c->claim->expires_ms > expires_ms)
		return c->claim->expires_ms;
	return expires_ms;
}

/* Makes ready all that can fail. */
static int
prepare_add(struct blackhole *b, struct change *c)
{
	const struct wish *wish = c->wish;
	const char *reason = wish->reason, *neighbors = wish->neighbors;
	struct victim key = { .prefix = wish->prefix };
	struct stored_claim stored;

	if (c->claim != NULL && reason == NULL)
		reason = c->claim->reason;
	if (c->claim != NULL && neighbors == NULL)
		neighbors = c->claim->neighbors;
	c->new_claim = claim_new(b->victims, c->owner,
	    reason != NULL ? reason : "", neighbors);
	if (c->new_claim == NULL)
		return -1;
	c->new_claim->since_ms =
	    c->claim != NULL ? c->claim->since_ms : c->now_ms;
	c->new_claim->expires_ms = c->expires_ms;
	stored = to_stored(&key, c->new_claim, false);
	c->stored = pending_prepare(&stored);
	if (c->stored == NULL)
		return -1;
	if (c->victim != NULL)
		return 0;
	c->new_victim = victim_new(&wish->prefix);
	if (c->new_victim == NULL || rib_reserve(b->parts.rib, 1) == -1)
		return -1;
	return b->parts.reserve_slots(b->parts.arg);
}

static void
discard_change(struct blackhole *b, struct change *c)
{
	pending_discard(c->stored);
	claim_free(b->victims, c->new_claim);
	victim_free(b->victims, c->new_victim);
}

/* Cannot fail.  The new claim takes the place of an old one. */
static void
publish_add(struct blackhole *b, struct change *c)
{
	struct victim *v = c->victim;

	if (v == NULL) {
		v = c->victim = c->new_victim;
		v->since_ms = c->new_claim->since_ms;
		victim_set_insert(b->victims, v);
		v->slot = rib_add(b->parts.rib, &v->prefix, v);
	}
	victim_add_claim(b->victims, v, c->new_claim);
	if (c->claim != NULL) {
		victim_drop_claim(b->victims, v, c->claim);
		claim_free(b->victims, c->claim);
	}
	publish_route(b, v->slot);
	start_expiry_timer(b);
}

static void
log_add(const struct change *c)
{
	char text[PREFIX_STRLEN], until[INSTANT_STRLEN] = "its withdrawal";
	const struct claim *claim = c->new_claim;

	if (claim->expires_ms != VICTIM_NEVER)
		instant_print(clock_to_wall(claim->expires_ms), until);
	log_info("victim %s: %s by %s (pid %d) for %s until %s%s%s",
	    prefix_print(&c->wish->prefix, text),
	    c->claim != NULL ? "refreshed" : "added", c->caller->user,
	    (int)c->caller->pid, c->owner, until,
	    claim->reason[0] != '\0' ? ": " : "", claim->reason);
}

int
blackhole_add(struct blackhole *b, const struct caller *caller,
    const struct wish *wish, struct blackhole_result *result,
    struct refusal *why)
{
	struct change c = { .caller = caller,
		.wish = wish,
		.owner = wish->owner != NULL ? wish->owner : caller->user,
		.victim = victim_find(b->victims, &wish->prefix),
		.now_ms = clock_now_ms() };

	if (c.victim != NULL)
		c.claim = victim_claim(c.victim, c.owner);
	if (check_add(b, &c, why) == -1)
		return -1;
	c.expires_ms = new_expiry(b, &c);
	if (prepare_add(b, &c) == -1) {
		discard_change(b, &c);
		return refusal_set(why, REASON_BUSY, "out of memory");
	}
	result->outcome =
	    c.claim != NULL ? BLACKHOLE_REFRESHED : BLACKHOLE_ADDED;
	log_add(&c);
	publish_add(b, &c);
	result->victim = c.victim;
	result->commit = pending_put(b->parts.pending, c.stored);
	return 0;
}

/* Names who holds the victim, and what to say instead. */
static int
refuse_not_yours(const struct victim *v, const char *owner, struct refusal *why)
{
	const char *holder = TAILQ_FIRST(&v->claims)->owner->name;
	char text[PREFIX_STRLEN];

	return refusal_set(why, REASON_NOT_YOURS,
	    "%s has no claim of %s: %s%s holds it; an operator may say "
	    "--owner %s, or --all-owners",
	    prefix_print(&v->prefix, text), owner, holder,
	    v->claim_count > 1 ? " among others" : "", holder);
}

static bool
is_asked_for(const struct unwish *unwish, const char *owner, const char *whose)
{
	return unwish->all_owners || strcmp(owner, whose) == 0;
}

/* Takes back what unwish names; ready has a change for each such claim. */
static uint64_t
publish_withdraw(struct blackhole *b, struct victim *v,
    const struct unwish *unwish, const char *owner,
    struct pending_change **ready)
{
	unsigned left = v->claim_count;
	struct claim *c = TAILQ_FIRST(&v->claims);
	uint64_t commit = 0;

	/* the last claim that ends takes the victim with it */
	for (; left > 0; left--) {
		struct claim *next = TAILQ_NEXT(c, entry);

		if (is_asked_for(unwish, c->owner->name, owner))
			commit = end_claim(b, v, c, *ready++);
		c = next;
	}
	start_expiry_timer(b);
	return commit;
}

static void
log_withdraw(const struct caller *caller, const struct unwish *unwish,
    const char *owner, bool ends)
{
	char text[PREFIX_STRLEN];

	log_info("victim %s: claim%s%s taken back by %s (pid %d)%s%s%s",
	    prefix_print(&unwish->prefix, text),
	    unwish->all_owners ? "s of all owners" : " of ",
	    unwish->all_owners ? "" : owner, caller->user, (int)caller->pid,
	    ends ? "" : ", others stand", unwish->reason != NULL ? ": " : "",
	    unwish->reason != NULL ? unwish->reason : "");
}

/* A change for each claim that is to end.  How many; -1: no memory. */
static int
prepare_withdraw(const struct victim *v, const struct unwish *unwish,
    const char *owner, struct pending_change **ready)
{
	const struct claim *c;
	int n = 0;

	TAILQ_FOREACH(c, &v->claims, entry) {
		struct stored_claim ended = to_stored(v, c, true);

		if (!is_asked_for(unwish, c->owner->name, owner))
			continue;
		ready[n] = pending_prepare(&ended);
		if (ready[n++] == NULL) {
			while (n-- > 0)
				pending_discard(ready[n]);
			return -1;
		}
	}
	return n;
}

int
blackhole_withdraw(struct blackhole *b, const struct caller *caller,
    const struct unwish *unwish, struct blackhole_result *result,
    struct refusal *why)
{
	const char *owner =
	    unwish->owner != NULL ? unwish->owner : caller->user;
	struct victim *v = victim_find(b->victims, &unwish->prefix);
	struct pending_change *ready[VICTIM_CLAIMS_MAX] = { NULL };
	char text[PREFIX_STRLEN];
	bool ends;
	int n;

	if (v == NULL)
		return refusal_set(why, REASON_UNKNOWN_VICTIM,
		    "%s is not blackholed",
		    prefix_print(&unwish->prefix, text));
	n = prepare_withdraw(v, unwish, owner, ready);
	if (n == -1)
		return refusal_set(why, REASON_BUSY, "out of memory");
	if (n == 0)
		return refuse_not_yours(v, owner, why);
	ends = n == v->claim_count;
	log_withdraw(caller, unwish, owner, ends);
	result->outcome = ends ? BLACKHOLE_WITHDRAWN : BLACKHOLE_CLAIMS_LEFT;
	result->commit = publish_withdraw(b, v, unwish, owner, ready);
	result->victim = ends ? NULL : v;
	return 0;
}

/* What the configuration does not allow is kept, and not announced. */
static void
suppress_if_refused(const struct blackhole *b, struct victim *v)
{
	struct refusal why = { .reason = REASON_NONE };
	uint8_t before = v->suppressed;
	char text[PREFIX_STRLEN];

	policy_check_prefix(&b->policy, NULL, &v->prefix, &why);
	v->suppressed = (uint8_t)why.reason;
	if (v->suppressed == before)
		return;
	if (v->suppressed == REASON_NONE)
		log_info("victim %s: allowed again, announced",
		    prefix_print(&v->prefix, text));
	else
		log_warnx("victim %s: suppressed, not announced: %s",
		    prefix_print(&v->prefix, text), why.message);
}

/* The rules have changed: some are to be withdrawn, some announced. */
static void
recheck_victims(struct blackhole *b)
{
	struct victim *v = victim_from(b->victims, NULL);

	for (; v != NULL; v = victim_next(v)) {
		uint8_t before = v->suppressed;

		suppress_if_refused(b, v);
		if (v->suppressed != before)
			publish_route(b, v->slot);
	}
}

void
blackhole_set_config(struct blackhole *b, const struct config *config)
{
	b->parts.config = config;
	b->policy.config = config;
	recheck_victims(b);
}

static int
add_prefix(struct prefix_list *list, const struct prefix *p)
{
	struct prefix *items =
	    reallocarray(list->items, list->count + 1, sizeof(*items));

	if (items == NULL)
		return -1;
	items[list->count++] = *p;
	list->items = items;
	return 0;
}

/*
 * It ended while we were down.  One that ends in this moment, after the store
 * was read, the store is to forget.
 */
static int
note_left_over(struct blackhole *b, const struct stored_claim *stored)
{
	struct stored_claim ended = *stored;
	struct pending_change *change;

	ended.ended = true;
	change = stored->ended ? NULL : pending_prepare(&ended);
	if (change != NULL)
		pending_put(b->parts.pending, change);
	(void)add_prefix(&b->left_over, &stored->prefix);
	return -1;
}

/* As it was stored, of no victim yet; NULL without memory. */
static struct claim *
from_stored(struct blackhole *b, const struct stored_claim *stored)
{
	struct claim *c = claim_new(b->victims, stored->owner, stored->reason,
	    stored->neighbors[0] != '\0' ? stored->neighbors : NULL);

	if (c == NULL)
		return NULL;
	c->since_ms = clock_from_wall(stored->since_wall_ms);
	if (stored->expires_wall_ms != -1)
		c->expires_ms = clock_from_wall(stored->expires_wall_ms);
	return c;
}

/* A victim without claims, in the set and the rib; NULL without memory. */
static struct victim *
restore_victim(struct blackhole *b, const struct prefix *p, int64_t since_ms)
{
	struct victim *v = victim_new(p);

	if (v == NULL || rib_reserve(b->parts.rib, 1) == -1 ||
	    b->parts.reserve_slots(b->parts.arg) == -1) {
		victim_free(b->victims, v);
		return NULL;
	}
	v->since_ms = since_ms;
	suppress_if_refused(b, v);
	victim_set_insert(b->victims, v);
	v->slot = rib_add(b->parts.rib, &v->prefix, v);
	return v;
}

/* It cannot be taken back; it stays in the store. */
static int
leave_stored(const struct stored_claim *stored, const char *why)
{
	char text[PREFIX_STRLEN];

	log_warnx("victim %s: the stored claim of %s is left out: %s",
	    prefix_print(&stored->prefix, text), stored->owner, why);
	return -1;
}

int
blackhole_restore(struct blackhole *b, const struct stored_claim *stored)
{
	struct victim *v = victim_find(b->victims, &stored->prefix);
	struct claim *c;

	/* what was changed since the start counts more */
	if (pending_has(b->parts.pending, &stored->prefix, stored->owner) ||
	    (v != NULL && victim_claim(v, stored->owner) != NULL))
		return -1;
	if (stored->ended ||
	    (stored->expires_wall_ms != -1 &&
		stored->expires_wall_ms <= clock_wall_ms()))
		return note_left_over(b, stored);
	if (v != NULL && v->claim_count >= VICTIM_CLAIMS_MAX)
		return leave_stored(stored, "its victim has too many");
	c = from_stored(b, stored);
	if (c != NULL && v == NULL)
		v = restore_victim(b, &stored->prefix, c->since_ms);
	if (c == NULL || v == NULL) {
		claim_free(b->victims, c);
		return leave_stored(stored, "out of memory");
	}
	victim_add_claim(b->victims, v, c);
	if (c->since_ms < v->since_ms)
		v->since_ms = c->since_ms;
	publish_route(b, v->slot);
	start_expiry_timer(b);
	return 0;
}

void
blackhole_restored(struct blackhole *b)
{
	struct prefix_list *list = &b->left_over;

	for (size_t i = 0; i < list->count; i++)
		if (victim_find(b->victims, &list->items[i]) == NULL &&
		    rib_reserve(b->parts.rib, 1) == 0 &&
		    b->parts.reserve_slots(b->parts.arg) == 0)
			rib_add_left_over(b->parts.rib, &list->items[i]);
	free(list->items);
	*list = (struct prefix_list){ 0 };
}

int
blackhole_protect_local(struct blackhole *b, const struct prefix *address)
{
	struct prefix_list *list = &b->policy.local_addresses;

	for (size_t i = 0; i < list->count; i++)
		if (prefix_cmp(&list->items[i], address) == 0)
			return 0;
	if (add_prefix(list, address) == -1)
		return -1;
	recheck_victims(b);
	return 0;
}
