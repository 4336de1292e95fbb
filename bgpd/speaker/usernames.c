/*
 * One block of text with all names, and an array in order of the uids.
 */
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "usernames.h"

struct username {
	uid_t uid;
	const char *name;
};

struct usernames {
	char *texts; /* a copy of the message */
	struct username *items;
	size_t count;
};

static int
uid_order(const void *a, const void *b)
{
	const struct username *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static int
take_name(struct usernames *u, size_t *size, uint32_t uid, const char *name)
{
	struct username *items;

	if (u->count == *size) {
		*size = *size > 0 ? *size * 2 : 64;
		items = reallocarray(u->items, *size, sizeof(*items));
		if (items == NULL)
			return -1;
		u->items = items;
	}
	u->items[u->count++] = (struct username){ uid, name };
	return 0;
}

struct usernames *
usernames_decode(struct wire_in in)
{
	struct usernames *u = calloc(1, sizeof(*u));
	size_t size = 0;
	const char *name;
	uint32_t uid;
	int rc = -1;

	if (u == NULL)
		return NULL;
	u->texts = malloc(in.left + 1);
	if (u->texts == NULL)
		goto out;
	if (in.left > 0)
		memcpy(u->texts, in.at, in.left);
	in = wire_in(u->texts, in.left);
	while ((rc = channel_get_name(&in, &uid, &name)) == 1)
		if (take_name(u, &size, uid, name) == -1)
			goto out;
	if (rc == 0 && u->count > 0)
		qsort(u->items, u->count, sizeof(*u->items), uid_order);
out:
	if (rc == 0)
		return u;
	usernames_free(u);
	return NULL;
}

void
usernames_free(struct usernames *u)
{
	if (u == NULL)
		return;
	free(u->texts);
	free(u->items);
	free(u);
}

const char *
usernames_find(const struct usernames *u, uid_t uid)
{
	struct username key = { .uid = uid };
	const struct username *found;

	if (u == NULL || u->count == 0)
		return NULL;
	found = bsearch(&key, u->items, u->count, sizeof(*u->items), uid_order);
	return found != NULL ? found->name : NULL;
}
