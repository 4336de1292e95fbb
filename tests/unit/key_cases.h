#ifndef KEY_CASES_H
#define KEY_CASES_H

/*
 * Values of single keys in tests: what a text becomes, or why it is refused.
 * Brings cmocka and what it needs.
 */

#include "hex.h"

#include "config_type.h"

struct key_case {
	const char *key; /* "blackhole.max-ttl", "neighbors.port" */
	const char *text;
	const char *printed; /* NULL: refused */
	const char *why;
};

/* The key at a path, and in *base what it is of: config, or item of a list. */
static inline const struct config_key *
key_find(const char *path, void *config, void **base)
{
	const struct config_key *key = &config_root, *k;
	size_t len;

	*base = config;
	while (*path != '\0') {
		len = strcspn(path, ".");
		for (k = key->keys; k->name != NULL; k++) {
			if (strlen(k->name) == len &&
			    memcmp(k->name, path, len) == 0)
				break;
		}
		if (k->name == NULL)
			fail_msg("no key %s", path);
		key = k;
		path += len + (path[len] == '.');
		if (key->kind == CONFIG_LIST) {
			assert_int_equal(config_list_reset(key, *base, 1), 0);
			*base = config_list_item(key, *base, 0);
			key = key->keys;
		}
	}
	return key;
}

static inline void
key_check_cases(const struct key_case *cases, size_t count)
{
	char why[CONFIG_WHY_MAX], buf[CONFIG_TEXT_MAX], name[256];
	const struct config_key *key;
	struct config *config;
	void *base;
	int rc;

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s: %s", cases[i].key,
		    cases[i].text);
		hex_case(name);
		config = config_new();
		assert_non_null(config);
		key = key_find(cases[i].key, config, &base);
		if (key->kind == CONFIG_SET)
			config_clear_set(key, base);
		why[0] = '\0';
		rc = config_parse(key, base, cases[i].text, why);
		assert_string_equal(why,
		    cases[i].why != NULL ? cases[i].why : "");
		assert_int_equal(rc, cases[i].printed != NULL ? 0 : -1);
		if (rc == 0)
			assert_string_equal(key->type->print(key, base, 0, buf),
			    cases[i].printed);
		config_free(config);
	}
}

#endif
