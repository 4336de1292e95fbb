/*
 * Findings for people: a line each, and below it what to do.
 */
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "line.h"
#include "output_doctor.h"
#include "table.h"

static enum colour
level_colour(const char *level)
{
	if (strcmp(level, "ok") == 0)
		return COLOUR_GREEN;
	if (strcmp(level, "problem") == 0)
		return COLOUR_RED;
	return strcmp(level, "warning") == 0 ? COLOUR_YELLOW : COLOUR_NONE;
}

static bool
needs_work(const char *level)
{
	return strcmp(level, "problem") == 0 || strcmp(level, "warning") == 0;
}

void
output_findings(const json_t *result)
{
	const json_t *one;
	size_t i, work = 0;
	struct table t;

	table_init(&t, 2);
	t.wraps = true;
	json_array_foreach(json_object_get(result, "findings"), i, one)
	{
		const char *level = human_text(one, "level");
		const char *todo = human_text(one, "todo");
		struct line line = { 0 };

		work += needs_work(level);
		line_add(&line, "%s: %s", human_text(one, "about"),
		    human_text(one, "text"));
		table_add(&t, level, level_colour(level));
		table_text(&t, line.text);
		if (*todo == '\0')
			continue;
		table_text(&t, "");
		table_text(&t, todo);
	}
	table_print(&t);
	if (work > 0)
		printf("\n%zu to be seen to\n", work);
	else
		printf("\nready\n");
}
