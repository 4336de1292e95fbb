/*
 * One line's answer.  All changes of a batch are made in one turn of the loop
 * and so share a commit; the answer waits once for all of them.  So do all
 * that ask for a reload: each has asked before the keeper answers any.
 */
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "method.h"
#include "reload.h"

#include "answer.h"

/* About what a response takes that tells of one victim, a little less. */
#define CHANGE_BYTES 300
#define STANDING_BYTES 40
/* At first: what is a little larger costs malloc much more. */
#define TEXT_SIZE 480

/* Something that it waited for has come: was it the last? */
static void on_end(void *arg, int rc);

struct answer *
answer_new(bool batch)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->batch = batch;
	a->message = batch ? json_array() : NULL;
	if (batch && a->message == NULL) {
		free(a);
		return NULL;
	}
	questions_init(&a->questions);
	a->changes.on_end = a->questions.on_end = on_end;
	a->changes.arg = a->questions.arg = a;
	return a;
}

static void
stop_waiting(struct answer *a)
{
	changes_fini(&a->changes);
	questions_fini(&a->questions);
	reload_cancel(a->reload);
	a->reload = NULL;
}

void
answer_free(struct answer *a)
{
	if (a == NULL)
		return;
	stop_waiting(a);
	json_decref(a->message);
	json_decref(a->reloads);
	free(a->text);
	free(a);
}

/* Takes response, which may be NULL. */
static int
add(struct answer *a, json_t *response)
{
	if (response == NULL)
		return -1;
	if (a->batch)
		return json_array_append_new(a->message, response);
	a->message = response;
	return 0;
}

/* Only what waits needs a size before it is text. */
static size_t
guess_size(const struct answer *a, const json_t *response,
    const struct method_call *call)
{
	if (call->one_victim)
		return CHANGE_BYTES +
		    call->env->neighbor_count * STANDING_BYTES;
	if (a->batch || call->waits || call->asks || call->reloads)
		return json_dumpb(response, NULL, 0, JSON_COMPACT);
	return 0;
}

/* Borrows response. */
static int
add_reload(struct answer *a, json_t *response)
{
	if (a->reloads == NULL)
		a->reloads = json_array();
	return json_array_append(a->reloads, response);
}

/* Borrows response: it is told later what call does not know yet. */
static int
add_waiting(struct answer *a, json_t *response, struct method_call *call)
{
	if (call->waits && changes_add(&a->changes, response, call) == -1)
		return -1;
	if (call->asks && questions_add(&a->questions, response, call) == -1)
		return -1;
	return call->reloads ? add_reload(a, response) : 0;
}

int
answer_add_result(struct answer *a, json_t *id, struct method_call *call)
{
	json_t *response = rpc_result_encode(id, call->result);

	call->result = NULL;
	if (response == NULL || add_waiting(a, response, call) == -1) {
		json_decref(response);
		return -1;
	}
	a->size += guess_size(a, response, call);
	return add(a, response);
}

int
answer_add_error(struct answer *a, json_t *id, const struct rpc_error *e)
{
	json_t *response = rpc_error_encode(id, e);

	if (a->batch)
		a->size += json_dumpb(response, NULL, 0, JSON_COMPACT);
	return add(a, response);
}

bool
answer_is_empty(const struct answer *a)
{
	return a->message == NULL ||
	    (a->batch && json_array_size(a->message) == 0);
}

/* json_text's: a piece of the text.  It grows in few steps. */
static int
append(const char *piece, size_t len, void *arg)
{
	struct answer *a = arg;
	size_t size = a->text_size > 0 ? a->text_size : TEXT_SIZE;
	char *text;

	while (size < a->text_len + len)
		size *= 2;
	if (size > a->text_size) {
		text = realloc(a->text, size);
		if (text == NULL)
			return -1;
		a->text = text;
		a->text_size = size;
	}
	memcpy(a->text + a->text_len, piece, len);
	a->text_len += len;
	return 0;
}

