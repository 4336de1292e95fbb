/*
 * What is right is printed as expected and parses to the same again; the
 * shipped example is right.
 */
#include <dirent.h>

#include "scratch.h"

static char *
file_text(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (in == NULL)
		fail_msg("%s cannot be opened", path);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, in) > 0);
	assert_int_equal(fclose(in), 0);
	return text;
}

/* path is printed as the file at expected has it, or if NULL as it likes. */
static void
check_golden(const char *path, const char *expected)
{
	char *text = file_text(path), *printed, *again, *wanted;
	struct config *config = text_parse(text, NULL), *second;

	assert_non_null(config);
	printed = text_of(config);
	if (expected != NULL) {
		wanted = file_text(expected);
		assert_string_equal(printed, wanted);
		free(wanted);
	}
	second = text_parse(printed, NULL);
	assert_non_null(second);
	again = text_of(second);
	assert_string_equal(again, printed);
	free(again);
	free(printed);
	free(text);
	config_free(second);
	config_free(config);
}

static void
test_golden(void **state)
{
	DIR *directory = opendir(GOLDEN);
	const struct dirent *entry;
	char path[512], expected[512];
	int count = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (strstr(entry->d_name, ".yaml") == NULL)
			continue;
		hex_case(entry->d_name);
		snprintf(path, sizeof(path), GOLDEN "/%s", entry->d_name);
		snprintf(expected, sizeof(expected), GOLDEN "/%.*s.out",
		    (int)(strlen(entry->d_name) - strlen(".yaml")),
		    entry->d_name);
		check_golden(path, expected);
		count++;
	}
	closedir(directory);
	assert_true(count >= 3);
}

static void
test_example(void **state)
{
	struct config_errors errors = { .count = 0 };
	struct config *config;
	char *told;

	(void)state;
	config = config_yaml_load(EXAMPLE, &errors);
	told = text_errors(&errors);
	assert_string_equal(told, "");
	assert_non_null(config);
	config_free(config);
	free(told);
	config_errors_fini(&errors);
	check_golden(EXAMPLE, NULL);
}

static void
test_password(void **state)
{
	static const char text[] = TEXT_NEIGHBOR "    password: secret\n";
	struct scratch s;
	struct config *config;
	char *printed;

	(void)state;
	scratch_init(&s);
	scratch_write(s.config, text, 0644);
	assert_null(scratch_load(&s,
	    "f:7:15: password: must not be in a file that others can read "
	    "(chmod o=)\n"));
	scratch_write(s.config, text, 0640);
	config = scratch_load(&s, "");
	assert_non_null(config);
	assert_string_equal(config->neighbors[0].password, "secret");
	printed = text_of(config);
	assert_non_null(strstr(printed, "\n    password: \"(hidden)\"\n"));
	assert_null(strstr(printed, "secret"));
	free(printed);
	config_free(config);
	scratch_fini(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
