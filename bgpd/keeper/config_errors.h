#ifndef CONFIG_ERRORS_H
#define CONFIG_ERRORS_H

/*
 * What is wrong with a configuration file, and where.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config_check.h"

struct config_error {
	size_t line, column; /* from 1; line 0: of the file as a whole */
	enum config_severity severity;
	char *message;
};

/* Of errors, and of warnings, no more than this are told. */
#define CONFIG_ERRORS_MAX 1000

/* Starts as all zero. */
struct config_errors {
	struct config_error *items;
	size_t count;
	size_t errors; /* the others are warnings */
	bool failed;   /* at least one is an error, even if it got lost */
};

void config_errors_fini(struct config_errors *);
/*
 * What memory has no room for, or is too much, is lost, but failed is set all
 * the same.
 */
void config_errors_add(struct config_errors *, size_t line, size_t column,
    enum config_severity severity, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* No further error would be told: it is idle to look for one. */
bool config_errors_full(const struct config_errors *);
/*
 * By line and column; those of one place stay in their order.  At the end it
 * is told if there may be more.
 */
void config_errors_finish(struct config_errors *);

/* "FILE:LINE:COLUMN: message", and "warning: " before the message. */
#define CONFIG_ERROR_STRLEN 1024
const char *config_error_print(const struct config_error *, const char *file,
    char buf[CONFIG_ERROR_STRLEN]);
/* All of them, a line each. */
void config_errors_print(const struct config_errors *, const char *file,
    FILE *out);

#endif
