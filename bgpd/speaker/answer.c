/*
 * One line's answer.  All changes of a batch share a commit, and the answer
 * waits once for all of them.  So do all that ask for a reload: each has asked
 * before the keeper answers any.
 */
#include "clock.h"

#include "method.h"
#include "reload.h"
#include "request_memory.h"

#include "answer.h"

/* About what a response takes that tells of one victim, a little less; */
#define CHANGE_BYTES 300
#define STANDING_BYTES 40
/* of many, for each that was refused. */
#define REFUSED_BYTES 100

/* Something that it waited for has come: was it the last?  -1: no memory. */
static void come_to_end(struct answer *a, int rc);

/* changes.c: they are where they should be, or it took too long. */
static void
on_changes_end(void *arg)
{
	come_to_end(arg, 0);
}

/* questions.c: all are answered. */
static void
on_questions_end(void *arg, int rc)
{
	come_to_end(arg, rc);
}

struct answer *
answer_new(bool batch)
{
	struct answer *a = request_memory_get(sizeof(*a));

	if (a == NULL)
		return NULL;
	*a = (struct answer){ .batch = batch,
		.gathering = true,
		.message = batch ? json_array() : NULL };
	if (batch && a->message == NULL) {
		request_memory_put(a);
		return NULL;
	}
	questions_init(&a->questions);
	a->changes.on_end = on_changes_end;
	a->questions.on_end = on_questions_end;
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
	json_text_fini(&a->text);
	request_memory_put(a);
}

int
answer_leave_room(struct answer *a)
{
	return json_array_append_new(a->message, json_null());
}

void
answer_go_ahead(struct answer *a, bool ahead)
{
	a->ahead = ahead;
}

/* Where room was left, which is in order, or behind all others. */
static int
add_to_batch(struct answer *a, json_t *response)
{
	size_t count = json_array_size(a->message);

	while (
	    a->at < count && !json_is_null(json_array_get(a->message, a->at)))
		a->at++;
	if (a->ahead || a->at == count)
		return json_array_append_new(a->message, response);
	return json_array_set_new(a->message, a->at, response);
}

/* Frees what text holds; NULL without memory. */
static json_t *
as_string(struct json_text *text)
{
	json_t *string = NULL;

	if (!text->failed)
		string = json_stringn_nocheck(text->text, text->len);
	json_text_fini(text);
	return string;
}

/* Takes response; NULL without memory. */
static json_t *
as_text(json_t *response)
{
	struct json_text text = { .len = 0 };

	json_text_put(&text, response);
	json_decref(response);
	return as_string(&text);
}

/* Takes response, which may be NULL and waits for nothing. */
static int
add(struct answer *a, json_t *response)
{
	if (a->batch && !json_is_string(response))
		response = as_text(response);
	if (response == NULL)
		return -1;
	if (a->batch) {
		a->size += json_string_length(response) + 1;
		return add_to_batch(a, response);
	}
	a->message = response;
	return 0;
}

/* Takes what text, a response, holds; it may be long. */
static int
add_text(struct answer *a, struct json_text *text)
{
	if (a->batch)
		return add(a, as_string(text));
	a->text = *text;
	*text = (struct json_text){ .len = 0 };
	json_text_put_bytes(&a->text, "\n", 1);
	return a->text.failed ? -1 : 0;
}

/* What is not text yet. */
static size_t
guess_size(const json_t *response, const struct method_call *call)
{
	if (call->one_victim)
		return CHANGE_BYTES +
		    call->env->neighbor_count * STANDING_BYTES;
	if (call->refused > 0)
		return CHANGE_BYTES + call->refused * REFUSED_BYTES;
	return json_dumpb(response, NULL, 0, JSON_COMPACT);
}

/* Borrows response. */
static int
add_reload(struct answer *a, json_t *response)
{
	if (a->reloads == NULL)
		a->reloads = json_array();
	return json_array_append(a->reloads, response);
}

/* Takes response: it is long, or told later what call does not know yet. */
static int
add_tree(struct answer *a, json_t *response, struct method_call *call)
{
	int rc = 0;

	if (call->waits)
		rc = changes_add(&a->changes, response, call);
	if (rc == 0 && call->asks)
		rc = questions_add(&a->questions, response, call);
	if (rc == 0 && call->reloads)
		rc = add_reload(a, response);
	if (rc == -1) {
		json_decref(response);
		return -1;
	}
	a->size += guess_size(response, call);
	if (a->batch)
		return add_to_batch(a, response);
	a->message = response;
	return 0;
}

