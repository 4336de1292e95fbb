/*
 * NOTIFICATION: names, shutdown communication, Hard Reset, both directions.
 */
#include "hex.h"

#include "bgp.h"
#include "notification.h"

static const struct {
	const char *hex, *name;
} named[] = {
	{ "0101", "Message Header Error/Connection Not Synchronized" },
	{ "0201 0004", "OPEN Message Error/Unsupported Version Number" },
	{ "0200", "OPEN Message Error" },
	{ "0205", "OPEN Message Error/5" },
	{ "020b", "OPEN Message Error/Role Mismatch" },
	{ "030b", "UPDATE Message Error/Malformed AS_PATH" },
	{ "0307", "UPDATE Message Error/7" },
	{ "0400", "Hold Timer Expired" },
	{ "0401", "Hold Timer Expired/1" },
	{ "0502",
	    "Finite State Machine Error/"
	    "Unexpected Message in OpenConfirm" },
	{ "0604", "Cease/Administrative Reset" },
	{ "060a", "Cease/BFD Down" },
	{ "06ff", "Cease/255" },
	{ "0701", "ROUTE-REFRESH Message Error/Invalid Message Length" },
	{ "0800", "Send Hold Timer Expired" },
	{ "0000", "error 0/0" },
	{ "0903", "error 9/3" },
	{ "ffff", "error 255/255" },
	{ "0609", "Cease/Hard Reset" },
	{ "0609 06", "Cease/Hard Reset" },
	{ "0609 0602", "Cease/Hard Reset (Cease/Administrative Shutdown)" },
	{ "0609 0400", "Cease/Hard Reset (Hold Timer Expired)" },
	{ "0609 0302 c063",
	    "Cease/Hard Reset (UPDATE Message Error/"
	    "Unrecognized Well-known Attribute)" },
	{ "0609 0609 0602", "Cease/Hard Reset (Cease/Hard Reset)" },
};

static struct bgp_notification
decoded(const char *hex)
{
	struct hex h = hex_new(hex);
	struct bgp_notification n;

	assert_int_equal(notification_decode(&n, hex_in(&h)), 0);
	hex_free(&h);
	return n;
}

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(named); i++) {
		struct bgp_notification n = decoded(named[i].hex);
		char buf[NOTIFICATION_STRLEN];

		assert_string_equal(notification_name(&n, buf), named[i].name);
	}
}

/* The longest pair of names must fit, also inside a Hard Reset. */
static void
test_names_fit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256 * 16; i++) {
		struct bgp_notification n;
		char buf[NOTIFICATION_STRLEN];
		const char *name;

		notification_set(&n, (uint8_t)(i / 256), (uint8_t)(i % 256));
		notification_wrap_hard_reset(&n);
		name = notification_name(&n, buf);
		assert_true(strlen(name) < NOTIFICATION_STRLEN - 1);
		assert_int_equal(name[strlen(name) - 1], ')');
	}
}

static const struct {
	const char *name, *hex, *text;
} texts[] = {
	{ "none", "0602", "" },
	{ "empty", "0602 00", "" },
	{ "shutdown", "0602 05 68656c6c6f", "hello" },
	{ "reset", "0604 02 6869", "hi" },
	{ "within a Hard Reset", "0609 0602 02 6869", "hi" },
	{ "within a Hard Reset of another kind", "0609 0603 02 6869", "" },
	{ "of another subcode", "0603 02 6869", "" },
	{ "of another code", "0502 02 6869", "" },
	{ "length past the end", "0602 06 68656c6c6f", "" },
	{ "length below the data", "0602 02 68656c6c6f", "he" },
	{ "two octets a character", "0602 03 c3a478", "\xc3\xa4x" },
	{ "three octets a character", "0602 03 e282ac", "\xe2\x82\xac" },
	{ "four octets a character", "0602 04 f09f9880", "\xf0\x9f\x98\x80" },
	{ "a stray continuation", "0602 02 8078", "" },
	{ "a character cut", "0602 02 78c3", "" },
	{ "overlong, two octets", "0602 02 c0af", "" },
	{ "overlong, three octets", "0602 03 e080af", "" },
	{ "overlong, four octets", "0602 04 f08080af", "" },
	{ "a surrogate", "0602 03 eda080", "" },
	{ "above U+10FFFF", "0602 04 f4908080", "" },
	{ "five octets", "0602 05 f888808080", "" },
	{ "control characters", "0602 06 41000a1b7f42", "A????B" },
	{ "a C1 control character", "0602 04 41c29b42", "A?B" },
	{ "a turned line", "0602 05 41e280ae42", "A?B" },
};

static void
test_shutdown_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(texts); i++) {
		struct bgp_notification n = decoded(texts[i].hex);
		char buf[SHUTDOWN_STRLEN];

		hex_case(texts[i].name);
		assert_string_equal(notification_shutdown_text(&n, buf),
		    texts[i].text);
	}
}

