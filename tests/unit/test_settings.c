/*
 * What operators set: there and back in bytes, and what is malformed.
 */
#include "hex.h"

#include "settings.h"

#define NAME_63 \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
/* 32 octets */
#define HEX_32                             \
	"78787878787878787878787878787878" \
	"78787878787878787878787878787878"

static void
check_encoded(const struct settings *s, const char *hex)
{
	struct wire_out out;

	wire_out_init(&out, 4096);
	settings_encode(s, &out);
	hex_check_out(&out, hex);
	wire_out_fini(&out);
}

static void
test_disable_and_enable(void **state)
{
	struct settings s = { .disabled = NULL };

	(void)state;
	assert_false(settings_is_disabled(&s, "a"));
	assert_int_equal(settings_set_disabled(&s, "a", false), 0);
	check_encoded(&s, "");
	for (int i = 0; i < 2; i++) { /* twice is once */
		assert_int_equal(settings_set_disabled(&s, "a", true), 0);
		assert_int_equal(settings_set_disabled(&s, "bb", true), 0);
		assert_int_equal(settings_set_disabled(&s, "c", true), 0);
	}
	check_encoded(&s, "01 61 02 6262 01 63");
	assert_int_equal(settings_set_disabled(&s, "bb", false), 0);
	assert_true(settings_is_disabled(&s, "a"));
	assert_false(settings_is_disabled(&s, "bb"));
	assert_false(settings_is_disabled(&s, "b"));
	assert_true(settings_is_disabled(&s, "c"));
	check_encoded(&s, "01 61 01 63");
	assert_int_equal(settings_set_disabled(&s, "c", false), 0);
	assert_int_equal(settings_set_disabled(&s, "a", false), 0);
	check_encoded(&s, "");
	settings_fini(&s);
	assert_false(settings_is_disabled(&s, "a"));
}

static void
test_decode(void **state)
{
	static const struct {
		const char *name, *hex;
		int rc;
		size_t count;
	} cases[] = {
		{ "nothing", "", 0, 0 },
		{ "one", "01 61", 0, 1 },
		{ "two", "01 61 02 6262", 0, 2 },
		{ "64 octets", "40" HEX_32 HEX_32, -1, 0 },
		{ "no octets", "00", -1, 0 },
		{ "none behind a good one", "01 61 00", -1, 0 },
		{ "NUL in a name", "03 610062", -1, 0 },
		{ "NUL first", "01 00", -1, 0 },
		{ "twice the same", "01 61 01 61", -1, 0 },
		{ "cut", "02 61", -1, 0 },
		{ "cut behind a good one", "01 61 05 6262", -1, 0 },
	};
	struct settings s;
	struct hex h;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		h = hex_new(cases[i].hex);
		assert_int_equal(settings_decode(&s, hex_in(&h)), cases[i].rc);
		assert_int_equal(s.disabled_count, cases[i].count);
		if (cases[i].rc == 0)
			check_encoded(&s, cases[i].hex);
		settings_fini(&s);
		hex_free(&h);
	}
}

static void
test_longest_name(void **state)
{
	struct settings s = { .disabled = NULL }, got;
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	assert_int_equal(settings_set_disabled(&s, NAME_63, true), 0);
	settings_encode(&s, &out);
	assert_int_equal(out.len, 64);
	assert_int_equal(settings_decode(&got, wire_in(out.bytes, out.len)), 0);
	assert_true(settings_is_disabled(&got, NAME_63));
	settings_fini(&got);
	settings_fini(&s);
	wire_out_fini(&out);
}

static void
test_too_many(void **state)
{
	struct settings s = { .disabled = NULL };
	char name[16];

	(void)state;
	for (int i = 0; i < SETTINGS_DISABLED_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(settings_set_disabled(&s, name, true), 0);
	}
	assert_int_equal(settings_set_disabled(&s, "more", true), -1);
	assert_int_equal(settings_set_disabled(&s, "n7", true), 0);
	assert_int_equal(settings_set_disabled(&s, "n7", false), 0);
	assert_int_equal(settings_set_disabled(&s, "more", true), 0);
	settings_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disable_and_enable),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
