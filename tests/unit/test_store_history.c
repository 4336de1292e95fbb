/*
 * The history: what is asked for comes newest first, with what each entry
 * had; what is beyond the limits goes, a little at a time.
 */
#include "store_ground.h"

#include "store_internal.h"

/* What came, as "ID:PREFIX " or in full, and how many. */
struct came {
	char text[1024];
	int64_t last_id;
	int count;
};

static void
on_entry(void *arg, const struct history_entry *e)
{
	struct came *came = arg;
	char prefix[PREFIX_STRLEN], text[96];

	snprintf(text, sizeof(text), "%lld:%s ", (long long)e->id,
	    prefix_print(&e->prefix, prefix));
	strlcat(came->text, text, sizeof(came->text));
	came->last_id = e->id;
	came->count++;
}

static int
ask(struct store *s, const struct history_query *q, struct came *came)
{
	*came = (struct came){ .count = 0 };
	return store_history(s, q, on_entry, came);
}

static struct history_query
query(const char *prefix, const char *owner, int64_t since_ms, uint32_t limit)
{
	struct history_query q = { .owner = owner,
		.since_wall_ms = since_ms,
		.limit = limit };

	q.has_prefix = prefix != NULL;
	if (prefix != NULL)
		assert_int_equal(prefix_parse(&q.prefix, prefix), PREFIX_OK);
	return q;
}

static void
commit_entries(struct store *s, const char *const *prefixes, size_t count)
{
	static const char *const owners[] = { "a", "b" };
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (size_t i = 0; i < count; i++) {
		struct history_entry e =
		    entry(prefixes[i], (int64_t)i / 2 + 1, HISTORY_ADDED);

		e.owner = owners[i % 2];
		channel_put_history(&out, &e);
	}
	assert_int_equal(commit_out(s, &out), 0);
	wire_out_fini(&out);
}

/* Two each at 1, 2, 3 and 4 ms, by turns of "a" and "b". */
static const char *const eight[] = { "203.0.113.1", "203.0.113.2",
	"203.0.113.0/24", "203.0.113.128/25", "198.51.100.1", "2001:db8::1",
	"2001:db8::/32", "203.0.113.1" };

static const struct {
	const char *prefix, *owner;
	int64_t since_ms, after_id;
	uint32_t limit;
	int rc;
	const char *came;
} questions[] = {
	{ NULL, "", 0, 0, 100, 0,
	    "8:203.0.113.1/32 7:2001:db8::/32 6:2001:db8::1/128 "
	    "5:198.51.100.1/32 4:203.0.113.128/25 3:203.0.113.0/24 "
	    "2:203.0.113.2/32 1:203.0.113.1/32 " },
	{ NULL, "", 0, 0, 8, 0,
	    "8:203.0.113.1/32 7:2001:db8::/32 6:2001:db8::1/128 "
	    "5:198.51.100.1/32 4:203.0.113.128/25 3:203.0.113.0/24 "
	    "2:203.0.113.2/32 1:203.0.113.1/32 " },
	{ NULL, "", 0, 0, 2, 1, "8:203.0.113.1/32 7:2001:db8::/32 " },
	{ NULL, "", 0, 7, 2, 1, "6:2001:db8::1/128 5:198.51.100.1/32 " },
	{ NULL, "", 0, 2, 2, 0, "1:203.0.113.1/32 " },
	{ NULL, "", 0, 1, 2, 0, "" },
	{ NULL, "", 0, 100, 1, 1, "8:203.0.113.1/32 " },
	{ NULL, "", 4, 0, 100, 0, "8:203.0.113.1/32 7:2001:db8::/32 " },
	{ NULL, "", 5, 0, 100, 0, "" },
	{ NULL, "", 0, 0, 0, 1, "" },
	{ NULL, "b", 0, 0, 100, 0,
	    "8:203.0.113.1/32 6:2001:db8::1/128 4:203.0.113.128/25 "
	    "2:203.0.113.2/32 " },
	{ NULL, "b", 2, 6, 100, 0, "4:203.0.113.128/25 " },
	{ NULL, "c", 0, 0, 100, 0, "" },
	{ "203.0.113.1", "", 0, 0, 100, 0,
	    "8:203.0.113.1/32 1:203.0.113.1/32 " },
	{ "203.0.113.1", "b", 0, 0, 100, 0, "8:203.0.113.1/32 " },
	{ "203.0.113.0/24", "", 0, 0, 100, 0,
	    "8:203.0.113.1/32 4:203.0.113.128/25 3:203.0.113.0/24 "
	    "2:203.0.113.2/32 1:203.0.113.1/32 " },
	{ "203.0.113.0/24", "", 2, 0, 1, 1, "8:203.0.113.1/32 " },
	{ "203.0.113.0/24", "", 0, 4, 2, 1,
	    "3:203.0.113.0/24 2:203.0.113.2/32 " },
	{ "203.0.113.0/25", "", 0, 0, 100, 0,
	    "8:203.0.113.1/32 2:203.0.113.2/32 1:203.0.113.1/32 " },
	{ "203.0.113.128/25", "", 0, 0, 100, 0, "4:203.0.113.128/25 " },
	{ "203.0.113.128/26", "", 0, 0, 100, 0, "" },
	{ "0.0.0.0/0", "", 0, 0, 100, 0,
	    "8:203.0.113.1/32 5:198.51.100.1/32 4:203.0.113.128/25 "
	    "3:203.0.113.0/24 2:203.0.113.2/32 1:203.0.113.1/32 " },
	{ "::/0", "", 0, 0, 100, 0, "7:2001:db8::/32 6:2001:db8::1/128 " },
};

