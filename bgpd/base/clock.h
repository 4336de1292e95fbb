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

#endif
