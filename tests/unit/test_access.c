/*
 * Who may do what, and how fast.
 */
#include "hex.h"

#include "access.h"

#define DAEMON_UID 990

static struct config_access rules[] = {
	{ .user = "fastnetmon", .id = 1001, .role = ACCESS_DETECTOR },
	{ .group = "noc", .id = 50, .role = ACCESS_OPERATOR },
	{ .group = "adm", .id = 4, .role = ACCESS_VIEWER },
	{ .user = "gone", .id = UINT32_MAX, .role = ACCESS_OPERATOR },
	{ .user = "root", .id = 0, .role = ACCESS_VIEWER },
};

static const struct {
	const char *name;
	size_t rules; /* how many of them are configured */
	uid_t uid;
	gid_t groups[3];
	enum access_role role;
	int rule; /* -1: none */
} cases[] = {
	{ "root without a rule", 4, 0, { 0 }, ACCESS_OPERATOR, -1 },
	{ "root by its rule", 5, 0, { 0 }, ACCESS_VIEWER, 4 },
	{ "the daemon's user", 4, DAEMON_UID, { 7 }, ACCESS_OPERATOR, -1 },
	{ "a user", 4, 1001, { 7 }, ACCESS_DETECTOR, 0 },
	{ "a user before its group", 4, 1001, { 50 }, ACCESS_DETECTOR, 0 },
	{ "a group", 4, 1002, { 7, 50 }, ACCESS_OPERATOR, 1 },
	{ "the first of two groups", 4, 1002, { 4, 50 }, ACCESS_OPERATOR, 1 },
	{ "root by its group", 4, 0, { 4 }, ACCESS_VIEWER, 2 },
	{ "nobody", 4, 1002, { 7 }, ACCESS_NONE, -1 },
	{ "a uid that is some group's", 4, 50, { 7 }, ACCESS_NONE, -1 },
	{ "no such id", 4, UINT32_MAX, { UINT32_MAX }, ACCESS_NONE, -1 },
};

static void
test_decide(void **state)
{
	struct config config = { .control.access = rules };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct caller c = { .uid = cases[i].uid };

		hex_case(cases[i].name);
		config.control.access_count = cases[i].rules;
		access_decide(&c, &config, DAEMON_UID, cases[i].groups, 2);
		assert_int_equal(c.role, cases[i].role);
		assert_ptr_equal(c.rule,
		    cases[i].rule == -1 ? NULL : &rules[cases[i].rule]);
	}
}

static void
test_role_names(void **state)
{
	(void)state;
	assert_string_equal(access_role_name(ACCESS_NONE), "none");
	assert_string_equal(access_role_name(ACCESS_VIEWER), "viewer");
	assert_string_equal(access_role_name(ACCESS_DETECTOR), "detector");
	assert_string_equal(access_role_name(ACCESS_OPERATOR), "operator");
}

/* Ten seconds deep: 100 changes of 10 a second at once, then 10 a second. */
static void
test_bucket(void **state)
{
	struct access_bucket b;
	int entered = 0;

	(void)state;
	access_bucket_init(&b, 10, 1000);
	while (entered < 1000 && access_bucket_open(&b, 10, 1000)) {
		access_bucket_take(&b, 1);
		entered++;
	}
	assert_int_equal(entered, 100);
	assert_true(access_bucket_open(&b, 10, 1001));
	access_bucket_take(&b, 1);
	assert_false(access_bucket_open(&b, 10, 1100));
	assert_true(access_bucket_open(&b, 10, 1101));
	access_bucket_take(&b, 1);
	/* it fills to the brim and no further */
	assert_true(access_bucket_open(&b, 10, INT64_MAX));
	assert_int_equal(b.level_milli, 100000);
}

static void
test_overdraw(void **state)
{
	struct access_bucket b;

	(void)state;
	access_bucket_init(&b, 1, 0);
	access_bucket_take(&b, 1000);
	assert_false(access_bucket_open(&b, 1, 0));
	assert_false(access_bucket_open(&b, 1, 990000));
	assert_true(access_bucket_open(&b, 1, 990001));
}

static void
test_no_rate(void **state)
{
	struct access_bucket b;

	(void)state;
	access_bucket_init(&b, 0, 0);
	access_bucket_take(&b, 1000000);
	assert_true(access_bucket_open(&b, 0, 0));
	/* the clock does not go back, and if it did, nothing is lost */
	access_bucket_init(&b, UINT32_MAX, 1000);
	assert_true(access_bucket_open(&b, UINT32_MAX, 0));
	assert_true(access_bucket_open(&b, UINT32_MAX, INT64_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide),
		cmocka_unit_test(test_role_names),
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_overdraw),
		cmocka_unit_test(test_no_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
