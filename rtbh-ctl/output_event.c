/*
 * Events for people: when, what, of whom, and whatever else it says.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rpc.h"
#include "timefmt.h"

#include "human.h"
#include "line.h"
#include "output_event.h"
#include "table.h"

#define TYPE_WIDTH 18

static enum colour
event_colour(const char *type)
{
	static const struct {
		const char *type;
		enum colour colour;
	} known[] = {
		{ "victim.delivered", COLOUR_GREEN },
		{ "neighbor.up", COLOUR_GREEN },
		{ "storage.recovered", COLOUR_GREEN },
		{ "victim.held", COLOUR_YELLOW },
		{ "events.lost", COLOUR_YELLOW },
		{ "victim.uncovered", COLOUR_RED },
		{ "neighbor.down", COLOUR_RED },
		{ "storage.failed", COLOUR_RED },
		{ "daemon.stopping", COLOUR_RED },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(type, known[i].type) == 0)
			return known[i].colour;
	}
	return COLOUR_NONE;
}

/* The wall clock where the operator sits. */
static void
add_time(const json_t *params, struct line *line)
{
	char text[16] = "--:--:--";
	int64_t at_ms;
	struct tm tm;
	time_t at;

	if (instant_parse(&at_ms, human_text(params, "at"))) {
		at = (time_t)(at_ms / 1000);
		if (localtime_r(&at, &tm) != NULL)
			(void)strftime(text, sizeof(text), "%H:%M:%S", &tm);
	}
	line_add(line, "%s  ", text);
}

static void
add_member(struct line *line, const char *key, const json_t *v)
{
	struct line joined;

	if (json_is_string(v) && *json_string_value(v) != '\0')
		line_add(line, "  %s %s", key, json_string_value(v));
	else if (json_is_integer(v))
		line_add(line, "  %s %" JSON_INTEGER_FORMAT, key,
		    json_integer_value(v));
	else if (json_is_true(v))
		line_add(line, "  %s", key);
	else if (json_is_array(v) && json_is_string(json_array_get(v, 0)))
		line_add(line, "  %s %s", key, human_join(v, &joined));
}

/* Members that nobody here knows are told as they are. */
static void
add_others(struct line *line, const json_t *params)
{
	static const char *const told[] = { "type", "at", "seq", "prefix",
		"neighbor", "owner", "by", "reason", "left", "victim",
		"covered", "state", "count" };
	const char *key;
	json_t *v;

	/* the iterator of jansson wants it not to be const */
	json_object_foreach((json_t *)params, key, v)
	{
		size_t i = 0;

		while (i < sizeof(told) / sizeof(told[0]) &&
		    strcmp(key, told[i]) != 0)
			i++;
		if (i == sizeof(told) / sizeof(told[0]))
			add_member(line, key, v);
	}
}

/* Whose claim it is, and who did it. */
static void
add_owner(struct line *line, const json_t *params)
{
	const json_t *victim = json_object_get(params, "victim");
	const json_t *claims = json_object_get(victim, "claims");
	const char *owner = human_text(params, "owner");
	const char *by = human_text(params, "by");

	if (*owner == '\0')
		owner = human_text(json_array_get(claims, 0), "owner");
	if (*owner != '\0')
		line_add(line, "  %s", owner);
	if (*by != '\0' && strcmp(by, owner) != 0)
		line_add(line, "  by %s", by);
}

/* How long the victim stands from now on. */
static void
add_end(struct line *line, const char *type, const json_t *params)
{
	const json_t *victim = json_object_get(params, "victim");
	json_int_t left = human_number(params, "left");
	char text[HUMAN_SPAN_STRLEN];

	if (strcmp(type, "victim.held") == 0)
		line_add(line, "  ends %s",
		    human_in(victim, "held_until", human_now_ms(), text));
	else if (strcmp(type, "victim.added") == 0 ||
	    strcmp(type, "victim.refreshed") == 0)
		line_add(line, "  expires %s", human_remaining(victim, text));
	else if (left > 0)
		line_add(line, "  %" JSON_INTEGER_FORMAT " claim%s left", left,
		    left == 1 ? "" : "s");
}

static void
add_neighbor(struct line *line, const char *type, const json_t *params)
{
	json_int_t lost = human_number(params, "count");

	if (*human_text(params, "prefix") != '\0' &&
	    *human_text(params, "neighbor") != '\0')
		line_add(line, "  %s", human_text(params, "neighbor"));
	if (json_is_true(json_object_get(params, "covered")))
		line_add(line, "  covered");
	if (lost > 0 && strcmp(type, "neighbor.down") == 0)
		line_add(line, "  %" JSON_INTEGER_FORMAT " victim%s lost", lost,
		    lost == 1 ? "" : "s");
}

static const char *
subject_of(const json_t *params)
{
	if (*human_text(params, "prefix") != '\0')
		return human_text(params, "prefix");
	return human_text(params, "neighbor");
}

void
output_event(const json_t *params)
{
	const char *type = human_text(params, "type");
	struct line line = { 0 };
	size_t width = strlen(type);

	add_time(params, &line);
	rpc_text_clean(line.text);
	fputs(line.text, stdout);
	line_init(&line);
	line_add(&line, "%s", type);
	rpc_text_clean(line.text);
	table_put(line.text, event_colour(type));
	line_init(&line);
	line_add(&line, "%*s%s",
	    width < TYPE_WIDTH ? (int)(TYPE_WIDTH - width) : 1, "",
	    subject_of(params));
	add_owner(&line, params);
	add_end(&line, type, params);
	add_neighbor(&line, type, params);
	if (*human_text(params, "reason") != '\0')
		line_add(&line, "  %s", human_text(params, "reason"));
	if (strcmp(type, "events.lost") == 0)
		line_add(&line,
		    "%" JSON_INTEGER_FORMAT " events; see rtbh-ctl list",
		    human_number(params, "count"));
	add_others(&line, params);
	while (line.len > 0 && line.text[line.len - 1] == ' ')
		line.text[--line.len] = '\0';
	rpc_text_clean(line.text);
	puts(line.text);
}
