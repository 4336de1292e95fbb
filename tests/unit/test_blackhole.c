/*
 * The one door by which victims change: what it refuses, what it changes,
 * whom it tells and what it has stored.
 */
#include "blackhole_ground.h"

static void
test_added(void **state)
{
	const struct victim *v;
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(try_add(&g, &g.detector, ONE,
			     (struct wish){ .reason = "syn flood" }),
	    0);
	v = find(&g, ONE);
	assert_non_null(v);
	assert_int_equal(g.result.outcome, BLACKHOLE_ADDED);
	assert_ptr_equal(g.result.victim, v);
	assert_int_equal(g.result.commit, 1);
	assert_int_equal(v->since_ms, clock_now_ms());
	assert_int_equal(v->next_expiry_ms, clock_now_ms() + HOUR_MS);
	assert_ptr_equal(rib_route(g.rib, v->slot)->victim, v);
	check_routes(&g, "+" ONE " ");
	check_stored(&g, ONE " fastnetmon 'syn flood' '' 0..3600\n");
	/* another owner's claim on it */
	add(&g, "cron", ONE, (struct wish){ .neighbors = "a,b" });
	assert_int_equal(g.result.outcome, BLACKHOLE_ADDED);
	assert_int_equal(v->claim_count, 2);
	check_stored(&g, ONE " cron '' 'a,b' 0..3600\n");
	/* permanent */
	add(&g, NULL, TWO, (struct wish){ .permanent = true });
	check_stored(&g, TWO " noc '' '' 0..-1\n");
	assert_int_equal(count(&g), 2);
	ground_fini(&g);
}

/* What a refresh does not name stays; its expiry never moves back so. */
static const struct {
	const char *name;
	struct wish first, second;
	int expires_s; /* from the refresh, which is 1000 s later; -1: never */
} refreshes[] = {
	{ "nothing named: the default from now", { .has_ttl = false },
	    { .has_ttl = false }, 3600 },
	{ "nothing named: never back", { .has_ttl = true, .ttl_s = 9000 },
	    { .has_ttl = false }, 8000 },
	{ "nothing named: permanent stays", { .permanent = true },
	    { .has_ttl = false }, -1 },
	{ "a TTL named: later", { .has_ttl = true, .ttl_s = 2000 },
	    { .has_ttl = true, .ttl_s = 5000 }, 5000 },
	{ "a TTL named: earlier", { .has_ttl = true, .ttl_s = 9000 },
	    { .has_ttl = true, .ttl_s = 10 }, 10 },
	{ "a TTL named: no longer permanent", { .permanent = true },
	    { .has_ttl = true, .ttl_s = 10 }, 10 },
	{ "max named", { .has_ttl = false },
	    { .has_ttl = true, .ttl_max = true }, 86400 },
	{ "permanent named", { .has_ttl = false }, { .permanent = true }, -1 },
};

static void
test_refreshed(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(refreshes); i++) {
		int64_t expires_ms = VICTIM_NEVER, since_ms = clock_now_ms();
		struct ground g;

		hex_case(refreshes[i].name);
		ground_init(&g);
		add(&g, NULL, ONE, refreshes[i].first);
		fake_pass(g.base, 1000000);
		add(&g, NULL, ONE, refreshes[i].second);
		if (refreshes[i].expires_s != -1)
			expires_ms =
			    clock_now_ms() + refreshes[i].expires_s * 1000LL;
		assert_int_equal(g.result.outcome, BLACKHOLE_REFRESHED);
		assert_int_equal(g.result.victim->claim_count, 1);
		assert_int_equal(g.result.victim->since_ms, since_ms);
		assert_int_equal(victim_expires(g.result.victim), expires_ms);
		assert_int_equal(g.result.victim->next_expiry_ms, expires_ms);
		check_routes(&g, "+" ONE " +" ONE " ");
		ground_fini(&g);
	}
}

