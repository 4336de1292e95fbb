#ifndef TABLE_H
#define TABLE_H

/*
 * Aligned columns on standard output, without blanks at the ends of lines.
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
	bool full; /* there was no memory for more */
};

/* An empty table; columns is at most TABLE_COLUMNS_MAX. */
void table_init(struct table *t, size_t columns);
/*
 * The next cell, copied; without memory the table ends before it.  Control
 * characters become '?'.
 */
void table_add(struct table *t, const char *text, enum colour colour);
/* Without colour: one cell, a whole row, a number. */
void table_text(struct table *t, const char *text);
void table_row(struct table *t, const char *const *texts);
void table_number(struct table *t, intmax_t number);
/* A name and its value: a line of one thing in full. */
void table_pair(struct table *t, const char *name, const char *value);
/* Prints it, colours on a terminal without NO_COLOR only, and empties it. */
void table_print(struct table *t);

/* Whether standard output shows colours. */
bool table_has_colour(void);
/* A text on its own, in colour where there is some. */
void table_put(const char *text, enum colour colour);

#endif
