/*
 * What becomes of victims without a request: expiry, what a restart brings
 * back, and rules that change while they stand.
 */
#include "blackhole_ground.h"

static void
test_expiry(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, "late", ONE, (struct wish){ .has_ttl = true, .ttl_s = 20 });
	add(&g, "soon", ONE, (struct wish){ .has_ttl = true, .ttl_s = 10 });
	add(&g, "noc", TWO, (struct wish){ .has_ttl = true, .ttl_s = 15 });
	fake_pass(g.base, 9999);
	g.stored[0] = g.routes[0] = '\0';
	assert_int_equal(find(&g, ONE)->claim_count, 2);
	fake_pass(g.base, 1);
	assert_int_equal(find(&g, ONE)->claim_count, 1);
	check_stored(&g, "-" ONE " soon\n");
	g.routes[0] = '\0';
	fake_pass(g.base, 5000);
	assert_null(find(&g, TWO));
	check_routes(&g, "-" TWO " ");
	check_stored(&g, "-" TWO " noc\n");
	fake_pass(g.base, 5000);
	assert_int_equal(count(&g), 0);
	check_routes(&g, "-" ONE " ");
	check_stored(&g, "-" ONE " late\n");
	ground_fini(&g);
}

/* A refresh to earlier moves the timer; one to later does as well. */
static void
test_expiry_moves(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, plain);
	add(&g, NULL, ONE, (struct wish){ .has_ttl = true, .ttl_s = 10 });
	add(&g, NULL, TWO, (struct wish){ .has_ttl = true, .ttl_s = 10 });
	add(&g, NULL, TWO, (struct wish){ .has_ttl = true, .ttl_s = 30 });
	fake_pass(g.base, 10000);
	assert_null(find(&g, ONE));
	assert_non_null(find(&g, TWO));
	fake_pass(g.base, 20000);
	assert_null(find(&g, TWO));
	ground_fini(&g);
}

/* The machine was put to sleep: the time of the claim went on. */
static void
test_expiry_asleep(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, plain);
	fake_turn(g.base);
	fake_asleep_ms += HOUR_MS;
	fake_pass(g.base, 60000);
	assert_null(find(&g, ONE));
	ground_fini(&g);
}

static int
restore(struct ground *g, const char *prefix, const char *owner, int since_s,
    int expires_s)
{
	int64_t now_ms = clock_wall_ms();
	struct stored_claim c = { .prefix = given_prefix(prefix),
		.owner = owner,
		.reason = "from before",
		.neighbors = "a",
		.since_wall_ms = now_ms + since_s * 1000LL,
		.expires_wall_ms =
		    expires_s == -1 ? -1 : now_ms + expires_s * 1000LL };

	return blackhole_restore(g->blackhole, &c);
}

static void
test_restore(void **state)
{
	const struct victim *v;
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(restore(&g, ONE, "noc", -50, 100), 0);
	assert_int_equal(restore(&g, ONE, "cron", -90000, -1), 0);
	v = find(&g, ONE);
	assert_non_null(v);
	assert_int_equal(v->claim_count, 2);
	/* long before this machine was started */
	assert_int_equal(v->since_ms, clock_now_ms() - 90000000);
	assert_int_equal(v->next_expiry_ms, clock_now_ms() + 100000);
	assert_int_equal(victim_expires(v), VICTIM_NEVER);
	assert_true(victim_wants_neighbor(v, "a"));
	assert_false(victim_wants_neighbor(v, "b"));
	check_routes(&g, "+" ONE " +" ONE " ");
	check_stored(&g, ""); /* it is */
	fake_pass(g.base, 100000);
	assert_int_equal(v->claim_count, 1);
	check_stored(&g, "-" ONE " noc\n");
	ground_fini(&g);
}

static void
test_restore_expired(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(restore(&g, ONE, "noc", -50, 0), -1);
	assert_int_equal(restore(&g, TWO, "noc", -50, -2), -1);
	assert_int_equal(count(&g), 0);
	check_routes(&g, "");
	check_stored(&g, "-" ONE " noc\n-" TWO " noc\n");
	ground_fini(&g);
}

/* What has ended, and only that, is to be withdrawn where it was kept. */
static void
test_restored(void **state)
{
	struct stored_claim ended = { .prefix = given_prefix(TWO),
		.ended = true,
		.owner = "noc",
		.reason = "",
		.neighbors = "",
		.expires_wall_ms = 1000 };
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(restore(&g, ONE, "noc", -50, -2), -1);
	assert_int_equal(restore(&g, ONE, "cron", -50, 100), 0);
	assert_int_equal(blackhole_restore(g.blackhole, &ended), -1);
	blackhole_restored(g.blackhole);
	assert_int_equal(rib_slots(g.rib), 2);
	assert_true(rib_route(g.rib, 1)->left_over);
	assert_int_equal(prefix_cmp(&rib_route(g.rib, 1)->prefix,
			     &ended.prefix),
	    0);
	check_stored(&g, "-" ONE " noc\n-" TWO " noc\n");
	ground_fini(&g);
}

