/*
 * For people: what a change has done, or what it would do and why.  Refusals
 * are told on standard error, by who gives the exit code.
 */
#include <stdio.h>
#include <string.h>

#include "prefix.h"

#include "human.h"
#include "line.h"
#include "output_change.h"
#include "table.h"

/* "added", "added, delivered", "would-add" with a blank. */
static void
print_outcome(const json_t *outcome, struct line *line)
{
	const char *text = human_text(outcome, "outcome");
	const char *waited = human_text(outcome, "waited");
	size_t dash = strcspn(text, "-");

	line_add(line, "%.*s", (int)dash, text);
	if (text[dash] == '-')
		line_add(line, " %s", text + dash + 1);
	if (strcmp(waited, "sent") == 0 || strcmp(waited, "delivered") == 0)
		line_add(line, ", %s", waited);
}

void
output_change(const json_t *outcome, const char *prefix)
{
	const json_t *victim = json_object_get(outcome, "victim");
	char text[PREFIX_STRLEN], left[HUMAN_SPAN_STRLEN];
	struct line line = { 0 };
	struct prefix p;
	struct table t;

	if (json_object_get(outcome, "error") != NULL ||
	    prefix_parse(&p, prefix) != PREFIX_OK)
		return;
	table_init(&t, 3);
	table_text(&t, prefix_print(&p, text));
	print_outcome(outcome, &line);
	table_add(&t, line.text, COLOUR_GREEN);
	line_init(&line);
	if (json_is_string(json_object_get(outcome, "until")))
		line_add(&line, "until %s, %s", human_text(outcome, "until"),
		    human_in(outcome, "until", human_now_ms(), left));
	else if (json_is_object(victim))
		line_add(&line, "expires %s", human_remaining(victim, left));
	table_text(&t, line.text);
	table_print(&t);
}

/* "3 added, 1 refreshed"; what is 0 is left out. */
void
output_changes(const json_t *outcome, bool dry)
{
	static const struct {
		const char *key, *text;
	} counts[] = {
		{ "added", "added" },
		{ "refreshed", "refreshed" },
		{ "withdrawn", "withdrawn" },
		{ "claims_left", "stand by other claims" },
		{ "held", "held for a while" },
	};
	struct line line = { 0 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		json_int_t n = human_number(outcome, counts[i].key);

		if (n > 0)
			line_add(&line, "%s%" JSON_INTEGER_FORMAT " %s",
			    line.len > 0 ? ", " : "", n, counts[i].text);
	}
	if (line.len > 0)
		printf("%s%s\n", dry ? "it would be: " : "", line.text);
	else if (json_object_get(outcome, "error") == NULL &&
	    json_array_size(json_object_get(outcome, "refused")) == 0)
		puts("nothing to do");
}

static enum colour
verdict_colour(const char *verdict)
{
	if (strcmp(verdict, "pass") == 0)
		return COLOUR_GREEN;
	return strcmp(verdict, "refuse") == 0 ? COLOUR_RED : COLOUR_NONE;
}

static void
print_rules(const json_t *rules)
{
	static const char *const head[] = { "RULE", "VERDICT", "WHY" };
	const json_t *rule;
	struct table t;
	size_t i;

	table_init(&t, 3);
	t.wraps = true;
	table_row(&t, head);
	json_array_foreach(rules, i, rule)
	{
		const char *verdict = human_text(rule, "verdict");

		table_text(&t, human_text(rule, "rule"));
		table_add(&t, verdict, verdict_colour(verdict));
		table_text(&t, human_text(rule, "message"));
	}
	table_print(&t);
}

static void
add_list(struct line *line, const char *name, const json_t *list)
{
	struct line joined;

	if (json_array_size(list) > 0)
		line_add(line, ", %s %s", name, human_join(list, &joined));
}

static void
add_number(struct line *line, const char *name, const json_t *n,
    const char *key)
{
	if (json_is_integer(json_object_get(n, key)))
		line_add(line, ", %s %" JSON_INTEGER_FORMAT, name,
		    human_number(n, key));
}

static void
print_route(const json_t *n, struct line *line)
{
	line_add(line, "next hop %s", human_text(n, "next_hop"));
	add_list(line, "communities", json_object_get(n, "communities"));
	add_list(line, "large communities",
	    json_object_get(n, "large_communities"));
	line_add(line, ", AS path %s",
	    *human_text(n, "as_path") != '\0' ? human_text(n, "as_path")
					      : "empty");
	add_number(line, "MED", n, "med");
	add_number(line, "local preference", n, "local_pref");
}

static void
print_neighbors(const json_t *neighbors)
{
	static const char *const head[] = { "NEIGHBOR", "GETS IT", "HOW" };
	const json_t *n;
	struct table t;
	size_t i;

	table_init(&t, 3);
	t.wraps = true;
	table_row(&t, head);
	json_array_foreach(neighbors, i, n)
	{
		bool gets = json_is_true(json_object_get(n, "announced"));
		struct line line = { 0 };

		table_text(&t, human_text(n, "name"));
		table_add(&t, gets ? "yes" : "no",
		    gets ? COLOUR_GREEN : COLOUR_YELLOW);
		if (gets)
			print_route(n, &line);
		else
			line_add(&line, "%s", human_text(n, "why"));
		table_text(&t, line.text);
	}
	table_print(&t);
}

void
output_explained(const json_t *outcome)
{
	const json_t *error = json_object_get(outcome, "error");
	const json_t *explain =
	    json_object_get(error != NULL ? json_object_get(error, "data")
					  : json_object_get(outcome, "victim"),
		"explain");
	const json_t *victim = json_object_get(outcome, "victim");
	struct line line = { 0 };

	if (error == NULL) {
		print_outcome(outcome, &line);
		line_add(&line, ": %s", human_text(victim, "prefix"));
		table_put(line.text, COLOUR_GREEN);
		puts("\n");
	}
	/* who may not ask gets none */
	if (explain == NULL)
		return;
	print_rules(json_object_get(explain, "rules"));
	putchar('\n');
	print_neighbors(json_object_get(explain, "neighbors"));
}
