/*
 * SQLite.  A commit of the speaker is a transaction: claims, recurrences,
 * settings and history.  The write-ahead log makes a small one cost one sync;
 * its errors are told as SQLite tells them.
 */
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"
#include "store_internal.h"

#define STORE_FILE "victims.db"

/* Transactions larger than this give their cache back at once. */
#define LARGE_COMMIT 1000
/* Octets of cache that small ones keep for the next. */
#define CACHE_KEPT (2 << 20)

/*
 * The time of the last commit is written no more often than this: else it
 * would be one more page of the log for each.
 */
#define LAST_COMMIT_STEP_MS 1000

/* The row of what settings_encode gives, and of when the last commit was. */
#define SETTINGS_NAME "settings"
#define LAST_COMMIT_NAME "last-commit"

int
store_failed(struct store *s, int code, const char *fmt, ...)
{
	va_list ap;

	s->code = code & 0xff; /* without SQLite's finer distinctions */
	va_start(ap, fmt);
	vsnprintf(s->error, sizeof(s->error), fmt, ap);
	va_end(ap);
	return -1;
}

int
store_sqlite_failed(struct store *s)
{
	int code = sqlite3_errcode(s->db); /* without memory db is NULL */
	int error = code == SQLITE_IOERR ? sqlite3_system_errno(s->db) : 0;

	if (error != 0)
		return store_failed(s, code, "%s: %s: %s", s->path,
		    sqlite3_errmsg(s->db), strerror(error));
	return store_failed(s, code, "%s: %s", s->path, sqlite3_errmsg(s->db));
}

int
store_run(struct store *s, const char *sql)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_sqlite_failed(s);
	return 0;
}

int
store_step(struct store *s, enum statement which)
{
	int rc = sqlite3_step(s->statements[which]);

	if (rc != SQLITE_DONE)
		store_sqlite_failed(s);
	sqlite3_reset(s->statements[which]);
	return rc == SQLITE_DONE ? 0 : -1;
}

void
store_roll_back(struct store *s)
{
	if (sqlite3_get_autocommit(s->db) == 0)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->last_commit_ms = 0;
}

static void
note_trouble(struct store *s)
{
	strlcpy(s->trouble, s->error, sizeof(s->trouble));
}

static void
note_new_database(struct store *s)
{
	s->unopened = false;
	s->begun_anew++;
	note_trouble(s);
}

/* Opens the database, or a new one in its place. */
static int
open_or_replace(struct store *s)
{
	int rc;

	if (s->lost) {
		if (store_make_place(s) == -1)
			return -1;
		note_new_database(s);
	}
	store_finish_replacing(s);
	rc = store_open_database(s);
	if (rc == -1 && store_is_unreadable(s) && store_replace(s) == 0) {
		note_new_database(s);
		return store_open_database(s);
	}
	return rc;
}

/* Also notes the trouble, and when it is over. */
static int
open_some_database(struct store *s)
{
	int rc = open_or_replace(s);

	if (rc == -1 && s->trouble[0] == '\0') {
		s->unopened = true;
		note_trouble(s);
	} else if (rc == 0 && s->unopened) {
		s->unopened = false;
		s->trouble[0] = '\0';
	}
	return rc;
}

/*
 * The keeper has one thread and asks for no statistics: SQLite need not lock
 * whatever it touches.  Without that it merely takes longer.
 */
static void
go_without_locks(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct store *
store_open(const char *directory)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	go_without_locks();
	if (asprintf(&s->path, "%s/%s", directory, STORE_FILE) == -1) {
		free(s);
		return NULL;
	}
	(void)open_some_database(s); /* the trouble tells */
	return s;
}

int
store_retry(struct store *s)
{
	return s->db != NULL ? 0 : open_some_database(s);
}

bool
store_is_open(const struct store *s)
{
	return s->db != NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_close_database(s);
	free(s->path);
	free(s);
}

