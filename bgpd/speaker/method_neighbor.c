/*
 * The methods that show neighbors, and those by which an operator resets,
 * disables and enables one.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bgp.h"
#include "clock.h"
#include "log.h"
#include "neighbor.h"
#include "pending.h"

#include "method_change.h"

/* "64501" is a number in JSON; an identifier is shown as an IPv4 address. */
static json_t *
router_id_json(uint32_t id)
{
	struct in_addr address = { .s_addr = htonl(id) };
	char text[INET_ADDRSTRLEN];

	if (id == 0 || inet_ntop(AF_INET, &address, text, sizeof(text)) == NULL)
		return json_null();
	return json_string(text);
}

/* With its interface when it is a link-local one. */
static json_t *
address_json(const struct config_neighbor *config)
{
	char text[PREFIX_STRLEN];

	prefix_print_address(&config->address, text);
	if (config->interface[0] == '\0')
		return json_string(text);
	return json_sprintf("%s%%%s", text, config->interface);
}

static json_t *
families_json(uint8_t set)
{
	json_t *array = json_array();

	for (unsigned f = 0; f < FAMILIES; f++) {
		if ((set & FAMILY_BIT(f)) &&
		    json_array_append_new(array,
			json_string(family_name((enum family)f))) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static const struct {
	uint8_t code;
	const char *name;
} capabilities[] = {
	{ BGP_CAP_MULTIPROTOCOL, "multiprotocol" },
	{ BGP_CAP_ROUTE_REFRESH, "route-refresh" },
	{ BGP_CAP_EXTENDED_NEXT_HOP, "extended-next-hop" },
	{ BGP_CAP_EXTENDED_MESSAGE, "extended-message" },
	{ BGP_CAP_ROLE, "role" },
	{ BGP_CAP_GRACEFUL_RESTART, "graceful-restart" },
	{ BGP_CAP_AS4, "as4" },
	{ BGP_CAP_ENHANCED_REFRESH, "enhanced-refresh" },
	{ BGP_CAP_LONG_LIVED_GR, "long-lived-graceful-restart" },
};

/* One we do not know is shown by its number. */
static json_t *
capability_json(uint8_t code)
{
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]);
	     i++) {
		if (capabilities[i].code == code)
			return json_string(capabilities[i].name);
	}
	return json_sprintf("%u", code);
}

static json_t *
capabilities_json(const struct neighbor_info *info)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < info->capability_count; i++) {
		if (json_array_append_new(array,
			capability_json(info->capability_codes[i])) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
counts_json(const uint64_t counts[NEIGHBOR_MESSAGE_TYPES])
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "open",
	    (json_int_t)counts[BGP_OPEN], "update",
	    (json_int_t)counts[BGP_UPDATE], "notification",
	    (json_int_t)counts[BGP_NOTIFICATION], "keepalive",
	    (json_int_t)counts[BGP_KEEPALIVE], "route_refresh",
	    (json_int_t)counts[BGP_ROUTE_REFRESH]);
}

/* Code, subcode and sender are null when no NOTIFICATION was the error. */
static json_t *
error_json(const struct neighbor_info *info)
{
	const struct bgp_notification *n = info->notification;
	json_t *at, *code, *subcode, *by;

	if (!info->has_error)
		return json_null();
	at = ctl_instant_encode(clock_to_wall(info->error_at_ms));
	code = n != NULL ? json_integer(n->code) : json_null();
	subcode = n != NULL ? json_integer(n->subcode) : json_null();
	by = n == NULL
	    ? json_null()
	    : json_string(info->notification_sent ? "us" : "neighbor");
	return json_pack("{s:o,s:s,s:o,s:o,s:o}", "at", at, "text",
	    info->error_text, "code", code, "subcode", subcode, "sent_by", by);
}

static json_t *
graceful_restart_json(const struct neighbor_info *info)
{
	bool agreed = info->established && info->terms.graceful_restart;

	return json_pack("{s:b,s:b,s:i}", "agreed", agreed, "notification",
	    agreed && info->terms.gr_notification, "time",
	    agreed ? info->terms.gr_time_s : 0);
}

