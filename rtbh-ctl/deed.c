/*
 * Something is done: exit code and words are the same for every deed.
 */
#include "client.h"
#include "command.h"
#include "output.h"
#include "say.h"

#include "deed.h"

int
deed_conclude(const json_t *result)
{
	if (!json_is_false(json_object_get(result, "stored")))
		return EXIT_DONE;
	say("done, but not stored yet: a restart of the daemon may undo it; "
	    "see rtbh-ctl status");
	return EXIT_IN_PART;
}

int
deed_tell(const struct options *o, const json_t *result, const char *what)
{
	output_for(o)->done(result, o->arg_count > 1 ? o->args[1] : NULL, what);
	return deed_conclude(result);
}

int
deed_run(const struct options *o, const char *method, json_t *params,
    const char *what)
{
	json_t *result;
	int code = client_ask(o, method, params, &result);

	if (code != EXIT_DONE)
		return code;
	code = deed_tell(o, result, what);
	json_decref(result);
	return code;
}
