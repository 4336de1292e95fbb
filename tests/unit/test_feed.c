/*
 * Events: their names, who hears them, their numbers, and what a subscriber
 * without room is told when it has some again.
 */
#include "fake_clock.h"
#include "given.h"

#include "feed.h"

#define NOW "2026-11-22T10:16:40.000Z" /* fake_clock.h's */

struct listener {
	char heard[2048];
	bool full;   /* takes no line */
	bool closed; /* lets no victim through */
	size_t lines;
};

static bool
on_line(void *arg, const char *line, size_t len)
{
	struct listener *l = arg;

	if (l->full)
		return false;
	assert_int_equal(strlen(line), len);
	assert_int_equal(line[len - 1], '\n');
	strlcat(l->heard, line, sizeof(l->heard));
	l->lines++;
	return true;
}

static bool
lets(void *arg, enum feed_type type, const struct prefix *victim)
{
	const struct listener *l = arg;

	(void)type;
	return victim == NULL || !l->closed;
}

static struct feed_subscriber *
subscribe(struct feed *f, uint32_t types, struct listener *l)
{
	const struct feed_listener parts = { .line = on_line,
		.lets = lets,
		.arg = l };
	struct feed_subscriber *s = feed_subscribe(f, types, &parts);

	assert_non_null(s);
	return s;
}

static void
publish(struct feed *f, enum feed_type type)
{
	feed_publish(f, type, NULL, json_pack("{s:s}", "a", "b"));
}

static void
check_heard(struct listener *l, const char *expected)
{
	assert_string_equal(l->heard, expected);
	l->heard[0] = '\0';
}

#define LINE(type, seq, rest)                                                    \
	"{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"" type \
	"\",\"at\":\"" NOW "\",\"seq\":" seq rest "}}\n"

static void
test_names(void **state)
{
	enum feed_type type;

	(void)state;
	for (unsigned i = 0; i < FEED_TYPES; i++) {
		const char *name = feed_type_name((enum feed_type)i);

		assert_non_null(name);
		assert_true(feed_type_find(name, &type));
		assert_int_equal(type, i);
	}
	assert_false(feed_type_find("victim", &type));
	assert_false(feed_type_find("", &type));
}

/* Each has its own numbers, from 1, of what it wants and nothing else. */
static void
test_who_hears(void **state)
{
	struct listener all = { .lines = 0 }, neighbors = { .lines = 0 };
	struct feed *f = feed_new();
	struct feed_subscriber *a, *n;

	(void)state;
	assert_non_null(f);
	assert_false(feed_wants(f, FEED_NEIGHBOR_UP));
	publish(f, FEED_NEIGHBOR_UP);
	a = subscribe(f, FEED_ALL, &all);
	publish(f, FEED_VICTIM_ADDED);
	n = subscribe(f, FEED_BIT(FEED_NEIGHBOR_UP), &neighbors);
	publish(f, FEED_NEIGHBOR_UP);
	publish(f, FEED_NEIGHBOR_DOWN);
	check_heard(&all,
	    LINE("victim.added", "1", ",\"a\":\"b\"") LINE("neighbor.up", "2",
		",\"a\":\"b\"") LINE("neighbor.down", "3", ",\"a\":\"b\""));
	check_heard(&neighbors, LINE("neighbor.up", "1", ",\"a\":\"b\""));
	feed_unsubscribe(a);
	assert_true(feed_wants(f, FEED_NEIGHBOR_UP));
	assert_false(feed_wants(f, FEED_NEIGHBOR_DOWN));
	publish(f, FEED_NEIGHBOR_UP);
	check_heard(&all, "");
	assert_int_equal(neighbors.lines, 2);
	feed_unsubscribe(n);
	assert_false(feed_wants(f, FEED_NEIGHBOR_UP));
	feed_unsubscribe(NULL);
	feed_free(f);
	feed_free(NULL);
}

static void
test_without_members(void **state)
{
	struct listener l = { .lines = 0 };
	struct feed *f = feed_new();
	struct feed_subscriber *s = subscribe(f, FEED_ALL, &l);

	(void)state;
	feed_publish(f, FEED_STORAGE_RECOVERED, NULL, json_object());
	check_heard(&l, LINE("storage.recovered", "1", ""));
	feed_unsubscribe(s);
	feed_free(f);
}

/* What is not let through has no number: the subscriber misses nothing. */
static void
test_not_let_through(void **state)
{
	struct listener l = { .closed = true };
	struct prefix victim = given_prefix("203.0.113.1");
	struct feed *f = feed_new();
	struct feed_subscriber *s = subscribe(f, FEED_ALL, &l);

	(void)state;
	feed_publish(f, FEED_VICTIM_ADDED, &victim, json_object());
	check_heard(&l, "");
	publish(f, FEED_NEIGHBOR_UP);
	check_heard(&l, LINE("neighbor.up", "1", ",\"a\":\"b\""));
	l.closed = false;
	feed_publish(f, FEED_VICTIM_ADDED, &victim, json_object());
	check_heard(&l, LINE("victim.added", "2", ""));
	feed_unsubscribe(s);
	feed_free(f);
}

/* Once one is lost all are, until it is told how many. */
static void
test_lost(void **state)
{
	struct listener slow = { .full = true }, fast = { .lines = 0 };
	struct feed *f = feed_new();
	struct feed_subscriber *s, *other;

	(void)state;
	s = subscribe(f, FEED_BIT(FEED_NEIGHBOR_UP), &slow);
	other = subscribe(f, FEED_ALL, &fast);
	publish(f, FEED_NEIGHBOR_UP);
	feed_drained(s); /* still no room */
	slow.full = false;
	publish(f, FEED_NEIGHBOR_UP);
	assert_false(feed_tell(s, FEED_SNAPSHOT_END, json_object()));
	feed_publish(f, FEED_NEIGHBOR_UP, NULL, NULL); /* no memory */
	check_heard(&slow, "");
	assert_int_equal(fast.lines, 2);
	feed_drained(s);
	check_heard(&slow, LINE("events.lost", "4", ",\"count\":3"));
	feed_drained(s);
	publish(f, FEED_NEIGHBOR_UP);
	check_heard(&slow, LINE("neighbor.up", "5", ",\"a\":\"b\""));
	assert_true(feed_tell(s, FEED_SNAPSHOT_END, json_object()));
	check_heard(&slow, LINE("snapshot.end", "6", ""));
	/* it knows of the one that there was no memory for */
	publish(f, FEED_DAEMON_RELOADED);
	feed_drained(other);
	assert_non_null(strstr(fast.heard,
	    "\"type\":\"events.lost\",\"at\":\"" NOW
	    "\",\"seq\":6,\"count\":3"));
	feed_unsubscribe(s);
	feed_unsubscribe(other);
	feed_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_who_hears),
		cmocka_unit_test(test_without_members),
		cmocka_unit_test(test_not_let_through),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
