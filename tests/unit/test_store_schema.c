/*
 * Databases of former versions, in the words that they were made with, and of
 * a later one.
 */
#include "store_ground.h"

#include <sqlite3.h>

/* 0.1.0 began with these two. */
#define VERSION_1                                                         \
	"CREATE TABLE claim ( prefix TEXT NOT NULL, owner TEXT NOT NULL," \
	" reason TEXT NOT NULL, neighbors TEXT NOT NULL,"                 \
	" since INTEGER NOT NULL, expires INTEGER,"                       \
	" PRIMARY KEY (prefix, owner)) WITHOUT ROWID;"
#define VERSION_2                                                  \
	VERSION_1                                                  \
	"CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB)" \
	" WITHOUT ROWID;"
#define CLAIMS                                                                \
	"INSERT INTO claim VALUES ('203.0.113.7/32', 'a', 'r', '', 5, NULL)," \
	" ('203.0.113.8/32', 'a', 'r', '', 5, 2000),"                         \
	" ('203.0.113.9/32', 'a', 'r', 'n,m', 5, 1);"
#define STORED                          \
	"203.0.113.7/32 a r  5 -1 -1\n" \
	"203.0.113.8/32 a r  5 2000 1995\n"
#define STORED_AT_FIRST STORED "203.0.113.9/32 a r n,m 5 1 0 ended\n"

static void
run_sql(const char *directory, const char *sql)
{
	char path[TMPDIR_PATH_MAX];
	sqlite3 *db;

	tmpdir_path(path, directory, "victims.db");
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
test_migrates(void **state)
{
	static const struct {
		const char *name, *sql, *settings;
	} cases[] = {
		{ "version 1", (VERSION_1 CLAIMS "PRAGMA user_version = 1"),
		    "00" },
		{ "version 2", (VERSION_2 CLAIMS "PRAGMA user_version = 2"),
		    "00" },
		{ "version 2 with the log that it had",
		    ("PRAGMA journal_mode = WAL;" VERSION_2 CLAIMS
		     "PRAGMA user_version = 2"),
		    "00" },
		{ "version 2 with settings",
		    (VERSION_2 CLAIMS "INSERT INTO setting VALUES ('settings',"
				      " X'00010003000161');"
				      "PRAGMA user_version = 2"),
		    "00 01 0003 0001 61" },
	};
	char path[TMPDIR_PATH_MAX];
	struct history_entry e = entry("203.0.113.7", 1, HISTORY_ADDED);
	struct store *s;

	tmpdir_path(path, *state, "victims.db");
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		run_sql(*state, cases[i].sql);
		s = open_store(*state);
		assert_int_equal(store_check_clock(s, 1), 0);
		check_settings(s, cases[i].settings);
		check_stored(s, STORED_AT_FIRST);
		assert_int_equal(commit_entry(s, e), 0);
		s = reopen(s, *state);
		check_stored(s, STORED);
		store_close(s);
		assert_int_equal(count_kept(*state), 0);
		assert_int_equal(unlink(path), 0);
	}
}

/* Nothing of it is half there. */
static void
test_migrates_again(void **state)
{
	struct store *s;

	run_sql(*state, VERSION_2 CLAIMS "PRAGMA user_version = 2");
	for (int i = 0; i < 2; i++) {
		s = open_store(*state);
		check_stored(s, i == 0 ? STORED_AT_FIRST : STORED);
		store_close(s);
	}
}

/* It is not ours to change; what we understand of it is taken over. */
static void
test_later_version(void **state)
{
	struct store *s = open_store(*state);

	commit_one(s, claim("203.0.113.7", "a", -1));
	store_close(s);
	run_sql(*state, "PRAGMA user_version = 32767");
	s = store_open(*state);
	assert_non_null(s);
	assert_non_null(strstr(store_trouble(s), "version 32767 is not known"));
	assert_non_null(strstr(store_trouble(s), "with the 1 claims"));
	assert_int_equal(count_kept(*state), 1);
	check_stored(s, "203.0.113.7/32 a r  5 -1 -1\n");
	store_close(s);
}

