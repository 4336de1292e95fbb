/*
 * A damaged database is kept aside untouched, and what can be read of it is
 * in the new one.
 */
#include "store_ground.h"

/* Claims enough for many pages. */
#define MANY 5000
#define PAGE 4096L
#define SETTINGS "00 01 0003 0001 61"

/* A whole file on the heap. */
static uint8_t *
read_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "rb");
	uint8_t *bytes;

	assert_non_null(in);
	assert_int_equal(fseek(in, 0, SEEK_END), 0);
	*len = (size_t)ftell(in);
	rewind(in);
	bytes = malloc(*len + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *len, in), *len);
	(void)fclose(in);
	return bytes;
}

/* The one file whose name begins and ends so, or "". */
static void
find_file(const char *directory, const char *begin, const char *end,
    char path[TMPDIR_PATH_MAX])
{
	DIR *dir = opendir(directory);
	struct dirent *file;
	size_t len;

	path[0] = '\0';
	assert_non_null(dir);
	while ((file = readdir(dir)) != NULL) {
		len = strlen(file->d_name);
		if (strncmp(file->d_name, begin, strlen(begin)) == 0 &&
		    len >= strlen(end) &&
		    strcmp(file->d_name + len - strlen(end), end) == 0)
			tmpdir_path(path, directory, file->d_name);
	}
	closedir(dir);
}

/* Nothing but the database and what was kept. */
static void
check_no_leftovers(const char *directory)
{
	char path[TMPDIR_PATH_MAX];

	find_file(directory, "victims.db.copy", "", path);
	assert_string_equal(path, "");
	find_file(directory, "victims.db.new", "", path);
	assert_string_equal(path, "");
}

/* A database of many claims and settings, closed. */
static void
make_many(const char *directory)
{
	struct store *s = open_store(directory);
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (uint32_t i = 0; i < MANY; i++) {
		struct stored_claim c = nth_claim(i, -1);

		channel_put_claim(&out, &c);
	}
	assert_int_equal(commit_out(s, &out), 0);
	assert_int_equal(commit_settings(s, SETTINGS), 0);
	wire_out_fini(&out);
	store_close(s);
}

/* Which of the many claims are there. */
struct found {
	bool is_there[MANY];
	size_t count;
};

static int
find_claim(void *arg, const struct record *r)
{
	const uint8_t *addr = r->claim.prefix.addr;
	uint32_t n = (uint32_t)addr[1] << 16 | (uint32_t)addr[2] << 8 | addr[3];
	struct found *found = arg;

	assert_int_equal(r->kind, RECORD_CLAIM);
	assert_true(n < MANY);
	found->is_there[n] = true;
	found->count++;
	return 0;
}

/*
 * Opens what was damaged; at least so many claims are there, and what says
 * store_trouble is true.  Gives how many.
 */
static size_t
check_salvaged(const char *directory, size_t at_least)
{
	struct store *s = store_open(directory);
	struct found found = { .count = 0 };
	char text[64];

	assert_non_null(s);
	assert_int_equal(store_load(s, NOW, find_claim, &found), 0);
	snprintf(text, sizeof(text), "begun with the %zu claims", found.count);
	assert_non_null(strstr(store_trouble(s), text));
	assert_non_null(strstr(store_trouble(s), "is kept as"));
	assert_true(found.count >= at_least);
	check_no_leftovers(directory);
	assert_int_equal(count_kept(directory), 1);
	commit_one(s, nth_claim(1, -1));
	s = reopen(s, directory); /* the new one is sound */
	store_close(s);
	return found.count;
}