static int
make_text(struct answer *a)
{
	int rc = json_text(a->message, append, a);

	json_decref(a->message);
	a->message = NULL;
	if (rc == -1 || append("\n", 1, a) == -1) {
		free(a->text);
		a->text = NULL;
		return -1;
	}
	if (a->size == 0)
		a->size = a->text_len;
	return 0;
}

/* There was no memory to tell what came: no message, no text. */
static void
drop_message(struct answer *a)
{
	json_decref(a->message);
	a->message = NULL;
}

static void
on_end(void *arg, int rc)
{
	struct answer *a = arg;

	if (rc == -1)
		drop_message(a);
	if (answer_waits(a))
		return;
	(void)make_text(a); /* text tells */
	a->on_ready(a->arg);
}

/* The first of what is wrong, and how much more. */
static void
explain_outcome(struct rpc_error *e, const struct reload_outcome *outcome)
{
	struct refusal why;

	if (outcome->end == RELOAD_BUSY)
		refusal_set(&why, REASON_BUSY,
		    "the keeper does not answer in time: nothing was reloaded "
		    "so far");
	else if (outcome->count == 0)
		refusal_set(&why, REASON_BAD_CONFIG,
		    "the configuration is refused");
	else if (outcome->count == 1)
		refusal_set(&why, REASON_BAD_CONFIG, "%s", outcome->texts[0]);
	else
		refusal_set(&why, REASON_BAD_CONFIG, "%.400s, and %zu more",
		    outcome->texts[0], outcome->count - 1);
	rpc_error_refuse(e, &why);
}

static int
tell_reload(json_t *response, const struct reload_outcome *outcome)
{
	struct rpc_error e;
	json_t *more;

	if (outcome->end == RELOAD_APPLIED)
		return json_object_set_new(json_object_get(response, "result"),
		    "changed",
		    ctl_texts_encode(outcome->texts, outcome->count));
	more = outcome->end == RELOAD_BUSY
	    ? json_object()
	    : json_pack("{s:o}", "errors",
		  ctl_texts_encode(outcome->texts, outcome->count));
	explain_outcome(&e, outcome);
	return rpc_response_fail(response, &e, more);
}

/* -1: no memory. */
static int
end_reload(struct answer *a, const struct reload_outcome *outcome)
{
	json_t *response;
	int rc = 0;
	size_t i;

	json_array_foreach(a->reloads, i, response)
	{
		if (rc == 0)
			rc = tell_reload(response, outcome);
	}
	json_decref(a->reloads);
	a->reloads = NULL;
	return rc;
}

/* reload.c: it was applied or refused, or there was no answer. */
static void
on_reloaded(void *arg, const struct reload_outcome *outcome)
{
	struct answer *a = arg;

	a->reload = NULL;
	on_end(a, end_reload(a, outcome));
}

int
answer_finish(struct answer *a, struct event_base *base,
    const struct method_env *env)
{
	if (a->reloads != NULL) {
		a->reload = reload_ask(env->reload, on_reloaded, a);
		if (a->reload == NULL)
			return -1;
	}
	if (changes_wait(&a->changes, base, env) == -1)
		return -1;
	return answer_waits(a) ? 0 : make_text(a);
}

bool
answer_waits(const struct answer *a)
{
	return changes_waits(&a->changes) || questions_wait(&a->questions) ||
	    a->reload != NULL;
}

void
answer_give_up(struct answer *a)
{
	const struct reload_outcome busy = { .end = RELOAD_BUSY };

	if (!answer_waits(a))
		return;
	reload_cancel(a->reload);
	a->reload = NULL;
	if (changes_give_up(&a->changes) == -1 ||
	    questions_give_up(&a->questions) == -1 ||
	    end_reload(a, &busy) == -1)
		drop_message(a);
	(void)make_text(a); /* text tells */
}
