/*
 * The methods that change one victim: parameters become a wish for
 * blackhole.c, whose outcome becomes the result.  A dry run goes the same way
 * up to the door, and explains what would happen behind it.
 */
#include <stdlib.h>

#include "policy_explain.h"

#include "clock.h"

#include "method_change.h"
#include "method_explain.h"
#include "victim_json.h"

/* Host bits are the prefix's first refusal. */
static int
check_host_bits(const struct ctl_params *params, struct refusal *why)
{
	if (params->host_bits == NULL)
		return 0;
	return ctl_refuse_host_bits(why, params->host_bits);
}

/* The same of a change, with its line in the history. */
static int
refuse_host_bits(struct method_call *call, const struct ctl_params *params)
{
	struct refusal why;

	if (check_host_bits(params, &why) == 0)
		return 0;
	method_change_refused(call, params, &params->prefix, &why);
	return method_refuse(call, &why);
}

static json_t *
until_json(const struct blackhole_result *result)
{
	if (result->outcome != BLACKHOLE_HELD)
		return json_null();
	return ctl_instant_encode(clock_to_wall(result->until_ms));
}

/* Both methods end here: the change is made, its answer waits. */
static int
changed(struct method_call *call, const struct ctl_params *params,
    const struct blackhole_result *result)
{
	method_change_made(call, &params->prefix, result);
	call->one_victim = true;
	call->prefix = params->prefix;
	/* the answer shows the victim, as it is when the waiting is over */
	call->result =
	    ctl_change_encode(method_change_outcome(result->outcome, false),
		until_json(result), json_null());
	return call->result != NULL ? 0 : method_no_memory(call);
}

/* A dry run changes nothing, so there is nothing to wait for. */
static int
would_change(struct method_call *call, const struct ctl_params *params,
    const struct blackhole_result *result, json_t *victim)
{
	call->result =
	    ctl_change_encode(method_change_outcome(result->outcome, true),
		until_json(result), victim);
	if (call->result == NULL)
		return method_no_memory(call);
	ctl_change_set(call->result, false, ctl_wait_name(params->wait));
	return 0;
}

/* The victim that there would be, with the one claim that is asked for. */
static json_t *
new_victim_json(const struct method_call *call, const struct wish *wish)
{
	const struct policy policy = { .config = call->env->config };
	int64_t ttl_ms = policy_ttl_ms(&policy, wish);
	int64_t expires_ms =
	    ttl_ms == VICTIM_NEVER ? VICTIM_NEVER : call->now_ms + ttl_ms;
	struct ctl_span span =
	    victim_json_span(call->now_ms, expires_ms, call->now_ms);
	struct ctl_claim claim = { .owner = wish->owner,
		.reason = wish->reason != NULL ? wish->reason : "",
		.neighbors = wish->neighbors,
		.span = span };
	struct ctl_victim v = { .prefix = &wish->prefix, .span = span };

	return ctl_victim_encode(&v, json_pack("[o]", ctl_claim_encode(&claim)),
	    json_array());
}

/* Takes explain. */
static int
explain_victim(struct method_call *call, const struct ctl_params *params,
    const struct policy_question *question,
    const struct blackhole_result *result, json_t *explain)
{
	json_t *victim = question->victim != NULL
	    ? victim_json(call->env, question->victim, call->now_ms)
	    : new_victim_json(call, question->wish);

	if (json_object_set_new(victim, "explain", explain) == -1) {
		json_decref(victim);
		return method_no_memory(call);
	}
	return would_change(call, params, result, victim);
}

/* Takes explain. */
static int
explain_refusal(struct method_call *call, const struct refusal *why,
    json_t *explain)
{
	method_refuse(call, why);
	call->error.data = json_pack("{s:o}", "explain", explain);
	return call->error.data != NULL ? -1 : method_no_memory(call);
}

/* wish with its owner. */
static int
would_add(struct method_call *call, const struct ctl_params *params,
    const struct wish *wish)
{
	struct blackhole *b = call->env->blackhole;
	struct policy_question question = { .config = call->env->config,
		.wish = wish,
		.victim = victim_find(blackhole_victims(b), &wish->prefix) };
	struct blackhole_result result;
	struct refusal why;
	json_t *explain;

	if (method_change_check(call, params, &why) == -1 ||
	    check_host_bits(params, &why) == -1 ||
	    blackhole_would_add(b, call->caller, wish, &result, &why) == -1)
		question.refusal = &why;
	explain = method_explain(call->env, &question);
	if (question.refusal != NULL)
		return explain_refusal(call, &why, explain);
	return explain_victim(call, params, &question, &result, explain);
}

static int
add(struct method_call *call, const struct ctl_params *params,
    const struct wish *wish)
{
	struct blackhole_result result;
	struct refusal why;

	if (method_change_begin(call, params, 1, &params->prefix) == -1 ||
	    refuse_host_bits(call, params) == -1)
		return -1;
	if (blackhole_add(call->env->blackhole, call->caller, wish, &result,
		&why) == -1)
		return method_refuse(call, &why);
	return changed(call, params, &result);
}

int
method_victim_add(struct method_call *call, const struct ctl_params *params)
{
	char *neighbors;
	struct refusal why;
	struct wish wish;
	int rc;

	if (method_change_neighbors(params, &neighbors) == -1) {
		method_change_no_memory(&why);
		return method_refuse(call, &why);
	}
	wish = method_change_wish(params, neighbors);
	if (wish.owner == NULL)
		wish.owner = call->caller->user;
	rc = params->dry_run ? would_add(call, params, &wish)
			     : add(call, params, &wish);
	free(neighbors);
	return rc;
}

static int
would_withdraw(struct method_call *call, const struct ctl_params *params,
    const struct unwish *unwish)
{
	struct blackhole *b = call->env->blackhole;
	struct blackhole_result result;
	struct refusal why;

	if (method_change_check(call, params, &why) == -1 ||
	    check_host_bits(params, &why) == -1 ||
	    blackhole_would_withdraw(b, call->caller, unwish, &result, &why) ==
		-1)
		return method_refuse(call, &why);
	return would_change(call, params, &result,
	    result.victim != NULL
		? victim_json(call->env, result.victim, call->now_ms)
		: json_null());
}

int
method_victim_withdraw(struct method_call *call,
    const struct ctl_params *params)
{
	struct unwish unwish = method_change_unwish(params);
	struct blackhole_result result;
	struct refusal why;

	if (params->dry_run)
		return would_withdraw(call, params, &unwish);
	if (method_change_begin(call, params, 1, &params->prefix) == -1 ||
	    refuse_host_bits(call, params) == -1)
		return -1;
	if (blackhole_withdraw(call->env->blackhole, call->caller, &unwish,
		&result, &why) == -1)
		return method_refuse(call, &why);
	return changed(call, params, &result);
}
