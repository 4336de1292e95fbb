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
/* Appends what is text already. */
void json_text_put_bytes(struct json_text *out, const char *bytes, size_t len);
void json_text_fini(struct json_text *out);

#endif
