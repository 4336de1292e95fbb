/*
 * A tree to find the word on a prefix, and two lists that keep the order.
 */
#include <stdlib.h>

#include "wishes.h"

static int
wish_cmp(const struct wish *a, const struct wish *b)
{
	return prefix_cmp(&a->prefix, &b->prefix);
}

RB_PROTOTYPE(wish_tree, wish, by_prefix, wish_cmp)
RB_GENERATE(wish_tree, wish, by_prefix, wish_cmp)

void
wishes_init(struct wishes *w, size_t max)
{
	*w = (struct wishes){ .max = max };
	RB_INIT(&w->tree);
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->asked);
}

static void
unlink_wish(struct wishes *w, struct wish *wish)
{
	if (wish->id == 0) {
		TAILQ_REMOVE(&w->waiting, wish, in_order);
		return;
	}
	TAILQ_REMOVE(&w->asked, wish, in_order);
	w->asked_count--;
}

void
wishes_done(struct wishes *w, struct wish *wish)
{
	unlink_wish(w, wish);
	RB_REMOVE(wish_tree, &w->tree, wish);
	w->count--;
	free(wish);
}

void
wishes_fini(struct wishes *w)
{
	struct wish *wish;

	while ((wish = RB_MIN(wish_tree, &w->tree)) != NULL)
		wishes_done(w, wish);
}

int
wishes_put(struct wishes *w, const struct prefix *p, bool withdraw)
{
	struct wish key = { .prefix = *p };
	struct wish *wish = RB_FIND(wish_tree, &w->tree, &key);

	if (wish != NULL)
		unlink_wish(w, wish);
	else if (w->count >= w->max ||
	    (wish = calloc(1, sizeof(*wish))) == NULL)
		return -1;
	else {
		wish->prefix = *p;
		RB_INSERT(wish_tree, &w->tree, wish);
		w->count++;
	}
	wish->withdraw = withdraw;
	wish->id = 0;
	TAILQ_INSERT_TAIL(&w->waiting, wish, in_order);
	return 0;
}

struct wish *
wishes_next(struct wishes *w)
{
	return TAILQ_FIRST(&w->waiting);
}

void
wishes_asked(struct wishes *w, struct wish *wish, int64_t id)
{
	unlink_wish(w, wish);
	wish->id = id;
	TAILQ_INSERT_TAIL(&w->asked, wish, in_order);
	w->asked_count++;
}

/* Answers come in the order of the requests. */
struct wish *
wishes_answered(struct wishes *w, int64_t id)
{
	struct wish *first = TAILQ_FIRST(&w->asked);

	return first != NULL && first->id == id ? first : NULL;
}

void
wishes_again(struct wishes *w, struct wish *wish)
{
	unlink_wish(w, wish);
	wish->id = 0;
	TAILQ_INSERT_HEAD(&w->waiting, wish, in_order);
}

void
wishes_all_again(struct wishes *w)
{
	struct wish *last;

	while ((last = TAILQ_LAST(&w->asked, wish_list)) != NULL)
		wishes_again(w, last);
}
