/*
 * How refusals are counted on their way into the history.
 */
#include "blackhole_ground.h"

#include "refusals.h"

#define MINUTE_MS 60000

/* One of the detector's, with this reason. */
static void
refuse(struct ground *g, struct refusals *r, const char *prefix,
    enum reason reason)
{
	struct refusal why = { .reason = reason };
	struct refused refused = { .caller = &g->detector,
		.owner = "fastnetmon",
		.prefix = given_prefix(prefix),
		.why = &why };

	snprintf(why.message, sizeof(why.message), "%s", reason_name(reason));
	refusals_note(r, &refused);
}

static void
test_alike(void **state)
{
	struct refusals *r;
	struct ground g;
	uint64_t token;

	(void)state;
	ground_init(&g);
	r = refusals_new(g.base, g.pending);
	assert_non_null(r);
	refuse(&g, r, ONE, REASON_PROTECTED);
	check_history(&g,
	    "refused " ONE " fastnetmon by fastnetmon: protected\n");
	token = g.last_token;
	assert_int_not_equal(token, 0);
	for (int i = 0; i < 9; i++)
		refuse(&g, r, ONE, REASON_PROTECTED);
	check_history(&g, "");
	/* another reason, another prefix: another entry */
	refuse(&g, r, ONE, REASON_RATE);
	refuse(&g, r, TWO, REASON_RATE);
	check_history(&g,
	    "refused " ONE " fastnetmon by fastnetmon: rate\n"
	    "refused " TWO " fastnetmon by fastnetmon: rate\n");
	assert_int_not_equal(g.last_token, token);
	/* what has grown is written in place of the first */
	fake_pass(g.base, MINUTE_MS);
	check_history(&g,
	    "refused " ONE " fastnetmon by fastnetmon: protected (10)\n");
	assert_int_equal(g.last_token, token);
	refuse(&g, r, ONE, REASON_PROTECTED);
	fake_pass(g.base, MINUTE_MS);
	check_history(&g,
	    "refused " ONE " fastnetmon by fastnetmon: protected (11)\n");
	assert_int_equal(g.last_token, token);
	/* after a quiet minute it is another one */
	fake_pass(g.base, MINUTE_MS);
	check_history(&g, "");
	refuse(&g, r, ONE, REASON_PROTECTED);
	check_history(&g,
	    "refused " ONE " fastnetmon by fastnetmon: protected\n");
	assert_int_not_equal(g.last_token, token);
	refusals_free(r);
	refusals_free(NULL);
	ground_fini(&g);
}

static void
fill(struct ground *g, struct refusals *r, int from, int until)
{
	char prefix[PREFIX_STRLEN];

	for (int i = from; i < until; i++) {
		snprintf(prefix, sizeof(prefix), "198.51.100.%d", i);
		refuse(g, r, prefix, REASON_NOT_OURS);
	}
	fake_turn(g->base);
}

static size_t
lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Too many different ones: counted by user and reason. */
static void
test_others(void **state)
{
	struct refusals *r;
	struct ground g;

	(void)state;
	ground_init(&g);
	r = refusals_new(g.base, g.pending);
	assert_non_null(r);
	fill(&g, r, 0, REFUSALS_MAX);
	assert_int_equal(lines(g.history), REFUSALS_MAX);
	g.history[0] = '\0';
	fill(&g, r, REFUSALS_MAX, 200);
	check_history(&g,
	    "refused 198.51.100.64/32 fastnetmon by fastnetmon: not-ours\n");
	refuse(&g, r, ONE, REASON_RATE);
	check_history(&g, "refused " ONE " fastnetmon by fastnetmon: rate\n");
	/* those that have an entry of their own are still counted there */
	fill(&g, r, 0, 1);
	refusals_flush(r);
	check_history(&g,
	    "refused 198.51.100.0/32 fastnetmon by fastnetmon: not-ours (2)\n"
	    "refused 198.51.100.64/32 fastnetmon by fastnetmon: not-ours "
	    "(136)\n");
	refusals_flush(r);
	check_history(&g, "");
	/* quiet for two minutes: there is room again */
	fake_pass(g.base, MINUTE_MS);
	fake_pass(g.base, MINUTE_MS);
	fill(&g, r, 0, 10);
	assert_int_equal(lines(g.history), 10);
	refusals_free(r);
	ground_fini(&g);
}

/* Many users and reasons: the oldest count is written and makes room. */
static void
test_evicted(void **state)
{
	struct refusals *r;
	struct ground g;

	(void)state;
	ground_init(&g);
	r = refusals_new(g.base, g.pending);
	assert_non_null(r);
	fill(&g, r, 0, REFUSALS_MAX);
	for (uid_t uid = 0; uid < REFUSALS_MAX; uid++) {
		g.detector.uid = uid;
		refuse(&g, r, ONE, REASON_RATE);
		if (uid == 0)
			refuse(&g, r, TWO, REASON_RATE);
	}
	fake_turn(g.base);
	g.history[0] = '\0';
	g.detector.uid = REFUSALS_MAX;
	refuse(&g, r, TWO, REASON_RATE);
	check_history(&g,
	    "refused " ONE " fastnetmon by fastnetmon: rate (2)\n"
	    "refused " TWO " fastnetmon by fastnetmon: rate\n");
	refusals_free(r);
	ground_fini(&g);
}

/* No two are the same, also over a restart in the same second. */
static void
test_tokens(void **state)
{
	struct refusals *r;
	uint64_t first;
	struct ground g;

	(void)state;
	ground_init(&g);
	r = refusals_new(g.base, g.pending);
	assert_non_null(r);
	first = refusals_tokens(r, 17);
	assert_true(first > 0 && first < INT64_MAX);
	assert_int_equal(refusals_tokens(r, 1), first + 17);
	refusals_free(r);
	fake_now_ms++;
	r = refusals_new(g.base, g.pending);
	assert_non_null(r);
	assert_true(refusals_tokens(r, 1) > first + 100000);
	refusals_free(r);
	ground_fini(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_evicted),
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
