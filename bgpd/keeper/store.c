/*
 * SQLite.  Claims are rows, in text that a person with sqlite3 at hand can
 * read; a commit of the speaker is a transaction.  The write-ahead log makes
 * a small one cost one sync; its errors are told as SQLite tells them.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "clock.h"
#include "settings.h"
#include "store.h"
#include "timefmt.h"

#define STORE_FILE "victims.db"

/* Each brings the schema to the version that is its place, from 1. */
static const char *const migrations[] = {
	"CREATE TABLE claim ("
	" prefix TEXT NOT NULL,"
	" owner TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" neighbors TEXT NOT NULL," /* names with commas, or '': all */
	" since INTEGER NOT NULL,"  /* milliseconds since 1970 */
	" expires INTEGER,"	    /* NULL: permanent */
	" PRIMARY KEY (prefix, owner)"
	") WITHOUT ROWID",
	"CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB)"
	" WITHOUT ROWID",
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
/* Transactions larger than this give their cache back at once. */
#define LARGE_COMMIT 1000

/* The row of what settings_encode gives. */
#define SETTINGS_NAME "settings"

enum statement {
	BEGIN,
	COMMIT,
	PUT_CLAIM,
	END_CLAIM,
	LOAD_CLAIMS,
	PRUNE_CLAIMS,
	PUT_SETTING,
	GET_SETTING
};
#define STATEMENTS (GET_SETTING + 1)

static const char *const statement_sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[PUT_CLAIM] = ("INSERT OR REPLACE INTO claim"
		       " (prefix, owner, reason, neighbors, since, expires)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
	[END_CLAIM] = "DELETE FROM claim WHERE prefix = ?1 AND owner = ?2",
	[LOAD_CLAIMS] = ("SELECT prefix, owner, reason, neighbors, since,"
			 " expires FROM claim"),
	[PRUNE_CLAIMS] = "DELETE FROM claim WHERE expires <= ?1",
	[PUT_SETTING] = "REPLACE INTO setting VALUES (?1, ?2)",
	[GET_SETTING] = "SELECT value FROM setting WHERE name = ?1",
};

struct store {
	char *path;
	sqlite3 *db; /* NULL: not open */
	sqlite3_stmt *statements[STATEMENTS];
	int code; /* SQLite's, of the last failure */
	char error[STORE_TEXT_MAX];
	char trouble[STORE_TEXT_MAX];
};

/* Keeps why something failed; gives -1. */
static int __attribute__((format(printf, 3, 4)))
failed(struct store *s, int code, const char *fmt, ...)
{
	va_list ap;

	s->code = code & 0xff; /* without SQLite's finer distinctions */
	va_start(ap, fmt);
	vsnprintf(s->error, sizeof(s->error), fmt, ap);
	va_end(ap);
	return -1;
}

/* The same of an SQLite call. */
static int
sqlite_failed(struct store *s)
{
	int code = sqlite3_errcode(s->db); /* without memory db is NULL */
	int error = code == SQLITE_IOERR ? sqlite3_system_errno(s->db) : 0;

	if (error != 0)
		return failed(s, code, "%s: %s: %s", s->path,
		    sqlite3_errmsg(s->db), strerror(error));
	return failed(s, code, "%s: %s", s->path, sqlite3_errmsg(s->db));
}

/* Runs SQL text that gives no rows. */
static int
run(struct store *s, const char *sql)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(s);
	return 0;
}

