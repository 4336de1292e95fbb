/*
 * The text of a table's cell that is made of several values.
 */
#include <stdarg.h>
#include <stdio.h>

#include "line.h"

void
line_init(struct line *line)
{
	line->len = 0;
	line->text[0] = '\0';
}

void
line_add(struct line *line, const char *fmt, ...)
{
	size_t room = sizeof(line->text) - line->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line->text + line->len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		line->len += (size_t)n < room ? (size_t)n : room - 1;
}