unsigned
store_begun_anew(const struct store *s)
{
	return s->begun_anew;
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

/* Many small ones fill the cache as well, with history above all. */
static bool
cache_is_large(struct store *s)
{
	int used = 0, highest = 0;

	return sqlite3_db_status(s->db, SQLITE_DBSTATUS_CACHE_USED, &used,
		   &highest, 0) == SQLITE_OK &&
	    used > CACHE_KEPT;
}

int
store_get_claim(sqlite3_stmt *row, struct stored_claim *c)
{
	const char *prefix = (const char *)sqlite3_column_text(row, 0);

	*c = (struct stored_claim){
		.owner = (const char *)sqlite3_column_text(row, 1),
		.reason = (const char *)sqlite3_column_text(row, 2),
		.neighbors = (const char *)sqlite3_column_text(row, 3),
		.since_wall_ms = sqlite3_column_int64(row, 4),
		.expires_wall_ms = -1,
		.ttl_ms = -1,
		.held = sqlite3_column_int(row, 6) != 0,
	};
	if (sqlite3_column_type(row, 5) != SQLITE_NULL) {
		c->expires_wall_ms = sqlite3_column_int64(row, 5);
		c->ttl_ms = sqlite3_column_int64(row, 7);
	}
	if (prefix == NULL || c->owner == NULL || c->reason == NULL ||
	    c->neighbors == NULL)
		return -1;
	if (prefix_parse(&c->prefix, prefix) != PREFIX_OK)
		return -1;
	return channel_claim_ok(c) ? 0 : -1;
}

/* A row of LOAD_RECURRENCES, likewise. */
static int
get_recurrence(sqlite3_stmt *row, struct stored_recurrence *r)
{
	const char *prefix = (const char *)sqlite3_column_text(row, 0);
	int64_t count = sqlite3_column_int64(row, 1);

	*r = (struct stored_recurrence){ .count = (uint32_t)count,
		.ended_wall_ms = -1 };
	if (sqlite3_column_type(row, 2) != SQLITE_NULL)
		r->ended_wall_ms = sqlite3_column_int64(row, 2);
	if (prefix == NULL || prefix_parse(&r->prefix, prefix) != PREFIX_OK)
		return -1;
	return count >= 0 && count <= UINT32_MAX && r->ended_wall_ms >= -1 ? 0
									   : -1;
}

/* What one row of the load becomes. */
static int
get_record(sqlite3_stmt *row, int64_t now_ms, struct record *r)
{
	if (r->kind == RECORD_RECURRENCE)
		return get_recurrence(row, &r->recurrence);
	if (store_get_claim(row, &r->claim) == -1)
		return -1;
	r->claim.ended = r->claim.expires_wall_ms != -1 &&
	    r->claim.expires_wall_ms <= now_ms;
	return 0;
}

struct load {
	int64_t now_ms;
	store_record *on_record;
	void *arg;
	size_t bad; /* rows that make no sense */
};

/* Calls back for each row. */
static int
load_rows(struct store *s, enum statement which, enum record_kind kind,
    struct load *l)
{
	sqlite3_stmt *row = s->statements[which];
	struct record r = { .kind = kind };
	int rc;

	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		if (get_record(row, l->now_ms, &r) == -1) {
			l->bad++;
		} else if (l->on_record(l->arg, &r) == -1) {
			sqlite3_reset(row);
			return store_failed(s, SQLITE_NOMEM, "out of memory");
		}
	}
	if (rc != SQLITE_DONE)
		store_sqlite_failed(s);
	sqlite3_reset(row);
	return rc == SQLITE_DONE ? 0 : -1;
}

int
store_load(struct store *s, int64_t now_ms, store_record *on_record, void *arg)
{
	struct load l = { .now_ms = now_ms,
		.on_record = on_record,
		.arg = arg };
	int rc;

	if (s->db == NULL)
		return -1;
	rc = load_rows(s, LOAD_CLAIMS, RECORD_CLAIM, &l);
	if (load_rows(s, LOAD_RECURRENCES, RECORD_RECURRENCE, &l) == -1)
		rc = -1;
	if (rc == 0 && l.bad > 0)
		rc = store_failed(s, SQLITE_MISMATCH,
		    "%s: %zu rows make no sense", s->path, l.bad);
	if (rc == -1)
		note_trouble(s);
	/* what stays because of an error does no harm but to take room */
	sqlite3_bind_int64(s->statements[PRUNE_CLAIMS], 1, now_ms);
	(void)store_step(s, PRUNE_CLAIMS);
	(void)store_step(s, FORGET_TOKENS);
	release_memory(s);
	return rc;
}

