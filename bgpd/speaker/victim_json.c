/*
 * One victim with its claims and where it stands at each neighbor.
 */
#include "clock.h"
#include "neighbor.h"
#include "victim.h"

#include "method.h"
#include "victim_json.h"

struct ctl_span
victim_json_span(int64_t since_ms, int64_t expires_ms, int64_t now_ms)
{
	/* the clocks are read once for both */
	int64_t ahead_ms = clock_to_wall(0);
	struct ctl_span span = { .since_ms = since_ms + ahead_ms,
		.permanent = expires_ms == VICTIM_NEVER };

	if (!span.permanent) {
		span.expires_ms = expires_ms + ahead_ms;
		span.remaining_ms = expires_ms - now_ms;
	}
	return span;
}

/* Appends v, which it takes; -1 without memory. */
static int
append(json_t *array, json_t *v)
{
	return json_array_append_new(array, v);
}

static struct ctl_claim
to_ctl(const struct claim *c, int64_t now_ms)
{
	return (struct ctl_claim){ .owner = c->owner->name,
		.reason = c->reason,
		.neighbors = c->neighbors,
		.span = victim_json_span(c->since_ms, c->expires_ms, now_ms) };
}

static json_t *
claims_json(const struct victim *v, int64_t now_ms)
{
	json_t *array = json_array();
	const struct claim *c;

	TAILQ_FOREACH(c, &v->claims, entry) {
		struct ctl_claim claim = to_ctl(c, now_ms);

		if (!c->held && append(array, ctl_claim_encode(&claim)) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
standing_json(const struct victim *v, const struct neighbor *n)
{
	enum ribout_state state = RIBOUT_OFF;
	int64_t at_ms = -1;

	if (v->suppressed == REASON_NONE)
		state =
		    ribout_state_of(neighbor_ribout_const(n), v->slot, &at_ms);
	if (state != RIBOUT_SENT && state != RIBOUT_DELIVERED)
		at_ms = -1;
	return ctl_standing_encode(neighbor_config(n)->name,
	    ribout_state_name(state), at_ms == -1 ? -1 : clock_to_wall(at_ms));
}

static json_t *
neighbors_json(const struct method_env *env, const struct victim *v)
{
	json_t *array = json_array();

	for (size_t i = 0; i < env->neighbor_count; i++) {
		if (append(array, standing_json(v, env->neighbors[i])) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static const struct claim *
held_claim(const struct victim *v)
{
	const struct claim *c;

	TAILQ_FOREACH(c, &v->claims, entry) {
		if (c->held)
			return c;
	}
	return NULL;
}

json_t *
victim_json(const struct method_env *env, const struct victim *v,
    int64_t now_ms)
{
	const struct claim *held = held_claim(v);
	struct ctl_victim encoded = { .prefix = &v->prefix,
		.span =
		    victim_json_span(v->since_ms, victim_expires(v), now_ms),
		.suppressed = v->suppressed == REASON_NONE
		    ? NULL
		    : reason_name((enum reason)v->suppressed),
		.recurrences = v->recurrences,
		.held = held != NULL };
	struct ctl_claim claim;
	json_t *o;

	if (held != NULL)
		encoded.held_until_ms = clock_to_wall(v->held_until_ms);
	o = ctl_victim_encode(&encoded, claims_json(v, now_ms),
	    neighbors_json(env, v));
	if (o == NULL || held == NULL)
		return o;
	claim = to_ctl(held, now_ms);
	if (json_object_set_new(o, "held_claim",
		ctl_held_claim_encode(&claim)) == 0)
		return o;
	json_decref(o);
	return NULL;
}
