/*
 * What operators set: changed, there and back in bytes, and what is malformed.
 */
#include "given.h"

#include "settings.h"

#define NAME_63 \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
/* 32 octets */
#define HEX_32                             \
	"78787878787878787878787878787878" \
	"78787878787878787878787878787878"
#define DISABLED_A "01 0003 0001 61 "
#define DISABLED_BB "01 0004 0002 6262 "
#define FREEZE "02 000e 0000000000000005 0001 75 0001 72 "
/* 203.0.113.0/24 from 5 to 9 ms, by "u", because of "r" */
#define EXEMPTION_HEAD "03 0028 "
#define EXEMPTION_PREFIX "00 18 cb007100 000000000000000000000000 "
#define EXEMPTION_TIMES "0000000000000005 0000000000000009 "
#define EXEMPTION_TEXTS "0001 75 0001 72 "
#define EXEMPTION \
	EXEMPTION_HEAD EXEMPTION_PREFIX EXEMPTION_TIMES EXEMPTION_TEXTS
#define GENERATION "04 000b 0000000000000007 0001 61 "

static void
check_encoded(const struct settings *s, const char *hex)
{
	struct wire_out out;

	wire_out_init(&out, 4096);
	settings_encode(s, 0, &out);
	hex_check_out(&out, hex);
	wire_out_fini(&out);
}

static void
test_disable_and_enable(void **state)
{
	struct settings s = { .disabled = NULL };

	(void)state;
	assert_false(settings_is_disabled(&s, "a"));
	assert_int_equal(settings_set_disabled(&s, "a", false), 0);
	check_encoded(&s, "00");
	for (int i = 0; i < 2; i++) { /* twice is once */
		assert_int_equal(settings_set_disabled(&s, "a", true), 0);
		assert_int_equal(settings_set_disabled(&s, "bb", true), 0);
		assert_int_equal(settings_set_disabled(&s, "c", true), 0);
	}
	check_encoded(&s, "00" DISABLED_A DISABLED_BB "01 0003 0001 63");
	assert_int_equal(settings_set_disabled(&s, "bb", false), 0);
	assert_true(settings_is_disabled(&s, "a"));
	assert_false(settings_is_disabled(&s, "bb"));
	assert_false(settings_is_disabled(&s, "b"));
	assert_true(settings_is_disabled(&s, "c"));
	assert_int_equal(settings_set_disabled(&s, "c", false), 0);
	assert_int_equal(settings_set_disabled(&s, "a", false), 0);
	check_encoded(&s, "00");
	settings_fini(&s);
	assert_false(settings_is_disabled(&s, "a"));
}

/* "PREFIX BY PREFIX BY " in the order that they are kept in. */
static void
check_exemptions(const struct settings *s, const char *expected)
{
	char text[256] = "", prefix[PREFIX_STRLEN];

	for (size_t i = 0; i < s->exemption_count; i++) {
		strlcat(text, prefix_print(&s->exemptions[i].prefix, prefix),
		    sizeof(text));
		strlcat(text, " ", sizeof(text));
		strlcat(text, s->exemptions[i].by, sizeof(text));
		strlcat(text, " ", sizeof(text));
	}
	assert_string_equal(text, expected);
}

static int
exempt(struct settings *s, const char *prefix, const char *by, int64_t since_ms,
    int64_t expires_ms)
{
	struct exemption e = { .prefix = given_prefix(prefix),
		.since_ms = since_ms,
		.expires_ms = expires_ms };

	strlcpy(e.by, by, sizeof(e.by));
	return settings_put_exemption(s, &e);
}

static bool
drop(struct settings *s, const char *prefix)
{
	struct prefix p = given_prefix(prefix);

	return settings_drop_exemption(s, &p);
}

