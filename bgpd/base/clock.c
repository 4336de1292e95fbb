/*
 * The only calls of clock_gettime.  Both clocks exist on every Linux that has
 * what we need, so reading them cannot fail.
 */
#include <stdlib.h>
#include <time.h>

#include "clock.h"

/* Less than this is the time between two readings, not a step. */
#define STEP_MS 10

static int64_t
read_ms(clockid_t which)
{
	struct timespec now = { 0 };

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

int64_t
clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

/* a + b, at the ends of the range if it lies outside. */
static int64_t
add_clamped(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

/*
 * How far the wall clock is ahead.  The same for the same clocks: two readings
 * lie a moment apart, and one instant must not be shown as two.
 */
static int64_t
distance(void)
{
	static int64_t kept_ms;
	int64_t measured_ms = clock_wall_ms() - clock_now_ms();

	if (llabs(measured_ms - kept_ms) >= STEP_MS)
		kept_ms = measured_ms;
	return kept_ms;
}

int64_t
clock_to_wall(int64_t boot_ms)
{
	return add_clamped(boot_ms, distance());
}

int64_t
clock_from_wall(int64_t wall_ms)
{
	return add_clamped(wall_ms, -distance());
}
