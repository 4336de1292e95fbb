/*
 * From a request to its part of the answer: it is run, in steps if it takes
 * long, and what comes of it is logged, counted and added.
 */
#include <stdio.h>

#include "clock.h"
#include "log.h"

#include "answer.h"
#include "control_client.h"
#include "metrics.h"
#include "reload.h"

#include "control_request.h"

/* The most bytes of answers to the changes of one batch. */
#define CHANGES_MAX (32U << 20)

static void
log_refusal(const struct control_client *c, const struct method_call *call)
{
	struct control_user *u = c->user;
	char many[48] = "";

	if (call->error.code != RPC_REFUSED || call->method == NULL ||
	    !call->method->changes)
		return;
	if (!access_bucket_open(&u->log_lines, CONTROL_USER_LOG_RATE,
		call->now_ms)) {
		u->unlogged++;
		return;
	}
	access_bucket_take(&u->log_lines, 1);
	if (u->unlogged > 0)
		log_info("control: %ju more refusals of user %s were not "
			 "logged",
		    (uintmax_t)u->unlogged, c->caller.user);
	u->unlogged = 0;
	if (call->refused > 0)
		snprintf(many, sizeof(many), " %zu, the first", call->refused);
	log_info("control: %s by user %s (pid %d) refused%s: %s: %s",
	    call->method->name, c->caller.user, (int)c->caller.pid, many,
	    reason_name(call->error.reason), call->error.message);
}

/*
 * What a batch is answered is not to fill the memory.  Changes are small and
 * belong together: they may take much more than lists.
 */
static int
check_size(const struct control_client *c, struct method_call *call,
    const struct answer *a, const char *name)
{
	size_t max = method_changes(name) ? CHANGES_MAX : CONTROL_UNREAD_MAX;
	struct refusal why;

	if (control_client_is_crowded(c))
		max = CONTROL_UNREAD_FREE;
	if (a->size <= max)
		return 0;
	refusal_set(&why, REASON_BUSY,
	    "the answers to this batch are above %zu bytes: ask for the rest "
	    "in another",
	    max);
	return rpc_error_refuse(&call->error, &why);
}

static size_t
result_size(const struct method_call *call)
{
	return call->result == NULL
	    ? call->text.len
	    : json_dumpb(call->result, NULL, 0, JSON_COMPACT);
}

/*
 * What only shows something can be asked for again: while clients leave too
 * much unread, it may not be large.  A change that was made is always told.
 */
static int
check_crowd(const struct control_client *c, struct method_call *call)
{
	struct refusal why;

	if (!control_client_is_crowded(c) || call->method->changes ||
	    result_size(call) <= CONTROL_UNREAD_FREE)
		return 0;
	refusal_set(&why, REASON_BUSY,
	    "too much waits to be read by clients: ask for less, or again "
	    "later");
	method_call_fini(call);
	return rpc_error_refuse(&call->error, &why);
}

/* reload.c: nobody wants to know. */
static void
ignore_outcome(void *arg, const struct reload_outcome *outcome)
{
	(void)arg;
	(void)outcome;
}

/* A notification was carried out: there is no answer that asks to reload. */
static int
end_notification(const struct control_client *c, struct method_call *call)
{
	if (call->reloads &&
	    reload_ask(c->env->reload, ignore_outcome, NULL) == NULL)
		log_warnx("configuration: not reloaded: out of memory");
	return 0;
}

/* Adds to the answer what came of the request.  -1: no memory. */
static int
add_outcome(struct control_client *c, struct answer *a, json_t *id,
    struct method_call *call, int rc)
{
	if (call->subscribe.wanted &&
	    follow_begin(&c->follow, c->env, &call->subscribe, a) == -1)
		return -1;
	if (id == NULL)
		return rc == -1 ? 0 : end_notification(c, call);
	if (rc == -1)
		return answer_add_error(a, id, &call->error);
	return answer_add_result(a, id, call);
}

/* rc: 0, or -1 with the call's error.  As control_request_begin. */
static int
end_request(struct control_request *r, struct control_client *c,
    struct answer *a, int rc)
{
	struct method_call *call = &r->call;

	if (rc == 0)
		rc = check_crowd(c, call);
	r->changed = rc == 0 && call->method->changes && !call->dry_run;
	if (rc == -1 || call->refused > 0)
		log_refusal(c, call);
	if (rc == -1 || !call->deferred || r->request.id == NULL)
		metrics_count_request(c->env->metrics,
		    call->method != NULL ? call->method->name : NULL,
		    rc == -1 ? &call->error : NULL);
	if (call->stop.wanted)
		c->on_stop(c->arg, &call->stop);
	rc = add_outcome(c, a, r->request.id, call, rc);
	method_call_fini(call);
	return rc;
}

int
control_request_begin(struct control_request *r, struct control_client *c,
    struct answer *a, const json_t *message, struct method_pause *pause)
{
	struct method_call *call = &r->call;
	int rc;

	r->under_way = r->changed = false;
	*call = (struct method_call){ .env = c->env,
		.caller = &c->caller,
		.bucket = &c->user->changes,
		.now_ms = clock_now_ms(),
		.pause = pause };
	if (rpc_request_decode(&r->request, message, &call->error) == -1) {
		metrics_count_request(c->env->metrics, NULL, &call->error);
		rc = answer_add_error(a, r->request.id, &call->error);
		rpc_error_fini(&call->error);
		return rc;
	}
	call->id = r->request.id;
	rc = check_size(c, call, a, r->request.method);
	if (rc == 0)
		rc = method_run(call, r->request.method, r->request.params);
	r->under_way = rc == 1;
	return rc == 1 ? 1 : end_request(r, c, a, rc);
}

int
control_request_go_on(struct control_request *r, struct control_client *c,
    struct answer *a)
{
	int rc = method_go_on(&r->call);

	r->under_way = rc == 1;
	return rc == 1 ? 1 : end_request(r, c, a, rc);
}

void
control_request_drop(struct control_request *r)
{
	if (r->under_way)
		method_call_fini(&r->call);
	r->under_way = false;
}
