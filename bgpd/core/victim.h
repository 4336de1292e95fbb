#ifndef VICTIM_H
#define VICTIM_H

/*
 * The set of victims, by prefix and by expiry, with their claims.  Pure: no
 * clock, no file, no socket; times are CLOCK_BOOTTIME milliseconds and come
 * from the caller.  Only blackhole.c changes the set, all others read it.
 */

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "prefix.h"
#include "reason.h"

#define VICTIM_NEVER INT64_MAX /* expiry of a permanent claim */
#define VICTIM_CLAIMS_MAX 16   /* on one victim */
#define OWNER_MAX 64	       /* bytes of an owner's name */
#define VICTIM_REASON_MAX 256  /* bytes of a claim's reason */

/* One owner's name, shared by all its claims. */
struct owner {
	RB_ENTRY(owner) entry;
	uint32_t claims; /* how many bear it, in the set or to be */
	char name[];
};

/* One owner's wish that the victim be blackholed. */
struct claim {
	TAILQ_ENTRY(claim) entry;
	struct owner *owner;
	char *neighbors; /* names with commas between, or NULL: all */
	int64_t since_ms;
	int64_t expires_ms; /* or VICTIM_NEVER */
	int64_t ttl_ms;	    /* when its expiry was set; or VICTIM_NEVER */
	bool held;     /* taken back; stands until the victim's hold ends */
	char reason[]; /* may be "" */
};

struct victim {
	RB_ENTRY(victim) by_prefix;
	TAILQ_HEAD(claim_list, claim) claims; /* in order of since */
	int64_t since_ms;
	int64_t next_expiry_ms; /* the earliest of its claims */
	int64_t held_until_ms;	/* 0: not held; else its one claim is */
	uint32_t slot;		/* its route in the rib */
	uint32_t expiry_place;	/* the set's own */
	uint32_t recurrences;	/* returns within hold-down's window */
	uint8_t claim_count;
	uint8_t suppressed; /* enum reason; REASON_NONE: announced */
	struct prefix prefix;
};

struct victim_set;

struct victim_set *victim_set_new(void);
void victim_set_free(struct victim_set *set); /* NULL is fine */
size_t victim_set_count(const struct victim_set *set);
size_t victim_set_claims(const struct victim_set *set);

struct victim *victim_find(const struct victim_set *set,
    const struct prefix *p);
/* The first at or behind p in address order (NULL: of all), or NULL. */
struct victim *victim_from(const struct victim_set *set,
    const struct prefix *p);
struct victim *victim_next(struct victim *v);
/* The first behind p in address order, whether p stands or not; or NULL. */
struct victim *victim_behind(const struct victim_set *set,
    const struct prefix *p);
struct claim *victim_claim(const struct victim *v, const char *owner);
/* The latest expiry of the claims, or VICTIM_NEVER. */
int64_t victim_expires(const struct victim *v);
/* Whether one of its claims wants it at that neighbor. */
bool victim_wants_neighbor(const struct victim *v, const char *name);
/* Whether a claim's comma-separated list (NULL: all) names the neighbor. */
bool claim_names_neighbor(const struct claim *c, const char *name);

/* How many claims an owner has. */
uint32_t victim_owner_claims(const struct victim_set *set, const char *owner);
/* Every owner of a claim, in order of names; NULL: the first, or no more. */
const struct owner *victim_owner_next(const struct victim_set *set,
    const struct owner *o);

/* A claim of no victim yet; NULL on failure.  Copies the texts. */
struct claim *claim_new(struct victim_set *set, const char *owner,
    const char *reason, const char *neighbors);
void claim_free(struct victim_set *set, struct claim *c); /* NULL is fine */

/* A victim without claims, not in a set; NULL on failure. */
struct victim *victim_new(const struct prefix *p);
void victim_free(struct victim_set *set, struct victim *v);

/*
 * These cannot fail.  Insert takes v, remove gives it back; claims change only
 * while v is in the set.
 */
void victim_set_insert(struct victim_set *set, struct victim *v);
void victim_set_remove(struct victim_set *set, struct victim *v);
void victim_add_claim(struct victim_set *set, struct victim *v,
    struct claim *c);
/* Unlinks c, which is the caller's then. */
void victim_drop_claim(struct victim_set *set, struct victim *v,
    struct claim *c);
/* Sets a claim's expiry. */
void victim_set_expiry(struct victim_set *set, struct victim *v,
    struct claim *c, int64_t expires_ms);

/* The earliest expiry of all, or VICTIM_NEVER. */
int64_t victim_set_next_expiry(const struct victim_set *set);
/* A claim that has expired at now, with its victim; or NULL. */
struct claim *victim_set_expired(const struct victim_set *set, int64_t now_ms,
    struct victim **victim);

#endif
