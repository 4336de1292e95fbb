/*
 * monitor: subscribes, and prints each event at once, until interrupted or
 * the daemon goes.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "human.h"
#include "output.h"
#include "say.h"

static const char *const event_types[] = { "victim.added", "victim.refreshed",
	"victim.withdrawn", "victim.expired", "victim.held", "victim.delivered",
	"victim.uncovered", "neighbor.up", "neighbor.down", "daemon.reloaded",
	"daemon.stopping", "storage.failed", "storage.recovered", "events.lost",
	"snapshot.end", NULL };

const char *const *
command_event_types(void)
{
	return event_types;
}

/* All that was printed is out already. */
static void
on_interrupt(int signo)
{
	(void)signo;
	_exit(EXIT_DONE);
}

/* NULL: no memory. */
static json_t *
subscription(const struct options *o)
{
	json_t *params = json_object(), *types;

	if (o->arg_count < 2)
		return params;
	types = json_array();
	for (size_t i = 1; i < o->arg_count; i++) {
		if (json_array_append_new(types, json_string(o->args[i])) ==
		    -1) {
			json_decref(types);
			types = NULL;
			break;
		}
	}
	if (json_object_set_new(params, "types", types) == 0)
		return params;
	json_decref(params);
	return NULL;
}

/* -1: nobody reads any more. */
static int
print_event(const struct output *out, const json_t *message)
{
	if (strcmp(human_text(message, "method"), "event") != 0)
		return 0;
	out->event(json_object_get(message, "params"));
	return fflush(stdout) == EOF ? -1 : 0;
}

/* Gives the exit code. */
static int
print_events(struct client *c, const struct output *out)
{
	json_t *message;
	int rc;

	while (client_receive(c, -1, &message) == 1) {
		rc = print_event(out, message);
		json_decref(message);
		if (rc == -1)
			return EXIT_IN_PART;
	}
	say("no more events: start monitor again when the daemon is back");
	return EXIT_UNREACHABLE;
}

int
cmd_monitor(const struct options *o)
{
	struct client *c = client_open(o);
	json_t *result;
	int code;

	if (c == NULL)
		return EXIT_UNREACHABLE;
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	code = client_call(c, "events.subscribe", subscription(o), &result);
	if (code == EXIT_DONE) {
		json_decref(result);
		code = print_events(c, output_for(o));
	}
	client_close(c);
	return code;
}
