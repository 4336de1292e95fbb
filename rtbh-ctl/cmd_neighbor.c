/*
 * neighbors: all of them, or one in full; reset, enable and disable one.
 */
#include "client.h"
#include "command.h"
#include "output.h"

int
cmd_neighbors(const struct options *o)
{
	const char *name = o->arg_count > 1 ? o->args[1] : NULL;
	struct client *c = client_open(o);
	json_t *params, *list;
	int code;

	if (c == NULL)
		return EXIT_UNREACHABLE;
	params =
	    name != NULL ? json_pack("{s:s}", "name", name) : json_object();
	code = client_call(c, "neighbor.list", params, &list);
	client_close(c);
	if (code != EXIT_DONE)
		return code;
	if (name != NULL)
		output_for(o)->neighbor(list);
	else
		output_for(o)->neighbors(list);
	json_decref(list);
	return EXIT_DONE;
}

/* Takes params.  text is what people are told when it was done. */
static int
change(const struct options *o, const char *method, json_t *params,
    const char *text)
{
	struct client *c = client_open(o);
	json_t *result;
	int code;

	if (c == NULL) {
		json_decref(params);
		return EXIT_UNREACHABLE;
	}
	code = client_call(c, method, params, &result);
	client_close(c);
	if (code == EXIT_DONE) {
		output_for(o)->neighbor_done(result, o->args[1], text);
		json_decref(result);
	}
	return code;
}

int
cmd_reset(const struct options *o)
{
	bool soft = options_has(o, OPTION_SOFT);

	return change(o, "neighbor.reset",
	    json_pack("{s:s,s:b}", "name", o->args[1], "soft", soft),
	    soft ? "all routes are sent again" : "reset");
}

int
cmd_enable(const struct options *o)
{
	return change(o, "neighbor.enable",
	    json_pack("{s:s}", "name", o->args[1]), "enabled");
}

int
cmd_disable(const struct options *o)
{
	return change(o, "neighbor.disable",
	    json_pack("{s:s,s:s*}", "name", o->args[1], "message", o->message),
	    "disabled");
}
