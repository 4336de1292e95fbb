/*
 * The protocol's results as they are, one JSON document; events are one a
 * line.
 */
#include <stdio.h>

#include "output.h"

static void
print(const json_t *v)
{
	json_dumpf(v, stdout, JSON_INDENT(2));
	putchar('\n');
}

static void
print_change(const json_t *outcome, const char *prefix)
{
	(void)prefix;
	print(outcome);
}

static void
print_changes(const json_t *outcome, bool dry)
{
	(void)dry;
	print(outcome);
}

static void
print_done(const json_t *result, const char *subject, const char *what)
{
	(void)subject;
	(void)what;
	print(result);
}

static void
print_event(const json_t *params)
{
	json_dumpf(params, stdout, JSON_COMPACT);
	putchar('\n');
}

const struct output output_json = {
	.change = print_change,
	.changes = print_changes,
	.explained = print,
	.victims = print,
	.victim = print,
	.history = print,
	.exemptions = print,
	.neighbors = print,
	.neighbor = print,
	.done = print_done,
	.status = print,
	.checked = print,
	.findings = print,
	.reloaded = print,
	.stopping = print,
	.event = print_event,
};

const struct output *
output_for(const struct options *o)
{
	return options_has(o, OPTION_JSON) ? &output_json : &output_table;
}
