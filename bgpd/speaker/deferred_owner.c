/*
 * The owners of new claims that wait for the disk, by name.  One is known as
 * long as it has any.
 */
#include <stdlib.h>
#include <string.h>

#include "deferred_owner.h"

static int
owner_order(struct deferred_owner *a, struct deferred_owner *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(deferred_owners, deferred_owner, entry, owner_order)
RB_GENERATE(deferred_owners, deferred_owner, entry, owner_order)

static struct deferred_owner *
find(struct deferred_owners *owners, const char *name)
{
	struct deferred_owner *o = RB_ROOT(owners);
	int order;

	while (o != NULL && (order = strcmp(name, o->name)) != 0)
		o = order < 0 ? RB_LEFT(o, entry) : RB_RIGHT(o, entry);
	return o;
}

size_t
deferred_owner_claims(struct deferred_owners *owners, const char *name)
{
	const struct deferred_owner *o = find(owners, name);

	return o != NULL ? o->claims : 0;
}

struct deferred_owner *
deferred_owner_get(struct deferred_owners *owners, const char *name)
{
	struct deferred_owner *o = find(owners, name);
	size_t size = strlen(name) + 1;

	if (o == NULL) {
		o = calloc(1, sizeof(*o) + size);
		if (o == NULL)
			return NULL;
		memcpy(o->name, name, size);
		RB_INSERT(deferred_owners, owners, o);
	}
	o->claims++;
	return o;
}

void
deferred_owner_put(struct deferred_owners *owners, struct deferred_owner *owner)
{
	if (--owner->claims > 0)
		return;
	RB_REMOVE(deferred_owners, owners, owner);
	free(owner);
}