int
answer_add_result(struct answer *a, json_t *id, struct method_call *call)
{
	json_t *response;

	if (call->text.len > 0)
		return add_text(a, &call->text);
	response = rpc_result_encode(id, call->result);
	call->result = NULL;
	if (response != NULL &&
	    (call->waits || call->asks || call->reloads || call->refused > 0))
		return add_tree(a, response, call);
	return add(a, response);
}

int
answer_add_error(struct answer *a, json_t *id, const struct rpc_error *e)
{
	return add(a, rpc_error_encode(id, e));
}

struct answer *
answer_new_error(const struct rpc_error *e)
{
	struct answer *a = answer_new(false);

	if (a == NULL || answer_add_error(a, NULL, e) == 0)
		return a;
	answer_free(a);
	return NULL;
}

bool
answer_is_empty(const struct answer *a)
{
	if (a->batch)
		return json_array_size(a->message) == 0;
	return a->message == NULL && a->text.len == 0;
}

/* There was no memory to tell what came. */
static void
drop_message(struct answer *a)
{
	json_decref(a->message);
	a->message = NULL;
}

static void
come_to_end(struct answer *a, int rc)
{
	if (rc == -1)
		drop_message(a);
	if (!a->gathering && !answer_waits(a))
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
	come_to_end(a, end_reload(a, outcome));
}

int
answer_changes_end(struct answer *a, struct event_base *base,
    const struct method_env *env)
{
	return changes_wait(&a->changes, base, env) == -1 ? -1 : 0;
}

int
answer_finish(struct answer *a, struct event_base *base,
    const struct method_env *env)
{
	int rc;

	a->gathering = false;
	if (a->reloads != NULL) {
		a->reload = reload_ask(env->reload, on_reloaded, a);
		if (a->reload == NULL)
			return -1;
	}
	if (!changes_waits(&a->changes) &&
	    changes_wait(&a->changes, base, env) == -1)
		return -1;
	if (a->size > 0)
		return 0;
	/* a response alone that waits for nothing */
	rc = answer_make_text(a, INT64_MAX);
	a->size = a->text.len;
	return rc;
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
	changes_give_up(&a->changes);
	if (questions_give_up(&a->questions) == -1 ||
	    end_reload(a, &busy) == -1)
		drop_message(a);
}

/* As answer_make_text: how the changes ended is in their responses. */
static int
tell_changes(struct answer *a, int64_t until_ms)
{
	int rc;

	while ((rc = changes_tell(&a->changes)) == 1)
		if (clock_now_ms() >= until_ms)
			break;
	return rc;
}

/* As answer_make_text. */
static int
put_response(struct answer *a, json_t *response, int64_t until_ms)
{
	if (json_is_string(response)) {
		json_text_put_bytes(&a->text, json_string_value(response),
		    json_string_length(response));
		return 0;
	}
	if (a->walk.depth == 0)
		json_walk_begin(&a->walk, response);
	while (json_walk_put(&a->walk, &a->text))
		if (clock_now_ms() >= until_ms)
			return 1;
	return 0;
}

/* As answer_make_text. */
static int
put_batch(struct answer *a, int64_t until_ms)
{
	size_t count = json_array_size(a->message);

	while (a->put < count) {
		if (a->walk.depth == 0)
			json_text_put_bytes(&a->text, a->put > 0 ? "," : "[",
			    1);
		if (put_response(a, json_array_get(a->message, a->put),
			until_ms) == 1)
			return 1;
		json_array_set_new(a->message, a->put++, json_null());
		if (a->put < count && clock_now_ms() >= until_ms)
			return 1;
	}
	json_text_put_bytes(&a->text, "]", 1);
	return 0;
}

int
answer_make_text(struct answer *a, int64_t until_ms)
{
	int rc = tell_changes(a, until_ms);

	if (rc != 0)
		return rc;
	if (a->message == NULL)
		return a->text.len > 0 ? 0 : -1;
	rc = a->batch ? put_batch(a, until_ms)
		      : put_response(a, a->message, until_ms);
	if (rc == 1)
		return 1;
	json_text_put_bytes(&a->text, "\n", 1);
	drop_message(a);
	return a->text.failed ? -1 : 0;
}
