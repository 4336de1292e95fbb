/*
 * From a line to its answer: the JSON is taken apart, each request is run, and
 * what comes of it is gathered.
 */
#include <stdio.h>

#include "answer.h"
#include "clock.h"
#include "control_batch.h"
#include "control_client.h"
#include "log.h"
#include "metrics.h"
#include "reload.h"

#include "control_line.h"

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

/*
 * What only shows something can be asked for again: while clients leave too
 * much unread, it may not be large.  A change that was made is always told.
 */
static int
check_crowd(const struct control_client *c, struct method_call *call)
{
	struct refusal why;

	if (!control_client_is_crowded(c) || call->method->changes ||
	    json_dumpb(call->result, NULL, 0, JSON_COMPACT) <=
		CONTROL_UNREAD_FREE)
		return 0;
	refusal_set(&why, REASON_BUSY,
	    "too much waits to be read by clients: ask for less, or again "
	    "later");
	json_decref(call->result);
	call->result = NULL;
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
end_request(struct control_client *c, struct answer *a,
    const struct rpc_request *request, struct method_call *call, int rc)
{
	if (rc == -1 || call->refused > 0)
		log_refusal(c, call);
	if (rc == -1 || !call->deferred || request->id == NULL)
		metrics_count_request(c->env->metrics,
		    call->method != NULL ? call->method->name : NULL,
		    rc == -1 ? &call->error : NULL);
	if (call->stop.wanted)
		c->on_stop(c->arg, &call->stop);
	if (call->subscribe.wanted &&
	    follow_begin(&c->follow, c->env, &call->subscribe, a) == -1)
		return -1;
	if (request->id == NULL)
		return rc == -1 ? 0 : end_notification(c, call);
	if (rc == -1)
		return answer_add_error(a, request->id, &call->error);
	return answer_add_result(a, request->id, call);
}

int
control_line_request(struct control_client *c, struct answer *a,
    const json_t *message, bool *changed)
{
	struct method_call call = { .env = c->env,
		.caller = &c->caller,
		.bucket = &c->user->changes,
		.now_ms = clock_now_ms() };
	struct rpc_request request;
	int rc;

	if (rpc_request_decode(&request, message, &call.error) == -1) {
		metrics_count_request(c->env->metrics, NULL, &call.error);
		return answer_add_error(a, request.id, &call.error);
	}
	rc = check_size(c, &call, a, request.method);
	if (rc == 0)
		rc = method_run(&call, request.method, request.params);
	if (rc == 0)
		rc = check_crowd(c, &call);
	*changed |= rc == 0 && call.method->changes && !call.dry_run;
	rc = end_request(c, a, &request, &call, rc);
	method_call_fini(&call);
	return rc;
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
control_line_error(const struct rpc_error *why)
{
	struct answer *a = answer_new(false);

	if (a == NULL || answer_add_error(a, NULL, why) == 0)
		return a;
	answer_free(a);
	return NULL;
}

static struct answer *
carry_out_alone(struct control_client *c, const json_t *message)
{
	struct answer *a = answer_new(false);
	bool changed = false;

	if (a == NULL || control_line_request(c, a, message, &changed) == 0)
		return a;
	answer_free(a);
	return NULL;
}

struct answer *
control_line_carry_out(struct control_client *c, const char *line, size_t len,
    struct control_batch **batch)
{
	struct rpc_error why;
	json_t *message = rpc_parse(line, len, &why);
	struct answer *a;

	if (json_is_array(message) && check_batch(message, &why) == 0) {
		*batch = control_batch_new(c, message);
		return NULL;
	}
	if (message == NULL || json_is_array(message))
		a = control_line_error(&why);
	else
		a = carry_out_alone(c, message);
	json_decref(message);
	return a;
}