static void
test_questions(void **state)
{
	struct store *s = open_store(*state);
	struct came came;

	commit_entries(s, eight, HEX_COUNT(eight));
	s = reopen(s, *state);
	for (size_t i = 0; i < HEX_COUNT(questions); i++) {
		struct history_query q =
		    query(questions[i].prefix, questions[i].owner,
			questions[i].since_ms, questions[i].limit);

		hex_case(
		    questions[i].prefix != NULL ? questions[i].prefix : "all");
		q.after_id = questions[i].after_id;
		assert_int_equal(ask(s, &q, &came), questions[i].rc);
		assert_string_equal(came.text, questions[i].came);
	}
	store_close(s);
}

static void
on_full_entry(void *arg, const struct history_entry *e)
{
	char prefix[PREFIX_STRLEN];

	snprintf(arg, 256, "%lld %lld %s %s %s %s %u %d %s %lld %u",
	    (long long)e->id, (long long)e->at_wall_ms,
	    history_action_name(e->action), prefix_print(&e->prefix, prefix),
	    e->owner, e->by, e->uid, (int)e->pid, e->reason,
	    (long long)e->expires_wall_ms, e->count);
}

static void
test_all_that_an_entry_has(void **state)
{
	struct history_query q = query(NULL, "", 0, 1);
	struct history_entry e;
	struct store *s = open_store(*state);
	char text[256];

	for (int i = 0; i < HISTORY_ACTIONS; i++) {
		char expected[256];

		e = entry("2001:db8:100::/48", 17, (enum history_action)i);
		e.uid = UINT32_MAX;
		e.pid = INT32_MAX;
		e.count = UINT32_MAX;
		e.by = i == 0 ? "" : "it's me";
		e.expires_wall_ms = i == 1 ? 99 : -1;
		assert_int_equal(commit_entry(s, e), 0);
		store_history(s, &q, on_full_entry, text);
		snprintf(expected, sizeof(expected),
		    "%d 17 %s 2001:db8:100::/48 a %s 4294967295 2147483647 r "
		    "%d 4294967295",
		    i + 1, history_action_name(e.action), e.by,
		    i == 1 ? 99 : -1);
		assert_string_equal(text, expected);
	}
	store_close(s);
}

static int
commit_token(struct store *s, const char *prefix, uint64_t token)
{
	struct history_entry e = entry(prefix, 1, HISTORY_REFUSED);

	e.token = token;
	return commit_entry(s, e);
}

static void
check_all(struct store *s, const char *expected)
{
	struct history_query q = query(NULL, "", 0, 100);
	struct came came;

	assert_int_equal(ask(s, &q, &came), 0);
	assert_string_equal(came.text, expected);
}

