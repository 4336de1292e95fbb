#ifndef ASK_H
#define ASK_H

/*
 * Questions about the history to the keeper, each with a time limit, so that
 * a disk that hangs makes an answer `busy` and nothing else.  The keeper gets
 * one at a time, so that a commit waits for one answer at most.
 */

#include <sys/types.h>

#include <event2/event.h>

#include "channel.h"

struct ask;
struct link;

#define ASK_WAIT_MS 2000
/* Questions that wait at once, of all clients, and of those of one user. */
#define ASK_MAX 64
#define ASK_USER_MAX 16

struct ask *ask_new(struct event_base *base);
void ask_free(struct ask *a); /* NULL is fine; all questions are dropped */
void ask_set_link(struct ask *a, struct link *link); /* borrowed, or NULL */

/*
 * Calls back once, with the entries for channel_get_record; answer is NULL when
 * none came in time, and answer->error says what the disk refused.  Both are
 * borrowed until it returns.  Never from within.  Copies q with its text; its
 * number is given here, and of its limit CHANNEL_HISTORY_MAX counts at most.
 * NULL: too many questions, of all or of the user uid, no memory, no keeper.
 */
struct ask_waiter;
typedef void ask_done(void *arg, const struct history_answer *answer,
    struct wire_in entries);
struct ask_waiter *ask_history(struct ask *a, uid_t uid,
    const struct history_query *q, ask_done *done, void *arg);
/* No call back any more; NULL is fine; not after the call back. */
void ask_cancel(struct ask_waiter *w);

/* The keeper's CHANNEL_HISTORY.  -1: it is nonsense. */
int ask_on_answer(struct ask *a, struct wire_in body);

#endif
