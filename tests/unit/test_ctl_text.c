/*
 * Texts of parameters at their bounds.
 */
#include <stdlib.h>

#include "hex.h"

#include "ctl.h"

static void
test_bounds(void **state)
{
	char text[CTL_REASON_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[CTL_REASON_MAX] = '\0';
	assert_true(ctl_reason_is_valid(text));
	text[CTL_REASON_MAX] = 'a';
	text[CTL_REASON_MAX + 1] = '\0';
	assert_false(ctl_reason_is_valid(text));
	assert_false(ctl_owner_is_valid(text));
	text[CTL_OWNER_MAX] = '\0';
	assert_true(ctl_owner_is_valid(text));
	text[CTL_OWNER_MAX] = 'a';
	text[CTL_MESSAGE_MAX] = '\0';
	assert_true(ctl_message_is_valid(text));
	text[CTL_MESSAGE_MAX] = 'a';
	text[CTL_MESSAGE_MAX + 1] = '\0';
	assert_false(ctl_message_is_valid(text));
	text[CTL_NEIGHBOR_MAX] = '\0';
	assert_true(ctl_neighbor_is_valid(text));
	text[CTL_NEIGHBOR_MAX] = 'a';
	assert_false(ctl_neighbor_is_valid(text));
}

static void
check_joined(json_t *names, const char *expected)
{
	char *text = ctl_neighbors_join(names);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
	json_decref(names);
}

static void
test_neighbors_join(void **state)
{
	char longest[CTL_NEIGHBOR_MAX + 1] = "";

	(void)state;
	check_joined(json_pack("[s]", "a"), "a");
	check_joined(json_pack("[s,s,s,s]", "a", "b", "a", "ab"), "a,b,ab");
	memset(longest, 'x', CTL_NEIGHBOR_MAX);
	check_joined(json_pack("[s]", longest), longest);
}

static void
test_host_bits(void **state)
{
	struct refusal why;

	(void)state;
	assert_int_equal(ctl_refuse_host_bits(&why, "203.0.113.7/24"), -1);
	assert_int_equal(why.reason, REASON_HOST_BITS);
	assert_string_equal(why.message,
	    "203.0.113.7/24 has host bits set: give 203.0.113.7 for the "
	    "address, or 203.0.113.0/24 for the net");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_neighbors_join),
		cmocka_unit_test(test_host_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
