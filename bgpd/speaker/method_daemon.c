/*
 * The methods about the daemon itself.
 */
#include <stdio.h>
#include <unistd.h>

#include "blackhole.h"
#include "clock.h"
#include "log.h"
#include "neighbor.h"
#include "pending.h"

#include "method.h"

static size_t
count_established(const struct method_env *env)
{
	struct neighbor_info info;
	size_t n = 0;

	for (size_t i = 0; i < env->neighbor_count; i++) {
		neighbor_get_info(env->neighbors[i], &info);
		n += info.established;
	}
	return n;
}

static bool
is_covered(const struct method_env *env, const struct victim *v)
{
	bool wanted = false;
	int64_t at_ms;

	if (v->suppressed != REASON_NONE)
		return false;
	for (size_t i = 0; i < env->neighbor_count; i++) {
		switch (
		    ribout_state_of(neighbor_ribout_const(env->neighbors[i]),
			v->slot, &at_ms)) {
		case RIBOUT_OFF:
			break;
		case RIBOUT_SENT:
		case RIBOUT_DELIVERED:
			wanted = true;
			break;
		case RIBOUT_DOWN:
		case RIBOUT_OVER_LIMIT:
		case RIBOUT_QUEUED:
			return false;
		}
	}
	return wanted;
}

static size_t
count_covered(const struct method_env *env)
{
	const struct victim_set *set = blackhole_victims(env->blackhole);
	size_t n = 0;

	for (struct victim *v = victim_from(set, NULL); v != NULL;
	     v = victim_next(v))
		n += is_covered(env, v);
	return n;
}

/* What was unreadable at the start stays an error until the next. */
static json_t *
storage_json(const struct method_env *env)
{
	const char *error = pending_trouble(env->pending);

	if (*error == '\0')
		error = env->store_trouble;
	return json_pack("{s:b,s:I,s:s?}", "ok", *error == '\0', "pending",
	    (json_int_t)pending_count(env->pending), "error",
	    *error == '\0' ? NULL : error);
}

/* The name in the configuration is the one that was given up to. */
static json_t *
sandbox_json(const struct config *config)
{
	uid_t uid = geteuid();

	if (uid != 0 && config->user[0] != '\0')
		return json_pack("{s:s}", "user", config->user);
	if (uid == 0)
		return json_pack("{s:s}", "user", "root");
	return json_pack("{s:o}", "user", json_sprintf("uid-%u", uid));
}

int
method_daemon_status(struct method_call *call, const struct ctl_params *params)
{
	const struct method_env *env = call->env;
	const struct victim_set *set = blackhole_victims(env->blackhole);
	json_t *loaded;

	(void)params; /* it takes none */
	loaded = ctl_instant_encode(clock_to_wall(env->config_loaded_ms));
	call->result = json_pack("{s:s,s:i,s:I,s:{s:s,s:o},s:I,s:I,s:I,s:I,s:o,"
				 "s:b,s:I,s:o}",
	    "version", env->version, "pid", (int)getppid(), "uptime",
	    (json_int_t)((call->now_ms - env->started_ms) / 1000), "config",
	    "file", env->config_file, "loaded", loaded, "victims",
	    (json_int_t)victim_set_count(set), "claims",
	    (json_int_t)victim_set_claims(set), "neighbors",
	    (json_int_t)env->neighbor_count, "established",
	    (json_int_t)count_established(env), "storage", storage_json(env),
	    "frozen", 0, "covered", (json_int_t)count_covered(env), "sandbox",
	    sandbox_json(env->config));
	return call->result != NULL ? 0 : method_no_memory(call);
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
