/*
 * Lines out of bytes that come in pieces of every kind.
 */
#include "hex.h"

#include "lines.h"

#define MAX 16

struct stage {
	struct lines lines;
	char said[256]; /* "LINE|", "part", "too long" */
};

static void
begin(struct stage *s)
{
	*s = (struct stage){ .lines.in = evbuffer_new() };
	assert_non_null(s->lines.in);
}

static void
end(struct stage *s)
{
	lines_fini(&s->lines);
	evbuffer_free(s->lines.in);
}

static void
note(struct stage *s, const char *text, size_t len)
{
	strncat(s->said, text, len);
	strlcat(s->said, "|", sizeof(s->said));
}

/* Bytes come; all lines are taken. */
static void
feed(struct stage *s, const char *bytes, size_t len)
{
	enum lines_found found;
	const char *line;
	size_t line_len;

	assert_int_equal(evbuffer_add(s->lines.in, bytes, len), 0);
	while ((found = lines_next(&s->lines, MAX, &line, &line_len)) ==
	    LINES_WHOLE)
		note(s, line, line_len);
	if (found == LINES_TOO_LONG)
		strlcat(s->said, "too long", sizeof(s->said));
	else
		assert_int_equal(found, LINES_PART);
}

static const struct {
	const char *name, *bytes, *said;
} cases[] = {
	{ "nothing", "", "" },
	{ "one", "a\n", "a|" },
	{ "several", "a\nbc\n\nd\n", "a|bc||d|" },
	{ "without its end", "a\nb", "a|" },
	{ "CR LF", "a\r\nb\n\r\n", "a|b||" },
	{ "CR inside", "a\rb\r\r\n", "a\rb\r|" },
	{ "the longest", "0123456789abcdef\n", "0123456789abcdef|" },
	{ "too long", "0123456789abcdefg\n", "too long" },
	{ "too long without its end", "0123456789abcdefg", "too long" },
	{ "the longest without its end", "0123456789abcdef", "" },
};

static void
test_at_once(void **state)
{
	struct stage s;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		begin(&s);
		feed(&s, cases[i].bytes, strlen(cases[i].bytes));
		assert_string_equal(s.said, cases[i].said);
		end(&s);
	}
}

/* In pieces of one to three bytes it is all the same. */
static void
test_in_pieces(void **state)
{
	struct stage s;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		for (size_t piece = 1; piece <= 3; piece++) {
			const char *at = cases[i].bytes;
			size_t left = strlen(at);

			begin(&s);
			while (left > 0 && strstr(s.said, "too") == NULL) {
				size_t n = left < piece ? left : piece;

				feed(&s, at, n);
				at += n;
				left -= n;
			}
			assert_string_equal(s.said, cases[i].said);
			end(&s);
		}
	}
}

/* What is put aside does not stay in the buffer. */
static void
test_buffer_stays_small(void **state)
{
	struct lines l = { .in = evbuffer_new() };
	const char *line;
	size_t len;

	(void)state;
	assert_non_null(l.in);
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(evbuffer_add(l.in, "x", 1), 0);
		assert_int_equal(lines_next(&l, 1 << 20, &line, &len),
		    LINES_PART);
		assert_int_equal(evbuffer_get_length(l.in), 0);
	}
	assert_int_equal(evbuffer_add(l.in, "\ny\n", 3), 0);
	assert_int_equal(lines_next(&l, 1 << 20, &line, &len), LINES_WHOLE);
	assert_int_equal(len, 100000);
	assert_int_equal(lines_next(&l, 1 << 20, &line, &len), LINES_WHOLE);
	assert_int_equal(len, 1);
	assert_int_equal(line[0], 'y');
	assert_int_equal(lines_next(&l, 1 << 20, &line, &len), LINES_PART);
	assert_int_equal(l.size, 0);
	lines_fini(&l);
	evbuffer_free(l.in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_in_pieces),
		cmocka_unit_test(test_buffer_stays_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
