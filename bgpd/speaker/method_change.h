#ifndef METHOD_CHANGE_H
#define METHOD_CHANGE_H

/*
 * What the methods that change victims have in common: who may, what is asked
 * of the door (blackhole.h), and what the answer waits for.
 */

#include "blackhole.h"
#include "method.h"

/*
 * The reasons that come before a prefix is looked at, in their order: denied,
 * frozen, rate.  0, or -1 with *why.
 */
int method_change_check(const struct method_call *call,
    const struct ctl_params *params, struct refusal *why);
/*
 * The same, and room for what at most count changes can be waited for.  On -1,
 * call->error is set, and the refusal is in the history, as one of prefix
 * (NULL: of none, then it is not).
 */
int method_change_begin(struct method_call *call,
    const struct ctl_params *params, size_t count, const struct prefix *prefix);

/* A change of prefix was made: the answer waits for it. */
void method_change_made(struct method_call *call, const struct prefix *prefix,
    const struct blackhole_result *result);
/* Something else is stored with that commit. */
void method_change_stored(struct method_call *call, uint64_t commit);

/*
 * Ends a handler: result, which is taken, with `stored` and `waited` until the
 * answer knows better.
 */
int method_change_end(struct method_call *call, json_t *result);

/* Refuses for want of memory, before anything is changed; gives -1. */
int method_change_no_memory(struct refusal *why);
/* The refusal of a prefix is noted in the history. */
void method_change_refused(const struct method_call *call,
    const struct ctl_params *params, const struct prefix *prefix,
    const struct refusal *why);

/*
 * What is asked, of params->prefix; borrows from params, and neighbors: as
 * ctl_neighbors_join gives them, or NULL.
 */
struct wish method_change_wish(const struct ctl_params *params,
    const char *neighbors);
struct unwish method_change_unwish(const struct ctl_params *params);
/*
 * The neighbors of params in *neighbors, on the heap; NULL: not named.  -1:
 * no memory.
 */
int method_change_neighbors(const struct ctl_params *params, char **neighbors);

/* "added"; would: "would-add". */
const char *method_change_outcome(enum blackhole_outcome outcome, bool would);

#endif
