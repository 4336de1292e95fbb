/*
 * A configuration that is read while memory is out: each allocation fails in
 * turn.  It is an error that is told, or the configuration is whole.
 */
#include "config_text.h"

#include "config_diff.h"
#include "config_wire.h"
#include "failing.h"

#define TEXT                                                              \
	TEXT_NEIGHBOR                                                     \
	"    communities: [64501:666, no-export]\n    password: secret\n" \
	"    max-prefixes: 0\nblackhole:\n  never: [203.0.113.1]\n"       \
	"listen: [192.0.2.1]\ncontrol:\n  access:\n"                      \
	"    - {user: root, role: detector, within: [203.0.113.0/25]}\n"
#define WRONG TEXT_BASE "neighbor: []\nlisten: [nowhere, nowhere]\n"

static void
check_text(const char *text, bool right)
{
	struct config_errors errors;
	struct config *config;
	bool failed = true;

	for (unsigned n = 1; failed; n++) {
		errors = (struct config_errors){ .count = 0 };
		failing_set(n);
		config =
		    config_yaml_parse(text, strlen(text), "f", true, &errors);
		failed = failing_end();
		assert_int_equal(config == NULL, errors.failed);
		if (!failed)
			assert_int_equal(config != NULL, right);
		config_free(config);
		config_errors_fini(&errors);
	}
}

static void
test_parse(void **state)
{
	(void)state;
	check_text(TEXT, true);
	check_text(WRONG, false);
}

/* To the speaker and back; NULL without memory. */
static struct config *
copy(const struct config *config)
{
	struct config *made = NULL;
	struct wire_out out;

	wire_out_init(&out, UINT16_MAX);
	config_encode(config, &out);
	if (!out.failed)
		made = config_decode(wire_in(out.bytes, out.len));
	wire_out_fini(&out);
	return made;
}

static void
test_wire_and_diff(void **state)
{
	struct config *config = text_parse(TEXT, ""), *made;
	struct config_diff *diff;
	bool failed = true;

	(void)state;
	assert_non_null(config);
	for (unsigned n = 1; failed; n++) {
		failing_set(n);
		made = copy(config);
		diff = made != NULL ? config_diff_new(config, made) : NULL;
		failed = failing_end();
		if (diff != NULL)
			assert_int_equal(diff->count, 0);
		else
			assert_true(failed);
		config_diff_free(diff);
		config_free(made);
	}
	config_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_wire_and_diff),
	};

	failing_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