/* NULL for -1. */
static void
bind_time(sqlite3_stmt *row, int column, int64_t wall_ms)
{
	if (wall_ms == -1)
		sqlite3_bind_null(row, column);
	else
		sqlite3_bind_int64(row, column, wall_ms);
}

int
store_put_claim(struct store *s, const struct stored_claim *c)
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
		bind_time(row, 6, c->expires_wall_ms);
		sqlite3_bind_int(row, 7, c->held);
		bind_time(row, 8, c->ttl_ms);
	}
	return store_step(s, which);
}

static int
put_recurrence(struct store *s, const struct stored_recurrence *r)
{
	enum statement which = r->forgotten ? END_RECURRENCE : PUT_RECURRENCE;
	sqlite3_stmt *row = s->statements[which];
	char prefix[PREFIX_STRLEN];

	prefix_print(&r->prefix, prefix);
	sqlite3_bind_text(row, 1, prefix, -1, SQLITE_STATIC);
	if (!r->forgotten) {
		sqlite3_bind_int64(row, 2, r->count);
		bind_time(row, 3, r->ended_wall_ms);
	}
	return store_step(s, which);
}

int
store_put_settings(struct store *s, struct wire_in settings)
{
	/* without octets it is a blob of none, and not NULL */
	const void *bytes = settings.left > 0 ? (const void *)settings.at : "";
	sqlite3_stmt *row = s->statements[PUT_SETTING];

	sqlite3_bind_text(row, 1, SETTINGS_NAME, -1, SQLITE_STATIC);
	sqlite3_bind_blob64(row, 2, bytes, settings.left, SQLITE_STATIC);
	return store_step(s, PUT_SETTING);
}

/* Unless what is there is hardly older. */
static int
put_last_commit(struct store *s, int64_t now_ms)
{
	sqlite3_stmt *row = s->statements[PUT_SETTING];

	if (s->last_commit_ms != 0 && now_ms >= s->last_commit_ms &&
	    now_ms - s->last_commit_ms < LAST_COMMIT_STEP_MS)
		return 0;
	s->last_commit_ms = now_ms;
	sqlite3_bind_text(row, 1, LAST_COMMIT_NAME, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, now_ms);
	return store_step(s, PUT_SETTING);
}

static int
put_record(struct store *s, const struct record *r)
{
	switch (r->kind) {
	case RECORD_CLAIM:
		return store_put_claim(s, &r->claim);
	case RECORD_RECURRENCE:
		return put_recurrence(s, &r->recurrence);
	case RECORD_HISTORY:
		return store_put_history(s, &r->history);
	case RECORD_SETTINGS:
		return store_put_settings(s, r->settings);
	}
	return -1;
}

/* How many records a transaction had, and lines of history among them. */
struct tally {
	int64_t records;
	int64_t history;
};

/* All of the records, from BEGIN to COMMIT. */
static int
transact(struct store *s, int64_t now_ms, struct wire_in records,
    struct tally *tally)
{
	struct record r;
	int rc;

	if (store_step(s, BEGIN) == -1)
		return -1;
	while ((rc = channel_get_record(&records, &r)) == 1) {
		if (put_record(s, &r) == -1)
			return -1;
		tally->records++;
		tally->history += r.kind == RECORD_HISTORY;
	}
	if (rc == -1)
		return store_failed(s, SQLITE_MISUSE, "a malformed record");
	if (put_last_commit(s, now_ms) == -1)
		return -1;
	return store_step(s, COMMIT);
}

