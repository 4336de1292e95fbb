/*
 * How far words are from one another.
 */
#include "hex.h"

#include "spelling.h"

#define LONG63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *a, *b;
	size_t distance;
} cases[] = {
	{ "", "", 0 },
	{ "log", "log", 0 },
	{ "", "log", 3 },
	{ "neighbours", "neighbors", 1 },
	{ "local_as", "local-as", 1 },
	{ "lgo", "log", 1 },
	{ "ab", "ba", 1 },
	{ "abcd", "badc", 2 },
	{ "abc", "xyz", 3 },
	{ "hold", "hold-time", 5 },
	{ LONG63, LONG63, 0 },
	{ LONG63, "", 63 },
	{ LONG63 "x", LONG63 "x", SPELLING_MAX },
};

static void
test_distance(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].a);
		assert_int_equal(spelling_distance(cases[i].a, cases[i].b),
		    cases[i].distance);
		assert_int_equal(spelling_distance(cases[i].b, cases[i].a),
		    cases[i].distance);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
