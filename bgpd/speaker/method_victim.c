/*
 * The methods that change victims and show them: parameters become a wish for
 * blackhole.c, and the set of victims becomes JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "blackhole.h"
#include "clock.h"
#include "neighbor.h"
#include "pending.h"

#include "method.h"

static struct ctl_span
span_of(int64_t since_ms, int64_t expires_ms, int64_t now_ms)
{
	struct ctl_span span = { .since_ms = clock_to_wall(since_ms),
		.permanent = expires_ms == VICTIM_NEVER };

	if (!span.permanent) {
		span.expires_ms = clock_to_wall(expires_ms);
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

static json_t *
claims_json(const struct victim *v, int64_t now_ms)
{
	json_t *array = json_array();
	const struct claim *c;

	TAILQ_FOREACH(c, &v->claims, entry) {
		struct ctl_claim claim = { .owner = c->owner->name,
			.reason = c->reason,
			.neighbors = c->neighbors,
			.span = span_of(c->since_ms, c->expires_ms, now_ms) };

		if (append(array, ctl_claim_encode(&claim)) == -1) {
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

/* NULL without memory. */
static json_t *
victim_json(const struct method_call *call, const struct victim *v)
{
	struct ctl_victim encoded = { .prefix = &v->prefix,
		.span = span_of(v->since_ms, victim_expires(v), call->now_ms),
		.suppressed = v->suppressed == REASON_NONE
		    ? NULL
		    : reason_name((enum reason)v->suppressed) };

	return ctl_victim_encode(&encoded, claims_json(v, call->now_ms),
	    neighbors_json(call->env, v));
}

/* The reasons that come before the prefix is looked at, in their order. */
static int
may_change(struct method_call *call, const struct ctl_params *params)
{
	const struct caller *caller = call->caller;
	struct refusal why;

	if (caller->role != ACCESS_OPERATOR && params->owner != NULL &&
	    strcmp(params->owner, caller->user) != 0) {
		refusal_set(&why, REASON_DENIED,
		    "user %s is a %s and may not name the owner %s",
		    caller->user, access_role_name(caller->role),
		    params->owner);
		return method_refuse(call, &why);
	}
	if (caller->role != ACCESS_OPERATOR && params->all_owners) {
		refusal_set(&why, REASON_DENIED,
		    "user %s is a %s and may not withdraw what others hold",
		    caller->user, access_role_name(caller->role));
		return method_refuse(call, &why);
	}
	if (caller->role == ACCESS_DETECTOR && caller->rule != NULL &&
	    !access_bucket_open(call->bucket, caller->rule->rate,
		call->now_ms)) {
		refusal_set(&why, REASON_RATE,
		    "user %s is over %u changes a second", caller->user,
		    caller->rule->rate);
		return method_refuse(call, &why);
	}
	return 0;
}

static int
check_host_bits(struct method_call *call, const struct ctl_params *params)
{
	struct refusal why;

	if (params->host_bits == NULL)
		return 0;
	ctl_refuse_host_bits(&why, params->host_bits);
	return method_refuse(call, &why);
}

static const char *
outcome_name(enum blackhole_outcome outcome)
{
	static const char *const names[] = { [BLACKHOLE_ADDED] = "added",
		[BLACKHOLE_REFRESHED] = "refreshed",
		[BLACKHOLE_WITHDRAWN] = "withdrawn",
		[BLACKHOLE_CLAIMS_LEFT] = "claims-left" };

	return names[outcome];
}

/* Both methods end here: the change is made, its answer waits for the disk. */
static int
changed(struct method_call *call, const struct ctl_params *params,
    const struct blackhole_result *result)
{
	const struct victim *v = result->victim;

	access_bucket_take(call->bucket, 1);
	call->waits = true;
	call->commit = result->commit;
	call->wait_ms = (int64_t)params->timeout_s * 1000;
	call->result = ctl_change_encode(outcome_name(result->outcome),
	    v == NULL, v == NULL ? NULL : victim_json(call, v));
	return call->result != NULL ? 0 : method_no_memory(call);
}

/* neighbors: with commas between, or NULL: not named. */
static int
add(struct method_call *call, const struct ctl_params *params,
    const char *neighbors)
{
	struct wish wish = { .prefix = params->prefix,
		.has_ttl = params->given & CTL_BIT(CTL_TTL),
		.ttl_max = params->ttl_max,
		.ttl_s = params->ttl_s,
		.permanent = params->permanent,
		.owner = params->owner,
		.reason = params->reason,
		.neighbors = neighbors };
	struct blackhole_result result;
	struct refusal why;

	if (blackhole_add(call->env->blackhole, call->caller, &wish, &result,
		&why) == -1)
		return method_refuse(call, &why);
	return changed(call, params, &result);
}

