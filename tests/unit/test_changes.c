/*
 * Answers that tell of changes: they wait for the disk, then for the
 * neighbors, and tell of the victim as it stands then.
 */
#include "answer_stage.h"

/*
 * In place of those of waiters.c: one waits at most, until the test says that
 * all is where it should be.
 */
static struct {
	enum waiters_for what;
	size_t count; /* routes */
	uint32_t last_slot;
	waiters_done *done; /* NULL: nobody waits */
	void *arg;
} neighbors;

struct waiter *
waiters_wait(struct waiters *w, enum waiters_for what,
    const struct route_ref *refs, size_t count, waiters_done *done, void *arg)
{
	(void)w;
	assert_null(neighbors.done);
	neighbors.what = what;
	neighbors.count = count;
	neighbors.last_slot = refs[count - 1].slot;
	neighbors.done = done;
	neighbors.arg = arg;
	return (struct waiter *)&neighbors;
}

void
waiters_cancel(struct waiter *waiter)
{
	if (waiter != NULL)
		neighbors.done = NULL;
}

static void
all_neighbors_have_it(void)
{
	waiters_done *done = neighbors.done;

	assert_non_null(done);
	neighbors.done = NULL;
	done(neighbors.arg);
}

/* One that waits for the neighbors, with that many routes. */
static void
add_wide_change(struct stage *s, json_int_t number, enum waiters_for what,
    size_t routes)
{
	struct method_call call;

	add(&s->ground, "a", ONE, plain);
	call = changed(s, 5000);
	call.wait_for = what;
	call.routes = calloc(routes + 1, sizeof(*call.routes));
	assert_non_null(call.routes);
	call.route_count = routes;
	for (size_t i = 0; i < routes; i++)
		call.routes[i].slot = (uint32_t)(100 * number) + (uint32_t)i;
	give(s, number, &call);
}

/* As long as the request says, but no longer than for the disk. */
static void
test_disk_is_slow(void **state)
{
	static const struct {
		int64_t wait_ms, until_ms;
	} cases[] = { { 500, 500 }, { 60000, PENDING_WAIT_MS } };
	struct stage s;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		begin(&s, false);
		add_change(&s, 1, cases[i].wait_ms);
		finish(&s);
		fake_pass(s.base, cases[i].until_ms - 1);
		check_waits(&s);
		fake_pass(s.base, 1);
		assert_int_equal(s.ready, 1);
		check_text(&s, "\"stored\":false,\"waited\":\"timeout\"");
		end(&s);
	}
}

/* The commit is answered in the next turn of the loop. */
static void
test_stored(void **state)
{
	struct method_call call;
	struct stage s;

	(void)state;
	begin(&s, false);
	add(&s.ground, "a", ONE, plain);
	call = changed(&s, 5000);
	give(&s, 1, &call);
	finish(&s);
	check_waits(&s);
	fake_turn(s.base);
	assert_int_equal(s.ready, 1);
	check_text(&s, "\"stored\":true,\"waited\":\"stored\"");
	end(&s);
}

/* What changed nothing has nothing to store. */
static void
test_nothing_to_store(void **state)
{
	struct stage s;
	struct method_call call;

	(void)state;
	begin(&s, false);
	hang(&s);
	call = changed(&s, 5000);
	call.wait_for = WAIT_DELIVERED;
	give(&s, 1, &call);
	finish(&s);
	assert_int_equal(s.ready, 0);
	check_text(&s, "\"stored\":true,\"waited\":\"delivered\"");
	end(&s);
}

/* First the disk, then the neighbors. */
static void
test_neighbors(void **state)
{
	static const struct {
		enum waiters_for what;
		const char *waited;
	} cases[] = {
		{ WAIT_SENT, "\"stored\":true,\"waited\":\"sent\"" },
		{ WAIT_DELIVERED, "\"stored\":true,\"waited\":\"delivered\"" },
	};
	struct stage s;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		begin(&s, false);
		add_wide_change(&s, 1, cases[i].what, 1);
		finish(&s);
		assert_null(neighbors.done);
		fake_turn(s.base);
		check_waits(&s);
		assert_int_equal(neighbors.what, cases[i].what);
		all_neighbors_have_it();
		assert_int_equal(s.ready, 1);
		check_text(&s, cases[i].waited);
		end(&s);
	}
}

/* The time runs from when the request was read. */
static void
test_neighbors_are_slow(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	add_wide_change(&s, 1, WAIT_DELIVERED, 1);
	finish(&s);
	fake_pass(s.base, 4999);
	check_waits(&s);
	fake_pass(s.base, 1);
	assert_int_equal(s.ready, 1);
	check_text(&s, "\"stored\":true,\"waited\":\"timeout\"");
	end(&s);
}

/* A hanging disk does not hide that the neighbors have it. */
static void
test_disk_hangs_neighbors_do_not(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	hang(&s);
	add_wide_change(&s, 1, WAIT_SENT, 1);
	finish(&s);
	fake_pass(s.base, PENDING_WAIT_MS);
	check_waits(&s);
	all_neighbors_have_it();
	check_text(&s, "\"stored\":false,\"waited\":\"sent\"");
	end(&s);
}

