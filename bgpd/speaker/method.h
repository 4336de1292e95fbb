#ifndef METHOD_H
#define METHOD_H

/*
 * The table of the control protocol's methods: a handler each, request in,
 * result or refusal out.
 */

#include <jansson.h>

#include "access.h"
#include "ctl.h"
#include "reason.h"

struct blackhole;
struct neighbor;
struct pending;
struct reload;

/* What speaker.c does for the handlers; arg is passed to each. */
struct method_actions {
	void *arg;
	/* Kept over a restart; -1: no memory.  message: RFC 9003, or NULL. */
	int (*disable)(void *arg, struct neighbor *n, const char *message);
	int (*enable)(void *arg, struct neighbor *n);
	void (*reset)(void *arg, struct neighbor *n);
	/* Stops the daemon; withdraw: takes all routes back first. */
	void (*stop)(void *arg, bool withdraw, const char *message);
};

/* What the handlers work on; filled in by speaker.c, borrowed. */
struct method_env {
	struct method_actions actions;
	struct reload *reload; /* reload_ask() */
	const struct config *config;
	const char *version;	 /* of the program, for status */
	const char *config_file; /* its path, for status */
	struct blackhole *blackhole;
	struct pending *pending;
	struct neighbor *const *neighbors;
	size_t neighbor_count;
	int64_t started_ms; /* CLOCK_BOOTTIME */
	int64_t config_loaded_ms;
	const char *store_trouble; /* what was wrong at load; "" */
};

/* The daemon is to be stopped once the answer is on its way. */
struct method_stop {
	bool wanted;
	bool withdraw;
	const char *message; /* or NULL; borrowed from the request */
};

/* One request being carried out. */
struct method_call {
	const struct method_env *env;
	const struct caller *caller;
	struct access_bucket *bucket; /* of the caller's user */
	int64_t now_ms;		      /* CLOCK_BOOTTIME */

	/* What method_run gives. */
	const struct method *method; /* NULL: there is none of that name */
	json_t *result;		     /* the caller's; NULL on -1 */
	struct rpc_error error;	     /* on -1 */
	bool waits; /* the answer waits until commit is stored, */
	uint64_t commit;
	int64_t wait_ms; /* but no longer than this */
	bool reloads;	 /* a reload is asked for; it tells how that ended */
	struct method_stop stop;
};

/* On 0 a handler has set call->result, on -1 call->error. */
typedef int method_handler(struct method_call *call,
    const struct ctl_params *params);

struct method {
	const char *name;
	enum access_role role; /* the least that may call it */
	bool changes;	       /* victims, neighbors or the daemon */
	struct ctl_takes takes;
	method_handler *run;
};

/*
 * Looks the method up, checks role and parameters, and runs it.  On 0 result
 * is set; on -1 error is, and nothing has changed.  The one exception is
 * RPC_INTERNAL_ERROR, without memory for the answer; it says so.
 */
int method_run(struct method_call *call, const char *name,
    const json_t *params);

/* Whether there is a method of that name, and it changes something. */
bool method_changes(const char *name);

/* For the handlers: both give -1. */
int method_refuse(struct method_call *call, const struct refusal *why);
/* A result that could not be built. */
int method_no_memory(struct method_call *call);

method_handler method_victim_add;
method_handler method_victim_withdraw;
method_handler method_victim_list;
method_handler method_victim_get;
method_handler method_neighbor_list;
method_handler method_neighbor_reset;
method_handler method_neighbor_enable;
method_handler method_neighbor_disable;
method_handler method_daemon_reload;
method_handler method_daemon_stop;
/*
 * `covered` counts the victims that were given to every neighbor that should
 * have them, of which there must be one; `pid` is the keeper's, which takes
 * signals; `sandbox.user` is the user the speaker runs as.
 */
method_handler method_daemon_status;

#endif
