/*
 * Each message there and back, in bytes that are written out once, and what
 * is malformed.
 */
#include "hex.h"

#include "channel.h"

/* 203.0.113.7/32 of "a", reason "b", for all neighbors */
#define CLAIM_HEAD "01 00 00 20 cb007107 "
#define CLAIM_TEXTS "0001 61 00 0001 62 00 0000 00 "
#define CLAIM_TIMES "0000000000000005 0000000000000009 0000000000000004"
#define CLAIM CLAIM_HEAD CLAIM_TEXTS CLAIM_TIMES
/* It came back 3 times, and ended at 9 ms. */
#define RECURRENCE "02 00 00 20 cb007107 00000003 0000000000000009"
/* Refused, id 1, token 2, at 5 ms, of "a" by "u", because of "b" */
#define HISTORY_HEAD                                              \
	"03 04 00 20 cb007107 0000000000000001 0000000000000002 " \
	"0000000000000005 "
#define HISTORY_TEXTS "0001 61 00 0001 75 00 0001 62 00 "
/* uid 7, pid 8, no expiry, twice */
#define HISTORY_END "00000007 00000008 ffffffffffffffff 00000002"
#define HISTORY HISTORY_HEAD HISTORY_TEXTS HISTORY_END
#define SETTINGS "04 00000002 6162"

static struct prefix
a_prefix(void)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, "203.0.113.7"), PREFIX_OK);
	return p;
}

static struct stored_claim
a_claim(void)
{
	return (struct stored_claim){ .prefix = a_prefix(),
		.owner = "a",
		.reason = "b",
		.neighbors = "",
		.since_wall_ms = 5,
		.expires_wall_ms = 9,
		.ttl_ms = 4 };
}

static void
test_claims(void **state)
{
	struct stored_claim c = a_claim();
	struct record got;
	struct wire_out out;
	struct wire_in in;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_CLAIMS);
	channel_put_claim(&out, &c);
	hex_check_out(&out, "04" CLAIM);
	c.ended = c.held = true;
	c.expires_wall_ms = c.ttl_ms = -1;
	assert_int_equal(prefix_parse(&c.prefix, "2001:db8::/64"), PREFIX_OK);
	channel_put_claim(&out, &c);
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_record(&in, &got), 1);
	assert_int_equal(got.kind, RECORD_CLAIM);
	assert_false(got.claim.ended || got.claim.held);
	assert_string_equal(got.claim.owner, "a");
	assert_string_equal(got.claim.reason, "b");
	assert_string_equal(got.claim.neighbors, "");
	assert_int_equal(got.claim.since_wall_ms, 5);
	assert_int_equal(got.claim.expires_wall_ms, 9);
	assert_int_equal(got.claim.ttl_ms, 4);
	assert_int_equal(channel_get_record(&in, &got), 1);
	assert_true(got.claim.ended && got.claim.held);
	assert_int_equal(got.claim.expires_wall_ms, -1);
	assert_int_equal(got.claim.ttl_ms, -1);
	assert_memory_equal(&got.claim.prefix, &c.prefix, sizeof(c.prefix));
	assert_int_equal(channel_get_record(&in, &got), 0);
	wire_out_fini(&out);
}

static void
test_recurrences(void **state)
{
	struct stored_recurrence r = { .prefix = a_prefix(),
		.count = 3,
		.ended_wall_ms = 9 };
	struct record got;
	struct wire_out out;
	struct wire_in in;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_recurrence(&out, &r);
	hex_check_out(&out, RECURRENCE);
	r.forgotten = true;
	r.ended_wall_ms = -1;
	channel_put_recurrence(&out, &r);
	in = wire_in(out.bytes, out.len);
	assert_int_equal(channel_get_record(&in, &got), 1);
	assert_int_equal(got.kind, RECORD_RECURRENCE);
	assert_false(got.recurrence.forgotten);
	assert_int_equal(got.recurrence.count, 3);
	assert_int_equal(got.recurrence.ended_wall_ms, 9);
	assert_int_equal(channel_get_record(&in, &got), 1);
	assert_true(got.recurrence.forgotten);
	assert_int_equal(got.recurrence.ended_wall_ms, -1);
	assert_int_equal(channel_get_record(&in, &got), 0);
	wire_out_fini(&out);
}