/*
 * A file that turns out to be damaged, or was opened for reading only and can
 * be written again, is opened anew by the next commit.
 */
static void
close_if_useless(struct store *s)
{
	if (s->code == SQLITE_CORRUPT || s->code == SQLITE_NOTADB ||
	    s->code == SQLITE_CANTOPEN ||
	    (s->code == SQLITE_READONLY && access(s->path, W_OK) == 0))
		store_close_database(s);
}

int
store_commit(struct store *s, int64_t now_ms, struct wire_in records)
{
	struct tally tally = { 0 };

	if (store_close_if_lost(s) == -1 || store_retry(s) == -1)
		return -1;
	if (transact(s, now_ms, records, &tally) == -1) {
		store_roll_back(s);
		close_if_useless(s);
		return -1;
	}
	s->history_count += tally.history;
	if (tally.records > LARGE_COMMIT || cache_is_large(s))
		release_memory(s);
	return 0;
}

static int
get_settings(struct store *s, struct settings *settings)
{
	sqlite3_stmt *row = s->statements[GET_SETTING];
	const void *bytes;
	int rc;

	*settings = (struct settings){ 0 };
	sqlite3_bind_text(row, 1, SETTINGS_NAME, -1, SQLITE_STATIC);
	rc = sqlite3_step(row);
	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_ROW)
		return store_sqlite_failed(s);
	bytes = sqlite3_column_blob(row, 0);
	if (settings_decode(settings, 0,
		wire_in(bytes, (size_t)sqlite3_column_bytes(row, 0))) == 0)
		return 0;
	return store_failed(s, SQLITE_MISMATCH,
	    "%s: the settings make no sense to this version", s->path);
}

int
store_get_settings(struct store *s, struct wire_out *out)
{
	struct settings settings;
	int rc;

	if (s->db == NULL)
		return -1;
	rc = get_settings(s, &settings);
	sqlite3_reset(s->statements[GET_SETTING]);
	if (rc == 0)
		settings_encode(&settings, 0, out);
	settings_fini(&settings);
	return rc;
}

/* When the last commit was; 0: there was none. */
static int64_t
last_commit(struct store *s)
{
	sqlite3_stmt *row = s->statements[GET_SETTING];
	int64_t at_ms = 0;

	sqlite3_bind_text(row, 1, LAST_COMMIT_NAME, -1, SQLITE_STATIC);
	if (sqlite3_step(row) == SQLITE_ROW)
		at_ms = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return at_ms;
}

static int
begin_settings_anew(struct store *s, int64_t now_ms)
{
	struct settings settings;
	struct wire_out out;
	int rc = get_settings(s, &settings);

	sqlite3_reset(s->statements[GET_SETTING]);
	if (rc == -1) /* told when they are loaded */
		return 0;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	settings_begin_anew(&settings, now_ms);
	settings_encode(&settings, 0, &out);
	rc = out.failed ? store_failed(s, SQLITE_NOMEM, "out of memory")
			: store_put_settings(s, wire_in(out.bytes, out.len));
	wire_out_fini(&out);
	settings_fini(&settings);
	return rc;
}

/* In one transaction, so that it is done once. */
static int
begin_anew(struct store *s, int64_t now_ms)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
	    "UPDATE claim SET expires = %lld + ttl WHERE expires IS NOT NULL;"
	    "UPDATE claim SET since = min(since, %lld);"
	    "UPDATE recurrence SET ended = min(ended, %lld)",
	    (long long)now_ms, (long long)now_ms, (long long)now_ms);
	if (store_step(s, BEGIN) == -1 || store_run(s, sql) == -1 ||
	    begin_settings_anew(s, now_ms) == -1 ||
	    put_last_commit(s, now_ms) == -1)
		return -1;
	return store_step(s, COMMIT);
}

int
store_check_clock(struct store *s, int64_t now_ms)
{
	if (s->db == NULL || last_commit(s) <= now_ms)
		return 0;
	if (begin_anew(s, now_ms) == 0)
		return 1;
	store_roll_back(s);
	return -1;
}