/* A batch waits once, for the most that is asked; each is told its own. */
static void
test_batch_of_changes(void **state)
{
	struct stage s;

	(void)state;
	for (int late = 0; late < 2; late++) {
		begin(&s, true);
		add_wide_change(&s, 1, WAIT_SENT, 3);
		add_wide_change(&s, 2, WAIT_STORED, 5);
		add_wide_change(&s, 3, WAIT_DELIVERED, 2);
		finish(&s);
		fake_turn(s.base);
		check_waits(&s);
		assert_int_equal(neighbors.what, WAIT_DELIVERED);
		assert_int_equal(neighbors.count, 5);
		assert_int_equal(neighbors.last_slot, 301);
		if (late)
			fake_pass(s.base, 5000);
		else
			all_neighbors_have_it();
		assert_int_equal(s.ready, 1);
		check_text(&s,
		    late ? "\"waited\":\"timeout\"}},"
			 : "\"waited\":\"sent\"}},");
		check_text(&s, "\"waited\":\"stored\"}},");
		check_text(&s,
		    late ? "\"waited\":\"timeout\"}}]"
			 : "\"waited\":\"delivered\"}}]");
		end(&s);
	}
}

/* The victim is told as it stands when the answer is given. */
static void
test_victim(void **state)
{
	struct method_call call;
	struct stage s;

	(void)state;
	for (int ended = 0; ended < 2; ended++) {
		begin(&s, false);
		add(&s.ground, "a", ONE, plain);
		call = changed(&s, 5000);
		call.one_victim = true;
		call.prefix = given_prefix(ONE);
		give(&s, 1, &call);
		finish(&s);
		if (ended)
			assert_int_equal(try_withdraw(&s.ground, ONE, "a"), 0);
		else
			add(&s.ground, "b", ONE, plain);
		fake_turn(s.base);
		assert_int_equal(s.ready, 1);
		if (ended)
			check_text(&s, "\"victim\":null");
		else
			check_text(&s, "\"owner\":\"b\"");
		end(&s);
	}
}

/* state.on-failure refuse: what is not stored was not done. */
static void
test_deferred(void **state)
{
	struct method_call call;
	struct stage s;

	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		begin(&s, false);
		if (fails)
			hang(&s);
		add(&s.ground, "a", ONE, plain);
		call = changed(&s, 5000);
		call.deferred = true;
		give(&s, 1, &call);
		finish(&s);
		fake_pass(s.base, fails ? PENDING_WAIT_MS : 0);
		assert_int_equal(s.ready, 1);
		check_text(&s,
		    fails ? "\"data\":{\"reason\":\"storage\"}"
			  : "\"stored\":true,\"waited\":\"stored\"");
		end(&s);
	}
}

/* Impatience does not hide whether it will be carried out. */
static void
test_deferred_and_impatient(void **state)
{
	struct method_call call;
	struct stage s;

	(void)state;
	begin(&s, false);
	hang(&s);
	add(&s.ground, "a", ONE, plain);
	call = changed(&s, 500);
	call.deferred = true;
	give(&s, 1, &call);
	finish(&s);
	fake_pass(s.base, PENDING_WAIT_MS - 1);
	check_waits(&s);
	fake_pass(s.base, 1);
	check_text(&s, "\"data\":{\"reason\":\"storage\"}");
	end(&s);
}

/* Two that are deferred: the routes are known only when they stand. */
static void
add_deferred(struct stage *s, json_int_t number, const char *other)
{
	struct method_call call = changed(s, 5000);

	call.deferred = true;
	call.wait_for = WAIT_DELIVERED;
	call.routes = calloc(2, sizeof(*call.routes));
	call.prefixes = calloc(2, sizeof(*call.prefixes));
	assert_non_null(call.routes);
	assert_non_null(call.prefixes);
	call.routes[0].slot = call.routes[1].slot = RIB_NO_SLOT;
	call.prefixes[0] = given_prefix(other);
	call.prefixes[1] = given_prefix(ONE);
	call.route_count = 2;
	give(s, number, &call);
}

/* In a batch; the third is what the rules no longer allow. */
static void
test_deferred_and_delivered(void **state)
{
	struct stage s;

	(void)state;
	for (int stands = 0; stands < 2; stands++) {
		begin(&s, true);
		add(&s.ground, "a", TWO, plain);
		add(&s.ground, "a", ONE, plain);
		add_deferred(&s, 1, TWO);
		add_deferred(&s, 2, stands ? TWO : "203.0.113.3");
		finish(&s);
		fake_turn(s.base);
		if (stands) {
			assert_int_equal(neighbors.count, 4);
			assert_int_equal(neighbors.last_slot,
			    s.ground.result.victim->slot);
			all_neighbors_have_it();
		}
		check_text(&s,
		    stands ? "\"waited\":\"delivered\""
			   : "\"stored\":true,\"waited\":\"timeout\"");
		end(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk_is_slow),
		cmocka_unit_test(test_stored),
		cmocka_unit_test(test_nothing_to_store),
		cmocka_unit_test(test_neighbors),
		cmocka_unit_test(test_neighbors_are_slow),
		cmocka_unit_test(test_disk_hangs_neighbors_do_not),
		cmocka_unit_test(test_batch_of_changes),
		cmocka_unit_test(test_victim),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_deferred_and_impatient),
		cmocka_unit_test(test_deferred_and_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
