/*
 * The methods about the daemon itself.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blackhole.h"
#include "clock.h"
#include "log.h"
#include "neighbor.h"
#include "pending.h"
#include "sandbox.h"
#include "settings.h"

#include "method_change.h"
#include "speaker_health.h"

/* What was unreadable at the start stays an error until the next. */
static json_t *
storage_json(const struct method_env *env)
{
	const char *error = pending_trouble(env->pending);
	int64_t took_ms = pending_last_commit_ms(env->pending);

	if (*error == '\0')
		error = env->store_trouble;
	return json_pack("{s:b,s:I,s:s?,s:o}", "ok", *error == '\0', "pending",
	    (json_int_t)pending_count(env->pending), "error",
	    *error == '\0' ? NULL : error, "last_commit_ms",
	    took_ms == -1 ? json_null() : json_integer(took_ms));
}

/* The name in the configuration is the one that was given up to. */
static json_t *
sandbox_json(const struct config *config)
{
	const struct sandbox_in_force *now = sandbox_in_force();
	uid_t uid = geteuid();
	json_t *user, *capabilities = json_array();

	if (uid == 0)
		user = json_string("root");
	else if (config->user[0] != '\0')
		user = json_string(config->user);
	else
		user = json_sprintf("uid-%u", uid);
	if (now->bind_low_ports)
		json_array_append_new(capabilities,
		    json_string("CAP_NET_BIND_SERVICE"));
	return json_pack("{s:o,s:i,s:b,s:o}", "user", user, "landlock",
	    now->landlock_abi, "seccomp", now->seccomp, "capabilities",
	    capabilities);
}

/* Who froze it, and why; or null. */
static json_t *
freeze_json(const struct freeze *freeze)
{
	if (!freeze->frozen)
		return json_null();
	return json_pack("{s:o,s:s,s:s}", "since",
	    ctl_instant_encode(clock_to_wall(freeze->since_ms)), "by",
	    freeze->by, "reason", freeze->reason);
}

