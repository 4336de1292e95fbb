/*
 * A change on its way to the door and back: checks before it, and behind it
 * what the answer has to wait for.
 */
#include <stdlib.h>
#include <string.h>

#include "settings.h"

#include "method_change.h"

static int
refuse_denied(const struct caller *caller, struct refusal *why,
    const char *what, const char *of)
{
	return refusal_set(why, REASON_DENIED,
	    "user %s is a %s and may not %s%s", caller->user,
	    access_role_name(caller->role), what, of);
}

/* What only operators may ask for. */
static int
check_denied(const struct caller *caller, const struct ctl_params *params,
    struct refusal *why)
{
	if (caller->role == ACCESS_OPERATOR)
		return 0;
	if (params->owner != NULL && strcmp(params->owner, caller->user) != 0)
		return refuse_denied(caller, why, "name the owner ",
		    params->owner);
	if (params->all_owners)
		return refuse_denied(caller, why, "withdraw what others hold",
		    "");
	if (params->now)
		return refuse_denied(caller, why, "end a hold", "");
	return 0;
}

static int
check_frozen(const struct method_call *call, struct refusal *why)
{
	const struct freeze *freeze = &call->env->settings->freeze;

	if (call->caller->role == ACCESS_OPERATOR || !freeze->frozen)
		return 0;
	return refusal_set(why, REASON_FROZEN,
	    "%s has frozen the daemon: until that ends only operators change "
	    "victims%s%s",
	    freeze->by, freeze->reason[0] != '\0' ? ": " : "", freeze->reason);
}

int
method_change_check(const struct method_call *call,
    const struct ctl_params *params, struct refusal *why)
{
	const struct caller *caller = call->caller;

	if (check_denied(caller, params, why) == -1 ||
	    check_frozen(call, why) == -1)
		return -1;
	if (caller->role != ACCESS_DETECTOR || caller->rule == NULL ||
	    access_bucket_open(call->bucket, caller->rule->rate, call->now_ms))
		return 0;
	return refusal_set(why, REASON_RATE,
	    "user %s is over %u changes a second", caller->user,
	    caller->rule->rate);
}

static enum waiters_for
wait_for(enum ctl_wait wait)
{
	switch (wait) {
	case CTL_WAIT_STORED:
		break;
	case CTL_WAIT_SENT:
		return WAIT_SENT;
	case CTL_WAIT_DELIVERED:
		return WAIT_DELIVERED;
	}
	return WAIT_STORED;
}

/* Whether there is room for what is waited for besides storage. */
static bool
make_room_for_routes(struct method_call *call, size_t count)
{
	if (call->wait_for == WAIT_STORED || count == 0)
		return true;
	call->routes = calloc(count, sizeof(*call->routes));
	if (call->routes == NULL ||
	    call->env->config->state.on_failure != ON_FAILURE_REFUSE)
		return call->routes != NULL;
	call->prefixes = calloc(count, sizeof(*call->prefixes));
	return call->prefixes != NULL;
}

int
method_change_begin(struct method_call *call, const struct ctl_params *params,
    size_t count, const struct prefix *prefix)
{
	struct refusal why;

	if (method_change_check(call, params, &why) == -1) {
		if (prefix != NULL && !params->dry_run)
			method_change_refused(call, params, prefix, &why);
		return method_refuse(call, &why);
	}
	if (params->dry_run)
		return 0;
	call->wait_for = wait_for(params->wait);
	call->wait_ms = (int64_t)params->timeout_s * 1000;
	if (make_room_for_routes(call, count))
		return 0;
	method_change_no_memory(&why);
	return method_refuse(call, &why);
}

void
method_change_stored(struct method_call *call, uint64_t commit)
{
	call->waits = true;
	if (commit > call->commit)
		call->commit = commit;
}

void
method_change_made(struct method_call *call, const struct prefix *prefix,
    const struct blackhole_result *result)
{
	access_bucket_take(call->bucket, 1);
	method_change_stored(call, result->commit);
	call->deferred |= result->deferred;
	if (call->prefixes != NULL)
		call->prefixes[call->route_count] = *prefix;
	if (call->routes != NULL)
		call->routes[call->route_count++] = result->route;
}

int
method_change_end(struct method_call *call, json_t *result)
{
	if (ctl_change_set(result, false, "timeout") == -1) {
		json_decref(result);
		return method_no_memory(call);
	}
	call->result = result;
	return 0;
}

int
method_change_no_memory(struct refusal *why)
{
	return refusal_set(why, REASON_BUSY, "out of memory");
}

void
method_change_refused(const struct method_call *call,
    const struct ctl_params *params, const struct prefix *prefix,
    const struct refusal *why)
{
	struct wish wish = { .prefix = *prefix,
		.owner = params->owner,
		.reason = params->reason };

	blackhole_note_refusal(call->env->blackhole, call->caller, &wish, why);
}

struct wish
method_change_wish(const struct ctl_params *params, const char *neighbors)
{
	return (struct wish){ .prefix = params->prefix,
		.has_ttl = params->given & CTL_BIT(CTL_TTL),
		.ttl_max = params->ttl_max,
		.ttl_s = params->ttl_s,
		.permanent = params->permanent,
		.owner = params->owner,
		.reason = params->reason,
		.neighbors = neighbors,
		.neighbors_all = (params->given & CTL_BIT(CTL_NEIGHBORS)) &&
		    params->neighbors == NULL };
}

struct unwish
method_change_unwish(const struct ctl_params *params)
{
	return (struct unwish){ .prefix = params->prefix,
		.owner = params->owner,
		.all_owners = params->all_owners,
		.hold = params->hold,
		.now = params->now,
		.reason = params->reason };
}

int
method_change_neighbors(const struct ctl_params *params, char **neighbors)
{
	*neighbors = NULL;
	if (params->neighbors == NULL)
		return 0;
	*neighbors = ctl_neighbors_join(params->neighbors);
	return *neighbors != NULL ? 0 : -1;
}

const char *
method_change_outcome(enum blackhole_outcome outcome, bool would)
{
	static const char *const names[] = { [BLACKHOLE_ADDED] = "added",
		[BLACKHOLE_REFRESHED] = "refreshed",
		[BLACKHOLE_WITHDRAWN] = "withdrawn",
		[BLACKHOLE_CLAIMS_LEFT] = "claims-left",
		[BLACKHOLE_HELD] = "held" };

	if (would && outcome == BLACKHOLE_ADDED)
		return "would-add";
	if (would && outcome == BLACKHOLE_REFRESHED)
		return "would-refresh";
	return names[outcome];
}
