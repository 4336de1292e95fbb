/*
 * A line is taken apart, its requests are carried out one after the other, and
 * when its time is over the rest waits for the next turn of the loop.  Changes
 * of a batch share a commit: once the first is made, all others are made before
 * that turn ends, ahead of the questions between them.  Each question is
 * answered in its place all the same.
 */
#include <stdlib.h>

#include "clock.h"

#include "answer.h"
#include "control_client.h"
#include "control_turns.h"

#include "control_job.h"

/*
 * So many batches of one user may be under way: each is held as JSON, which is
 * a lot more than its text.
 */
#define USER_BATCHES_MAX 4

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
	job->changed = false;
	for (size_t i = job->count; batch && i > 0; i--) {
		if (is_change(json_array_get(message, i - 1))) {
			job->changes_end = i;
			break;
		}
	}
	return NULL;
}

void
control_job_drop(struct control_client *c)
{
	struct control_job *job = &c->job;

	control_request_drop(&job->at);
	if (job->held)
		c->user->batches--;
	job->held = false;
	json_decref(job->message);
	job->message = NULL;
	answer_free(job->answer);
	job->answer = NULL;
}

/* What asks only has its turn later, and room for its answer until then. */
static int
carry_out_ahead(struct control_client *c, size_t i)
{
	struct control_job *job = &c->job;
	const json_t *message = message_at(job, i);
	struct rpc_error why = { .data = NULL };
	struct control_request change;
	struct rpc_request request;

	if (!is_change(message) &&
	    rpc_request_decode(&request, message, &why) == 0)
		return request.id == NULL ? 0 : answer_leave_room(job->answer);
	rpc_error_fini(&why);
	if (control_request_begin(&change, c, job->answer, message,
		INT64_MAX) == -1)
		return -1;
	return json_array_set_new(job->message, i, json_null());
}

/*
 * The changes that are left, and then all of them are waited for.  A question
 * that has paused is answered behind them.
 */
static int
end_changes(struct control_client *c)
{
	struct control_job *job = &c->job;
	size_t i = job->next;

	answer_go_ahead(job->answer, true);
	for (; i < job->changes_end; i++)
		if (carry_out_ahead(c, i) == -1)
			return -1;
	answer_go_ahead(job->answer, false);
	job->ahead_end = job->changes_end;
	job->changes_end = 0;
	return answer_changes_end(job->answer, c->base, c->env);
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

/* It goes on in another turn.  As control_job_go_on. */
static int
hold(struct control_client *c)
{
	struct control_job *job = &c->job;
	struct rpc_error error;
	struct refusal why;

	if (job->changed && job->changes_end > 0 && end_changes(c) == -1)
		return -1;
	if (job->held || !job->batch)
		return 1;
	if (c->user->batches < USER_BATCHES_MAX) {
		c->user->batches++;
		job->held = true;
		return 1;
	}
	refusal_set(&why, REASON_BUSY,
	    "%d long batches of your user are under way: ask again later",
	    USER_BATCHES_MAX);
	rpc_error_refuse(&error, &why);
	return refuse_rest(job, &error);
}

/* As control_request_begin. */
static int
carry_out_next(struct control_client *c, int64_t pause_ms)
{
	struct control_job *job = &c->job;
	int rc = 0;

	if (job->at.under_way)
		rc = control_request_go_on(&job->at, c, job->answer, pause_ms);
	else if (!was_ahead(job, job->next))
		rc = control_request_begin(&job->at, c, job->answer,
		    message_at(job, job->next), pause_ms);
	if (rc == 0)
		job->next++;
	return rc;
}

int
control_job_go_on(struct control_client *c)
{
	int64_t until_ms = clock_now_ms() + CONTROL_TURN_MS;
	struct control_job *job = &c->job;

	while (job->next < job->count) {
		int rc = carry_out_next(c, until_ms);

		if (rc == -1)
			return -1;
		job->changed |= rc == 0 && job->at.changed;
		if (rc == 1 ||
		    (job->next < job->count && clock_now_ms() >= until_ms))
			return hold(c);
	}
	return 0;
}

struct answer *
control_job_end(struct control_client *c, const struct rpc_error *why)
{
	struct control_job *job = &c->job;
	struct answer *a = NULL;

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
