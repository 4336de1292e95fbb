/*
 * A line is taken apart, its requests are carried out one after the other, and
 * when its time is over the rest waits for the next turn of the loop.  Changes
 * share a commit: when they do not end in the turn in which the first is made,
 * the commit is held open, nobody else has a turn, and those of a batch are
 * made ahead of the questions between them.  Each question is answered in its
 * place all the same.
 */
#include <stdlib.h>

#include "clock.h"

#include "answer.h"
#include "control_client.h"
#include "control_turns.h"
#include "pending.h"

#include "control_job.h"

/*
 * So many batches of one user may be under way: each is held as JSON, which is
 * a lot more than its text.
 */
#define USER_BATCHES_MAX 4
/* Changes that are made in a turn however long they take. */
#define CHANGES_AT_ONCE 256

/* The request, or a batch's; null in place of one that was ahead. */
static const json_t *
message_at(const struct control_job *job, size_t i)
{
	return job->batch ? json_array_get(job->message, i) : job->message;
}

/* Whether the request, if it is not refused, changes something. */
static bool
is_change(const json_t *request)
{
	const char *method =
	    json_string_value(json_object_get(request, "method"));
	const json_t *params = json_object_get(request, "params");

	return method != NULL && method_changes(method) &&
	    !json_is_true(json_object_get(params, "dry_run"));
}

/* Before anything of it is carried out. */
static int
check_batch(const json_t *message, struct rpc_error *why)
{
	if (json_array_size(message) == 0)
		return rpc_error_set(why, RPC_INVALID_REQUEST,
		    "the batch is empty");
	if (json_array_size(message) > RPC_BATCH_MAX)
		return rpc_error_set(why, RPC_INVALID_REQUEST,
		    "the batch has %zu requests; %d is the most",
		    json_array_size(message), RPC_BATCH_MAX);
	return 0;
}

struct answer *
control_job_begin(struct control_client *c, const char *line, size_t len)
{
	struct control_job *job = &c->job;
	struct rpc_error why;
	json_t *message = rpc_parse(line, len, &why);
	bool batch = json_is_array(message);

	if (message == NULL || (batch && check_batch(message, &why) == -1)) {
		json_decref(message);
		return answer_new_error(&why);
	}
	job->answer = answer_new(batch);
	if (job->answer == NULL) {
		json_decref(message);
		return NULL;
	}
	job->message = message;
	job->batch = batch;
	job->count = batch ? json_array_size(message) : 1;
	job->next = job->changes_end = job->ahead_end = 0;
	job->changed = job->goes_ahead = false;
	for (size_t i = job->count; batch && i > 0; i--) {
		if (is_change(json_array_get(message, i - 1))) {
			job->changes_end = i;
			break;
		}
	}
	return NULL;
}

/* Until they are released, the next commit is not whole. */
static void
hold_changes(struct control_client *c)
{
	if (c->job.changes)
		return;
	c->job.changes = true;
	pending_hold(c->env->pending);
	control_turns_hold(c->turns, &c->turn);
}

static void
release_changes(struct control_client *c)
{
	if (!c->job.changes)
		return;
	c->job.changes = false;
	pending_release(c->env->pending);
	control_turns_release(c->turns);
}

/*
 * The changes that are left come first; a question that has paused is answered
 * behind them.
 */
static void
begin_ahead(struct control_client *c)
{
	hold_changes(c);
	c->job.goes_ahead = true;
	c->job.ahead_at = c->job.next;
	answer_go_ahead(c->job.answer, true);
}

/* All of them are waited for. */
static int
end_ahead(struct control_client *c)
{
	struct control_job *job = &c->job;

	job->goes_ahead = false;
	job->ahead_end = job->changes_end;
	job->changes_end = 0;
	answer_go_ahead(job->answer, false);
	release_changes(c);
	return answer_changes_end(job->answer, c->base, c->env);
}

/* What asks only has its turn later, and room for its answer until then. */
static int
carry_out_ahead(struct control_client *c)
{
	struct control_job *job = &c->job;
	const json_t *message = message_at(job, job->ahead_at);
	struct rpc_error why = { .data = NULL };
	struct rpc_request request;
	int rc;

	if (job->ahead.under_way) {
		rc = control_request_go_on(&job->ahead, c, job->answer);
	} else if (!is_change(message) &&
	    rpc_request_decode(&request, message, &why) == 0) {
		return request.id == NULL ? 0 : answer_leave_room(job->answer);
	} else {
		rpc_error_fini(&why);
		rc = control_request_begin(&job->ahead, c, job->answer, message,
		    &job->pause);
	}
	if (rc != 0)
		return rc;
	return json_array_set_new(job->message, job->ahead_at, json_null());
}

