#ifndef CONTROL_LINE_H
#define CONTROL_LINE_H

/*
 * What a line of a control client asks for: one request, or a batch.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct answer;
struct control_batch;
struct control_client;
struct rpc_error;

/* With so many bytes of answers waiting, no more is read from a client. */
#define CONTROL_UNREAD_MAX (4U << 20)
/* The same where all clients together have too many of them. */
#define CONTROL_UNREAD_FREE (64U << 10)

/*
 * Carries out what the line, given without its end, asks for.  Gives the
 * answer, which may be empty and is still to be finished; or NULL with *batch,
 * which is still to be carried out.  Both NULL: no memory.  What the client
 * asks to follow it follows from now on.
 */
struct answer *control_line_carry_out(struct control_client *c,
    const char *line, size_t len, struct control_batch **batch);
/*
 * Carries out a request alone, or one of a batch, and adds what came of it to
 * the answer; *changed is set when it has changed something.  -1: no memory.
 */
int control_line_request(struct control_client *c, struct answer *a,
    const json_t *message, bool *changed);
/* An answer to no request that could be made out; NULL without memory. */
struct answer *control_line_error(const struct rpc_error *why);

#endif
