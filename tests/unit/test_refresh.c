/*
 * ROUTE-REFRESH: what we write, and wrong lengths by RFC 7313, section 5.
 */
#include "hex.h"

#include "refresh.h"

static const struct {
	const char *name, *hex;
	int rc, subtype;
	const char *data;
} cases[] = {
	{ "request", "0001 00 01", 0, REFRESH_REQUEST, "" },
	{ "BoRR", "0002 01 01", 0, REFRESH_BEGIN, "" },
	{ "EoRR", "0002 02 01", 0, REFRESH_END, "" },
	{ "unknown subtype", "0001 03 01", 0, 3, "" },
	{ "request with filters", "0001 00 01 01 40 0001 00", 0,
	    REFRESH_REQUEST, "" },
	{ "unknown subtype and more", "0001 ff 01 00", 0, 255, "" },
	{ "BoRR, an octet too many", "0001 01 01 00", -1, 0,
	    HEX_MARKER "0018 05 0001010100" },
	{ "EoRR, an octet too many", "0001 02 01 00", -1, 0,
	    HEX_MARKER "0018 05 0001020100" },
	{ "BoRR, an octet too few", "0001 01", -1, 0,
	    HEX_MARKER "0016 05 000101" },
	{ "nothing", "", -1, 0, HEX_MARKER "0013 05" },
};

static void
test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct hex h = hex_new(cases[i].hex);
		struct bgp_notification why;
		struct bgp_refresh r;

		hex_case(cases[i].name);
		assert_int_equal(refresh_decode(&r, hex_in(&h), &why),
		    cases[i].rc);
		if (cases[i].rc == 0) {
			assert_int_equal(r.subtype, cases[i].subtype);
			assert_int_equal(r.safi, 1);
		} else {
			assert_int_equal(why.code, 7);
			assert_int_equal(why.subcode, 1);
			hex_check(why.data, why.data_len, cases[i].data);
		}
		hex_free(&h);
	}
}

static void
test_encode(void **state)
{
	const struct bgp_refresh r = { 2, REFRESH_BEGIN, 1 };
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	refresh_encode(&r, &out);
	hex_check_out(&out, HEX_MARKER "0017 05 0002 01 01");
	wire_out_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
