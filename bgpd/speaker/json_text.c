/*
 * RFC 8259: strings, numbers and the rest.  Answers are written by this; for
 * small ones what jansson does besides writing costs more than the writing.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"

/* At first: what is a little larger costs malloc much more. */
#define FIRST_SIZE 480
/* So many values are a piece. */
#define PIECE 64

/* It grows in few steps. */
static int
make_room(struct json_text *out, size_t len)
{
	size_t size = out->size > 0 ? out->size : FIRST_SIZE;
	char *text;

	while (size < out->len + len)
		size *= 2;
	text = realloc(out->text, size);
	if (text == NULL)
		return -1;
	out->text = text;
	out->size = size;
	return 0;
}

static void
put(struct json_text *out, const char *bytes, size_t len)
{
	if (len > out->size - out->len && make_room(out, len) == -1)
		out->failed = true;
	if (out->failed)
		return;
	memcpy(out->text + out->len, bytes, len);
	out->len += len;
}

/* How many of them stand for themselves. */
static size_t
plain_span(const char *s, size_t len)
{
	static const bool is_special[UCHAR_MAX + 1] = { 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, ['"'] = 1, ['\\'] = 1 };
	size_t n = 0;

	while (n < len && !is_special[(unsigned char)s[n]])
		n++;
	return n;
}

static void
put_escaped(struct json_text *out, char c)
{
	static const char names[] = { ['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
		['"'] = '"',
		['\\'] = '\\' };
	char escaped[8] = { '\\', names[(unsigned char)c] };

	if (escaped[1] != '\0') {
		put(out, escaped, 2);
		return;
	}
	snprintf(escaped, sizeof(escaped), "\\u%04X", (unsigned)c);
	put(out, escaped, strlen(escaped));
}

static void
put_string(struct json_text *out, const char *s, size_t len)
{
	size_t span = plain_span(s, len);

	put(out, "\"", 1);
	put(out, s, span);
	while (span < len) {
		put_escaped(out, s[span]);
		s += span + 1;
		len -= span + 1;
		span = plain_span(s, len);
		put(out, s, span);
	}
	put(out, "\"", 1);
}

static void
put_integer(struct json_text *out, json_int_t v)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*--at = '-';
	put(out, at, (size_t)(digits + sizeof(digits) - at));
}

static void put_value(struct json_text *out, json_t *v);

static void
put_array(struct json_text *out, const json_t *array)
{
	put(out, "[", 1);
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			put(out, ",", 1);
		put_value(out, json_array_get(array, i));
	}
	put(out, "]", 1);
}

static void
put_object(struct json_text *out, json_t *object)
{
	const char *before = "{";
	void *at;

	for (at = json_object_iter(object); at != NULL;
	     at = json_object_iter_next(object, at)) {
		const char *key = json_object_iter_key(at);

		put(out, before, 1);
		put_string(out, key, strlen(key));
		put(out, ":", 1);
		put_value(out, json_object_iter_value(at));
		before = ",";
	}
	if (before[0] == '{')
		put(out, before, 1);
	put(out, "}", 1);
}

/* jansson's: a piece of what it writes. */
static int
take(const char *piece, size_t len, void *arg)
{
	put(arg, piece, len);
	return 0;
}

static void
put_value(struct json_text *out, json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		put_object(out, v);
		break;
	case JSON_ARRAY:
		put_array(out, v);
		break;
	case JSON_STRING:
		put_string(out, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		put_integer(out, json_integer_value(v));
		break;
	case JSON_TRUE:
		put(out, "true", 4);
		break;
	case JSON_FALSE:
		put(out, "false", 5);
		break;
	case JSON_NULL:
		put(out, "null", 4);
		break;
	case JSON_REAL: /* rare: jansson knows how */
		if (json_dump_callback(v, take, out, JSON_ENCODE_ANY) == -1)
			out->failed = true;
		break;
	}
}

void
json_text_put(struct json_text *out, json_t *v)
{
	if (v == NULL)
		out->failed = true;
	else
		put_value(out, v);
}

static void
descend(struct json_walk *w, json_t *v)
{
	w->levels[w->depth++] = (struct json_level){ .v = v };
}

void
json_walk_begin(struct json_walk *w, json_t *v)
{
	w->depth = 0;
	descend(w, v);
}

/* What stands before the value, and that; NULL: the level is at its end. */
static json_t *
next_inside(struct json_level *l, struct json_text *out)
{
	bool array = json_is_array(l->v);
	const char *key;
	json_t *v;

	if (array) {
		v = json_array_get(l->v, l->index++);
	} else {
		l->iter = l->begun ? json_object_iter_next(l->v, l->iter)
				   : json_object_iter(l->v);
		v = json_object_iter_value(l->iter);
	}
	if (!l->begun)
		put(out, array ? "[" : "{", 1);
	else if (v != NULL)
		put(out, ",", 1);
	l->begun = true;
	if (v == NULL) {
		put(out, array ? "]" : "}", 1);
	} else if (!array) {
		key = json_object_iter_key(l->iter);
		put_string(out, key, strlen(key));
		put(out, ":", 1);
	}
	return v;
}

static void
put_next(struct json_walk *w, struct json_text *out)
{
	json_t *v = next_inside(&w->levels[w->depth - 1], out);

	if (v == NULL)
		w->depth--;
	else if (w->depth < JSON_WALK_DEPTH &&
	    (json_is_object(v) || json_is_array(v)))
		descend(w, v);
	else
		put_value(out, v);
}

bool
json_walk_put(struct json_walk *w, struct json_text *out)
{
	for (int i = 0; i < PIECE && w->depth > 0; i++)
		put_next(w, out);
	return w->depth > 0;
}

void
json_text_put_bytes(struct json_text *out, const char *bytes, size_t len)
{
	put(out, bytes, len);
}

void
json_text_fini(struct json_text *out)
{
	free(out->text);
	*out = (struct json_text){ .len = 0 };
}