/* What the configuration does not allow any more is kept, and not told. */
static void
test_restore_suppressed(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(restore(&g, "198.51.100.7", "noc", -50, 100), 0);
	assert_int_equal(restore(&g, "203.0.113.250", "noc", -50, 100), 0);
	assert_int_equal(find(&g, "198.51.100.7")->suppressed, REASON_NOT_OURS);
	assert_int_equal(find(&g, "203.0.113.250")->suppressed,
	    REASON_PROTECTED);
	check_routes(&g, "~198.51.100.7/32 ~203.0.113.250/32 ");
	fake_pass(g.base, 100000);
	assert_int_equal(count(&g), 0);
	ground_fini(&g);
}

/* What was changed while the store was loaded counts more. */
static void
test_restore_late(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	pending_set_link(g.pending, NULL);
	add(&g, "noc", ONE, (struct wish){ .has_ttl = true, .ttl_s = 10 });
	assert_int_equal(restore(&g, ONE, "noc", -50, 100), -1);
	assert_int_equal(victim_expires(find(&g, ONE)), clock_now_ms() + 10000);
	/* nor is it forgotten because an older one has expired */
	assert_int_equal(restore(&g, ONE, "noc", -50, -1), -1);
	assert_int_equal(restore(&g, ONE, "noc", -50, -2), -1);
	add(&g, "noc", TWO, plain);
	assert_int_equal(try_withdraw(&g, TWO, "noc"), 0);
	assert_int_equal(restore(&g, TWO, "noc", -50, 100), -1);
	assert_null(find(&g, TWO));
	pending_set_link(g.pending, g.ours);
	add(&g, "noc", "203.0.113.3", plain);
	check_stored(&g,
	    ONE " noc '' '' 0..10\n-" TWO
		" noc\n203.0.113.3/32 noc '' '' 0..3600\n");
	ground_fini(&g);
}

static void
test_restore_too_many(void **state)
{
	char owner[8];
	struct ground g;

	(void)state;
	ground_init(&g);
	for (int i = 0; i < VICTIM_CLAIMS_MAX; i++) {
		snprintf(owner, sizeof(owner), "o%d", i);
		assert_int_equal(restore(&g, ONE, owner, -50, 100), 0);
	}
	assert_int_equal(restore(&g, ONE, "more", -50, 100), -1);
	assert_int_equal(find(&g, ONE)->claim_count, VICTIM_CLAIMS_MAX);
	assert_int_equal(try_withdraw(&g, ONE, "*"), 0);
	assert_int_equal(count(&g), 0);
	ground_fini(&g);
}

static void
test_restore_no_room(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	g.no_room = true;
	assert_int_equal(restore(&g, ONE, "noc", -50, 100), -1);
	assert_int_equal(count(&g), 0);
	check_routes(&g, "");
	check_stored(&g, ""); /* and it is not forgotten */
	ground_fini(&g);
}

/* An address of ours that a session shows: from then on it is protected. */
static void
test_protect_local(void **state)
{
	struct prefix local = given_prefix("203.0.113.1");
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, plain);
	add(&g, NULL, TWO, plain);
	check_routes(&g, "+" ONE " +" TWO " ");
	assert_int_equal(blackhole_protect_local(g.blackhole, &local), 0);
	assert_int_equal(find(&g, ONE)->suppressed, REASON_PROTECTED);
	assert_int_equal(find(&g, TWO)->suppressed, REASON_NONE);
	check_routes(&g, "~" ONE " ");
	assert_int_equal(blackhole_protect_local(g.blackhole, &local), 0);
	check_routes(&g, "");
	check_refused(&g, try_add(&g, &g.operator, ONE, plain),
	    REASON_PROTECTED, "a local address");
	ground_fini(&g);
}

static void
test_set_config(void **state)
{
	struct prefix none;
	struct ground g;

	(void)state;
	ground_init(&g);
	add(&g, NULL, ONE, plain);
	add(&g, NULL, TWO, plain);
	g.routes[0] = '\0';
	g.other_config = g.config;
	none = given_prefix(ONE);
	g.other_config.blackhole.never.items = &none;
	blackhole_set_config(g.blackhole, &g.other_config);
	check_routes(&g, "~" ONE " ");
	assert_int_equal(find(&g, ONE)->suppressed, REASON_PROTECTED);
	blackhole_set_config(g.blackhole, &g.config);
	check_routes(&g, "+" ONE " ");
	assert_int_equal(find(&g, ONE)->suppressed, REASON_NONE);
	ground_fini(&g);
}

/* The wall clock was set to a time before the claim: all goes on. */
static void
test_wall_clock_back(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(restore(&g, ONE, "noc", -50, 100), 0);
	fake_wall_offset_ms = -clock_now_ms();
	add(&g, "noc", ONE, (struct wish){ .has_ttl = true, .ttl_s = 5 });
	check_stored(&g, ONE " noc 'from before' 'a' 0..5\n");
	fake_wall_offset_ms = FAKE_EPOCH_MS;
	ground_fini(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_expiry_moves),
		cmocka_unit_test(test_expiry_asleep),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_restore_expired),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_restore_suppressed),
		cmocka_unit_test(test_restore_late),
		cmocka_unit_test(test_restore_too_many),
		cmocka_unit_test(test_restore_no_room),
		cmocka_unit_test(test_protect_local),
		cmocka_unit_test(test_set_config),
		cmocka_unit_test(test_wall_clock_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