/* Runs a prepared statement that gives no rows. */
static int
step(struct store *s, enum statement which)
{
	int rc = sqlite3_step(s->statements[which]);

	if (rc != SQLITE_DONE)
		sqlite_failed(s);
	sqlite3_reset(s->statements[which]);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* The one row that sql gives, to be finalized; NULL on failure. */
static sqlite3_stmt *
query(struct store *s, const char *sql)
{
	sqlite3_stmt *row = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		return row;
	sqlite_failed(s);
	sqlite3_finalize(row);
	return NULL;
}

static void
close_database(struct store *s)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
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
		return failed(s, SQLITE_NOTADB,
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
		return failed(s, SQLITE_CORRUPT, "%s: the database is damaged",
		    s->path);
	return 0;
}

static int
migrate(struct store *s, int version)
{
	char sql[64];

	for (; version < VERSION; version++) {
		snprintf(sql, sizeof(sql), "PRAGMA user_version = %d; COMMIT",
		    version + 1);
		if (run(s, "BEGIN IMMEDIATE") == -1 ||
		    run(s, migrations[version]) == -1 || run(s, sql) == -1)
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
			return sqlite_failed(s);
	}
	return 0;
}

/* The file, so that its mode is ours from the start; SQLite keeps it. */
static int
create_file(struct store *s)
{
	int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return failed(s, SQLITE_CANTOPEN, "%s: %s", s->path,
		    strerror(errno));
	close(fd);
	return 0;
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
		return sqlite_failed(s);
	return 0;
}

static int
try_open(struct store *s)
{
	int version;

	if (create_file(s) == -1)
		return -1;
	if (sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return sqlite_failed(s);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	if (keep_log(s, 1) == -1)
		return -1;
	version = get_version(s);
	if (version == -1 || check_soundness(s) == -1 || run(s, setup) == -1 ||
	    migrate(s, version) == -1 || prepare(s) == -1)
		return -1;
	return keep_log(s, 0);
}

/* On -1 nothing is open. */
static int
open_database(struct store *s)
{
	if (try_open(s) == 0)
		return 0;
	close_database(s);
	return -1;
}

/* Whether the file itself is at fault, and not the disk or a permission. */
static bool
is_unreadable(const struct store *s)
{
	/* SQLITE_ERROR: it has not the tables that its version says */
	return s->code == SQLITE_NOTADB || s->code == SQLITE_CORRUPT ||
	    s->code == SQLITE_ERROR;
}

/* "20261122T100000.123Z": part of a file's name, so without colons. */
static void
print_stamp(char buf[INSTANT_STRLEN])
{
	char when[INSTANT_STRLEN];
	char *at = buf;

	for (const char *p = instant_print(clock_wall_ms(), when); *p; p++) {
		if (*p != ':' && *p != '-')
			*at++ = *p;
	}
	*at = '\0';
}

/*
 * Gives the database and its companions another name.  The companions first:
 * a new database must never meet the log of the old one.
 */
static int
put_aside(struct store *s)
{
	static const char *const suffixes[] = { "-wal", "-shm", "" };
	char why[STORE_TEXT_MAX], from[PATH_MAX], to[PATH_MAX];
	char stamp[INSTANT_STRLEN];

	print_stamp(stamp);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", s->path, suffixes[i]);
		snprintf(to, sizeof(to), "%s.unreadable-%s%s", s->path, stamp,
		    suffixes[i]);
		if (rename(from, to) == -1 && errno != ENOENT)
			return failed(s, SQLITE_CANTOPEN, "%s: %s", from,
			    strerror(errno));
	}
	strlcpy(why, s->error, sizeof(why));
	failed(s, s->code, "%s; it is kept as %s, and a new one is begun", why,
	    to);
	return 0;
}

/* Opens the database, or a new one in its place, and notes the trouble. */
static void
open_some_database(struct store *s)
{
	if (open_database(s) == 0)
		return;
	if (is_unreadable(s) && put_aside(s) == 0) {
		strlcpy(s->trouble, s->error, sizeof(s->trouble));
		if (open_database(s) == 0)
			return;
	}
	strlcpy(s->trouble, s->error, sizeof(s->trouble));
}

struct store *
store_open(const char *directory)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	if (asprintf(&s->path, "%s/%s", directory, STORE_FILE) == -1) {
		free(s);
		return NULL;
	}
	open_some_database(s);
	return s;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	close_database(s);
	free(s->path);
	free(s);
}

const char *
store_trouble(const struct store *s)
{
	return s->trouble;
}

const char *
store_error(const struct store *s)
{
	return s->error;
}

/* Gives the memory of a large transaction back. */
static void
release_memory(struct store *s)
{
	sqlite3_db_release_memory(s->db);
	malloc_trim(0);
}

/* A row of LOAD_CLAIMS.  -1: somebody wrote what is no claim. */
static int
get_claim(sqlite3_stmt *row, int64_t now_ms, struct stored_claim *c)
{
	const char *prefix = (const char *)sqlite3_column_text(row, 0);

	*c = (struct stored_claim){
		.owner = (const char *)sqlite3_column_text(row, 1),
		.reason = (const char *)sqlite3_column_text(row, 2),
		.neighbors = (const char *)sqlite3_column_text(row, 3),
		.since_wall_ms = sqlite3_column_int64(row, 4),
		.expires_wall_ms = -1,
	};
	if (sqlite3_column_type(row, 5) != SQLITE_NULL) {
		c->expires_wall_ms = sqlite3_column_int64(row, 5);
		c->ended = c->expires_wall_ms <= now_ms;
	}
	if (prefix == NULL || c->owner == NULL || c->reason == NULL ||
	    c->neighbors == NULL)
		return -1;
	if (prefix_parse(&c->prefix, prefix) != PREFIX_OK)
		return -1;
	return channel_claim_ok(c) ? 0 : -1;
}

