#ifndef CLOCK_H
#define CLOCK_H

/*
 * The two clocks, and the only place that converts between them.
 */

#include <stdint.h>

/* CLOCK_BOOTTIME in milliseconds: what deadlines run on. */
int64_t clock_now_ms(void);
/* CLOCK_REALTIME in milliseconds since 1970: what people see and disks keep. */
int64_t clock_wall_ms(void);

/* An instant of one clock as one of the other, by their distance now. */
int64_t clock_to_wall(int64_t boot_ms);
int64_t clock_from_wall(int64_t wall_ms);

/*
 * An alarm on CLOCK_BOOTTIME: a descriptor that is readable from that instant
 * on, until it is set anew; INT64_MAX: never.  Both give -1 with errno.
 */
int clock_alarm_open(void);
int clock_alarm_set(int fd, int64_t at_ms);

/*
 * A watch on the wall clock: a descriptor that is readable once the clock was
 * stepped, until the watch is set again.  Both give -1 with errno.
 */
int clock_watch_open(void);
int clock_watch_again(int fd);

#endif
