/*
 * exempt, unexempt, exemptions, freeze, unfreeze: what an operator keeps
 * others from blackholing.
 */
#include "client.h"
#include "command.h"
#include "deed.h"
#include "human.h"
#include "output.h"
#include "say.h"

static void
warn_outside(const json_t *result)
{
	const json_t *exemption = json_object_get(result, "exemption");

	if (json_is_true(json_object_get(result, "outside_aggregates")))
		say("%s: warning: it lies outside every aggregate: nothing is "
		    "protected by that now",
		    human_text(exemption, "prefix"));
}

int
cmd_exempt(const struct options *o)
{
	json_t *result;
	int code;

	if (!options_has(o, OPTION_TTL))
		return command_wrong_options(o,
		    "exempt needs --ttl: for how long");
	code = client_ask(o, "exemption.add",
	    json_pack("{s:s,s:s,s:s*}", "prefix", o->args[1], "ttl", o->ttl,
		"reason", o->reason),
	    &result);
	if (code != EXIT_DONE)
		return code;
	code = deed_tell(o, result, "exempted");
	warn_outside(result);
	json_decref(result);
	return code;
}

int
cmd_unexempt(const struct options *o)
{
	return deed_run(o, "exemption.withdraw",
	    json_pack("{s:s}", "prefix", o->args[1]),
	    "may be blackholed again");
}

int
cmd_exemptions(const struct options *o)
{
	json_t *list;
	int code = client_ask(o, "exemption.list", json_object(), &list);

	if (code == EXIT_DONE) {
		output_for(o)->exemptions(list);
		json_decref(list);
	}
	return code;
}

int
cmd_freeze(const struct options *o)
{
	return deed_run(o, "daemon.freeze",
	    json_pack("{s:b,s:s*}", "frozen", 1, "reason", o->reason),
	    "frozen: only operators change victims, until rtbh-ctl unfreeze");
}

int
cmd_unfreeze(const struct options *o)
{
	return deed_run(o, "daemon.freeze", json_pack("{s:b}", "frozen", 0),
	    "no longer frozen");
}
