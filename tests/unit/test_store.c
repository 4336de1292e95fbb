/*
 * The database on a real disk: what is stored is there after it was opened
 * again.
 */
#include "store_ground.h"

static void
test_is_there_after_reopening(void **state)
{
	struct stored_claim c[] = {
		claim("203.0.113.7", "a", 2000),
		claim("203.0.113.7", "b", -1),
		claim("2001:db8::7", "a", 3000),
	};
	struct store *s = open_store(*state);

	c[0].held = true;
	c[1].reason = "it's \"quoted\"; \xc3\xa4";
	c[1].neighbors = "transit-a,transit-b";
	check_stored(s, "");
	assert_int_equal(commit(s, c, 3), 0);
	s = reopen(s, *state);
	check_stored(s,
	    "2001:db8::7/128 a r  5 3000 2995\n"
	    "203.0.113.7/32 a r  5 2000 1995 held\n"
	    "203.0.113.7/32 b it's \"quoted\"; \xc3\xa4 "
	    "transit-a,transit-b 5 -1 -1\n");
	store_close(s);
}

static void
test_refresh_and_end(void **state)
{
	struct stored_claim c[] = {
		claim("203.0.113.7", "a", 2000),
		claim("203.0.113.7", "b", 2000),
		claim("203.0.113.8", "a", 2000),
	};
	struct store *s = open_store(*state);

	assert_int_equal(commit(s, c, 3), 0);
	c[0].expires_wall_ms = 9000;
	c[1].ended = true;
	c[2].ended = true;
	assert_int_equal(commit(s, c, 3), 0);
	commit_one(s, c[2]); /* to end what is not there is fine */
	s = reopen(s, *state);
	check_stored(s, "203.0.113.7/32 a r  5 9000 1995\n");
	store_close(s);
}

static void
test_expired_ones_are_forgotten(void **state)
{
	struct stored_claim c[] = {
		claim("203.0.113.7", "a", NOW),
		claim("203.0.113.8", "a", NOW + 1),
	};
	struct loaded l = { 0 };
	struct store *s = open_store(*state);

	assert_int_equal(commit(s, c, 2), 0);
	check_stored(s,
	    "203.0.113.7/32 a r  5 1000 995 ended\n"
	    "203.0.113.8/32 a r  5 1001 996\n");
	assert_int_equal(store_load(s, 0, on_record, &l), 0);
	assert_int_equal(l.count, 1);
	store_close(s);
}

/* Half of a transaction is none. */
static void
test_malformed_commit(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", 2000);
	struct store *s = open_store(*state);
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_claim(&out, &c);
	wire_put_u8(&out, 0xff);
	assert_int_equal(store_commit(s, NOW, wire_in(out.bytes, out.len)), -1);
	assert_string_not_equal(store_error(s), "");
	wire_out_fini(&out);
	check_stored(s, "");
	commit_one(s, c); /* and the next one works */
	check_stored(s, "203.0.113.7/32 a r  5 2000 1995\n");
	store_close(s);
}

static void
test_large_commit(void **state)
{
	enum {
		COUNT = 20000
	};
	struct stored_claim *c = calloc(COUNT, sizeof(*c));
	struct store *s = open_store(*state);
	struct loaded l = { 0 };

	assert_non_null(c);
	for (uint32_t i = 0; i < COUNT; i++)
		c[i] = nth_claim(i, -1);
	assert_int_equal(commit(s, c, COUNT), 0);
	s = reopen(s, *state);
	assert_int_equal(store_load(s, NOW, on_record, &l), 0);
	assert_int_equal(l.count, COUNT);
	store_close(s);
	free(c);
}

