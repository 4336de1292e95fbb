/*
 * The two clocks, and that converting there and back is the same instant.
 */
#include "hex.h"

#include "clock.h"

static void
test_clocks_go_forward(void **state)
{
	int64_t boot = clock_now_ms(), wall = clock_wall_ms();

	(void)state;
	assert_true(boot > 0);
	assert_true(wall > INT64_C(1700000000000)); /* 2023 */
	assert_true(clock_now_ms() >= boot);
}

static void
test_conversion(void **state)
{
	int64_t boot = clock_now_ms() + INT64_C(3600000);
	int64_t back = clock_from_wall(clock_to_wall(boot));

	(void)state;
	/* the clocks are read one after the other, so a moment may pass */
	assert_true(llabs(back - boot) < 1000);
	assert_true(
	    llabs(clock_to_wall(clock_now_ms()) - clock_wall_ms()) < 1000);
}

static void
test_one_instant_stays_one(void **state)
{
	int64_t boot = clock_now_ms(), wall = clock_to_wall(boot);

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_false(clock_to_wall(boot) != wall &&
		    llabs(clock_to_wall(boot) - wall) < 10);
}

static void
test_ends_of_the_range(void **state)
{
	(void)state;
	assert_true(clock_to_wall(INT64_MAX) == INT64_MAX);
	assert_true(clock_from_wall(INT64_MIN) == INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks_go_forward),
		cmocka_unit_test(test_conversion),
		cmocka_unit_test(test_one_instant_stays_one),
		cmocka_unit_test(test_ends_of_the_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