static void
test_damage(void **state)
{
	static const struct {
		const char *name;
		off_t place; /* negative: from the end */
		size_t len;
		size_t at_least; /* claims that are salvaged */
		bool settings;
	} cases[] = {
		{ "the name in the header", 0, 17, MANY, true },
		{ "the first page", 0, PAGE, MANY, true },
		{ "the size of a page", 16, 2, MANY, true },
		{ "the first table", 100, 500, MANY, true },
		{ "the root of the claims", PAGE, PAGE, 0, true },
		{ "the settings", 2 * PAGE, PAGE, MANY, false },
		{ "a page in the middle", 40 * PAGE, PAGE, MANY - 500, true },
		{ "two in the middle", 40 * PAGE, 2 * PAGE, MANY - 500, true },
		{ "from the first row on", 3 * PAGE, 20 * PAGE, MANY / 4,
		    true },
		{ "half of the last page", -PAGE / 2, PAGE / 2, MANY - 500,
		    true },
		{ "everything", 0, 1000000, 0, false },
	};
	char path[TMPDIR_PATH_MAX], kept[TMPDIR_PATH_MAX], *junk;
	uint8_t *before, *after;
	size_t before_len, after_len;
	struct store *s;
	struct stat st;

	junk = malloc(1000000);
	assert_non_null(junk);
	memset(junk, 0x5a, 1000000);
	tmpdir_path(path, *state, "victims.db");
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		make_many(*state);
		assert_int_equal(stat(path, &st), 0);
		tmpdir_write(path, junk, cases[i].len,
		    cases[i].place + (cases[i].place < 0 ? st.st_size : 0));
		before = read_file(path, &before_len);
		check_salvaged(*state, cases[i].at_least);
		find_file(*state, "victims.db.unreadable-", "Z", kept);
		after = read_file(kept, &after_len);
		assert_int_equal(after_len, before_len);
		assert_memory_equal(after, before, after_len);
		free(before);
		free(after);
		s = open_store(*state);
		check_settings(s, cases[i].settings ? SETTINGS : "00");
		store_close(s);
		assert_int_equal(unlink(kept), 0);
		assert_int_equal(unlink(path), 0);
	}
	free(junk);
}

/* Each second page is damaged: the claims of the others are there. */
static void
test_damage_here_and_there(void **state)
{
	char path[TMPDIR_PATH_MAX], junk[PAGE];
	struct stat st;

	make_many(*state);
	tmpdir_path(path, *state, "victims.db");
	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(stat(path, &st), 0);
	for (off_t at = 2 * PAGE; at < st.st_size; at += 2 * PAGE)
		tmpdir_write(path, junk, sizeof(junk), at);
	assert_in_range(check_salvaged(*state, 1), MANY / 4, MANY - 1);
}

/* The disk gave only the beginning of it back. */
static void
test_truncated(void **state)
{
	static const struct {
		const char *name;
		off_t len;
		size_t at_least;
	} cases[] = {
		{ "to the first page", PAGE, 0 },
		{ "to half a page", PAGE / 2, 0 },
		{ "to a quarter", 30 * PAGE, 500 },
		{ "by a page", -PAGE, MANY - 500 },
		{ "by half a page", -PAGE / 2, MANY - 500 },
	};
	char path[TMPDIR_PATH_MAX], kept[TMPDIR_PATH_MAX];
	struct stat st;

	tmpdir_path(path, *state, "victims.db");
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		make_many(*state);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(truncate(path,
				     cases[i].len +
					 (cases[i].len < 0 ? st.st_size : 0)),
		    0);
		check_salvaged(*state, cases[i].at_least);
		find_file(*state, "victims.db.unreadable-", "Z", kept);
		assert_int_equal(unlink(kept), 0);
		assert_int_equal(unlink(path), 0);
	}
}

/* Copies the database as it lies there while it is open, as a crash does. */
static void
crash(const char *directory)
{
	static const char *const names[] = { "victims.db", "victims.db-wal" };
	char from[TMPDIR_PATH_MAX], to[TMPDIR_PATH_MAX];
	uint8_t *bytes;
	size_t len;

	for (size_t i = 0; i < HEX_COUNT(names); i++) {
		char name[64];

		bytes = read_file(tmpdir_path(from, directory, names[i]), &len);
		snprintf(name, sizeof(name), "crashed/%s", names[i]);
		tmpdir_write(tmpdir_path(to, directory, name), bytes, len, 0);
		free(bytes);
	}
}

