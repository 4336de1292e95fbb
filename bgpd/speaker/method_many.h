#ifndef METHOD_MANY_H
#define METHOD_MANY_H

/*
 * Many changes of one request, in one commit.  What policy refuses does not
 * hinder the rest.
 */

#include "method_change.h"

/* Embedded; all zero but for what method_many_begin sets. */
struct method_many {
	struct method_call *call;
	const struct ctl_params *params;
	struct wish wish; /* what is asked of each that says nothing itself */
	char *neighbors;
	size_t counts[BLACKHOLE_OUTCOMES];
	json_t *refused; /* NULL: no memory */
};

typedef int method_many_decode(struct ctl_params *p, const json_t *item,
    size_t index, struct rpc_error *why);
/*
 * At most count changes follow, then method_many_end.  Borrows params.  On -1,
 * call->error is set; first: see method_change_begin.
 */
int method_many_begin(struct method_many *m, struct method_call *call,
    const struct ctl_params *params, size_t count, const struct prefix *first);
/* item: from ctl_victim_decode, ctl_prefix_decode. */
void method_many_add(struct method_many *m, const struct ctl_params *item);
void method_many_withdraw(struct method_many *m, const struct ctl_params *item);
/* One that is known to stand. */
void method_many_unwish(struct method_many *m, const struct unwish *unwish);
/*
 * Sets call->result: how often each of the outcomes came (their bits, 1 <<
 * outcome), and what was refused.  The handler's return value.
 */
int method_many_end(struct method_many *m, unsigned outcomes);
/* Frees what it holds; one that did not begin is fine. */
void method_many_drop(struct method_many *m);

#endif