static void
test_longest_text(void **state)
{
	char text[400], buf[SHUTDOWN_STRLEN];
	struct bgp_notification n;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	notification_set_shutdown(&n, BGP_CEASE_ADMIN_SHUTDOWN, text);
	assert_int_equal(n.data_len, 256);
	assert_int_equal(n.data[0], 255);
	assert_int_equal(strlen(notification_shutdown_text(&n, buf)), 255);

	text[254] = '\xc3'; /* a character over the edge is left out */
	text[255] = '\xa4';
	notification_set_shutdown(&n, BGP_CEASE_ADMIN_SHUTDOWN, text);
	assert_int_equal(n.data[0], 254);
	assert_int_equal(strlen(notification_shutdown_text(&n, buf)), 254);
}

static void
check_encoded(const struct bgp_notification *n, const char *hex)
{
	struct wire_out out;

	wire_out_init(&out, 4096);
	notification_encode(n, &out);
	hex_check_out(&out, hex);
	wire_out_fini(&out);
}

static void
test_encode(void **state)
{
	struct bgp_notification n;

	(void)state;
	assert_int_equal(notification_set(&n, 4, 0), -1);
	check_encoded(&n, HEX_MARKER "0015 03 0400");
	assert_int_equal(notification_set_u8(&n, 1, 3, 9), -1);
	check_encoded(&n, HEX_MARKER "0016 03 0103 09");
	assert_int_equal(notification_set_u16(&n, 2, 1, 4), -1);
	check_encoded(&n, HEX_MARKER "0017 03 0201 0004");
	assert_int_equal(notification_set_data(&n, 3, 5, "\x40\x01", 2), -1);
	check_encoded(&n, HEX_MARKER "0017 03 0305 4001");
	notification_set_shutdown(&n, BGP_CEASE_ADMIN_RESET, NULL);
	check_encoded(&n, HEX_MARKER "0015 03 0604");
	notification_set_shutdown(&n, BGP_CEASE_ADMIN_RESET, "");
	check_encoded(&n, HEX_MARKER "0015 03 0604");
	notification_set_shutdown(&n, BGP_CEASE_ADMIN_SHUTDOWN, "hi\xff");
	check_encoded(&n, HEX_MARKER "0018 03 0602 02 6869");
	notification_wrap_hard_reset(&n);
	check_encoded(&n, HEX_MARKER "001a 03 0609 0602 02 6869");
	notification_set(&n, 6, BGP_CEASE_PEER_DECONFIGURED);
	notification_wrap_hard_reset(&n);
	check_encoded(&n, HEX_MARKER "0017 03 0609 0603");
}

static void
test_data_bounds(void **state)
{
	static uint8_t data[5000];
	struct bgp_notification n;
	struct wire_out out;

	(void)state;
	data[NOTIFICATION_DATA_MAX - 1] = 0xaa;
	data[NOTIFICATION_DATA_MAX] = 0xbb;
	notification_set_data(&n, 3, 1, data, sizeof(data));
	assert_int_equal(n.data_len, NOTIFICATION_DATA_MAX);
	assert_int_equal(n.data[n.data_len - 1], 0xaa);
	wire_out_init(&out, 4096);
	notification_encode(&n, &out);
	assert_false(out.failed);
	assert_int_equal(out.len, 4096);
	wire_out_fini(&out);
	notification_wrap_hard_reset(&n);
	assert_int_equal(n.data_len, NOTIFICATION_DATA_MAX);
}

static void
test_cut(void **state)
{
	struct hex h = hex_new("06");
	struct bgp_notification n;

	(void)state;
	assert_int_equal(notification_decode(&n, hex_in(&h)), -1);
	assert_int_equal(notification_decode(&n, wire_in(NULL, 0)), -1);
	assert_int_equal(n.data_len, 0);
	hex_free(&h);
}

static void
test_prefix_bound(void **state)
{
	struct bgp_notification n = decoded("0601 0001 01 00000064");
	struct prefix_bound bound;

	(void)state;
	assert_true(notification_prefix_bound(&n, &bound));
	assert_int_equal(bound.afi, 1);
	assert_int_equal(bound.safi, 1);
	assert_int_equal(bound.prefixes, 100);
	n = decoded("0601");
	assert_false(notification_prefix_bound(&n, &bound));
	n = decoded("0601 0001 01 00000064 00");
	assert_false(notification_prefix_bound(&n, &bound));
	n = decoded("0602 0001 01 00000064");
	assert_false(notification_prefix_bound(&n, &bound));
}

static void
test_unwrap(void **state)
{
	struct bgp_notification n = decoded("0609 0601 0001 01 00000064");
	struct prefix_bound bound;

	(void)state;
	n = notification_unwrap(&n);
	assert_int_equal(n.code, BGP_ERR_CEASE);
	assert_int_equal(n.subcode, BGP_CEASE_MAX_PREFIXES);
	assert_true(notification_prefix_bound(&n, &bound));
	assert_int_equal(bound.prefixes, 100);
	n = decoded("0609 06"); /* cut: nothing is wrapped */
	n = notification_unwrap(&n);
	assert_int_equal(n.subcode, BGP_CEASE_HARD_RESET);
	assert_int_equal(n.data_len, 1);
	n = decoded("0602");
	n = notification_unwrap(&n);
	assert_int_equal(n.subcode, BGP_CEASE_ADMIN_SHUTDOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_fit),
		cmocka_unit_test(test_shutdown_text),
		cmocka_unit_test(test_longest_text),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_data_bounds),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_prefix_bound),
		cmocka_unit_test(test_unwrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
