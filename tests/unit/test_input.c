/*
 * Lists of prefixes, and what is said of those that are wrong.
 */
#include "hex.h"

#include <unistd.h>

#include "input.h"
#include "say.h"

static const struct {
	const char *name, *text;
	bool with_ttl;
	const char *json; /* NULL: it is wrong, and this was said */
	const char *said;
} cases[] = {
	{ "empty", "", true, "[]", "" },
	{ "comments and blanks", "# all of it\n\n  \t\n   # more\n", true, "[]",
	    "" },
	{ "as given", "203.0.113.7\n 203.0.113.8/32\t\n2001:db8::1", true,
	    "[\"203.0.113.7\",\"203.0.113.8/32\",\"2001:db8::1\"]", "" },
	{ "with a TTL", "203.0.113.7 5m\n203.0.113.8\tmax # why\n", true,
	    "[{\"prefix\":\"203.0.113.7\",\"ttl\":\"5m\"},"
	    "{\"prefix\":\"203.0.113.8\",\"ttl\":\"max\"}]",
	    "" },
	{ "for ever", "203.0.113.7 forever\r\n", true,
	    "[{\"prefix\":\"203.0.113.7\",\"permanent\":true}]", "" },
	{ "a TTL that is read over", "203.0.113.7 5m\n", false,
	    "[\"203.0.113.7\"]", "" },
	{ "no prefix", "203.0.113.7\nnonsense\n", true, NULL,
	    "in, line 2: \"nonsense\" is no IPv4 or IPv6 address or prefix\n" },
	{ "host bits", "\n203.0.113.7/24\n", true, NULL,
	    "in, line 2: 203.0.113.7/24 has host bits set: give 203.0.113.7 "
	    "for the address, or 203.0.113.0/24 for the net\n" },
	{ "no TTL", "203.0.113.7 soon\n", false, NULL,
	    "in, line 1: \"soon\" is no TTL: give 90s, 30m, 2h, 7d, a number "
	    "of seconds, max or forever\n" },
	{ "a TTL of 0", "203.0.113.7 0\n", true, NULL,
	    "in, line 1: \"0\" is no TTL: give 90s, 30m, 2h, 7d, a number of "
	    "seconds, max or forever\n" },
	{ "too much", "203.0.113.7 5m syn flood\n", true, NULL,
	    "in, line 1: \"syn\" is too much: a prefix and a TTL are all that "
	    "a line has\n" },
	{ "all that is wrong", "a\nb\n", true, NULL,
	    "in, line 1: \"a\" is no IPv4 or IPv6 address or prefix\n"
	    "in, line 2: \"b\" is no IPv4 or IPv6 address or prefix\n" },
	{ "made safe", "\x1b[1m\n", true, NULL,
	    "in, line 1: \"?[1m\" is no IPv4 or IPv6 address or prefix\n" },
};

static void
write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void
check_json(const json_t *v, const char *expected)
{
	char *text = json_dumps(v, JSON_COMPACT);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
test_lists(void **state)
{
	char directory[] = "/tmp/rtbh-test-XXXXXX", said[1024];

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		json_t *victims = json_array();
		FILE *voice = fmemopen(said, sizeof(said), "w");

		hex_case(cases[i].name);
		assert_non_null(voice);
		said[0] = '\0'; /* it stays when nothing is said */
		say_as(voice, "");
		write_file("in", cases[i].text);
		assert_int_equal(input_read(victims, "in", cases[i].with_ttl),
		    cases[i].json != NULL ? 0 : -1);
		assert_int_equal(fclose(voice), 0);
		assert_string_equal(said, cases[i].said);
		if (cases[i].json != NULL)
			check_json(victims, cases[i].json);
		json_decref(victims);
	}
	assert_int_equal(unlink("in"), 0);
	assert_int_equal(rmdir(directory), 0);
}

static void
test_missing(void **state)
{
	json_t *victims = json_array();
	char said[256];
	FILE *voice = fmemopen(said, sizeof(said), "w");

	(void)state;
	assert_non_null(voice);
	say_as(voice, "rtbh-ctl: ");
	assert_int_equal(input_read(victims, "/nonexistent/list", true), -1);
	assert_int_equal(fclose(voice), 0);
	assert_string_equal(said,
	    "rtbh-ctl: /nonexistent/list: No such file or directory\n");
	json_decref(victims);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
