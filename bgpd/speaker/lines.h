#ifndef LINES_H
#define LINES_H

/*
 * Lines out of a buffer that fills as bytes come.  Each byte is looked at
 * once, however many pieces a line comes in.
 */

#include <event2/buffer.h>

/* Embedded; all zero but for in, which is borrowed. */
struct lines {
	struct evbuffer *in;
	char *part; /* of a line that is not whole, on the heap */
	size_t len, size;
	size_t given; /* bytes of in that the last line took */
};

enum lines_found {
	LINES_WHOLE,
	LINES_PART, /* no whole line is there yet */
	LINES_TOO_LONG,
	LINES_NO_MEMORY
};

/*
 * Gives the next line without its end, LF or CR LF, borrowed until
 * lines_next, lines_forget or lines_fini.  It may have max bytes before the LF.
 */
enum lines_found lines_next(struct lines *l, size_t max, const char **line,
    size_t *len);
/* The line that was given last is not needed any more. */
void lines_forget(struct lines *l);
void lines_fini(struct lines *l);

#endif