static json_t *
prefixes_json(const struct prefix_list *list)
{
	char text[PREFIX_STRLEN];
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		if (json_array_append_new(array,
			json_string(prefix_print(&list->items[i], text))) ==
		    -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
config_json(const struct method_env *env)
{
	const struct config *config = env->config;

	return json_pack("{s:s,s:o,s:o,s:o}", "file", env->config_file,
	    "loaded", ctl_instant_encode(clock_to_wall(env->config_loaded_ms)),
	    "aggregates", prefixes_json(&config->aggregates), "never",
	    prefixes_json(&config->blackhole.never));
}

/* id null: there is no user, or group, of that name. */
static json_t *
rule_json(const struct config_access *rule)
{
	bool by_user = rule->user[0] != '\0';
	json_t *id = json_null();

	if (rule->id != UINT32_MAX)
		id = json_integer(rule->id);
	return json_pack("{s:s,s:o,s:s}", by_user ? "user" : "group",
	    by_user ? rule->user : rule->group, "id", id, "role",
	    access_role_name((enum access_role)rule->role));
}

/* The rules of access are for operators; null for others. */
static json_t *
access_json(const struct method_call *call)
{
	const struct config *config = call->env->config;
	json_t *array;

	if (call->caller->role < ACCESS_OPERATOR)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < config->control.access_count; i++) {
		if (json_array_append_new(array,
			rule_json(&config->control.access[i])) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* Who asks, as the kernel and the rules of access have it. */
static json_t *
caller_json(const struct caller *caller)
{
	return json_pack("{s:s,s:s}", "user", caller->user, "role",
	    access_role_name(caller->role));
}

int
method_daemon_status(struct method_call *call, const struct ctl_params *params)
{
	const struct method_env *env = call->env;
	const struct victim_set *set = blackhole_victims(env->blackhole);
	const struct freeze *freeze = &env->settings->freeze;
	struct health h;

	(void)params; /* it takes none */
	speaker_health(env, &h);
	call->result = json_pack("{s:s,s:i,s:I,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,"
				 "s:I,s:o,s:b,s:o,s:o,s:o,s:o,s:o}",
	    "version", env->version, "pid", (int)getppid(), "uptime",
	    (json_int_t)((call->now_ms - env->started_ms) / 1000), "config",
	    config_json(env), "victims", (json_int_t)victim_set_count(set),
	    "claims", (json_int_t)victim_set_claims(set), "covered",
	    (json_int_t)h.covered, "uncovered", (json_int_t)h.uncovered,
	    "suppressed", (json_int_t)h.suppressed, "exemptions",
	    (json_int_t)env->settings->exemption_count, "neighbors",
	    (json_int_t)env->neighbor_count, "established",
	    (json_int_t)h.established, "storage", storage_json(env), "frozen",
	    freeze->frozen, "freeze", freeze_json(freeze), "sandbox",
	    sandbox_json(env->config), "health", speaker_health_json(&h),
	    "caller", caller_json(call->caller), "access", access_json(call));
	return call->result != NULL ? 0 : method_no_memory(call);
}

/* In the settings until they are stored; -1: no memory, and it is as before. */
static int
set_freeze(const struct method_env *env, const struct freeze *freeze,
    uint64_t *commit)
{
	struct freeze before = env->settings->freeze;
	bool was_set = env->settings->freeze_set;

	settings_set_freeze(env->settings, freeze);
	if (pending_put_settings(env->pending, env->settings, commit) == 0)
		return 0;
	env->settings->freeze = before;
	env->settings->freeze_set = was_set;
	return -1;
}

int
method_daemon_freeze(struct method_call *call, const struct ctl_params *params)
{
	struct freeze freeze = { .frozen = params->frozen };
	const char *reason = params->reason != NULL ? params->reason : "";
	struct refusal why;
	uint64_t commit;

	if (freeze.frozen) {
		freeze.since_ms = call->now_ms;
		strlcpy(freeze.by, call->caller->user, sizeof(freeze.by));
		strlcpy(freeze.reason, reason, sizeof(freeze.reason));
	}
	if (set_freeze(call->env, &freeze, &commit) == -1) {
		method_change_no_memory(&why);
		return method_refuse(call, &why);
	}
	log_info("daemon: %s by %s (pid %d)%s%s",
	    freeze.frozen ? "frozen" : "no longer frozen", call->caller->user,
	    (int)call->caller->pid, *reason != '\0' ? ": " : "", reason);
	method_change_stored(call, commit);
	call->wait_ms = PENDING_WAIT_MS;
	return method_change_end(call, json_object());
}

int
method_daemon_reload(struct method_call *call, const struct ctl_params *params)
{
	(void)params; /* it takes none */
	call->result = json_pack("{s:[]}", "changed");
	if (call->result == NULL) {
		/* nothing has been asked yet */
		return rpc_error_set(&call->error, RPC_INTERNAL_ERROR,
		    "out of memory");
	}
	call->reloads = true;
	log_info("configuration: reload asked for by %s (pid %d)",
	    call->caller->user, (int)call->caller->pid);
	return 0;
}

/* How long the neighbor keeps our routes when we leave it gracefully. */
static uint32_t
may_stand_s(const struct neighbor *n)
{
	struct neighbor_info info;
	uint32_t stale_s = 0;

	neighbor_get_info(n, &info);
	if (!info.established || !info.terms.graceful_restart)
		return 0;
	if (info.terms.llgr_families != 0)
		stale_s = info.config->long_lived_graceful_restart_s;
	return info.terms.gr_time_s + stale_s;
}

static uint32_t
routes_may_stand_s(const struct method_env *env)
{
	uint32_t longest_s = 0;

	for (size_t i = 0; i < env->neighbor_count; i++) {
		uint32_t s = may_stand_s(env->neighbors[i]);

		if (s > longest_s)
			longest_s = s;
	}
	return longest_s;
}

int
method_daemon_stop(struct method_call *call, const struct ctl_params *params)
{
	uint32_t stand_s = params->withdraw ? 0 : routes_may_stand_s(call->env);

	call->stop = (struct method_stop){ .wanted = true,
		.withdraw = params->withdraw,
		.message = params->message };
	log_info("stop asked for by %s (pid %d)%s%s%s", call->caller->user,
	    (int)call->caller->pid,
	    params->withdraw ? ", routes are taken back" : "",
	    params->message != NULL ? ": " : "",
	    params->message != NULL ? params->message : "");
	call->result =
	    json_pack("{s:I}", "routes_may_stand", (json_int_t)stand_s);
	return call->result != NULL ? 0 : method_no_memory(call);
}
