#ifndef DEFERRED_OWNER_H
#define DEFERRED_OWNER_H

/*
 * How many claims each owner will have more once what waits for the disk is
 * stored (state.on-failure: refuse).
 */

#include <sys/tree.h>

#include <stddef.h>

struct deferred_owner {
	RB_ENTRY(deferred_owner) entry;
	size_t claims;
	char name[];
};

RB_HEAD(deferred_owners, deferred_owner);

size_t deferred_owner_claims(struct deferred_owners *owners, const char *name);
/* One more; NULL without memory. */
struct deferred_owner *deferred_owner_get(struct deferred_owners *owners,
    const char *name);
/* One less; without any it is freed. */
void deferred_owner_put(struct deferred_owners *owners,
    struct deferred_owner *owner);

#endif
