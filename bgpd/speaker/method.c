/*
 * The methods of the control protocol, a line each, and the way into them:
 * name, role, parameters, handler.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#include "method_change.h"

#define CHANGE_PARAMS                                                   \
	(CTL_BIT(CTL_OWNER) | CTL_BIT(CTL_REASON) | CTL_BIT(CTL_WAIT) | \
	    CTL_BIT(CTL_TIMEOUT) | CTL_BIT(CTL_DRY_RUN))
#define ADD_PARAMS                                                   \
	(CHANGE_PARAMS | CTL_BIT(CTL_TTL) | CTL_BIT(CTL_PERMANENT) | \
	    CTL_BIT(CTL_NEIGHBORS))
#define WITHDRAW_PARAMS                                                \
	(CHANGE_PARAMS | CTL_BIT(CTL_ALL_OWNERS) | CTL_BIT(CTL_HOLD) | \
	    CTL_BIT(CTL_NOW))

static const struct method methods[] = {
	{ "victim.add", ACCESS_DETECTOR, true,
	    { CTL_BIT(CTL_PREFIX), ADD_PARAMS }, method_victim_add },
	{ "victim.withdraw", ACCESS_DETECTOR, true,
	    { CTL_BIT(CTL_PREFIX), WITHDRAW_PARAMS }, method_victim_withdraw },
	{ "victim.add_many", ACCESS_DETECTOR, true,
	    { CTL_BIT(CTL_VICTIMS), ADD_PARAMS }, method_victim_add_many },
	{ "victim.withdraw_many", ACCESS_DETECTOR, true,
	    { CTL_BIT(CTL_PREFIXES), WITHDRAW_PARAMS },
	    method_victim_withdraw_many },
	{ "victim.sync", ACCESS_DETECTOR, true,
	    { CTL_BIT(CTL_OWNER) | CTL_BIT(CTL_VICTIMS),
		ADD_PARAMS | CTL_BIT(CTL_GENERATION) |
		    CTL_BIT(CTL_MAX_WITHDRAW) | CTL_BIT(CTL_HOLD) },
	    method_victim_sync },
	{ "victim.flush", ACCESS_OPERATOR, true,
	    { 0, CHANGE_PARAMS | CTL_BIT(CTL_PREFIX) }, method_victim_flush },
	{ "victim.list", ACCESS_VIEWER, false,
	    { 0,
		CTL_BIT(CTL_PREFIX) | CTL_BIT(CTL_OWNER) | CTL_BIT(CTL_LIMIT) |
		    CTL_BIT(CTL_AFTER) },
	    method_victim_list },
	{ "victim.get", ACCESS_VIEWER, false, { CTL_BIT(CTL_PREFIX), 0 },
	    method_victim_get },
	{ "exemption.add", ACCESS_OPERATOR, true,
	    { CTL_BIT(CTL_PREFIX) | CTL_BIT(CTL_TTL),
		CTL_BIT(CTL_REASON) | CTL_BIT(CTL_TIMEOUT) },
	    method_exemption_add },
	{ "exemption.withdraw", ACCESS_OPERATOR, true,
	    { CTL_BIT(CTL_PREFIX), CTL_BIT(CTL_REASON) | CTL_BIT(CTL_TIMEOUT) },
	    method_exemption_withdraw },
	{ "exemption.list", ACCESS_OPERATOR, false, { 0, 0 },
	    method_exemption_list },
	{ "history.list", ACCESS_VIEWER, false,
	    { 0,
		CTL_BIT(CTL_PREFIX) | CTL_BIT(CTL_OWNER) | CTL_BIT(CTL_SINCE) |
		    CTL_BIT(CTL_LIMIT) | CTL_BIT(CTL_AFTER_ID) },
	    method_history_list },
	{ "neighbor.list", ACCESS_VIEWER, false, { 0, CTL_BIT(CTL_NAME) },
	    method_neighbor_list },
	{ "neighbor.reset", ACCESS_OPERATOR, true,
	    { CTL_BIT(CTL_NAME), CTL_BIT(CTL_SOFT) }, method_neighbor_reset },
	{ "neighbor.enable", ACCESS_OPERATOR, true,
	    { CTL_BIT(CTL_NAME), CTL_BIT(CTL_MESSAGE) },
	    method_neighbor_enable },
	{ "neighbor.disable", ACCESS_OPERATOR, true,
	    { CTL_BIT(CTL_NAME), CTL_BIT(CTL_MESSAGE) },
	    method_neighbor_disable },
	{ "daemon.status", ACCESS_VIEWER, false, { 0, 0 },
	    method_daemon_status },
	{ "daemon.freeze", ACCESS_OPERATOR, true,
	    { CTL_BIT(CTL_FROZEN), CTL_BIT(CTL_REASON) },
	    method_daemon_freeze },
	{ "daemon.reload", ACCESS_OPERATOR, true, { 0, 0 },
	    method_daemon_reload },
	{ "daemon.stop", ACCESS_OPERATOR, true,
	    { 0, CTL_BIT(CTL_WITHDRAW) | CTL_BIT(CTL_MESSAGE) },
	    method_daemon_stop },
	{ "events.subscribe", ACCESS_VIEWER, false,
	    { 0, CTL_BIT(CTL_TYPES) | CTL_BIT(CTL_SNAPSHOT) },
	    method_events_subscribe },
};

const struct method *
method_at(size_t i)
{
	return i < sizeof(methods) / sizeof(methods[0]) ? &methods[i] : NULL;
}

static const struct method *
method_find(const char *name)
{
	const struct method *m;

	for (size_t i = 0; (m = method_at(i)) != NULL; i++) {
		if (strcmp(m->name, name) == 0)
			return m;
	}
	return NULL;
}

bool
method_changes(const char *name)
{
	const struct method *method = method_find(name);

	return method != NULL && method->changes;
}

/*
 * The caller's role is not enough.  Who tried to change which prefix goes into
 * the history.
 */
