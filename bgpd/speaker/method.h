#ifndef METHOD_H
#define METHOD_H

/*
 * The table of the control protocol's methods: a handler each, request in,
 * result or refusal out.
 */

#include <jansson.h>

#include "access.h"
#include "channel.h"
#include "ctl.h"
#include "reason.h"

#include "json_text.h"
#include "waiters.h"

struct ask;
struct blackhole;
struct feed;
struct health_kept;
struct metrics;
struct neighbor;
struct pending;
struct recent;
struct reload;
struct victim;
struct waiters;

/* What speaker.c does for the handlers; arg is passed to each. */
struct method_actions {
	void *arg;
	/*
	 * Kept over a restart, once commit is stored; -1: no memory.  message:
	 * RFC 9003, or NULL.
	 */
	int (*disable)(void *arg, struct neighbor *n, const char *message,
	    uint64_t *commit);
	int (*enable)(void *arg, struct neighbor *n, uint64_t *commit);
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
	struct waiters *waiters;	 /* waiters_wait() */
	struct ask *ask;		 /* ask_history() */
	struct feed *feed;		 /* feed_subscribe() */
	struct metrics *metrics;	 /* what is counted */
	struct recent *recent;		 /* for the status page */
	struct health_kept *health_kept; /* the last verdict; NULL: no room */
	struct settings *settings; /* freeze and generations change here */
	struct neighbor *const *neighbors;
	size_t neighbor_count;
	int64_t started_ms; /* CLOCK_BOOTTIME */
	int64_t config_loaded_ms;
	const char *store_trouble; /* not loaded yet, or what was wrong; "" */
};

/* The daemon is to be stopped once the answer is on its way. */
struct method_stop {
	bool wanted;
	bool withdraw;
	const char *message; /* or NULL; borrowed from the request */
};

/* The client is to be told of events once the answer is on its way. */
struct method_subscribe {
	bool wanted;
	uint32_t types; /* FEED_BIT()s */
	bool snapshot;	/* the present state first */
};

/*
 * When what takes long is to pause: at that time (CLOCK_BOOTTIME), but so many
 * changes are made before in any case.  Neighbors are told of those in full
 * messages then, and a busy machine tears no short line apart.
 */
struct method_pause {
	int64_t at_ms;
	unsigned changes;
};
/* Whether to pause behind a step, which was a change or not. */
bool method_pause_is_due(struct method_pause *pause, bool change);

struct method_call;
typedef int method_step(struct method_call *call);

/* One request being carried out. */
struct method_call {
	const struct method_env *env;
	const struct caller *caller;
	json_t *id;		      /* of the request; or NULL */
	struct access_bucket *bucket; /* of the caller's user */
	int64_t now_ms;		      /* CLOCK_BOOTTIME */
	struct method_pause *pause;   /* borrowed; NULL: after each step */

	/* What method_run gives. */
	const struct method *method; /* NULL: there is none of that name */
	bool dry_run;		     /* nothing is changed */
	json_t *result;		     /* the caller's; NULL on -1 */
	struct json_text text;	     /* or this: the response, if not empty */
	struct rpc_error error;	     /* on -1 */
	size_t refused; /* on 0: so many of many, error is of the first */
	bool waits;	/* the answer waits until commit is stored, */
	uint64_t commit;
	enum waiters_for wait_for; /* then until the routes are there, */
	struct route_ref *routes;  /* on the heap; the answer takes them */
	size_t route_count;
	struct prefix *prefixes; /* of routes not known yet; or NULL */
	int64_t wait_ms;	 /* but no longer than this */
	bool deferred; /* refused with REASON_STORAGE unless it is stored */
	/* The result's `victim` is made anew of prefix for the answer. */
	bool one_victim;
	struct prefix prefix;
	bool asks; /* the history; the answer adds `entries` and `more` */
	struct history_query query; /* borrows from the request */
	bool reloads; /* a reload is asked for; it tells how that ended */
	struct method_stop stop;
	struct method_subscribe subscribe;
	/* Of a handler that takes long. */
	method_step *go_on;
	void (*drop)(void *work);
	void *work;
};

/*
 * On 0 a handler has set call->result or call->text, on -1 call->error.  1: it
 * goes on with call->go_on, which gives the same and makes one step at least.
 */
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
 * or text is set; on -1 error is, and nothing has changed.  The one exception
 * is RPC_INTERNAL_ERROR, without memory for the answer; it says so.  1: it has
 * paused, and method_go_on, which gives the same, goes on; params stays.
 */
int method_run(struct method_call *call, const char *name,
    const json_t *params);

int method_go_on(struct method_call *call);

/*
 * Frees what the answer did not take: result, routes, the error's data; and
 * ends a call that has paused.
 */
void method_call_fini(struct method_call *call);

/* The methods in the table's order; NULL: there are no more. */
const struct method *method_at(size_t i);
/* Whether there is a method of that name, and it changes something. */
bool method_changes(const char *name);

/*
 * For the handlers.  The work, which drop frees in the end, takes long: makes
 * the first step of it, and gives what that gives.
 */
int method_work(struct method_call *call, method_step *go_on, void *work,
    void (*drop)(void *work));
/* The result is to be text, which the handler puts between these. */
void method_begin_text(struct method_call *call);
void method_end_text(struct method_call *call);
/* Whether it is time to pause, behind a step that was a change or not. */
bool method_is_due(const struct method_call *call, bool change);
/* Both give -1. */
int method_refuse(struct method_call *call, const struct refusal *why);
/* A result that could not be built. */
int method_no_memory(struct method_call *call);
/* Refuses a prefix that has host bits. */
int method_check_host_bits(struct method_call *call,
    const struct ctl_params *params);
/* The first from v on that params' owner and prefix name; or NULL. */
struct victim *method_select(struct victim *v, const struct ctl_params *params);

method_handler method_victim_add;
method_handler method_victim_withdraw;
method_handler method_victim_add_many;
method_handler method_victim_withdraw_many;
method_handler method_victim_sync;
method_handler method_victim_flush;
method_handler method_victim_list;
method_handler method_victim_get;
method_handler method_exemption_add;
method_handler method_exemption_withdraw;
method_handler method_exemption_list;
method_handler method_history_list;
method_handler method_events_subscribe;
method_handler method_neighbor_list;
method_handler method_neighbor_reset;
method_handler method_neighbor_enable;
method_handler method_neighbor_disable;
method_handler method_daemon_freeze;
method_handler method_daemon_reload;
method_handler method_daemon_stop;
/*
 * `covered` counts the victims that were given to every neighbor that should
 * have them, of which there must be one; `pid` is the keeper's, which takes
 * signals; `sandbox.user` is the user the speaker runs as.
 */
method_handler method_daemon_status;

#endif
