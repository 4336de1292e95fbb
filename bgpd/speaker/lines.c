/*
 * A line that is whole in the buffer is given where it lies.  What is there of
 * one that is not is put aside, so that neither the search nor the buffer's
 * chain of pieces grows with it.
 */
#include <stdlib.h>

#include "lines.h"

#define PART_SIZE 1024 /* at first */

void
lines_forget(struct lines *l)
{
	evbuffer_drain(l->in, l->given);
	if (l->given > 0)
		lines_fini(l);
}

void
lines_fini(struct lines *l)
{
	free(l->part);
	l->part = NULL;
	l->len = l->size = l->given = 0;
}

static int
make_room(struct lines *l, size_t len)
{
	size_t size = l->size > 0 ? l->size : PART_SIZE;
	char *part;

	while (size < l->len + len)
		size *= 2;
	if (size == l->size)
		return 0;
	part = realloc(l->part, size);
	if (part == NULL)
		return -1;
	l->part = part;
	l->size = size;
	return 0;
}

/* The first len bytes of the buffer are put aside. */
static int
gather(struct lines *l, size_t len)
{
	if (make_room(l, len) == -1 ||
	    evbuffer_remove(l->in, l->part + l->len, len) != (int)len)
		return -1;
	l->len += len;
	return 0;
}

/* The whole line, of which the first len bytes of the buffer are the rest. */
static const char *
whole_line(struct lines *l, size_t len)
{
	if (l->len > 0) {
		l->given = 1; /* its end */
		return gather(l, len) == -1 ? NULL : l->part;
	}
	l->given = len + 1;
	return (const char *)evbuffer_pullup(l->in, (ssize_t)len + 1);
}

enum lines_found
lines_next(struct lines *l, size_t max, const char **line, size_t *len)
{
	struct evbuffer_ptr end;
	size_t here;

	lines_forget(l);
	end = evbuffer_search(l->in, "\n", 1, NULL);
	here = end.pos == -1 ? evbuffer_get_length(l->in) : (size_t)end.pos;
	if (l->len + here > max)
		return LINES_TOO_LONG;
	if (end.pos == -1)
		return here > 0 && gather(l, here) == -1 ? LINES_NO_MEMORY
							 : LINES_PART;
	*len = l->len + here;
	*line = whole_line(l, here);
	if (*line == NULL)
		return LINES_NO_MEMORY;
	if (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	return LINES_WHOLE;
}
