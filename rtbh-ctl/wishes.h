#ifndef WISHES_H
#define WISHES_H

/*
 * What is to become of prefixes, the last word on each: waiting to be asked
 * for, or asked and not answered yet.  In the order in which they came.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "prefix.h"

struct wish {
	RB_ENTRY(wish) by_prefix;
	TAILQ_ENTRY(wish) in_order;
	struct prefix prefix;
	bool withdraw;
	int64_t id; /* of the request; 0: it waits */
};

struct wishes {
	RB_HEAD(wish_tree, wish) tree;
	TAILQ_HEAD(wish_list, wish) waiting, asked;
	size_t count, asked_count, max;
};

/* max: so many prefixes at the most. */
void wishes_init(struct wishes *w, size_t max);
void wishes_fini(struct wishes *w);

/*
 * The new word on a prefix, in place of an older one.  -1: there are too many
 * already, or no memory.
 */
int wishes_put(struct wishes *w, const struct prefix *p, bool withdraw);
/* The first that waits, or NULL. */
struct wish *wishes_next(struct wishes *w);
/* It was asked for; ids only grow. */
void wishes_asked(struct wishes *w, struct wish *wish, int64_t id);
/* Whose answer this is; NULL: there is a newer word since. */
struct wish *wishes_answered(struct wishes *w, int64_t id);
/* Nothing is to be done any more; frees it. */
void wishes_done(struct wishes *w, struct wish *wish);
/* It waits again, before all others. */
void wishes_again(struct wishes *w, struct wish *wish);
/* No answers will come: all that was asked waits again, in its order. */
void wishes_all_again(struct wishes *w);

#endif
