/*
 * Hold-down through the door: who is held, until when, what ends a hold, and
 * what counts as a return, over a restart too.
 */
#include "blackhole_ground.h"

#define MINUTE_MS INT64_C(60000)

static void
hold_init(struct ground *g)
{
	ground_init(g);
	g->config.blackhole.hold_down.min_s = 60;
	g->config.blackhole.hold_down.max_s = 21600;
	g->config.blackhole.hold_down.window_s = 3600;
}

/* The detector's own, or what the operator asks for. */
static int
take_back(struct ground *g, const struct caller *caller, struct unwish unwish)
{
	unwish.prefix = given_prefix(ONE);
	return blackhole_withdraw(g->blackhole, caller, &unwish, &g->result,
	    &g->why);
}

static void
detector_adds(struct ground *g)
{
	assert_int_equal(try_add(g, &g->detector, ONE, plain), 0);
	assert_int_equal(g->result.outcome, BLACKHOLE_ADDED);
}

static void
detector_takes_back(struct ground *g, enum blackhole_outcome outcome)
{
	assert_int_equal(take_back(g, &g->detector, (struct unwish){ 0 }), 0);
	assert_int_equal(g->result.outcome, outcome);
}

static void
forget_notes(struct ground *g)
{
	fake_turn(g->base);
	g->stored[0] = g->history[0] = g->events[0] = g->routes[0] = '\0';
}

static void
test_held(void **state)
{
	int64_t begin_ms = clock_now_ms();
	const struct victim *v;
	struct ground g;

	(void)state;
	hold_init(&g);
	detector_adds(&g);
	fake_pass(g.base, 10000);
	forget_notes(&g);
	detector_takes_back(&g, BLACKHOLE_HELD);
	v = find(&g, ONE);
	assert_ptr_equal(g.result.victim, v);
	assert_int_equal(g.result.until_ms, begin_ms + MINUTE_MS);
	assert_int_equal(v->held_until_ms, begin_ms + MINUTE_MS);
	assert_int_equal(v->claim_count, 1);
	assert_true(TAILQ_FIRST(&v->claims)->held);
	check_stored(&g, ONE " fastnetmon held '' '' -10..50\n");
	check_events(&g, "held " ONE " fastnetmon 0 by fastnetmon\n");
	check_history(&g, "held " ONE " fastnetmon by fastnetmon: \n");
	/* once more is the same */
	fake_pass(g.base, 10000);
	detector_takes_back(&g, BLACKHOLE_HELD);
	assert_int_equal(g.result.until_ms, begin_ms + MINUTE_MS);
	check_events(&g, "");
	check_history(&g, "");
	/* and over it is at its time */
	fake_pass(g.base, 39999);
	assert_non_null(find(&g, ONE));
	forget_notes(&g);
	fake_pass(g.base, 1);
	assert_null(find(&g, ONE));
	check_routes(&g, "-" ONE " ");
	check_stored(&g, "-" ONE " fastnetmon\n~" ONE " 0 since 0\n");
	check_events(&g, "withdrawn " ONE " fastnetmon 0 by itself\n");
	check_history(&g, "withdrawn " ONE " fastnetmon by itself: \n");
	ground_fini(&g);
}

/* Late enough, nobody waits. */
static void
test_not_held(void **state)
{
	struct ground g;

	(void)state;
	hold_init(&g);
	detector_adds(&g);
	fake_pass(g.base, MINUTE_MS);
	detector_takes_back(&g, BLACKHOLE_WITHDRAWN);
	g.config.blackhole.hold_down.min_s = 0;
	detector_adds(&g);
	assert_int_equal(g.result.victim->recurrences, 1);
	detector_takes_back(&g, BLACKHOLE_WITHDRAWN);
	ground_fini(&g);
}

