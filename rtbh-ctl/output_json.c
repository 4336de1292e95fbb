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

/* One document is to hold all of the pages. */
static int
add_page(struct output_pages *l, const json_t *page)
{
	if (l->entries == NULL)
		l->entries = json_array();
	/* jansson wants it not to be const, but only borrows its entries */
	return json_array_extend(l->entries, (json_t *)page);
}

static void
print_list(struct output_pages *l, const char *member, bool more)
{
	json_t *list =
	    json_pack("{s:O,s:b}", member, l->entries, "more", (int)more);

	print(list);
	json_decref(list);
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
	.refused = print,
	.change = print_change,
	.changes = print_changes,
	.explained = print,
	.victims = add_page,
	.history = add_page,
	.list = print_list,
	.victim = print,
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

void
output_pages_fini(struct output_pages *l)
{
	table_empty(&l->table);
	json_decref(l->entries);
}

const struct output *
output_for(const struct options *o)
{
	return options_has(o, OPTION_JSON) ? &output_json : &output_table;
}
