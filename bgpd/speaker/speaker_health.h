#ifndef SPEAKER_HEALTH_H
#define SPEAKER_HEALTH_H

/*
 * How the daemon is, of all that it works on now.
 */

#include <jansson.h>

#include "health.h"

struct method_env;

/* A verdict that took long, told again for a while; all zero: none. */
struct health_kept {
	struct health health;
	int64_t until_ms;
};

/*
 * Without memory for its work that is what it tells, as critical.  All victims
 * are looked at, so with many of them it is told again for ten times as long
 * as it took, a second at most.
 */
void speaker_health(const struct method_env *env, struct health *h);
/* {"verdict", "problems": [text]}; NULL without memory. */
json_t *speaker_health_json(const struct health *h);

#endif
