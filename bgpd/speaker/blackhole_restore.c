/*
 * What a restart brings back: claims, and how often prefixes came back.  Of
 * what ended while we were down, the neighbors that kept it are told.
 */
#include <stdlib.h>

#include "rib.h"

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

/* The store forgets it, and the history tells. */
static void
store_left_over(struct blackhole *b, const struct stored_claim *stored,
    int64_t ended_ms)
{
	struct blackhole_note note = { .action = HISTORY_EXPIRED,
		.prefix = &stored->prefix,
		.owner = stored->owner,
		.reason = stored->reason,
		.at_ms = ended_ms,
		.expires_ms = VICTIM_NEVER };
	struct stored_claim ended = *stored;
	struct pending_change *change;

	ended.ended = true;
	ended.held = false;
	change = pending_prepare(&ended);
	if (change == NULL)
		return;
	pending_put(b->parts.pending, change);
	blackhole_note(b, &note);
}

/* It ended while we were down. */
static int
note_left_over(struct blackhole *b, const struct stored_claim *stored)
{
	struct left_over *grown =
	    reallocarray(b->left_over, b->left_over_count + 1, sizeof(*grown));
	int64_t ended_ms = clock_from_wall(stored->expires_wall_ms);

	store_left_over(b, stored, ended_ms);
	if (grown == NULL)
		return -1;
	grown[b->left_over_count++] =
	    (struct left_over){ .prefix = stored->prefix,
		    .ended_ms = ended_ms };
	b->left_over = grown;
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
	c->ttl_ms = VICTIM_NEVER;
	if (stored->expires_wall_ms != -1) {
		c->expires_ms = clock_from_wall(stored->expires_wall_ms);
		c->ttl_ms = stored->ttl_ms;
	}
	c->held = stored->held;
	return c;
}

/* A victim without claims, in the set and the rib; NULL without memory. */
static struct victim *
restore_victim(struct blackhole *b, const struct prefix *p, int64_t since_ms)
{
	struct holddown_rule rule = blackhole_hold_rule(b);
	struct victim *v = victim_new(p);
	int64_t ended_ms;

	if (v == NULL || blackhole_reserve(b) == -1) {
		victim_free(b->victims, v);
		return NULL;
	}
	v->since_ms = since_ms;
	/* its recurrences came before it */
	(void)holddown_find(b->holddown, p, &v->recurrences, &ended_ms);
	(void)holddown_returns(b->holddown, &rule, p, clock_now_ms());
	blackhole_suppress(b, v);
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

static bool
has_expired(const struct stored_claim *stored)
{
	return stored->ended ||
	    (stored->expires_wall_ms != -1 &&
		stored->expires_wall_ms <= clock_wall_ms());
}

/* What was changed since the start counts more. */
static bool
is_outdated(const struct blackhole *b, const struct victim *v,
    const struct stored_claim *stored)
{
	return pending_has(b->parts.pending, &stored->prefix, stored->owner) ||
	    (v != NULL && victim_claim(v, stored->owner) != NULL);
}

/*
 * A hold is over once somebody has added its victim; when that was before the
 * load, the store does not know.
 */
static void
forget_hold(struct blackhole *b, const struct stored_claim *stored)
{
	struct stored_claim ended = *stored;
	struct pending_change *change;

	ended.ended = true;
	ended.held = false;
	change = pending_prepare(&ended);
	if (change != NULL)
		pending_put(b->parts.pending, change);
}

/* The victim, held until now, has got another claim. */
static void
end_hold(struct blackhole *b, struct victim *v)
{
	struct claim *held = TAILQ_FIRST(&v->claims);
	struct stored_claim stored = blackhole_stored(v, held, false);

	forget_hold(b, &stored);
	victim_drop_claim(b->victims, v, held);
	claim_free(b->victims, held);
	v->held_until_ms = 0;
}

int
blackhole_restore(struct blackhole *b, const struct stored_claim *stored)
{
	struct victim *v = victim_find(b->victims, &stored->prefix);
	struct claim *c;

	if (is_outdated(b, v, stored))
		return -1;
	if (has_expired(stored))
		return note_left_over(b, stored);
	if (v != NULL && stored->held) {
		forget_hold(b, stored);
		return -1;
	}
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
	if (v->held_until_ms != 0)
		end_hold(b, v);
	if (c->held)
		v->held_until_ms = c->expires_ms;
	if (c->since_ms < v->since_ms)
		v->since_ms = c->since_ms;
	blackhole_publish_route(b, v->slot);
	blackhole_expiry_set(b);
	return 0;
}

void
blackhole_restore_recurrence(struct blackhole *b,
    const struct stored_recurrence *r)
{
	struct victim *v = victim_find(b->victims, &r->prefix);
	int64_t ended_ms = clock_now_ms();
	int64_t known_ms;
	uint32_t known;

	if (v != NULL) {
		if (v->recurrences < r->count)
			v->recurrences = r->count;
		return;
	}
	/* what has ended since the start counts more */
	if (holddown_find(b->holddown, &r->prefix, &known, &known_ms))
		return;
	if (r->ended_wall_ms != -1)
		ended_ms = clock_from_wall(r->ended_wall_ms);
	(void)holddown_ended(b->holddown, &r->prefix, r->count, ended_ms);
}

/* A victim has ended while we were down; a return is to count. */
static void
end_left_over(struct blackhole *b, const struct left_over *l)
{
	uint32_t recurrences = 0;
	int64_t ended_ms;

	if (blackhole_reserve(b) == 0)
		rib_add_left_over(b->parts.rib, &l->prefix);
	if (blackhole_hold_rule(b).window_ms == 0)
		return;
	(void)holddown_find(b->holddown, &l->prefix, &recurrences, &ended_ms);
	if (holddown_ended(b->holddown, &l->prefix, recurrences, l->ended_ms) ==
	    0)
		blackhole_put_recurrence(b, &l->prefix);
}

void
blackhole_restored(struct blackhole *b)
{
	for (size_t i = 0; i < b->left_over_count; i++)
		if (victim_find(b->victims, &b->left_over[i].prefix) == NULL)
			end_left_over(b, &b->left_over[i]);
	free(b->left_over);
	b->left_over = NULL;
	b->left_over_count = 0;
	b->exemption_ms =
	    settings_expire_exemptions(b->parts.settings, clock_now_ms());
	blackhole_expiry_set(b);
}