static void
test_exemptions_are_in_order(void **state)
{
	struct settings s = { .disabled = NULL };

	(void)state;
	assert_int_equal(exempt(&s, "2001:db8::/32", "a", 1, 100), 0);
	assert_int_equal(exempt(&s, "203.0.113.0/24", "b", 1, 100), 0);
	assert_int_equal(exempt(&s, "192.0.2.1", "c", 1, 100), 0);
	assert_int_equal(exempt(&s, "203.0.113.0/25", "d", 1, 100), 0);
	assert_int_equal(exempt(&s, "203.0.113.0/24", "e", 1, 200), 0);
	check_exemptions(&s,
	    "192.0.2.1/32 c 203.0.113.0/24 e 203.0.113.0/25 d "
	    "2001:db8::/32 a ");
	assert_false(drop(&s, "203.0.113.0/26"));
	assert_true(drop(&s, "203.0.113.0/24"));
	assert_true(drop(&s, "2001:db8::/32"));
	assert_false(drop(&s, "2001:db8::/32"));
	check_exemptions(&s, "192.0.2.1/32 c 203.0.113.0/25 d ");
	settings_fini(&s);
}

static void
test_exemption_that_overlaps(void **state)
{
	static const struct {
		const char *prefix, *by; /* NULL: none */
		int64_t now_ms;
	} cases[] = {
		{ "203.0.113.7", "a", 99 },
		{ "203.0.113.7", NULL, 100 },
		{ "203.0.112.0/20", "a", 99 },
		{ "203.0.114.1", NULL, 99 },
		{ "198.51.100.1", "b", 1000000 },
	};
	struct settings s = { .disabled = NULL };

	(void)state;
	assert_int_equal(exempt(&s, "203.0.113.0/24", "a", 1, 100), 0);
	assert_int_equal(exempt(&s, "198.51.100.1", "b", 1, VICTIM_NEVER), 0);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct prefix p = given_prefix(cases[i].prefix);
		const struct exemption *e =
		    settings_exemption(&s, &p, cases[i].now_ms);

		hex_case(cases[i].prefix);
		if (cases[i].by == NULL)
			assert_null(e);
		else
			assert_string_equal(e->by, cases[i].by);
	}
	settings_fini(&s);
}

static void
test_exemptions_expire(void **state)
{
	struct settings s = { .disabled = NULL };

	(void)state;
	assert_int_equal(settings_expire_exemptions(&s, 5), VICTIM_NEVER);
	assert_int_equal(exempt(&s, "203.0.113.1", "a", 1, 100), 0);
	assert_int_equal(exempt(&s, "203.0.113.2", "b", 1, VICTIM_NEVER), 0);
	assert_int_equal(exempt(&s, "203.0.113.3", "c", 1, 300), 0);
	assert_int_equal(settings_expire_exemptions(&s, 99), 100);
	check_exemptions(&s,
	    "203.0.113.1/32 a 203.0.113.2/32 b "
	    "203.0.113.3/32 c ");
	assert_int_equal(settings_expire_exemptions(&s, 100), 300);
	check_exemptions(&s, "203.0.113.2/32 b 203.0.113.3/32 c ");
	assert_int_equal(settings_expire_exemptions(&s, 300), VICTIM_NEVER);
	check_exemptions(&s, "203.0.113.2/32 b ");
	settings_fini(&s);
}

static void
test_generations(void **state)
{
	struct settings s = { .disabled = NULL };
	int64_t number = -1;

	(void)state;
	assert_false(settings_generation(&s, "a", &number));
	assert_int_equal(settings_set_generation(&s, "a", 3), 0);
	assert_int_equal(settings_set_generation(&s, "b", -5), 0);
	assert_int_equal(settings_set_generation(&s, "a", INT64_MAX), 0);
	assert_true(settings_generation(&s, "a", &number));
	assert_int_equal(number, INT64_MAX);
	assert_true(settings_generation(&s, "b", &number));
	assert_int_equal(number, -5);
	assert_int_equal(s.generation_count, 2);
	settings_fini(&s);
}