/* Each return doubles the time. */
static void
test_doubles(void **state)
{
	struct ground g;

	(void)state;
	hold_init(&g);
	for (int i = 0; i < 3; i++) {
		int64_t begin_ms = clock_now_ms();

		detector_adds(&g);
		assert_int_equal(g.result.victim->recurrences, i);
		detector_takes_back(&g, BLACKHOLE_HELD);
		assert_int_equal(g.result.until_ms,
		    begin_ms + (MINUTE_MS << i));
		fake_pass(g.base, MINUTE_MS << i);
		assert_null(find(&g, ONE));
		fake_pass(g.base, MINUTE_MS);
	}
	/* quiet for longer than the window */
	fake_pass(g.base, HOUR_MS);
	detector_adds(&g);
	assert_int_equal(g.result.victim->recurrences, 0);
	ground_fini(&g);
}

static const struct {
	const char *name;
	struct unwish unwish;
	enum blackhole_outcome outcome;
} operators[] = {
	{ "an operator is not held", { .owner = "fastnetmon" },
	    BLACKHOLE_WITHDRAWN },
	{ "unless it wants to", { .owner = "fastnetmon", .hold = true },
	    BLACKHOLE_HELD },
	{ "for all owners too", { .all_owners = true, .hold = true },
	    BLACKHOLE_HELD },
	{ "now", { .owner = "fastnetmon", .now = true }, BLACKHOLE_WITHDRAWN },
};

static void
test_operators(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(operators); i++) {
		struct ground g;

		hex_case(operators[i].name);
		hold_init(&g);
		detector_adds(&g);
		assert_int_equal(take_back(&g, &g.operator,
				     operators[i].unwish),
		    0);
		assert_int_equal(g.result.outcome, operators[i].outcome);
		ground_fini(&g);
	}
}

/* A hold is ended by nothing but `now`, and others cannot ask for it. */
static void
test_end_hold(void **state)
{
	struct caller other;
	struct ground g;

	(void)state;
	hold_init(&g);
	detector_adds(&g);
	detector_takes_back(&g, BLACKHOLE_HELD);
	other = g.detector;
	strlcpy(other.user, "wanguard", sizeof(other.user));
	check_refused(&g, take_back(&g, &other, (struct unwish){ 0 }),
	    REASON_NOT_YOURS, "--now");
	assert_int_equal(take_back(&g,
			     &g.operator,(
				 struct unwish){ .owner = "fastnetmon" }),
	    0);
	assert_int_equal(g.result.outcome, BLACKHOLE_HELD);
	assert_int_equal(take_back(&g,
			     &g.operator,(struct unwish){ .now = true }),
	    0);
	assert_int_equal(g.result.outcome, BLACKHOLE_WITHDRAWN);
	assert_int_equal(count(&g), 0);
	ground_fini(&g);
}

/* The claim's own end comes first, and it is no withdrawal. */
static void
test_own_expiry(void **state)
{
	struct wish soon = { .has_ttl = true, .ttl_s = 20 };
	struct ground g;

	(void)state;
	hold_init(&g);
	assert_int_equal(try_add(&g, &g.detector, ONE, soon), 0);
	detector_takes_back(&g, BLACKHOLE_HELD);
	assert_int_equal(g.result.until_ms, clock_now_ms() + 20000);
	forget_notes(&g);
	fake_pass(g.base, 20000);
	check_events(&g, "expired " ONE " fastnetmon 0 by itself\n");
	ground_fini(&g);
}

/* Only the last claim is held. */
static void
test_claims_left(void **state)
{
	struct ground g;

	(void)state;
	hold_init(&g);
	detector_adds(&g);
	add(&g, "noc", ONE, plain);
	detector_takes_back(&g, BLACKHOLE_CLAIMS_LEFT);
	assert_int_equal(g.result.victim->held_until_ms, 0);
	assert_int_equal(take_back(&g,
			     &g.operator,(struct unwish){ .hold = true }),
	    0);
	assert_int_equal(g.result.outcome, BLACKHOLE_HELD);
	ground_fini(&g);
}