/* How many prefixes it takes: null, as many as there are. */
static json_t *
limit_json(uint32_t limit)
{
	return limit == RIBOUT_NO_LIMIT ? json_null() : json_integer(limit);
}

static json_t *
limits_json(const struct neighbor_info *info)
{
	return json_pack("{s:{s:o,s:o},s:{s:I,s:I},s:b}", "max_prefixes",
	    family_name(FAMILY_IPV4), limit_json(info->limits[FAMILY_IPV4]),
	    family_name(FAMILY_IPV6), limit_json(info->limits[FAMILY_IPV6]),
	    "over_limit", family_name(FAMILY_IPV4),
	    (json_int_t)info->over_limit[FAMILY_IPV4], family_name(FAMILY_IPV6),
	    (json_int_t)info->over_limit[FAMILY_IPV6], "limited_by_neighbor",
	    info->limited_by_neighbor);
}

/* What the file says that a session may not have come to. */
static json_t *
configured_json(const struct config_neighbor *config)
{
	const char *words[2];
	size_t count = 0;

	if (config->announce & ANNOUNCE_AGGREGATES)
		words[count++] = "aggregates";
	if (config->announce & ANNOUNCE_BLACKHOLES)
		words[count++] = "blackholes";
	return json_pack("{s:o,s:o,s:I,s:{s:I,s:I}}", "families",
	    families_json(config->families), "announce",
	    ctl_texts_encode(words, count), "graceful_restart",
	    (json_int_t)config->graceful_restart_s, "max_prefixes",
	    family_name(FAMILY_IPV4),
	    (json_int_t)config->max_prefixes[FAMILY_IPV4],
	    family_name(FAMILY_IPV6),
	    (json_int_t)config->max_prefixes[FAMILY_IPV6]);
}

/* What is only known of a session is null or 0 without one. */
static json_t *
session_json(const struct neighbor_info *info)
{
	/* families: those agreed on, or else those configured */
	uint8_t families =
	    info->established ? info->terms.families : info->config->families;
	json_t *hold_time = json_null();

	if (info->established)
		hold_time = json_integer(info->hold_time_s);
	return json_pack("{s:o,s:o,s:o,s:o,s:{s:I,s:I},s:I,s:I,s:I,s:{s:o,s:o},"
			 "s:o,s:I,s:o}",
	    "router_id", router_id_json(info->router_id), "hold_time",
	    hold_time, "families", families_json(families), "capabilities",
	    capabilities_json(info), "announced", family_name(FAMILY_IPV4),
	    (json_int_t)info->announced[FAMILY_IPV4], family_name(FAMILY_IPV6),
	    (json_int_t)info->announced[FAMILY_IPV6], "aggregates",
	    (json_int_t)info->aggregates, "pending", (json_int_t)info->pending,
	    "received_prefixes", (json_int_t)info->received_prefixes,
	    "messages", "sent", counts_json(info->sent), "received",
	    counts_json(info->received), "last_error", error_json(info),
	    "flaps", (json_int_t)info->flaps, "graceful_restart",
	    graceful_restart_json(info));
}

static json_t *
neighbor_json(const struct neighbor *n, int64_t now_ms)
{
	struct neighbor_info info;
	json_t *o, *session, *limits, *retry = json_null();

	neighbor_get_info(n, &info);
	if (info.retry_at_ms > now_ms)
		retry = json_integer((info.retry_at_ms - now_ms + 999) / 1000);
	o = json_pack("{s:s,s:s,s:o,s:I,s:s,s:o,s:o,s:o}", "name",
	    info.config->name, "description", info.config->description,
	    "address", address_json(info.config), "remote_as",
	    (json_int_t)info.config->remote_as, "state", info.state, "since",
	    ctl_instant_encode(clock_to_wall(info.since_ms)), "retry_in", retry,
	    "configured", configured_json(info.config));
	session = session_json(&info);
	limits = limits_json(&info);
	if (json_object_update_missing(o, session) == -1 ||
	    json_object_update_missing(o, limits) == -1) {
		json_decref(o);
		o = NULL;
	}
	json_decref(session);
	json_decref(limits);
	return o;
}

