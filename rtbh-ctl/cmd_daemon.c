/*
 * status, check, reload, stop: the daemon as a whole.
 */
#include <string.h>

#include "client.h"
#include "command.h"
#include "human.h"
#include "output.h"
#include "say.h"

/* So long the daemon itself waits for a reload to end. */
#define RELOAD_TIMEOUT_S 10

int
cmd_status(const struct options *o)
{
	json_t *status;
	int code = client_ask(o, "daemon.status", json_object(), &status);

	if (code == EXIT_DONE) {
		output_for(o)->status(status);
		json_decref(status);
	}
	return code;
}

/* Whatever goes wrong is one line on standard output, and UNKNOWN. */
int
cmd_check(const struct options *o)
{
	static const char *const verdicts[] = { "OK", "WARNING", "CRITICAL" };
	int code = CHECK_UNKNOWN;
	json_t *status;

	if (!options_has(o, OPTION_JSON))
		say_as(stdout, "RTBH UNKNOWN - ");
	if (client_ask(o, "daemon.status", json_object(), &status) != EXIT_DONE)
		return CHECK_UNKNOWN;
	for (int i = 0; i < CHECK_UNKNOWN; i++) {
		if (strcmp(human_verdict(status), verdicts[i]) == 0)
			code = i;
	}
	output_for(o)->checked(status);
	json_decref(status);
	return code;
}

int
cmd_reload(const struct options *o)
{
	struct options patient = *o;
	json_t *result;
	int code;

	if (!options_has(o, OPTION_TIMEOUT))
		patient.timeout_s = RELOAD_TIMEOUT_S;
	code = client_ask(&patient, "daemon.reload", json_object(), &result);
	if (code == EXIT_DONE) {
		output_for(o)->reloaded(result);
		json_decref(result);
	}
	return code;
}

int
cmd_stop(const struct options *o)
{
	json_t *result;
	int code = client_ask(o, "daemon.stop",
	    json_pack("{s:b,s:s*}", "withdraw", options_has(o, OPTION_WITHDRAW),
		"message", o->message),
	    &result);

	if (code == EXIT_DONE) {
		output_for(o)->stopping(result);
		json_decref(result);
	}
	return code;
}
