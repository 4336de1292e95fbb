/*
 * The schema, and how a database is opened: it is believed only when it is
 * sound and of a version that we know.  Rows are in text that a person with
 * sqlite3 at hand can read, but for the prefixes of the history.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store_internal.h"

/* Each brings the schema to the version that is its place, from 1. */
static const char *const migrations[] = {
	("CREATE TABLE claim ("
	 " prefix TEXT NOT NULL,"
	 " owner TEXT NOT NULL,"
	 " reason TEXT NOT NULL,"
	 " neighbors TEXT NOT NULL," /* names with commas, or '': all */
	 " since INTEGER NOT NULL,"  /* milliseconds since 1970 */
	 " expires INTEGER,"	     /* NULL: permanent */
	 " PRIMARY KEY (prefix, owner)"
	 ") WITHOUT ROWID"),
	("CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB)"
	 " WITHOUT ROWID"),
	("ALTER TABLE claim ADD COLUMN held INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE claim ADD COLUMN ttl INTEGER;" /* NULL: permanent */
	 "UPDATE claim SET ttl = max(expires - since, 0);"
	 "CREATE TABLE recurrence ("
	 " prefix TEXT PRIMARY KEY,"
	 " count INTEGER NOT NULL,"
	 " ended INTEGER" /* NULL: it is a victim now */
	 ") WITHOUT ROWID;"
	 "CREATE TABLE history ("
	 " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	 " at INTEGER NOT NULL,"
	 " action TEXT NOT NULL,"
	 " prefix BLOB NOT NULL," /* family, address, length: in their order */
	 " owner TEXT NOT NULL,"
	 " by TEXT NOT NULL," /* '': the daemon itself */
	 " uid INTEGER NOT NULL,"
	 " pid INTEGER NOT NULL,"
	 " reason TEXT NOT NULL,"
	 " expires INTEGER,"
	 " count INTEGER NOT NULL,"
	 " token INTEGER" /* NULL: it is not replaced any more */
	 ");"
	 "CREATE INDEX history_at ON history (at);"
	 "CREATE INDEX history_prefix ON history (prefix, at, owner);"
	 "CREATE INDEX history_owner ON history (owner, at);"
	 "CREATE UNIQUE INDEX history_token ON history (token)"
	 " WHERE token IS NOT NULL"),
};
#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

/*
 * The cache holds what one transaction touches, so that a large one need not
 * spill; it is given back after each.
 */
static const char setup[] = "PRAGMA journal_mode = WAL;"
			    "PRAGMA synchronous = FULL;"
			    "PRAGMA cache_size = -32768;"
			    "PRAGMA journal_size_limit = 4194304;";
#define BUSY_MS 1000

static const char *const statement_sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[PUT_CLAIM] = ("REPLACE INTO claim"
		       " (prefix, owner, reason, neighbors, since, expires,"
		       " held, ttl) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
	[END_CLAIM] = "DELETE FROM claim WHERE prefix = ?1 AND owner = ?2",
	[LOAD_CLAIMS] = ("SELECT prefix, owner, reason, neighbors, since,"
			 " expires, held, ttl FROM claim"),
	[PRUNE_CLAIMS] = "DELETE FROM claim WHERE expires <= ?1",
	[PUT_RECURRENCE] = "REPLACE INTO recurrence VALUES (?1, ?2, ?3)",
	[END_RECURRENCE] = "DELETE FROM recurrence WHERE prefix = ?1",
	[LOAD_RECURRENCES] = "SELECT prefix, count, ended FROM recurrence",
	[PUT_SETTING] = "REPLACE INTO setting VALUES (?1, ?2)",
	[GET_SETTING] = "SELECT value FROM setting WHERE name = ?1",
	[PUT_HISTORY] = ("REPLACE INTO history (at, action, prefix, owner, by,"
			 " uid, pid, reason, expires, count, token) VALUES"
			 " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
	[FORGET_TOKENS] = ("UPDATE history SET token = NULL"
			   " WHERE token IS NOT NULL"),
	[COUNT_HISTORY] = "SELECT count(*) FROM history",
	[PRUNE_HISTORY_OLDER] =
	    ("DELETE FROM history WHERE id IN (SELECT id FROM history"
	     " WHERE at < ?1 ORDER BY at LIMIT ?2)"),
	[PRUNE_HISTORY_ROWS] =
	    ("DELETE FROM history WHERE id IN (SELECT id FROM history"
	     " ORDER BY at LIMIT ?1)"),
	[FIND_AFTER] = ("SELECT at FROM history WHERE id <= ?1"
			" ORDER BY id DESC LIMIT 1"),
};

/* The one row that sql gives, to be finalized; NULL on failure. */
static sqlite3_stmt *
query(struct store *s, const char *sql)
{
	sqlite3_stmt *row = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		return row;
	store_sqlite_failed(s);
	sqlite3_finalize(row);
	return NULL;
}

void
store_close_database(struct store *s)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
	s->last_commit_ms = 0;
}

