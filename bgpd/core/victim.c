/*
 * Victims in two trees, one in address order for lookups and lists, one by
 * the earliest expiry among their claims for the one timer; and the owners'
 * names, each kept once however many claims bear it.
 */
#include <stdlib.h>
#include <string.h>

#include "victim.h"

RB_HEAD(prefix_tree, victim);
RB_HEAD(expiry_tree, victim);
RB_HEAD(owner_tree, owner);

struct victim_set {
	struct prefix_tree by_prefix;
	struct expiry_tree by_expiry;
	struct owner_tree owners;
	size_t count;
	size_t claims;
};

static int
prefix_order(struct victim *a, struct victim *b)
{
	return prefix_cmp(&a->prefix, &b->prefix);
}

static int
expiry_order(struct victim *a, struct victim *b)
{
	if (a->next_expiry_ms != b->next_expiry_ms)
		return a->next_expiry_ms < b->next_expiry_ms ? -1 : 1;
	return prefix_cmp(&a->prefix, &b->prefix);
}

static int
owner_order(struct owner *a, struct owner *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(prefix_tree, victim, by_prefix, prefix_order)
RB_GENERATE(prefix_tree, victim, by_prefix, prefix_order)
RB_PROTOTYPE(expiry_tree, victim, by_expiry, expiry_order)
RB_GENERATE(expiry_tree, victim, by_expiry, expiry_order)
RB_PROTOTYPE(owner_tree, owner, entry, owner_order)
RB_GENERATE(owner_tree, owner, entry, owner_order)

/* The trees' macros know no const; nothing is changed through these. */
static struct prefix_tree *
prefixes(const struct victim_set *set)
{
	return (struct prefix_tree *)&set->by_prefix;
}

static struct expiry_tree *
expiries(const struct victim_set *set)
{
	return (struct expiry_tree *)&set->by_expiry;
}

struct victim_set *
victim_set_new(void)
{
	struct victim_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	RB_INIT(&set->by_prefix);
	RB_INIT(&set->by_expiry);
	RB_INIT(&set->owners);
	return set;
}

void
victim_set_free(struct victim_set *set)
{
	struct victim *v;

	if (set == NULL)
		return;
	while ((v = RB_MIN(prefix_tree, &set->by_prefix)) != NULL) {
		victim_set_remove(set, v);
		victim_free(set, v);
	}
	free(set);
}

size_t
victim_set_count(const struct victim_set *set)
{
	return set->count;
}

size_t
victim_set_claims(const struct victim_set *set)
{
	return set->claims;
}

struct victim *
victim_find(const struct victim_set *set, const struct prefix *p)
{
	struct victim key = { .prefix = *p };

	return RB_FIND(prefix_tree, prefixes(set), &key);
}

struct victim *
victim_from(const struct victim_set *set, const struct prefix *p)
{
	struct victim key;

	if (p == NULL)
		return RB_MIN(prefix_tree, prefixes(set));
	key.prefix = *p;
	return RB_NFIND(prefix_tree, prefixes(set), &key);
}

struct victim *
victim_next(struct victim *v)
{
	return RB_NEXT(prefix_tree, NULL, v);
}

struct claim *
victim_claim(const struct victim *v, const char *owner)
{
	struct claim *c;

	TAILQ_FOREACH(c, &v->claims, entry)
		if (strcmp(c->owner->name, owner) == 0)
			return c;
	return NULL;
}

int64_t
victim_expires(const struct victim *v)
{
	const struct claim *c;
	int64_t latest = 0;

	TAILQ_FOREACH(c, &v->claims, entry)
		if (c->expires_ms > latest)
			latest = c->expires_ms;
	return latest;
}

bool
claim_names_neighbor(const struct claim *c, const char *name)
{
	size_t len = strlen(name);

	if (c->neighbors == NULL)
		return true;
	for (const char *at = c->neighbors; *at != '\0';) {
		size_t span = strcspn(at, ",");

		if (span == len && strncmp(at, name, len) == 0)
			return true;
		at += span;
		at += *at == ',';
	}
	return false;
}

bool
victim_wants_neighbor(const struct victim *v, const char *name)
{
	const struct claim *c;

	TAILQ_FOREACH(c, &v->claims, entry)
		if (claim_names_neighbor(c, name))
			return true;
	return false;
}

static struct owner *
owner_find(const struct victim_set *set, const char *name)
{
	struct owner *o = RB_ROOT((struct owner_tree *)&set->owners);

	while (o != NULL) {
		int order = strcmp(name, o->name);

		if (order == 0)
			break;
		o = order < 0 ? RB_LEFT(o, entry) : RB_RIGHT(o, entry);
	}
	return o;
}

uint32_t
victim_owner_claims(const struct victim_set *set, const char *owner)
{
	const struct owner *o = owner_find(set, owner);

	return o != NULL ? o->claims : 0;
}

/* The owner of that name with one claim more. */
static struct owner *
owner_get(struct victim_set *set, const char *name)
{
	struct owner *o = owner_find(set, name);
	size_t size = strlen(name) + 1;

	if (o == NULL) {
		o = malloc(sizeof(*o) + size);
		if (o == NULL)
			return NULL;
		o->claims = 0;
		memcpy(o->name, name, size);
		RB_INSERT(owner_tree, &set->owners, o);
	}
	o->claims++;
	return o;
}

static void
owner_put(struct victim_set *set, struct owner *o)
{
	if (--o->claims > 0)
		return;
	RB_REMOVE(owner_tree, &set->owners, o);
	free(o);
}

struct claim *
claim_new(struct victim_set *set, const char *owner, const char *reason,
    const char *neighbors)
{
	struct claim *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->owner = owner_get(set, owner);
	c->reason = strdup(reason);
	if (neighbors != NULL)
		c->neighbors = strdup(neighbors);
	if (c->owner == NULL || c->reason == NULL ||
	    (neighbors != NULL && c->neighbors == NULL)) {
		claim_free(set, c);
		return NULL;
	}
	c->expires_ms = VICTIM_NEVER;
	return c;
}

void
claim_free(struct victim_set *set, struct claim *c)
{
	if (c == NULL)
		return;
	if (c->owner != NULL)
		owner_put(set, c->owner);
	free(c->reason);
	free(c->neighbors);
	free(c);
}

struct victim *
victim_new(const struct prefix *p)
{
	struct victim *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->prefix = *p;
	v->next_expiry_ms = VICTIM_NEVER;
	TAILQ_INIT(&v->claims);
	return v;
}

void
victim_free(struct victim_set *set, struct victim *v)
{
	struct claim *c;

	if (v == NULL)
		return;
	while ((c = TAILQ_FIRST(&v->claims)) != NULL) {
		TAILQ_REMOVE(&v->claims, c, entry);
		claim_free(set, c);
	}
	free(v);
}

void
victim_set_insert(struct victim_set *set, struct victim *v)
{
	RB_INSERT(prefix_tree, &set->by_prefix, v);
	RB_INSERT(expiry_tree, &set->by_expiry, v);
	set->count++;
	set->claims += v->claim_count;
}

void
victim_set_remove(struct victim_set *set, struct victim *v)
{
	RB_REMOVE(prefix_tree, &set->by_prefix, v);
	RB_REMOVE(expiry_tree, &set->by_expiry, v);
	set->count--;
	set->claims -= v->claim_count;
}

/* Moves v to where its claims' earliest expiry puts it. */
static void
reschedule(struct victim_set *set, struct victim *v)
{
	const struct claim *c;
	int64_t earliest = VICTIM_NEVER;

	TAILQ_FOREACH(c, &v->claims, entry)
		if (c->expires_ms < earliest)
			earliest = c->expires_ms;
	if (earliest == v->next_expiry_ms)
		return;
	RB_REMOVE(expiry_tree, &set->by_expiry, v);
	v->next_expiry_ms = earliest;
	RB_INSERT(expiry_tree, &set->by_expiry, v);
}

void
victim_add_claim(struct victim_set *set, struct victim *v, struct claim *c)
{
	struct claim *after = TAILQ_LAST(&v->claims, claim_list);

	while (after != NULL && after->since_ms > c->since_ms)
		after = TAILQ_PREV(after, claim_list, entry);
	if (after != NULL)
		TAILQ_INSERT_AFTER(&v->claims, after, c, entry);
	else
		TAILQ_INSERT_HEAD(&v->claims, c, entry);
	v->claim_count++;
	set->claims++;
	reschedule(set, v);
}

void
victim_drop_claim(struct victim_set *set, struct victim *v, struct claim *c)
{
	TAILQ_REMOVE(&v->claims, c, entry);
	v->claim_count--;
	set->claims--;
	reschedule(set, v);
}

void
victim_set_expiry(struct victim_set *set, struct victim *v, struct claim *c,
    int64_t expires_ms)
{
	c->expires_ms = expires_ms;
	reschedule(set, v);
}

int64_t
victim_set_next_expiry(const struct victim_set *set)
{
	const struct victim *v = RB_MIN(expiry_tree, expiries(set));

	return v != NULL ? v->next_expiry_ms : VICTIM_NEVER;
}

struct claim *
victim_set_expired(const struct victim_set *set, int64_t now_ms,
    struct victim **victim)
{
	struct victim *v = RB_MIN(expiry_tree, expiries(set));
	struct claim *c;

	if (v == NULL || v->next_expiry_ms > now_ms)
		return NULL;
	TAILQ_FOREACH(c, &v->claims, entry)
		if (c->expires_ms <= now_ms)
			break;
	*victim = v;
	return c;
}