static void
test_tokens(void **state)
{
	struct history_query q = query(NULL, "", 0, 1);
	struct store *s = open_store(*state);
	struct loaded l = { 0 };
	struct came came;

	assert_int_equal(commit_token(s, "192.0.2.1", 7), 0);
	assert_int_equal(commit_token(s, "192.0.2.2", UINT64_MAX), 0);
	assert_int_equal(commit_token(s, "192.0.2.3", 0), 0);
	assert_int_equal(commit_token(s, "192.0.2.4", 0), 0);
	assert_int_equal(commit_token(s, "192.0.2.5", 7), 0);
	check_all(s,
	    "5:192.0.2.5/32 4:192.0.2.4/32 3:192.0.2.3/32 2:192.0.2.2/32 ");
	assert_int_equal(commit_token(s, "192.0.2.6", UINT64_MAX), 0);
	check_all(s,
	    "6:192.0.2.6/32 5:192.0.2.5/32 4:192.0.2.4/32 3:192.0.2.3/32 ");
	q.after_id = 2; /* which is replaced */
	assert_int_equal(ask(s, &q, &came), 0);
	assert_string_equal(came.text, "");
	q.after_id = 5;
	assert_int_equal(commit_token(s, "192.0.2.7", 7), 0);
	assert_int_equal(ask(s, &q, &came), 1);
	assert_string_equal(came.text, "4:192.0.2.4/32 ");
	/* the next speaker gives its own */
	assert_int_equal(store_load(s, NOW, on_record, &l), 0);
	assert_int_equal(commit_token(s, "192.0.2.8", 7), 0);
	check_all(s,
	    "8:192.0.2.8/32 7:192.0.2.7/32 6:192.0.2.6/32 4:192.0.2.4/32 "
	    "3:192.0.2.3/32 ");
	store_close(s);
}

/* Entries of a moment each, n ms apart. */
static void
fill(struct store *s, uint32_t count, int64_t apart_ms)
{
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct history_entry e = entry("10.0.0.0", 0, HISTORY_ADDED);

		e.prefix = nth_claim(i, -1).prefix;
		e.at_wall_ms = (int64_t)i * apart_ms;
		channel_put_history(&out, &e);
	}
	assert_int_equal(commit_out(s, &out), 0);
	wire_out_fini(&out);
}

/* How many there are, and which is the oldest. */
static void
check_left(struct store *s, int count, int64_t oldest_id)
{
	struct history_query q = query(NULL, "", 0, 100000);
	struct came came;

	assert_int_equal(ask(s, &q, &came), 0);
	assert_int_equal(came.count, count);
	assert_int_equal(came.last_id, oldest_id);
}

static void
test_prune_by_rows(void **state)
{
	struct store_limits limits = { .age_ms = INT64_MAX / 2, .rows = 700 };
	struct store *s = open_store(*state);

	fill(s, 2000, 1);
	for (int step = 1; step <= 2; step++) {
		assert_int_equal(store_prune(s, &limits, NOW), 1);
		check_left(s, 2000 - step * 500, step * 500 + 1);
	}
	assert_int_equal(store_prune(s, &limits, NOW), 0);
	check_left(s, 700, 1301);
	assert_int_equal(store_prune(s, &limits, NOW), 0);
	s = reopen(s, *state);
	limits.rows = 699; /* a reload */
	assert_int_equal(store_prune(s, &limits, NOW), 0);
	check_left(s, 699, 1302);
	limits.rows = 0;
	assert_int_equal(store_prune(s, &limits, NOW), 1);
	assert_int_equal(store_prune(s, &limits, NOW), 0);
	check_left(s, 0, 0);
	fill(s, 1, 1); /* ids grow */
	limits.rows = 1;
	assert_int_equal(store_prune(s, &limits, NOW), 0);
	check_left(s, 1, 2001);
	store_close(s);
}

static void
test_prune_by_age(void **state)
{
	struct store_limits limits = { .age_ms = 400, .rows = 100000 };
	struct store *s = open_store(*state);

	fill(s, 1000, 1);
	assert_int_equal(store_prune(s, &limits, 400), 0);
	check_left(s, 1000, 1);
	assert_int_equal(store_prune(s, &limits, 410), 0);
	check_left(s, 990, 11);
	assert_int_equal(store_prune(s, &limits, 10000), 1);
	check_left(s, 490, 511);
	assert_int_equal(store_prune(s, &limits, 10000), 0);
	check_left(s, 0, 0);
	store_close(s);
}

