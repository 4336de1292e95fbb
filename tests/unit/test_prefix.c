/*
 * Prefixes: strict text in, canonical text out, order and containment.
 */
#include "hex.h"

#include "prefix.h"

static const struct {
	const char *text;
	enum prefix_error error;
	const char *printed; /* also of what is masked */
} parsed[] = {
	{ "203.0.113.7", PREFIX_OK, "203.0.113.7/32" },
	{ "203.0.113.0/24", PREFIX_OK, "203.0.113.0/24" },
	{ "0.0.0.0/0", PREFIX_OK, "0.0.0.0/0" },
	{ "203.0.113.7/31", PREFIX_HOST_BITS, "203.0.113.6/31" },
	{ "203.0.113.7/0", PREFIX_HOST_BITS, "0.0.0.0/0" },
	{ "2001:db8::1", PREFIX_OK, "2001:db8::1/128" },
	{ "2001:DB8:0:0:0:0:0:1/128", PREFIX_OK, "2001:db8::1/128" },
	{ "2001:db8:100::/48", PREFIX_OK, "2001:db8:100::/48" },
	{ "2001:db8::1/64", PREFIX_HOST_BITS, "2001:db8::/64" },
	{ "::/0", PREFIX_OK, "::/0" },
	{ "0000:0000:0000:0000:0000:ffff:192.168.100.228", PREFIX_OK,
	    "::ffff:192.168.100.228/128" },
	{ "", PREFIX_SYNTAX, NULL },
	{ "/", PREFIX_SYNTAX, NULL },
	{ "/24", PREFIX_SYNTAX, NULL },
	{ "203.0.113", PREFIX_SYNTAX, NULL },
	{ "203.0.113.256", PREFIX_SYNTAX, NULL },
	{ "203.0.113.07", PREFIX_SYNTAX, NULL },
	{ "203.0.113.0/", PREFIX_SYNTAX, NULL },
	{ "203.0.113.0/33", PREFIX_SYNTAX, NULL },
	{ "203.0.113.0/024", PREFIX_SYNTAX, NULL },
	{ "203.0.113.0/+24", PREFIX_SYNTAX, NULL },
	{ "203.0.113.0/24 ", PREFIX_SYNTAX, NULL },
	{ " 203.0.113.0/24", PREFIX_SYNTAX, NULL },
	{ "203.0.113.0/24/24", PREFIX_SYNTAX, NULL },
	{ "203.0.113.0/4294967320", PREFIX_SYNTAX, NULL },
	{ "2001:db8::/129", PREFIX_SYNTAX, NULL },
	{ "2001:db8::1%eth0", PREFIX_SYNTAX, NULL },
	{ "2001:db8:::1", PREFIX_SYNTAX, NULL },
	{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", PREFIX_SYNTAX,
	    NULL },
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(parsed); i++) {
		char buf[PREFIX_STRLEN];
		struct prefix p;

		hex_case(parsed[i].text);
		assert_int_equal(prefix_parse(&p, parsed[i].text),
		    parsed[i].error);
		if (parsed[i].printed != NULL)
			assert_string_equal(prefix_print(&p, buf),
			    parsed[i].printed);
	}
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text), PREFIX_OK);
	return p;
}

static void
test_address(void **state)
{
	struct prefix p = prefix("198.51.100.0/24");
	char buf[PREFIX_STRLEN];

	(void)state;
	assert_string_equal(prefix_print_address(&p, buf), "198.51.100.0");
	assert_int_equal(prefix_parse_address(&p, "2001:db8::1"), PREFIX_OK);
	assert_int_equal(prefix_parse_address(&p, "192.0.2.1/32"),
	    PREFIX_SYNTAX);
	p = prefix_from_bytes(FAMILY_IPV4, (const uint8_t *)"\xc0\x00\x02\x01");
	assert_string_equal(prefix_print(&p, buf), "192.0.2.1/32");
	assert_false(prefix_is_unspecified(&p));
	p = prefix("::");
	assert_true(prefix_is_unspecified(&p));
}

static void
test_order(void **state)
{
	static const char *const ascending[] = { "0.0.0.0/0", "192.0.2.0/24",
		"192.0.2.0/25", "192.0.2.1", "192.0.2.128/25", "203.0.113.0/24",
		"::/0", "2001:db8::/32", "2001:db8::1" };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(ascending); i++)
		for (size_t j = 0; j < HEX_COUNT(ascending); j++) {
			struct prefix a = prefix(ascending[i]);
			struct prefix b = prefix(ascending[j]);
			int order = prefix_cmp(&a, &b);

			assert_true((order < 0) == (i < j));
			assert_true((order > 0) == (i > j));
		}
}

static const struct {
	const char *a, *b;
	bool covers, overlaps;
} pairs[] = {
	{ "192.0.2.0/24", "192.0.2.0/24", true, true },
	{ "192.0.2.0/24", "192.0.2.255", true, true },
	{ "192.0.2.255", "192.0.2.0/24", false, true },
	{ "192.0.2.0/24", "192.0.3.0/24", false, false },
	{ "0.0.0.0/0", "203.0.113.7", true, true },
	{ "0.0.0.0/0", "2001:db8::1", false, false },
	{ "192.0.2.0/31", "192.0.2.2", false, false },
	{ "2001:db8:100::/47", "2001:db8:101::/48", true, true },
	{ "2001:db8:100::/48", "2001:db8:101::/48", false, false },
};

static void
test_containment(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(pairs); i++) {
		struct prefix a = prefix(pairs[i].a), b = prefix(pairs[i].b);

		hex_case(pairs[i].a);
		assert_int_equal(prefix_covers(&a, &b), pairs[i].covers);
		assert_int_equal(prefix_overlaps(&a, &b), pairs[i].overlaps);
		assert_int_equal(prefix_overlaps(&b, &a), pairs[i].overlaps);
	}
}

static void
test_families(void **state)
{
	(void)state;
	assert_int_equal(family_bits(FAMILY_IPV4), 32);
	assert_int_equal(family_bits(FAMILY_IPV6), 128);
	assert_string_equal(family_name(FAMILY_IPV4), "ipv4");
	assert_string_equal(family_name(FAMILY_IPV6), "ipv6");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_containment),
		cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
