/*
 * The only calls of clock_gettime and timerfd_settime.  Both clocks exist on
 * every Linux that has what we need, so reading them cannot fail.
 */
#include <sys/timerfd.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

/* Less than this is the time between two readings, not a step. */
#define STEP_MS 10
/* So often both clocks are read, until it happens within a millisecond. */
#define READ_TRIES 10

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

/* What lies between two readings must not look like a step. */
static int64_t
measure_distance(void)
{
	int64_t before_ms = 0, wall_ms = 0;

	for (int i = 0; i < READ_TRIES; i++) {
		before_ms = clock_now_ms();
		wall_ms = clock_wall_ms();
		if (clock_now_ms() - before_ms <= 1)
			break;
	}
	return wall_ms - before_ms;
}

/*
 * How far the wall clock is ahead.  The same for the same clocks: two readings
 * lie a moment apart, and one instant must not be shown as two.  The coarse
 * clock costs next to nothing to read, and moves with each tick and with each
 * step: while it stands, what was measured holds.
 */
static int64_t
distance(void)
{
	static struct timespec measured_at;
	static int64_t kept_ms;
	struct timespec tick = { 0 };
	int64_t measured_ms;

	clock_gettime(CLOCK_REALTIME_COARSE, &tick);
	if (tick.tv_sec == measured_at.tv_sec &&
	    tick.tv_nsec == measured_at.tv_nsec)
		return kept_ms;
	measured_at = tick;
	measured_ms = measure_distance();
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

int
clock_alarm_open(void)
{
	return timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
}

int
clock_alarm_set(int fd, int64_t at_ms)
{
	struct itimerspec at = { .it_value = { 0 } }; /* never */

	if (at_ms < 1)
		at_ms = 1; /* all zero would be never */
	if (at_ms != INT64_MAX) {
		at.it_value.tv_sec = (time_t)(at_ms / 1000);
		at.it_value.tv_nsec = (long)(at_ms % 1000) * 1000000;
	}
	return timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL);
}

int
clock_watch_open(void)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd != -1 && clock_watch_again(fd) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * A timer in the far future, which a step cancels.  To set it after a step is
 * told of that step once more, and has set it all the same.
 */
int
clock_watch_again(int fd)
{
	static const struct itimerspec far = { .it_value = {
						   .tv_sec = INT32_MAX } };
	const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
	uint64_t ticks;

	while (read(fd, &ticks, sizeof(ticks)) == -1 && errno == EINTR)
		continue;
	if (timerfd_settime(fd, flags, &far, NULL) == -1 && errno != ECANCELED)
		return -1;
	return 0;
}
