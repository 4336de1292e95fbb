/*
 * Changes that wait to be stored, over a real link whose other end is read
 * here in the keeper's place.
 */
#include <sys/socket.h>

#include "fake_clock.h"
#include "given.h"

#include "settings.h"

#include "link.h"
#include "pending.h"

/* What the keeper got: a line a commit, "NUMBER: OWNER REASON, ..." */
struct ground {
	struct event_base *base;
	struct link *ours, *keepers;
	int keepers_fd;
	struct pending *pending;
	char commits[1024];
	int parts;	/* commits that came */
	bool huge;	/* they are not looked into */
	int answers[8]; /* of the waiters: how often stored and not */
};

static void
append(struct ground *g, const char *text)
{
	strlcat(g->commits, text, sizeof(g->commits));
}

static void
append_record(struct ground *g, const struct record *r)
{
	switch (r->kind) {
	case RECORD_CLAIM:
		append(g, r->claim.ended ? " -" : " ");
		append(g, r->claim.owner);
		append(g, r->claim.reason);
		return;
	case RECORD_RECURRENCE:
		append(g, r->recurrence.forgotten ? " -recurs" : " recurs");
		return;
	case RECORD_HISTORY:
		append(g, " note:");
		append(g, r->history.owner);
		return;
	case RECORD_SETTINGS:
		append(g, " settings");
	}
}

static void
on_commit(void *arg, enum channel_type type, struct wire_in body)
{
	struct ground *g = arg;
	struct record r;
	char text[64];
	uint64_t number;

	assert_int_equal(type, CHANNEL_COMMIT);
	assert_int_equal(channel_get_commit(&body, &number), 0);
	g->parts++;
	if (g->huge)
		return;
	snprintf(text, sizeof(text), "%d:", (int)number);
	append(g, text);
	while (channel_get_record(&body, &r) == 1)
		append_record(g, &r);
	assert_true(wire_done(&body));
	append(g, "\n");
}

static void
on_nothing(void *arg, enum channel_type type, struct wire_in body)
{
	(void)arg;
	(void)type;
	(void)body;
	fail_msg("the keeper says nothing here");
}

static void
on_close(void *arg)
{
	(void)arg;
}

static void
ground_init(struct ground *g)
{
	struct link_events ours = { .on_message = on_nothing,
		.on_close = on_close };
	struct link_events keepers = { .on_message = on_commit,
		.on_close = on_close,
		.arg = g };
	int fds[2];

	*g = (struct ground){ .base = event_base_new() };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	g->ours = link_new(g->base, fds[0], &ours);
	g->keepers = link_new(g->base, fds[1], &keepers);
	g->keepers_fd = fds[1];
	g->pending = pending_new(g->base);
	assert_non_null(g->ours);
	assert_non_null(g->keepers);
	assert_non_null(g->pending);
	pending_set_link(g->pending, g->ours);
}

static void
ground_fini(struct ground *g)
{
	pending_free(g->pending);
	link_free(g->ours);
	link_free(g->keepers);
	event_base_free(g->base);
}

/* The new state of the owner's claim; gives its commit. */
static uint64_t
put(struct ground *g, const char *owner, const char *reason)
{
	struct stored_claim claim = {
		.prefix = given_prefix("203.0.113.7"),
		.owner = owner,
		.reason = reason,
		.neighbors = "",
		.expires_wall_ms = -1,
	};
	struct pending_change *c = pending_prepare(&claim);

	assert_non_null(c);
	return pending_put(g->pending, c);
}

/* What the keeper got since the last time. */
static void
check_commits(struct ground *g, const char *expected)
{
	fake_turn(g->base);
	assert_string_equal(g->commits, expected);
	g->commits[0] = '\0';
}

static void
answer(struct ground *g, uint64_t number, const char *error)
{
	struct channel_committed committed = { .number = number,
		.error = error };

	assert_int_equal(pending_on_committed(g->pending, &committed), 0);
}

static void
on_done(void *arg, bool stored)
{
	int *answers = arg;

	*answers += stored ? 1 : 100;
}

static struct pending_waiter *
await(struct ground *g, uint64_t number, int which)
{
	struct pending_waiter *w =
	    pending_wait(g->pending, number, on_done, &g->answers[which]);

	assert_non_null(w);
	assert_int_equal(g->answers[which], 0);
	return w;
}

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
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_announced_first),
		cmocka_unit_test(test_superseded),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_unsent),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_waiters),
		cmocka_unit_test(test_wait_too_long),
		cmocka_unit_test(test_wait_in_trouble),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_wait_of_a_turn),
		cmocka_unit_test(test_no_link),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_history_limit),
		cmocka_unit_test(test_take_back),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
