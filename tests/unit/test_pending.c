/*
 * Changes that wait to be stored: which commit they are in, and when it is
 * sent.
 */
#include "pending_ground.h"

static void
test_shared(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(put(&g, "a", "1"), 1);
	assert_int_equal(put(&g, "b", "1"), 1);
	assert_int_equal(pending_count(g.pending), 2);
	check_commits(&g, "1: a1 b1\n");
	/* while it is under way, changes gather for the next */
	assert_int_equal(put(&g, "c", "1"), 2);
	check_commits(&g, "");
	assert_int_equal(put(&g, "d", "1"), 2);
	check_commits(&g, "");
	answer(&g, 1, "");
	assert_int_equal(pending_count(g.pending), 2);
	check_commits(&g, "2: c1 d1\n");
	answer(&g, 2, "");
	assert_int_equal(pending_count(g.pending), 0);
	check_commits(&g, "");
	assert_int_equal(put(&g, "a", "2"), 3);
	check_commits(&g, "3: a2\n");
	ground_fini(&g);
}

/* A neighbor's turn to hear of the change. */
static void
on_announce(evutil_socket_t fd, short what, void *arg)
{
	struct ground *g = arg;
	char octet;

	(void)fd;
	(void)what;
	append(g, "announced\n");
	assert_int_equal(recv(g->keepers_fd, &octet, 1,
			     MSG_PEEK | MSG_DONTWAIT),
	    -1);
}

static void
test_announced_first(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	put(&g, "a", "1");
	event_base_once(g.base, -1, EV_TIMEOUT, on_announce, &g, NULL);
	check_commits(&g, "announced\n1: a1\n");
	ground_fini(&g);
}

static void
test_superseded(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(pending_last_commit_ms(g.pending), -1);
	put(&g, "a", "1");
	put(&g, "b", "1");
	put(&g, "a", "2");
	assert_int_equal(pending_count(g.pending), 2);
	check_commits(&g, "1: b1 a2\n");
	/* the one under way has another state now */
	put(&g, "b", "2");
	assert_int_equal(pending_count(g.pending), 2);
	answer(&g, 1, "");
	assert_int_equal(pending_count(g.pending), 1);
	check_commits(&g, "2: b2\n");
	answer(&g, 2, "");
	assert_int_equal(pending_count(g.pending), 0);
	assert_int_equal(pending_last_commit_ms(g.pending), 0);
	ground_fini(&g);
}

/* All of the failed one goes out again, with what came since. */
static void
test_retry(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	put(&g, "a", "1");
	put(&g, "b", "1");
	check_commits(&g, "1: a1 b1\n");
	put(&g, "b", "2");
	answer(&g, 1, "disk full");
	assert_string_equal(pending_trouble(g.pending), "disk full");
	check_commits(&g, "");
	assert_int_equal(put(&g, "c", "1"), 2);
	fake_pass(g.base, 999);
	check_commits(&g, "");
	fake_pass(g.base, 1);
	check_commits(&g, "2: a1 b2 c1\n");
	answer(&g, 2, "disk full");
	fake_pass(g.base, 1000);
	check_commits(&g, "3: a1 b2 c1\n");
	answer(&g, 3, "");
	assert_string_equal(pending_trouble(g.pending), "");
	assert_int_equal(pending_count(g.pending), 0);
	fake_pass(g.base, 5000);
	check_commits(&g, "");
	ground_fini(&g);
}

/* What cannot even be sent is tried again as well. */
static void
test_unsent(void **state)
{
	struct channel_committed nonsense = { .number = 1, .error = "" };
	struct stored_claim claim = { .owner = "a", .neighbors = "" };
	struct ground g;
	char *huge = malloc(70000);

	(void)state;
	assert_non_null(huge);
	memset(huge, 'x', 69999);
	huge[69999] = '\0';
	claim.reason = huge; /* more than a message carries */
	assert_null(pending_prepare(&claim));
	ground_init(&g);
	link_free(g.keepers);
	g.keepers = NULL;
	fake_turn(g.base); /* our end notices */
	put(&g, "a", "1");
	check_commits(&g, "");
	assert_string_not_equal(pending_trouble(g.pending), "");
	assert_int_equal(pending_on_committed(g.pending, &nonsense), -1);
	ground_fini(&g);
	free(huge);
}

static void
test_nonsense(void **state)
{
	struct channel_committed c = { .error = "" };
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(pending_on_committed(g.pending, &c), -1);
	c.number = 1;
	assert_int_equal(pending_on_committed(g.pending, &c), -1);
	put(&g, "a", "1");
	assert_int_equal(pending_on_committed(g.pending, &c), -1);
	check_commits(&g, "1: a1\n");
	c.number = 2;
	assert_int_equal(pending_on_committed(g.pending, &c), -1);
	answer(&g, 1, "");
	c.number = 1;
	assert_int_equal(pending_on_committed(g.pending, &c), -1);
	ground_fini(&g);
}

static void
test_no_link(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	pending_set_link(g.pending, NULL);
	await(&g, put(&g, "a", "1"), 0);
	check_commits(&g, "");
	assert_int_equal(pending_count(g.pending), 1);
	fake_pass(g.base, PENDING_WAIT_MS);
	assert_int_equal(g.answers[0], 100);
	pending_discard(NULL);
	pending_free(NULL);
	ground_fini(&g);
}

