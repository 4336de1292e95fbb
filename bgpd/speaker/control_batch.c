/*
 * The requests of a batch are carried out one after the other, and when its
 * time is over the rest waits for the next turn of the loop.  Changes share a
 * commit: once the first is made, all others are made before that turn ends,
 * ahead of the questions between them.  Each question is answered in its place
 * all the same.
 */
#include <stdlib.h>

#include "clock.h"
#include "rpc.h"

#include "answer.h"
#include "control_client.h"
#include "control_line.h"
#include "control_turns.h"
#include "method.h"

#include "control_batch.h"

/*
 * So many batches of one user may be under way: each is held as JSON, which is
 * a lot more than its text.
 */
#define USER_BATCHES_MAX 4

struct control_batch {
	struct control_client *client;
	json_t *requests; /* null in place of one that was ahead */
	struct answer *answer;
	size_t next;	    /* that is to be carried out */
	size_t changes_end; /* behind the last change */
	size_t ahead_end;   /* behind the last that was ahead */
	bool changed;	    /* one was made */
	bool held;	    /* over a turn: the user's are counted */
};

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

struct control_batch *
control_batch_new(struct control_client *c, json_t *requests)
{
	struct control_batch *b = calloc(1, sizeof(*b));
	size_t i;

	if (b != NULL)
		b->answer = answer_new(true);
	if (b == NULL || b->answer == NULL) {
		json_decref(requests);
		free(b);
		return NULL;
	}
	b->client = c;
	b->requests = requests;
	for (i = json_array_size(requests); i > 0 && b->changes_end == 0; i--)
		if (is_change(json_array_get(requests, i - 1)))
			b->changes_end = i;
	return b;
}

void
control_batch_free(struct control_batch *b)
{
	if (b == NULL)
		return;
	if (b->held)
		b->client->user->batches--;
	json_decref(b->requests);
	answer_free(b->answer);
	free(b);
}

static int
carry_out(struct control_batch *b, const json_t *request)
{
	return control_line_request(b->client, b->answer, request, &b->changed);
}

/* What asks only has its turn later, and room for its answer until then. */
static int
carry_out_ahead(struct control_batch *b, size_t i)
{
	const json_t *message = json_array_get(b->requests, i);
	struct rpc_error why = { .data = NULL };
	struct rpc_request request;

	if (!is_change(message) &&
	    rpc_request_decode(&request, message, &why) == 0)
		return request.id == NULL ? 0 : answer_leave_room(b->answer);
	rpc_error_fini(&why);
	if (carry_out(b, message) == -1)
		return -1;
	return json_array_set_new(b->requests, i, json_null());
}

/* The changes that are left, and then all of them are waited for. */
static int
end_changes(struct control_batch *b)
{
	answer_go_ahead(b->answer, true);
	for (size_t i = b->next; i < b->changes_end; i++)
		if (carry_out_ahead(b, i) == -1)
			return -1;
	answer_go_ahead(b->answer, false);
	b->ahead_end = b->changes_end;
	b->changes_end = 0;
	return answer_changes_end(b->answer, b->client->base, b->client->env);
}

static bool
was_ahead(const struct control_batch *b, size_t i)
{
	return i < b->ahead_end && json_is_null(json_array_get(b->requests, i));
}

/* Each is answered with why.  -1: no memory. */
static int
refuse_rest(struct control_batch *b, const struct rpc_error *why)
{
	size_t count = json_array_size(b->requests);
	struct rpc_request request;
	struct rpc_error error;
	int rc = 0;

	for (; b->next < count && rc == 0; b->next++) {
		if (was_ahead(b, b->next))
			continue;
		error = (struct rpc_error){ .data = NULL };
		if (rpc_request_decode(&request,
			json_array_get(b->requests, b->next), &error) == -1)
			rc = answer_add_error(b->answer, request.id, &error);
		else if (request.id != NULL)
			rc = answer_add_error(b->answer, request.id, why);
		rpc_error_fini(&error);
	}
	return rc;
}

/* It goes on in another turn.  As control_batch_go_on. */
static int
hold(struct control_batch *b)
{
	struct control_user *user = b->client->user;
	struct rpc_error error;
	struct refusal why;

	if (b->changed && b->changes_end > 0 && end_changes(b) == -1)
		return -1;
	if (b->held)
		return 1;
	if (user->batches < USER_BATCHES_MAX) {
		user->batches++;
		b->held = true;
		return 1;
	}
	refusal_set(&why, REASON_BUSY,
	    "%d long batches of your user are under way: ask again later",
	    USER_BATCHES_MAX);
	rpc_error_refuse(&error, &why);
	return refuse_rest(b, &error);
}

int
control_batch_go_on(struct control_batch *b)
{
	int64_t until_ms = clock_now_ms() + CONTROL_TURN_MS;
	size_t count = json_array_size(b->requests);

	while (b->next < count) {
		const json_t *request = json_array_get(b->requests, b->next);

		if (!was_ahead(b, b->next) && carry_out(b, request) == -1)
			return -1;
		b->next++;
		if (b->next < count && clock_now_ms() >= until_ms)
			return hold(b);
	}
	return 0;
}

struct answer *
control_batch_end(struct control_batch *b, const struct rpc_error *why)
{
	struct answer *a = b->answer;

	/* no message: there was no memory for what it waited for */
	if (refuse_rest(b, why) == 0 && a->message != NULL)
		b->answer = NULL;
	else
		a = NULL;
	control_batch_free(b);
	return a;
}

size_t
control_batch_size(const struct control_batch *b)
{
	return b->answer->size;
}
