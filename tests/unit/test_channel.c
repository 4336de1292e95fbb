/*
 * Each message there and back, in bytes that are written out once, and what
 * is malformed.
 */
#include "hex.h"

#include "channel.h"

/* 203.0.113.7/32 of "a", reason "b", for all neighbors */
#define CLAIM_HEAD "00 00 20 cb007107 "
#define CLAIM_TEXTS "0001 61 00 0001 62 00 0000 00 "
#define CLAIM_TIMES "0000000000000005 0000000000000009"
#define CLAIM CLAIM_HEAD CLAIM_TEXTS CLAIM_TIMES

static struct stored_claim
a_claim(void)
{
	struct stored_claim c = { .owner = "a",
		.reason = "b",
		.neighbors = "",
		.since_wall_ms = 5,
		.expires_wall_ms = 9 };

	assert_int_equal(prefix_parse(&c.prefix, "203.0.113.7"), PREFIX_OK);
	return c;
}

static void
test_claims(void **state)
{
	struct stored_claim c = a_claim(), got;
	struct wire_out out;
	struct wire_in in;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_CLAIMS);
	channel_put_claim(&out, &c);
	hex_check_out(&out, "03" CLAIM);
	c.ended = true;
	c.expires_wall_ms = -1;
	assert_int_equal(prefix_parse(&c.prefix, "2001:db8::/64"), PREFIX_OK);
	channel_put_claim(&out, &c);
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_claim(&in, &got), 1);
	assert_false(got.ended);
	assert_string_equal(got.owner, "a");
	assert_string_equal(got.reason, "b");
	assert_string_equal(got.neighbors, "");
	assert_int_equal(got.since_wall_ms, 5);
	assert_int_equal(got.expires_wall_ms, 9);
	assert_int_equal(channel_get_claim(&in, &got), 1);
	assert_true(got.ended);
	assert_int_equal(got.expires_wall_ms, -1);
	assert_memory_equal(&got.prefix, &c.prefix, sizeof(c.prefix));
	assert_int_equal(channel_get_claim(&in, &got), 0);
	wire_out_fini(&out);
}

static void
test_malformed_claims(void **state)
{
	static const struct {
		const char *name, *hex;
	} cases[] = {
		{ "unknown flag",
		    "02 00 20 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
		{ "unknown family",
		    "00 02 20 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
		{ "length of 33",
		    "00 00 21 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
		{ "host bits", "00 00 18 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
		{ "no owner",
		    CLAIM_HEAD "0000 00 0001 62 00 0000 00 " CLAIM_TIMES },
		{ "NUL in the owner",
		    CLAIM_HEAD "0002 6100 00 0001 62 00 0000 00 " CLAIM_TIMES },
		{ "owner without its NUL",
		    CLAIM_HEAD "0001 61 61 0001 62 00 0000 00 " CLAIM_TIMES },
		{ "text longer than the message", CLAIM_HEAD "ffff 61 00" },
		{ "negative since",
		    CLAIM_HEAD CLAIM_TEXTS
		    "ffffffffffffffff 0000000000000009" },
		{ "expiry below -1",
		    CLAIM_HEAD CLAIM_TEXTS
		    "0000000000000005 fffffffffffffffe" },
		{ "cut in the prefix", "00 00 20 cb0071" },
		{ "cut in the times", CLAIM_HEAD CLAIM_TEXTS "00000000" },
	};
	struct stored_claim c;
	struct wire_in in;
	struct hex h;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		h = hex_new(cases[i].hex);
		in = hex_in(&h);
		assert_int_equal(channel_get_claim(&in, &c), -1);
		hex_free(&h);
	}
}

static void
test_texts_that_are_too_long(void **state)
{
	struct stored_claim c = a_claim();
	char text[300];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_true(channel_claim_ok(&c));
	c.reason = text + sizeof(text) - 1 - 256;
	assert_true(channel_claim_ok(&c));
	c.reason--;
	assert_false(channel_claim_ok(&c));
	c.reason = "";
	c.owner = text + sizeof(text) - 1 - 64;
	assert_true(channel_claim_ok(&c));
	c.owner--;
	assert_false(channel_claim_ok(&c));
}

static void
test_commit_and_its_answer(void **state)
{
	struct channel_committed answer = { .number = 7, .error = "full" };
	struct wire_out out;
	struct wire_in in;
	uint64_t number;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_COMMIT);
	channel_put_commit(&out, 7);
	hex_check_out(&out, "09 0000000000000007");
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_commit(&in, &number), 0);
	assert_int_equal(number, 7);
	in = wire_in(out.bytes + 1, out.len - 2);
	assert_int_equal(channel_get_commit(&in, &number), -1);

	channel_begin(&out, CHANNEL_COMMITTED);
	channel_put_committed(&out, &answer);
	hex_check_out(&out, "05 0000000000000007 0004 66756c6c 00");
	answer = (struct channel_committed){ .number = 0 };
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_committed(&in, &answer), 0);
	assert_int_equal(answer.number, 7);
	assert_string_equal(answer.error, "full");
	in = wire_in(out.bytes + 1, out.len - 2);
	assert_int_equal(channel_get_committed(&in, &answer), -1);
	wire_put_u8(&out, 0); /* more than there should be */
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_committed(&in, &answer), -1);
	wire_out_fini(&out);
}

