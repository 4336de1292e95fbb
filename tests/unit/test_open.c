/*
 * OPEN: every error of RFC 4271, section 6.2 with its data, the extended
 * parameters of RFC 9072, roles, and what two OPENs agree on.
 */
#include "hex.h"

#include "bgp.h"
#include "open.h"

#define HEAD "04 fbf5 005a c0000201 "
#define ERROR(code, subcode) ((code) << 8 | (subcode))

static const struct {
	const char *name, *hex;
	int why; /* 0: it is good */
	const char *data;
} cases[] = {
	{ "no options", HEAD "00", 0, "" },
	{ "hold time 0", "04 fbf5 0000 c0000201 00", 0, "" },
	{ "hold time 3", "04 fbf5 0003 c0000201 00", 0, "" },
	{ "hold time 1", "04 fbf5 0001 c0000201 00", ERROR(2, 6), "" },
	{ "hold time 2", "04 fbf5 0002 c0000201 00", ERROR(2, 6), "" },
	{ "version 3", "03 fbf5 005a c0000201 00", ERROR(2, 1), "0004" },
	{ "version 5", "05 fbf5 005a c0000201 00", ERROR(2, 1), "0004" },
	{ "version 0", "00 fbf5 005a c0000201 00", ERROR(2, 1), "0004" },
	{ "version before all else", "05 0000 0001 00000000 ff", ERROR(2, 1),
	    "0004" },
	{ "AS 0", "04 0000 005a c0000201 00", ERROR(2, 2), "" },
	{ "identifier 0", "04 fbf5 005a 00000000 00", ERROR(2, 3), "" },
	{ "empty", "", ERROR(2, 0), "" },
	{ "cut in the identifier", "04 fbf5 005a c00002", ERROR(2, 0), "" },
	{ "cut before the options", HEAD, ERROR(2, 0), "" },
	{ "options past the end", HEAD "04 0202 0200 00", ERROR(2, 0), "" },
	{ "options cut", HEAD "05 0202 0200", ERROR(2, 0), "" },
	{ "an empty capabilities option", HEAD "02 0200", 0, "" },
	{ "two capabilities options", HEAD "08 0202 0200 0202 4600", 0, "" },
	{ "option cut in its head", HEAD "01 02", ERROR(2, 0), "" },
	{ "option past the end", HEAD "04 0203 0200", ERROR(2, 0), "" },
	{ "capability past the end", HEAD "04 0202 4104", ERROR(2, 0), "" },
	{ "unknown option", HEAD "02 0900", ERROR(2, 4), "" },
	{ "authentication option", HEAD "03 0101 00", ERROR(2, 4), "" },
	{ "capability of a wrong length", HEAD "05 0203 010100", 0, "" },
	{ "4-octet AS", HEAD "08 0206 4104 0000fbf5", 0, "" },
	{ "4-octet AS and AS_TRANS",
	    "04 5ba0 005a c0000201"
	    "08 0206 4104 0000fbf5",
	    0, "" },
	{ "4-octet AS 0", HEAD "08 0206 4104 00000000", ERROR(2, 2), "" },
	{ "4-octet AS is another", HEAD "08 0206 4104 0000fbf6", ERROR(2, 2),
	    "" },
	{ "4-octet AS above 65535, no AS_TRANS", HEAD "08 0206 4104 0001fbf5",
	    ERROR(2, 2), "" },
	{ "extended", HEAD "ff ff 0005 02 0002 0200", 0, "" },
	{ "extended, empty", HEAD "ff ff 0000", 0, "" },
	{ "extended, another plain length", HEAD "01 ff 0005 02 0002 0200", 0,
	    "" },
	{ "extended, cut length", HEAD "ff ff 00", ERROR(2, 0), "" },
	{ "extended, past the end", HEAD "ff ff 0006 02 0002 0200", ERROR(2, 0),
	    "" },
	{ "extended, bytes left", HEAD "ff ff 0005 02 0002 0200 00",
	    ERROR(2, 0), "" },
	{ "extended, option past the end", HEAD "ff ff 0005 02 0003 0200",
	    ERROR(2, 0), "" },
	{ "extended, unknown option", HEAD "ff ff 0003 09 0000", ERROR(2, 4),
	    "" },
	{ "extended within extended", HEAD "ff ff 0003 ff 0000", ERROR(2, 4),
	    "" },
	{ "type 255 not first", HEAD "04 0200 ff00", ERROR(2, 4), "" },
};

