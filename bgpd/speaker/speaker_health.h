#ifndef SPEAKER_HEALTH_H
#define SPEAKER_HEALTH_H

/*
 * How the daemon is, of all that it works on now.
 */

#include <jansson.h>

#include "health.h"

struct method_env;

/* Without memory for its work that is what it tells, as critical. */
void speaker_health(const struct method_env *env, struct health *h);
/* {"verdict", "problems": [text]}; NULL without memory. */
json_t *speaker_health_json(const struct health *h);

#endif
