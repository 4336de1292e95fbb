#ifndef PARAMS_H
#define PARAMS_H

/*
 * From options to the parameters of requests.  A failure is want of memory;
 * NULL or -1 is passed on then, and client_call() says so.
 */

#include <jansson.h>

#include "options.h"

/* Nothing when value is NULL. */
int params_set_text(json_t *params, const char *key, const char *value);
/*
 * All of the options that say how to change victims: owner, all_owners, ttl,
 * permanent, reason, neighbors, wait, timeout, hold, now, dry_run.
 */
json_t *params_of_change(const struct options *o);

#endif
