/*
 * The last events, and the day.
 */
#include "given.h"

#include "recent.h"

static int64_t now_ms;

static struct recent *
begin(int64_t at_ms)
{
	struct recent *r;

	now_ms = at_ms;
	r = recent_new(now_ms);
	assert_non_null(r);
	return r;
}

/* "1 2 3" */
static void
check_day(struct recent *r, const char *expected)
{
	size_t victims[RECENT_STEPS], count = recent_day(r, now_ms, victims);
	char text[RECENT_STEPS * 8] = "", one[16];

	for (size_t i = 0; i < count; i++) {
		snprintf(one, sizeof(one), "%s%zu", i > 0 ? " " : "",
		    victims[i]);
		strlcat(text, one, sizeof(text));
	}
	assert_string_equal(text, expected);
}

static void
test_day(void **state)
{
	struct recent *r = begin(10 * RECENT_STEP_MS + 1);

	(void)state;
	check_day(r, "0");
	recent_set_victims(r, now_ms, 3);
	recent_set_victims(r, now_ms, 1);
	check_day(r, "3");
	/* what stands goes on without a change */
	now_ms += RECENT_STEP_MS;
	check_day(r, "3 1");
	now_ms += 2 * RECENT_STEP_MS;
	recent_set_victims(r, now_ms, 0);
	check_day(r, "3 1 1 1");
	now_ms += RECENT_STEP_MS - 2;
	check_day(r, "3 1 1 1");
	now_ms += 1;
	recent_set_victims(r, now_ms, 7);
	check_day(r, "3 1 1 1 7");
	recent_free(r);
}

static void
test_longer_than_a_day(void **state)
{
	struct recent *r = begin(RECENT_STEP_MS);
	size_t victims[RECENT_STEPS];

	(void)state;
	recent_set_victims(r, now_ms, 9);
	recent_set_victims(r, now_ms, 2);
	now_ms += (RECENT_STEPS - 1) * RECENT_STEP_MS;
	assert_int_equal(recent_day(r, now_ms, victims), RECENT_STEPS);
	assert_int_equal(victims[0], 9);
	assert_int_equal(victims[1], 2);
	now_ms += RECENT_STEP_MS;
	recent_set_victims(r, now_ms, 4);
	assert_int_equal(recent_day(r, now_ms, victims), RECENT_STEPS);
	assert_int_equal(victims[0], 2);
	assert_int_equal(victims[RECENT_STEPS - 2], 2);
	assert_int_equal(victims[RECENT_STEPS - 1], 4);
	/* nobody looked for a month */
	now_ms += 31L * RECENT_STEPS * RECENT_STEP_MS;
	assert_int_equal(recent_day(r, now_ms, victims), RECENT_STEPS);
	for (size_t i = 0; i < RECENT_STEPS; i++)
		assert_int_equal(victims[i], 4);
	recent_free(r);
}

static void
test_events(void **state)
{
	struct prefix p = given_prefix("203.0.113.7");
	struct recent *r = begin(1000);
	const struct recent_event *e;

	(void)state;
	assert_null(recent_event(r, 0));
	recent_note(r, now_ms, FEED_VICTIM_ADDED, &p, "noc", "syn flood");
	now_ms += 5;
	recent_note(r, now_ms, FEED_NEIGHBOR_UP, NULL, "transit-a", NULL);
	e = recent_event(r, 0);
	assert_non_null(e);
	assert_int_equal(e->type, FEED_NEIGHBOR_UP);
	assert_int_equal(e->seq, 2);
	assert_int_equal(e->at_ms, 1005);
	assert_false(e->has_prefix);
	assert_string_equal(e->who, "transit-a");
	assert_string_equal(e->text, "");
	e = recent_event(r, 1);
	assert_non_null(e);
	assert_int_equal(e->type, FEED_VICTIM_ADDED);
	assert_true(e->has_prefix);
	assert_int_equal(prefix_cmp(&e->prefix, &p), 0);
	assert_string_equal(e->who, "noc");
	assert_string_equal(e->text, "syn flood");
	assert_null(recent_event(r, 2));
	recent_free(r);
}

static void
test_only_the_last(void **state)
{
	struct recent *r = begin(0);
	const struct recent_event *e;

	(void)state;
	for (int i = 0; i < 3 * RECENT_EVENTS + 1; i++)
		recent_note(r, now_ms, FEED_VICTIM_ADDED, NULL, NULL, NULL);
	for (size_t i = 0; i < RECENT_EVENTS; i++) {
		e = recent_event(r, i);
		assert_non_null(e);
		assert_int_equal(e->seq, 3 * RECENT_EVENTS + 1 - i);
	}
	assert_null(recent_event(r, RECENT_EVENTS));
	recent_free(r);
}

/* A text that is too long ends between two characters. */
static void
test_long_texts(void **state)
{
	char text[2 * RECENT_TEXT_MAX] = "";
	struct recent *r = begin(0);
	const struct recent_event *e;

	(void)state;
	memset(text, 'a', RECENT_TEXT_MAX);
	recent_note(r, now_ms, FEED_VICTIM_ADDED, NULL, NULL, text);
	e = recent_event(r, 0);
	assert_int_equal(strlen(e->text), RECENT_TEXT_MAX);
	memcpy(text + RECENT_TEXT_MAX - 1, "\xe2\x82\xac", 4);
	recent_note(r, now_ms, FEED_VICTIM_ADDED, NULL, NULL, text);
	e = recent_event(r, 0);
	assert_int_equal(strlen(e->text), RECENT_TEXT_MAX - 1);
	memcpy(text + RECENT_TEXT_MAX - 3, "\xe2\x82\xac", 4);
	recent_note(r, now_ms, FEED_VICTIM_ADDED, NULL, NULL, text);
	e = recent_event(r, 0);
	assert_int_equal(strlen(e->text), RECENT_TEXT_MAX);
	recent_free(r);
}

static void
test_none(void **state)
{
	size_t victims[RECENT_STEPS];

	(void)state;
	recent_note(NULL, 0, FEED_VICTIM_ADDED, NULL, NULL, NULL);
	recent_set_victims(NULL, 0, 1);
	assert_null(recent_event(NULL, 0));
	assert_int_equal(recent_day(NULL, 0, victims), 0);
	recent_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_day),
		cmocka_unit_test(test_longer_than_a_day),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_only_the_last),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
