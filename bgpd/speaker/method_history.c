/*
 * The method that shows the history.  It is in the store, which only the
 * keeper reads: the answer asks it, and waits for its entries.
 */
#include "clock.h"

#include "method.h"

static int64_t
since_wall_ms(const struct ctl_params *params)
{
	int64_t wall_ms = params->since_ms;

	if (params->since_ago_s > 0)
		wall_ms = clock_wall_ms() - (int64_t)params->since_ago_s * 1000;
	return wall_ms > 0 ? wall_ms : 0;
}

int
method_history_list(struct method_call *call, const struct ctl_params *params)
{
	if (method_check_host_bits(call, params) == -1)
		return -1;
	call->asks = true;
	call->query = (struct history_query){
		.has_prefix = params->given & CTL_BIT(CTL_PREFIX),
		.prefix = params->prefix,
		.owner = params->owner != NULL ? params->owner : "",
		.since_wall_ms = since_wall_ms(params),
		.after_id = params->after_id,
		.limit = params->limit,
	};
	call->result = json_pack("{s:[],s:b}", "entries", "more", 0);
	return call->result != NULL ? 0 : method_no_memory(call);
}
