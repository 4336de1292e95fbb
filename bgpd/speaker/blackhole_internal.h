#ifndef BLACKHOLE_INTERNAL_H
#define BLACKHOLE_INTERNAL_H

/*
 * What the blackhole*.c share: the state behind the door, and the steps of
 * which its changes are made.  Each change is planned (what do the rules say),
 * prepared (all that can fail), put (to be stored, and into the history) and
 * published (victims, rib, neighbors, events); the last two cannot fail.
 */

#include "channel.h"
#include "holddown.h"

#include "blackhole.h"
#include "deferred_owner.h"
#include "refusals.h"

/* A claim that ended while we were down. */
struct left_over {
	struct prefix prefix;
	int64_t ended_ms;
};

struct deferral;
struct deferral_batch;
RB_HEAD(deferral_tree, deferral);
TAILQ_HEAD(deferral_batches, deferral_batch);
struct deferred_generation;
TAILQ_HEAD(generation_list, deferred_generation);

struct blackhole {
	struct blackhole_parts parts;
	struct policy policy;
	struct victim_set *victims;
	struct holddown *holddown;
	struct refusals *refusals;
	int alarm_fd; /* on CLOCK_BOOTTIME */
	struct event *alarm;
	int64_t alarm_ms;      /* what it is set to; VICTIM_NEVER: it is not */
	bool alarmed;	       /* it is being handled, and set afterwards */
	int64_t exemption_ms;  /* when the next exemption expires */
	int64_t wall_ahead_ms; /* of CLOCK_BOOTTIME, when all was stored */
	struct left_over *left_over;
	size_t left_over_count;
	struct deferral_tree deferrals;		/* state.on-failure: refuse */
	struct deferral_batches batches;	/* each waits for one commit */
	size_t deferred_claims;			/* new ones among them */
	struct deferred_owners deferred_owners; /* of those */
	struct generation_list generations;
};

/* blackhole.c */

/* One addition and what is made ready for it. */
struct blackhole_addition {
	const struct caller *caller;
	const struct wish *wish;
	const char *owner;
	int64_t now_ms;
	struct victim *victim; /* in the set, or NULL: new_victim */
	struct claim *claim;   /* to be refreshed, or NULL */
	struct claim *held;    /* its hold ends, or NULL */
	int64_t expires_ms;
	uint32_t recurrences;
	bool recurs; /* how often it came back is to be stored */
	struct victim *new_victim;
	struct claim *new_claim; /* for a refresh: its texts */
	struct pending_change *stored, *stored_held;
};
/* Needs caller, wish and now_ms.  -1: *why says which rule refuses. */
int blackhole_add_plan(struct blackhole *b, struct blackhole_addition *a,
    struct refusal *why);
/* -1: out of memory; to be discarded. */
int blackhole_add_prepare(struct blackhole *b, struct blackhole_addition *a);
void blackhole_add_discard(struct blackhole *b, struct blackhole_addition *a);
/* token: 0, or the first for its entries in the history; or it has them. */
#define BLACKHOLE_NOTED UINT64_MAX
uint64_t blackhole_add_put(struct blackhole *b, struct blackhole_addition *a,
    uint64_t token);
void blackhole_add_publish(struct blackhole *b, struct blackhole_addition *a);

/* Room for one more route, everywhere.  -1: out of memory. */
int blackhole_reserve(struct blackhole *b);
/* To the neighbors; an ended route's slot may be free afterwards. */
void blackhole_publish_route(struct blackhole *b, uint32_t slot);
struct holddown_rule blackhole_hold_rule(const struct blackhole *b);

/* blackhole_end.c */

/* Claims of one victim that are to end, all but one that may be held. */
struct blackhole_end {
	const struct caller *caller; /* NULL: the daemon itself */
	const char *reason;	     /* why it is taken back, or NULL */
	enum history_action action;  /* HISTORY_WITHDRAWN, HISTORY_EXPIRED */
	int64_t now_ms;
	struct victim *victim;
	size_t count;
	struct claim *claims[VICTIM_CLAIMS_MAX];
	struct pending_change *stored[VICTIM_CLAIMS_MAX];
	struct claim *held; /* one of claims; NULL: none */
	int64_t until_ms;   /* of held */
};
/* Needs caller, now_ms.  -1: *why says which rule refuses. */
int blackhole_withdraw_plan(struct blackhole *b, const struct unwish *unwish,
    struct blackhole_end *e, struct refusal *why);
/* Takes claims of all owners. */
void blackhole_end_all(struct blackhole_end *e, struct victim *v);
/*
 * -1: out of memory; to be discarded, or what could not be made ready is not
 * stored: then a restart finds it, and that it has expired.
 */
int blackhole_end_prepare(struct blackhole *b, struct blackhole_end *e);
void blackhole_end_discard(struct blackhole_end *e);
uint64_t blackhole_end_put(struct blackhole *b, struct blackhole_end *e,
    uint64_t token);
void blackhole_end_publish(struct blackhole *b, struct blackhole_end *e);
/* Forgets ended victims that nobody asks for any more, a few at a time. */
void blackhole_forget_ended(struct blackhole *b, int64_t now_ms, int budget);

/* blackhole_expiry.c */

/* -1: no alarm. */
int blackhole_expiry_init(struct blackhole *b);
void blackhole_expiry_fini(struct blackhole *b);
/* Something may be due earlier, or later, than before. */
void blackhole_expiry_set(struct blackhole *b);

/* blackhole_record.c: what is stored and told of a change */

/* What is stored begins in 1970, wherever the wall clock was set to. */
int64_t blackhole_stored_instant(int64_t boot_ms);
struct stored_claim blackhole_stored(const struct victim *v,
    const struct claim *c, bool ended);
/* The claim as it stands, or that it does not, is to be stored. */
void blackhole_put_standing(struct blackhole *b, const struct prefix *p,
    const char *owner);
/* How often the prefix came back, be it a victim, remembered or neither. */
void blackhole_put_recurrence(struct blackhole *b, const struct prefix *p);
/* One line for the history.  expires_ms: VICTIM_NEVER when of no meaning. */
struct blackhole_note {
	enum history_action action;
	uint64_t token;
	const struct caller *caller; /* NULL: the daemon itself */
	const struct prefix *prefix;
	const char *owner, *reason;
	int64_t at_ms, expires_ms;
};
void blackhole_note(struct blackhole *b, const struct blackhole_note *note);
void blackhole_tell(struct blackhole *b, const struct blackhole_event *event);

/* blackhole_policy.c */

/* What the configuration does not allow is kept, and not announced. */
void blackhole_suppress(struct blackhole *b, struct victim *v);

/* blackhole_defer.c */

/* Whether changes are stored before they are published. */
bool blackhole_defers(const struct blackhole *b);
/*
 * Both put the change, and publish it once it is stored.  What was made ready
 * is discarded, also on -1: out of memory.
 */
int blackhole_defer_add(struct blackhole *b, struct blackhole_addition *a,
    struct blackhole_result *result, struct refusal *why);
int blackhole_defer_end(struct blackhole *b, const struct unwish *unwish,
    struct blackhole_end *e, struct blackhole_result *result,
    struct refusal *why);
/* Something else of that prefix is put: what waits is stored anew after it. */
void blackhole_defer_again(struct blackhole *b, const struct prefix *p);
/* What still waits for the disk is taken back. */
void blackhole_defer_stop(struct blackhole *b);
/* It is dropped. */
void blackhole_defer_fini(struct blackhole *b);

/* blackhole_generation.c: the same of generations */

void blackhole_generation_stop(struct blackhole *b);
void blackhole_generation_fini(struct blackhole *b);

#endif
