/*
 * The protocol's results as they are, one JSON document.
 */
#include <stdio.h>

#include "output.h"

static void
print(const json_t *v)
{
	json_dumpf(v, stdout, JSON_INDENT(2));
	putchar('\n');
}

/* What one prefix was asked for is no array. */
static void
print_changes(const json_t *outcomes, const char **prefixes)
{
	(void)prefixes;
	print(json_array_size(outcomes) == 1 ? json_array_get(outcomes, 0)
					     : outcomes);
}

static void
print_done(const json_t *result, const char *name, const char *what)
{
	(void)name;
	(void)what;
	print(result);
}

const struct output output_json = {
	.changes = print_changes,
	.victims = print,
	.victim = print,
	.neighbors = print,
	.neighbor = print,
	.neighbor_done = print_done,
	.status = print,
	.reloaded = print,
	.stopping = print,
};

const struct output *
output_for(const struct options *o)
{
	return options_has(o, OPTION_JSON) ? &output_json : &output_table;
}