static void
test_history(void **state)
{
	struct history_entry e = { .id = 1,
		.token = 2,
		.at_wall_ms = 5,
		.action = HISTORY_REFUSED,
		.prefix = a_prefix(),
		.owner = "a",
		.by = "u",
		.uid = 7,
		.pid = 8,
		.reason = "b",
		.expires_wall_ms = -1,
		.count = 2 };
	struct record got;
	struct wire_out out;
	struct wire_in in;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_history(&out, &e);
	hex_check_out(&out, HISTORY);
	in = wire_in(out.bytes, out.len);
	assert_int_equal(channel_get_record(&in, &got), 1);
	assert_int_equal(got.kind, RECORD_HISTORY);
	assert_int_equal(got.history.id, 1);
	assert_int_equal(got.history.token, 2);
	assert_int_equal(got.history.at_wall_ms, 5);
	assert_int_equal(got.history.action, HISTORY_REFUSED);
	assert_string_equal(got.history.owner, "a");
	assert_string_equal(got.history.by, "u");
	assert_string_equal(got.history.reason, "b");
	assert_int_equal(got.history.uid, 7);
	assert_int_equal(got.history.pid, 8);
	assert_int_equal(got.history.expires_wall_ms, -1);
	assert_int_equal(got.history.count, 2);
	wire_out_fini(&out);
}

static void
test_settings(void **state)
{
	struct record got;
	struct wire_out out;
	struct wire_in in;

	(void)state;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_settings(&out, "ab", 2);
	hex_check_out(&out, SETTINGS);
	in = wire_in(out.bytes, out.len);
	assert_int_equal(channel_get_record(&in, &got), 1);
	assert_int_equal(got.kind, RECORD_SETTINGS);
	hex_check(got.settings.at, got.settings.left, "6162");
	wire_out_fini(&out);
}

