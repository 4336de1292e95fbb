/*
 * The verdict that is kept: one that took long is told again for a while, one
 * that did not is made anew each time.
 */
#include "method_stage.h"

#include "speaker_health.h"

/* A verdict reads the clock for its victims, and once more at its end. */
#define READINGS 2

/* Judged while the clock moves on by step_ms each time that it is read. */
static void
judge_slowly(struct stage *s, int64_t step_ms)
{
	struct health h;

	fake_step_ms = step_ms;
	speaker_health(&s->env, &h);
	fake_step_ms = 0;
}

static void
judge(struct stage *s, const char *trouble, const char *expected)
{
	struct health h;

	s->env.store_trouble = trouble;
	speaker_health(&s->env, &h);
	assert_int_equal(h.verdict, HEALTH_CRITICAL);
	assert_string_equal(h.problems[0].text, expected);
}

/* What took less than 5 ms is not kept; nor is anything without room. */
static void
test_made_anew(void **state)
{
	static const struct {
		int64_t step_ms;
		bool room;
	} cases[] = { { 0, true }, { 2, true }, { 1000, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct health_kept kept = { .until_ms = 0 };
		struct stage s;

		stage_init(&s);
		s.env.health_kept = cases[i].room ? &kept : NULL;
		s.env.store_trouble = "before";
		judge_slowly(&s, cases[i].step_ms);
		judge(&s, "after", "after");
		assert_int_equal(kept.until_ms, 0);
		stage_fini(&s);
	}
}

/* Ten times as long as it took, a second at most. */
static void
test_told_again(void **state)
{
	static const struct {
		int64_t step_ms, rest_ms;
	} cases[] = {
		{ 3, INT64_C(3) * READINGS * 10 },
		{ 49, INT64_C(49) * READINGS * 10 },
		{ 50, 1000 },
		{ 51, 1000 },
		{ 2000, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct health_kept kept = { .until_ms = 0 };
		int64_t ended_ms;
		struct stage s;

		stage_init(&s);
		s.env.health_kept = &kept;
		s.env.store_trouble = "before";
		judge_slowly(&s, cases[i].step_ms);
		/* the last reading moved the clock once more */
		ended_ms = fake_now_ms - cases[i].step_ms;
		fake_now_ms = ended_ms;
		judge(&s, "after", "before");
		fake_now_ms = ended_ms + cases[i].rest_ms - 1;
		judge(&s, "after", "before");
		fake_now_ms++;
		judge(&s, "after", "after");
		/* that was quick: nothing is kept of it */
		judge(&s, "later", "later");
		stage_fini(&s);
	}
}

/* When it is over and the next one takes long as well, that is kept. */
static void
test_kept_again(void **state)
{
	struct health_kept kept = { .until_ms = 0 };
	struct stage s;

	(void)state;
	stage_init(&s);
	s.env.health_kept = &kept;
	s.env.store_trouble = "first";
	judge_slowly(&s, 100);
	fake_now_ms += 1000;
	s.env.store_trouble = "second";
	judge_slowly(&s, 100);
	judge(&s, "third", "second");
	fake_now_ms += 1000;
	judge(&s, "third", "third");
	stage_fini(&s);
}

/* Whoever asks for the status is told the one that is kept. */
static void
test_status_tells_it(void **state)
{
	struct health_kept kept = { .until_ms = 0 };
	struct stage s;

	(void)state;
	stage_init(&s);
	s.env.health_kept = &kept;
	s.env.store_trouble = "before";
	judge_slowly(&s, 100);
	s.env.store_trouble = "after";
	stage_run(&s, &s.viewer, "daemon.status", "{}");
	stage_expect(&s, "'problems':['before',");
	fake_now_ms += 1000;
	stage_run(&s, &s.viewer, "daemon.status", "{}");
	stage_expect(&s, "'problems':['after',");
	stage_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_anew),
		cmocka_unit_test(test_told_again),
		cmocka_unit_test(test_kept_again),
		cmocka_unit_test(test_status_tells_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
