/*
 * Two configurations to the list of keys in which they differ: a walk over
 * the table of keys.  Values are compared by their texts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_diff.h"
#include "config_type.h"

struct walk {
	struct config_diff *diff;
	bool failed; /* out of memory */
};

/* Where the walk is. */
struct place {
	char path[CONFIG_CHANGE_MAX];
	const char *neighbor;
};

static void
add_change(struct walk *walk, const struct place *place,
    enum config_depth depth)
{
	struct config_diff *diff = walk->diff;
	struct config_change *items, *change;

	items = reallocarray(diff->items, diff->count + 1, sizeof(*items));
	if (items == NULL) {
		walk->failed = true;
		return;
	}
	diff->items = items;
	change = &items[diff->count++];
	strlcpy(change->path, place->path, sizeof(change->path));
	strlcpy(change->neighbor, place->neighbor, sizeof(change->neighbor));
	change->depth = depth;
}

static struct place
place_below(const struct place *above, const char *name)
{
	struct place place = *above;

	if (place.path[0] != '\0')
		strlcat(place.path, ".", sizeof(place.path));
	strlcat(place.path, name, sizeof(place.path));
	return place;
}

static bool
text_equal(const struct config_key *key, const void *a, const void *b, size_t i)
{
	char text_a[CONFIG_TEXT_MAX], text_b[CONFIG_TEXT_MAX];
	bool equal;

	equal = strcmp(key->type->print(key, a, i, text_a),
		    key->type->print(key, b, i, text_b)) == 0;
	if ((key->flags & CONFIG_SECRET) != 0) {
		explicit_bzero(text_a, sizeof(text_a));
		explicit_bzero(text_b, sizeof(text_b));
	}
	return equal;
}

static bool
texts_equal(const struct config_key *key, const void *a, const void *b)
{
	size_t count = 1;

	if (config_is_set(key, a) != config_is_set(key, b))
		return false;
	if (!config_is_set(key, a))
		return true;
	if (key->kind == CONFIG_SET) {
		count = key->type->count(key, a);
		if (count != key->type->count(key, b))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (!text_equal(key, a, b, i))
			return false;
	}
	return true;
}

static bool key_equal(const struct config_key *key, const void *a,
    const void *b);

static bool
list_equal(const struct config_key *list, const void *a, const void *b)
{
	size_t count = config_list_count(list, a);

	if (count != config_list_count(list, b))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!key_equal(list->keys, config_list_item_const(list, a, i),
			config_list_item_const(list, b, i)))
			return false;
	}
	return true;
}

static bool
key_equal(const struct config_key *key, const void *a, const void *b)
{
	if (key->kind == CONFIG_LIST)
		return list_equal(key, a, b);
	if (key->kind != CONFIG_MAP)
		return texts_equal(key, a, b);
	for (const struct config_key *k = key->keys; k->name != NULL; k++) {
		if (!key_equal(k, a, b))
			return false;
	}
	return true;
}

/* The key that tells the items of a list apart, or NULL: their place does. */
static const struct config_key *
id_key(const struct config_key *list)
{
	if (list->keys->kind != CONFIG_MAP)
		return NULL;
	for (const struct config_key *k = list->keys->keys; k->name; k++) {
		if ((k->flags & CONFIG_ID) != 0)
			return k;
	}
	return NULL;
}

/* The item of the list at base with that id, or NULL. */
static const void *
find_item(const struct config_key *list, const void *base, const char *id)
{
	const struct config_key *id_of = id_key(list);
	const void *item;
	char buf[CONFIG_TEXT_MAX];

	for (size_t i = 0; i < config_list_count(list, base); i++) {
		item = config_list_item_const(list, base, i);
		if (strcmp(id_of->type->print(id_of, item, 0, buf), id) == 0)
			return item;
	}
	return NULL;
}

static void walk_key(struct walk *walk, const struct config_key *key,
    const void *old, const void *new, const struct place *place);

/* The items of the list at mine, against those with the same id at other. */
static void
walk_items(struct walk *walk, const struct config_key *list, const void *mine,
    const void *other, bool mine_is_new, const struct place *place)
{
	const struct config_key *id_of = id_key(list);
	const void *item, *match;
	char id[CONFIG_TEXT_MAX];
	struct place below;

	for (size_t i = 0; i < config_list_count(list, mine); i++) {
		item = config_list_item_const(list, mine, i);
		id_of->type->print(id_of, item, 0, id);
		match = find_item(list, other, id);
		below = place_below(place, id);
		below.neighbor = id;
		if (match == NULL)
			add_change(walk, &below, list->depth);
		else if (mine_is_new)
			walk_key(walk, list->keys, match, item, &below);
	}
}

static void
walk_key(struct walk *walk, const struct config_key *key, const void *old,
    const void *new, const struct place *place)
{
	struct place below;

	if (key->kind == CONFIG_MAP) {
		for (const struct config_key *k = key->keys; k->name; k++) {
			below = place_below(place, k->name);
			walk_key(walk, k, old, new, &below);
		}
	} else if (key->kind == CONFIG_LIST && id_key(key) != NULL) {
		walk_items(walk, key, old, new, false, place);
		walk_items(walk, key, new, old, true, place);
	} else if (!key_equal(key, old, new)) {
		add_change(walk, place, key->depth);
	}
}

struct config_diff *
config_diff_new(const struct config *old, const struct config *new)
{
	struct walk walk = { .diff = calloc(1, sizeof(*walk.diff)) };
	struct place top = { .neighbor = "" };

	if (walk.diff == NULL)
		return NULL;
	walk_key(&walk, &config_root, old, new, &top);
	if (walk.failed) {
		config_diff_free(walk.diff);
		return NULL;
	}
	return walk.diff;
}

void
config_diff_free(struct config_diff *diff)
{
	if (diff == NULL)
		return;
	free(diff->items);
	free(diff);
}

const struct config_change *
config_diff_find(const struct config_diff *diff, enum config_depth depth)
{
	for (size_t i = 0; i < diff->count; i++) {
		if (diff->items[i].depth == depth)
			return &diff->items[i];
	}
	return NULL;
}

enum config_depth
config_diff_neighbor(const struct config_diff *diff, const char *name)
{
	const struct config_change *change;
	enum config_depth depth = DIFF_NOTHING;

	for (size_t i = 0; i < diff->count; i++) {
		change = &diff->items[i];
		if (change->depth == DIFF_ALL_SESSIONS)
			return DIFF_SESSION;
		if (change->neighbor[0] != '\0' &&
		    strcmp(change->neighbor, name) != 0)
			continue;
		if (change->depth == DIFF_SESSION)
			return DIFF_SESSION;
		if (change->depth == DIFF_POLICY)
			depth = DIFF_POLICY;
	}
	return depth;
}
