#ifndef NOW_H
#define NOW_H

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t now_ns(void);

#endif
