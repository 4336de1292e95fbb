/*
 * The clock by which all is measured; that of Python's time.monotonic_ns().
 */
#include <err.h>
#include <time.h>

#include "now.h"

int64_t
now_ns(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}
