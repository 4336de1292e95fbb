#ifndef TIMEFMT_H
#define TIMEFMT_H

/*
 * Durations ("2h") and instants (RFC 3339) as text.  Needs neither locale nor
 * time-zone file.
 */

#include <stdbool.h>
#include <stdint.h>

/* Longest text of each, with the NUL. */
#define DURATION_STRLEN 24
#define INSTANT_STRLEN 32

/*
 * "90s", "30m", "2h", "7d" or a bare number of seconds; no sign, no space.
 * false: it is none, or above 2^32-1 seconds; *seconds is then as it was.
 */
bool duration_parse(uint32_t *seconds, const char *text);
/* In the largest unit that says it exactly ("90s", "2h"); gives buf. */
const char *duration_print(uint32_t seconds, char buf[DURATION_STRLEN]);

/*
 * Milliseconds since 1970 as "2026-11-22T10:00:00.123Z"; gives buf.  What
 * lies outside the years 0 to 9999 is given as their first or last instant.
 */
const char *instant_print(int64_t wall_ms, char buf[INSTANT_STRLEN]);
/*
 * RFC 3339 with "Z" or an offset, and any number of fraction digits.  false:
 * it is none; *wall_ms is then as it was.
 */
bool instant_parse(int64_t *wall_ms, const char *text);

#endif
