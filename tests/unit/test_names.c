/*
 * Users and groups that every Debian has, and some that none has.
 */
#include "hex.h"

#include "names.h"

static void
test_to_number(void **state)
{
	uid_t uid = 1;
	gid_t gid = 1;

	(void)state;
	assert_int_equal(names_uid("root", &uid), 1);
	assert_int_equal(uid, 0);
	assert_int_equal(names_gid("root", &gid), 1);
	assert_int_equal(gid, 0);
	assert_int_equal(names_uid("rtbh-no-such", &uid), 0);
	assert_int_equal(names_gid("rtbh-no-such", &gid), 0);
}

static void
test_to_name(void **state)
{
	char buf[CONFIG_NAME_MAX];

	(void)state;
	assert_string_equal(names_user(0, buf), "root");
	assert_string_equal(names_group(0, buf), "root");
	assert_string_equal(names_user(4123456789U, buf), "uid-4123456789");
	assert_string_equal(names_group(4123456789U, buf), "gid-4123456789");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_number),
		cmocka_unit_test(test_to_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
