#ifndef TABLE_H
#define TABLE_H

/*
 * Aligned columns on standard output, without blanks at the ends of lines.  On
 * a terminal a table is as wide as that at the most: long texts are cut, or go
 * on in the next line; a last column without room goes below its row.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_COLUMNS_MAX 8

enum colour {
	COLOUR_NONE,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_RED
};

struct table_cell {
	char *text;
	enum colour colour;
};

struct table {
	size_t columns;
	size_t width[TABLE_COLUMNS_MAX];
	struct table_cell *cells; /* row by row */
	size_t count, room;
	bool full;     /* there was no memory for more */
	unsigned soft; /* the columns that may be cut, a bit each */
	bool wraps;    /* the last column goes on in further lines */
	bool is_below; /* the last column has lines of its own */
};

/* An empty table; columns is at most TABLE_COLUMNS_MAX, the last is soft. */
void table_init(struct table *t, size_t columns);
/* One of names and values, as table_pair() adds them; they wrap. */
void table_init_pairs(struct table *t);
/*
 * The next cell, copied; without memory the table ends before it.  Control
 * characters become '?'.
 */
void table_add(struct table *t, const char *text, enum colour colour);
/* Without colour: one cell, a whole row, a number. */
void table_text(struct table *t, const char *text);
void table_row(struct table *t, const char *const *texts);
void table_number(struct table *t, intmax_t number);
/* "1 victim", "2 victims" */
void table_count(struct table *t, intmax_t number, const char *one);
/* A name and its value: a line of one thing in full, none without a value. */
void table_pair(struct table *t, const char *name, const char *value);
/*
 * The width to keep to: the terminal's, or 0 when standard output is none.
 */
size_t table_limit(void);
/* Prints it, colours on a terminal without NO_COLOR only, and empties it. */
void table_print(struct table *t);
/* The same within so many columns; 0: as wide as it is. */
void table_print_within(struct table *t, size_t limit);
/* Without printing it. */
void table_empty(struct table *t);

/* Whether standard output shows colours. */
bool table_has_colour(void);
/* A text on its own, in colour where there is some. */
void table_put(const char *text, enum colour colour);
/* A line of its own, each of its lines indented. */
void table_put_indented(const char *text, size_t indent);

#endif
