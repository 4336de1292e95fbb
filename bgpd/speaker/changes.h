#ifndef CHANGES_H
#define CHANGES_H

/*
 * The changes that one answer tells of, one or a batch of them.  They wait
 * once for all: for storage first, then for the neighbors if one of them asks
 * for that, and no longer than the most patient of them.
 */

#include <event2/event.h>
#include <jansson.h>

#include "waiters.h"

struct change_told;
struct method_call;
struct method_env;
struct pending_waiter;

/* Embedded; all zero is one without changes. */
struct changes {
	struct change_told *told;
	size_t count;
	size_t next;		   /* that is to be told */
	uint64_t commit;	   /* the last of theirs; 0: nothing to store */
	int64_t until_ms;	   /* the latest of theirs, CLOCK_BOOTTIME */
	enum waiters_for wait_for; /* the most of theirs */
	struct route_ref *routes;  /* of those that ask for neighbors */
	size_t route_count, route_max;
	bool deferred; /* one of them is carried out when it is stored */
	bool ended;    /* it has waited */
	bool stored;
	bool reached; /* all routes are where they should be */
	const struct method_env *env;
	struct pending_waiter *storage; /* what it waits for now */
	struct waiter *delivery;
	struct event *timer;
	void (*on_end)(void *arg); /* called once when a wait is over */
	void *arg;
};

void changes_fini(struct changes *c); /* ends its waiting */

/*
 * A change that call has made; its response is told later how it ended.  Takes
 * call's routes.  -1: no memory.
 */
int changes_add(struct changes *c, json_t *response, struct method_call *call);
/*
 * No more is added.  1: it waits, on_end is called later; 0: there is nothing
 * to wait for, or not any more; -1: no memory.
 */
int changes_wait(struct changes *c, struct event_base *base,
    const struct method_env *env);
/* Whether on_end is still to be called. */
bool changes_waits(const struct changes *c);
/* Waits no longer: what is known so far is to be told. */
void changes_give_up(struct changes *c);
/*
 * Nothing is waited for any more: the next of the responses is told how its
 * change ended.  1: one was; 0: all have been told; -1: no memory.
 */
int changes_tell(struct changes *c);

#endif