/* Two commits that are in the log only; gives the directory. */
static const char *
make_log(const char *directory, char crashed[TMPDIR_PATH_MAX])
{
	struct store *s = open_store(directory);

	tmpdir_path(crashed, directory, "crashed");
	assert_int_equal(mkdir(crashed, 0700), 0);
	store_close(s);
	s = open_store(directory);
	commit_one(s, nth_claim(1, -1));
	commit_one(s, nth_claim(2, -1));
	crash(directory);
	store_close(s);
	return crashed;
}

/* A commit is whole or not at all. */
static void
test_torn_log(void **state)
{
	char crashed[TMPDIR_PATH_MAX], log[TMPDIR_PATH_MAX];
	struct store *s;
	struct stat st;

	make_log(*state, crashed);
	tmpdir_path(log, *state, "crashed/victims.db-wal");
	assert_int_equal(stat(log, &st), 0);
	tmpdir_write(log, "torn", 4, st.st_size - 100);
	s = open_store(crashed);
	check_stored(s, "10.0.0.1/32 a r  5 -1 -1\n");
	commit_one(s, nth_claim(3, -1));
	s = reopen(s, crashed);
	check_stored(s, "10.0.0.1/32 a r  5 -1 -1\n10.0.0.3/32 a r  5 -1 -1\n");
	store_close(s);
}

/* What is in the log counts for what is salvaged. */
static void
test_damaged_with_log(void **state)
{
	char crashed[TMPDIR_PATH_MAX], path[TMPDIR_PATH_MAX];
	char junk[PAGE];

	make_log(*state, crashed);
	memset(junk, 0x5a, sizeof(junk));
	/* the history, which the log does not have */
	tmpdir_write(tmpdir_path(path, *state, "crashed/victims.db"), junk,
	    sizeof(junk), 4 * PAGE);
	assert_int_equal(check_salvaged(crashed, 2), 2);
	find_file(crashed, "victims.db.unreadable-", "-wal", path);
	assert_string_not_equal(path, ""); /* the log is kept as well */
}

/* We were killed when the old one was away and the new one not yet there. */
static void
test_killed_half_way(void **state)
{
	char path[TMPDIR_PATH_MAX], fresh[TMPDIR_PATH_MAX];
	struct store *s = open_store(*state);

	commit_one(s, claim("203.0.113.7", "a", -1));
	store_close(s);
	assert_int_equal(rename(tmpdir_path(path, *state, "victims.db"),
			     tmpdir_path(fresh, *state, "victims.db.new")),
	    0);
	s = open_store(*state);
	check_stored(s, "203.0.113.7/32 a r  5 -1 -1\n");
	check_no_leftovers(*state);
	store_close(s);
}

static void
damage_settings(const char *directory)
{
	char path[TMPDIR_PATH_MAX], junk[PAGE];

	memset(junk, 0x5a, sizeof(junk));
	tmpdir_write(tmpdir_path(path, directory, "victims.db"), junk,
	    sizeof(junk), 2 * PAGE);
}

/* A claim as it is stored now, and what the history tells of it. */
static void
commit_change(struct store *s, struct stored_claim c, int64_t at_ms,
    enum history_action action)
{
	struct history_entry e = entry("203.0.113.7", at_ms, action);
	struct wire_out out;

	e.prefix = c.prefix;
	e.owner = c.owner;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_claim(&out, &c);
	channel_put_history(&out, &e);
	assert_int_equal(commit_out(s, &out), 0);
	wire_out_fini(&out);
}

/* A page of claims is as it was before one was withdrawn. */
static void
test_page_that_is_old(void **state)
{
	struct stored_claim stays = claim("203.0.113.7", "a", -1);
	struct stored_claim goes = claim("203.0.113.8", "a", -1);
	struct store *s = open_store(*state);
	char path[TMPDIR_PATH_MAX];
	uint8_t *before;
	size_t len;

	commit_change(s, stays, 5, HISTORY_ADDED);
	commit_change(s, goes, 5, HISTORY_ADDED);
	store_close(s);
	before = read_file(tmpdir_path(path, *state, "victims.db"), &len);
	s = open_store(*state);
	goes.ended = true;
	commit_change(s, goes, 6, HISTORY_WITHDRAWN);
	check_stored(s, "203.0.113.7/32 a r  5 -1 -1\n");
	store_close(s);
	tmpdir_write(path, (char *)before + PAGE, PAGE, PAGE);
	free(before);
	damage_settings(*state);
	s = store_open(*state);
	assert_non_null(s);
	assert_non_null(strstr(store_trouble(s),
	    "with the 1 claims that could be read (1 that had ended"));
	check_stored(s, "203.0.113.7/32 a r  5 -1 -1\n");
	store_close(s);
}

