/*
 * An explanation as the control protocol gives it: the rules in the order in
 * which they are asked, and what the UPDATE to each neighbor would carry.
 */
#include <stdio.h>

#include "neighbor.h"
#include "neighbor_explain.h"

#include "method.h"
#include "method_explain.h"

/* Appends v, which it takes; on failure the array is gone. */
static json_t *
append(json_t *array, json_t *v)
{
	if (json_array_append_new(array, v) == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
rules_json(const struct policy_question *question)
{
	struct policy_rule rules[POLICY_RULES];
	json_t *array = json_array();

	policy_explain(question, rules);
	for (size_t i = 0; array != NULL && i < POLICY_RULES; i++) {
		const struct policy_rule *r = &rules[i];

		array = append(array,
		    json_pack("{s:s,s:s,s:o}", "rule", reason_name(r->reason),
			"verdict", policy_verdict_name(r->verdict), "message",
			r->message != NULL ? ctl_text_encode(r->message)
					   : json_null()));
	}
	return array;
}

static json_t *
communities_json(const struct community_set *set)
{
	char text[COMMUNITY_STRLEN];
	json_t *array = json_array();

	for (unsigned i = 0; array != NULL && i < set->count; i++)
		array = append(array,
		    json_string(community_print(set->values[i], text)));
	return array;
}

static json_t *
large_communities_json(const struct community_set *set)
{
	char text[COMMUNITY_STRLEN];
	json_t *array = json_array();

	for (unsigned i = 0; array != NULL && i < set->large_count; i++)
		array = append(array,
		    json_string(large_community_print(&set->large[i], text)));
	return array;
}

/* "64500 64500"; "" to an internal neighbor. */
static json_t *
as_path_json(const struct attr_set *attrs)
{
	char text[256 * sizeof("4294967295")] = "";
	size_t len = 0;

	for (unsigned i = 0; i < attrs->as_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u",
		    i > 0 ? " " : "", attrs->local_as);
	return json_string(text);
}

static json_t *
number_or_null(bool has, uint32_t number)
{
	return has ? json_integer(number) : json_null();
}

static json_t *
standing_json(const char *name, const struct policy_standing *standing)
{
	const struct attr_set *attrs = &standing->attrs;
	char next_hop[PREFIX_STRLEN];

	if (!standing->announced)
		return json_pack("{s:s,s:b,s:o}", "name", name, "announced", 0,
		    "why", ctl_text_encode(standing->why));
	return json_pack("{s:s,s:b,s:s,s:o,s:o,s:o,s:o,s:o}", "name", name,
	    "announced", 1, "next_hop",
	    prefix_print_address(&attrs->next_hop, next_hop), "communities",
	    communities_json(&attrs->communities), "large_communities",
	    large_communities_json(&attrs->communities), "as_path",
	    as_path_json(attrs), "med",
	    number_or_null(attrs->has_med, attrs->med), "local_pref",
	    number_or_null(attrs->has_local_pref, attrs->local_pref));
}

json_t *
method_explain(const struct method_env *env,
    const struct policy_question *question)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < env->neighbor_count; i++) {
		const struct neighbor *n = env->neighbors[i];
		struct policy_standing standing;

		neighbor_explain(n, question, &standing);
		array = append(array,
		    standing_json(neighbor_config(n)->name, &standing));
	}
	return json_pack("{s:o,s:o}", "rules", rules_json(question),
	    "neighbors", array);
}
