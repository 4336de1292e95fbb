/*
 * The methods that show victims.
 */
#include "blackhole.h"

#include "method.h"
#include "victim_json.h"

/* Where the list begins: behind `after`, and not before `prefix`. */
static struct victim *
list_begin(const struct victim_set *set, const struct ctl_params *params)
{
	bool has_prefix = params->given & CTL_BIT(CTL_PREFIX);
	struct victim *v;

	/* of all victims none would be found */
	if (params->owner != NULL &&
	    victim_owner_claims(set, params->owner) == 0)
		return NULL;
	if (!(params->given & CTL_BIT(CTL_AFTER)) ||
	    (has_prefix && prefix_cmp(&params->after, &params->prefix) < 0))
		return victim_from(set, has_prefix ? &params->prefix : NULL);
	v = victim_from(set, &params->after);
	if (v != NULL && prefix_cmp(&v->prefix, &params->after) == 0)
		v = victim_next(v);
	return v;
}

/* What lies inside a prefix stands together, behind it, in address order. */
struct victim *
method_select(struct victim *v, const struct ctl_params *params)
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

	if (method_check_host_bits(call, params) == -1)
		goto fail;
	v = method_select(list_begin(set, params), params);
	for (uint32_t n = 0; v != NULL && n < params->limit; n++) {
		if (json_array_append_new(array,
			victim_json(call->env, v, call->now_ms)) == -1) {
			method_no_memory(call);
			goto fail;
		}
		v = method_select(victim_next(v), params);
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

	if (method_check_host_bits(call, params) == -1)
		return -1;
	v = victim_find(blackhole_victims(call->env->blackhole),
	    &params->prefix);
	if (v == NULL) {
		refusal_set(&why, REASON_UNKNOWN_VICTIM, "%s is not blackholed",
		    prefix_print(&params->prefix, text));
		return method_refuse(call, &why);
	}
	call->result = victim_json(call->env, v, call->now_ms);
	return call->result != NULL ? 0 : method_no_memory(call);
}