static const struct {
	const char *name, *hex;
	int rc;
	size_t count; /* of all items */
} decoded[] = {
	{ "nothing", "00", 0, 0 },
	{ "a disabled neighbor", "00" DISABLED_A, 0, 1 },
	{ "one of each", "00" DISABLED_A FREEZE EXEMPTION GENERATION, 0, 4 },
	{ "of version 0.1.0", "01 61 02 6262", -1, 0 },
	{ "64 octets", "00 01 0042 0040" HEX_32 HEX_32, -1, 0 },
	{ "no name", "00 01 0002 0000", -1, 0 },
	{ "none behind a good one", "00" DISABLED_A "01 0002 0000", -1, 0 },
	{ "NUL in a name", "00 01 0005 0003 610062", -1, 0 },
	{ "NUL first", "00 01 0003 0001 00", -1, 0 },
	{ "twice the same", "00" DISABLED_A DISABLED_A, -1, 0 },
	{ "an octet too many in an item", "00 01 0004 0001 61 00", -1, 0 },
	{ "cut", "00 01 0003 0002 61", -1, 0 },
	{ "cut in a length", "00" DISABLED_A "01 00", -1, 0 },
	{ "tag 0", "00 00 0000", -1, 0 },
	{ "frozen twice", "00" FREEZE FREEZE, -1, 0 },
	{ "frozen without a time", "00 02 0000", -1, 0 },
	{ "exempted twice", "00" EXEMPTION EXEMPTION, -1, 0 },
	{ "exempted: host bits",
	    ("00" EXEMPTION_HEAD
	     "00 18 cb007101 000000000000000000000000 " EXEMPTION_TIMES
		    EXEMPTION_TEXTS),
	    -1, 0 },
	{ "exempted: behind the address",
	    ("00" EXEMPTION_HEAD
	     "00 18 cb007100 000000000000000000000001 " EXEMPTION_TIMES
		    EXEMPTION_TEXTS),
	    -1, 0 },
	{ "exempted: unknown family",
	    ("00" EXEMPTION_HEAD
	     "02 18 cb007100 000000000000000000000000 " EXEMPTION_TIMES
		    EXEMPTION_TEXTS),
	    -1, 0 },
	{ "exempted: since never",
	    ("00" EXEMPTION_HEAD EXEMPTION_PREFIX
	     "ffffffffffffffff 0000000000000009 " EXEMPTION_TEXTS),
	    -1, 0 },
	{ "exempted: before 1970",
	    ("00" EXEMPTION_HEAD EXEMPTION_PREFIX
	     "0000000000000005 fffffffffffffff0 " EXEMPTION_TEXTS),
	    -1, 0 },
	{ "a generation twice", "00" GENERATION GENERATION, -1, 0 },
	{ "a generation of nobody", "00 04 000a 0000000000000007 0000", -1, 0 },
};

static void
test_decode(void **state)
{
	struct settings s;
	struct hex h;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(decoded); i++) {
		hex_case(decoded[i].name);
		h = hex_new(decoded[i].hex);
		assert_int_equal(settings_decode(&s, 0, hex_in(&h)),
		    decoded[i].rc);
		assert_int_equal(s.disabled_count + s.freeze.frozen +
			s.exemption_count + s.generation_count,
		    decoded[i].count);
		if (decoded[i].rc == 0)
			check_encoded(&s, decoded[i].hex);
		settings_fini(&s);
		hex_free(&h);
	}
}

/* Empty, and what a later version knows. */
static void
test_decode_what_is_not_written(void **state)
{
	struct hex h = hex_new("00" DISABLED_A "7f 0002 1234" GENERATION);
	struct settings s;

	(void)state;
	assert_int_equal(settings_decode(&s, 0, wire_in(NULL, 0)), 0);
	check_encoded(&s, "00");
	assert_int_equal(settings_decode(&s, 0, hex_in(&h)), 0);
	check_encoded(&s, "00" DISABLED_A GENERATION);
	settings_fini(&s);
	hex_free(&h);
}

/* The wall clock is 1000 ms ahead when it is stored, 1600 ms later. */
static void
test_times(void **state)
{
	struct settings s = { .freeze = { .frozen = true, .since_ms = 5 } },
			got;
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	assert_int_equal(exempt(&s, "203.0.113.1", "a", 10, 100), 0);
	assert_int_equal(exempt(&s, "203.0.113.2", "b", 20, VICTIM_NEVER), 0);
	settings_encode(&s, 1000, &out);
	assert_int_equal(settings_decode(&got, 1600,
			     wire_in(out.bytes, out.len)),
	    0);
	assert_int_equal(got.freeze.since_ms, -595);
	assert_int_equal(got.exemptions[0].since_ms, -590);
	assert_int_equal(got.exemptions[0].expires_ms, -500);
	assert_int_equal(got.exemptions[1].since_ms, -580);
	assert_int_equal(got.exemptions[1].expires_ms, VICTIM_NEVER);
	settings_fini(&got);
	settings_fini(&s);
	wire_out_fini(&out);
}

