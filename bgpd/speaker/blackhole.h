#ifndef BLACKHOLE_H
#define BLACKHOLE_H

/*
 * The one door by which victims change: checks policy, changes the set and the
 * rib, tells every neighbor, and hands the change over to be stored.  Expiry
 * and what a restart brings back enter here too.
 */

#include <event2/event.h>

#include "policy.h"
#include "settings.h"
#include "victim.h"
#include "waiters.h"

struct blackhole;
struct blackhole_event;
struct pending;
struct rib;
struct stored_claim;
struct stored_recurrence;

struct blackhole_parts {
	struct event_base *base;
	const struct config *config;
	struct rib *rib;
	struct pending *pending;
	/* Room for the rib's capacity at every neighbor; 0 or -1. */
	int (*reserve_slots)(void *arg);
	/* A route is new, has changed or has ended: tell every neighbor. */
	void (*on_route)(void *arg, uint32_t slot);
	/* Something happened to a victim; borrowed until it returns. */
	void (*on_event)(void *arg, const struct blackhole_event *event);
	struct settings *settings; /* borrowed; exemptions change here */
	void *arg;
};

struct blackhole *blackhole_new(const struct blackhole_parts *parts);
void blackhole_free(struct blackhole *b); /* NULL is fine */

/* For reading only. */
const struct victim_set *blackhole_victims(const struct blackhole *b);

/* The route of a victim in the set; waiters_wait() for it. */
struct route_ref blackhole_route(const struct blackhole *b,
    const struct victim *v);

/* How one change ended. */
enum blackhole_outcome {
	BLACKHOLE_ADDED,
	BLACKHOLE_REFRESHED,
	BLACKHOLE_WITHDRAWN,   /* the victim has ended */
	BLACKHOLE_CLAIMS_LEFT, /* the claim has ended, others stand */
	BLACKHOLE_HELD	       /* the last claim was taken back too early */
};
#define BLACKHOLE_OUTCOMES (BLACKHOLE_HELD + 1)

struct blackhole_result {
	enum blackhole_outcome outcome;
	const struct victim *victim; /* NULL when it has ended */
	uint64_t commit;	     /* pending_wait() for this number */
	int64_t until_ms;	     /* of BLACKHOLE_HELD */
	struct route_ref route;	     /* waiters_wait() for it */
	/*
	 * state.on-failure is refuse: nothing is announced before it is stored,
	 * and if it is not, the request is refused with REASON_STORAGE.  Until
	 * then a new victim has no route: its slot is RIB_NO_SLOT.  Whoever
	 * answers calls pending_wait() in the same turn of the loop, so that
	 * both hear the same.
	 */
	bool deferred;
};

/*
 * Adds or refreshes one claim.  Everything is checked before anything is
 * changed: on -1, *why says which rule refuses, and nothing is changed.
 */
int blackhole_add(struct blackhole *b, const struct caller *caller,
    const struct wish *wish, struct blackhole_result *result,
    struct refusal *why);

/* Ends one claim, or with all_owners every claim, of a victim. */
struct unwish {
	struct prefix prefix;
	const char *owner; /* NULL: the caller's user name */
	bool all_owners;
	bool hold;	    /* hold-down applies though an operator asks */
	bool now;	    /* no hold-down; ends a hold */
	const char *reason; /* NULL: none given */
};
int blackhole_withdraw(struct blackhole *b, const struct caller *caller,
    const struct unwish *unwish, struct blackhole_result *result,
    struct refusal *why);

/*
 * What the two above would do, by the same rules: outcome, victim as it stands
 * now (or NULL) and until_ms are set.  Nothing is changed or noted.
 */
int blackhole_would_add(struct blackhole *b, const struct caller *caller,
    const struct wish *wish, struct blackhole_result *result,
    struct refusal *why);
int blackhole_would_withdraw(struct blackhole *b, const struct caller *caller,
    const struct unwish *unwish, struct blackhole_result *result,
    struct refusal *why);

/*
 * Protects the prefix for a time, in place of an exemption it had; what
 * overlaps it is withdrawn, whoever holds it.  *withdrawn: how many victims.
 */
int blackhole_exempt(struct blackhole *b, const struct caller *caller,
    const struct exemption *exemption, size_t *withdrawn, uint64_t *commit,
    struct refusal *why);
/*
 * Refuses with REASON_UNKNOWN_VICTIM when there is no such exemption.  reason:
 * for the log, or NULL.
 */
int blackhole_unexempt(struct blackhole *b, const struct caller *caller,
    const struct prefix *prefix, const char *reason, uint64_t *commit,
    struct refusal *why);

/*
 * A request was refused by whoever stands before this door: noted in the
 * history as one that blackhole_add itself refuses is.
 */
void blackhole_note_refusal(struct blackhole *b, const struct caller *caller,
    const struct wish *wish, const struct refusal *why);

/*
 * The owner's last sync, stored with the changes that it makes.  Where those
 * are deferred it is taken back unless it is stored.  -1: no memory.
 */
int blackhole_set_generation(struct blackhole *b, const char *owner,
    int64_t number, uint64_t *commit, struct refusal *why);

/*
 * The end is near: what was only counted goes into the history, and what is
 * deferred is taken back.
 */
void blackhole_stopping(struct blackhole *b);

/* All that stands is stored anew: the database is not what it was. */
void blackhole_store_again(struct blackhole *b);
/* The wall clock was stepped: every stored deadline moves with it. */
void blackhole_clock_stepped(struct blackhole *b);

/* What happens to victims, for those who follow events. */
enum blackhole_event_type {
	BLACKHOLE_EVENT_ADDED,
	BLACKHOLE_EVENT_REFRESHED,
	BLACKHOLE_EVENT_WITHDRAWN, /* one claim; left tells how many stand */
	BLACKHOLE_EVENT_EXPIRED,   /* likewise */
	BLACKHOLE_EVENT_HELD
};
struct blackhole_event {
	enum blackhole_event_type type;
	const struct victim *victim; /* still in the set */
	const struct claim *claim;
	size_t left;		     /* claims that stand after it */
	const struct caller *caller; /* NULL: the daemon itself */
	const char *reason;	     /* of a withdrawal, or NULL */
};

/*
 * A stored claim after a start.  -1: not taken, since it has expired, was
 * changed since the start, is one too many for its victim, or no memory.
 */
int blackhole_restore(struct blackhole *b, const struct stored_claim *c);
/* The same of how often a prefix came back; it may come before its claims. */
void blackhole_restore_recurrence(struct blackhole *b,
    const struct stored_recurrence *r);
/*
 * Those were all.  What has ended since is withdrawn from the neighbors that
 * kept it over our restart (RFC 4724).
 */
void blackhole_restored(struct blackhole *b);

/*
 * The configuration has moved there: a victim that is no longer allowed is
 * withdrawn and kept suppressed, one that is allowed again is announced.
 */
void blackhole_set_config(struct blackhole *b, const struct config *config);
/* The same when other rules have changed: exemptions, or our addresses. */
void blackhole_recheck(struct blackhole *b);

/*
 * Addresses of ours that are learnt while running are protected: a victim
 * that overlaps one is withdrawn and kept suppressed.  -1: no memory.
 */
int blackhole_protect_local(struct blackhole *b, const struct prefix *address);

#endif
