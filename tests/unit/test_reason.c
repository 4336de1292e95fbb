/*
 * Refusals: every reason has a name of its own, and messages are bounded.
 */
#include "hex.h"

#include "reason.h"

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(reason_name(REASON_NONE), "");
	assert_string_equal(reason_name(REASON_HOST_BITS), "host-bits");
	assert_string_equal(reason_name(REASON_BAD_CONFIG), "bad-config");
	for (unsigned i = 0; i < REASONS; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(reason_name((enum reason)i),
			    reason_name((enum reason)j));
}

static void
test_refusal(void **state)
{
	char text[2 * REFUSAL_STRLEN];
	struct refusal why;

	(void)state;
	assert_int_equal(refusal_set(&why, REASON_RATE, "%d a second", 100),
	    -1);
	assert_int_equal(why.reason, REASON_RATE);
	assert_string_equal(why.message, "100 a second");
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	refusal_set(&why, REASON_BUSY, "%s", text);
	assert_int_equal(strlen(why.message), REFUSAL_STRLEN - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
