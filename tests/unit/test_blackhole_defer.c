/*
 * state.on-failure: with `refuse` nothing is told before it is stored, and
 * nothing stays of what is not; with `announce` the change stands either way.
 */
#include "blackhole_ground.h"

static void
defer_init(struct ground *g)
{
	ground_init(g);
	g->config.state.on_failure = ON_FAILURE_REFUSE;
}

static void
forget_notes(struct ground *g)
{
	fake_turn(g->base);
	g->stored[0] = g->history[0] = g->events[0] = g->routes[0] = '\0';
}

static void
test_add(void **state)
{
	int64_t now_ms = clock_now_ms();
	struct ground g;

	(void)state;
	defer_init(&g);
	add(&g, NULL, ONE, (struct wish){ .reason = "flood" });
	assert_true(g.result.deferred);
	assert_int_equal(g.result.outcome, BLACKHOLE_ADDED);
	assert_null(g.result.victim);
	assert_int_equal(g.result.route.slot, RIB_NO_SLOT);
	assert_int_equal(g.result.commit, 1);
	assert_int_equal(count(&g), 0);
	check_routes(&g, "");
	check_events(&g, "");
	/* once it is stored it is there, and not stored twice */
	check_stored(&g, ONE " noc 'flood' '' 0..3600\n");
	assert_int_equal(g.commits, 1);
	check_history(&g, "added " ONE " noc by noc: flood\n");
	assert_non_null(find(&g, ONE));
	assert_int_equal(find(&g, ONE)->next_expiry_ms, now_ms + HOUR_MS);
	check_routes(&g, "+" ONE " ");
	check_events(&g, "added " ONE " noc 1 by noc\n");
	assert_int_equal(pending_count(g.pending), 0);
	ground_fini(&g);
}

static void
test_withdraw(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	g.config.blackhole.hold_down.window_s = 3600;
	add(&g, NULL, ONE, plain);
	add(&g, "cron", ONE, plain);
	forget_notes(&g);
	assert_int_equal(try_withdraw(&g, ONE, "*"), 0);
	assert_true(g.result.deferred);
	assert_int_equal(g.result.outcome, BLACKHOLE_WITHDRAWN);
	check_routes(&g, "");
	assert_int_equal(count(&g), 1);
	check_stored(&g, "-" ONE " noc\n-" ONE " cron\n~" ONE " 0 since 0\n");
	assert_int_equal(count(&g), 0);
	check_routes(&g, "-" ONE " ");
	check_history(&g,
	    "withdrawn " ONE " noc by noc: \nwithdrawn " ONE
	    " cron by noc: \n");
	/* and it counts as an end */
	add(&g, NULL, ONE, plain);
	fake_turn(g.base);
	assert_int_equal(find(&g, ONE)->recurrences, 1);
	check_stored(&g, ONE " noc '' '' 0..3600\n~" ONE " 1\n");
	ground_fini(&g);
}

static void
test_hold(void **state)
{
	struct unwish unwish = { .prefix = given_prefix(ONE) };
	struct ground g;

	(void)state;
	defer_init(&g);
	g.config.blackhole.hold_down.min_s = 60;
	g.config.blackhole.hold_down.max_s = 600;
	assert_int_equal(try_add(&g, &g.detector, ONE, plain), 0);
	forget_notes(&g);
	assert_int_equal(blackhole_withdraw(g.blackhole, &g.detector, &unwish,
			     &g.result, &g.why),
	    0);
	assert_int_equal(g.result.outcome, BLACKHOLE_HELD);
	assert_int_equal(find(&g, ONE)->held_until_ms, 0);
	check_stored(&g, ONE " fastnetmon held '' '' 0..60\n");
	assert_int_equal(find(&g, ONE)->held_until_ms, clock_now_ms() + 60000);
	/* added by another: the held claim goes in the same commit */
	add(&g, "cron", ONE, plain);
	check_stored(&g,
	    ONE " cron '' '' 0..3600\n-" ONE " fastnetmon\n~" ONE " 1\n");
	assert_int_equal(find(&g, ONE)->held_until_ms, 0);
	assert_int_equal(find(&g, ONE)->recurrences, 1);
	ground_fini(&g);
}

/* What stands is stored over what the disk may have stored after all. */
static void
test_add_fails(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	g.fails = "disk full";
	add(&g, NULL, ONE, plain);
	check_stored(&g, ONE " noc '' '' 0..3600\n");
	assert_int_equal(count(&g), 0);
	check_routes(&g, "");
	check_events(&g, "");
	forget_notes(&g);
	g.fails = NULL;
	fake_pass(g.base, 1000);
	check_stored(&g, "-" ONE " noc\n");
	check_history(&g,
	    "added " ONE " noc by noc: \nrefused " ONE
	    " noc by noc: it could not be stored\n");
	assert_int_equal(pending_count(g.pending), 0);
	ground_fini(&g);
}