/* Calls back for each row; -1 with the trouble noted. */
static int
load_rows(struct store *s, int64_t now_ms, store_claim *on_claim, void *arg)
{
	sqlite3_stmt *row = s->statements[LOAD_CLAIMS];
	struct stored_claim claim;
	size_t bad = 0;
	int rc;

	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		if (get_claim(row, now_ms, &claim) == -1)
			bad++;
		else if (on_claim(arg, &claim) == -1)
			return failed(s, SQLITE_NOMEM, "out of memory");
	}
	if (rc != SQLITE_DONE)
		return sqlite_failed(s);
	if (bad > 0)
		return failed(s, SQLITE_MISMATCH, "%s: %zu rows are no claims",
		    s->path, bad);
	return 0;
}

int
store_load(struct store *s, int64_t now_ms, store_claim *on_claim, void *arg)
{
	int rc;

	if (s->db == NULL)
		return -1;
	rc = load_rows(s, now_ms, on_claim, arg);
	sqlite3_reset(s->statements[LOAD_CLAIMS]);
	if (rc == -1)
		strlcpy(s->trouble, s->error, sizeof(s->trouble));
	/* rows that stay because of an error do no harm but to take room */
	sqlite3_bind_int64(s->statements[PRUNE_CLAIMS], 1, now_ms);
	(void)step(s, PRUNE_CLAIMS);
	release_memory(s);
	return rc;
}

static int
put_claim(struct store *s, const struct stored_claim *c)
{
	enum statement which = c->ended ? END_CLAIM : PUT_CLAIM;
	sqlite3_stmt *row = s->statements[which];
	char prefix[PREFIX_STRLEN];

	prefix_print(&c->prefix, prefix);
	sqlite3_bind_text(row, 1, prefix, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, c->owner, -1, SQLITE_STATIC);
	if (!c->ended) {
		sqlite3_bind_text(row, 3, c->reason, -1, SQLITE_STATIC);
		sqlite3_bind_text(row, 4, c->neighbors, -1, SQLITE_STATIC);
		sqlite3_bind_int64(row, 5, c->since_wall_ms);
		sqlite3_bind_int64(row, 6, c->expires_wall_ms);
		if (c->expires_wall_ms == -1)
			sqlite3_bind_null(row, 6);
	}
	return step(s, which);
}

/* All of the claims, from BEGIN to COMMIT; *count is how many. */
static int
transact(struct store *s, struct wire_in claims, size_t *count)
{
	struct stored_claim claim;
	int rc;

	if (step(s, BEGIN) == -1)
		return -1;
	while ((rc = channel_get_claim(&claims, &claim)) == 1) {
		if (put_claim(s, &claim) == -1)
			return -1;
		(*count)++;
	}
	if (rc == -1)
		return failed(s, SQLITE_MISUSE, "a malformed claim");
	return step(s, COMMIT);
}

int
store_commit(struct store *s, struct wire_in claims)
{
	size_t count = 0;

	if (s->db == NULL && open_database(s) == -1)
		return -1;
	if (transact(s, claims, &count) == -1) {
		/* some errors have rolled back already */
		if (sqlite3_get_autocommit(s->db) == 0)
			sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	if (count > LARGE_COMMIT)
		release_memory(s);
	return 0;
}

/* Whether somebody has not written there what makes no sense. */
static bool
are_settings(struct wire_in in)
{
	struct settings settings;

	if (settings_decode(&settings, in) == -1)
		return false;
	settings_fini(&settings);
	return true;
}

static int
get_settings(struct store *s, struct wire_out *out)
{
	sqlite3_stmt *row = s->statements[GET_SETTING];
	const void *bytes;
	struct wire_in in;
	int rc;

	sqlite3_bind_text(row, 1, SETTINGS_NAME, -1, SQLITE_STATIC);
	rc = sqlite3_step(row);
	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_ROW)
		return sqlite_failed(s);
	bytes = sqlite3_column_blob(row, 0);
	in = wire_in(bytes, (size_t)sqlite3_column_bytes(row, 0));
	if (!are_settings(in))
		return failed(s, SQLITE_MISMATCH,
		    "%s: the settings make no sense", s->path);
	wire_put_bytes(out, in.at, in.left);
	return 0;
}

int
store_get_settings(struct store *s, struct wire_out *out)
{
	int rc;

	if (s->db == NULL)
		return -1;
	rc = get_settings(s, out);
	sqlite3_reset(s->statements[GET_SETTING]);
	if (rc == -1)
		strlcpy(s->trouble, s->error, sizeof(s->trouble));
	return rc;
}

int
store_put_settings(struct store *s, struct wire_in settings)
{
	/* without octets it is a blob of none, and not NULL */
	const void *bytes = settings.left > 0 ? (const void *)settings.at : "";
	sqlite3_stmt *row;

	if (s->db == NULL && open_database(s) == -1)
		return -1;
	row = s->statements[PUT_SETTING];
	sqlite3_bind_text(row, 1, SETTINGS_NAME, -1, SQLITE_STATIC);
	sqlite3_bind_blob64(row, 2, bytes, settings.left, SQLITE_STATIC);
	return step(s, PUT_SETTING);
}
