/*
 * Durations, instants and lists for people.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "line.h"
#include "timefmt.h"

#include "human.h"

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* To what will be shown, so that 59m59s is an hour. */
static int64_t
round_span(int64_t seconds)
{
	int64_t unit = seconds >= 10 * DAY ? DAY
	    : seconds >= 10 * HOUR	   ? HOUR
	    : seconds >= 10 * MINUTE	   ? MINUTE
					   : 1;
	int64_t rest = seconds % unit;

	if (rest * 2 >= unit && seconds <= INT64_MAX - unit)
		seconds += unit;
	return seconds - rest;
}

/* The smaller unit is left out when it is none, or says little. */
const char *
human_span(int64_t seconds, char buf[HUMAN_SPAN_STRLEN])
{
	static const struct {
		int64_t big, small;
		char big_letter, small_letter;
	} units[] = { { DAY, HOUR, 'd', 'h' }, { HOUR, MINUTE, 'h', 'm' },
		{ MINUTE, 1, 'm', 's' } };

	seconds = seconds > 0 ? round_span(seconds) : 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t big = seconds / units[i].big;
		int64_t small = seconds % units[i].big / units[i].small;

		if (big == 0)
			continue;
		if (small == 0 || big >= 10)
			snprintf(buf, HUMAN_SPAN_STRLEN, "%" PRId64 "%c", big,
			    units[i].big_letter);
		else
			snprintf(buf, HUMAN_SPAN_STRLEN,
			    "%" PRId64 "%c%" PRId64 "%c", big,
			    units[i].big_letter, small, units[i].small_letter);
		return buf;
	}
	snprintf(buf, HUMAN_SPAN_STRLEN, "%" PRId64 "s", seconds);
	return buf;
}

const char *
human_ago(const json_t *object, const char *key, int64_t now_ms,
    char buf[HUMAN_SPAN_STRLEN])
{
	int64_t at_ms;
	char span[HUMAN_SPAN_STRLEN];

	buf[0] = '\0';
	if (!instant_parse(&at_ms, human_text(object, key)))
		return buf;
	if (now_ms - at_ms < 1000)
		snprintf(buf, HUMAN_SPAN_STRLEN, "now");
	else
		snprintf(buf, HUMAN_SPAN_STRLEN, "%.20s ago",
		    human_span((now_ms - at_ms) / 1000, span));
	return buf;
}

const char *
human_remaining(const json_t *object, char buf[HUMAN_SPAN_STRLEN])
{
	const json_t *v = json_object_get(object, "remaining");
	char span[HUMAN_SPAN_STRLEN];

	if (json_is_integer(v))
		snprintf(buf, HUMAN_SPAN_STRLEN, "in %.20s",
		    human_span(json_integer_value(v), span));
	else
		snprintf(buf, HUMAN_SPAN_STRLEN, "never");
	return buf;
}

const char *
human_in(const json_t *object, const char *key, int64_t now_ms,
    char buf[HUMAN_SPAN_STRLEN])
{
	int64_t at_ms;
	char span[HUMAN_SPAN_STRLEN];

	buf[0] = '\0';
	if (!instant_parse(&at_ms, human_text(object, key)))
		return buf;
	if (at_ms <= now_ms)
		snprintf(buf, HUMAN_SPAN_STRLEN, "now");
	else
		snprintf(buf, HUMAN_SPAN_STRLEN, "in %.20s",
		    human_span((at_ms - now_ms + 999) / 1000, span));
	return buf;
}

const char *
human_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

json_int_t
human_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const char *
human_join(const json_t *array, struct line *line)
{
	const json_t *v;
	size_t i;

	line_init(line);
	json_array_foreach(array, i, v)
	{
		const char *text = json_string_value(v);

		line_add(line, "%s%s", i > 0 ? ", " : "",
		    text != NULL ? text : "");
	}
	return line->text;
}

int64_t
human_now_ms(void)
{
	struct timespec ts;

	/* cannot fail for this clock and a valid pointer */
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const char *
human_error(const json_t *error, int64_t now_ms, struct line *line)
{
	char ago[HUMAN_SPAN_STRLEN];

	line_init(line);
	if (!json_is_object(error))
		return "none";
	line_add(line, "%s (", human_text(error, "text"));
	/* the numbers help who looks them up; the text says who sent it */
	if (json_is_integer(json_object_get(error, "code")))
		line_add(line,
		    "%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT ", ",
		    human_number(error, "code"),
		    human_number(error, "subcode"));
	line_add(line, "%s)", human_ago(error, "at", now_ms, ago));
	return line->text;
}

static size_t
count_state(const json_t *list, const char *state, const char **name)
{
	const json_t *n;
	size_t i, count = 0;

	json_array_foreach(list, i, n)
	{
		if (strcmp(human_text(n, "state"), state) != 0)
			continue;
		*name = human_text(n, "name");
		count++;
	}
	return count;
}

/* What is in order is only counted; one that is not is named. */
void
human_standings(const json_t *victim, struct line *line)
{
	static const struct {
		const char *state;
		bool is_named;
	} states[] = { { "delivered", false }, { "sent", false },
		{ "queued", false }, { "over-limit", true }, { "down", true } };
	const json_t *list = json_object_get(victim, "neighbors");

	line_init(line);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const char *name = "", *state = states[i].state;
		size_t count = count_state(list, state, &name);

		if (count == 0)
			continue;
		line_add(line, "%s", line->len > 0 ? ", " : "");
		if (count == 1 && states[i].is_named)
			line_add(line, "%s %s", name, state);
		else
			line_add(line, "%zu %s", count, state);
	}
	if (line->len == 0)
		line_add(line, "off");
}

void
human_not_yet(const json_t *victim, const char *wait, struct line *line)
{
	const json_t *list = json_object_get(victim, "neighbors"), *n;
	size_t i;

	line_init(line);
	json_array_foreach(list, i, n)
	{
		const char *state = human_text(n, "state");

		if (strcmp(state, "off") != 0 &&
		    strcmp(state, "delivered") != 0 && strcmp(state, wait) != 0)
			line_add(line, "%s%s %s", line->len > 0 ? ", " : "",
			    human_text(n, "name"), state);
	}
}

const char *
human_verdict(const json_t *status)
{
	static const char *const names[][2] = { { "ok", "OK" },
		{ "warning", "WARNING" }, { "critical", "CRITICAL" } };
	const char *verdict =
	    human_text(json_object_get(status, "health"), "verdict");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(verdict, names[i][0]) == 0)
			return names[i][1];
	}
	return "UNKNOWN";
}

json_int_t
human_done(const json_t *outcome)
{
	static const char *const keys[] = { "added", "refreshed", "withdrawn",
		"claims_left", "held" };
	json_int_t done = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		done += human_number(outcome, keys[i]);
	return done;
}

bool
human_is_carried(const json_t *victim)
{
	const json_t *list = json_object_get(victim, "neighbors"), *n;
	size_t i;

	json_array_foreach(list, i, n)
	{
		const char *state = human_text(n, "state");

		if (strcmp(state, "queued") == 0 ||
		    strcmp(state, "sent") == 0 ||
		    strcmp(state, "delivered") == 0)
			return true;
	}
	return false;
}