/* The version of the schema, 0 for a new file; -1 on failure. */
static int
get_version(struct store *s)
{
	sqlite3_stmt *row = query(s, "PRAGMA user_version");
	int version;

	if (row == NULL)
		return -1;
	version = sqlite3_column_int(row, 0);
	sqlite3_finalize(row);
	if (version < 0 || version > VERSION)
		return store_failed(s, SQLITE_NOTADB,
		    "%s: version %d is not known to this rtbh-bgpd", s->path,
		    version);
	return version;
}

static int
check_soundness(struct store *s)
{
	sqlite3_stmt *row = query(s, "PRAGMA quick_check(1)");
	const char *verdict;
	bool sound;

	if (row == NULL)
		return -1;
	verdict = (const char *)sqlite3_column_text(row, 0);
	sound = verdict != NULL && strcmp(verdict, "ok") == 0;
	sqlite3_finalize(row);
	if (!sound)
		return store_failed(s, SQLITE_CORRUPT,
		    "%s: the database is damaged", s->path);
	return 0;
}

static int
migrate(struct store *s, int version)
{
	char sql[64];

	for (; version < VERSION; version++) {
		snprintf(sql, sizeof(sql), "PRAGMA user_version = %d; COMMIT",
		    version + 1);
		if (store_run(s, "BEGIN IMMEDIATE") == -1 ||
		    store_run(s, migrations[version]) == -1 ||
		    store_run(s, sql) == -1)
			return -1;
	}
	return 0;
}

static int
prepare(struct store *s)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		if (sqlite3_prepare_v3(s->db, statement_sql[i], -1,
			SQLITE_PREPARE_PERSISTENT, &s->statements[i],
			NULL) != SQLITE_OK)
			return store_sqlite_failed(s);
	}
	return 0;
}

int
store_count_history(struct store *s)
{
	sqlite3_stmt *row = s->statements[COUNT_HISTORY];
	int rc = sqlite3_step(row) == SQLITE_ROW ? 0 : store_sqlite_failed(s);

	if (rc == 0)
		s->history_count = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return rc;
}

static bool
is_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int
refuse_place(struct store *s, const char *path)
{
	return store_failed(s, SQLITE_CANTOPEN, "%s: it is no plain file",
	    path);
}

/* What SQLite opens beside it is made by SQLite, or not there. */
static int
check_companions(struct store *s)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", s->path, suffixes[i]);
		if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
			return refuse_place(s, path);
	}
	return 0;
}

/*
 * The file, so that its mode is ours from the start; SQLite keeps it.  On a
 * disk that is read-only it is there or not.  What is no file may never answer.
 */
static int
create_file(struct store *s)
{
	const int make = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = open(s->path, make, 0600), error = errno;

	if (fd == -1 &&
	    ((error != EROFS && error != EACCES) ||
		access(s->path, F_OK) == -1))
		return store_failed(s, SQLITE_CANTOPEN, "%s: %s", s->path,
		    strerror(error));
	if (fd != -1)
		close(fd);
	return is_file(s->path) ? check_companions(s)
				: refuse_place(s, s->path);
}

