/*
 * Gathers all cells, and so the widths, before the first is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rpc.h"

#include "table.h"

/* Between two columns. */
#define GAP 2

void
table_init(struct table *t, size_t columns)
{
	*t = (struct table){ .columns = columns };
}

/* Characters, not bytes: those that continue one in UTF-8 do not count. */
static size_t
text_width(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static int
make_room(struct table *t)
{
	size_t room = t->room > 0 ? t->room * 2 : 64;
	struct table_cell *cells;

	if (t->count < t->room)
		return 0;
	cells = realloc(t->cells, room * sizeof(*cells));
	if (cells == NULL)
		return -1;
	t->cells = cells;
	t->room = room;
	return 0;
}

void
table_add(struct table *t, const char *text, enum colour colour)
{
	size_t column = t->count % t->columns, width;
	struct table_cell *cell;

	if (t->full || make_room(t) == -1) {
		t->full = true;
		return;
	}
	cell = &t->cells[t->count];
	cell->colour = colour;
	cell->text = strdup(text);
	if (cell->text == NULL) {
		t->full = true;
		return;
	}
	t->count++;
	rpc_text_clean(cell->text);
	width = text_width(cell->text);
	if (width > t->width[column])
		t->width[column] = width;
}

void
table_text(struct table *t, const char *text)
{
	table_add(t, text, COLOUR_NONE);
}

void
table_row(struct table *t, const char *const *texts)
{
	for (size_t i = 0; i < t->columns; i++)
		table_text(t, texts[i]);
}

void
table_number(struct table *t, intmax_t number)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%jd", number);
	table_text(t, buf);
}

void
table_pair(struct table *t, const char *name, const char *value)
{
	table_text(t, name);
	table_text(t, value);
}

bool
table_has_colour(void)
{
	const char *no_color = getenv("NO_COLOR");

	return (no_color == NULL || *no_color == '\0') &&
	    isatty(STDOUT_FILENO) == 1;
}

void
table_put(const char *text, enum colour colour)
{
	static const char *const codes[] = { [COLOUR_NONE] = "",
		[COLOUR_GREEN] = "\033[32m",
		[COLOUR_YELLOW] = "\033[33m",
		[COLOUR_RED] = "\033[31m" };

	if (colour == COLOUR_NONE || !table_has_colour())
		fputs(text, stdout);
	else
		printf("%s%s\033[0m", codes[colour], text);
}

/* The last column that has text in this row, and those before it. */
static size_t
columns_used(const struct table *t, size_t row)
{
	size_t begin = row * t->columns, used = t->columns;

	if (begin + used > t->count)
		used = t->count - begin;
	while (used > 0 && t->cells[begin + used - 1].text[0] == '\0')
		used--;
	return used;
}

static void
print_row(const struct table *t, size_t row)
{
	size_t used = columns_used(t, row);

	for (size_t column = 0; column < used; column++) {
		struct table_cell *cell = &t->cells[row * t->columns + column];
		size_t pad = t->width[column] - text_width(cell->text) + GAP;

		table_put(cell->text, cell->colour);
		if (column + 1 < used)
			printf("%*s", (int)pad, "");
	}
	putchar('\n');
}

void
table_print(struct table *t)
{
	for (size_t row = 0; row * t->columns < t->count; row++)
		print_row(t, row);
	if (t->full)
		fprintf(stderr, "rtbh-ctl: no memory for all of the table\n");
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	table_init(t, t->columns);
}
