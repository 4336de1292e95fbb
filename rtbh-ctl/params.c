/*
 * The options of a change are the protocol's parameters, name by name.
 */
#include "params.h"

int
params_set_text(json_t *params, const char *key, const char *value)
{
	return value != NULL
	    ? json_object_set_new(params, key, json_string(value))
	    : 0;
}

static int
set_flags(json_t *params, const struct options *o)
{
	static const struct {
		enum option option;
		const char *key;
	} flags[] = {
		{ OPTION_FOREVER, "permanent" },
		{ OPTION_ALL_OWNERS, "all_owners" },
		{ OPTION_HOLD, "hold" },
		{ OPTION_NOW, "now" },
		{ OPTION_DRY_RUN, "dry_run" },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (options_has(o, flags[i].option) &&
		    json_object_set_new(params, flags[i].key, json_true()) ==
			-1)
			return -1;
	}
	return 0;
}

static int
set_neighbors(json_t *params, const struct options *o)
{
	json_t *names;

	if (o->to_count == 0)
		return 0;
	names = json_array();
	for (size_t i = 0; i < o->to_count; i++) {
		if (json_array_append_new(names, json_string(o->to[i])) == -1) {
			json_decref(names);
			return -1;
		}
	}
	return json_object_set_new(params, "neighbors", names);
}

json_t *
params_of_change(const struct options *o)
{
	json_t *params = json_object();
	int rc = 0;

	if (options_has(o, OPTION_TIMEOUT))
		rc = json_object_set_new(params, "timeout",
		    json_integer(o->timeout_s));
	if (rc == 0 && set_flags(params, o) == 0 &&
	    params_set_text(params, "ttl", o->ttl) == 0 &&
	    params_set_text(params, "reason", o->reason) == 0 &&
	    params_set_text(params, "owner", o->owner) == 0 &&
	    params_set_text(params, "wait", o->wait) == 0 &&
	    set_neighbors(params, o) == 0)
		return params;
	json_decref(params);
	return NULL;
}
