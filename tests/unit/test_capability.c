/*
 * Capabilities: each one decoded and encoded, wrong lengths passed over, a
 * cut row refused, and what a refusal takes away.
 */
#include "hex.h"

#include "bgp.h"
#include "capability.h"

static int
decode(struct capabilities *c, const char *hex)
{
	struct hex h = hex_new(hex);
	struct bgp_notification why = { .code = 0 };
	int rc;

	*c = (struct capabilities){ .role = ROLE_NONE };
	rc = capability_decode(c, hex_in(&h), &why);
	if (rc == -1) {
		assert_int_equal(why.code, 2);
		assert_int_equal(why.subcode, 0);
		assert_int_equal(why.data_len, 0);
	}
	hex_free(&h);
	return rc;
}

#define BOTH (FAMILY_BIT(FAMILY_IPV4) | FAMILY_BIT(FAMILY_IPV6))

/* What is decoded and encodes to the same again. */
static const struct {
	const char *name, *hex;
	struct capabilities caps;
} both_ways[] = {
	{ "none", "", { .role = ROLE_NONE } },
	{ "multiprotocol", "01 04 0001 00 01  01 04 0002 00 01",
	    { .multiprotocol = true, .families = BOTH, .role = ROLE_NONE } },
	{ "route refresh", "02 00",
	    { .route_refresh = true, .role = ROLE_NONE } },
	{ "extended next hop", "05 06 0001 0001 0002",
	    { .ipv4_over_ipv6 = true, .role = ROLE_NONE } },
	{ "extended message", "06 00",
	    { .extended_message = true, .role = ROLE_NONE } },
	{ "role provider", "09 01 00", { .role = ROLE_PROVIDER } },
	{ "role peer", "09 01 04", { .role = ROLE_PEER } },
	{ "graceful restart, helper only", "40 02 0078",
	    { .graceful_restart = true, .gr_time_s = 120, .role = ROLE_NONE } },
	{ "graceful restart, R and N", "40 0a cfff 0001 01 80 0002 01 00",
	    { .graceful_restart = true,
		.gr_restarting = true,
		.gr_notification = true,
		.gr_time_s = 4095,
		.gr_families = BOTH,
		.gr_forwarding = FAMILY_BIT(FAMILY_IPV4),
		.role = ROLE_NONE } },
	{ "4-octet AS", "41 04 00010002",
	    { .as4 = true, .as = 65538, .role = ROLE_NONE } },
	{ "enhanced route refresh", "46 00",
	    { .enhanced_refresh = true, .role = ROLE_NONE } },
	{ "long-lived graceful restart", "47 07 0002 01 80 ffffff",
	    { .llgr = true,
		.llgr_families = FAMILY_BIT(FAMILY_IPV6),
		.llgr_forwarding = FAMILY_BIT(FAMILY_IPV6),
		.llgr_time_s = { 0, 16777215 },
		.role = ROLE_NONE } },
	{ "long-lived graceful restart, helper only", "47 00",
	    { .llgr = true, .role = ROLE_NONE } },
};

static void
check_equal(const struct capabilities *a, const struct capabilities *b)
{
	assert_int_equal(a->multiprotocol, b->multiprotocol);
	assert_int_equal(a->families, b->families);
	assert_int_equal(a->route_refresh, b->route_refresh);
	assert_int_equal(a->enhanced_refresh, b->enhanced_refresh);
	assert_int_equal(a->extended_message, b->extended_message);
	assert_int_equal(a->ipv4_over_ipv6, b->ipv4_over_ipv6);
	assert_int_equal(a->as4, b->as4);
	assert_int_equal(a->as, b->as);
	assert_int_equal(a->role, b->role);
	assert_int_equal(a->role_conflict, b->role_conflict);
	assert_int_equal(a->graceful_restart, b->graceful_restart);
	assert_int_equal(a->gr_restarting, b->gr_restarting);
	assert_int_equal(a->gr_notification, b->gr_notification);
	assert_int_equal(a->gr_time_s, b->gr_time_s);
	assert_int_equal(a->gr_families, b->gr_families);
	assert_int_equal(a->gr_forwarding, b->gr_forwarding);
	assert_int_equal(a->llgr, b->llgr);
	assert_int_equal(a->llgr_families, b->llgr_families);
	assert_int_equal(a->llgr_forwarding, b->llgr_forwarding);
	for (int f = 0; f < FAMILIES; f++)
		assert_int_equal(a->llgr_time_s[f], b->llgr_time_s[f]);
}

static void
test_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(both_ways); i++) {
		struct capabilities c;
		struct wire_out out;

		hex_case(both_ways[i].name);
		assert_int_equal(decode(&c, both_ways[i].hex), 0);
		check_equal(&c, &both_ways[i].caps);
		wire_out_init(&out, 4096);
		capability_encode(&c, &out);
		hex_check_out(&out, both_ways[i].hex);
		wire_out_fini(&out);
	}
}

