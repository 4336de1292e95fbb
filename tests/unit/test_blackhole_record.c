/*
 * What is stored of changes and what is told of them: the history, events,
 * exemptions, and steps of the wall clock.
 */
#include "blackhole_ground.h"

#define DAY_MS INT64_C(86400000)

static void
forget_notes(struct ground *g)
{
	fake_turn(g->base);
	g->stored[0] = g->history[0] = g->events[0] = g->routes[0] = '\0';
}

/* Every change is one line, and one event. */
static void
test_changes(void **state)
{
	struct unwish why = { .prefix = given_prefix(ONE), .reason = "over" };
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(try_add(&g, &g.detector, ONE,
			     (struct wish){ .reason = "syn flood" }),
	    0);
	check_history(&g,
	    "added " ONE " fastnetmon by fastnetmon: syn flood\n");
	check_events(&g, "added " ONE " fastnetmon 1 by fastnetmon\n");
	assert_int_equal(g.commits, 1); /* with the change */
	add(&g, "cron", ONE, (struct wish){ .has_ttl = true, .ttl_s = 10 });
	check_history(&g, "added " ONE " cron by noc: \n");
	check_events(&g, "added " ONE " cron 2 by noc\n");
	fake_pass(g.base, 10000);
	check_history(&g, "expired " ONE " cron by itself: \n");
	check_events(&g, "expired " ONE " cron 1 by itself\n");
	assert_int_equal(blackhole_withdraw(g.blackhole, &g.detector, &why,
			     &g.result, &g.why),
	    0);
	check_history(&g, "withdrawn " ONE " fastnetmon by fastnetmon: over\n");
	check_events(&g, "withdrawn " ONE " fastnetmon 0 by fastnetmon\n");
	ground_fini(&g);
}

static const struct {
	const char *name;
	struct wish wish;
	bool is_news;
} refreshes[] = {
	{ "nothing", { .has_ttl = false }, false },
	{ "only the expiry", { .has_ttl = true, .ttl_s = 5 }, false },
	{ "the same reason", { .reason = "flood" }, false },
	{ "another reason", { .reason = "worse" }, true },
	{ "the same neighbors", { .neighbors = "a" }, false },
	{ "other neighbors", { .neighbors = "a,b" }, true },
	{ "all neighbors", { .neighbors_all = true }, true },
};

static void
test_refreshes(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(refreshes); i++) {
		struct wish first = { .reason = "flood", .neighbors = "a" };
		struct ground g;

		hex_case(refreshes[i].name);
		ground_init(&g);
		add(&g, NULL, ONE, first);
		forget_notes(&g);
		add(&g, NULL, ONE, refreshes[i].wish);
		check_events(&g, "refreshed " ONE " noc 1 by noc\n");
		fake_turn(g.base);
		assert_int_equal(g.history[0] != '\0', refreshes[i].is_news);
		assert_int_equal(victim_wants_neighbor(g.result.victim, "b"),
		    refreshes[i].wish.neighbors_all ||
			(refreshes[i].is_news &&
			    refreshes[i].wish.neighbors != NULL));
		ground_fini(&g);
	}
}

/* What the door refuses, and what those before it refuse. */
static void
test_refusals(void **state)
{
	struct wish wish = { .prefix = given_prefix(ONE), .owner = "cron" };
	struct refusal frozen;
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(try_add(&g, &g.detector, "198.51.100.7", plain), -1);
	check_history(&g,
	    "refused 198.51.100.7/32 fastnetmon by fastnetmon: "
	    "198.51.100.7/32 lies outside every aggregate of the "
	    "configuration\n");
	assert_int_equal(try_withdraw(&g, ONE, NULL), -1);
	check_history(&g,
	    "refused " ONE " noc by noc: " ONE " is not blackholed\n");
	refusal_set(&frozen, REASON_FROZEN, "frozen");
	blackhole_note_refusal(g.blackhole, &g.detector, &wish, &frozen);
	check_history(&g, "refused " ONE " cron by fastnetmon: frozen\n");
	blackhole_note_refusal(g.blackhole, &g.detector, &wish, &frozen);
	check_history(&g, "");
	blackhole_stopping(g.blackhole);
	check_history(&g, "refused " ONE " cron by fastnetmon: frozen (2)\n");
	ground_fini(&g);
}

static const struct exemption for_a_minute = { .by = "noc",
	.reason = "maintenance" };

static int
exempt(struct ground *g, const char *prefix, int64_t ms, size_t *withdrawn)
{
	struct exemption e = for_a_minute;
	uint64_t commit = 0;
	int rc;

	e.prefix = given_prefix(prefix);
	e.since_ms = clock_now_ms();
	e.expires_ms = clock_now_ms() + ms;
	rc = blackhole_exempt(g->blackhole, &g->operator, & e, withdrawn,
	    &commit, &g->why);
	assert_int_not_equal(commit, 0);
	return rc;
}

static void
test_exemption(void **state)
{
	struct ground g;
	size_t withdrawn;

	(void)state;
	ground_init(&g);
	add(&g, "cron", ONE, plain);
	add(&g, "noc", ONE, (struct wish){ .permanent = true });
	add(&g, NULL, "203.0.113.200", plain);
	forget_notes(&g);
	assert_int_equal(exempt(&g, "203.0.113.0/30", 60000, &withdrawn), 0);
	assert_int_equal(withdrawn, 1);
	assert_int_equal(count(&g), 1);
	check_routes(&g, "-" ONE " ");
	check_history(&g,
	    "withdrawn " ONE " cron by noc: maintenance\n"
	    "withdrawn " ONE " noc by noc: maintenance\n");
	check_stored(&g, "-" ONE " cron\n-" ONE " noc\nsettings\n");
	check_refused(&g, try_add(&g, &g.operator, ONE, plain),
	    REASON_PROTECTED, "exempt");
	/* over at its time */
	fake_pass(g.base, 60000);
	check_stored(&g, "settings\n");
	assert_int_equal(g.settings.exemption_count, 0);
	add(&g, NULL, ONE, plain);
	ground_fini(&g);
}

