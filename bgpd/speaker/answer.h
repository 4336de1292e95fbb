#ifndef ANSWER_H
#define ANSWER_H

/*
 * The answer to one line of a control client: a response, or a batch of them.
 * It is gathered while the line is carried out, then waits for the disk if
 * anything was changed, and for a reload if one was asked for, and then is
 * text.
 */

#include <sys/queue.h>

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "rpc.h"

struct method_call;
struct method_env;
struct pending_waiter;
struct reload_waiter;

struct answer {
	TAILQ_ENTRY(answer) entry;
	json_t *message; /* until it is text: a response, or an array */
	json_t *changes; /* the results in it that are to be stored */
	bool batch;
	uint64_t commit; /* the last of theirs */
	int64_t wait_ms; /* the longest of theirs */
	struct pending_waiter *waiter;
	struct event *timer;
	json_t *reloads; /* the responses in it that tell how a reload ended */
	struct reload_waiter *reload;
	char *text; /* one line with its end; NULL: not ready */
	size_t text_len;
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
 * takes call->result.  -1: no memory.
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
