#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

/*
 * A clock that stands still until the test moves it, for ours and for
 * libevent's: clock_gettime of the test program stands in for that of libc,
 * and so do the timers with a descriptor.  So no test sleeps, and each waits
 * exactly as long as it says.
 */

#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "hex.h"

/* CLOCK_REALTIME is ahead of the other clocks by this. */
#define FAKE_EPOCH_MS INT64_C(1795341600000) /* 2026-11-22T10:00:00Z */
/* Timers of a test program, those that were closed included. */
#define FAKE_TIMERS_MAX 1024

static int64_t fake_now_ms = 1000000;
/* So much passes whenever our clock is read. */
static int64_t fake_step_ms;
static int64_t fake_wall_offset_ms = FAKE_EPOCH_MS;
/* So long the machine slept: CLOCK_MONOTONIC, which is libevent's, stood. */
static int64_t fake_asleep_ms;

/* A descriptor that the test makes readable; a copy outlives its closing. */
static struct {
	int fd, copy;
	clockid_t clock;
	int64_t at_ms; /* INT64_MAX: never */
} fake_timers[FAKE_TIMERS_MAX];
static int fake_timer_count;

int
clock_gettime(clockid_t which, struct timespec *now)
{
	int64_t ms = fake_now_ms;

	if (which == CLOCK_BOOTTIME)
		fake_now_ms += fake_step_ms;
	if (which == CLOCK_REALTIME_COARSE)
		which = CLOCK_REALTIME;
	if (which == CLOCK_REALTIME || which == CLOCK_BOOTTIME)
		ms += fake_asleep_ms;
	if (which == CLOCK_REALTIME)
		ms += fake_wall_offset_ms;
	now->tv_sec = (time_t)(ms / 1000);
	now->tv_nsec = (long)(ms % 1000) * 1000000;
	return 0;
}

int
timerfd_create(clockid_t which, int flags)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	assert_int_equal(flags, TFD_NONBLOCK | TFD_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_true(fake_timer_count < FAKE_TIMERS_MAX);
	fake_timers[fake_timer_count].fd = fd;
	fake_timers[fake_timer_count].copy = dup(fd);
	fake_timers[fake_timer_count].clock = which;
	fake_timers[fake_timer_count].at_ms = INT64_MAX;
	fake_timer_count++;
	return fd;
}

int
timerfd_settime(int fd, int flags, const struct itimerspec *at,
    struct itimerspec *before)
{
	int i = 0;
	uint64_t ticks;

	assert_true(flags & TFD_TIMER_ABSTIME);
	assert_null(before);
	/* the newest of those that had this number */
	for (int later = 1; later < fake_timer_count; later++)
		if (fake_timers[later].fd == fd)
			i = later;
	assert_int_equal(fake_timers[i].fd, fd);
	(void)!read(fd, &ticks, sizeof(ticks)); /* a new time: not readable */
	fake_timers[i].at_ms = (int64_t)at->it_value.tv_sec * 1000 +
	    at->it_value.tv_nsec / 1000000;
	if (fake_timers[i].at_ms == 0)
		fake_timers[i].at_ms = INT64_MAX;
	return 0;
}

static inline void
fake_go_off(int i)
{
	uint64_t ticks = 1;

	fake_timers[i].at_ms = INT64_MAX;
	assert_int_equal(write(fake_timers[i].copy, &ticks, sizeof(ticks)),
	    sizeof(ticks));
}

/* The wall clock is set, and who watches it is told. */
static inline void
fake_step(int64_t ms)
{
	fake_wall_offset_ms += ms;
	for (int i = 0; i < fake_timer_count; i++)
		if (fake_timers[i].clock == CLOCK_REALTIME)
			fake_go_off(i);
}

/* Runs all that is due now. */
static inline void
fake_turn(struct event_base *base)
{
	for (int i = 0; i < fake_timer_count; i++)
		if (fake_timers[i].clock == CLOCK_BOOTTIME &&
		    fake_timers[i].at_ms <= fake_now_ms + fake_asleep_ms)
			fake_go_off(i);
	for (int i = 0; i < 4; i++)
		assert_int_not_equal(event_base_loop(base, EVLOOP_NONBLOCK),
		    -1);
}

/* Lets time pass, and runs what becomes due at its end. */
static inline void
fake_pass(struct event_base *base, int64_t ms)
{
	fake_turn(base);
	fake_now_ms += ms;
	fake_turn(base);
}

#endif