static void
test_names(void **state)
{
	struct hex too_long;
	struct wire_out out;
	struct wire_in in;
	const char *name;
	uint32_t uid;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_NAMES);
	channel_put_name(&out, 0, "root");
	channel_put_name(&out, 1000, "me");
	hex_check_out(&out,
	    "02 00000000 0004 726f6f74 00 000003e8 0002 6d65 00");
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_name(&in, &uid, &name), 1);
	assert_int_equal(channel_get_name(&in, &uid, &name), 1);
	assert_int_equal(uid, 1000);
	assert_string_equal(name, "me");
	assert_int_equal(channel_get_name(&in, &uid, &name), 0);
	in = wire_in("\0\0\0\0\0\0\0", 7);
	assert_int_equal(channel_get_name(&in, &uid, &name), -1);
	wire_out_fini(&out);
	too_long = hex_new("00000000 0040 "
			   "61616161616161616161616161616161"
			   "61616161616161616161616161616161"
			   "61616161616161616161616161616161"
			   "61616161616161616161616161616161 00");
	in = hex_in(&too_long);
	assert_int_equal(channel_get_name(&in, &uid, &name), -1);
	hex_free(&too_long);
}

static void
test_loaded(void **state)
{
	struct wire_out out;
	struct wire_in in;
	const char *trouble;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_LOADED);
	channel_put_loaded(&out, "");
	hex_check_out(&out, "04 0000 00");
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_loaded(&in, &trouble), 0);
	assert_string_equal(trouble, "");
	in = wire_in(out.bytes + 1, 1);
	assert_int_equal(channel_get_loaded(&in, &trouble), -1);
	wire_out_fini(&out);
}

static void
test_texts(void **state)
{
	struct wire_out out;
	struct wire_in in;
	const char *text;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_REFUSED);
	channel_put_text(&out, "ab");
	channel_put_text(&out, NULL);
	hex_check_out(&out, "07 0002 6162 00 0000 00");
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_text(&in, &text), 1);
	assert_string_equal(text, "ab");
	assert_int_equal(channel_get_text(&in, &text), 1);
	assert_string_equal(text, "");
	assert_int_equal(channel_get_text(&in, &text), 0);
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_only_text(&in, &text), -1);
	wire_out_fini(&out);
}

static void
test_malformed_texts(void **state)
{
	static const struct {
		const char *name, *hex;
	} cases[] = {
		{ "half a length", "00" },
		{ "longer than the message", "0003 6162 00" },
		{ "without its NUL", "0002 6162 63" },
		{ "cut before its NUL", "0002 6162" },
		{ "NUL inside", "0002 6100 00" },
	};
	const char *text;
	struct wire_in in;
	struct hex h;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		h = hex_new(cases[i].hex);
		in = hex_in(&h);
		assert_int_equal(channel_get_text(&in, &text), -1);
		in = hex_in(&h);
		assert_int_equal(channel_get_only_text(&in, &text), -1);
		hex_free(&h);
	}
	in = wire_in(NULL, 0); /* no text is not one text */
	assert_int_equal(channel_get_only_text(&in, &text), -1);
}

static void
test_text_that_is_too_long(void **state)
{
	struct wire_out out;
	char text[UINT16_MAX + 2];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_APPLIED);
	channel_put_text(&out, text + 1);
	assert_false(out.failed);
	channel_put_text(&out, text);
	assert_true(out.failed);
	wire_out_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_malformed_claims),
		cmocka_unit_test(test_texts_that_are_too_long),
		cmocka_unit_test(test_commit_and_its_answer),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_loaded),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_malformed_texts),
		cmocka_unit_test(test_text_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
