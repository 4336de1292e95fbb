#ifndef CONTROL_JOB_H
#define CONTROL_JOB_H

/*
 * What one line of a client asks for, one request or a batch of them, while it
 * is carried out.  That may take many turns of the loop.  Changes share a
 * commit all the same, and no other client has a turn between them.
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
	bool changes;		   /* more are to be, for the same commit */
	bool counted;		   /* among the user's long batches */
	struct method_pause pause; /* of this turn */
	struct control_request at; /* the one that is carried out now, */
	bool goes_ahead;	   /* or while this, of the changes: */
	size_t ahead_at;
	struct control_request ahead;
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
/* Whether it is in the midst of changes; finishes them, in one turn. */
bool control_job_changes(const struct control_job *job);
void control_job_finish_changes(struct control_client *c);
/*
 * Ends it and gives its answer, which may be empty and is still to be
 * finished.  What was not carried out is answered with why.  NULL: no memory.
 */
struct answer *control_job_end(struct control_client *c,
    const struct rpc_error *why);
/*
 * Ends it without an answer, if there is one; what it has changed stands.  Both
 * finish changes that it is in the midst of.
 */
void control_job_drop(struct control_client *c);
/* About how many bytes its answer has so far. */
size_t control_job_size(const struct control_job *job);

#endif
