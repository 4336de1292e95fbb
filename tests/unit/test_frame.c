/*
 * The header: which error comes first, with which data; when more bytes are
 * needed; and what we write.
 */
#include "hex.h"

#include "bgp.h"
#include "frame.h"

#define BAD_MARKER "ffffffff ffffffff ffffffff fffffffe "
#define ERROR(code, subcode) ((code) << 8 | (subcode))

/* why: code and subcode; data as hex */
static const struct {
	const char *name, *hex;
	size_t max;
	int rc, why;
	const char *data;
} cases[] = {
	{ "nothing", "", 4096, 0, 0, "" },
	{ "cut in the marker", "ffff", 4096, 0, 0, "" },
	{ "cut before the type", HEX_MARKER "0013", 4096, 0, 0, "" },
	{ "KEEPALIVE", HEX_MARKER "0013 04", 4096, 1, 0, "" },
	{ "KEEPALIVE and more", HEX_MARKER "0013 04 ffff", 4096, 1, 0, "" },
	{ "empty UPDATE", HEX_MARKER "0017 02 00000000", 4096, 1, 0, "" },
	{ "UPDATE, cut in the body", HEX_MARKER "0017 02 000000", 4096, 0, 0,
	    "" },
	{ "NOTIFICATION", HEX_MARKER "0015 03 0602", 4096, 1, 0, "" },
	{ "ROUTE-REFRESH", HEX_MARKER "0017 05 00010001", 4096, 1, 0, "" },
	{ "ROUTE-REFRESH of any length", HEX_MARKER "0013 05", 4096, 1, 0, "" },
	{ "bad marker", BAD_MARKER "0013 04", 4096, -1, ERROR(1, 1), "" },
	{ "zero marker", "00000000 00000000 00000000 00000000 0013 04", 4096,
	    -1, ERROR(1, 1), "" },
	{ "bad marker before bad length", BAD_MARKER "0000 09", 4096, -1,
	    ERROR(1, 1), "" },
	{ "length 18", HEX_MARKER "0012 04", 4096, -1, ERROR(1, 2), "0012" },
	{ "length 0", HEX_MARKER "0000 04", 4096, -1, ERROR(1, 2), "0000" },
	{ "length 4097", HEX_MARKER "1001 02", 4096, -1, ERROR(1, 2), "1001" },
	{ "length 4096", HEX_MARKER "1000 02", 4096, 0, 0, "" },
	{ "length 65535, agreed", HEX_MARKER "ffff 02", 65535, 0, 0, "" },
	{ "length 65535, not agreed", HEX_MARKER "ffff 02", 4096, -1,
	    ERROR(1, 2), "ffff" },
	{ "bad length before bad type", HEX_MARKER "0012 09", 4096, -1,
	    ERROR(1, 2), "0012" },
	{ "type 0", HEX_MARKER "0013 00", 4096, -1, ERROR(1, 3), "00" },
	{ "type 6", HEX_MARKER "0013 06", 4096, -1, ERROR(1, 3), "06" },
	{ "type 255", HEX_MARKER "0013 ff", 4096, -1, ERROR(1, 3), "ff" },
	{ "OPEN of 28", HEX_MARKER "001c 01", 4096, -1, ERROR(1, 2), "001c" },
	{ "OPEN of 29", HEX_MARKER "001d 01", 4096, 0, 0, "" },
	{ "OPEN of 4097", HEX_MARKER "1001 01", 65535, -1, ERROR(1, 2),
	    "1001" },
	{ "UPDATE of 22", HEX_MARKER "0016 02", 4096, -1, ERROR(1, 2), "0016" },
	{ "NOTIFICATION of 20", HEX_MARKER "0014 03", 4096, -1, ERROR(1, 2),
	    "0014" },
	{ "KEEPALIVE of 20", HEX_MARKER "0014 04", 4096, -1, ERROR(1, 2),
	    "0014" },
	{ "KEEPALIVE of 4097", HEX_MARKER "1001 04", 65535, -1, ERROR(1, 2),
	    "1001" },
};

static void
test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct hex h = hex_new(cases[i].hex);
		struct bgp_notification why;
		struct frame f;
		int rc;

		hex_case(cases[i].name);
		rc = frame_decode(&f, h.bytes, h.len, cases[i].max, &why);
		assert_int_equal(rc, cases[i].rc);
		if (rc == -1) {
			assert_int_equal(ERROR(why.code, why.subcode),
			    cases[i].why);
			hex_check(why.data, why.data_len, cases[i].data);
		}
		hex_free(&h);
	}
}

static void
test_body(void **state)
{
	struct hex h = hex_new(HEX_MARKER "0015 03 0602 ffff");
	struct bgp_notification why;
	struct frame f;

	(void)state;
	assert_int_equal(frame_decode(&f, h.bytes, h.len, 4096, &why), 1);
	assert_int_equal(f.type, BGP_NOTIFICATION);
	assert_int_equal(f.len, 21);
	hex_check(f.body.at, f.body.left, "0602");
	hex_free(&h);
}

static void
test_encode(void **state)
{
	struct wire_out out;
	size_t begin;

	(void)state;
	wire_out_init(&out, 70000);
	frame_keepalive(&out);
	begin = frame_begin(&out, BGP_NOTIFICATION);
	wire_put_u16(&out, 0x0602);
	frame_end(&out, begin);
	hex_check_out(&out, HEX_MARKER "0013 04" HEX_MARKER "0015 03 0602");

	wire_out_reset(&out);
	begin = frame_begin(&out, BGP_UPDATE);
	while (out.len < BGP_MESSAGE_MAX_EXTENDED)
		wire_put_u8(&out, 0);
	frame_end(&out, begin);
	assert_false(out.failed);
	wire_put_u8(&out, 0);
	frame_end(&out, begin);
	assert_true(out.failed);
	wire_out_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