/* Whoever adds a held victim: its hold ends, and that is a return. */
static void
test_added_again(void **state)
{
	static const char *const owners[] = { "fastnetmon", "cron" };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(owners); i++) {
		const struct victim *v;
		struct ground g;

		hex_case(owners[i]);
		hold_init(&g);
		g.rule.max_victims = 1;
		detector_adds(&g);
		detector_takes_back(&g, BLACKHOLE_HELD);
		forget_notes(&g);
		if (i == 0)
			detector_adds(&g);
		else
			add(&g, owners[i], ONE, plain);
		assert_int_equal(g.result.outcome, BLACKHOLE_ADDED);
		v = g.result.victim;
		assert_int_equal(v->held_until_ms, 0);
		assert_int_equal(v->recurrences, 1);
		assert_int_equal(v->claim_count, 1);
		assert_string_equal(TAILQ_FIRST(&v->claims)->owner->name,
		    owners[i]);
		check_stored(&g,
		    i == 0 ? ONE " fastnetmon '' '' 0..3600\n~" ONE " 1\n"
			   : ONE " cron '' '' 0..3600\n-" ONE
				 " fastnetmon\n~" ONE " 1\n");
		fake_pass(g.base, MINUTE_MS); /* the old hold is no more */
		assert_non_null(find(&g, ONE));
		ground_fini(&g);
	}
}

static void
restore_of(struct ground *g, const char *owner, bool held, int expires_s)
{
	struct stored_claim c = { .prefix = given_prefix(ONE),
		.held = held,
		.owner = owner,
		.reason = "",
		.neighbors = "",
		.since_wall_ms = clock_wall_ms() - 1000,
		.expires_wall_ms = clock_wall_ms() + expires_s * 1000LL,
		.ttl_ms = 100000 };

	(void)blackhole_restore(g->blackhole, &c);
}

static void
restore_claim(struct ground *g, bool held, int expires_s)
{
	restore_of(g, "fastnetmon", held, expires_s);
}

static void
restore_recurrence(struct ground *g, uint32_t times, int ended_s)
{
	struct stored_recurrence r = { .prefix = given_prefix(ONE),
		.count = times,
		.ended_wall_ms =
		    ended_s == 1 ? -1 : clock_wall_ms() + ended_s * 1000LL };

	blackhole_restore_recurrence(g->blackhole, &r);
}

/* Held before a restart is held after it. */
static void
test_restored_hold(void **state)
{
	struct ground g;

	(void)state;
	hold_init(&g);
	restore_claim(&g, true, 30);
	blackhole_restored(g.blackhole);
	assert_int_equal(find(&g, ONE)->held_until_ms, clock_now_ms() + 30000);
	detector_takes_back(&g, BLACKHOLE_HELD);
	fake_pass(g.base, 29999);
	assert_non_null(find(&g, ONE));
	forget_notes(&g);
	fake_pass(g.base, 1);
	check_events(&g, "withdrawn " ONE " fastnetmon 0 by itself\n");
	ground_fini(&g);
}

/*
 * Held in the store, though somebody has added it since: before the load, or
 * before we were killed.
 */
static void
test_restored_hold_is_over(void **state)
{
	struct ground g;

	(void)state;
	for (int before = 0; before < 2; before++) {
		hex_case(before ? "the hold comes first" : "it comes later");
		hold_init(&g);
		if (before)
			restore_claim(&g, true, 30);
		restore_of(&g, "noc", false, 100);
		if (!before)
			restore_claim(&g, true, 30);
		assert_int_equal(find(&g, ONE)->held_until_ms, 0);
		assert_int_equal(find(&g, ONE)->claim_count, 1);
		check_stored(&g, "-" ONE " fastnetmon\n");
		fake_pass(g.base, 30000);
		assert_non_null(find(&g, ONE));
		fake_pass(g.base, 70000);
		assert_null(find(&g, ONE));
		ground_fini(&g);
	}
}

/* In whatever order they come from the store. */
static const struct {
	const char *name;
	bool claim_first;
	int expires_s, ended_s; /* of the claim; of the victim: 1: not yet */
	uint32_t stored, expected;
} restored[] = {
	{ "a victim, then how often", true, 100, 1, 3, 3 },
	{ "how often, then a victim", false, 100, 1, 3, 3 },
	{ "ended before, comes back", false, 0, -100, 3, 4 },
	{ "ended long before", false, 0, -3600, 3, 0 },
	{ "expired while we were down", true, -100, 1, 3, 4 },
	{ "expired long ago while we were down", false, -3700, 1, 3, 0 },
};