static int
refuse_role(struct method_call *call, const json_t *params)
{
	const struct method *m = call->method;
	struct ctl_params decoded;
	struct refusal why;

	refusal_set(&why, REASON_DENIED, "user %s is a %s and may not use %s",
	    call->caller->user, access_role_name(call->caller->role), m->name);
	if (m->changes && (m->takes.required & CTL_BIT(CTL_PREFIX)) &&
	    ctl_params_decode(&decoded, params, m->takes, &call->error) == 0 &&
	    !decoded.dry_run)
		method_change_refused(call, &decoded, &decoded.prefix, &why);
	return method_refuse(call, &why);
}

int
method_run(struct method_call *call, const char *name, const json_t *params)
{
	struct ctl_params decoded;

	call->result = NULL;
	call->method = method_find(name);
	if (call->method == NULL)
		return rpc_error_set(&call->error, RPC_METHOD_NOT_FOUND,
		    "there is no method \"%.40s\"", name);
	if (call->caller->role < call->method->role)
		return refuse_role(call, params);
	if (ctl_params_decode(&decoded, params, call->method->takes,
		&call->error) == -1)
		return -1;
	call->dry_run = decoded.dry_run;
	return call->method->run(call, &decoded);
}

static void
drop_work(struct method_call *call)
{
	if (call->work != NULL)
		call->drop(call->work);
	call->work = NULL;
}

int
method_go_on(struct method_call *call)
{
	int rc = call->go_on(call);

	if (rc != 1)
		drop_work(call);
	return rc;
}

int
method_work(struct method_call *call, method_step *go_on, void *work,
    void (*drop)(void *work))
{
	call->go_on = go_on;
	call->work = work;
	call->drop = drop;
	return method_go_on(call);
}

/* As rpc_result_encode begins. */
void
method_begin_text(struct method_call *call)
{
	static const char begin[] = "{\"jsonrpc\":\"2.0\",\"id\":",
			  result[] = ",\"result\":";
	json_t *id = call->id != NULL ? call->id : json_null();

	json_text_put_bytes(&call->text, begin, sizeof(begin) - 1);
	json_text_put(&call->text, id);
	json_text_put_bytes(&call->text, result, sizeof(result) - 1);
}

void
method_end_text(struct method_call *call)
{
	json_text_put_bytes(&call->text, "}", 1);
}

bool
method_pause_is_due(struct method_pause *pause, bool change)
{
	if (change && pause->changes > 0) {
		pause->changes--;
		return false;
	}
	return clock_now_ms() >= pause->at_ms;
}

bool
method_is_due(const struct method_call *call, bool change)
{
	return call->pause == NULL || method_pause_is_due(call->pause, change);
}

void
method_call_fini(struct method_call *call)
{
	drop_work(call);
	json_decref(call->result);
	call->result = NULL;
	json_text_fini(&call->text);
	free(call->routes);
	call->routes = NULL;
	free(call->prefixes);
	call->prefixes = NULL;
	rpc_error_fini(&call->error);
}

int
method_refuse(struct method_call *call, const struct refusal *why)
{
	return rpc_error_refuse(&call->error, why);
}

int
method_check_host_bits(struct method_call *call,
    const struct ctl_params *params)
{
	struct refusal why;

	if (params->host_bits == NULL)
		return 0;
	ctl_refuse_host_bits(&why, params->host_bits);
	return method_refuse(call, &why);
}

int
method_no_memory(struct method_call *call)
{
	return rpc_error_set(&call->error, RPC_INTERNAL_ERROR,
	    call->method->changes && !call->dry_run
		? "carried out, but there is no memory for the answer"
		: "there is no memory for the answer");
}
