/*
 * Keys of TCP MD5 from files, and which modes these may have.
 */
#include "keyfile.h"
#include "scratch.h"

static void
test_key_file(void **state)
{
	static const struct {
		const char *name, *key;
		mode_t mode;
		const char *password; /* NULL: an error */
		const char *errors;
	} cases[] = {
		{ "a key", "secret\n", 0600, "secret", "" },
		{ "for nobody but its owner", "secret\n", 0700, "secret", "" },
		{ "without an end", "secret", 0400, "secret", "" },
		{ "of a Windows", "se cret\r\nmore\n", 0600, "se cret", "" },
		{ "80 octets", TEXT_64 "xxxxxxxxxxxxxxxx\n", 0600,
		    TEXT_64 "xxxxxxxxxxxxxxxx", "" },
		{ "81 octets", TEXT_64 "xxxxxxxxxxxxxxxxx\n", 0600, NULL,
		    "f:7:20: password-file: \"k\" has a key of more than 80 "
		    "octets\n" },
		{ "very long", TEXT_256, 0600, NULL,
		    "f:7:20: password-file: \"k\" has a key of more than 80 "
		    "octets\n" },
		{ "empty", "", 0600, NULL,
		    "f:7:20: password-file: \"k\" has no key in its first "
		    "line\n" },
		{ "empty line", "\nsecret\n", 0600, NULL,
		    "f:7:20: password-file: \"k\" has no key in its first "
		    "line\n" },
		{ "read by others", "secret\n", 0644, NULL,
		    "f:7:20: password-file: \"k\" has mode 0644: none "
		    "but its owner must read or write it; its group may read "
		    "what is root's (chmod go=)\n" },
		{ "written by a group", "secret\n", 0660, NULL,
		    "f:7:20: password-file: \"k\" has mode 0660: none "
		    "but its owner must read or write it; its group may read "
		    "what is root's (chmod go=)\n" },
	};
	struct scratch s;
	struct config *config;

	(void)state;
	scratch_init(&s);
	scratch_write(s.config, TEXT_NEIGHBOR "    password-file: k\n", 0644);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		scratch_write(s.key, cases[i].key, cases[i].mode);
		config = scratch_load(&s, cases[i].errors);
		assert_int_equal(config == NULL, cases[i].password == NULL);
		if (config != NULL)
			assert_string_equal(config->neighbors[0].password,
			    cases[i].password);
		config_free(config);
	}
	scratch_fini(&s);
}

/* A group may read what is root's: only so can a service without root. */
static void
test_read_by_a_group(void **state)
{
	static const struct {
		const char *name;
		uid_t owner;
		mode_t mode;
		bool is_secret;
	} cases[] = {
		{ "root's, for a group", 0, 0640, true },
		{ "root's, for all", 0, 0644, false },
		{ "root's, for all but its group", 0, 0604, false },
		{ "a user's", 1, 0600, true },
		{ "a user's, for a group", 1, 0640, false },
		{ "a user's, for all", 1, 0644, false },
	};

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		const struct stat st = { .st_uid = cases[i].owner,
			.st_mode = S_IFREG | cases[i].mode };

		hex_case(cases[i].name);
		assert_int_equal(keyfile_is_secret(&st), cases[i].is_secret);
	}
}

static void
test_paths(void **state)
{
	struct scratch s;
	char key[CONFIG_PASSWORD_MAX], why[CONFIG_WHY_MAX], path[4096];

	(void)state;
	scratch_init(&s);
	scratch_write(s.key, "secret\n", 0600);
	assert_int_equal(keyfile_read("/no/such/file", s.key, key, why), 0);
	assert_string_equal(key, "secret");
	assert_int_equal(keyfile_read("f", s.key, key, why), 0);
	assert_int_equal(keyfile_read("/no/such/file", "k", key, why), -1);
	assert_string_equal(why, "cannot be opened: No such file or directory");
	assert_string_equal(key, "");
	assert_int_equal(keyfile_read("f", s.directory, key, why), -1);
	assert_string_equal(why, "is not a regular file");
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(keyfile_read("/a/b", path, key, why), -1);
	assert_string_equal(why, "is too long a path");
	scratch_fini(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_file),
		cmocka_unit_test(test_read_by_a_group),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