static void
test_restored_recurrences(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(restored); i++) {
		const bool has_claim = restored[i].expires_s != 0;
		struct ground g;

		hex_case(restored[i].name);
		hold_init(&g);
		if (has_claim && restored[i].claim_first)
			restore_claim(&g, false, restored[i].expires_s);
		restore_recurrence(&g, restored[i].stored, restored[i].ended_s);
		if (has_claim && !restored[i].claim_first)
			restore_claim(&g, false, restored[i].expires_s);
		blackhole_restored(g.blackhole);
		add(&g, "noc", ONE, plain);
		assert_int_equal(g.result.victim->recurrences,
		    restored[i].expected);
		ground_fini(&g);
	}
}

/* What nobody asks for any more is forgotten in the store as well. */
static void
test_forgotten(void **state)
{
	struct ground g;

	(void)state;
	hold_init(&g);
	add(&g, NULL, ONE, plain);
	assert_int_equal(try_withdraw(&g, ONE, NULL), 0);
	forget_notes(&g);
	fake_pass(g.base, HOUR_MS);
	check_stored(&g, "");
	fake_pass(g.base, MINUTE_MS);
	check_stored(&g, "~" ONE " forgotten\n");
	ground_fini(&g);
}

/* Without a window nothing is remembered. */
static void
test_no_window(void **state)
{
	struct ground g;

	(void)state;
	hold_init(&g);
	add(&g, NULL, ONE, plain);
	assert_int_equal(try_withdraw(&g, ONE, NULL), 0);
	add(&g, NULL, ONE, plain);
	assert_int_equal(g.result.victim->recurrences, 1);
	g.config.blackhole.hold_down.window_s = 0;
	forget_notes(&g);
	assert_int_equal(try_withdraw(&g, ONE, NULL), 0);
	check_stored(&g, "-" ONE " noc\n~" ONE " forgotten\n");
	add(&g, NULL, ONE, plain);
	assert_int_equal(g.result.victim->recurrences, 0);
	ground_fini(&g);
}

/* What would happen is what happens, and asking changes nothing. */
static void
test_would(void **state)
{
	struct unwish unwish = { .prefix = given_prefix(ONE) };
	struct wish wish = { .prefix = given_prefix(ONE) };
	struct ground g;

	(void)state;
	hold_init(&g);
	assert_int_equal(blackhole_would_add(g.blackhole, &g.detector, &wish,
			     &g.result, &g.why),
	    0);
	assert_int_equal(g.result.outcome, BLACKHOLE_ADDED);
	assert_null(g.result.victim);
	check_refused(&g,
	    blackhole_would_withdraw(g.blackhole, &g.detector, &unwish,
		&g.result, &g.why),
	    REASON_UNKNOWN_VICTIM, ONE);
	detector_adds(&g);
	forget_notes(&g);
	assert_int_equal(blackhole_would_add(g.blackhole, &g.detector, &wish,
			     &g.result, &g.why),
	    0);
	assert_int_equal(g.result.outcome, BLACKHOLE_REFRESHED);
	assert_int_equal(blackhole_would_withdraw(g.blackhole, &g.detector,
			     &unwish, &g.result, &g.why),
	    0);
	assert_int_equal(g.result.outcome, BLACKHOLE_HELD);
	assert_int_equal(g.result.until_ms, clock_now_ms() + MINUTE_MS);
	assert_int_equal(find(&g, ONE)->held_until_ms, 0);
	check_stored(&g, "");
	check_history(&g, "");
	check_events(&g, "");
	ground_fini(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_not_held),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_end_hold),
		cmocka_unit_test(test_own_expiry),
		cmocka_unit_test(test_claims_left),
		cmocka_unit_test(test_added_again),
		cmocka_unit_test(test_restored_hold),
		cmocka_unit_test(test_restored_hold_is_over),
		cmocka_unit_test(test_restored_recurrences),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_no_window),
		cmocka_unit_test(test_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
