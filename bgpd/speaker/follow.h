#ifndef FOLLOW_H
#define FOLLOW_H

/*
 * What a control client follows: its subscription to events, and the snapshot
 * before them.  The subscription begins when it is asked for; its lines stand
 * behind the answer that says so.
 */

#include <event2/buffer.h>

#include "feed.h"
#include "snapshot.h"

struct answer;
struct method_env;
struct method_subscribe;

/* Embedded; all zero follows nothing. */
struct follow {
	const struct method_env *env;
	struct feed_subscriber *subscriber; /* NULL: it follows nothing */
	struct snapshot snapshot;
	struct evbuffer *out;	    /* the client's, borrowed */
	struct evbuffer *early;	    /* events from before the answer is out */
	const struct answer *after; /* that answer; NULL: it is out */
};

/*
 * Follows what is wanted, in place of what it followed before, behind that
 * answer.  -1: no memory, and it follows nothing.
 */
int follow_begin(struct follow *f, const struct method_env *env,
    const struct method_subscribe *wanted, const struct answer *after);
void follow_end(struct follow *f);
/* An answer is in the output.  -1: no memory. */
int follow_answered(struct follow *f, const struct answer *a);
/*
 * There is room in the output: tells what was lost, and goes on with the
 * snapshot.  -1: no memory.
 */
int follow_drained(struct follow *f);

#endif