/* The wall clock was set to 1970: some of it was before. */
static void
test_times_before_1970(void **state)
{
	struct settings s = { .disabled = NULL }, got;
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	s.freeze = (struct freeze){ .frozen = true, .since_ms = 5 };
	assert_int_equal(exempt(&s, "203.0.113.1", "a", 10, 100), 0);
	settings_encode(&s, -50, &out);
	assert_int_equal(settings_decode(&got, -50,
			     wire_in(out.bytes, out.len)),
	    0);
	assert_int_equal(got.freeze.since_ms, 50);
	assert_int_equal(got.exemptions[0].since_ms, 50);
	assert_int_equal(got.exemptions[0].expires_ms, 100);
	settings_fini(&got);
	settings_fini(&s);
	wire_out_fini(&out);
}

static void
test_begin_anew(void **state)
{
	struct settings s = { .freeze = { .frozen = true, .since_ms = 500 } };

	(void)state;
	assert_int_equal(exempt(&s, "203.0.113.1", "a", 300, 400), 0);
	assert_int_equal(exempt(&s, "203.0.113.2", "b", 20, VICTIM_NEVER), 0);
	settings_begin_anew(&s, 50);
	assert_int_equal(s.freeze.since_ms, 50);
	assert_int_equal(s.exemptions[0].since_ms, 50);
	assert_int_equal(s.exemptions[0].expires_ms, 150);
	assert_int_equal(s.exemptions[1].since_ms, 50);
	assert_int_equal(s.exemptions[1].expires_ms, VICTIM_NEVER);
	settings_begin_anew(&s, 60);
	assert_int_equal(s.freeze.since_ms, 50);
	settings_fini(&s);
}

static void
test_longest_name(void **state)
{
	struct settings s = { .disabled = NULL }, got;
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	assert_int_equal(settings_set_disabled(&s, NAME_63, true), 0);
	settings_encode(&s, 0, &out);
	assert_int_equal(out.len, 69);
	assert_int_equal(settings_decode(&got, 0, wire_in(out.bytes, out.len)),
	    0);
	assert_true(settings_is_disabled(&got, NAME_63));
	settings_fini(&got);
	settings_fini(&s);
	wire_out_fini(&out);
}

static void
test_too_many(void **state)
{
	struct settings s = { .disabled = NULL };
	char name[24];

	(void)state;
	for (int i = 0; i < SETTINGS_DISABLED_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(settings_set_disabled(&s, name, true), 0);
	}
	assert_int_equal(settings_set_disabled(&s, "more", true), -1);
	assert_int_equal(settings_set_disabled(&s, "n7", true), 0);
	assert_int_equal(settings_set_disabled(&s, "n7", false), 0);
	assert_int_equal(settings_set_disabled(&s, "more", true), 0);
	for (int i = 0; i < SETTINGS_GENERATIONS_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(settings_set_generation(&s, name, i), 0);
	}
	assert_int_equal(settings_set_generation(&s, "more", 1), -1);
	assert_int_equal(settings_set_generation(&s, "n7", 9), 0);
	for (int i = 0; i < SETTINGS_EXEMPTIONS_MAX; i++) {
		snprintf(name, sizeof(name), "203.0.%d.%d", i / 256, i % 256);
		assert_int_equal(exempt(&s, name, "a", 1, 2), 0);
	}
	assert_int_equal(exempt(&s, "192.0.2.1", "a", 1, 2), -1);
	assert_int_equal(exempt(&s, "203.0.0.7", "b", 1, 2), 0);
	settings_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disable_and_enable),
		cmocka_unit_test(test_exemptions_are_in_order),
		cmocka_unit_test(test_exemption_that_overlaps),
		cmocka_unit_test(test_exemptions_expire),
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_decode_what_is_not_written),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_before_1970),
		cmocka_unit_test(test_begin_anew),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
