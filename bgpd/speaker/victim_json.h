#ifndef VICTIM_JSON_H
#define VICTIM_JSON_H

/*
 * A victim as the control protocol shows it, in answers and in events.
 */

#include <jansson.h>

#include "ctl.h"

struct method_env;
struct victim;

/* Both times CLOCK_BOOTTIME; expires_ms may be VICTIM_NEVER. */
struct ctl_span victim_json_span(int64_t since_ms, int64_t expires_ms,
    int64_t now_ms);

/*
 * NULL without memory.  One that is held has no claims; `held_claim` is the
 * last, which was taken back too early, and its end is that of the hold.
 */
json_t *victim_json(const struct method_env *env, const struct victim *v,
    int64_t now_ms);

#endif
