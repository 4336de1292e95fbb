/*
 * For people: victims, a line each or one in full; how others ended; what is
 * exempted.
 */
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "line.h"
#include "output.h"
#include "output_victim.h"

/* "fastnetmon +2", "fastnetmon (held)" */
static void
print_owners(const json_t *victim, struct line *line)
{
	const json_t *claims = json_object_get(victim, "claims");
	const json_t *held = json_object_get(victim, "held_claim");
	size_t count = json_array_size(claims);

	if (count == 0 && json_is_object(held)) {
		line_add(line, "%s (held)", human_text(held, "owner"));
		return;
	}
	line_add(line, "%s", human_text(json_array_get(claims, 0), "owner"));
	if (count > 1)
		line_add(line, " +%zu", count - 1);
}

/* Of the first claim that gives one. */
static const char *
first_reason(const json_t *victim)
{
	const char *reason = "";
	const json_t *claim;
	size_t i;

	json_array_foreach(json_object_get(victim, "claims"), i, claim)
	{
		reason = human_text(claim, "reason");
		if (*reason != '\0')
			return reason;
	}
	return human_text(json_object_get(victim, "held_claim"), "reason");
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

/* A held victim ends when it is held no more. */
static const char *
end_of(const json_t *v, int64_t now_ms, char buf[HUMAN_SPAN_STRLEN])
{
	if (json_is_string(json_object_get(v, "held_until")))
		return human_in(v, "held_until", now_ms, buf);
	return human_remaining(v, buf);
}

/* The first page of a list begins its table. */
static struct table *
table_of(struct output_pages *l, const char *const head[5], unsigned soft)
{
	if (l->table.columns == 0) {
		table_init(&l->table, 5);
		table_row(&l->table, head);
		l->table.soft = soft;
	}
	return &l->table;
}

int
output_victims(struct output_pages *l, const json_t *page)
{
	static const char *const head[] = { "VICTIM", "EXPIRES", "OWNER",
		"NEIGHBORS", "REASON" };
	struct table *t = table_of(l, head, 1U << 2 | 1U << 3 | 1U << 4);
	int64_t now_ms = human_now_ms();
	const json_t *v;
	size_t i;

	json_array_foreach(page, i, v)
	{
		char left[HUMAN_SPAN_STRLEN];
		struct line owners = { 0 };

		print_owners(v, &owners);
		table_text(t, human_text(v, "prefix"));
		table_text(t, end_of(v, now_ms, left));
		table_text(t, owners.text);
		add_standings(t, v);
		table_text(t, first_reason(v));
	}
	return t->full ? -1 : 0;
}

void
output_list(struct output_pages *l, const char *member, bool more)
{
	(void)more;
	if (l->table.count > l->table.columns)
		table_print(&l->table);
	else
		puts(strcmp(member, "victims") == 0
			? "nothing is blackholed"
			: "no such entry in the history");
}

static void
add_claim(struct table *t, const json_t *claim, bool held, int64_t now_ms)
{
	const json_t *names = json_object_get(claim, "neighbors");
	char left[HUMAN_SPAN_STRLEN], ago[HUMAN_SPAN_STRLEN];
	struct line line = { 0 };

	line_add(&line, "%s%s", human_text(claim, "owner"),
	    held ? " (held)" : "");
	table_text(t, line.text);
	table_text(t, held ? "" : human_remaining(claim, left));
	table_text(t, human_ago(claim, "since", now_ms, ago));
	table_text(t, names != NULL ? human_join(names, &line) : "all");
	table_text(t, human_text(claim, "reason"));
}

static void
print_claims(const json_t *victim, int64_t now_ms)
{
	static const char *const head[] = { "OWNER", "EXPIRES", "SINCE", "TO",
		"REASON" };
	const json_t *held = json_object_get(victim, "held_claim"), *claim;
	struct table t;
	size_t i;

	table_init(&t, 5);
	t.soft = 1U << 0 | 1U << 3 | 1U << 4;
	t.wraps = true;
	table_row(&t, head);
	json_array_foreach(json_object_get(victim, "claims"), i, claim)
	    add_claim(&t, claim, false, now_ms);
	if (json_is_object(held))
		add_claim(&t, held, true, now_ms);
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

/* An instant, and how far it is from now. */
static void
add_instant(struct table *t, const char *name, const char *at,
    const char *distance)
{
	struct line line = { 0 };

	line_add(&line, "%s (%s)", at, distance);
	table_pair(t, name, line.text);
}

static void
print_times(struct table *t, const json_t *v, int64_t now_ms)
{
	char text[HUMAN_SPAN_STRLEN];

	add_instant(t, "since", human_text(v, "since"),
	    human_ago(v, "since", now_ms, text));
	if (json_is_string(json_object_get(v, "held_until")))
		add_instant(t, "held until", human_text(v, "held_until"),
		    human_in(v, "held_until", now_ms, text));
	else if (json_is_string(json_object_get(v, "expires")))
		add_instant(t, "expires", human_text(v, "expires"),
		    human_remaining(v, text));
	else
		table_pair(t, "expires", "never");
}

void
output_victim(const json_t *v)
{
	const char *suppressed = human_text(v, "suppressed");
	int64_t now_ms = human_now_ms();
	struct table t;

	table_init_pairs(&t);
	table_pair(&t, "victim", human_text(v, "prefix"));
	print_times(&t, v, now_ms);
	if (human_number(v, "recurrences") > 0) {
		table_text(&t, "came back");
		table_count(&t, human_number(v, "recurrences"), "time");
	}
	if (*suppressed != '\0') {
		table_text(&t, "suppressed");
		table_add(&t, suppressed, COLOUR_RED);
	}
	table_print(&t);
	putchar('\n');
	print_claims(v, now_ms);
	putchar('\n');
	print_standings(json_object_get(v, "neighbors"), now_ms);
}

/* The owner's claim was changed by somebody else. */
static void
print_who(const json_t *entry, struct line *line)
{
	const char *owner = human_text(entry, "owner");
	const char *by = human_text(entry, "by");

	line_add(line, "%s", owner);
	if (*by != '\0' && strcmp(by, owner) != 0)
		line_add(line, "%sby %s", *owner != '\0' ? " " : "", by);
}

/* "refused", "refused 12 times" */
static void
print_action(const json_t *entry, struct line *line)
{
	json_int_t count = human_number(entry, "count");

	line_add(line, "%s", human_text(entry, "action"));
	if (count > 1)
		line_add(line, " %" JSON_INTEGER_FORMAT " times", count);
}

int
output_history(struct output_pages *l, const json_t *page)
{
	static const char *const head[] = { "WHEN", "WHAT", "VICTIM", "OWNER",
		"REASON" };
	struct table *t = table_of(l, head, 1U << 3 | 1U << 4);
	int64_t now_ms = human_now_ms();
	const json_t *entry;
	size_t i;

	t->wraps = true;
	json_array_foreach(page, i, entry)
	{
		char ago[HUMAN_SPAN_STRLEN];
		struct line who = { 0 }, what = { 0 };

		print_who(entry, &who);
		table_text(t, human_ago(entry, "at", now_ms, ago));
		print_action(entry, &what);
		table_text(t, what.text);
		table_text(t, human_text(entry, "prefix"));
		table_text(t, who.text);
		table_text(t, human_text(entry, "reason"));
	}
	return t->full ? -1 : 0;
}

void
output_exemptions(const json_t *list)
{
	static const char *const head[] = { "PREFIX", "EXPIRES", "BY",
		"REASON" };
	const json_t *exemptions = json_object_get(list, "exemptions"), *one;
	struct table t;
	size_t i;

	if (json_array_size(exemptions) == 0) {
		puts("nothing is exempted");
		return;
	}
	table_init(&t, 4);
	table_row(&t, head);
	json_array_foreach(exemptions, i, one)
	{
		char left[HUMAN_SPAN_STRLEN];

		table_text(&t, human_text(one, "prefix"));
		table_text(&t, human_remaining(one, left));
		table_text(&t, human_text(one, "by"));
		table_text(&t, human_text(one, "reason"));
	}
	table_print(&t);
}
