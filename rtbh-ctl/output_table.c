/*
 * Results for people: a line each, or one thing in full.
 */
#include <stdio.h>
#include <string.h>

#include "prefix.h"

#include "human.h"
#include "line.h"
#include "output.h"
#include "output_neighbor.h"
#include "table.h"

/* Refusals have been told on standard error. */
static void
print_changes(const json_t *outcomes, const char **prefixes)
{
	const json_t *change;
	struct prefix p;
	struct table t;
	size_t i;

	table_init(&t, 3);
	json_array_foreach(outcomes, i, change)
	{
		const json_t *victim = json_object_get(change, "victim");
		const char *outcome = human_text(change, "outcome");
		char left[HUMAN_SPAN_STRLEN], text[PREFIX_STRLEN];
		struct line line = { 0 };

		if (json_object_get(change, "error") != NULL ||
		    prefix_parse(&p, prefixes[i]) != PREFIX_OK)
			continue;
		if (!json_is_null(victim))
			line_add(&line, "expires %s",
			    human_remaining(victim, left));
		table_text(&t, prefix_print(&p, text));
		table_add(&t, outcome, COLOUR_GREEN);
		table_text(&t, line.text);
	}
	table_print(&t);
}

/* "fastnetmon +2" */
static void
print_owners(const json_t *claims, struct line *line)
{
	size_t count = json_array_size(claims);

	line_add(line, "%s", human_text(json_array_get(claims, 0), "owner"));
	if (count > 1)
		line_add(line, " +%zu", count - 1);
}

/* Of the first claim that gives one. */
static const char *
first_reason(const json_t *claims)
{
	const char *reason = "";
	const json_t *claim;
	size_t i;

	json_array_foreach(claims, i, claim)
	{
		reason = human_text(claim, "reason");
		if (*reason != '\0')
			break;
	}
	return reason;
}

static void
add_standings(struct table *t, const json_t *victim)
{
	const char *suppressed = human_text(victim, "suppressed");
	struct line line = { 0 };

	if (*suppressed != '\0') {
		line_add(&line, "suppressed: %s", suppressed);
		table_add(t, line.text, COLOUR_RED);
		return;
	}
	human_standings(victim, &line);
	table_add(t, line.text,
	    human_is_carried(victim) ? COLOUR_NONE : COLOUR_RED);
}

static void
print_victims(const json_t *list)
{
	static const char *const head[] = { "VICTIM", "EXPIRES", "OWNER",
		"NEIGHBORS", "REASON" };
	const json_t *victims = json_object_get(list, "victims"), *v;
	struct table t;
	size_t i;

	if (json_array_size(victims) == 0) {
		puts("nothing is blackholed");
		return;
	}
	table_init(&t, 5);
	table_row(&t, head);
	json_array_foreach(victims, i, v)
	{
		const json_t *claims = json_object_get(v, "claims");
		char left[HUMAN_SPAN_STRLEN];
		struct line owners = { 0 };

		print_owners(claims, &owners);
		table_text(&t, human_text(v, "prefix"));
		table_text(&t, human_remaining(v, left));
		table_text(&t, owners.text);
		add_standings(&t, v);
		table_text(&t, first_reason(claims));
	}
	table_print(&t);
}

static void
print_claims(const json_t *claims, int64_t now_ms)
{
	static const char *const head[] = { "OWNER", "EXPIRES", "SINCE", "TO",
		"REASON" };
	const json_t *claim;
	struct table t;
	size_t i;

	table_init(&t, 5);
	table_row(&t, head);
	json_array_foreach(claims, i, claim)
	{
		const json_t *names = json_object_get(claim, "neighbors");
		char left[HUMAN_SPAN_STRLEN], ago[HUMAN_SPAN_STRLEN];
		struct line line;

		table_text(&t, human_text(claim, "owner"));
		table_text(&t, human_remaining(claim, left));
		table_text(&t, human_ago(claim, "since", now_ms, ago));
		table_text(&t,
		    names != NULL ? human_join(names, &line) : "all");
		table_text(&t, human_text(claim, "reason"));
	}
	table_print(&t);
}

static enum colour
standing_colour(const char *state)
{
	if (strcmp(state, "sent") == 0 || strcmp(state, "delivered") == 0)
		return COLOUR_GREEN;
	if (strcmp(state, "queued") == 0 || strcmp(state, "off") == 0)
		return COLOUR_NONE;
	return COLOUR_RED;
}

