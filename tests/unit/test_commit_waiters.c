/*
 * Who waits for a commit: until it is stored, or fails, or takes too long.
 */
#include "pending_ground.h"

static void
test_waiters(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	await(&g, put(&g, "a", "1"), 0);
	await(&g, put(&g, "b", "1"), 1);
	check_commits(&g, "1: a1 b1\n");
	await(&g, put(&g, "c", "1"), 2);
	assert_int_equal(g.answers[0], 0);
	answer(&g, 1, "");
	assert_int_equal(g.answers[0], 1);
	assert_int_equal(g.answers[1], 1);
	assert_int_equal(g.answers[2], 0);
	check_commits(&g, "2: c1\n");
	answer(&g, 2, "disk full");
	assert_int_equal(g.answers[2], 100);
	/* once answered, never again */
	fake_pass(g.base, 10000);
	check_commits(&g, "3: c1\n");
	answer(&g, 3, "");
	assert_int_equal(g.answers[0], 1);
	assert_int_equal(g.answers[2], 100);
	ground_fini(&g);
}

static void
test_wait_too_long(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	await(&g, put(&g, "a", "1"), 0);
	fake_pass(g.base, 500);
	await(&g, put(&g, "b", "1"), 1);
	fake_pass(g.base, PENDING_WAIT_MS - 501);
	assert_int_equal(g.answers[0], 0);
	assert_string_equal(pending_trouble(g.pending), "");
	fake_pass(g.base, 1);
	assert_int_equal(g.answers[0], 100);
	assert_int_equal(g.answers[1], 0);
	assert_string_not_equal(pending_trouble(g.pending), "");
	check_commits(&g, "1: a1\n");
	answer(&g, 1, "");
	assert_int_equal(g.answers[0], 100);
	assert_string_equal(pending_trouble(g.pending), "");
	check_commits(&g, "2: b1\n");
	answer(&g, 2, "");
	assert_int_equal(g.answers[1], 1);
	ground_fini(&g);
}

/* libevent: the turn in which what was held is whole. */
static void
on_whole(evutil_socket_t fd, short what, void *arg)
{
	struct ground *g = arg;

	(void)fd;
	(void)what;
	pending_release(g->pending);
	fake_now_ms += 500;
	await(g, 2, 4);
}

/* What takes many turns is one commit, and all hear the same of it. */
static void
test_held(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	await(&g, put(&g, "a", "1"), 0);
	check_commits(&g, "1: a1\n");
	await(&g, put(&g, "b", "1"), 1);
	pending_hold(g.pending);
	answer(&g, 1, ""); /* the next is not sent now */
	assert_int_equal(g.answers[0], 1);
	check_commits(&g, "");
	await(&g, put(&g, "c", "1"), 2);
	check_commits(&g, "");
	fake_pass(g.base, PENDING_WAIT_MS);
	await(&g, put(&g, "d", "1"), 3);
	fake_pass(g.base, PENDING_WAIT_MS);
	check_commits(&g, "");
	event_base_once(g.base, -1, EV_TIMEOUT, on_whole, &g, NULL);
	check_commits(&g, "2: b1 c1 d1\n");
	fake_pass(g.base, PENDING_WAIT_MS - 501);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(g.answers[i], 0);
	fake_pass(g.base, 1);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(g.answers[i], 100);
	ground_fini(&g);
}

/* Nothing was put meanwhile, or by nobody who waits. */
static void
test_held_for_nothing(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	pending_hold(g.pending);
	pending_release(g.pending);
	check_commits(&g, "");
	pending_hold(g.pending);
	put(&g, "a", "1");
	check_commits(&g, "");
	pending_release(g.pending);
	check_commits(&g, "1: a1\n");
	answer(&g, 1, "");
	ground_fini(&g);
}

/* Who waits while the disk fails is answered by the next attempt. */
static void
test_wait_in_trouble(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	put(&g, "a", "1");
	check_commits(&g, "1: a1\n");
	answer(&g, 1, "disk full");
	await(&g, put(&g, "b", "1"), 0);
	fake_pass(g.base, 1000);
	check_commits(&g, "2: a1 b1\n");
	answer(&g, 2, "");
	assert_int_equal(g.answers[0], 1);
	ground_fini(&g);
}

static void
test_cancel(void **state)
{
	struct pending_waiter *w;
	struct ground g;

	(void)state;
	ground_init(&g);
	w = await(&g, put(&g, "a", "1"), 0);
	await(&g, put(&g, "b", "1"), 1);
	pending_cancel(w);
	pending_cancel(NULL);
	check_commits(&g, "1: a1 b1\n");
	answer(&g, 1, "");
	assert_int_equal(g.answers[0], 0);
	assert_int_equal(g.answers[1], 1);
	/* what still waits goes with the rest */
	await(&g, put(&g, "c", "1"), 2);
	ground_fini(&g);
	assert_int_equal(g.answers[2], 0);
}

/* libevent: a turn that takes long, and in which two begin to wait. */
static void
on_long_turn(evutil_socket_t fd, short what, void *arg)
{
	struct ground *g = arg;

	(void)fd;
	(void)what;
	await(g, put(g, "a", "1"), 0);
	fake_now_ms += 500;
	await(g, put(g, "b", "1"), 1);
}

/* Both of a turn hear the same, and one of the next waits its own time. */
static void
test_wait_of_a_turn(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	event_base_once(g.base, -1, EV_TIMEOUT, on_long_turn, &g, NULL);
	check_commits(&g, "1: a1 b1\n");
	await(&g, put(&g, "c", "1"), 2);
	fake_pass(g.base, PENDING_WAIT_MS - 501);
	assert_int_equal(g.answers[0], 0);
	fake_pass(g.base, 1);
	assert_int_equal(g.answers[0], 100);
	assert_int_equal(g.answers[1], 100);
	assert_int_equal(g.answers[2], 0);
	fake_pass(g.base, 499);
	assert_int_equal(g.answers[2], 0);
	fake_pass(g.base, 1);
	assert_int_equal(g.answers[2], 100);
	ground_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waiters),
		cmocka_unit_test(test_wait_too_long),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_held_for_nothing),
		cmocka_unit_test(test_wait_in_trouble),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_wait_of_a_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
