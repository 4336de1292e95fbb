/*
 * The methods that show victims.
 */
#include <stdlib.h>

#include "blackhole.h"

#include "method.h"
#include "victim_json.h"

/* Where the list begins: behind `after`, and not before `prefix`. */
static struct victim *
list_begin(const struct victim_set *set, const struct ctl_params *params)
{
	bool has_prefix = params->given & CTL_BIT(CTL_PREFIX);

	/* of all victims none would be found */
	if (params->owner != NULL &&
	    victim_owner_claims(set, params->owner) == 0)
		return NULL;
	if (!(params->given & CTL_BIT(CTL_AFTER)) ||
	    (has_prefix && prefix_cmp(&params->after, &params->prefix) < 0))
		return victim_from(set, has_prefix ? &params->prefix : NULL);
	return victim_behind(set, &params->after);
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

/* A list that is being made. */
struct listing {
	struct ctl_params params; /* borrows from the request */
	struct prefix last;	  /* the victim that was put last */
	uint32_t count;
};

/* The next to be listed, as they stand now; NULL: there is none. */
static struct victim *
list_next(const struct victim_set *set, const struct listing *l)
{
	struct ctl_params params = l->params;

	if (l->count > 0) {
		params.given |= CTL_BIT(CTL_AFTER);
		params.after = l->last;
	}
	return method_select(list_begin(set, &params), &params);
}

/* -1: no memory. */
static int
list_one(struct method_call *call, struct listing *l, const struct victim *v)
{
	json_t *victim = victim_json(call->env, v, call->now_ms);

	json_text_put_bytes(&call->text, ",", l->count > 0);
	json_text_put(&call->text, victim);
	json_decref(victim);
	l->last = v->prefix;
	l->count++;
	return call->text.failed ? -1 : 0;
}

/* Victims come and go while it pauses: each is shown as it is in its turn. */
static int
list_more(struct method_call *call)
{
	static const char end[] = "],\"more\":";
	struct listing *l = call->work;
	struct victim *v =
	    list_next(blackhole_victims(call->env->blackhole), l);

	while (v != NULL && l->count < l->params.limit) {
		if (list_one(call, l, v) == -1)
			return method_no_memory(call);
		v = method_select(victim_next(v), &l->params);
		if (v != NULL && method_is_due(call, false))
			return 1;
	}
	json_text_put_bytes(&call->text, end, sizeof(end) - 1);
	json_text_put(&call->text, json_boolean(v != NULL));
	json_text_put_bytes(&call->text, "}", 1);
	method_end_text(call);
	return call->text.failed ? method_no_memory(call) : 0;
}

int
method_victim_list(struct method_call *call, const struct ctl_params *params)
{
	static const char begin[] = "{\"victims\":[";
	struct listing *l;

	if (method_check_host_bits(call, params) == -1)
		return -1;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return method_no_memory(call);
	l->params = *params;
	method_begin_text(call);
	json_text_put_bytes(&call->text, begin, sizeof(begin) - 1);
	return method_work(call, list_more, l, free);
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
