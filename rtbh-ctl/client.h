#ifndef CLIENT_H
#define CLIENT_H

/*
 * One connection to the daemon: ask, and wait for the answer, but not longer
 * than -t and three seconds.  What goes wrong is said on standard error.
 */

#include <jansson.h>

#include "options.h"

struct client;

/* NULL: it cannot be reached. */
struct client *client_open(const struct options *o);
void client_close(struct client *c); /* NULL is fine */

/*
 * Calls one method.  Takes params, which may be NULL for no memory.  Gives
 * EXIT_DONE and the caller's *result, or another exit code.
 */
int client_call(struct client *c, const char *method, json_t *params,
    json_t **result);

/*
 * Calls a method once for each of the array params, which it takes, in one
 * batch.  Gives EXIT_DONE and the caller's *outcomes, an array in the same
 * order: each is the result, or {"error": {...}}; or another exit code.
 */
int client_call_each(struct client *c, const char *method, json_t *params,
    json_t **outcomes);

#endif
