/*
 * The table of keys: names are unique, and every default parses and prints to
 * itself; lists are emptied and filled.
 */
#include "hex.h"

#include "config_type.h"

static void
check_default(const struct config_key *key, void *base)
{
	char why[CONFIG_WHY_MAX] = "", buf[CONFIG_TEXT_MAX];

	if (key->fallback == NULL)
		return;
	if (config_parse(key, base, key->fallback, why) == -1)
		fail_msg("%s: %s %s", key->name, key->fallback, why);
	assert_string_equal(key->type->print(key, base, 0, buf), key->fallback);
}

static void
check_keys(const struct config_key *key, void *base)
{
	void *item;

	switch (key->kind) {
	case CONFIG_MAP:
		for (const struct config_key *k = key->keys; k->name; k++) {
			for (const struct config_key *j = key->keys; j != k;
			     j++)
				assert_string_not_equal(j->name, k->name);
			check_keys(k, base);
		}
		break;
	case CONFIG_LIST:
		assert_true(key->max > 0);
		item = calloc(1, key->item_size);
		assert_non_null(item);
		check_keys(key->keys, item);
		free(item);
		break;
	case CONFIG_SET:
		assert_non_null(key->type->count);
		check_default(key, base);
		break;
	case CONFIG_SCALAR:
		assert_null(key->type->count);
		check_default(key, base);
		break;
	}
}

static void
test_table(void **state)
{
	struct config *config = config_new();

	(void)state;
	assert_non_null(config);
	check_keys(&config_root, config);
	config_free(config);
	config_free(NULL);
}

static const struct config_key *
find_key(const struct config_key *map, const char *name)
{
	for (const struct config_key *k = map->keys; k->name != NULL; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	fail_msg("no key %s", name);
	return NULL;
}

static void
test_list(void **state)
{
	const struct config_key *neighbors =
	    find_key(&config_root, "neighbors");
	struct config *c = config_new();

	(void)state;
	assert_non_null(c);
	assert_int_equal(config_list_reset(neighbors, c, 3), 0);
	assert_int_equal(c->neighbor_count, 3);
	assert_int_equal(config_list_count(neighbors, c), 3);
	assert_ptr_equal(config_list_item(neighbors, c, 2), &c->neighbors[2]);
	assert_int_equal(c->neighbors[2].port, 179);
	assert_int_equal(config_list_reset(neighbors, c, 1), 0);
	assert_int_equal(c->neighbor_count, 1);
	assert_int_equal(config_list_reset(neighbors, c, 0), 0);
	assert_null(c->neighbors);
	config_free(c);
}

static void
test_set(void **state)
{
	const struct config_key *blackhole =
	    find_key(&config_root, "blackhole");
	const struct config_key *key = find_key(blackhole, "communities");
	struct config *c = config_new();
	char why[CONFIG_WHY_MAX];

	(void)state;
	assert_non_null(c);
	assert_int_equal(key->type->count(key, c), 1);
	config_clear_set(key, c);
	assert_int_equal(key->type->count(key, c), 0);
	assert_int_equal(config_parse(key, c, "64501:1", why), 0);
	assert_int_equal(config_parse(key, c, "64501:2:3", why), 0);
	assert_int_equal(key->type->count(key, c), 2);
	config_free(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
