/*
 * The two clocks, that converting there and back is the same instant, and
 * what tells of an instant or of a step.
 */
#include <poll.h>
#include <unistd.h>

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

/* Within that time. */
static bool
is_readable(int fd, int wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, wait_ms) == 1;
}

static void
test_alarm(void **state)
{
	int fd = clock_alarm_open();

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_false(is_readable(fd, 0));
	assert_int_equal(clock_alarm_set(fd, clock_now_ms() - 5), 0);
	assert_true(is_readable(fd, 10000));
	assert_true(is_readable(fd, 0)); /* until it is set anew */
	assert_int_equal(clock_alarm_set(fd, clock_now_ms() + 60000), 0);
	assert_false(is_readable(fd, 0));
	assert_int_equal(clock_alarm_set(fd, clock_now_ms() + 1), 0);
	assert_true(is_readable(fd, 10000));
	assert_int_equal(clock_alarm_set(fd, INT64_MAX), 0);
	assert_false(is_readable(fd, 0));
	assert_int_equal(clock_alarm_set(fd, INT64_MIN), 0);
	assert_true(is_readable(fd, 10000));
	close(fd);
	assert_int_equal(clock_alarm_set(-1, 0), -1);
}

/* The machine's clock is not stepped for a test. */
static void
test_watch(void **state)
{
	int fd = clock_watch_open();

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_false(is_readable(fd, 0));
	assert_int_equal(clock_watch_again(fd), 0);
	assert_false(is_readable(fd, 0));
	close(fd);
	assert_int_equal(clock_watch_again(-1), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks_go_forward),
		cmocka_unit_test(test_conversion),
		cmocka_unit_test(test_one_instant_stays_one),
		cmocka_unit_test(test_ends_of_the_range),
		cmocka_unit_test(test_alarm),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
