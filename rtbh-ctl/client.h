#ifndef CLIENT_H
#define CLIENT_H

/*
 * One connection to the daemon: ask, and wait for the answer, but not longer
 * than -t and three seconds.  What goes wrong is said on standard error.
 */

#include <jansson.h>
#include <stdint.h>

#include "options.h"

struct client;

/* NULL: it cannot be reached. */
struct client *client_open(const struct options *o);
void client_close(struct client *c); /* NULL is fine */

/*
 * Calls one method.  Takes params, which may be NULL for no memory.  Gives
 * EXIT_DONE and the caller's *result, or another exit code: then there is no
 * more to print.
 */
int client_call(struct client *c, const char *method, json_t *params,
    json_t **result);
/*
 * The same, but a refusal is for the caller to tell: *outcome is the result,
 * or {"error": {...}}.
 */
int client_try(struct client *c, const char *method, json_t *params,
    json_t **outcome);
/* Opens, calls, closes. */
int client_ask(const struct options *o, const char *method, json_t *params,
    json_t **result);

/* "message (reason)" of an error, and all that is wrong; EXIT_REFUSED. */
int client_say_refused(const json_t *error);

/*
 * For who does not wait for each answer.  client_send takes params and gives
 * the request's id, or -1.
 */
int64_t client_now_ms(void); /* CLOCK_MONOTONIC */
int client_fd(const struct client *c);
json_int_t client_send(struct client *c, const char *method, json_t *params);
/*
 * The next message, the caller's: wait_ms 0 takes only what is there, -1 waits
 * without end.  0: none in that time; -1: the connection is gone, and why has
 * been said.
 */
int client_receive(struct client *c, int64_t wait_ms, json_t **message);

#endif
