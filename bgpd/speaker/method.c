/*
 * The methods of the control protocol, a line each, and the way into them:
 * name, role, parameters, handler.
 */
#include <string.h>

#include "method.h"

#define CHANGE_PARAMS                                                   \
	(CTL_BIT(CTL_OWNER) | CTL_BIT(CTL_REASON) | CTL_BIT(CTL_WAIT) | \
	    CTL_BIT(CTL_TIMEOUT))

static const struct method methods[] = {
	{ "victim.add", ACCESS_DETECTOR, true,
	    { CTL_BIT(CTL_PREFIX),
		CHANGE_PARAMS | CTL_BIT(CTL_TTL) | CTL_BIT(CTL_PERMANENT) |
		    CTL_BIT(CTL_NEIGHBORS) },
	    method_victim_add },
	{ "victim.withdraw", ACCESS_DETECTOR, true,
	    { CTL_BIT(CTL_PREFIX), CHANGE_PARAMS | CTL_BIT(CTL_ALL_OWNERS) },
	    method_victim_withdraw },
	{ "victim.list", ACCESS_VIEWER, false,
	    { 0,
		CTL_BIT(CTL_PREFIX) | CTL_BIT(CTL_OWNER) | CTL_BIT(CTL_LIMIT) |
		    CTL_BIT(CTL_AFTER) },
	    method_victim_list },
	{ "victim.get", ACCESS_VIEWER, false, { CTL_BIT(CTL_PREFIX), 0 },
	    method_victim_get },
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
	{ "daemon.reload", ACCESS_OPERATOR, true, { 0, 0 },
	    method_daemon_reload },
	{ "daemon.stop", ACCESS_OPERATOR, true,
	    { 0, CTL_BIT(CTL_WITHDRAW) | CTL_BIT(CTL_MESSAGE) },
	    method_daemon_stop },
};

static const struct method *
method_find(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	}
	return NULL;
}

bool
method_changes(const char *name)
{
	const struct method *method = method_find(name);

	return method != NULL && method->changes;
}

int
method_run(struct method_call *call, const char *name, const json_t *params)
{
	struct ctl_params decoded;
	struct refusal why;

	call->result = NULL;
	call->method = method_find(name);
	if (call->method == NULL)
		return rpc_error_set(&call->error, RPC_METHOD_NOT_FOUND,
		    "there is no method \"%.40s\"", name);
	if (call->caller->role < call->method->role) {
		refusal_set(&why, REASON_DENIED,
		    "user %s is a %s and may not use %s", call->caller->user,
		    access_role_name(call->caller->role), call->method->name);
		return method_refuse(call, &why);
	}
	if (ctl_params_decode(&decoded, params, call->method->takes,
		&call->error) == -1)
		return -1;
	return call->method->run(call, &decoded);
}

int
method_refuse(struct method_call *call, const struct refusal *why)
{
	return rpc_error_refuse(&call->error, why);
}

int
method_no_memory(struct method_call *call)
{
	return rpc_error_set(&call->error, RPC_INTERNAL_ERROR,
	    call->method->changes
		? "carried out, but there is no memory for the answer"
		: "there is no memory for the answer");
}