static void
test_withdraw_fails(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	add(&g, NULL, ONE, plain);
	forget_notes(&g);
	g.fails = "disk full";
	assert_int_equal(try_withdraw(&g, ONE, NULL), 0);
	check_stored(&g, "-" ONE " noc\n");
	assert_non_null(find(&g, ONE));
	check_routes(&g, "");
	g.fails = NULL;
	fake_pass(g.base, 1000);
	check_stored(&g, ONE " noc '' '' -1..3599\n");
	ground_fini(&g);
}

/* A refresh that is not stored leaves the claim as it was. */
static void
test_refresh_fails(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	add(&g, NULL, ONE, (struct wish){ .reason = "old" });
	forget_notes(&g);
	g.fails = "disk full";
	add(&g, NULL, ONE, (struct wish){ .reason = "new" });
	assert_int_equal(g.result.outcome, BLACKHOLE_REFRESHED);
	check_stored(&g, ONE " noc 'new' '' 0..3600\n");
	assert_string_equal(victim_claim(find(&g, ONE), "noc")->reason, "old");
	g.fails = NULL;
	fake_pass(g.base, 1000);
	check_stored(&g, ONE " noc 'old' '' -1..3599\n");
	ground_fini(&g);
}

/* The disk hangs: refused after the wait, and whatever it does later. */
static void
test_hangs(void **state)
{
	struct prefix two = given_prefix(TWO);
	struct ground g;

	(void)state;
	defer_init(&g);
	g.hangs = true;
	add(&g, NULL, ONE, plain);
	check_stored(&g, ONE " noc '' '' 0..3600\n"); /* under way */
	add(&g, NULL, TWO, plain);		      /* only in the queue */
	fake_pass(g.base, PENDING_WAIT_MS - 1);
	assert_int_equal(pending_count(g.pending), 4); /* with history */
	fake_pass(g.base, 1);
	check_routes(&g, "");
	assert_false(pending_has(g.pending, &two, "noc"));
	g.hangs = false;
	g.history[0] = '\0';
	answer_commit(&g); /* it was stored after all */
	check_stored(&g, "-" ONE " noc\n");
	assert_int_equal(count(&g), 0);
	assert_int_equal(pending_count(g.pending), 0);
	ground_fini(&g);
}

/* Those that wait for the disk count against the limits. */
static void
test_limits(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	g.hangs = true;
	g.rule.max_victims = 2;
	assert_int_equal(try_add(&g, &g.detector, ONE, plain), 0);
	assert_int_equal(try_add(&g, &g.detector, TWO, plain), 0);
	check_refused(&g, try_add(&g, &g.detector, "203.0.113.3", plain),
	    REASON_TOO_MANY, "fastnetmon holds 2");
	fake_turn(g.base);
	answer_commit(&g);
	assert_int_equal(count(&g), 2);
	ground_fini(&g);
}

/* Those of another owner do not. */
static void
test_limit_of_one_owner(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	g.hangs = true;
	g.rule.max_victims = 2;
	add(&g, NULL, "203.0.113.4", plain);
	add(&g, NULL, "203.0.113.5", plain);
	assert_int_equal(try_add(&g, &g.detector, ONE, plain), 0);
	assert_int_equal(try_add(&g, &g.detector, TWO, plain), 0);
	check_refused(&g, try_add(&g, &g.detector, "203.0.113.3", plain),
	    REASON_TOO_MANY, "fastnetmon holds 2");
	fake_turn(g.base);
	answer_commit(&g);
	assert_int_equal(count(&g), 4);
	ground_fini(&g);
}

/* Rules that changed meanwhile count: it is taken back from the disk. */
static void
test_rules_change(void **state)
{
	struct prefix none = given_prefix(ONE);
	struct ground g;

	(void)state;
	defer_init(&g);
	g.hangs = true;
	add(&g, NULL, ONE, plain);
	fake_turn(g.base);
	forget_notes(&g);
	g.other_config = g.config;
	g.other_config.blackhole.never.items = &none;
	blackhole_set_config(g.blackhole, &g.other_config);
	g.hangs = false;
	answer_commit(&g);
	check_routes(&g, "");
	assert_int_equal(count(&g), 0);
	check_stored(&g, "-" ONE " noc\n");
	ground_fini(&g);
}

