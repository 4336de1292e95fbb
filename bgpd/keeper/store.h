#ifndef STORE_H
#define STORE_H

/*
 * The database of victims, DIRECTORY/victims.db: what is to be announced
 * again after a restart, what operators have set, and the history.  Whoever
 * opens it holds the directory's lock (statedir.h).  Times are wall clock
 * milliseconds.
 */

#include <stdint.h>

#include "channel.h"

struct store;

/* Room for what store_trouble and store_error say. */
#define STORE_TEXT_MAX 1024

/*
 * Opens the database, or makes it.  One that cannot be read is kept aside
 * under another name and a new one is made, with the claims and settings of
 * the old one that can still be read; store_trouble then says so.  One that
 * can only be read now is read.  One that cannot be opened now (the disk
 * fails, no permission) is left alone: the store exists without it.  In both
 * cases each commit tries again.  NULL only without memory.
 */
struct store *store_open(const char *directory);
/* Tries again what could not be opened.  -1: it still cannot. */
int store_retry(struct store *);
bool store_is_open(const struct store *);
void store_close(struct store *); /* NULL is fine */

/*
 * What was wrong when it was opened and loaded; "" when nothing was, or it
 * merely could not be opened at first.
 */
const char *store_trouble(const struct store *);
/* How often a new database was begun, which lacks what the old one had. */
unsigned store_begun_anew(const struct store *);
/* Why the last call that gave -1 failed. */
const char *store_error(const struct store *);

/*
 * When the last commit is later than now, the wall clock is plainly wrong, and
 * nobody knows how much time has passed: each time to live begins anew.  A step
 * of less than a second may not be seen.  Gives whether it was so; -1: and that
 * could not be stored.
 */
int store_check_clock(struct store *, int64_t now_ms);

/* Borrows r.  -1 ends the load. */
typedef int store_record(void *arg, const struct record *r);

/*
 * Calls back for each claim and each recurrence; claims that have expired at
 * now_ms are marked ended, and forgotten here.  Tokens of the history that
 * were given before are, too.  -1 when not all could be read; store_trouble
 * says why.
 */
int store_load(struct store *, int64_t now_ms, store_record *on_record,
    void *arg);

/*
 * Stores all records (as in CHANNEL_COMMIT, behind its number; the caller has
 * seen that the settings decode), or deletes what has ended: in one
 * transaction, on disk when it returns.  On -1 nothing of it is stored, or,
 * should the disk fail at the very end and we be killed then, all of it;
 * store_error says why.
 * When the file was taken away since it was opened, it is a new one that holds
 * only these; store_trouble says so then.
 */
int store_commit(struct store *, int64_t now_ms, struct wire_in records);

/*
 * Adds the stored settings to out, as settings_encode does.  -1 when they
 * cannot be read; store_error says why.
 */
int store_get_settings(struct store *, struct wire_out *out);

/* What the history may hold. */
struct store_limits {
	int64_t age_ms;
	int64_t rows;
};
/*
 * Deletes some of what is beyond the limits, oldest first, in a transaction
 * of its own.  1: there is more; 0: no more; -1: the disk refuses.
 */
int store_prune(struct store *, const struct store_limits *limits,
    int64_t now_ms);

/* Borrows e. */
typedef void store_entry(void *arg, const struct history_entry *e);
/*
 * Calls back for each entry that is asked for, newest first.  1: there are
 * more; 0: these were all; -1: store_error says why.
 */
int store_history(struct store *, const struct history_query *q,
    store_entry *on_entry, void *arg);

#endif
