#ifndef CONTROL_LINE_H
#define CONTROL_LINE_H

/*
 * What a line of a control client asks for: one request, or a batch.
 */

#include <stddef.h>

struct answer;
struct control_client;
struct rpc_error;

/* With so many bytes of answers waiting, no more is read from a client. */
#define CONTROL_UNREAD_MAX (4U << 20)

/*
 * Carries out what the line, given without its end, asks for, all of it in
 * this turn of the loop.  Gives the answer, which may be empty and is still to
 * be finished; NULL: no memory, and only a part may have been carried out.
 * What the client asks to follow it follows from now on.
 */
struct answer *control_line_carry_out(struct control_client *c,
    const char *line, size_t len);
/* An answer to no request that could be made out; NULL without memory. */
struct answer *control_line_error(const struct rpc_error *why);

#endif
