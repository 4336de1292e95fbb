#ifndef ANSWER_H
#define ANSWER_H

/*
 * The answer to one line of a control client: a response, or a batch of them.
 * It is gathered while the line is carried out, then waits for what its
 * responses are to tell of, and then becomes text, in pieces if it is long.
 */

#include <sys/queue.h>

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "rpc.h"

#include "changes.h"
#include "json_text.h"
#include "questions.h"

struct method_call;
struct method_env;
struct reload_waiter;

struct answer {
	TAILQ_ENTRY(answer) entry;
	/*
	 * A response, or an array of them, until it is text.  One that is text
	 * already stands as a string.
	 */
	json_t *message;
	bool batch;
	bool gathering; /* more is to be added */
	bool ahead;	/* what is added goes to the end of a batch, */
	size_t at;	/* not where room was left; before this is none */
	size_t put;	/* so many of a batch are in text */
	struct json_walk walk;	    /* the response that is put now */
	struct changes changes;	    /* the responses that tell of a change, */
	struct questions questions; /* those that tell of the history, */
	json_t *reloads;	    /* and those that tell of a reload */
	struct reload_waiter *reload;
	struct json_text text; /* one line with its end, once it is whole */
	size_t size; /* about its length, also before; the same once finished */
	/* Called from the loop when an answer need not wait any longer. */
	void (*on_ready)(void *arg);
	void *arg;
};

/* NULL without memory. */
struct answer *answer_new(bool batch);
void answer_free(struct answer *a); /* NULL is fine; ends its waiting */

/*
 * Add what came of one request; id NULL is sent as null.  answer_add_result
 * takes call's result, or its text, and its routes.  -1: no memory.
 */
int answer_add_result(struct answer *a, json_t *id, struct method_call *call);
int answer_add_error(struct answer *a, json_t *id, const struct rpc_error *e);

/* An answer to no request that could be made out; NULL without memory. */
struct answer *answer_new_error(const struct rpc_error *e);

/*
 * Of a batch: room is left for the response to a request that is carried out
 * later; what comes ahead of those does not go there.  -1: no memory.
 */
int answer_leave_room(struct answer *a);
void answer_go_ahead(struct answer *a, bool ahead);
/*
 * No more changes are added, but other responses are: their wait begins now.
 * -1: no memory.
 */
int answer_changes_end(struct answer *a, struct event_base *base,
    const struct method_env *env);

/* Nothing but notifications came: there is no answer. */
bool answer_is_empty(const struct answer *a);

/* No more is added: what there is to wait for is waited for.  -1: no memory. */
int answer_finish(struct answer *a, struct event_base *base,
    const struct method_env *env);
/* Whether it still waits. */
bool answer_waits(const struct answer *a);
/* Waits no longer, and tells what is known so far; on_ready is not called. */
void answer_give_up(struct answer *a);
/*
 * Makes the text, or more of it, until about that time (CLOCK_BOOTTIME); not
 * while it waits.  1: there is still more to be made; 0: it is whole; -1: no
 * memory.
 */
int answer_make_text(struct answer *a, int64_t until_ms);

#endif
