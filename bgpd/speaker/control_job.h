#ifndef CONTROL_JOB_H
#define CONTROL_JOB_H

/*
 * What one line of a client asks for, one request or a batch of them, while it
 * is carried out.  That may take many turns of the loop.  Changes of a batch
 * are made in one of them, so that they share a commit.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "control_request.h"

struct answer;
struct control_client;
struct rpc_error;

/* Embedded in the client; all zero is none. */
struct control_job {
	json_t *message; /* NULL: there is none */
	bool batch;
	struct answer *answer;
	size_t count, next;	   /* requests; that is to be carried out */
	size_t changes_end;	   /* behind the last change */
	size_t ahead_end;	   /* behind the last that was ahead */
	bool changed;		   /* one was made */
	bool held;		   /* over a turn: the user's are counted */
	struct control_request at; /* the one that is carried out now */
};

/*
 * Takes a line, given without its end, apart; there is no other job.  NULL: it
 * has begun, unless there was no memory; or the answer to a line that is not
 * understood.
 */
struct answer *control_job_begin(struct control_client *c, const char *line,
    size_t len);
/*
 * Carries out more of it, for about CONTROL_TURN_MS.  1: there is still more;
 * 0: that was all; -1: no memory, and only a part was carried out.
 */
int control_job_go_on(struct control_client *c);
/*
 * Ends it and gives its answer, which may be empty and is still to be
 * finished.  What was not carried out is answered with why.  NULL: no memory.
 */
struct answer *control_job_end(struct control_client *c,
    const struct rpc_error *why);
/* Ends it without an answer, if there is one; what it has changed stands. */
void control_job_drop(struct control_client *c);
/* About how many bytes its answer has so far. */
size_t control_job_size(const struct control_job *job);

#endif
