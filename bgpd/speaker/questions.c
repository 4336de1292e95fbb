/*
 * From a question of a client to one for the keeper, and from the records that
 * the keeper answers with to JSON.
 */
#include <stdlib.h>

#include "ask.h"
#include "method.h"

#include "questions.h"

struct question {
	TAILQ_ENTRY(question) entry;
	struct questions *questions;
	struct ask_waiter *waiter;
	json_t *response;
};

void
questions_init(struct questions *q)
{
	TAILQ_INIT(&q->list);
}

static void
free_question(struct question *one)
{
	TAILQ_REMOVE(&one->questions->list, one, entry);
	ask_cancel(one->waiter);
	json_decref(one->response);
	free(one);
}

void
questions_fini(struct questions *q)
{
	struct question *one, *next;

	TAILQ_FOREACH_SAFE(one, &q->list, entry, next)
		free_question(one);
}

/* null: the entry has none. */
static json_t *
expires_json(const struct history_entry *e)
{
	return e->expires_wall_ms == -1
	    ? json_null()
	    : ctl_instant_encode(e->expires_wall_ms);
}

/* What the daemon does by itself is by nobody. */
static json_t *
entry_json(const struct history_entry *e)
{
	char prefix[PREFIX_STRLEN];
	const char *by = e->by[0] == '\0' ? NULL : e->by;

	return json_pack("{s:I,s:o,s:s,s:s,s:s,s:s?,s:I,s:I,s:s,s:o,s:I}", "id",
	    (json_int_t)e->id, "at", ctl_instant_encode(e->at_wall_ms),
	    "action", history_action_name(e->action), "prefix",
	    prefix_print(&e->prefix, prefix), "owner", e->owner, "by", by,
	    "uid", (json_int_t)e->uid, "pid", (json_int_t)e->pid, "reason",
	    e->reason, "expires", expires_json(e), "count",
	    (json_int_t)e->count);
}

/* NULL: no memory, or the keeper's records are malformed. */
static json_t *
entries_json(struct wire_in entries)
{
	json_t *array = json_array();
	struct record r;
	int rc;

	while ((rc = channel_get_record(&entries, &r)) == 1) {
		if (r.kind != RECORD_HISTORY ||
		    json_array_append_new(array, entry_json(&r.history)) == -1)
			goto fail;
	}
	if (rc == 0)
		return array;
fail:
	json_decref(array);
	return NULL;
}

static int
refuse(json_t *response, enum reason reason, const char *why)
{
	struct rpc_error e = { .code = 0 };
	struct refusal refusal;

	refusal_set(&refusal, reason, "%s", why);
	rpc_error_refuse(&e, &refusal);
	return rpc_response_fail(response, &e, json_object());
}

static int
refuse_busy(json_t *response)
{
	return refuse(response, REASON_BUSY,
	    "the keeper does not answer in time: ask again later");
}

/* answer NULL: none came in time. */
static int
tell(json_t *response, const struct history_answer *answer,
    struct wire_in entries)
{
	json_t *result = json_object_get(response, "result");

	if (answer == NULL)
		return refuse_busy(response);
	if (answer->error[0] != '\0')
		return refuse(response, REASON_STORAGE, answer->error);
	if (json_object_set_new(result, "entries", entries_json(entries)) == -1)
		return -1;
	return json_object_set_new(result, "more", json_boolean(answer->more));
}

/* ask.c: the keeper has answered, or did not in time. */
static void
on_answer(void *arg, const struct history_answer *answer,
    struct wire_in entries)
{
	struct question *one = arg;
	struct questions *q = one->questions;

	one->waiter = NULL;
	if (tell(one->response, answer, entries) == -1)
		q->rc = -1;
	free_question(one);
	if (!questions_wait(q))
		q->on_end(q->arg, q->rc);
}

int
questions_add(struct questions *q, json_t *response,
    const struct method_call *call)
{
	struct question *one = calloc(1, sizeof(*one));

	if (one == NULL)
		return -1;
	one->waiter = ask_history(call->env->ask, &call->query, on_answer, one);
	if (one->waiter == NULL) {
		free(one);
		return refuse(response, REASON_BUSY,
		    "too many ask for the history: ask again later");
	}
	one->questions = q;
	one->response = json_incref(response);
	TAILQ_INSERT_TAIL(&q->list, one, entry);
	return 0;
}

bool
questions_wait(const struct questions *q)
{
	return !TAILQ_EMPTY(&q->list);
}

int
questions_give_up(struct questions *q)
{
	struct question *one, *next;

	TAILQ_FOREACH_SAFE(one, &q->list, entry, next) {
		if (refuse_busy(one->response) == -1)
			q->rc = -1;
		free_question(one);
	}
	return q->rc;
}
