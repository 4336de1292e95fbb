/*
 * What is remembered of ended victims, in two trees: by prefix, for the one
 * that comes back, and by age, for what is to be forgotten first.
 */
#include <sys/tree.h>

#include <stdlib.h>

#include "holddown.h"

struct remembered {
	RB_ENTRY(remembered) by_prefix, by_age;
	int64_t ended_ms;
	uint32_t recurrences;
	struct prefix prefix;
};

RB_HEAD(remembered_tree, remembered);
RB_HEAD(age_tree, remembered);

struct holddown {
	struct remembered_tree by_prefix;
	struct age_tree by_age;
	size_t count;
};

static int
prefix_order(struct remembered *a, struct remembered *b)
{
	return prefix_cmp(&a->prefix, &b->prefix);
}

static int
age_order(struct remembered *a, struct remembered *b)
{
	if (a->ended_ms != b->ended_ms)
		return a->ended_ms < b->ended_ms ? -1 : 1;
	return prefix_cmp(&a->prefix, &b->prefix);
}

RB_PROTOTYPE(remembered_tree, remembered, by_prefix, prefix_order)
RB_GENERATE(remembered_tree, remembered, by_prefix, prefix_order)
RB_PROTOTYPE(age_tree, remembered, by_age, age_order)
RB_GENERATE(age_tree, remembered, by_age, age_order)

int64_t
holddown_until(const struct holddown_rule *rule, int64_t since_ms,
    uint32_t recurrences)
{
	int64_t ms = rule->min_ms;

	for (uint32_t i = 0; i < recurrences && ms < rule->max_ms; i++)
		ms = ms <= rule->max_ms / 2 ? ms * 2 : rule->max_ms;
	if (ms > rule->max_ms)
		ms = rule->max_ms;
	return rule->min_ms > 0 ? since_ms + ms : since_ms;
}

struct holddown *
holddown_new(void)
{
	struct holddown *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	RB_INIT(&h->by_prefix);
	RB_INIT(&h->by_age);
	return h;
}

static void
forget(struct holddown *h, struct remembered *r)
{
	RB_REMOVE(remembered_tree, &h->by_prefix, r);
	RB_REMOVE(age_tree, &h->by_age, r);
	h->count--;
	free(r);
}

void
holddown_free(struct holddown *h)
{
	struct remembered *r;

	if (h == NULL)
		return;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): knows no RB_REMOVE */
	while ((r = RB_MIN(age_tree, &h->by_age)) != NULL)
		forget(h, r);
	free(h);
}

static struct remembered *
find(const struct holddown *h, const struct prefix *p)
{
	struct remembered key = { .prefix = *p };

	/* the macro knows no const; nothing is changed through this */
	return RB_FIND(remembered_tree, (struct remembered_tree *)&h->by_prefix,
	    &key);
}

static struct remembered *
oldest(const struct holddown *h)
{
	return RB_MIN(age_tree, (struct age_tree *)&h->by_age);
}

int
holddown_ended(struct holddown *h, const struct prefix *p, uint32_t recurrences,
    int64_t ended_ms)
{
	struct remembered *r = find(h, p);

	if (r != NULL)
		forget(h, r);
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -1;
	r->prefix = *p;
	r->recurrences = recurrences;
	r->ended_ms = ended_ms;
	RB_INSERT(remembered_tree, &h->by_prefix, r);
	RB_INSERT(age_tree, &h->by_age, r);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): knows no RB_INSERT */
	h->count++;
	return 0;
}

static bool
is_recent(const struct remembered *r, const struct holddown_rule *rule,
    int64_t now_ms)
{
	return r->ended_ms + rule->window_ms > now_ms;
}

uint32_t
holddown_would_return(const struct holddown *h,
    const struct holddown_rule *rule, const struct prefix *p, int64_t now_ms)
{
	const struct remembered *r = find(h, p);

	if (r == NULL || !is_recent(r, rule, now_ms))
		return 0;
	return r->recurrences + (r->recurrences < UINT32_MAX);
}

uint32_t
holddown_returns(struct holddown *h, const struct holddown_rule *rule,
    const struct prefix *p, int64_t now_ms)
{
	uint32_t returns = holddown_would_return(h, rule, p, now_ms);
	struct remembered *r = find(h, p);

	if (r != NULL)
		forget(h, r);
	return returns;
}

bool
holddown_find(const struct holddown *h, const struct prefix *p,
    uint32_t *recurrences, int64_t *ended_ms)
{
	const struct remembered *r = find(h, p);

	if (r == NULL)
		return false;
	*recurrences = r->recurrences;
	*ended_ms = r->ended_ms;
	return true;
}

bool
holddown_forget(struct holddown *h, const struct holddown_rule *rule,
    int64_t now_ms, struct prefix *p)
{
	struct remembered *r = oldest(h);

	if (r == NULL ||
	    (is_recent(r, rule, now_ms) && h->count <= HOLDDOWN_REMEMBERED_MAX))
		return false;
	*p = r->prefix;
	forget(h, r);
	return true;
}

int64_t
holddown_next(const struct holddown *h, const struct holddown_rule *rule)
{
	const struct remembered *r = oldest(h);

	return r != NULL ? r->ended_ms + rule->window_ms : INT64_MAX;
}

size_t
holddown_count(const struct holddown *h)
{
	return h->count;
}

void
holddown_each(const struct holddown *h, holddown_one *one, void *arg)
{
	struct remembered *r;

	RB_FOREACH(r, remembered_tree, (struct remembered_tree *)&h->by_prefix)
		one(arg, &r->prefix, r->recurrences, r->ended_ms);
}