/* Two changes of one victim under way: in the end the disk has what stands. */
static void
test_same_victim(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	add(&g, NULL, ONE, (struct wish){ .reason = "one" });
	add(&g, NULL, ONE, (struct wish){ .neighbors = "a" });
	fake_turn(g.base);
	assert_int_equal(find(&g, ONE)->claim_count, 1);
	assert_string_equal(victim_claim(find(&g, ONE), "noc")->reason, "one");
	assert_non_null(strstr(g.stored, ONE " noc 'one' 'a' 0..3600\n"));
	assert_int_equal(pending_count(g.pending), 0);
	ground_fini(&g);
}

/* Expiry waits for no disk. */
static void
test_expiry(void **state)
{
	struct ground g;

	(void)state;
	defer_init(&g);
	add(&g, NULL, ONE, (struct wish){ .has_ttl = true, .ttl_s = 10 });
	fake_turn(g.base);
	g.hangs = true;
	fake_pass(g.base, 10000);
	assert_int_equal(count(&g), 0);
	ground_fini(&g);
}

/* With `announce` the change stands, and is stored when the disk is back. */
static void
test_announce(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	g.fails = "disk full";
	add(&g, NULL, ONE, plain);
	assert_false(g.result.deferred);
	check_routes(&g, "+" ONE " ");
	check_stored(&g, ONE " noc '' '' 0..3600\n");
	assert_non_null(find(&g, ONE));
	g.fails = NULL;
	fake_pass(g.base, 1000);
	check_stored(&g, ONE " noc '' '' -1..3599\n");
	assert_int_equal(pending_count(g.pending), 0);
	ground_fini(&g);
}

static int64_t
generation(const struct ground *g)
{
	int64_t number = -2;

	(void)settings_generation(&g->settings, "d", &number);
	return number;
}

/* The second of two that fail is not the last either. */
static void
test_generations(void **state)
{
	struct ground g;
	uint64_t commit;

	(void)state;
	defer_init(&g);
	assert_int_equal(settings_set_generation(&g.settings, "d", 6), 0);
	for (int succeeds = 0; succeeds < 2; succeeds++) {
		g.hangs = true;
		for (int number = 7; number < 9; number++) {
			assert_int_equal(blackhole_set_generation(g.blackhole,
					     "d", number, &commit, &g.why),
			    0);
			fake_pass(g.base, 1);
			assert_int_equal(generation(&g), number);
		}
		g.hangs = false;
		g.fails = "disk full";
		answer_commit(&g); /* the first; the next goes out in a while */
		assert_int_equal(generation(&g), 8);
		g.fails = succeeds ? NULL : g.fails;
		fake_pass(g.base, 1000);
		assert_int_equal(generation(&g), succeeds ? 8 : 6);
		g.fails = NULL;
		fake_pass(g.base, 1000);
		assert_int_equal(pending_count(g.pending), 0);
	}
	ground_fini(&g);
}

/* Nobody will be told that it was stored, so nothing of it is to stay. */
static void
test_stop(void **state)
{
	struct ground g;
	uint64_t commit;

	(void)state;
	defer_init(&g);
	g.hangs = true;
	add(&g, NULL, ONE, plain);
	fake_turn(g.base); /* it may be on the disk already */
	add(&g, NULL, TWO, plain);
	assert_int_equal(blackhole_set_generation(g.blackhole, "d", 7, &commit,
			     &g.why),
	    0);
	forget_notes(&g);
	blackhole_stopping(g.blackhole);
	assert_int_equal(generation(&g), -1);
	g.hangs = false;
	answer_commit(&g);
	check_stored(&g, "-" ONE " noc\nsettings\n");
	assert_int_equal(count(&g), 0);
	assert_int_equal(pending_count(g.pending), 0);
	ground_fini(&g);
}

/* Who waits is dropped with the rest. */
static void
test_freed(void **state)
{
	struct ground g;
	uint64_t commit;

	(void)state;
	defer_init(&g);
	pending_set_link(g.pending, NULL);
	add(&g, NULL, ONE, plain);
	fake_now_ms++;
	add(&g, NULL, TWO, plain);
	assert_int_equal(blackhole_set_generation(g.blackhole, "d", 7, &commit,
			     &g.why),
	    0);
	ground_fini(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_withdraw),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_add_fails),
		cmocka_unit_test(test_withdraw_fails),
		cmocka_unit_test(test_refresh_fails),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limit_of_one_owner),
		cmocka_unit_test(test_rules_change),
		cmocka_unit_test(test_same_victim),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_announce),
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