static void
test_refresh_texts(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, (struct wish){ .reason = "one", .neighbors = "a" });
	check_stored(&g, ONE " noc 'one' 'a' 0..3600\n");
	add(&g, NULL, ONE, plain);
	check_stored(&g, ONE " noc 'one' 'a' 0..3600\n");
	add(&g, NULL, ONE, (struct wish){ .reason = "" });
	check_stored(&g, ONE " noc '' 'a' 0..3600\n");
	add(&g, NULL, ONE, (struct wish){ .neighbors = "b" });
	check_stored(&g, ONE " noc '' 'b' 0..3600\n");
	ground_fini(&g);
}

static void
test_withdrawn(void **state)
{
	struct ground g;
	uint32_t slot;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, plain);
	slot = g.result.victim->slot;
	check_routes(&g, "+" ONE " ");
	check_stored(&g, ONE " noc '' '' 0..3600\n");
	assert_int_equal(try_withdraw(&g, ONE, NULL), 0);
	assert_int_equal(g.result.outcome, BLACKHOLE_WITHDRAWN);
	assert_null(g.result.victim);
	assert_int_equal(g.result.commit, 2);
	assert_int_equal(count(&g), 0);
	assert_null(rib_route(g.rib, slot)); /* nobody had it */
	check_routes(&g, "-" ONE " ");
	check_stored(&g, "-" ONE " noc\n");
	check_refused(&g, try_withdraw(&g, ONE, NULL), REASON_UNKNOWN_VICTIM,
	    ONE);
	/* no timer is left that would find it */
	fake_pass(g.base, 2 * HOUR_MS);
	check_stored(&g, "");
	ground_fini(&g);
}

static void
test_claims_left(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, plain);
	add(&g, "cron", ONE, plain);
	assert_int_equal(try_withdraw(&g, ONE, NULL), 0);
	assert_int_equal(g.result.outcome, BLACKHOLE_CLAIMS_LEFT);
	assert_ptr_equal(g.result.victim, find(&g, ONE));
	assert_int_equal(g.result.victim->claim_count, 1);
	check_refused(&g, try_withdraw(&g, ONE, NULL), REASON_NOT_YOURS,
	    "--owner cron");
	assert_int_equal(try_withdraw(&g, ONE, "cron"), 0);
	assert_int_equal(g.result.outcome, BLACKHOLE_WITHDRAWN);
	ground_fini(&g);
}

static void
test_all_owners(void **state)
{
	char owner[8];
	struct ground g;

	(void)state;
	ground_init(&g);
	for (int i = 0; i < VICTIM_CLAIMS_MAX; i++) {
		snprintf(owner, sizeof(owner), "o%d", i);
		add(&g, owner, ONE, plain);
	}
	fake_turn(g.base);
	g.stored[0] = g.routes[0] = '\0';
	assert_int_equal(try_withdraw(&g, ONE, "*"), 0);
	assert_int_equal(g.result.outcome, BLACKHOLE_WITHDRAWN);
	assert_int_equal(count(&g), 0);
	fake_turn(g.base);
	assert_int_equal(pending_count(g.pending), 0);
	assert_int_equal(g.commits, 2);
	assert_string_equal(strrchr(g.stored, '-'), "-" ONE " o15\n");
	ground_fini(&g);
}

/* Whenever a claim goes, the union of its neighbors may get smaller. */
static void
test_union_shrinks(void **state)
{
	static const char *const lists[][2] = { { "a", "b" }, { NULL, "b" },
		{ "a", NULL } };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(lists); i++) {
		struct ground g;

		ground_init(&g);
		add(&g, "goes", ONE, (struct wish){ .neighbors = lists[i][0] });
		add(&g, "stays", ONE,
		    (struct wish){ .neighbors = lists[i][1] });
		check_routes(&g, "+" ONE " +" ONE " ");
		assert_int_equal(try_withdraw(&g, ONE, "goes"), 0);
		check_routes(&g, "+" ONE " ");
		assert_int_equal(victim_wants_neighbor(g.result.victim, "a"),
		    lists[i][1] == NULL);
		ground_fini(&g);
	}
}