static int
decode(struct bgp_open *o, const char *hex, struct bgp_notification *why)
{
	struct hex h = hex_new(hex);
	int rc = open_decode(o, hex_in(&h), why);

	hex_free(&h);
	return rc;
}

static void
test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct bgp_notification why;
		struct bgp_open o;
		int rc;

		hex_case(cases[i].name);
		rc = decode(&o, cases[i].hex, &why);
		assert_int_equal(rc, cases[i].why == 0 ? 0 : -1);
		if (rc == 0)
			continue;
		assert_int_equal(ERROR(why.code, why.subcode), cases[i].why);
		hex_check(why.data, why.data_len, cases[i].data);
	}
}

static void
test_fields(void **state)
{
	struct bgp_notification why;
	struct bgp_open o;

	(void)state;
	assert_int_equal(decode(&o,
			     "04 5ba0 00b4 c0000263"
			     "14 0206 0104 0001 00 01"
			     "020a 4104 00010002 0200 ee00",
			     &why),
	    0);
	assert_int_equal(o.version, 4);
	assert_int_equal(o.as, 65538);
	assert_int_equal(o.hold_time_s, 180);
	assert_int_equal(o.bgp_id, 0xc0000263);
	assert_true(o.caps.multiprotocol);
	assert_true(o.caps.route_refresh);
	assert_int_equal(o.caps.role, ROLE_NONE);
	hex_check(o.cap_codes, o.cap_count, "01 41 02 ee");
}

/* One octet has 256 codes, and they do not all fit. */
static void
test_many_codes(void **state)
{
	struct bgp_notification why;
	struct wire_out out;
	struct bgp_open o;

	(void)state;
	wire_out_init(&out, 4096);
	wire_put_u8(&out, 4);
	wire_put_u16(&out, 64501);
	wire_put_u16(&out, 90);
	wire_put_u32(&out, 0xc0000201);
	wire_put_bytes(&out, "\xff\xff\x04\x03\x02\x04\x00", 7);
	for (unsigned i = 0; i < 512; i++) {
		wire_put_u8(&out, (uint8_t)(i / 2));
		wire_put_u8(&out, 0);
	}
	assert_int_equal(open_decode(&o, wire_in(out.bytes, out.len), &why), 0);
	assert_int_equal(o.cap_count, 64);
	assert_int_equal(o.cap_codes[63], 63);
	wire_out_fini(&out);
}

