#ifndef LOG_H
#define LOG_H

/*
 * One line an event, to standard error or syslog, subject first:
 * "neighbor transit-a: OpenSent -> Idle: hold time expired"; or as one JSON
 * object.  Never blocks: what cannot be written is dropped and counted.
 */

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Before this, lines go to standard error.  process: "keeper", "speaker". */
void log_init(enum log_to to, enum log_level level, const char *process);
void log_set_level(enum log_level level);
/* Whether lines of that level are written, where it is work to make one. */
bool log_is_on(enum log_level level);
/*
 * LOG_FORMAT_JSON: time (UTC), level, process, message, and where the message
 * begins with one, the name of the neighbor or the prefix of the victim.
 */
void log_set_format(enum log_format format);

/* log_warn adds what errno says, log_warnx does not. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Lines that could not be written so far. */
uint64_t log_dropped(void);

#endif