/*
 * Until it is known to be sound, nothing of it is changed, not even by
 * closing it, which would else merge its log into it.
 */
static int
keep_log(struct store *s, int keep)
{
	if (sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep,
		NULL) != SQLITE_OK)
		return store_sqlite_failed(s);
	return 0;
}

/*
 * alone: the index of the log is in our memory, and nobody else may look into
 * the database meanwhile.  The index that others share is a mapped file, and
 * on a disk that is full to write to it may be death by SIGBUS.
 */
static int
try_open(struct store *s, bool alone)
{
	int version;

	if (create_file(s) == -1)
		return -1;
	if (sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return store_sqlite_failed(s);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	if (keep_log(s, 1) == -1)
		return -1;
	if (alone && store_run(s, "PRAGMA locking_mode = EXCLUSIVE") == -1)
		return -1;
	version = get_version(s);
	if (version == -1 || check_soundness(s) == -1 ||
	    store_run(s, setup) == -1 || migrate(s, version) == -1 ||
	    prepare(s) == -1 || store_count_history(s) == -1)
		return -1;
	return keep_log(s, 0);
}

/* "file:PATH?immutable=1", where the path has what a URI may have. */
static void
print_uri(const char *path, char *buf, size_t size)
{
	size_t len = strlcpy(buf, "file:", size);

	for (; *path != '\0' && len + 4 < size; path++) {
		if (strchr("%?#", *path) != NULL)
			len += (size_t)snprintf(buf + len, size - len, "%%%02x",
			    *path);
		else
			buf[len++] = *path;
	}
	buf[len] = '\0';
	strlcat(buf, "?immutable=1", size);
}

/*
 * Where no log can be made SQLite reads a database only if it is told that
 * nobody changes it; and that there is a log it does not see then.
 */
static int
try_read(struct store *s)
{
	char uri[PATH_MAX], log[PATH_MAX];
	struct stat st;

	snprintf(log, sizeof(log), "%s-wal", s->path);
	if (!is_file(s->path) || check_companions(s) == -1 ||
	    (stat(log, &st) == 0 ? st.st_size > 0 : errno != ENOENT))
		return -1;
	print_uri(s->path, uri, sizeof(uri));
	if (sqlite3_open_v2(uri, &s->db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI,
		NULL) != SQLITE_OK ||
	    get_version(s) != VERSION || check_soundness(s) == -1 ||
	    prepare(s) == -1)
		return -1;
	return store_count_history(s);
}

/* Shared where it cannot be ours alone: somebody looks, or it is read-only. */
static int
try_both(struct store *s)
{
	if (try_open(s, true) == 0)
		return 0;
	store_close_database(s);
	if (s->code != SQLITE_BUSY && access(s->path, W_OK) == 0)
		return -1;
	return try_open(s, false);
}

int
store_open_database(struct store *s)
{
	char error[STORE_TEXT_MAX];
	int code;

	if (try_both(s) == 0)
		return 0;
	store_close_database(s);
	code = s->code;
	strlcpy(error, s->error, sizeof(error));
	if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY &&
	    code != SQLITE_IOERR && code != SQLITE_FULL)
		return -1;
	if (try_read(s) == 0)
		return 0;
	store_close_database(s);
	return store_failed(s, code, "%s", error);
}

bool
store_is_unreadable(const struct store *s)
{
	/* SQLITE_ERROR: it has not the tables that its version says */
	return s->code == SQLITE_NOTADB || s->code == SQLITE_CORRUPT ||
	    s->code == SQLITE_ERROR;
}

int
store_merge_log(struct store *s)
{
	if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
		NULL, NULL) != SQLITE_OK)
		return store_sqlite_failed(s);
	return 0;
}
