/*
 * Victims in a tree in address order for lookups and lists, and those that
 * expire in a heap by the earliest expiry among their claims for the one
 * timer; and the owners' names, each kept once however many claims bear it.
 */
#include <stdlib.h>
#include <string.h>

#include "victim.h"

RB_HEAD(prefix_tree, victim);
RB_HEAD(owner_tree, owner);

struct victim_set {
	struct prefix_tree by_prefix;
	struct owner_tree owners;
	struct victim **expiring; /* a heap; the earliest is the first */
	uint32_t expiring_count;
	uint32_t expiring_size; /* no less than made */
	uint32_t made;		/* claims, in the set or to be */
	size_t count;
	size_t claims;
};

#define EXPIRING_FIRST_SIZE 64
/* Of a victim that does not expire. */
#define NO_PLACE UINT32_MAX

static int
prefix_order(struct victim *a, struct victim *b)
{
	return prefix_cmp(&a->prefix, &b->prefix);
}

static int
owner_order(struct owner *a, struct owner *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(prefix_tree, victim, by_prefix, prefix_order)
RB_GENERATE(prefix_tree, victim, by_prefix, prefix_order)
RB_PROTOTYPE(owner_tree, owner, entry, owner_order)
RB_GENERATE(owner_tree, owner, entry, owner_order)

/* The tree's macros know no const; nothing is changed through this. */
static struct prefix_tree *
prefixes(const struct victim_set *set)
{
	return (struct prefix_tree *)&set->by_prefix;
}

struct victim_set *
victim_set_new(void)
{
	struct victim_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	RB_INIT(&set->by_prefix);
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
	free(set->expiring);
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

struct victim *
victim_behind(const struct victim_set *set, const struct prefix *p)
{
	struct victim *v = victim_from(set, p);

	if (v != NULL && prefix_cmp(&v->prefix, p) == 0)
		return victim_next(v);
	return v;
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

const struct owner *
victim_owner_next(const struct victim_set *set, const struct owner *o)
{
	if (o == NULL)
		return RB_MIN(owner_tree, (struct owner_tree *)&set->owners);
	return RB_NEXT(owner_tree, &set->owners, (struct owner *)o);
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

/* Room in the heap for one more: a victim expires by a claim of its own. */
static int
reserve_expiring(struct victim_set *set)
{
	uint32_t size = set->expiring_size * 2;
	struct victim **grown;

	if (set->made < set->expiring_size)
		return 0;
	if (size < EXPIRING_FIRST_SIZE)
		size = EXPIRING_FIRST_SIZE;
	grown = reallocarray(set->expiring, size, sizeof(struct victim *));
	if (grown == NULL)
		return -1;
	set->expiring = grown;
	set->expiring_size = size;
	return 0;
}

struct claim *
claim_new(struct victim_set *set, const char *owner, const char *reason,
    const char *neighbors)
{
	size_t reason_size = strlen(reason) + 1;
	struct claim *c;

	if (reserve_expiring(set) == -1)
		return NULL;
	c = calloc(1, sizeof(*c) + reason_size);
	if (c == NULL)
		return NULL;
	set->made++;
	memcpy(c->reason, reason, reason_size);
	c->owner = owner_get(set, owner);
	if (neighbors != NULL)
		c->neighbors = strdup(neighbors);
	if (c->owner == NULL || (neighbors != NULL && c->neighbors == NULL)) {
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
	set->made--;
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
	v->expiry_place = NO_PLACE;
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

static bool
expires_before(const struct victim *a, const struct victim *b)
{
	if (a->next_expiry_ms != b->next_expiry_ms)
		return a->next_expiry_ms < b->next_expiry_ms;
	return prefix_cmp(&a->prefix, &b->prefix) < 0;
}

static void
put_expiring(struct victim_set *set, uint32_t place, struct victim *v)
{
	set->expiring[place] = v;
	v->expiry_place = place;
}

/* Towards the front, past those that expire later. */
static void
rise(struct victim_set *set, struct victim *v)
{
	uint32_t place = v->expiry_place;

	while (place > 0) {
		struct victim *above = set->expiring[(place - 1) / 2];

		if (!expires_before(v, above))
			break;
		put_expiring(set, place, above);
		place = (place - 1) / 2;
	}
	put_expiring(set, place, v);
}

/* Away from the front, past those that expire earlier. */
static void
sink(struct victim_set *set, struct victim *v)
{
	uint32_t place = v->expiry_place, below;

	while ((below = place * 2 + 1) < set->expiring_count) {
		if (below + 1 < set->expiring_count &&
		    expires_before(set->expiring[below + 1],
			set->expiring[below]))
			below++;
		if (!expires_before(set->expiring[below], v))
			break;
		put_expiring(set, place, set->expiring[below]);
		place = below;
	}
	put_expiring(set, place, v);
}

static void
stop_expiring(struct victim_set *set, struct victim *v)
{
	struct victim *last = set->expiring[--set->expiring_count];

	if (last != v) {
		put_expiring(set, v->expiry_place, last);
		rise(set, last);
		sink(set, last);
	}
	v->expiry_place = NO_PLACE;
}

void
victim_set_insert(struct victim_set *set, struct victim *v)
{
	RB_INSERT(prefix_tree, &set->by_prefix, v);
	set->count++;
	set->claims += v->claim_count;
	if (v->next_expiry_ms != VICTIM_NEVER) {
		put_expiring(set, set->expiring_count++, v);
		rise(set, v);
	}
}

void
victim_set_remove(struct victim_set *set, struct victim *v)
{
	RB_REMOVE(prefix_tree, &set->by_prefix, v);
	if (v->expiry_place != NO_PLACE)
		stop_expiring(set, v);
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
	v->next_expiry_ms = earliest;
	if (earliest == VICTIM_NEVER) {
		stop_expiring(set, v);
		return;
	}
	if (v->expiry_place == NO_PLACE)
		put_expiring(set, set->expiring_count++, v);
	rise(set, v);
	sink(set, v);
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
	if (set->expiring_count == 0)
		return VICTIM_NEVER;
	return set->expiring[0]->next_expiry_ms;
}

struct claim *
victim_set_expired(const struct victim_set *set, int64_t now_ms,
    struct victim **victim)
{
	struct victim *v;
	struct claim *c;

	if (victim_set_next_expiry(set) > now_ms || set->expiring_count == 0)
		return NULL;
	v = set->expiring[0];
	TAILQ_FOREACH(c, &v->claims, entry)
		if (c->expires_ms <= now_ms)
			break;
	*victim = v;
	return c;
}
