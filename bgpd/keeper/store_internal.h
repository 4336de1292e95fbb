#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

/*
 * What the files of the store share: the open database with its statements,
 * and how an error is kept.
 */

#include <sqlite3.h>

#include "store.h"

enum statement {
	BEGIN,
	COMMIT,
	PUT_CLAIM,
	END_CLAIM,
	LOAD_CLAIMS,
	PRUNE_CLAIMS,
	PUT_RECURRENCE,
	END_RECURRENCE,
	LOAD_RECURRENCES,
	PUT_SETTING,
	GET_SETTING,
	PUT_HISTORY,
	FORGET_TOKENS,
	COUNT_HISTORY,
	PRUNE_HISTORY_OLDER,
	PRUNE_HISTORY_ROWS,
	FIND_AFTER
};
#define STATEMENTS (FIND_AFTER + 1)

struct store {
	char *path;
	sqlite3 *db; /* NULL: not open */
	sqlite3_stmt *statements[STATEMENTS];
	/* Rows, or more: one that was replaced is counted twice. */
	int64_t history_count;
	int64_t last_commit_ms; /* as it was last written; 0: it is unknown */
	int code;		/* SQLite's, of the last failure */
	char error[STORE_TEXT_MAX];
	char trouble[STORE_TEXT_MAX];
	bool unopened;	     /* which is the trouble, and may pass */
	unsigned begun_anew; /* how often, in place of a damaged or lost one */
	bool lost;	     /* its file was taken away while it was open */
};

/* Keeps why something failed; gives -1. */
int store_failed(struct store *s, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of an SQLite call. */
int store_sqlite_failed(struct store *s);

/* Runs SQL text that gives no rows. */
int store_run(struct store *s, const char *sql);
/* Runs a prepared statement that gives no rows. */
int store_step(struct store *s, enum statement which);
/* Ends a transaction that failed, if SQLite has not done it already. */
void store_roll_back(struct store *s);

/*
 * Opens the file at s->path, which is made if there is none, and brings its
 * schema to ours.  On -1 nothing is open, and nothing of the file has changed.
 */
int store_open_database(struct store *s);
void store_close_database(struct store *s);
/* Whether the file itself is at fault, and not the disk or a permission. */
bool store_is_unreadable(const struct store *s);
/* Sets history_count to what it is. */
int store_count_history(struct store *s);
/* The log is merged into the file and empty. */
int store_merge_log(struct store *s);

/*
 * The file that store_open_database found unreadable gets another name, and a
 * new one takes its place, with what can be read of the old one; error says
 * all that.  -1: the disk does not let us, and all is as it was.
 */
int store_replace(struct store *s);
/*
 * Closes a database whose file was taken away, or replaced by another, and
 * notes that it is lost; closes one that has lost its log, to be opened anew.
 */
int store_close_if_lost(struct store *s);
/*
 * Before a lost one is begun anew: what may be in its place gets another name;
 * error says all that.  -1: it could not be renamed.
 */
int store_make_place(struct store *s);
/* A replacement that was ended half-way is brought to its end. */
void store_finish_replacing(struct store *s);

/*
 * A damaged database, whose log is merged: what makes no sense in the table
 * of claims no longer hinders the rest.
 */
void store_mend_claims(const char *path);
/*
 * The first page of a new database in place of its own, since the tables
 * always begin at the same pages.  -1: it cannot be written.
 */
int store_mend_first_page(const char *path, const char *fresh);

/* A row as LOAD_CLAIMS gives it.  -1: what is there is no claim. */
int store_get_claim(sqlite3_stmt *row, struct stored_claim *c);
int store_put_claim(struct store *s, const struct stored_claim *c);
int store_put_settings(struct store *s, struct wire_in settings);
int store_put_history(struct store *s, const struct history_entry *e);
/* A prefix as the history has it, copied. */
void store_bind_place(sqlite3_stmt *row, int column, const struct prefix *p);

#endif