static void
fill(struct ground *g, const struct caller *caller, int from, int until)
{
	char prefix[PREFIX_STRLEN];

	for (int i = from; i < until; i++) {
		snprintf(prefix, sizeof(prefix), "203.0.113.%d", i);
		assert_int_equal(try_add(g, caller, prefix, plain), 0);
	}
}

/* The last tenth is for operators; a refresh needs no room. */
static void
test_too_many(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	fill(&g, &g.detector, 1, 10);
	check_refused(&g, try_add(&g, &g.detector, "203.0.113.20", plain),
	    REASON_TOO_MANY, "9 are there for the role detector");
	fill(&g, &g.operator, 10, 11);
	check_refused(&g, try_add(&g, &g.operator, "203.0.113.20", plain),
	    REASON_TOO_MANY, "10 are there for the role operator");
	assert_int_equal(count(&g), 10);
	assert_int_equal(try_add(&g, &g.detector, ONE, plain), 0);
	assert_int_equal(g.result.outcome, BLACKHOLE_REFRESHED);
	assert_int_equal(try_add(&g, &g.operator, ONE, plain), 0);
	assert_int_equal(g.result.outcome, BLACKHOLE_ADDED);
	ground_fini(&g);
}

static void
test_too_many_of_its_own(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	g.rule.max_victims = 2;
	fill(&g, &g.operator, 1, 4);
	fill(&g, &g.detector, 1, 3);
	check_refused(&g, try_add(&g, &g.detector, "203.0.113.3", plain),
	    REASON_TOO_MANY, "fastnetmon holds 2");
	assert_int_equal(try_add(&g, &g.detector, ONE, plain), 0);
	ground_fini(&g);
}

static void
test_too_many_claims(void **state)
{
	char owner[8];
	struct ground g;

	(void)state;
	ground_init(&g);
	for (int i = 0; i < VICTIM_CLAIMS_MAX; i++) {
		snprintf(owner, sizeof(owner), "o%d", i);
		add(&g, owner, ONE, plain);
	}
	check_refused(&g, try_add(&g, &g.operator, ONE, plain), REASON_TOO_MANY,
	    "16 owners");
	add(&g, "o0", ONE, plain);
	assert_int_equal(g.result.outcome, BLACKHOLE_REFRESHED);
	assert_int_equal(g.result.victim->claim_count, VICTIM_CLAIMS_MAX);
	ground_fini(&g);
}

/* Refused means that nothing has changed. */
static void
test_refused(void **state)
{
	struct wish late = { .has_ttl = true, .ttl_s = 86401 };
	struct ground g;

	(void)state;
	ground_init(&g);
	check_refused(&g, try_add(&g, &g.operator, "203.0.113.250", plain),
	    REASON_PROTECTED, "203.0.113.250/32");
	check_refused(&g, try_add(&g, &g.operator, "198.51.100.7", plain),
	    REASON_NOT_OURS, "198.51.100.7/32");
	check_refused(&g, try_add(&g, &g.operator, ONE, late),
	    REASON_TTL_TOO_LONG, "86401");
	g.no_room = true;
	check_refused(&g, try_add(&g, &g.operator, ONE, plain), REASON_BUSY,
	    "memory");
	assert_int_equal(count(&g), 0);
	assert_int_equal(victim_owner_claims(blackhole_victims(g.blackhole),
			     "noc"),
	    0);
	check_routes(&g, "");
	check_stored(&g, "");
	assert_int_equal(rib_slots(g.rib), 0);
	ground_fini(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added),
		cmocka_unit_test(test_refreshed),
		cmocka_unit_test(test_refresh_texts),
		cmocka_unit_test(test_withdrawn),
		cmocka_unit_test(test_claims_left),
		cmocka_unit_test(test_all_owners),
		cmocka_unit_test(test_union_shrinks),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_too_many_of_its_own),
		cmocka_unit_test(test_too_many_claims),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
