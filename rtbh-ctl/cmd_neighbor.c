/*
 * neighbors: all of them, or one in full; reset, enable and disable one.
 */
#include "client.h"
#include "command.h"
#include "deed.h"
#include "output.h"

int
cmd_neighbors(const struct options *o)
{
	const char *name = o->arg_count > 1 ? o->args[1] : NULL;
	json_t *params, *list;
	int code;

	params =
	    name != NULL ? json_pack("{s:s}", "name", name) : json_object();
	code = client_ask(o, "neighbor.list", params, &list);
	if (code != EXIT_DONE)
		return code;
	if (name != NULL)
		output_for(o)->neighbor(list);
	else
		output_for(o)->neighbors(list);
	json_decref(list);
	return EXIT_DONE;
}

int
cmd_reset(const struct options *o)
{
	bool soft = options_has(o, OPTION_SOFT);

	return deed_run(o, "neighbor.reset",
	    json_pack("{s:s,s:b}", "name", o->args[1], "soft", soft),
	    soft ? "all routes are sent again" : "reset");
}

int
cmd_enable(const struct options *o)
{
	return deed_run(o, "neighbor.enable",
	    json_pack("{s:s}", "name", o->args[1]), "enabled");
}

int
cmd_disable(const struct options *o)
{
	return deed_run(o, "neighbor.disable",
	    json_pack("{s:s,s:s*}", "name", o->args[1], "message", o->message),
	    "disabled");
}