/* Those that were replaced are not there to be pruned. */
static void
test_prune_with_tokens(void **state)
{
	struct store_limits limits = { .age_ms = INT64_MAX / 2, .rows = 3 };
	struct store *s = open_store(*state);

	fill(s, 2, 1);
	for (int i = 0; i < 10; i++)
		assert_int_equal(commit_token(s, "192.0.2.1", 7), 0);
	assert_int_equal(store_prune(s, &limits, NOW), 0);
	check_left(s, 3, 1);
	store_close(s);
}

/* Many in one prefix, few in another: both ways to look for them. */
static void
test_many_in_one_prefix(void **state)
{
	struct history_query q = query("10.0.0.0/8", "", 0, 2);
	struct store *s = open_store(*state);
	struct came came;

	fill(s, 12000, 1);
	assert_int_equal(commit_token(s, "192.0.2.1", 0), 0);
	assert_int_equal(ask(s, &q, &came), 1);
	assert_string_equal(came.text,
	    "12000:10.0.46.223/32 "
	    "11999:10.0.46.222/32 ");
	q.owner = "a";
	q.after_id = 11999;
	assert_int_equal(ask(s, &q, &came), 1);
	assert_string_equal(came.text,
	    "11998:10.0.46.221/32 "
	    "11997:10.0.46.220/32 ");
	q = query("10.0.0.0/30", "", 1, 10);
	assert_int_equal(ask(s, &q, &came), 0);
	assert_string_equal(came.text,
	    "4:10.0.0.3/32 3:10.0.0.2/32 2:10.0.0.1/32 ");
	store_close(s);
}

/* Of SQLite's machine. */
#define STEPS_AT_ONCE 10
#define STEPS_MAX 2000

static int
on_steps(void *arg)
{
	int *steps = arg;

	*steps += STEPS_AT_ONCE;
	return 0;
}

static void
check_steps(const char *what, int *steps)
{
	hex_case(what);
	assert_in_range(*steps, 0, STEPS_MAX);
	*steps = 0;
}

/* What is done often takes as few steps as it does with ten. */
static void
test_many_make_nothing_slow(void **state)
{
	struct store_limits limits = { .age_ms = 200000, .rows = 200000 };
	struct history_query q = query(NULL, "", 0, 10);
	struct store *s = open_store(*state);
	struct came came;
	int steps = 0;

	fill(s, 100000, 1);
	sqlite3_progress_handler(s->db, STEPS_AT_ONCE, on_steps, &steps);
	assert_int_equal(commit_token(s, "192.0.2.1", 0), 0);
	check_steps("a commit", &steps);
	assert_int_equal(store_prune(s, &limits, 100000), 0);
	check_steps("nothing to prune", &steps);
	assert_int_equal(ask(s, &q, &came), 1);
	check_steps("the newest", &steps);
	q.after_id = 50000;
	assert_int_equal(ask(s, &q, &came), 1);
	check_steps("a page in the middle", &steps);
	q = query(NULL, "a", 0, 10);
	assert_int_equal(ask(s, &q, &came), 1);
	check_steps("the newest of an owner", &steps);
	q = query("10.0.0.7", "", 0, 10);
	assert_int_equal(ask(s, &q, &came), 0);
	assert_int_equal(came.count, 1);
	check_steps("one prefix", &steps);
	store_close(s);
}

static void
test_without_disk(void **state)
{
	struct store_limits limits = { .age_ms = 1, .rows = 1 };
	struct history_query q = query(NULL, "", 0, 1);
	char path[TMPDIR_PATH_MAX];
	struct store *s;
	struct came came;

	assert_int_equal(mkdir(tmpdir_path(path, *state, "victims.db"), 0700),
	    0);
	s = store_open(*state);
	assert_non_null(s);
	assert_int_equal(ask(s, &q, &came), -1);
	assert_non_null(strstr(store_error(s), "Is a directory"));
	assert_int_equal(store_prune(s, &limits, NOW), 0);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_questions),
		tmpdir_test(test_all_that_an_entry_has),
		tmpdir_test(test_tokens),
		tmpdir_test(test_prune_by_rows),
		tmpdir_test(test_prune_by_age),
		tmpdir_test(test_prune_with_tokens),
		tmpdir_test(test_many_in_one_prefix),
		tmpdir_test(test_many_make_nothing_slow),
		tmpdir_test(test_without_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
