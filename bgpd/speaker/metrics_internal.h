#ifndef METRICS_INTERNAL_H
#define METRICS_INTERNAL_H

/*
 * What metrics.c keeps, and metrics_page.c and metrics_process.c print.
 */

#include <dirent.h>
#include <stdbool.h>

#include "metrics.h"
#include "reason.h"
#include "slot_set.h"

/* Upper bounds in ms; what is above the last counts in the sum alone. */
#define METRICS_BOUNDS 14
extern const uint32_t metrics_bounds_ms[METRICS_BOUNDS];

struct histogram {
	uint64_t counts[METRICS_BOUNDS]; /* each up to its own bound only */
	uint64_t count, sum_ms;
};

/* "ok", the reasons of refusals, and the errors of JSON-RPC. */
enum outcome {
	OUTCOME_OK = REASON_NONE,
	OUTCOME_INVALID_REQUEST = REASONS,
	OUTCOME_UNKNOWN_METHOD,
	OUTCOME_INVALID_PARAMS,
	OUTCOME_INTERNAL_ERROR
};
#define OUTCOMES (OUTCOME_INTERNAL_ERROR + 1)
const char *outcome_name(int outcome);

/* More than the control protocol has. */
#define METRICS_METHODS_MAX 64

struct metrics {
	struct {
		const char *name; /* NULL: the end; "unknown" */
		uint64_t counts[OUTCOMES];
	} methods[METRICS_METHODS_MAX];
	struct histogram commits, deliveries;
	/* Slots of victims that were not covered since their add. */
	struct slot_set added;
	uint32_t capacity; /* of that set */
	bool reload_failed;
	int64_t started_ms; /* CLOCK_BOOTTIME */
	int statm_fd;	    /* /proc/self/statm, or -1 */
	DIR *fds;	    /* /proc/self/fd, or NULL */
};

/* metrics_page.c: a metric of one value. */
void metrics_put_gauge(struct evbuffer *out, const char *name, const char *help,
    double value);
void metrics_put_counter(struct evbuffer *out, const char *name,
    const char *help, double value);

/* metrics_process.c */
void metrics_put_process(const struct metrics *m, struct evbuffer *out);

#endif
