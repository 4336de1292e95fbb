#ifndef ANSWER_H
#define ANSWER_H

/*
 * The answer to one line of a control client: a response, or a batch of them.
 * It is gathered while the line is carried out, then waits for what its
 * responses are to tell of, and then is text.
 */

#include <sys/queue.h>

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "rpc.h"

#include "changes.h"
#include "questions.h"

struct method_call;
struct method_env;
struct reload_waiter;

struct answer {
	TAILQ_ENTRY(answer) entry;
	json_t *message; /* until it is text: a response, or an array */
	bool batch;
	struct changes changes;	    /* the responses that tell of a change, */
	struct questions questions; /* those that tell of the history, */
	json_t *reloads;	    /* and those that tell of a reload */
	struct reload_waiter *reload;
	char *text; /* one line with its end; NULL: not ready */
	size_t text_len, text_size;
	size_t size; /* about text_len, also before; the same once finished */
	/* Called from the loop when an answer that had to wait is ready. */
	void (*on_ready)(void *arg);
	void *arg;
};

/* NULL without memory. */
struct answer *answer_new(bool batch);
void answer_free(struct answer *a); /* NULL is fine; ends its waiting */

/*
 * Add what came of one request; id NULL is sent as null.  answer_add_result
 * takes call's result and routes.  -1: no memory.
 */
int answer_add_result(struct answer *a, json_t *id, struct method_call *call);
int answer_add_error(struct answer *a, json_t *id, const struct rpc_error *e);

/* Nothing but notifications came: there is no answer. */
bool answer_is_empty(const struct answer *a);

/*
 * No more is added: turns it into text, or waits first.  -1: no memory.  When
 * there is none later, text stays NULL and on_ready is called all the same.
 */
int answer_finish(struct answer *a, struct event_base *base,
    const struct method_env *env);
/* Whether it still waits. */
bool answer_waits(const struct answer *a);
/*
 * Waits no longer, and tells what is known so far; on_ready is not called.
 * Without memory text stays NULL.
 */
void answer_give_up(struct answer *a);

#endif