static const struct {
	const char *name, *hex;
} malformed[] = {
	{ "unknown kind", "05 00" },
	{ "kind 0", "00 00" },
	{ "kind alone", "01" },
	{ "claim: unknown flag",
	    "01 04 00 20 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
	{ "claim: unknown family",
	    "01 00 02 20 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
	{ "claim: length of 33",
	    "01 00 00 21 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
	{ "claim: host bits", "01 00 00 18 cb007107 " CLAIM_TEXTS CLAIM_TIMES },
	{ "claim: no owner",
	    CLAIM_HEAD "0000 00 0001 62 00 0000 00 " CLAIM_TIMES },
	{ "claim: NUL in the owner",
	    CLAIM_HEAD "0002 6100 00 0001 62 00 0000 00 " CLAIM_TIMES },
	{ "claim: owner without its NUL",
	    CLAIM_HEAD "0001 61 61 0001 62 00 0000 00 " CLAIM_TIMES },
	{ "claim: text longer than the message", CLAIM_HEAD "ffff 61 00" },
	{ "claim: negative since",
	    (CLAIM_HEAD CLAIM_TEXTS
		"ffffffffffffffff 0000000000000009 0000000000000004") },
	{ "claim: expiry below -1",
	    (CLAIM_HEAD CLAIM_TEXTS
		"0000000000000005 fffffffffffffffe 0000000000000004") },
	{ "claim: time to live below -1",
	    (CLAIM_HEAD CLAIM_TEXTS
		"0000000000000005 0000000000000009 fffffffffffffffe") },
	{ "claim: cut in the prefix", "01 00 00 20 cb0071" },
	{ "claim: cut in the times", CLAIM_HEAD CLAIM_TEXTS "00000000" },
	{ "recurrence: unknown flag",
	    "02 02 00 20 cb007107 00000003 0000000000000009" },
	{ "recurrence: ended below -1",
	    "02 00 00 20 cb007107 00000003 fffffffffffffffe" },
	{ "recurrence: cut", "02 00 00 20 cb007107 00000003 00" },
	{ "history: unknown action",
	    ("03 06 00 20 cb007107 0000000000000001 0000000000000002 "
	     "0000000000000005 " HISTORY_TEXTS HISTORY_END) },
	{ "history: negative time",
	    ("03 04 00 20 cb007107 0000000000000001 0000000000000002 "
	     "ffffffffffffffff " HISTORY_TEXTS HISTORY_END) },
	{ "history: negative pid",
	    (HISTORY_HEAD HISTORY_TEXTS
		"00000007 ffffffff ffffffffffffffff 00000002") },
	{ "history: none of it",
	    (HISTORY_HEAD HISTORY_TEXTS
		"00000007 00000008 ffffffffffffffff 00000000") },
	{ "history: cut in its texts", HISTORY_HEAD "0001 61 00 0001" },
	{ "history: cut in its count",
	    (HISTORY_HEAD HISTORY_TEXTS
		"00000007 00000008 ffffffffffffffff 0000") },
	{ "settings: longer than the message", "04 00000003 6162" },
	{ "settings: cut in the length", "04 0000" },
};

static void
test_malformed_records(void **state)
{
	struct record r;
	struct wire_in in;
	struct hex h;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(malformed); i++) {
		hex_case(malformed[i].name);
		h = hex_new(malformed[i].hex);
		in = hex_in(&h);
		assert_int_equal(channel_get_record(&in, &r), -1);
		hex_free(&h);
	}
}

struct there_and_back {
	const char *name, *hex;
	int rc;
};

/* pass decodes, and encodes again what it got; -1: it is malformed. */
static void
check_there_and_back(const struct there_and_back *cases, size_t count,
    int (*pass)(struct wire_in *in, struct wire_out *out))
{
	struct wire_out out;
	struct wire_in in;
	struct hex h;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (size_t i = 0; i < count; i++) {
		hex_case(cases[i].name);
		h = hex_new(cases[i].hex);
		in = hex_in(&h);
		wire_out_reset(&out);
		assert_int_equal(pass(&in, &out), cases[i].rc);
		if (cases[i].rc == 0)
			hex_check_out(&out, cases[i].hex);
		hex_free(&h);
	}
	wire_out_fini(&out);
}

static int
pass_question(struct wire_in *in, struct wire_out *out)
{
	struct history_query q;

	if (channel_get_history_query(in, &q) == -1)
		return -1;
	channel_put_history_query(out, &q);
	return 0;
}

/* What follows the answer is not its own. */
static int
pass_answer(struct wire_in *in, struct wire_out *out)
{
	struct history_answer a;

	if (channel_get_history_answer(in, &a) == -1)
		return -1;
	channel_put_history_answer(out, &a);
	wire_put_bytes(out, in->at, in->left);
	return 0;
}

static void
test_history_questions(void **state)
{
	static const struct there_and_back cases[] = {
		{ "with a prefix",
		    ("0000000000000009 01 00 20 cb007107 0001 61 00 "
		     "0000000000000005 0000000000000006 00000064"),
		    0 },
		{ "without one",
		    ("0000000000000009 00 0000 00 "
		     "0000000000000000 0000000000000000 00000064"),
		    0 },
		{ "unknown flag",
		    ("0000000000000009 02 0000 00 "
		     "0000000000000000 0000000000000000 00000064"),
		    -1 },
		{ "negative since",
		    ("0000000000000009 00 0000 00 "
		     "ffffffffffffffff 0000000000000000 00000064"),
		    -1 },
		{ "negative after",
		    ("0000000000000009 00 0000 00 "
		     "0000000000000000 ffffffffffffffff 00000064"),
		    -1 },
		{ "cut",
		    ("0000000000000009 00 0000 00 "
		     "0000000000000000 0000000000000000 000000"),
		    -1 },
		{ "one octet more",
		    ("0000000000000009 00 0000 00 "
		     "0000000000000000 0000000000000000 00000064 00"),
		    -1 },
	};

	(void)state;
	check_there_and_back(cases, HEX_COUNT(cases), pass_question);
}

static void
test_history_answers(void **state)
{
	static const struct there_and_back cases[] = {
		{ "more, an entry behind", "0000000000000009 0000 00 01 03",
		    0 },
		{ "an error", "0000000000000009 0001 65 00 00", 0 },
		{ "unknown flag", "0000000000000009 0000 00 02", -1 },
		{ "cut", "0000000000000009 0000 00", -1 },
	};

	(void)state;
	check_there_and_back(cases, HEX_COUNT(cases), pass_answer);
}

static void
test_names_of_actions(void **state)
{
	static const char *const names[] = { "added", "refreshed", "withdrawn",
		"expired", "refused", "held" };

	(void)state;
	assert_int_equal(HEX_COUNT(names), HISTORY_ACTIONS);
	for (int i = 0; i < HISTORY_ACTIONS; i++)
		assert_string_equal(history_action_name((enum history_action)i),
		    names[i]);
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
	hex_check_out(&out, "0a 0000000000000007");
	in = wire_in(out.bytes + 1, out.len - 1);
	assert_int_equal(channel_get_commit(&in, &number), 0);
	assert_int_equal(number, 7);
	in = wire_in(out.bytes + 1, out.len - 2);
	assert_int_equal(channel_get_commit(&in, &number), -1);

	channel_begin(&out, CHANNEL_COMMITTED);
	channel_put_committed(&out, &answer);
	hex_check_out(&out, "06 0000000000000007 0004 66756c6c 00");
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
	hex_check_out(&out, "05 0000 00");
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
		cmocka_unit_test(test_recurrences),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_malformed_records),
		cmocka_unit_test(test_history_questions),
		cmocka_unit_test(test_history_answers),
		cmocka_unit_test(test_names_of_actions),
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