/* Only what tells for sure that a claim had ended keeps it out. */
static void
test_what_the_history_tells(void **state)
{
	static const struct {
		const char *name;
		int64_t at_ms[3]; /* 0: no entry; the claim is since 5 */
		enum history_action action[3];
		const char *owner;
		bool stays;
	} cases[] = {
		{ "nothing", { 0 }, { 0 }, "a", true },
		{ "added", { 5 }, { HISTORY_ADDED }, "a", true },
		{ "withdrawn", { 5, 5 }, { HISTORY_ADDED, HISTORY_WITHDRAWN },
		    "a", false },
		{ "expired", { 5, 9 }, { HISTORY_ADDED, HISTORY_EXPIRED }, "a",
		    false },
		{ "refused since", { 5, 6, 7 },
		    { HISTORY_ADDED, HISTORY_WITHDRAWN, HISTORY_REFUSED }, "a",
		    false },
		{ "held", { 5, 6 }, { HISTORY_ADDED, HISTORY_HELD }, "a",
		    true },
		{ "came back", { 2, 4, 5 },
		    { HISTORY_ADDED, HISTORY_WITHDRAWN, HISTORY_ADDED }, "a",
		    true },
		{ "came back when the clock was behind", { 7, 8, 5 },
		    { HISTORY_ADDED, HISTORY_WITHDRAWN, HISTORY_ADDED }, "a",
		    true },
		{ "came back, of which nothing is left", { 2, 4 },
		    { HISTORY_ADDED, HISTORY_WITHDRAWN }, "a", true },
		{ "that of another owner", { 5, 6 },
		    { HISTORY_ADDED, HISTORY_WITHDRAWN }, "b", true },
	};
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	char path[TMPDIR_PATH_MAX];
	struct store *s;

	tmpdir_path(path, *state, "victims.db");
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		s = open_store(*state);
		commit_one(s, c);
		for (int n = 0; n < 3 && cases[i].at_ms[n] != 0; n++) {
			struct history_entry e = entry("203.0.113.7",
			    cases[i].at_ms[n], cases[i].action[n]);

			e.owner = cases[i].owner;
			assert_int_equal(commit_entry(s, e), 0);
		}
		store_close(s);
		damage_settings(*state);
		s = store_open(*state);
		assert_non_null(s);
		check_stored(s,
		    cases[i].stays ? "203.0.113.7/32 a r  5 -1 -1\n" : "");
		store_close(s);
		assert_int_equal(unlink(path), 0);
	}
}

/* What was left behind by one that was killed earlier does no harm. */
static void
test_killed_before(void **state)
{
	char path[TMPDIR_PATH_MAX];

	make_many(*state);
	tmpdir_write(tmpdir_path(path, *state, "victims.db"), "junk", 4, 0);
	tmpdir_write(tmpdir_path(path, *state, "victims.db.new"), "junk", 4, 0);
	tmpdir_write(tmpdir_path(path, *state, "victims.db.copy-wal"), "junk",
	    4, 0);
	assert_int_equal(check_salvaged(*state, MANY), MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_damage),
		tmpdir_test(test_damage_here_and_there),
		tmpdir_test(test_truncated),
		tmpdir_test(test_torn_log),
		tmpdir_test(test_damaged_with_log),
		tmpdir_test(test_killed_half_way),
		tmpdir_test(test_killed_before),
		tmpdir_test(test_page_that_is_old),
		tmpdir_test(test_what_the_history_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