static const struct {
	const char *name;
	struct open_expect expect;
	uint32_t as, id;
	uint8_t role;
	bool role_conflict;
	int why;
} checks[] = {
	{ "external", { 64500, 64501, 1, ROLE_NONE, false }, 64501, 2,
	    ROLE_NONE, false, 0 },
	{ "another AS", { 64500, 64501, 1, ROLE_NONE, false }, 64502, 2,
	    ROLE_NONE, false, ERROR(2, 2) },
	{ "our AS instead", { 64500, 64501, 1, ROLE_NONE, false }, 64500, 2,
	    ROLE_NONE, false, ERROR(2, 2) },
	{ "external, our identifier", { 64500, 64501, 1, ROLE_NONE, false },
	    64501, 1, ROLE_NONE, false, 0 },
	{ "internal", { 64500, 64500, 1, ROLE_NONE, false }, 64500, 2,
	    ROLE_NONE, false, 0 },
	{ "internal, our identifier", { 64500, 64500, 1, ROLE_NONE, false },
	    64500, 1, ROLE_NONE, false, ERROR(2, 3) },
	{ "internal, roles do not count", { 64500, 64500, 1, ROLE_NONE, false },
	    64500, 2, ROLE_PEER, true, 0 },
	{ "two roles", { 64500, 64501, 1, ROLE_CUSTOMER, false }, 64501, 2,
	    ROLE_PROVIDER, true, ERROR(2, 11) },
	{ "two roles, we have none", { 64500, 64501, 1, ROLE_NONE, false },
	    64501, 2, ROLE_PROVIDER, true, ERROR(2, 11) },
	{ "no role, not strict", { 64500, 64501, 1, ROLE_CUSTOMER, false },
	    64501, 2, ROLE_NONE, false, 0 },
	{ "no role, strict", { 64500, 64501, 1, ROLE_CUSTOMER, true }, 64501, 2,
	    ROLE_NONE, false, ERROR(2, 11) },
	{ "unknown role", { 64500, 64501, 1, ROLE_CUSTOMER, false }, 64501, 2,
	    ROLE_UNKNOWN, false, ERROR(2, 11) },
	{ "unknown role, we have none", { 64500, 64501, 1, ROLE_NONE, false },
	    64501, 2, ROLE_UNKNOWN, false, 0 },
};

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(checks); i++) {
		struct bgp_open o = { .as = checks[i].as,
			.bgp_id = checks[i].id };
		struct bgp_notification why;
		int rc;

		hex_case(checks[i].name);
		o.caps.role = checks[i].role;
		o.caps.role_conflict = checks[i].role_conflict;
		rc = open_check(&o, &checks[i].expect, &why);
		assert_int_equal(rc, checks[i].why == 0 ? 0 : -1);
		if (rc == -1)
			assert_int_equal(ERROR(why.code, why.subcode),
			    checks[i].why);
	}
}

/* RFC 9234, table 2, the whole square */
static void
test_roles(void **state)
{
	(void)state;
	for (unsigned ours = ROLE_PROVIDER; ours <= ROLE_PEER; ours++)
		for (unsigned theirs = ROLE_PROVIDER; theirs <= ROLE_PEER;
		     theirs++) {
			struct open_expect expect = { 64500, 64501, 1,
				(uint8_t)ours, true };
			struct bgp_open o = { .as = 64501, .bgp_id = 2 };
			struct bgp_notification why;
			bool fits = (ours == ROLE_PROVIDER &&
					theirs == ROLE_CUSTOMER) ||
			    (ours == ROLE_CUSTOMER &&
				theirs == ROLE_PROVIDER) ||
			    (ours == ROLE_RS && theirs == ROLE_RS_CLIENT) ||
			    (ours == ROLE_RS_CLIENT && theirs == ROLE_RS) ||
			    (ours == ROLE_PEER && theirs == ROLE_PEER);

			o.caps.role = (uint8_t)theirs;
			assert_int_equal(open_check(&o, &expect, &why),
			    fits ? 0 : -1);
		}
}

static void
test_encode(void **state)
{
	struct bgp_open o = { .as = 65538,
		.hold_time_s = 90,
		.bgp_id = 0xc0000201,
		.caps = { .multiprotocol = true,
		    .families = FAMILY_BIT(FAMILY_IPV4),
		    .route_refresh = true,
		    .as4 = true,
		    .as = 65538,
		    .role = ROLE_NONE } };
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	open_encode(&o, &out);
	hex_check_out(&out,
	    HEX_MARKER "002d 01 04 5ba0 005a c0000201 10"
		       "02 0e 0104 0001 00 01 0200 4104 00010002");
	wire_out_reset(&out);
	o.as = 64500;
	o.caps = (struct capabilities){ .role = ROLE_NONE };
	open_encode(&o, &out);
	hex_check_out(&out, HEX_MARKER "001d 01 04 fbf4 005a c0000201 00");
	wire_out_fini(&out);
}

static void
test_encode_options(void **state)
{
	static const uint8_t caps[300];
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	open_encode_options(caps, 253, &out);
	assert_int_equal(out.len, 256);
	hex_check(out.bytes, 3, "ff 02 fd");
	wire_out_reset(&out);
	open_encode_options(caps, 254, &out);
	assert_int_equal(out.len, 4 + 3 + 254);
	hex_check(out.bytes, 7, "ff ff 0101 02 00fe");
	wire_out_fini(&out);
}

