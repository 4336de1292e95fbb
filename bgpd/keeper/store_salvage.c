/*
 * A database that is damaged is kept aside untouched, and what can be read of
 * it goes into a new one.  That is done on a copy, since reading it needs its
 * log to be merged:
 *
 *   victims.db, -wal    -> victims.db.copy, -wal    octet by octet
 *   victims.db.copy     -> victims.db.new           claims and settings,
 *                                                   after store_mend.c
 *   victims.db, -wal    -> victims.db.unreadable-TIME, -wal
 *   victims.db.new      -> victims.db
 *
 * If we are killed on the way, the next start begins again, or finds the new
 * one and does the last step.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "settings.h"
#include "store_internal.h"
#include "timefmt.h"

#define BLOCK 4096

/*
 * The log first: a new database must never meet that of the old one.  We make
 * no journal, but one that is there would be played back.
 */
static const char *const suffixes[] = { "-wal", "-journal", "-shm", "" };
#define SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

/* "PATH" "MIDDLE" "SUFFIX". */
static const char *
path_of(char buf[PATH_MAX], const struct store *s, const char *middle,
    const char *suffix)
{
	snprintf(buf, PATH_MAX, "%s%s%s", s->path, middle, suffix);
	return buf;
}

static void
remove_files(const struct store *s, const char *middle)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < SUFFIXES; i++)
		(void)unlink(path_of(path, s, middle, suffixes[i]));
}

/* One block that the disk cannot read is one of zeros. */
static int
copy_blocks(int from, int to, off_t size)
{
	char block[BLOCK];

	for (off_t at = 0; at < size; at += BLOCK) {
		ssize_t len = pread(from, block, sizeof(block), at);

		if (len == -1) {
			memset(block, 0, sizeof(block));
			len = size - at < BLOCK ? size - at : BLOCK;
		}
		if (pwrite(to, block, (size_t)len, at) != len)
			return -1;
	}
	return 0;
}