int
method_victim_add(struct method_call *call, const struct ctl_params *params)
{
	char *neighbors = NULL;
	struct refusal why;
	int rc;

	if ((params->given & CTL_BIT(CTL_TTL)) && params->permanent)
		return rpc_error_set(&call->error, RPC_INVALID_PARAMS,
		    "ttl and permanent exclude each other");
	if (may_change(call, params) == -1 ||
	    check_host_bits(call, params) == -1)
		return -1;
	if (params->neighbors != NULL) {
		neighbors = ctl_neighbors_join(params->neighbors);
		if (neighbors == NULL) {
			refusal_set(&why, REASON_BUSY, "out of memory");
			return method_refuse(call, &why);
		}
	}
	rc = add(call, params, neighbors);
	free(neighbors);
	return rc;
}

int
method_victim_withdraw(struct method_call *call,
    const struct ctl_params *params)
{
	struct unwish unwish = { .prefix = params->prefix,
		.owner = params->owner,
		.all_owners = params->all_owners,
		.reason = params->reason };
	struct blackhole_result result;
	struct refusal why;

	if (params->owner != NULL && params->all_owners)
		return rpc_error_set(&call->error, RPC_INVALID_PARAMS,
		    "owner and all_owners exclude each other");
	if (may_change(call, params) == -1 ||
	    check_host_bits(call, params) == -1)
		return -1;
	if (blackhole_withdraw(call->env->blackhole, call->caller, &unwish,
		&result, &why) == -1)
		return method_refuse(call, &why);
	return changed(call, params, &result);
}

/* Where the list begins: behind `after`, and not before `prefix`. */
static struct victim *
list_begin(const struct victim_set *set, const struct ctl_params *params)
{
	bool has_prefix = params->given & CTL_BIT(CTL_PREFIX);
	struct victim *v;

	if (!(params->given & CTL_BIT(CTL_AFTER)) ||
	    (has_prefix && prefix_cmp(&params->after, &params->prefix) < 0))
		return victim_from(set, has_prefix ? &params->prefix : NULL);
	v = victim_from(set, &params->after);
	if (v != NULL && prefix_cmp(&v->prefix, &params->after) == 0)
		v = victim_next(v);
	return v;
}

/* What lies inside a prefix stands together, behind it, in address order. */
static struct victim *
list_skip(struct victim *v, const struct ctl_params *params)
{
	while (v != NULL && params->owner != NULL &&
	    victim_claim(v, params->owner) == NULL)
		v = victim_next(v);
	if (v != NULL && (params->given & CTL_BIT(CTL_PREFIX)) &&
	    !prefix_covers(&params->prefix, &v->prefix))
		return NULL;
	return v;
}

int
method_victim_list(struct method_call *call, const struct ctl_params *params)
{
	const struct victim_set *set = blackhole_victims(call->env->blackhole);
	json_t *array = json_array();
	struct victim *v;

	if (check_host_bits(call, params) == -1)
		goto fail;
	v = list_skip(list_begin(set, params), params);
	for (uint32_t n = 0; v != NULL && n < params->limit; n++) {
		if (append(array, victim_json(call, v)) == -1) {
			method_no_memory(call);
			goto fail;
		}
		v = list_skip(victim_next(v), params);
	}
	call->result =
	    json_pack("{s:o,s:b}", "victims", array, "more", v != NULL);
	return call->result != NULL ? 0 : method_no_memory(call);
fail:
	json_decref(array);
	return -1;
}

int
method_victim_get(struct method_call *call, const struct ctl_params *params)
{
	char text[PREFIX_STRLEN];
	const struct victim *v;
	struct refusal why;

	if (check_host_bits(call, params) == -1)
		return -1;
	v = victim_find(blackhole_victims(call->env->blackhole),
	    &params->prefix);
	if (v == NULL) {
		refusal_set(&why, REASON_UNKNOWN_VICTIM, "%s is not blackholed",
		    prefix_print(&params->prefix, text));
		return method_refuse(call, &why);
	}
	call->result = victim_json(call, v);
	return call->result != NULL ? 0 : method_no_memory(call);
}
