/*
 * What is stored of claims, and what is told of changes: to the history, to
 * the events.
 */
#include <stdlib.h>

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

/* Small steps are nothing for stored deadlines until they add up to this. */
#define STEP_MS 1000

int64_t
blackhole_stored_instant(int64_t boot_ms)
{
	int64_t wall_ms = clock_to_wall(boot_ms);

	return wall_ms > 0 ? wall_ms : 0;
}

struct stored_claim
blackhole_stored(const struct victim *v, const struct claim *c, bool ended)
{
	struct stored_claim stored = {
		.prefix = v->prefix,
		.ended = ended,
		.held = c->held && !ended,
		.owner = c->owner->name,
		.reason = c->reason,
		.neighbors = c->neighbors != NULL ? c->neighbors : "",
		.since_wall_ms = blackhole_stored_instant(c->since_ms),
		.expires_wall_ms = -1,
		.ttl_ms = -1,
	};

	if (c->expires_ms == VICTIM_NEVER)
		return stored;
	stored.expires_wall_ms = blackhole_stored_instant(c->expires_ms);
	stored.ttl_ms = c->ttl_ms;
	return stored;
}

void
blackhole_put_standing(struct blackhole *b, const struct prefix *p,
    const char *owner)
{
	const struct victim *v = victim_find(b->victims, p);
	const struct claim *c = v != NULL ? victim_claim(v, owner) : NULL;
	struct stored_claim stored = { .prefix = *p,
		.ended = true,
		.owner = owner,
		.reason = "",
		.neighbors = "",
		.expires_wall_ms = -1,
		.ttl_ms = -1 };
	struct pending_change *change;
	char text[PREFIX_STRLEN];

	if (c != NULL)
		stored = blackhole_stored(v, c, false);
	blackhole_defer_again(b, p);
	change = pending_prepare(&stored);
	if (change != NULL)
		pending_put(b->parts.pending, change);
	else
		log_warnx("victim %s: out of memory: the claim of %s is not "
			  "stored as it stands",
		    prefix_print(p, text), owner);
}

void
blackhole_put_recurrence(struct blackhole *b, const struct prefix *p)
{
	const struct victim *v = victim_find(b->victims, p);
	struct stored_recurrence r = { .prefix = *p, .ended_wall_ms = -1 };
	int64_t ended_ms;
	uint64_t commit;

	if (v != NULL)
		r.count = v->recurrences;
	else if (holddown_find(b->holddown, p, &r.count, &ended_ms))
		r.ended_wall_ms = blackhole_stored_instant(ended_ms);
	r.forgotten = r.count == 0 && r.ended_wall_ms == -1;
	/* not stored without memory: then it counts anew after a restart */
	(void)pending_put_recurrence(b->parts.pending, &r, &commit);
}

void
blackhole_note(struct blackhole *b, const struct blackhole_note *note)
{
	const struct caller *caller = note->caller;
	struct history_entry entry = {
		.token = note->token,
		.at_wall_ms = blackhole_stored_instant(note->at_ms),
		.action = note->action,
		.prefix = *note->prefix,
		.owner = note->owner,
		.by = caller != NULL ? caller->user : "",
		.uid = caller != NULL ? (uint32_t)caller->uid : 0,
		.pid = caller != NULL ? (int32_t)caller->pid : 0,
		.reason = note->reason,
		.expires_wall_ms = -1,
		.count = 1,
	};

	if (note->expires_ms != VICTIM_NEVER)
		entry.expires_wall_ms =
		    blackhole_stored_instant(note->expires_ms);
	pending_note(b->parts.pending, &entry);
}

void
blackhole_note_refusal(struct blackhole *b, const struct caller *caller,
    const struct wish *wish, const struct refusal *why)
{
	struct refused refused = { .caller = caller,
		.owner = wish->owner != NULL ? wish->owner : caller->user,
		.prefix = wish->prefix,
		.why = why };

	refusals_note(b->refusals, &refused);
}

void
blackhole_stopping(struct blackhole *b)
{
	blackhole_defer_stop(b);
	blackhole_generation_stop(b);
	refusals_flush(b->refusals);
}

void
blackhole_tell(struct blackhole *b, const struct blackhole_event *event)
{
	if (b->parts.on_event != NULL)
		b->parts.on_event(b->parts.arg, event);
}

static void
store_remembered(void *arg, const struct prefix *p, uint32_t recurrences,
    int64_t ended_ms)
{
	(void)recurrences;
	(void)ended_ms;
	blackhole_put_recurrence(arg, p);
}

void
blackhole_store_again(struct blackhole *b)
{
	const struct claim *c;
	uint64_t commit;

	b->wall_ahead_ms = clock_to_wall(0);
	for (struct victim *v = victim_from(b->victims, NULL); v != NULL;
	     v = victim_next(v))
		TAILQ_FOREACH(c, &v->claims, entry)
			blackhole_put_standing(b, &v->prefix, c->owner->name);
	holddown_each(b->holddown, store_remembered, b);
	if (pending_put_settings(b->parts.pending, b->parts.settings,
		&commit) == -1)
		log_warnx("settings are not stored: out of memory");
}

void
blackhole_clock_stepped(struct blackhole *b)
{
	if (llabs(clock_to_wall(0) - b->wall_ahead_ms) < STEP_MS)
		return;
	log_info("the wall clock was stepped: all is stored again");
	blackhole_store_again(b);
}