/* Tables that are not those of its version. */
static void
test_other_tables(void **state)
{
	struct store *s;

	run_sql(*state, "CREATE TABLE other (a); PRAGMA user_version = 3");
	s = store_open(*state);
	assert_non_null(s);
	assert_non_null(strstr(store_trouble(s), "with the 0 claims"));
	assert_int_equal(count_kept(*state), 1);
	check_stored(s, "");
	store_close(s);
}

/*
 * It is ours alone, and makes no file that is mapped, for which a full disk
 * may have no room; but somebody who looks into it keeps no victim out.
 */
static void
test_alone(void **state)
{
	static const char look[] = "SELECT * FROM claim";
	struct store *s = open_store(*state);
	char path[TMPDIR_PATH_MAX];
	sqlite3 *db;

	commit_one(s, claim("203.0.113.7", "a", -1));
	tmpdir_path(path, *state, "victims.db-shm");
	assert_int_equal(access(path, F_OK), -1);
	tmpdir_path(path, *state, "victims.db");
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, look, NULL, NULL, NULL), SQLITE_BUSY);
	store_close(s);
	assert_int_equal(sqlite3_exec(db, look, NULL, NULL, NULL), SQLITE_OK);
	s = open_store(*state);
	commit_one(s, claim("203.0.113.8", "a", -1));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	check_stored(s,
	    "203.0.113.7/32 a r  5 -1 -1\n203.0.113.8/32 a r  5 -1 -1\n");
	store_close(s);
}

/* Once it is open, what it lacked at first is told no more. */
static void
check_waits(const char *directory, const char *path)
{
	struct store *s = store_open(directory);

	assert_non_null(s);
	assert_false(store_is_open(s));
	assert_non_null(strstr(store_trouble(s), path));
	assert_int_equal(unlink(path), 0);
	commit_one(s, claim("203.0.113.7", "a", -1));
	assert_string_equal(store_trouble(s), "");
	store_close(s);
}

/* It may never answer, or be somebody else's: the store waits for a file. */
static void
test_no_file(void **state)
{
	char path[TMPDIR_PATH_MAX], other[TMPDIR_PATH_MAX];

	tmpdir_path(path, *state, "victims.db");
	tmpdir_path(other, *state, "other");
	assert_int_equal(mkfifo(path, 0600), 0);
	check_waits(*state, path);
	assert_int_equal(unlink(path), 0);
	tmpdir_write(other, "", 0, 0);
	assert_int_equal(symlink(other, path), 0);
	check_waits(*state, path);
}

/* Nor what SQLite would open beside it, be the database there or not. */
static void
test_no_files_beside_it(void **state)
{
	static const char *const names[] = { "victims.db-wal",
		"victims.db-journal", "victims.db-shm" };
	char path[TMPDIR_PATH_MAX];

	for (size_t i = 0; i < 2 * HEX_COUNT(names); i++) {
		hex_case(names[i / 2]);
		tmpdir_path(path, *state, names[i / 2]);
		assert_int_equal(mkfifo(path, 0600), 0);
		check_waits(*state, path);
	}
}

/* A pipe that is in the way of a copy or a new database is taken away. */
static void
test_no_files_in_the_way(void **state)
{
	static const char *const names[] = { "victims.db.copy",
		"victims.db.copy-journal", "victims.db.new-wal",
		"victims.db.new-journal" };
	char path[TMPDIR_PATH_MAX];
	struct store *s;

	for (size_t i = 0; i < HEX_COUNT(names); i++) {
		hex_case(names[i]);
		tmpdir_path(path, *state, names[i]);
		assert_int_equal(mkfifo(path, 0600), 0);
		tmpdir_path(path, *state, "victims.db");
		(void)unlink(path);
		tmpdir_write(path, "no database", 11, 0);
		s = store_open(*state);
		assert_non_null(s);
		assert_true(store_is_open(s));
		store_close(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_migrates),
		tmpdir_test(test_migrates_again),
		tmpdir_test(test_later_version),
		tmpdir_test(test_other_tables),
		tmpdir_test(test_alone),
		tmpdir_test(test_no_file),
		tmpdir_test(test_no_files_beside_it),
		tmpdir_test(test_no_files_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
