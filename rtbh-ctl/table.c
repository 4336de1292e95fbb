/*
 * Gathers all cells, and so the widths, before the first is printed.
 */
#include <sys/ioctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rpc.h"

#include "say.h"
#include "table.h"

/* Between two columns. */
#define GAP 2
/* The last column goes below its row before it is cut or wrapped to less. */
#define CUT_MIN 10
#define WRAP_MIN 20
#define BELOW_INDENT 8
/* The others are cut to less than this only when it is there. */
#define OTHERS_MIN 20
#define NARROW_MIN 6
/* Stands for what was cut off. */
#define CUT_MARK ".."

void
table_init(struct table *t, size_t columns)
{
	*t = (struct table){ .columns = columns,
		.soft = columns > 0 ? 1U << (columns - 1) : 0 };
}

void
table_init_pairs(struct table *t)
{
	table_init(t, 2);
	t->wraps = true;
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
table_count(struct table *t, intmax_t number, const char *one)
{
	char buf[64];

	snprintf(buf, sizeof(buf), "%jd %s%s", number, one,
	    number == 1 ? "" : "s");
	table_text(t, buf);
}

void
table_pair(struct table *t, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	table_text(t, name);
	table_text(t, value);
}

bool
table_has_colour(void)
{
	static int known = -1;
	const char *no_color;

	if (known == -1) {
		no_color = getenv("NO_COLOR");
		known = (no_color == NULL || *no_color == '\0') &&
		    isatty(STDOUT_FILENO) == 1;
	}
	return known == 1;
}

size_t
table_limit(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) != 1)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

static void
put_part(const char *text, size_t len, enum colour colour)
{
	static const char *const codes[] = { [COLOUR_NONE] = "",
		[COLOUR_GREEN] = "\033[32m",
		[COLOUR_YELLOW] = "\033[33m",
		[COLOUR_RED] = "\033[31m" };

	if (colour == COLOUR_NONE || !table_has_colour())
		(void)fwrite(text, 1, len, stdout);
	else
		printf("%s%.*s\033[0m", codes[colour], (int)len, text);
}

void
table_put(const char *text, enum colour colour)
{
	put_part(text, strlen(text), colour);
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

/* The bytes of the first characters of text, so many at the most. */
static size_t
bytes_of(const char *text, size_t characters)
{
	size_t len = 0;

	while (text[len] != '\0') {
		if (((unsigned char)text[len] & 0xc0) != 0x80 &&
		    characters-- == 0)
			break;
		len++;
	}
	return len;
}

static void
cut(struct table_cell *cell, size_t width)
{
	if (text_width(cell->text) <= width)
		return;
	/* the mark takes no more bytes than the characters it is for */
	memcpy(cell->text + bytes_of(cell->text, width - strlen(CUT_MARK)),
	    CUT_MARK, sizeof(CUT_MARK));
}

/* Where the text is to go on in the next line: behind a blank if it can be. */
static size_t
wrap_at(const char *text, size_t width)
{
	size_t len = bytes_of(text, width), at = len;

	if (text[len] == '\0')
		return len;
	while (at > 0 && text[at] != ' ')
		at--;
	return at > 0 ? at : len;
}

/* Goes on at indent, with so many characters a line at the most. */
static void
put_wrapped(const char *text, enum colour colour, size_t indent, size_t width)
{
	for (;;) {
		size_t len = wrap_at(text, width);

		put_part(text, len, colour);
		if (text[len] == '\0')
			return;
		text += len;
		text += *text == ' ';
		printf("\n%*s", (int)indent, "");
	}
}

void
table_put_indented(const char *text, size_t indent)
{
	size_t limit = table_limit();

	printf("%*s", (int)indent, "");
	if (limit < indent + WRAP_MIN)
		fputs(text, stdout);
	else
		put_wrapped(text, COLOUR_NONE, indent, limit - indent);
	putchar('\n');
}

static void
print_row(const struct table *t, size_t row)
{
	size_t used = columns_used(t, row), at = 0, blanks = 0;

	for (size_t column = 0; column < used; column++) {
		struct table_cell *cell = &t->cells[row * t->columns + column];
		size_t width = t->width[column];
		bool is_last = column + 1 == t->columns;

		if (is_last && t->is_below) {
			putchar('\n');
			at = blanks = BELOW_INDENT;
		}
		printf("%*s", (int)blanks, "");
		if (is_last && t->wraps) {
			put_wrapped(cell->text, cell->colour, at, width);
			break;
		}
		cut(cell, width);
		table_put(cell->text, cell->colour);
		blanks = width - text_width(cell->text) + GAP;
		at += width + GAP;
	}
	putchar('\n');
}

/* Of the first columns, so many. */
static size_t
total_width(const struct table *t, size_t columns)
{
	size_t total = columns > 0 ? (columns - 1) * GAP : 0;

	for (size_t i = 0; i < columns; i++)
		total += t->width[i];
	return total;
}

/* The widest of a set that can give something; columns: none can. */
static size_t
widest_of(const struct table *t, unsigned set, size_t least)
{
	size_t widest = t->columns;

	for (size_t i = 0; i < t->columns; i++) {
		if ((set & 1U << i) && t->width[i] > least &&
		    (widest == t->columns || t->width[i] >= t->width[widest]))
			widest = i;
	}
	return widest;
}

/* Takes from a set of columns until the first of all are within the limit. */
static void
shrink(struct table *t, size_t columns, size_t limit, unsigned set,
    size_t least)
{
	size_t total = total_width(t, columns), i;

	while (total > limit && (i = widest_of(t, set, least)) < t->columns) {
		t->width[i]--;
		total--;
	}
}

/*
 * First the last column gives, then the others do; what is still too wide
 * gets the last one below each row, and all of the line for the others.
 */
static void
fit(struct table *t, size_t limit)
{
	size_t last = t->columns - 1, natural[TABLE_COLUMNS_MAX];
	unsigned others = t->soft & ~(1U << last);

	if (limit == 0)
		return;
	memcpy(natural, t->width, sizeof(natural));
	shrink(t, t->columns, limit, 1U << last, t->wraps ? WRAP_MIN : CUT_MIN);
	shrink(t, t->columns, limit, others, OTHERS_MIN);
	if (total_width(t, t->columns) <= limit)
		return;
	memcpy(t->width, natural, sizeof(natural));
	t->is_below = true;
	shrink(t, last, limit, others, NARROW_MIN);
	if (t->width[last] + BELOW_INDENT > limit)
		t->width[last] = limit > BELOW_INDENT + NARROW_MIN
		    ? limit - BELOW_INDENT
		    : NARROW_MIN;
}

void
table_empty(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	table_init(t, t->columns);
}

void
table_print_within(struct table *t, size_t limit)
{
	fit(t, limit);
	for (size_t row = 0; row * t->columns < t->count; row++)
		print_row(t, row);
	if (t->full)
		say("no memory for all of the table");
	table_empty(t);
}

void
table_print(struct table *t)
{
	table_print_within(t, table_limit());
}