/* What is passed over: nothing of it is left. */
static const struct {
	const char *name, *hex;
} ignored[] = {
	{ "unknown", "ee 03 010203" },
	{ "unknown, empty", "ee 00" },
	{ "multiprotocol, too short", "01 03 000100" },
	{ "multiprotocol, too long", "01 05 0001000100" },
	{ "route refresh, too long", "02 01 00" },
	{ "extended next hop, odd", "05 05 0001000100" },
	{ "extended next hop, others", "05 06 0001 0080 0002" },
	{ "extended next hop, empty", "05 00" },
	{ "extended message, too long", "06 01 00" },
	{ "role, empty", "09 00" },
	{ "role, too long", "09 02 0000" },
	{ "graceful restart, empty", "40 00" },
	{ "graceful restart, one octet", "40 01 00" },
	{ "graceful restart, odd", "40 05 0078 000101" },
	{ "4-octet AS, too short", "41 03 000001" },
	{ "4-octet AS, too long", "41 05 0000000001" },
	{ "enhanced route refresh, too long", "46 01 00" },
	{ "long-lived graceful restart, odd", "47 06 000101800000" },
};

static void
test_ignored(void **state)
{
	const struct capabilities nothing = { .role = ROLE_NONE };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(ignored); i++) {
		struct capabilities c;

		hex_case(ignored[i].name);
		assert_int_equal(decode(&c, ignored[i].hex), 0);
		check_equal(&c, &nothing);
	}
}

static void
test_cut(void **state)
{
	static const char *const cut[] = { "01", "01 04 000100", "02 01",
		"41 ff 00000001", "02 00 41" };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cut); i++) {
		struct capabilities c;

		hex_case(cut[i]);
		assert_int_equal(decode(&c, cut[i]), -1);
	}
}

static void
test_several(void **state)
{
	struct capabilities c;

	(void)state;
	/* another family is no family of ours, but IPv4 is not implied then */
	assert_int_equal(decode(&c, "01 04 0001 00 80"), 0);
	assert_true(c.multiprotocol);
	assert_int_equal(c.families, 0);
	/* the reserved octet says nothing */
	assert_int_equal(decode(&c, "01 04 0001 ff 01"), 0);
	assert_int_equal(c.families, FAMILY_BIT(FAMILY_IPV4));
	assert_int_equal(decode(&c, "09 01 03 09 01 03"), 0);
	assert_int_equal(c.role, ROLE_CUSTOMER);
	assert_false(c.role_conflict);
	assert_int_equal(decode(&c, "09 01 03 09 01 04 09 01 03"), 0);
	assert_true(c.role_conflict);
	assert_int_equal(decode(&c, "09 01 ff"), 0);
	assert_int_equal(c.role, ROLE_UNKNOWN);
	/* the last graceful restart counts */
	assert_int_equal(decode(&c,
			     "40 06 8078 0001 01 80  40 06 003c 0002 01 00"),
	    0);
	assert_int_equal(c.gr_time_s, 60);
	assert_false(c.gr_restarting);
	assert_int_equal(c.gr_families, FAMILY_BIT(FAMILY_IPV6));
	assert_int_equal(c.gr_forwarding, 0);
}

static const struct {
	const char *name, *refused, *left;
} dropped[] = {
	{ "nothing", "",
	    "01040002000102000506000100010002060009010340060078000101804104"
	    "0000fbf446004707000101800000ff" },
	{ "unknown", "ee 00",
	    "01040002000102000506000100010002060009010340060078000101804104"
	    "0000fbf446004707000101800000ff" },
	{ "the family", "01 04 0002 00 01",
	    "02000506000100010002060009010340060078000101804104"
	    "0000fbf446004707000101800000ff" },
	{ "graceful restart, and long-lived with it", "40 02 0000",
	    "0104000200010200050600010001000206000901034104"
	    "0000fbf44600" },
	{ "long-lived only", "47 00",
	    "01040002000102000506000100010002060009010340060078000101804104"
	    "0000fbf44600" },
	{ "all the rest",
	    "02 00 05 06 0001 0001 0002 06 00 09 01 03 46 00"
	    "41 04 0000fbf4",
	    "010400020001400600780001018047070001 01800000ff" },
	{ "one, and a cut row", "02 00 41 04",
	    "0104000200010506000100010002060009010340060078000101804104"
	    "0000fbf446004707000101800000ff" },
};

static void
test_drop(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(dropped); i++) {
		struct hex refused = hex_new(dropped[i].refused);
		struct capabilities c;
		struct wire_out out;

		hex_case(dropped[i].name);
		assert_int_equal(decode(&c, dropped[0].left), 0);
		capability_drop(&c, hex_in(&refused));
		wire_out_init(&out, 4096);
		capability_encode(&c, &out);
		hex_check_out(&out, dropped[i].left);
		wire_out_fini(&out);
		hex_free(&refused);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