static void
print_standings(const json_t *neighbors, int64_t now_ms)
{
	static const char *const head[] = { "NEIGHBOR", "STATE", "AT" };
	const json_t *n;
	struct table t;
	size_t i;

	table_init(&t, 3);
	table_row(&t, head);
	json_array_foreach(neighbors, i, n)
	{
		const char *state = human_text(n, "state");
		char ago[HUMAN_SPAN_STRLEN];

		table_text(&t, human_text(n, "name"));
		table_add(&t, state, standing_colour(state));
		table_text(&t, human_ago(n, "at", now_ms, ago));
	}
	table_print(&t);
}

static void
print_victim(const json_t *v)
{
	const char *suppressed = human_text(v, "suppressed");
	int64_t now_ms = human_now_ms();
	char text[HUMAN_SPAN_STRLEN];
	struct line line = { 0 };
	struct table t;

	table_init(&t, 2);
	table_pair(&t, "victim", human_text(v, "prefix"));
	line_add(&line, "%s (%s)", human_text(v, "since"),
	    human_ago(v, "since", now_ms, text));
	table_pair(&t, "since", line.text);
	line_init(&line);
	line_add(&line, "%s", human_remaining(v, text));
	if (json_is_string(json_object_get(v, "expires")))
		line_add(&line, " (%s)", human_text(v, "expires"));
	table_pair(&t, "expires", line.text);
	if (*suppressed != '\0')
		table_pair(&t, "suppressed", suppressed);
	table_print(&t);
	putchar('\n');
	print_claims(json_object_get(v, "claims"), now_ms);
	putchar('\n');
	print_standings(json_object_get(v, "neighbors"), now_ms);
}

static void
add_storage(struct table *t, const json_t *storage)
{
	struct line line = { 0 };

	if (json_is_true(json_object_get(storage, "ok")))
		line_add(&line, "ok");
	else
		line_add(&line, "%s", human_text(storage, "error"));
	if (human_number(storage, "pending") > 0)
		line_add(&line, ", %" JSON_INTEGER_FORMAT " not stored yet",
		    human_number(storage, "pending"));
	table_text(t, "storage");
	table_add(t, line.text,
	    json_is_true(json_object_get(storage, "ok")) ? COLOUR_NONE
							 : COLOUR_RED);
}

static void
print_status(const json_t *s)
{
	const json_t *config = json_object_get(s, "config");
	json_int_t up = human_number(s, "established");
	struct line line = { 0 };
	char text[HUMAN_SPAN_STRLEN];
	struct table t;

	table_init(&t, 2);
	line_add(&line, "%s, pid %" JSON_INTEGER_FORMAT ", up %s",
	    human_text(s, "version"), human_number(s, "pid"),
	    human_span(human_number(s, "uptime"), text));
	table_pair(&t, "rtbh-bgpd", line.text);
	line_init(&line);
	line_add(&line, "%s, loaded %s", human_text(config, "file"),
	    human_ago(config, "loaded", human_now_ms(), text));
	table_pair(&t, "config", line.text);
	line_init(&line);
	line_add(&line,
	    "%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
	    " of them at every neighbor",
	    human_number(s, "victims"), human_number(s, "covered"));
	table_pair(&t, "victims", line.text);
	table_text(&t, "claims");
	table_number(&t, human_number(s, "claims"));
	line_init(&line);
	line_add(&line,
	    "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " established",
	    up, human_number(s, "neighbors"));
	table_text(&t, "neighbors");
	table_add(&t, line.text,
	    up == human_number(s, "neighbors") ? COLOUR_NONE : COLOUR_RED);
	add_storage(&t, json_object_get(s, "storage"));
	table_print(&t);
}

/* A key a line. */
static void
print_reloaded(const json_t *result)
{
	const json_t *changed = json_object_get(result, "changed"), *path;
	size_t i;

	puts(json_array_size(changed) == 0 ? "reloaded, nothing has changed"
					   : "reloaded, changed:");
	json_array_foreach(changed, i, path)
	{
		const char *text = json_string_value(path);

		printf("  %s\n", text != NULL ? text : "?");
	}
}

static void
print_stopping(const json_t *result)
{
	json_int_t seconds = human_number(result, "routes_may_stand");
	char span[HUMAN_SPAN_STRLEN];

	if (seconds == 0)
		puts("stopping; no neighbor keeps our routes");
	else
		printf("stopping; neighbors with graceful restart may keep our "
		       "routes for %s\n",
		    human_span(seconds, span));
}

const struct output output_table = {
	.changes = print_changes,
	.victims = print_victims,
	.victim = print_victim,
	.neighbors = output_neighbors,
	.neighbor = output_neighbor,
	.neighbor_done = output_neighbor_done,
	.status = print_status,
	.reloaded = print_reloaded,
	.stopping = print_stopping,
};
