/*
 * What every walker of the table does with one key: set its default, ask
 * whether it has a value, make a text its value, and reach the items of a
 * list.
 */
#include <stdlib.h>
#include <string.h>

#include "config_type.h"

void
config_set_default(const struct config_key *key, void *base)
{
	char why[CONFIG_WHY_MAX];

	if (key->kind == CONFIG_MAP) {
		for (const struct config_key *k = key->keys; k->name; k++)
			config_set_default(k, base);
	} else if (key->fallback != NULL) {
		/* cannot fail: a test parses every default */
		(void)config_parse(key, base, key->fallback, why);
	}
}

bool
config_is_optional(const struct config_key *key)
{
	return (key->flags & CONFIG_REQUIRED) == 0 &&
	    (key->has != 0 || key->type->text);
}

bool
config_is_set(const struct config_key *key, const void *base)
{
	const char *field = config_field_const(key, base);
	const bool *has = (const void *)((const char *)base + key->has);

	switch (key->kind) {
	case CONFIG_MAP:
		for (const struct config_key *k = key->keys; k->name; k++) {
			if (config_is_set(k, base))
				return true;
		}
		return false;
	case CONFIG_LIST:
		return config_list_count(key, base) >= key->min;
	case CONFIG_SCALAR:
	case CONFIG_SET:
		break;
	}
	if (key->has != 0)
		return *has;
	return !key->type->text || field[0] != '\0';
}

int
config_parse(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	bool *has = (void *)((char *)base + key->has);

	if (key->type->parse(key, base, text, why) == -1)
		return -1;
	if (key->has != 0)
		*has = true;
	return 0;
}

void
config_clear_set(const struct config_key *key, void *base)
{
	bool *has = (void *)((char *)base + key->has);

	memset(config_field(key, base), 0, key->type->size);
	if (key->has != 0)
		*has = true;
}

/*
 * An array is a pointer and a count, and which type the pointer has is known
 * to the struct alone; so it is copied rather than read as void *.
 */
static void *
load_items(const struct config_key *list, const void *base)
{
	void *items;

	memcpy(&items, config_field_const(list, base), sizeof(items));
	return items;
}

static void
store_items(const struct config_key *list, void *base, void *items,
    size_t count)
{
	memcpy(config_field(list, base), &items, sizeof(items));
	memcpy((char *)base + list->extra, &count, sizeof(count));
}

size_t
config_list_count(const struct config_key *list, const void *base)
{
	size_t count;

	memcpy(&count, (const char *)base + list->extra, sizeof(count));
	return count;
}

void *
config_list_item(const struct config_key *list, void *base, size_t i)
{
	return (char *)load_items(list, base) + i * list->item_size;
}

const void *
config_list_item_const(const struct config_key *list, const void *base,
    size_t i)
{
	return (const char *)load_items(list, base) + i * list->item_size;
}

/* Frees the lists at and below key, wiping what was in them. */
static void
drop_lists(const struct config_key *key, void *base)
{
	size_t count;

	if (key->kind == CONFIG_MAP) {
		for (const struct config_key *k = key->keys; k->name; k++)
			drop_lists(k, base);
	}
	if (key->kind != CONFIG_LIST)
		return;
	count = config_list_count(key, base);
	for (size_t i = 0; i < count; i++)
		drop_lists(key->keys, config_list_item(key, base, i));
	if (count > 0)
		explicit_bzero(load_items(key, base), count * key->item_size);
	free(load_items(key, base));
	store_items(key, base, NULL, 0);
}

int
config_list_reset(const struct config_key *list, void *base, size_t count)
{
	void *items = NULL;

	drop_lists(list, base);
	if (count == 0)
		return 0;
	items = calloc(count, list->item_size);
	if (items == NULL)
		return -1;
	store_items(list, base, items, count);
	for (size_t i = 0; i < count; i++)
		config_set_default(list->keys, config_list_item(list, base, i));
	return 0;
}

struct config *
config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config != NULL)
		config_set_default(&config_root, config);
	return config;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	drop_lists(&config_root, config);
	free(config);
}