static void
test_mode(void **state)
{
	char path[TMPDIR_PATH_MAX];
	mode_t before = umask(0);
	struct store *s = open_store(*state);
	struct stat st;

	umask(before);
	assert_int_equal(stat(tmpdir_path(path, *state, "victims.db"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(tmpdir_path(path, *state, "victims.db-wal"), &st),
	    0);
	assert_int_equal(st.st_mode & 07777, 0600);
	store_close(s);
}

/* The disk's fault is no reason to put anything aside. */
static void
test_cannot_be_opened(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	char path[TMPDIR_PATH_MAX];
	struct loaded l = { 0 };
	struct store *s;

	tmpdir_path(path, *state, "victims.db");
	assert_int_equal(mkdir(path, 0700), 0);
	s = store_open(*state);
	assert_non_null(s);
	assert_non_null(strstr(store_trouble(s), "Is a directory"));
	assert_int_equal(store_load(s, NOW, on_record, &l), -1);
	assert_int_equal(commit(s, &c, 1), -1);
	assert_non_null(strstr(store_error(s), "Is a directory"));
	assert_int_equal(rmdir(path), 0);
	commit_one(s, c); /* the disk is back */
	check_stored(s, "203.0.113.7/32 a r  5 -1 -1\n");
	store_close(s);
}

static void
test_empty_file(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct store *s;

	tmpdir_write(tmpdir_path(path, *state, "victims.db"), "", 0, 0);
	s = open_store(*state);
	check_stored(s, "");
	store_close(s);
}

#define DISABLED_A "00 01 0003 0001 61"
#define DISABLED_B "00 01 0003 0001 62"

static void
test_settings(void **state)
{
	struct store *s = open_store(*state);

	check_settings(s, "00");
	assert_int_equal(commit_settings(s, DISABLED_A), 0);
	s = reopen(s, *state);
	check_settings(s, DISABLED_A);
	assert_int_equal(commit_settings(s, DISABLED_B), 0);
	check_settings(s, DISABLED_B);
	assert_int_equal(commit_settings(s, ""), 0);
	s = reopen(s, *state);
	check_settings(s, "00");
	store_close(s);
}

/* Those of version 0.1.0 are told and no more; claims are loaded. */
static void
test_settings_without_sense(void **state)
{
	struct store *s = open_store(*state);
	struct wire_out out;

	commit_one(s, claim("203.0.113.7", "a", -1));
	assert_int_equal(commit_settings(s, "01 61"), 0);
	s = reopen(s, *state);
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	assert_int_equal(store_get_settings(s, &out), -1);
	assert_int_equal(out.len, 0);
	assert_false(out.failed);
	assert_non_null(strstr(store_error(s), "make no sense"));
	assert_string_equal(store_trouble(s), "");
	check_stored(s, "203.0.113.7/32 a r  5 -1 -1\n");
	assert_int_equal(commit_settings(s, DISABLED_A), 0);
	check_settings(s, DISABLED_A);
	wire_out_fini(&out);
	store_close(s);
}

static void
test_recurrences(void **state)
{
	struct stored_recurrence r[] = {
		{ .count = 3, .ended_wall_ms = 9 },
		{ .count = UINT32_MAX, .ended_wall_ms = -1 },
	};
	struct store *s = open_store(*state);
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (size_t i = 0; i < HEX_COUNT(r); i++) {
		assert_int_equal(prefix_parse(&r[i].prefix,
				     i == 0 ? "203.0.113.1" : "2001:db8::1"),
		    PREFIX_OK);
		channel_put_recurrence(&out, &r[i]);
	}
	assert_int_equal(commit_out(s, &out), 0);
	s = reopen(s, *state);
	check_stored(s,
	    "2001:db8::1/128 came back -1 ended -1\n"
	    "203.0.113.1/32 came back 3 ended 9\n");
	r[0].count = 4;
	r[1].forgotten = true;
	channel_put_recurrence(&out, &r[0]);
	channel_put_recurrence(&out, &r[1]);
	assert_int_equal(commit_out(s, &out), 0);
	check_stored(s, "203.0.113.1/32 came back 4 ended 9\n");
	wire_out_fini(&out);
	store_close(s);
}

/* A clock that is before the last commit: see store_check_clock. */
static void
test_clock(void **state)
{
	static const struct {
		const char *name;
		int64_t now_ms;
		int rc;
		const char *stored;
	} cases[] = {
		{ "it goes on", NOW + 1, 0,
		    "203.0.113.1/32 a r  5 2000 1995\n"
		    "203.0.113.2/32 a r  5 -1 -1\n"
		    "203.0.113.3/32 a r  900 1800 900\n"
		    "203.0.113.9/32 came back 3 ended 950\n" },
		{ "it stands", NOW, 0,
		    "203.0.113.1/32 a r  5 2000 1995\n"
		    "203.0.113.2/32 a r  5 -1 -1\n"
		    "203.0.113.3/32 a r  900 1800 900\n"
		    "203.0.113.9/32 came back 3 ended 950\n" },
		{ "it is wrong", 800, 1,
		    "203.0.113.1/32 a r  5 2795 1995\n"
		    "203.0.113.2/32 a r  5 -1 -1\n"
		    "203.0.113.3/32 a r  800 1700 900\n"
		    "203.0.113.9/32 came back 3 ended 800\n" },
		{ "it is as wrong as before", 801, 0,
		    "203.0.113.1/32 a r  5 2795 1995\n"
		    "203.0.113.2/32 a r  5 -1 -1\n"
		    "203.0.113.3/32 a r  800 1700 900\n"
		    "203.0.113.9/32 came back 3 ended 800\n" },
	};
	struct stored_recurrence r = { .count = 3, .ended_wall_ms = 950 };
	struct stored_claim c[] = { claim("203.0.113.1", "a", 2000),
		claim("203.0.113.2", "a", -1),
		claim("203.0.113.3", "a", 1800) };
	struct store *s = open_store(*state);
	struct wire_out out;

	assert_int_equal(store_check_clock(s, 1), 0); /* a new one */
	assert_int_equal(prefix_parse(&r.prefix, "203.0.113.9"), PREFIX_OK);
	c[2].since_wall_ms = 900;
	c[2].ttl_ms = 900;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_recurrence(&out, &r);
	assert_int_equal(commit_out(s, &out), 0);
	assert_int_equal(commit(s, c, 3), 0);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		s = reopen(s, *state);
		assert_int_equal(store_check_clock(s, cases[i].now_ms),
		    cases[i].rc);
		check_stored(s, cases[i].stored);
	}
	wire_out_fini(&out);
	store_close(s);
}

static int
commit_at(struct store *s, int64_t now_ms)
{
	return store_commit(s, now_ms, wire_in(NULL, 0));
}

/* Of many soon after another the last is known to a second. */
static void
test_clock_after_many(void **state)
{
	struct store *s = open_store(*state);
	uint8_t nonsense = 0xff;
	int64_t now_ms = NOW;

	for (int i = 0; i < 100; i++) {
		now_ms += 70;
		assert_int_equal(commit_at(s, now_ms), 0);
	}
	assert_int_equal(store_check_clock(s, now_ms), 0);
	assert_int_equal(store_check_clock(s, now_ms - 1000), 1);
	/* one that is undone is none */
	now_ms += 5000;
	assert_int_equal(store_commit(s, now_ms, wire_in(&nonsense, 1)), -1);
	assert_int_equal(store_check_clock(s, now_ms - 1), 0);
	assert_int_equal(commit_at(s, now_ms), 0);
	assert_int_equal(store_check_clock(s, now_ms - 1), 1);
	/* one after the clock was set back counts from then on */
	assert_int_equal(commit_at(s, now_ms - 3000), 0);
	assert_int_equal(store_check_clock(s, now_ms - 3000), 0);
	store_close(s);
}

/* 203.0.113.0/24 is exempted from 900 ms to 1900 ms. */
static void
test_clock_and_settings(void **state)
{
	struct store *s = open_store(*state);

	assert_int_equal(
	    commit_settings(s,
		"00 03 0026 00 18 cb007100 000000000000000000000000 "
		"0000000000000384 000000000000076c 0000 0000"),
	    0);
	assert_int_equal(store_check_clock(s, 256), 1);
	check_settings(s,
	    "00 03 0026 00 18 cb007100 000000000000000000000000 "
	    "0000000000000100 00000000000004e8 0000 0000");
	store_close(s);
}

/* As it is with claims: told, and stored once the disk is back. */
static void
test_settings_without_disk(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct wire_out out;
	struct store *s;

	tmpdir_path(path, *state, "victims.db");
	assert_int_equal(mkdir(path, 0700), 0);
	s = store_open(*state);
	assert_non_null(s);
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	assert_int_equal(store_get_settings(s, &out), -1);
	wire_out_fini(&out);
	assert_int_equal(commit_settings(s, DISABLED_A), -1);
	assert_non_null(strstr(store_error(s), "Is a directory"));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(commit_settings(s, DISABLED_A), 0);
	check_settings(s, DISABLED_A);
	store_close(s);
}

/* The log was taken away: what is in it is merged, and a new one begun. */
static void
test_log_taken_away(void **state)
{
	struct store *s = open_store(*state);
	char log[TMPDIR_PATH_MAX];

	tmpdir_path(log, *state, "victims.db-wal");
	commit_one(s, nth_claim(1, -1));
	assert_int_equal(unlink(log), 0);
	commit_one(s, nth_claim(2, -1));
	assert_int_equal(access(log, F_OK), 0);
	assert_string_equal(store_trouble(s), "");
	check_stored(s, "10.0.0.1/32 a r  5 -1 -1\n10.0.0.2/32 a r  5 -1 -1\n");
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_is_there_after_reopening),
		tmpdir_test(test_refresh_and_end),
		tmpdir_test(test_expired_ones_are_forgotten),
		tmpdir_test(test_malformed_commit),
		tmpdir_test(test_large_commit),
		tmpdir_test(test_mode),
		tmpdir_test(test_cannot_be_opened),
		tmpdir_test(test_empty_file),
		tmpdir_test(test_settings),
		tmpdir_test(test_settings_without_sense),
		tmpdir_test(test_recurrences),
		tmpdir_test(test_clock),
		tmpdir_test(test_clock_after_many),
		tmpdir_test(test_clock_and_settings),
		tmpdir_test(test_settings_without_disk),
		tmpdir_test(test_log_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
