#ifndef LINE_H
#define LINE_H

/*
 * A text that is written piece by piece; what does not fit is cut off.
 */

#include <stddef.h>

struct line {
	size_t len;
	char text[2048];
};

/* Empty; { 0 } is the same. */
void line_init(struct line *line);
void line_add(struct line *line, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