static int
refuse_unknown(struct method_call *call, const char *name)
{
	struct refusal why;

	refusal_set(&why, REASON_UNKNOWN_NEIGHBOR, "no neighbor is named %.64s",
	    name);
	return method_refuse(call, &why);
}

int
method_neighbor_list(struct method_call *call, const struct ctl_params *params)
{
	const struct method_env *env = call->env;
	json_t *array = json_array();

	for (size_t i = 0; i < env->neighbor_count; i++) {
		const struct neighbor *n = env->neighbors[i];

		if (params->name != NULL &&
		    strcmp(params->name, neighbor_config(n)->name) != 0)
			continue;
		if (json_array_append_new(array,
			neighbor_json(n, call->now_ms)) == -1) {
			json_decref(array);
			return method_no_memory(call);
		}
	}
	if (params->name != NULL && json_array_size(array) == 0) {
		json_decref(array);
		return refuse_unknown(call, params->name);
	}
	call->result = json_pack("{s:o}", "neighbors", array);
	return call->result != NULL ? 0 : method_no_memory(call);
}

/* NULL, and refused, when there is none. */
static struct neighbor *
find_neighbor(struct method_call *call, const char *name)
{
	const struct method_env *env = call->env;

	for (size_t i = 0; i < env->neighbor_count; i++) {
		if (strcmp(neighbor_config(env->neighbors[i])->name, name) == 0)
			return env->neighbors[i];
	}
	refuse_unknown(call, name);
	return NULL;
}

static void
log_done(const struct method_call *call, const struct ctl_params *params,
    const char *what)
{
	log_info("neighbor %s: %s by %s (pid %d)%s%s", params->name, what,
	    call->caller->user, (int)call->caller->pid,
	    params->message != NULL ? ": " : "",
	    params->message != NULL ? params->message : "");
}

static int
done(struct method_call *call)
{
	call->result = json_object();
	return call->result != NULL ? 0 : method_no_memory(call);
}

/* What a restart is to keep: the answer tells whether it is stored. */
static int
done_when_stored(struct method_call *call, uint64_t commit)
{
	method_change_stored(call, commit);
	call->wait_ms = PENDING_WAIT_MS;
	return method_change_end(call, json_object());
}

static int
refuse_no_memory(struct method_call *call)
{
	struct refusal why;

	method_change_no_memory(&why);
	return method_refuse(call, &why);
}

int
method_neighbor_reset(struct method_call *call, const struct ctl_params *params)
{
	const struct method_actions *actions = &call->env->actions;
	struct neighbor *n = find_neighbor(call, params->name);

	if (n == NULL)
		return -1;
	log_done(call, params, params->soft ? "refreshed" : "reset");
	if (params->soft)
		neighbor_refresh(n);
	else
		actions->reset(actions->arg, n);
	return done(call);
}

int
method_neighbor_enable(struct method_call *call,
    const struct ctl_params *params)
{
	const struct method_actions *actions = &call->env->actions;
	struct neighbor *n = find_neighbor(call, params->name);
	uint64_t commit;

	if (n == NULL)
		return -1;
	/* what the file says is not undone from here */
	if (!neighbor_config(n)->enabled)
		return rpc_error_set(&call->error, RPC_INVALID_PARAMS,
		    "the configuration says \"enabled: no\" for neighbor "
		    "%.64s: change it there, and reload",
		    params->name);
	if (actions->enable(actions->arg, n, &commit) == -1)
		return refuse_no_memory(call);
	log_done(call, params, "enabled");
	return done_when_stored(call, commit);
}

int
method_neighbor_disable(struct method_call *call,
    const struct ctl_params *params)
{
	const struct method_actions *actions = &call->env->actions;
	struct neighbor *n = find_neighbor(call, params->name);
	uint64_t commit;

	if (n == NULL)
		return -1;
	if (actions->disable(actions->arg, n, params->message, &commit) == -1)
		return refuse_no_memory(call);
	log_done(call, params, "disabled");
	return done_when_stored(call, commit);
}
