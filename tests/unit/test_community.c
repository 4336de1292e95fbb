/*
 * Communities: names and numbers in, sorted sets without duplicates out.
 */
#include "hex.h"

#include "community.h"

static const struct {
	const char *text;
	enum community_error error;
	const char *hex; /* of one standard, then one large community */
} parsed[] = {
	{ "blackhole", COMMUNITY_OK, "ffff029a" },
	{ "no-export", COMMUNITY_OK, "ffffff01" },
	{ "no-advertise", COMMUNITY_OK, "ffffff02" },
	{ "no-export-subconfed", COMMUNITY_OK, "ffffff03" },
	{ "no-peer", COMMUNITY_OK, "ffffff04" },
	{ "graceful-shutdown", COMMUNITY_OK, "ffff0000" },
	{ "65535:666", COMMUNITY_OK, "ffff029a" },
	{ "0:0", COMMUNITY_OK, "00000000" },
	{ "64501:666", COMMUNITY_OK, "fbf5029a" },
	{ "64501:1:2", COMMUNITY_OK, "0000fbf5 00000001 00000002" },
	{ "4294967295:4294967295:4294967295", COMMUNITY_OK,
	    "ffffffff ffffffff ffffffff" },
	{ "0:0:0", COMMUNITY_OK, "00000000 00000000 00000000" },
	{ "", COMMUNITY_SYNTAX, "" },
	{ ":", COMMUNITY_SYNTAX, "" },
	{ "1", COMMUNITY_SYNTAX, "" },
	{ "1:", COMMUNITY_SYNTAX, "" },
	{ ":1", COMMUNITY_SYNTAX, "" },
	{ "1:2:", COMMUNITY_SYNTAX, "" },
	{ "1:2:3:4", COMMUNITY_SYNTAX, "" },
	{ "65536:1", COMMUNITY_SYNTAX, "" },
	{ "1:65536", COMMUNITY_SYNTAX, "" },
	{ "4294967296:1:1", COMMUNITY_SYNTAX, "" },
	{ "99999999999999999999999:1:1", COMMUNITY_SYNTAX, "" },
	{ "1:+2", COMMUNITY_SYNTAX, "" },
	{ "1:-2", COMMUNITY_SYNTAX, "" },
	{ "1:02", COMMUNITY_SYNTAX, "" },
	{ " 1:2", COMMUNITY_SYNTAX, "" },
	{ "1:2 ", COMMUNITY_SYNTAX, "" },
	{ "1:0x2", COMMUNITY_SYNTAX, "" },
	{ "BLACKHOLE", COMMUNITY_SYNTAX, "" },
	{ "blackholes", COMMUNITY_SYNTAX, "" },
};

static void
check_encoded(const struct community_set *set, const char *hex)
{
	struct wire_out out;

	wire_out_init(&out, 4096);
	community_encode(set, &out);
	large_community_encode(set, &out);
	hex_check_out(&out, hex);
	wire_out_fini(&out);
}

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(parsed); i++) {
		struct community_set set = { .count = 0 };

		hex_case(parsed[i].text);
		assert_int_equal(community_parse(&set, parsed[i].text),
		    parsed[i].error);
		check_encoded(&set, parsed[i].hex);
	}
}

static void
add_all(struct community_set *set, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(community_parse(set, texts[i]), COMMUNITY_OK);
}

static void
test_sorted_and_unique(void **state)
{
	static const char *const one[] = { "65535:666", "1:2", "no-export",
		"blackhole", "1:1", "2:1:1", "1:2:3", "1:2:2", "1:2:3",
		"4200000000:0:0" };
	static const char *const other[] = { "4200000000:0:0", "1:2:3", "1:2:2",
		"2:1:1", "1:1", "1:2", "no-export", "blackhole" };
	struct community_set a = { .count = 0 }, b = { .count = 0 };

	(void)state;
	add_all(&a, one, HEX_COUNT(one));
	check_encoded(&a,
	    "00010001 00010002 ffff029a ffffff01"
	    "00000001 00000002 00000002  00000001 00000002 00000003"
	    "00000002 00000001 00000001  fa56ea00 00000000 00000000");
	add_all(&b, other, HEX_COUNT(other));
	assert_true(community_equal(&a, &b));
	assert_true(community_has(&a, COMMUNITY_BLACKHOLE));
	assert_false(community_has(&a, COMMUNITY_NO_PEER));
	assert_int_equal(community_parse(&b, "1:2:4"), COMMUNITY_OK);
	assert_false(community_equal(&a, &b));
	assert_int_equal(community_parse(&a, "1:2:5"), COMMUNITY_OK);
	assert_false(community_equal(&a, &b));
	assert_int_equal(community_parse(&a, "1:3"), COMMUNITY_OK);
	assert_int_equal(community_parse(&b, "1:4"), COMMUNITY_OK);
	assert_false(community_equal(&a, &b));
}

static void
test_full(void **state)
{
	struct community_set set = { .count = 0 };
	char text[COMMUNITY_STRLEN];

	(void)state;
	for (int i = 0; i < COMMUNITY_MAX; i++) {
		snprintf(text, sizeof(text), "1:%d", i);
		assert_int_equal(community_parse(&set, text), COMMUNITY_OK);
		snprintf(text, sizeof(text), "1:1:%d", i);
		assert_int_equal(community_parse(&set, text), COMMUNITY_OK);
	}
	assert_int_equal(community_parse(&set, "1:0"), COMMUNITY_OK);
	assert_int_equal(community_parse(&set, "1:1:31"), COMMUNITY_OK);
	assert_int_equal(community_parse(&set, "0:1"), COMMUNITY_FULL);
	assert_int_equal(community_parse(&set, "0:1:1"), COMMUNITY_FULL);
	assert_int_equal(set.count, COMMUNITY_MAX);
	assert_int_equal(set.large_count, COMMUNITY_MAX);
}

static void
test_print(void **state)
{
	const struct large_community large = { UINT32_MAX, UINT32_MAX,
		UINT32_MAX };
	char buf[COMMUNITY_STRLEN];

	(void)state;
	assert_string_equal(community_print(COMMUNITY_BLACKHOLE, buf),
	    "blackhole");
	assert_string_equal(community_print(COMMUNITY_GRACEFUL_SHUTDOWN, buf),
	    "graceful-shutdown");
	assert_string_equal(community_print(0xfbf5029a, buf), "64501:666");
	assert_string_equal(community_print(0xffff0000 | 7, buf), "65535:7");
	assert_string_equal(large_community_print(&large, buf),
	    "4294967295:4294967295:4294967295");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_sorted_and_unique),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
