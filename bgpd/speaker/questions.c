/*
 * From a question of a client to some for the keeper, page by page, and from
 * the records that the keeper answers with to JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "victim.h"

#include "ask.h"
#include "method.h"

#include "questions.h"

struct question {
	TAILQ_ENTRY(question) entry;
	struct questions *questions;
	struct ask *ask;
	struct ask_waiter *waiter;
	uid_t uid;
	struct history_query query; /* of the next page; the limit is of all */
	char owner[OWNER_MAX + 1];  /* the query's */
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

/* A page.  -1: no memory, or the keeper's records are malformed. */
static int
add_entries(struct question *one, struct wire_in entries)
{
	json_t *result = json_object_get(one->response, "result");
	json_t *array = json_object_get(result, "entries");
	struct record r;
	int rc;

	while ((rc = channel_get_record(&entries, &r)) == 1) {
		if (r.kind != RECORD_HISTORY || one->query.limit == 0 ||
		    json_array_append_new(array, entry_json(&r.history)) == -1)
			return -1;
		one->query.after_id = r.history.id;
		one->query.limit--;
	}
	return rc;
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

static ask_done on_answer;

/* For the next page. */
static int
ask_next(struct question *one)
{
	one->waiter =
	    ask_history(one->ask, one->uid, &one->query, on_answer, one);
	if (one->waiter != NULL)
		return 0;
	return refuse(one->response, REASON_BUSY,
	    "too many ask for the history: ask again later");
}

/* answer NULL: none came in time.  Asks for more, or ends it.  -1: no memory */
static int
take_answer(struct question *one, const struct history_answer *answer,
    struct wire_in entries)
{
	uint32_t limit = one->query.limit;

	if (answer == NULL)
		return refuse_busy(one->response);
	if (answer->error[0] != '\0')
		return refuse(one->response, REASON_STORAGE, answer->error);
	if (add_entries(one, entries) == -1)
		return -1;
	/* a page without entries is the last, whatever it says */
	if (answer->more && one->query.limit > 0 && one->query.limit < limit)
		return ask_next(one);
	return json_object_set_new(json_object_get(one->response, "result"),
	    "more", json_boolean(answer->more));
}

/* ask.c: the keeper has answered, or did not in time. */
static void
on_answer(void *arg, const struct history_answer *answer,
    struct wire_in entries)
{
	struct question *one = arg;
	struct questions *q = one->questions;

	one->waiter = NULL;
	if (take_answer(one, answer, entries) == -1)
		q->rc = -1;
	if (one->waiter != NULL)
		return;
	free_question(one);
	if (!questions_wait(q))
		q->on_end(q->arg, q->rc);
}

int
questions_add(struct questions *q, json_t *response,
    const struct method_call *call)
{
	struct question *one = calloc(1, sizeof(*one));
	int rc;

	if (one == NULL)
		return -1;
	one->questions = q;
	one->ask = call->env->ask;
	one->uid = call->caller->uid;
	one->query = call->query;
	strlcpy(one->owner, call->query.owner, sizeof(one->owner));
	one->query.owner = one->owner;
	one->response = json_incref(response);
	TAILQ_INSERT_TAIL(&q->list, one, entry);
	rc = ask_next(one);
	if (one->waiter == NULL)
		free_question(one);
	return rc;
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