/* As control_request_begin: the next that is to be ahead, or the end of it. */
static int
step_ahead(struct control_client *c)
{
	int rc;

	if (c->job.ahead_at >= c->job.changes_end)
		return end_ahead(c);
	rc = carry_out_ahead(c);
	if (rc == 0)
		c->job.ahead_at++;
	return rc;
}

static bool
was_ahead(const struct control_job *job, size_t i)
{
	return i < job->ahead_end && json_is_null(message_at(job, i));
}

/* Each is answered with why.  -1: no memory. */
static int
refuse_rest(struct control_job *job, const struct rpc_error *why)
{
	struct rpc_request request;
	struct rpc_error error;
	int rc = 0;

	control_request_drop(&job->at);
	for (; job->next < job->count && rc == 0; job->next++) {
		if (was_ahead(job, job->next))
			continue;
		error = (struct rpc_error){ .data = NULL };
		if (rpc_request_decode(&request, message_at(job, job->next),
			&error) == -1)
			rc = answer_add_error(job->answer, request.id, &error);
		else if (request.id != NULL)
			rc = answer_add_error(job->answer, request.id, why);
		rpc_error_fini(&error);
	}
	return rc;
}

/* As control_request_begin: the next one in its place. */
static int
step_in_order(struct control_client *c)
{
	struct control_job *job = &c->job;
	int rc = 0;

	job->at.changed = false;
	if (job->at.under_way)
		rc = control_request_go_on(&job->at, c, job->answer);
	else if (!was_ahead(job, job->next))
		rc = control_request_begin(&job->at, c, job->answer,
		    message_at(job, job->next), &job->pause);
	if (rc != 0)
		return rc;
	job->next++;
	job->changed |= job->at.changed;
	if (job->changes)
		begin_ahead(c);
	return 0;
}

/* As control_request_begin; with -1 no more is carried out. */
static int
step(struct control_client *c)
{
	int rc = c->job.goes_ahead ? step_ahead(c) : step_in_order(c);

	if (rc == -1)
		release_changes(c);
	return rc;
}

/* It goes on in another turn.  As control_job_go_on. */
static int
pause_job(struct control_client *c)
{
	struct control_job *job = &c->job;
	struct rpc_error error;
	struct refusal why;

	if (job->at.under_way && is_change(message_at(job, job->next)))
		hold_changes(c);
	else if (job->changed && job->changes_end > 0 && !job->goes_ahead)
		begin_ahead(c);
	if (job->changes || job->counted || !job->batch)
		return 1;
	if (c->user->batches < USER_BATCHES_MAX) {
		c->user->batches++;
		job->counted = true;
		return 1;
	}
	refusal_set(&why, REASON_BUSY,
	    "%d long batches of your user are under way: ask again later",
	    USER_BATCHES_MAX);
	rpc_error_refuse(&error, &why);
	return refuse_rest(job, &error);
}

static bool
is_left(const struct control_job *job)
{
	return job->goes_ahead || job->next < job->count;
}

/* Whether the last step was a change. */
static bool
has_changed(const struct control_job *job)
{
	return job->goes_ahead || job->at.changed;
}

int
control_job_go_on(struct control_client *c)
{
	struct control_job *job = &c->job;

	job->pause = (struct method_pause){
		.at_ms = clock_now_ms() + CONTROL_TURN_MS,
		.changes = CHANGES_AT_ONCE,
	};
	while (is_left(job)) {
		int rc = step(c);

		if (rc == -1)
			return -1;
		if (rc == 1 ||
		    (is_left(job) &&
			method_pause_is_due(&job->pause, has_changed(job))))
			return pause_job(c);
	}
	return 0;
}

bool
control_job_changes(const struct control_job *job)
{
	return job->changes;
}

void
control_job_finish_changes(struct control_client *c)
{
	c->job.pause.at_ms = INT64_MAX;
	while (c->job.changes && step(c) != -1)
		;
}

void
control_job_drop(struct control_client *c)
{
	struct control_job *job = &c->job;

	control_job_finish_changes(c);
	control_request_drop(&job->at);
	control_request_drop(&job->ahead);
	if (job->counted)
		c->user->batches--;
	job->counted = false;
	json_decref(job->message);
	job->message = NULL;
	answer_free(job->answer);
	job->answer = NULL;
}

struct answer *
control_job_end(struct control_client *c, const struct rpc_error *why)
{
	struct control_job *job = &c->job;
	struct answer *a = NULL;

	control_job_finish_changes(c);
	/* no message: there was no memory for what it waited for */
	if (refuse_rest(job, why) == 0 &&
	    (job->answer->message != NULL || !job->batch)) {
		a = job->answer;
		job->answer = NULL;
	}
	control_job_drop(c);
	return a;
}

size_t
control_job_size(const struct control_job *job)
{
	size_t paused = job->at.under_way ? job->at.call.text.len : 0;

	return job->answer != NULL ? job->answer->size + paused : 0;
}
