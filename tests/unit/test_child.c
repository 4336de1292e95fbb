/*
 * How long the keeper waits before it starts another speaker.
 */
#include "hex.h"

#include "child.h"

static void
test_backoff(void **state)
{
	static const struct {
		int64_t lived_ms;
		int wait_ms;
	} deaths[] = {
		{ 100, 0 },
		{ 100, 1000 },
		{ 9999, 2000 },
		{ 0, 4000 },
		{ 0, 8000 },
		{ 0, 16000 },
		{ 0, 32000 },
		{ 0, 60000 },
		{ 0, 60000 },
		{ 10000, 0 },
		{ 0, 1000 },
		{ 86400000, 0 },
		{ 86400000, 0 },
	};
	unsigned quick = 0;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(deaths); i++)
		assert_int_equal(child_backoff_ms(deaths[i].lived_ms, &quick),
		    deaths[i].wait_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
