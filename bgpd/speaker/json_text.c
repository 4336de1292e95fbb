/*
 * RFC 8259: strings, numbers and the rest.  Answers are written by this; for
 * small ones what jansson does besides writing costs more than the writing.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"

struct text {
	json_dump_callback_t append;
	void *arg;
	bool failed;
};

static void
put(struct text *t, const char *bytes, size_t len)
{
	if (!t->failed && len > 0)
		t->failed = t->append(bytes, len, t->arg) == -1;
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static void
put_escaped(struct text *t, char c)
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
		put(t, escaped, 2);
		return;
	}
	snprintf(escaped, sizeof(escaped), "\\u%04X", (unsigned)c);
	put(t, escaped, strlen(escaped));
}

static void
put_string(struct text *t, const char *s, size_t len)
{
	size_t begin = 0;

	put(t, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		if (is_plain(s[i]))
			continue;
		put(t, s + begin, i - begin);
		put_escaped(t, s[i]);
		begin = i + 1;
	}
	put(t, s + begin, len - begin);
	put(t, "\"", 1);
}

static void
put_integer(struct text *t, json_int_t v)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*--at = '-';
	put(t, at, (size_t)(digits + sizeof(digits) - at));
}

static void put_value(struct text *t, json_t *v);

static void
put_array(struct text *t, const json_t *array)
{
	put(t, "[", 1);
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			put(t, ",", 1);
		put_value(t, json_array_get(array, i));
	}
	put(t, "]", 1);
}

static void
put_object(struct text *t, json_t *object)
{
	const char *before = "{";
	void *at;

	for (at = json_object_iter(object); at != NULL;
	     at = json_object_iter_next(object, at)) {
		const char *key = json_object_iter_key(at);

		put(t, before, 1);
		put_string(t, key, strlen(key));
		put(t, ":", 1);
		put_value(t, json_object_iter_value(at));
		before = ",";
	}
	if (before[0] == '{')
		put(t, before, 1);
	put(t, "}", 1);
}

static void
put_value(struct text *t, json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		put_object(t, v);
		break;
	case JSON_ARRAY:
		put_array(t, v);
		break;
	case JSON_STRING:
		put_string(t, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		put_integer(t, json_integer_value(v));
		break;
	case JSON_TRUE:
		put(t, "true", 4);
		break;
	case JSON_FALSE:
		put(t, "false", 5);
		break;
	case JSON_NULL:
		put(t, "null", 4);
		break;
	case JSON_REAL: /* rare: jansson knows how */
		if (!t->failed)
			t->failed = json_dump_callback(v, t->append, t->arg,
					JSON_ENCODE_ANY) == -1;
		break;
	}
}

int
json_text(json_t *v, json_dump_callback_t append, void *arg)
{
	struct text t = { .append = append, .arg = arg };

	if (v == NULL)
		return -1;
	put_value(&t, v);
	return t.failed ? -1 : 0;
}
