#ifndef REFUSALS_H
#define REFUSALS_H

/*
 * Refusals on their way into the history.  Those alike (same user, owner,
 * prefix and reason) are counted in one entry: it is written at once, and
 * again each minute in which its count has grown.  When too many different
 * ones come, further ones are counted in one entry for each user and reason:
 * no client can fill the disk by being refused.
 */

#include <event2/event.h>

#include "access.h"
#include "prefix.h"
#include "reason.h"

struct pending;
struct refusals;

/* Different ones in a minute that get an entry each; and of the others. */
#define REFUSALS_MAX 64

struct refusals *refusals_new(struct event_base *base, struct pending *pending);
/* What was only counted is lost; NULL is fine. */
void refusals_free(struct refusals *r);

struct refused {
	const struct caller *caller;
	const char *owner;
	struct prefix prefix;
	const struct refusal *why;
};
/* Borrows. */
void refusals_note(struct refusals *r, const struct refused *refused);
/* Writes what was only counted. */
void refusals_flush(struct refusals *r);

/* The first of n tokens that no other entry of the history has. */
uint64_t refusals_tokens(struct refusals *r, unsigned n);

#endif
