/*
 * The method by which a client asks to be told of events.  That they come is
 * the client's (control_client.c).
 */
#include "feed.h"

#include "method.h"

static int
find_types(struct method_call *call, const json_t *names, uint32_t *types)
{
	*types = 0;
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		enum feed_type type;

		if (!feed_type_find(name, &type))
			return rpc_error_set(&call->error, RPC_INVALID_PARAMS,
			    "types \"%.40s\" is no type of event", name);
		*types |= FEED_BIT(type);
	}
	return 0;
}

int
method_events_subscribe(struct method_call *call,
    const struct ctl_params *params)
{
	uint32_t types = FEED_ALL;

	if (params->types != NULL &&
	    find_types(call, params->types, &types) == -1)
		return -1;
	call->subscribe = (struct method_subscribe){ .wanted = true,
		.types = types,
		.snapshot = params->snapshot };
	call->result = json_object();
	return call->result != NULL ? 0 : method_no_memory(call);
}
