#ifndef HEX_H
#define HEX_H

/*
 * Wire bytes in tests, written as hex digits with spaces where one likes.
 * Brings cmocka and what it needs.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

#define HEX_MARKER "ffffffff ffffffff ffffffff ffffffff "

#define HEX_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names the case that runs, so that a failure says which one it was. */
static inline void
hex_case(const char *name)
{
	print_message("  %s\n", name);
}

static inline unsigned
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	if (at == NULL)
		fail_msg("'%c' is no hex digit", c);
	return at != NULL ? (unsigned)(at - digits) : 0;
}

/*
 * On the heap and not one octet too long, so that a sanitizer sees the end;
 * NULL for no octets.
 */
struct hex {
	uint8_t *bytes;
	size_t len;
};

static inline struct hex
hex_new(const char *text)
{
	struct hex h = { .len = 0 };
	size_t digits = 0, at = 0;

	for (const char *c = text; *c != '\0'; c++)
		digits += *c != ' ';
	assert_int_equal(digits % 2, 0);
	h.len = digits / 2;
	if (h.len == 0)
		return h;
	h.bytes = malloc(h.len);
	assert_non_null(h.bytes);
	for (const char *c = text; *c != '\0'; c++) {
		unsigned v;

		if (*c == ' ')
			continue;
		v = hex_digit(*c);
		if (at % 2 == 0)
			h.bytes[at / 2] = (uint8_t)(v << 4);
		else
			h.bytes[at / 2] |= (uint8_t)v;
		at++;
	}
	return h;
}

static inline void
hex_free(struct hex *h)
{
	free(h->bytes);
}

static inline struct wire_in
hex_in(const struct hex *h)
{
	return wire_in(h->bytes, h->len);
}

/* Compares as text, so that a failure shows both sides. */
static inline void
hex_check(const void *bytes, size_t len, const char *expected)
{
	const uint8_t *from = bytes;
	struct hex want = hex_new(expected);
	char *is = calloc(len + 1, 2), *should = calloc(want.len + 1, 2);

	assert_non_null(is);
	assert_non_null(should);
	for (size_t i = 0; i < len; i++)
		snprintf(is + i * 2, 3, "%02x", from[i]);
	for (size_t i = 0; i < want.len; i++)
		snprintf(should + i * 2, 3, "%02x", want.bytes[i]);
	assert_string_equal(is, should);
	free(is);
	free(should);
	hex_free(&want);
}

static inline void
hex_check_out(const struct wire_out *out, const char *expected)
{
	assert_false(out->failed);
	hex_check(out->bytes, out->len, expected);
}

#endif