/* The history tells what ended them, also without a reason. */
static void
test_exemption_without_a_reason(void **state)
{
	struct exemption e = { .by = "noc", .prefix = given_prefix(ONE) };
	struct ground g;
	size_t withdrawn;
	uint64_t commit;

	(void)state;
	ground_init(&g);
	add(&g, "cron", ONE, (struct wish){ .reason = "syn flood" });
	forget_notes(&g);
	e.expires_ms = clock_now_ms() + 60000;
	assert_int_equal(blackhole_exempt(g.blackhole, &g.operator, & e,
			     &withdrawn, &commit, &g.why),
	    0);
	check_history(&g, "withdrawn " ONE " cron by noc: exempted\n");
	assert_string_equal(g.settings.exemptions[0].reason, "");
	ground_fini(&g);
}

static void
test_unexempt(void **state)
{
	struct prefix p = given_prefix(ONE);
	struct ground g;
	size_t withdrawn;
	uint64_t commit;

	(void)state;
	ground_init(&g);
	check_refused(&g,
	    blackhole_unexempt(g.blackhole, &g.operator, & p, NULL, &commit,
		&g.why),
	    REASON_UNKNOWN_VICTIM, ONE " is not exempted");
	assert_int_equal(exempt(&g, ONE, 60000, &withdrawn), 0);
	assert_int_equal(withdrawn, 0);
	assert_int_equal(blackhole_unexempt(g.blackhole, &g.operator, & p, NULL,
			     &commit, &g.why),
	    0);
	add(&g, NULL, ONE, plain);
	ground_fini(&g);
}

/* One that was stored is protected after a restart, and expires. */
static void
test_restored_exemption(void **state)
{
	struct exemption e = for_a_minute;
	struct ground g;

	(void)state;
	ground_init(&g);
	e.prefix = given_prefix(ONE);
	e.expires_ms = clock_now_ms() + 5000;
	assert_int_equal(settings_put_exemption(&g.settings, &e), 0);
	blackhole_restored(g.blackhole);
	check_refused(&g, try_add(&g, &g.operator, ONE, plain),
	    REASON_PROTECTED, "exempt");
	fake_pass(g.base, 5000);
	assert_int_equal(g.settings.exemption_count, 0);
	add(&g, NULL, ONE, plain);
	ground_fini(&g);
}

/* A day forth or back: nothing ends, and what is stored moves along. */
static void
test_clock_step(void **state)
{
	static const int64_t steps_ms[] = { DAY_MS, -DAY_MS };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(steps_ms); i++) {
		struct stored_claim stored;
		const struct victim *v;
		struct ground g;

		ground_init(&g);
		g.config.blackhole.hold_down.window_s = 3600;
		add(&g, NULL, TWO, plain);
		assert_int_equal(try_withdraw(&g, TWO, NULL), 0);
		add(&g, NULL, ONE,
		    (struct wish){ .has_ttl = true, .ttl_s = 100 });
		fake_pass(g.base, 10000);
		forget_notes(&g);
		fake_step(steps_ms[i]);
		blackhole_clock_stepped(g.blackhole);
		check_stored(&g,
		    ONE " noc '' '' -10..90\n~" TWO " 0 since -10\n"
			"settings\n");
		blackhole_clock_stepped(g.blackhole); /* no step since */
		check_stored(&g, "");
		v = find(&g, ONE);
		stored = (struct stored_claim){ .prefix = v->prefix,
			.owner = "noc",
			.reason = "",
			.neighbors = "",
			.since_wall_ms = clock_to_wall(v->since_ms),
			.expires_wall_ms = clock_to_wall(v->next_expiry_ms) };
		fake_pass(g.base, 89999);
		assert_non_null(find(&g, ONE));
		fake_pass(g.base, 1);
		assert_null(find(&g, ONE));
		ground_fini(&g);

		/* a restart that began after 40 s of it had passed */
		fake_now_ms -= 50000;
		ground_init(&g);
		assert_int_equal(blackhole_restore(g.blackhole, &stored), 0);
		fake_pass(g.base, 49999);
		assert_non_null(find(&g, ONE));
		fake_pass(g.base, 1);
		assert_null(find(&g, ONE));
		ground_fini(&g);
		fake_wall_offset_ms = FAKE_EPOCH_MS;
	}
}

/* Small steps are not worth a commit until they add up. */
static void
test_small_steps(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, plain);
	forget_notes(&g);
	fake_step(600);
	blackhole_clock_stepped(g.blackhole);
	check_stored(&g, "");
	fake_step(600);
	blackhole_clock_stepped(g.blackhole);
	check_stored(&g, ONE " noc '' '' 0..3600\nsettings\n");
	fake_wall_offset_ms = FAKE_EPOCH_MS;
	ground_fini(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_refreshes),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_exemption),
		cmocka_unit_test(test_exemption_without_a_reason),
		cmocka_unit_test(test_unexempt),
		cmocka_unit_test(test_restored_exemption),
		cmocka_unit_test(test_clock_step),
		cmocka_unit_test(test_small_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
