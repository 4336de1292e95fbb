/*
 * Results for people: the daemon as a whole, and the table of all printers.
 */
#include <stdio.h>
#include <string.h>

#include "rpc.h"

#include "human.h"
#include "line.h"
#include "output.h"
#include "output_change.h"
#include "output_doctor.h"
#include "output_event.h"
#include "output_neighbor.h"
#include "output_victim.h"
#include "table.h"

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

/* By whom and why. */
static void
add_frozen(struct table *t, const json_t *status)
{
	const json_t *freeze = json_object_get(status, "freeze");
	struct line line = { 0 };

	if (!json_is_true(json_object_get(status, "frozen")))
		return;
	line_add(&line, "by %s: only operators change victims",
	    human_text(freeze, "by"));
	if (*human_text(freeze, "reason") != '\0')
		line_add(&line, "; %s", human_text(freeze, "reason"));
	table_text(t, "frozen");
	table_add(t, line.text, COLOUR_YELLOW);
}

static void
add_health(struct table *t, const json_t *status)
{
	const json_t *health = json_object_get(status, "health"), *one;
	size_t i;

	json_array_foreach(json_object_get(health, "problems"), i, one)
	{
		const char *text = json_string_value(one);

		table_text(t, i == 0 ? "problems" : "");
		table_add(t, text != NULL ? text : "?", COLOUR_RED);
	}
}

static void
print_status(const json_t *s)
{
	const json_t *config = json_object_get(s, "config");
	json_int_t up = human_number(s, "established");
	struct line line = { 0 };
	char text[HUMAN_SPAN_STRLEN];
	struct table t;

	table_init_pairs(&t);
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
	add_frozen(&t, s);
	add_health(&t, s);
	table_print(&t);
}

/* "3 victims, all covered; 2 sessions up", or all that is wrong. */
static void
summarize(const json_t *s, struct line *line)
{
	const json_t *problems =
	    json_object_get(json_object_get(s, "health"), "problems");
	json_int_t victims = human_number(s, "victims");
	json_int_t up = human_number(s, "established");
	const json_t *one;
	size_t i;

	json_array_foreach(problems, i, one)
	{
		const char *text = json_string_value(one);

		line_add(line, "%s%s", i > 0 ? "; " : "",
		    text != NULL ? text : "?");
	}
	if (line->len > 0)
		return;
	line_add(line, "%" JSON_INTEGER_FORMAT " victim%s%s; ", victims,
	    victims == 1 ? "" : "s", victims > 0 ? ", all covered" : "");
	line_add(line, "%" JSON_INTEGER_FORMAT " session%s up", up,
	    up == 1 ? "" : "s");
}

static void
print_checked(const json_t *s)
{
	struct line line = { 0 };

	summarize(s, &line);
	/* what follows a bar would be read as numbers to be drawn */
	for (size_t i = 0; i < line.len; i++) {
		if (line.text[i] == '|')
			line.text[i] = '/';
	}
	rpc_text_clean(line.text);
	printf("RTBH %s - %s\n", human_verdict(s), line.text);
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
		struct line line = { 0 };

		line_add(&line, "  %s", text != NULL ? text : "?");
		rpc_text_clean(line.text);
		puts(line.text);
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

static void
print_refused(const json_t *outcome)
{
	(void)outcome;
}

/* "transit-a: reset"; without a subject only what was done. */
static void
print_done(const json_t *result, const char *subject, const char *what)
{
	const json_t *withdrawn = json_object_get(result, "withdrawn");

	printf("%s%s%s", subject != NULL ? subject : "",
	    subject != NULL ? ": " : "", what);
	if (json_integer_value(withdrawn) > 0)
		printf("; %" JSON_INTEGER_FORMAT " withdrawn for it",
		    json_integer_value(withdrawn));
	putchar('\n');
}

const struct output output_table = {
	.refused = print_refused,
	.change = output_change,
	.changes = output_changes,
	.explained = output_explained,
	.victims = output_victims,
	.history = output_history,
	.list = output_list,
	.victim = output_victim,
	.exemptions = output_exemptions,
	.neighbors = output_neighbors,
	.neighbor = output_neighbor,
	.done = print_done,
	.status = print_status,
	.checked = print_checked,
	.findings = output_findings,
	.reloaded = print_reloaded,
	.stopping = print_stopping,
	.event = output_event,
};
