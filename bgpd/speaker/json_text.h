#ifndef JSON_TEXT_H
#define JSON_TEXT_H

/* Values as text, in a buffer that grows. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Embedded; all zero is an empty one.  The text has no NUL behind it. */
struct json_text {
	char *text; /* on the heap */
	size_t len, size;
	bool failed; /* no memory: what is there is not whole */
};

/*
 * Appends what json_dumps gives with JSON_COMPACT and JSON_ENCODE_ANY, in much
 * less time: it does not look for values that contain themselves, so v is one
 * that we made.  NULL is one for which there was no memory.
 */
void json_text_put(struct json_text *out, json_t *v);
/*
 * The same in pieces, of a value that may be long and stays as it is until it
 * is at its end.  Embedded.
 */
#define JSON_WALK_DEPTH 3 /* what lies deeper is put whole */
struct json_walk {
	struct json_level {
		json_t *v; /* an object or an array; borrowed */
		bool begun;
		size_t index; /* of the next in an array */
		void *iter;   /* of the last in an object */
	} levels[JSON_WALK_DEPTH];
	unsigned depth; /* 0: at its end */
};
void json_walk_begin(struct json_walk *w, json_t *v);
/* Appends a piece.  false: that was the last. */
bool json_walk_put(struct json_walk *w, struct json_text *out);
/* Appends what is text already. */
void json_text_put_bytes(struct json_text *out, const char *bytes, size_t len);
void json_text_fini(struct json_text *out);

#endif