/* All kinds of records go with one commit, each key in its last state. */
static void
test_kinds(void **state)
{
	struct stored_recurrence r = { .prefix = given_prefix("203.0.113.7"),
		.count = 1,
		.ended_wall_ms = -1 };
	struct history_entry entry = { .owner = "h",
		.by = "",
		.reason = "",
		.expires_wall_ms = -1,
		.count = 1 };
	struct settings settings = { .disabled = NULL };
	struct ground g;
	uint64_t number;

	(void)state;
	ground_init(&g);
	pending_note(g.pending, &entry);
	put(&g, "a", "1");
	assert_int_equal(pending_put_recurrence(g.pending, &r, &number), 0);
	assert_int_equal(number, 1);
	assert_int_equal(pending_put_settings(g.pending, &settings, &number),
	    0);
	r.forgotten = true;
	assert_int_equal(pending_put_recurrence(g.pending, &r, &number), 0);
	assert_int_equal(pending_put_settings(g.pending, &settings, &number),
	    0);
	pending_note(g.pending, &entry);
	assert_int_equal(pending_count(g.pending), 5);
	check_commits(&g, "1: a1 -recurs settings note:h note:h\n");
	answer(&g, 1, "");
	assert_int_equal(pending_count(g.pending), 0);
	/* news alone is stored as well */
	pending_note(g.pending, &entry);
	check_commits(&g, "2: note:h\n");
	answer(&g, 2, "disk full");
	fake_pass(g.base, 1000);
	check_commits(&g, "3: note:h\n");
	answer(&g, 3, "");
	ground_fini(&g);
}

/* While the disk fails the history has a limit; the changes have not. */
static void
test_history_limit(void **state)
{
	struct history_entry entry = { .owner = "h",
		.by = "",
		.reason = "",
		.expires_wall_ms = -1,
		.count = 1 };
	struct ground g;

	(void)state;
	ground_init(&g);
	pending_set_link(g.pending, NULL);
	for (int i = 0; i < PENDING_HISTORY_MAX + 5; i++)
		pending_note(g.pending, &entry);
	assert_int_equal(pending_count(g.pending), PENDING_HISTORY_MAX + 5);
	g.huge = true;
	pending_set_link(g.pending, g.ours);
	put(&g, "a", "1");
	fake_pass(g.base, PENDING_WAIT_MS);
	assert_string_not_equal(pending_trouble(g.pending), "");
	pending_note(g.pending, &entry);
	assert_int_equal(pending_count(g.pending), PENDING_HISTORY_MAX + 1);
	ground_fini(&g);
}

static void
test_take_back(void **state)
{
	struct prefix p = given_prefix("203.0.113.7");
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_false(pending_take_back(g.pending, &p, "a"));
	put(&g, "a", "1");
	assert_true(pending_has(g.pending, &p, "a"));
	assert_true(pending_take_back(g.pending, &p, "a"));
	assert_false(pending_has(g.pending, &p, "a"));
	check_commits(&g, "");
	/* another state waited before */
	put(&g, "a", "1");
	put(&g, "a", "2");
	assert_false(pending_take_back(g.pending, &p, "a"));
	/* it is under way */
	check_commits(&g, "1: a2\n");
	assert_false(pending_take_back(g.pending, &p, "a"));
	answer(&g, 1, "disk full");
	assert_false(pending_take_back(g.pending, &p, "a"));
	ground_fini(&g);
}

static void
note_trouble(void *arg, const char *why)
{
	struct ground *g = arg;

	append(g, "<");
	append(g, why);
	append(g, ">");
}

/* Told once when it begins, once when all is well. */
static void
test_trouble(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	pending_on_trouble(g.pending, note_trouble, &g);
	put(&g, "a", "1");
	check_commits(&g, "1: a1\n");
	fake_pass(g.base, PENDING_WAIT_MS - 1);
	check_commits(&g, "");
	fake_pass(g.base, 1);
	check_commits(&g, "<the disk does not answer>");
	fake_pass(g.base, 10000);
	answer(&g, 1, "disk full");
	check_commits(&g, "<disk full>");
	fake_pass(g.base, 1000);
	check_commits(&g, "2: a1\n");
	answer(&g, 2, "disk full");
	fake_pass(g.base, 1000);
	check_commits(&g, "3: a1\n");
	answer(&g, 3, "");
	check_commits(&g, "<>");
	put(&g, "a", "2");
	fake_turn(g.base);
	answer(&g, 4, "");
	check_commits(&g, "4: a2\n");
	ground_fini(&g);
}

/* More than a message carries: in parts, and answered with the last. */
static void
test_split(void **state)
{
	enum {
		CLAIMS = 1100
	};
	struct stored_claim claim = { .owner = "a",
		.neighbors = "",
		.prefix = given_prefix("10.0.0.0"),
		.expires_wall_ms = -1 };
	char *reason = calloc(1, 65536);
	struct ground g;
	uint64_t number = 0;

	(void)state;
	assert_non_null(reason);
	memset(reason, 'x', 65000);
	claim.reason = reason;
	ground_init(&g);
	g.huge = true;
	for (int i = 0; i < CLAIMS; i++) {
		struct pending_change *c;

		claim.prefix.addr[2] = (uint8_t)(i >> 8);
		claim.prefix.addr[3] = (uint8_t)i;
		c = pending_prepare(&claim);
		assert_non_null(c);
		number = pending_put(g.pending, c);
	}
	await(&g, number, 0);
	while (g.parts == 0)
		fake_turn(g.base);
	answer(&g, 1, "");
	assert_int_equal(g.answers[0], 0);
	assert_true(pending_count(g.pending) < CLAIMS);
	while (g.parts == 1)
		fake_turn(g.base);
	answer(&g, 2, "");
	assert_int_equal(g.answers[0], 1);
	assert_int_equal(pending_count(g.pending), 0);
	ground_fini(&g);
	free(reason);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_announced_first),
		cmocka_unit_test(test_superseded),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_unsent),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_no_link),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_history_limit),
		cmocka_unit_test(test_take_back),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
