#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

/*
 * A clock that stands still until the test moves it, for ours and for
 * libevent's: clock_gettime of the test program stands in for that of libc.
 * So no test sleeps, and each waits exactly as long as it says.
 */

#include <time.h>

#include <event2/event.h>

#include "hex.h"

/* CLOCK_REALTIME is ahead of the other clocks by this. */
#define FAKE_EPOCH_MS INT64_C(1795341600000) /* 2026-11-22T10:00:00Z */

static int64_t fake_now_ms = 1000000;
static int64_t fake_wall_offset_ms = FAKE_EPOCH_MS;
/* So long the machine slept: CLOCK_MONOTONIC, which is libevent's, stood. */
static int64_t fake_asleep_ms;

int
clock_gettime(clockid_t which, struct timespec *now)
{
	int64_t ms = fake_now_ms;

	if (which == CLOCK_REALTIME || which == CLOCK_BOOTTIME)
		ms += fake_asleep_ms;
	if (which == CLOCK_REALTIME)
		ms += fake_wall_offset_ms;
	now->tv_sec = (time_t)(ms / 1000);
	now->tv_nsec = (long)(ms % 1000) * 1000000;
	return 0;
}

/* Runs all that is due now. */
static inline void
fake_turn(struct event_base *base)
{
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