static const struct bgp_open full = { .as = 64500,
	.hold_time_s = 90,
	.caps = { .multiprotocol = true,
	    .families = FAMILY_BIT(FAMILY_IPV4) | FAMILY_BIT(FAMILY_IPV6),
	    .route_refresh = true,
	    .enhanced_refresh = true,
	    .extended_message = true,
	    .ipv4_over_ipv6 = true,
	    .as4 = true,
	    .as = 64500,
	    .role = ROLE_CUSTOMER,
	    .graceful_restart = true,
	    .gr_notification = true,
	    .gr_time_s = 120,
	    .gr_families = FAMILY_BIT(FAMILY_IPV4) | FAMILY_BIT(FAMILY_IPV6),
	    .llgr = true,
	    .llgr_families = FAMILY_BIT(FAMILY_IPV4) } };

static void
test_agree_on_all(void **state)
{
	struct bgp_open theirs = full;
	struct session_terms t;

	(void)state;
	theirs.as = 64501;
	theirs.hold_time_s = 30;
	theirs.caps.gr_time_s = 7;
	theirs.caps.gr_families = 0; /* a helper that cannot restart */
	theirs.caps.llgr_families = 0;
	t = open_agree(&full, &theirs);
	assert_false(t.internal);
	assert_int_equal(t.families, full.caps.families);
	assert_true(t.as4);
	assert_true(t.route_refresh);
	assert_true(t.enhanced_refresh);
	assert_true(t.ipv4_over_ipv6);
	assert_int_equal(t.local_as, 64500);
	assert_int_equal(t.remote_as, 64501);
	assert_int_equal(t.role, ROLE_CUSTOMER);
	assert_int_equal(t.message_max, 65535);
	assert_int_equal(t.message_max_in, 65535);
	assert_int_equal(t.hold_time_s, 30);
	assert_true(t.graceful_restart);
	assert_true(t.gr_notification);
	assert_int_equal(t.gr_time_s, 120);
	assert_int_equal(t.gr_families, full.caps.families);
	assert_int_equal(t.llgr_families, FAMILY_BIT(FAMILY_IPV4));
}

static void
test_agree_with_an_old_one(void **state)
{
	struct bgp_open theirs = { .as = 64500, .hold_time_s = 0 };
	struct session_terms t;

	(void)state;
	theirs.caps.role = ROLE_NONE;
	t = open_agree(&full, &theirs);
	assert_true(t.internal);
	assert_int_equal(t.families, FAMILY_BIT(FAMILY_IPV4));
	assert_false(t.as4);
	assert_true(t.route_refresh);
	assert_false(t.enhanced_refresh);
	assert_false(t.ipv4_over_ipv6);
	assert_int_equal(t.role, ROLE_NONE);
	assert_int_equal(t.message_max, 4096);
	assert_int_equal(t.message_max_in, 65535);
	assert_int_equal(t.hold_time_s, 0);
	assert_false(t.graceful_restart);
	assert_int_equal(t.gr_families, 0);
	assert_int_equal(t.llgr_families, 0);
}

static void
test_agree_on_families(void **state)
{
	struct bgp_open theirs = full;
	struct session_terms t;

	(void)state;
	theirs.caps.families = FAMILY_BIT(FAMILY_IPV6);
	theirs.caps.llgr = false;
	t = open_agree(&full, &theirs);
	assert_int_equal(t.families, FAMILY_BIT(FAMILY_IPV6));
	assert_int_equal(t.gr_families, FAMILY_BIT(FAMILY_IPV6));
	assert_int_equal(t.llgr_families, 0);
	assert_false(t.ipv4_over_ipv6);
	theirs.caps.families = 0; /* only families that we do not know */
	t = open_agree(&full, &theirs);
	assert_int_equal(t.families, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_many_codes),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_encode_options),
		cmocka_unit_test(test_agree_on_all),
		cmocka_unit_test(test_agree_with_an_old_one),
		cmocka_unit_test(test_agree_on_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
