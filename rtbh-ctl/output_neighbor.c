/*
 * Neighbors for people: a line each, or one in full.
 */
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "line.h"
#include "output_neighbor.h"
#include "table.h"

static enum colour
session_colour(const char *state)
{
	if (strcmp(state, "established") == 0)
		return COLOUR_GREEN;
	return strcmp(state, "disabled") == 0 ? COLOUR_YELLOW : COLOUR_RED;
}

static json_int_t
announced(const json_t *n)
{
	const json_t *families = json_object_get(n, "announced");

	return human_number(families, "ipv4") + human_number(families, "ipv6");
}

void
output_neighbors(const json_t *list)
{
	static const char *const head[] = { "NEIGHBOR", "ADDRESS", "AS",
		"STATE", "SINCE", "SENT", "QUEUED", "LAST ERROR" };
	const json_t *neighbors = json_object_get(list, "neighbors"), *n;
	int64_t now_ms = human_now_ms();
	struct table t;
	size_t i;

	table_init(&t, 8);
	t.soft = 1U << 0 | 1U << 1 | 1U << 7;
	table_row(&t, head);
	json_array_foreach(neighbors, i, n)
	{
		const char *state = human_text(n, "state");
		const json_t *error = json_object_get(n, "last_error");
		bool up = strcmp(state, "established") == 0;
		char ago[HUMAN_SPAN_STRLEN];

		table_text(&t, human_text(n, "name"));
		table_text(&t, human_text(n, "address"));
		table_number(&t, human_number(n, "remote_as"));
		table_add(&t, state, session_colour(state));
		table_text(&t, human_ago(n, "since", now_ms, ago));
		table_number(&t, announced(n));
		table_number(&t, human_number(n, "pending"));
		table_text(&t, up ? "" : human_text(error, "text"));
	}
	table_print(&t);
}

/* "ipv4 3, ipv6 1": an object of numbers, without those that are 0. */
static const char *
join_counts(const json_t *object, struct line *line)
{
	const char *key;
	json_t *v;

	line_init(line);
	/* the iterator of jansson wants it not to be const */
	json_object_foreach((json_t *)object, key, v)
	{
		if (json_integer_value(v) != 0)
			line_add(line, "%s%s %" JSON_INTEGER_FORMAT,
			    line->len > 0 ? ", " : "", key,
			    json_integer_value(v));
	}
	return line->len > 0 ? line->text : "none";
}

/* Whether the neighbor keeps our routes when we restart, and how long. */
static const char *
restart_text(const json_t *gr, struct line *line)
{
	char span[HUMAN_SPAN_STRLEN];

	line_init(line);
	if (!json_is_true(json_object_get(gr, "agreed")))
		return "not agreed on";
	line_add(line, "%s, %s N bit",
	    human_span(human_number(gr, "time"), span),
	    json_is_true(json_object_get(gr, "notification")) ? "with"
							      : "without");
	return line->text;
}

/* How many prefixes it takes, and how many victims that holds back. */
static void
add_limits(struct table *t, const json_t *n)
{
	struct line line;

	join_counts(json_object_get(n, "max_prefixes"), &line);
	if (json_is_true(json_object_get(n, "limited_by_neighbor")))
		line_add(&line, ", by its own word");
	table_pair(t, "max prefixes", line.text);
	join_counts(json_object_get(n, "over_limit"), &line);
	if (line.len == 0)
		return;
	table_text(t, "held back");
	table_add(t, line.text, COLOUR_RED);
}

static void
add_session(struct table *t, const json_t *n, int64_t now_ms)
{
	const json_t *messages = json_object_get(n, "messages");
	struct line line = { 0 };

	table_pair(t, "router id", human_text(n, "router_id"));
	if (json_is_integer(json_object_get(n, "hold_time")))
		line_add(&line, "%" JSON_INTEGER_FORMAT "s",
		    human_number(n, "hold_time"));
	table_pair(t, "hold time", line.text);
	table_pair(t, "families",
	    human_join(json_object_get(n, "families"), &line));
	table_pair(t, "capabilities",
	    human_join(json_object_get(n, "capabilities"), &line));
	table_pair(t, "announced",
	    join_counts(json_object_get(n, "announced"), &line));
	add_limits(t, n);
	table_pair(t, "messages sent",
	    join_counts(json_object_get(messages, "sent"), &line));
	table_pair(t, "received",
	    join_counts(json_object_get(messages, "received"), &line));
	table_pair(t, "graceful restart",
	    restart_text(json_object_get(n, "graceful_restart"), &line));
	table_pair(t, "last error",
	    human_error(json_object_get(n, "last_error"), now_ms, &line));
}

void
output_neighbor(const json_t *list)
{
	const json_t *n = json_array_get(json_object_get(list, "neighbors"), 0);
	const char *state = human_text(n, "state");
	int64_t now_ms = human_now_ms();
	struct line line = { 0 };
	char ago[HUMAN_SPAN_STRLEN];
	struct table t;

	table_init_pairs(&t);
	table_pair(&t, "neighbor", human_text(n, "name"));
	table_pair(&t, "description", human_text(n, "description"));
	line_add(&line, "%s, AS %" JSON_INTEGER_FORMAT,
	    human_text(n, "address"), human_number(n, "remote_as"));
	table_pair(&t, "address", line.text);
	line_init(&line);
	line_add(&line, "%s, since %s (%s)", state, human_text(n, "since"),
	    human_ago(n, "since", now_ms, ago));
	table_text(&t, "state");
	table_add(&t, line.text, session_colour(state));
	line_init(&line);
	line_add(&line, "%" JSON_INTEGER_FORMAT, human_number(n, "flaps"));
	table_pair(&t, "flaps", line.text);
	line_init(&line);
	if (json_is_integer(json_object_get(n, "retry_in")))
		line_add(&line, "in %s",
		    human_span(human_number(n, "retry_in"), ago));
	table_pair(&t, "next try", line.text);
	add_session(&t, n, now_ms);
	table_print(&t);
}
