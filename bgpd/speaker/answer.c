/*
 * One line's answer.  All changes of a batch are made in one turn of the loop
 * and so share a commit; the answer waits once, for the last of them.  So do
 * all that ask for a reload: each has asked before the keeper answers any.
 */
#include <stdlib.h>
#include <string.h>

#include "method.h"
#include "pending.h"
#include "reload.h"

#include "answer.h"

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
	return a;
}

static void
stop_waiting_for_disk(struct answer *a)
{
	pending_cancel(a->waiter);
	a->waiter = NULL;
	if (a->timer != NULL)
		event_free(a->timer);
	a->timer = NULL;
}

static void
stop_waiting(struct answer *a)
{
	stop_waiting_for_disk(a);
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
	json_decref(a->changes);
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
	if (a->batch || a->changes != NULL || a->reloads != NULL)
		a->size += json_dumpb(response, NULL, 0, JSON_COMPACT);
	if (a->batch)
		return json_array_append_new(a->message, response);
	a->message = response;
	return 0;
}

/* Borrows result. */
static int
add_change(struct answer *a, json_t *result, const struct method_call *call)
{
	if (a->changes == NULL)
		a->changes = json_array();
	if (json_array_append(a->changes, result) == -1)
		return -1;
	if (call->commit > a->commit)
		a->commit = call->commit;
	if (call->wait_ms > a->wait_ms)
		a->wait_ms = call->wait_ms;
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

int
answer_add_result(struct answer *a, json_t *id, struct method_call *call)
{
	json_t *result = call->result, *response;

	call->result = NULL;
	if (call->waits && add_change(a, result, call) == -1) {
		json_decref(result);
		return -1;
	}
	response = rpc_result_encode(id, result);
	if (call->reloads && add_reload(a, response) == -1) {
		json_decref(response);
		return -1;
	}
	return add(a, response);
}

int
answer_add_error(struct answer *a, json_t *id, const struct rpc_error *e)
{
	return add(a, rpc_error_encode(id, e));
}

bool
answer_is_empty(const struct answer *a)
{
	return a->message == NULL ||
	    (a->batch && json_array_size(a->message) == 0);
}

/* The text ends in a line feed; the NUL that json_dumps adds makes room. */
static int
make_text(struct answer *a)
{
	a->text = json_dumps(a->message, JSON_COMPACT);
	json_decref(a->message);
	a->message = NULL;
	if (a->text == NULL)
		return -1;
	a->text_len = strlen(a->text) + 1;
	a->text[a->text_len - 1] = '\n';
	if (a->size == 0)
		a->size = a->text_len;
	return 0;
}

/* Something that it waited for has come: was it the last? */
static void
go_on(struct answer *a)
{
	if (answer_waits(a))
		return;
	(void)make_text(a); /* text tells */
	a->on_ready(a->arg);
}

static void
end_changes(struct answer *a, bool stored)
{
	json_t *change;
	size_t i;

	stop_waiting_for_disk(a);
	json_array_foreach(a->changes, i, change)
	{
		if (stored)
			ctl_change_set_stored(change);
	}
	json_decref(a->changes);
	a->changes = NULL;
}

/* pending.c: the commit is on disk, or has failed, or took too long. */
static void
on_stored(void *arg, bool stored)
{
	struct answer *a = arg;

	a->waiter = NULL;
	end_changes(a, stored);
	go_on(a);
}

/* libevent: the request's own timeout is over. */
static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_changes(arg, false);
	go_on(arg);
}

/* pending.c keeps the time unless the request is less patient. */
static int
start_timer(struct answer *a, struct event_base *base)
{
	struct timeval tv = { .tv_sec = a->wait_ms / 1000,
		.tv_usec = a->wait_ms % 1000 * 1000 };

	if (a->wait_ms >= PENDING_WAIT_MS)
		return 0;
	a->timer = evtimer_new(base, on_timeout, a);
	if (a->timer == NULL)
		return -1;
	return evtimer_add(a->timer, &tv);
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

/* Without memory the answer is given up: no message, no text. */
static void
end_reload(struct answer *a, const struct reload_outcome *outcome)
{
	json_t *response;
	size_t i;

	json_array_foreach(a->reloads, i, response)
	{
		if (tell_reload(response, outcome) == -1) {
			json_decref(a->message);
			a->message = NULL;
			break;
		}
	}
	json_decref(a->reloads);
	a->reloads = NULL;
}

/* reload.c: it was applied or refused, or there was no answer. */
static void
on_reloaded(void *arg, const struct reload_outcome *outcome)
{
	struct answer *a = arg;

	a->reload = NULL;
	end_reload(a, outcome);
	go_on(a);
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
	if (a->changes != NULL) {
		a->waiter = pending_wait(env->pending, a->commit, on_stored, a);
		if (a->waiter == NULL || start_timer(a, base) == -1)
			return -1;
	}
	return answer_waits(a) ? 0 : make_text(a);
}

bool
answer_waits(const struct answer *a)
{
	return a->waiter != NULL || a->reload != NULL;
}

void
answer_give_up(struct answer *a)
{
	const struct reload_outcome busy = { .end = RELOAD_BUSY };

	if (!answer_waits(a))
		return;
	stop_waiting(a);
	end_changes(a, false);
	end_reload(a, &busy);
	(void)make_text(a); /* text tells */
}
