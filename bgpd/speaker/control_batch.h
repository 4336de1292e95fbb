#ifndef CONTROL_BATCH_H
#define CONTROL_BATCH_H

/*
 * A batch while it is carried out, which may take many turns of the loop.  Its
 * changes are made in one of them, so that they share a commit.
 */

#include <jansson.h>
#include <stddef.h>

struct answer;
struct control_batch;
struct control_client;
struct rpc_error;

/* Takes the requests, an array; NULL without memory. */
struct control_batch *control_batch_new(struct control_client *c,
    json_t *requests);
/* NULL is fine; what it has changed stands. */
void control_batch_free(struct control_batch *b);

/*
 * Carries out more of it, for about CONTROL_TURN_MS.  1: there is still more;
 * 0: that was all; -1: no memory, and only a part was carried out.
 */
int control_batch_go_on(struct control_batch *b);
/*
 * Frees b and gives its answer, which may be empty and is still to be finished.
 * What was not carried out is answered with why.  NULL: no memory.
 */
struct answer *control_batch_end(struct control_batch *b,
    const struct rpc_error *why);
/* About how many bytes its answer has so far. */
size_t control_batch_size(const struct control_batch *b);

#endif
