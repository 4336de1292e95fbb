#ifndef BLACKHOLE_H
#define BLACKHOLE_H

/*
 * The one door by which victims change: checks policy, changes the set and the
 * rib, tells every neighbor, and hands the change over to be stored.  Expiry
 * and what a restart brings back enter here too.
 */

#include <event2/event.h>

#include "policy.h"
#include "victim.h"

struct blackhole;
struct pending;
struct rib;
struct stored_claim;

struct blackhole_parts {
	struct event_base *base;
	const struct config *config;
	struct rib *rib;
	struct pending *pending;
	/* Room for the rib's capacity at every neighbor; 0 or -1. */
	int (*reserve_slots)(void *arg);
	/* A route is new, has changed or has ended: tell every neighbor. */
	void (*on_route)(void *arg, uint32_t slot);
	void *arg;
};

struct blackhole *blackhole_new(const struct blackhole_parts *parts);
void blackhole_free(struct blackhole *b); /* NULL is fine */

/* For reading only. */
const struct victim_set *blackhole_victims(const struct blackhole *b);

/* How one change ended. */
enum blackhole_outcome {
	BLACKHOLE_ADDED,
	BLACKHOLE_REFRESHED,
	BLACKHOLE_WITHDRAWN,  /* the victim has ended */
	BLACKHOLE_CLAIMS_LEFT /* the claim has ended, others stand */
};

struct blackhole_result {
	enum blackhole_outcome outcome;
	const struct victim *victim; /* NULL when it has ended */
	uint64_t commit;	     /* pending_wait() for this number */
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
	const char *reason; /* NULL: none given */
};
int blackhole_withdraw(struct blackhole *b, const struct caller *caller,
    const struct unwish *unwish, struct blackhole_result *result,
    struct refusal *why);

/*
 * A stored claim after a start.  -1: not taken, since it has expired, was
 * changed since the start, is one too many for its victim, or no memory.
 */
int blackhole_restore(struct blackhole *b, const struct stored_claim *c);
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

/*
 * Addresses of ours that are learnt while running are protected: a victim
 * that overlaps one is withdrawn and kept suppressed.  -1: no memory.
 */
int blackhole_protect_local(struct blackhole *b, const struct prefix *address);

#endif