/* What is no plain file might never answer: EINVAL. */
static int
open_plain(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd == -1 || (fstat(fd, st) == 0 && S_ISREG(st->st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* 0 when there is nothing to copy. */
static int
copy_file(struct store *s, const char *suffix)
{
	const int make = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
	char path[PATH_MAX];
	struct stat st;
	int from, to = -1, rc = -1;

	from = open_plain(path_of(path, s, "", suffix), &st);
	if (from == -1 && errno == ENOENT)
		return 0;
	if (from != -1)
		to = open(path_of(path, s, ".copy", suffix), make, 0600);
	if (to != -1)
		rc = copy_blocks(from, to, st.st_size);
	if (rc == -1)
		store_failed(s, SQLITE_CANTOPEN, "%s: %s", path,
		    strerror(errno));
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	return rc;
}

/* What is being salvaged: from a damaged copy into a new database. */
struct salvage {
	sqlite3 *damaged;
	sqlite3_stmt *last_word; /* of the history; NULL: it has none */
	struct store fresh;
	size_t count;				  /* of claims */
	size_t ended;				  /* left out */
	char last[PREFIX_STRLEN + OWNER_MAX + 2]; /* "PREFIX OWNER" */
};

/* Claims of our version, and those of before it. */
static const char *const columns[] = {
	"prefix, owner, reason, neighbors, since, expires, held, ttl",
	("prefix, owner, reason, neighbors, since, expires, 0,"
	 " max(expires - since, 0)"),
};

/* Whether a claim had ended when something was last told of it, and when. */
static const char last_word[] =
    "SELECT action IN ('withdrawn', 'expired'), at FROM history"
    " INDEXED BY history_prefix"
    " WHERE prefix = ?1 AND owner = ?2 AND action <> 'refused'"
    " ORDER BY id DESC LIMIT 1";

static sqlite3_stmt *
select_claims(struct salvage *v, const char *order)
{
	sqlite3_stmt *rows;
	char sql[256];

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		snprintf(sql, sizeof(sql),
		    "SELECT %s FROM claim ORDER BY prefix %s, owner %s",
		    columns[i], order, order);
		if (sqlite3_prepare_v2(v->damaged, sql, -1, &rows, NULL) ==
		    SQLITE_OK)
			return rows;
	}
	return NULL;
}

/*
 * A page that was not written when it should have been has claims that were
 * taken back since.  The history tells, of which the rest may be as old: so a
 * claim is left out only if it is older than its end.
 */
static bool
has_ended(struct salvage *v, const struct stored_claim *c)
{
	sqlite3_stmt *row = v->last_word;
	bool ended;

	if (row == NULL)
		return false;
	store_bind_place(row, 1, &c->prefix);
	sqlite3_bind_text(row, 2, c->owner, -1, SQLITE_STATIC);
	ended = sqlite3_step(row) == SQLITE_ROW &&
	    sqlite3_column_int(row, 0) != 0 &&
	    sqlite3_column_int64(row, 1) >= c->since_wall_ms;
	sqlite3_reset(row);
	return ended;
}

static int
take_claim(struct salvage *v, const struct stored_claim *c)
{
	if (has_ended(v, c)) {
		v->ended++;
		return 0;
	}
	v->count++;
	return store_put_claim(&v->fresh, c);
}

/*
 * Reads from one end until the other, or until a page that is damaged, or
 * until what was read from the other end.
 */
static int
take_claims(struct salvage *v, const char *order)
{
	char last[sizeof(v->last)] = "", now[sizeof(v->last)];
	sqlite3_stmt *rows = select_claims(v, order);
	struct stored_claim c;
	int rc = 0;

	while (rows != NULL && rc == 0 && sqlite3_step(rows) == SQLITE_ROW) {
		if (store_get_claim(rows, &c) == -1)
			continue;
		snprintf(now, sizeof(now), "%s %s",
		    (const char *)sqlite3_column_text(rows, 0), c.owner);
		if (strcmp(now, v->last) == 0)
			break;
		strlcpy(last, now, sizeof(last));
		rc = take_claim(v, &c);
	}
	strlcpy(v->last, last, sizeof(v->last));
	sqlite3_finalize(rows);
	return rc;
}

static int
take_settings(struct salvage *v)
{
	static const char sql[] =
	    "SELECT value FROM setting WHERE name = 'settings'";
	struct settings settings;
	sqlite3_stmt *row;
	struct wire_in in;
	int rc = 0;

	if (sqlite3_prepare_v2(v->damaged, sql, -1, &row, NULL) != SQLITE_OK)
		return 0;
	if (sqlite3_step(row) == SQLITE_ROW) {
		in = wire_in(sqlite3_column_blob(row, 0),
		    (size_t)sqlite3_column_bytes(row, 0));
		if (settings_decode(&settings, 0, in) == 0)
			rc = store_put_settings(&v->fresh, in);
		settings_fini(&settings);
	}
	sqlite3_finalize(row);
	return rc;
}

/* In one transaction; -1 when the new one cannot be written. */
static int
take_all(struct salvage *v)
{
	(void)sqlite3_prepare_v2(v->damaged, last_word, -1, &v->last_word,
	    NULL);
	if (store_step(&v->fresh, BEGIN) == 0 && take_claims(v, "ASC") == 0 &&
	    take_claims(v, "DESC") == 0 && take_settings(v) == 0 &&
	    store_step(&v->fresh, COMMIT) == 0)
		return store_merge_log(&v->fresh);
	store_roll_back(&v->fresh);
	return -1;
}

/* A file that is cut off, or whose schema is odd, is opened all the same. */
static bool
open_damaged(struct salvage *v, const char *path)
{
	sqlite3_stmt *row;
	bool readable;

	if (sqlite3_open_v2(path, &v->damaged,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return false;
	sqlite3_exec(v->damaged, "PRAGMA writable_schema = ON", NULL, NULL,
	    NULL);
	row = select_claims(v, "ASC");
	readable = row != NULL;
	sqlite3_finalize(row);
	return readable;
}

/* From the copy; nothing readable is no failure. */
static int
salvage_copy(struct salvage *v, const char *path)
{
	int rc = -1;

	if (store_open_database(&v->fresh) == -1)
		return -1;
	if (store_merge_log(&v->fresh) == -1)
		goto out;
	if (!open_damaged(v, path) &&
	    store_mend_first_page(path, v->fresh.path) == 0) {
		sqlite3_close(v->damaged);
		(void)open_damaged(v, path);
	}
	(void)sqlite3_wal_checkpoint_v2(v->damaged, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_close(v->damaged);
	store_mend_claims(path);
	(void)open_damaged(v, path);
	rc = take_all(v);
	sqlite3_finalize(v->last_word);
out:
	sqlite3_close(v->damaged);
	store_close_database(&v->fresh);
	return rc;
}

/* Before anything is written: a copy that fails would fill the disk. */
static int
check_room(struct store *s)
{
	struct statvfs fs;
	struct stat st;

	if (stat(s->path, &st) == -1 || statvfs(s->path, &fs) == -1 ||
	    (uint64_t)fs.f_bavail * fs.f_frsize >= (uint64_t)st.st_size)
		return 0;
	return store_failed(s, SQLITE_FULL, "%s: %s", s->path,
	    strerror(ENOSPC));
}

/* Makes PATH.new, and counts in *v; -1 with the error noted. */
static int
salvage(struct store *s, struct salvage *v)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	int rc = -1;

	*v = (struct salvage){ .fresh = { .path = fresh } };
	remove_files(s, ".copy");
	remove_files(s, ".new");
	path_of(fresh, s, ".new", "");
	path_of(path, s, ".copy", "");
	if (check_room(s) == 0 && copy_file(s, "") == 0 &&
	    copy_file(s, "-wal") == 0) {
		rc = salvage_copy(v, path);
		if (rc == -1)
			store_failed(s, v->fresh.code, "%s", v->fresh.error);
	}
	remove_files(s, ".copy");
	if (rc == -1)
		remove_files(s, ".new");
	return rc;
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

/* Gives the database and its companions another name, which goes to kept. */
static int
put_aside(struct store *s, char kept[PATH_MAX])
{
	char middle[32 + INSTANT_STRLEN] = ".unreadable-";
	char from[PATH_MAX];

	print_stamp(middle + strlen(middle));
	for (size_t i = 0; i < SUFFIXES; i++) {
		path_of(from, s, "", suffixes[i]);
		path_of(kept, s, middle, suffixes[i]);
		if (rename(from, kept) == -1 && errno != ENOENT)
			return store_failed(s, SQLITE_CANTOPEN, "%s: %s", from,
			    strerror(errno));
	}
	return 0;
}

int
store_replace(struct store *s)
{
	char why[STORE_TEXT_MAX], trouble[STORE_TEXT_MAX], kept[PATH_MAX];
	struct salvage v;

	strlcpy(why, s->error, sizeof(why));
	if (salvage(s, &v) == -1) {
		strlcpy(trouble, s->error, sizeof(trouble));
		return store_failed(s, s->code,
		    "%s; what it has cannot be saved now: %s", why, trouble);
	}
	if (put_aside(s, kept) == -1)
		return -1;
	store_finish_replacing(s);
	store_failed(s, s->code,
	    "%s; it is kept as %s, and a new one is begun with the %zu claims "
	    "that could be read (%zu that had ended are left out)",
	    why, kept, v.count, v.ended);
	return 0;
}

/* Not so when it cannot be told for the moment. */
static bool
is_moved(const struct store *s)
{
	int moved = 0;

	(void)sqlite3_file_control(s->db, NULL, SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved != 0 && (access(s->path, F_OK) == 0 || errno == ENOENT);
}

/* What is only read has none. */
static bool
is_log_gone(const struct store *s)
{
	char log[PATH_MAX];

	return sqlite3_db_readonly(s->db, NULL) == 0 &&
	    access(path_of(log, s, "", "-wal"), F_OK) == -1 && errno == ENOENT;
}

int
store_close_if_lost(struct store *s)
{
	if (s->db == NULL)
		return 0;
	if (is_moved(s)) {
		/* what bears its name now is not its own: leave it alone */
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		    1, NULL);
		store_close_database(s);
		s->lost = true;
	} else if (is_log_gone(s)) {
		if (store_merge_log(s) == -1)
			return -1;
		store_close_database(s);
	}
	return 0;
}

int
store_make_place(struct store *s)
{
	bool taken = access(s->path, F_OK) == 0;
	char kept[PATH_MAX];

	if (put_aside(s, kept) == -1)
		return -1;
	s->lost = false;
	store_failed(s, SQLITE_CANTOPEN,
	    "%s: it was taken away while the daemon ran; a new one is begun "
	    "with what stands%s%s",
	    s->path, taken ? ", and what was in its place is kept as " : "",
	    taken ? kept : "");
	return 0;
}

void
store_finish_replacing(struct store *s)
{
	char fresh[PATH_MAX];

	if (access(s->path, F_OK) == -1 && errno == ENOENT)
		(void)rename(path_of(fresh, s, ".new", ""), s->path);
}
