/*
 * status, reload, stop: the daemon as a whole.
 */
#include "client.h"
#include "command.h"
#include "output.h"

/* So long the daemon itself waits for a reload to end. */
#define RELOAD_TIMEOUT_S 10

int
cmd_status(const struct options *o)
{
	struct client *c = client_open(o);
	json_t *status;
	int code;

	if (c == NULL)
		return EXIT_UNREACHABLE;
	code = client_call(c, "daemon.status", json_object(), &status);
	client_close(c);
	if (code == EXIT_DONE) {
		output_for(o)->status(status);
		json_decref(status);
	}
	return code;
}

int
cmd_reload(const struct options *o)
{
	struct options patient = *o;
	struct client *c;
	json_t *result;
	int code;

	if (!options_has(o, OPTION_TIMEOUT))
		patient.timeout_s = RELOAD_TIMEOUT_S;
	c = client_open(&patient);
	if (c == NULL)
		return EXIT_UNREACHABLE;
	code = client_call(c, "daemon.reload", json_object(), &result);
	client_close(c);
	if (code == EXIT_DONE) {
		output_for(o)->reloaded(result);
		json_decref(result);
	}
	return code;
}

int
cmd_stop(const struct options *o)
{
	struct client *c = client_open(o);
	json_t *result;
	int code;

	if (c == NULL)
		return EXIT_UNREACHABLE;
	code = client_call(c, "daemon.stop",
	    json_pack("{s:b,s:s*}", "withdraw", options_has(o, OPTION_WITHDRAW),
		"message", o->message),
	    &result);
	client_close(c);
	if (code == EXIT_DONE) {
		output_for(o)->stopping(result);
		json_decref(result);
	}
	return code;
}
