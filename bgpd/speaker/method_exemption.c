/*
 * The methods about exemptions: for a time no victim may overlap the prefix,
 * and what does is withdrawn.
 */
#include <string.h>

#include "settings.h"

#include "method_change.h"
#include "victim_json.h"

/* Both that change something begin so. */
static int
check(struct method_call *call, const struct ctl_params *params)
{
	if (params->ttl_max)
		return rpc_error_set(&call->error, RPC_INVALID_PARAMS,
		    "ttl \"max\" is no time that an exemption can have: give "
		    "90s, 30m, 2h, 7d or a number of seconds");
	if (method_check_host_bits(call, params) == -1)
		return -1;
	return method_change_begin(call, params, 0, NULL);
}

static json_t *
exemption_json(const struct exemption *e, int64_t now_ms)
{
	struct ctl_span span =
	    victim_json_span(e->since_ms, e->expires_ms, now_ms);

	return ctl_exemption_encode(&e->prefix, &span, e->by, e->reason);
}

/* It protects nothing then, until a reload brings an aggregate. */
static bool
is_outside(const struct prefix_list *aggregates, const struct prefix *p)
{
	for (size_t i = 0; i < aggregates->count; i++)
		if (prefix_overlaps(&aggregates->items[i], p))
			return false;
	return true;
}

int
method_exemption_add(struct method_call *call, const struct ctl_params *params)
{
	struct exemption exemption = { .prefix = params->prefix,
		.since_ms = call->now_ms,
		.expires_ms = call->now_ms + (int64_t)params->ttl_s * 1000 };
	struct refusal why;
	size_t withdrawn;
	uint64_t commit;

	if (check(call, params) == -1)
		return -1;
	strlcpy(exemption.by, call->caller->user, sizeof(exemption.by));
	if (params->reason != NULL)
		strlcpy(exemption.reason, params->reason,
		    sizeof(exemption.reason));
	if (blackhole_exempt(call->env->blackhole, call->caller, &exemption,
		&withdrawn, &commit, &why) == -1)
		return method_refuse(call, &why);
	method_change_stored(call, commit);
	return method_change_end(call,
	    json_pack("{s:o,s:I,s:b}", "exemption",
		exemption_json(&exemption, call->now_ms), "withdrawn",
		(json_int_t)withdrawn, "outside_aggregates",
		is_outside(&call->env->config->aggregates, &exemption.prefix)));
}

int
method_exemption_withdraw(struct method_call *call,
    const struct ctl_params *params)
{
	struct refusal why;
	uint64_t commit;

	if (check(call, params) == -1)
		return -1;
	if (blackhole_unexempt(call->env->blackhole, call->caller,
		&params->prefix, params->reason, &commit, &why) == -1)
		return method_refuse(call, &why);
	method_change_stored(call, commit);
	return method_change_end(call, json_object());
}

int
method_exemption_list(struct method_call *call, const struct ctl_params *params)
{
	const struct settings *settings = call->env->settings;
	json_t *array = json_array();

	(void)params; /* it takes none */
	for (size_t i = 0; i < settings->exemption_count; i++) {
		const struct exemption *e = &settings->exemptions[i];

		/* the timer that removes it may be a little late */
		if (e->expires_ms > call->now_ms &&
		    json_array_append_new(array,
			exemption_json(e, call->now_ms)) == -1) {
			json_decref(array);
			return method_no_memory(call);
		}
	}
	call->result = json_pack("{s:o}", "exemptions", array);
	return call->result != NULL ? 0 : method_no_memory(call);
}
