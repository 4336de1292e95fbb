#ifndef METRICS_H
#define METRICS_H

/*
 * What is counted and measured for /metrics that nobody else keeps; and the
 * text of /metrics.  NULL for struct metrics is fine: nothing is counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct method_env;
struct metrics;
struct rpc_error;

/* Before the sandbox: it opens what it will read of /proc. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m); /* NULL is fine */

/*
 * A request was carried out, or not: error is NULL or why.  method is static
 * text, or NULL when there is none of that name.
 */
void metrics_count_request(struct metrics *m, const char *method,
    const struct rpc_error *error);
/* The keeper stored a commit. */
void metrics_observe_commit(struct metrics *m, int64_t ms);
/* A victim is new in that slot; one without memory goes unmeasured. */
void metrics_victim_added(struct metrics *m, uint32_t slot, uint32_t capacity);
/* Whether that is so, and it was not covered yet. */
bool metrics_is_measured(const struct metrics *m, uint32_t slot);
/* It is covered, so long after its add; what counts is the first time. */
void metrics_victim_covered(struct metrics *m, uint32_t slot, int64_t ms);
void metrics_count_reload(struct metrics *m, bool success);

/* Prometheus text format, version 0.0.4.  -1: no memory. */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
int metrics_print(const struct metrics *m, const struct method_env *env,
    struct evbuffer *out);

#endif
