#ifndef HOLDDOWN_H
#define HOLDDOWN_H

/*
 * How long an early end must wait, and how often each prefix came back.  A
 * detector sees silence once the flood is dropped upstream and calls it the
 * end; each return within the window doubles the time that a victim is held.
 * Pure; times are CLOCK_BOOTTIME milliseconds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prefix.h"

/* Prefixes that ended within the window and are remembered. */
#define HOLDDOWN_REMEMBERED_MAX 100000

struct holddown_rule {
	int64_t min_ms; /* 0: nothing is held */
	int64_t max_ms;
	int64_t window_ms;
};

/* Until when a victim since then, back for the n-th time, is held. */
int64_t holddown_until(const struct holddown_rule *rule, int64_t since_ms,
    uint32_t recurrences);

/* What is remembered of victims that have ended. */
struct holddown;

struct holddown *holddown_new(void);
void holddown_free(struct holddown *h); /* NULL is fine */

/*
 * A victim has ended.  -1: no memory; it is not remembered.  Before it,
 * holddown_forget makes room.
 */
int holddown_ended(struct holddown *h, const struct prefix *p,
    uint32_t recurrences, int64_t ended_ms);
/*
 * A victim begins: how often it has come back now, 0 when its last end lies
 * before the window or is not known.  Forgets it.
 */
uint32_t holddown_returns(struct holddown *h, const struct holddown_rule *rule,
    const struct prefix *p, int64_t now_ms);
/* The same without forgetting. */
uint32_t holddown_would_return(const struct holddown *h,
    const struct holddown_rule *rule, const struct prefix *p, int64_t now_ms);
/* What is remembered of it; false: nothing. */
bool holddown_find(const struct holddown *h, const struct prefix *p,
    uint32_t *recurrences, int64_t *ended_ms);
/*
 * The oldest, removed, so that it can be forgotten in the store as well: it
 * ended before the window, or there are too many.  false: none.
 */
bool holddown_forget(struct holddown *h, const struct holddown_rule *rule,
    int64_t now_ms, struct prefix *p);
/* When the next one can be forgotten; INT64_MAX: none is there. */
int64_t holddown_next(const struct holddown *h,
    const struct holddown_rule *rule);
/* Calls back for each. */
typedef void holddown_one(void *arg, const struct prefix *p,
    uint32_t recurrences, int64_t ended_ms);
void holddown_each(const struct holddown *h, holddown_one *one, void *arg);
size_t holddown_count(const struct holddown *h);

#endif
