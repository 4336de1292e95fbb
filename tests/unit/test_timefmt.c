/*
 * Durations and instants: strict text in, one text out, and back.
 */
#include <time.h>

#include "hex.h"

#include "timefmt.h"

static const struct {
	const char *text;
	bool ok;
	uint32_t seconds;
	const char *printed;
} durations[] = {
	{ "0", true, 0, "0s" },
	{ "0s", true, 0, "0s" },
	{ "90", true, 90, "90s" },
	{ "90s", true, 90, "90s" },
	{ "60s", true, 60, "1m" },
	{ "30m", true, 1800, "30m" },
	{ "2h", true, 7200, "2h" },
	{ "24h", true, 86400, "1d" },
	{ "7d", true, 604800, "7d" },
	{ "4294967295", true, UINT32_MAX, "4294967295s" },
	{ "49710d", true, 4294944000, "49710d" },
	{ "49711d", false, 0, NULL },
	{ "4294967296", false, 0, NULL },
	{ "18446744073709551617", false, 0, NULL },
	{ "99999999999999999999999999999999999s", false, 0, NULL },
	{ "", false, 0, NULL },
	{ "s", false, 0, NULL },
	{ "-1s", false, 0, NULL },
	{ "+1s", false, 0, NULL },
	{ " 1s", false, 0, NULL },
	{ "1 s", false, 0, NULL },
	{ "1s ", false, 0, NULL },
	{ "1S", false, 0, NULL },
	{ "1w", false, 0, NULL },
	{ "1.5h", false, 0, NULL },
	{ "1h30m", false, 0, NULL },
	{ "0x10", false, 0, NULL },
};

static void
test_durations(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(durations); i++) {
		char buf[DURATION_STRLEN];
		uint32_t s = 4711;

		hex_case(durations[i].text);
		assert_int_equal(duration_parse(&s, durations[i].text),
		    durations[i].ok);
		assert_int_equal(s,
		    durations[i].ok ? durations[i].seconds : 4711);
		if (durations[i].ok)
			assert_string_equal(duration_print(s, buf),
			    durations[i].printed);
	}
}

static const struct {
	const char *text;
	int64_t ms;
} instants[] = {
	{ "1970-01-01T00:00:00.000Z", 0 },
	{ "2026-11-22T10:00:00.123Z", 1795341600123 },
	{ "2000-02-29T23:59:59.999Z", 951868799999 },
	{ "2000-03-01T00:00:00.000Z", 951868800000 },
	{ "2100-03-01T00:00:00.000Z", 4107542400000 },
	{ "1969-12-31T23:59:59.999Z", -1 },
	{ "1900-02-28T00:00:00.000Z", -2203977600000 },
	{ "0000-01-01T00:00:00.000Z", -62167219200000 },
	{ "9999-12-31T23:59:59.999Z", 253402300799999 },
};

static void
test_instants(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(instants); i++) {
		char buf[INSTANT_STRLEN];
		int64_t ms;

		assert_string_equal(instant_print(instants[i].ms, buf),
		    instants[i].text);
		assert_true(instant_parse(&ms, instants[i].text));
		assert_true(ms == instants[i].ms);
	}
}

static void
test_instant_bounds(void **state)
{
	char buf[INSTANT_STRLEN];

	(void)state;
	assert_string_equal(instant_print(INT64_MIN, buf),
	    "0000-01-01T00:00:00.000Z");
	assert_string_equal(instant_print(INT64_MAX, buf),
	    "9999-12-31T23:59:59.999Z");
}

/* The C library as the judge, a day in every month of 800 years. */
static void
test_against_libc(void **state)
{
	(void)state;
	for (int64_t s = -12219292800; s < 13000000000; s += 2592003) {
		char ours[INSTANT_STRLEN], theirs[INSTANT_STRLEN];
		time_t t = s;
		struct tm tm;
		int64_t back;

		assert_non_null(gmtime_r(&t, &tm));
		assert_true(strftime(theirs, sizeof(theirs),
				"%Y-%m-%dT%H:%M:%S.000Z", &tm) > 0);
		assert_string_equal(instant_print(s * 1000, ours), theirs);
		assert_true(instant_parse(&back, ours));
		assert_true(back == s * 1000);
	}
}

static const struct {
	const char *text;
	bool ok;
	int64_t ms;
} forms[] = {
	{ "2026-11-22T10:00:00Z", true, 1795341600000 },
	{ "2026-11-22t10:00:00z", true, 1795341600000 },
	{ "2026-11-22T11:30:00+01:30", true, 1795341600000 },
	{ "2026-11-22T02:00:00-08:00", true, 1795341600000 },
	{ "2026-11-22T10:00:00.5Z", true, 1795341600500 },
	{ "2026-11-22T10:00:00.1239999999999999999Z", true, 1795341600123 },
	{ "2026-11-22T10:00:00.0001Z", true, 1795341600000 },
	{ "1990-12-31T23:59:60Z", true, 662688000000 },
	{ "1990-12-31T15:59:60-08:00", true, 662688000000 },
	{ "1990-12-31T23:58:60Z", false, 0 },
	{ "2024-02-29T00:00:00Z", true, 1709164800000 },
	{ "2023-02-29T00:00:00Z", false, 0 },
	{ "1900-02-29T00:00:00Z", false, 0 },
	{ "2026-00-10T00:00:00Z", false, 0 },
	{ "2026-13-10T00:00:00Z", false, 0 },
	{ "2026-04-31T00:00:00Z", false, 0 },
	{ "2026-04-00T00:00:00Z", false, 0 },
	{ "2026-04-01T24:00:00Z", false, 0 },
	{ "2026-04-01T00:60:00Z", false, 0 },
	{ "2026-04-01T00:00:61Z", false, 0 },
	{ "2026-04-01T00:00:00", false, 0 },
	{ "2026-04-01T00:00:00.Z", false, 0 },
	{ "2026-04-01T00:00:00,5Z", false, 0 },
	{ "2026-04-01T00:00:00+24:00", false, 0 },
	{ "2026-04-01T00:00:00+01:60", false, 0 },
	{ "2026-04-01T00:00:00+0100", false, 0 },
	{ "2026-04-01T00:00:00Z ", false, 0 },
	{ "2026-04-01 00:00:00Z", false, 0 },
	{ "2026-4-01T00:00:00Z", false, 0 },
	{ "+2026-04-01T00:00:00Z", false, 0 },
	{ "12026-04-01T00:00:00Z", false, 0 },
	{ "2026-04-01", false, 0 },
	{ "", false, 0 },
};

static void
test_instant_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(forms); i++) {
		int64_t ms = 4711;

		hex_case(forms[i].text);
		assert_int_equal(instant_parse(&ms, forms[i].text),
		    forms[i].ok);
		assert_true(ms == (forms[i].ok ? forms[i].ms : 4711));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_instant_bounds),
		cmocka_unit_test(test_against_libc),
		cmocka_unit_test(test_instant_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
