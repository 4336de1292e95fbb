#ifndef STORE_H
#define STORE_H

/*
 * The database of victims, DIRECTORY/victims.db: what is to be announced
 * again after a restart, and what operators have set.  Whoever opens it holds
 * the directory's lock (statedir.h).  Times are wall clock milliseconds.
 */

#include <stdint.h>

#include "channel.h"

struct store;

/* Room for what store_trouble and store_error say. */
#define STORE_TEXT_MAX 1024

/*
 * Opens the database, or makes it.  One that cannot be read is kept aside
 * under another name and a new one is made; store_trouble then says so.  One
 * that cannot be opened now (the disk fails, no permission) is left alone:
 * the store exists without it, and each commit tries to open it again.  NULL
 * only without memory.
 */
struct store *store_open(const char *directory);
void store_close(struct store *); /* NULL is fine */

/* What was wrong when it was opened and loaded; "" when nothing was. */
const char *store_trouble(const struct store *);
/* Why the last store_commit or store_put_settings failed. */
const char *store_error(const struct store *);

/* Borrows c.  -1 ends the load. */
typedef int store_claim(void *arg, const struct stored_claim *c);

/*
 * Calls back for each claim; those that have expired at now_ms are marked
 * ended, and forgotten here.  -1 when not all could be read; store_trouble says
 * why.
 */
int store_load(struct store *, int64_t now_ms, store_claim *on_claim,
    void *arg);

/*
 * Stores all claims (as in CHANNEL_COMMIT, behind its number), or deletes
 * those that have ended: in one transaction, on disk when it returns.  On -1
 * nothing of it is stored, and store_error says why.
 */
int store_commit(struct store *, struct wire_in claims);

/*
 * Adds the stored settings (settings_encode) to out, nothing if there are
 * none.  -1 when they cannot be read; store_trouble says why.
 */
int store_get_settings(struct store *, struct wire_out *out);
/* As store_commit, of all settings; the caller has seen that they decode. */
int store_put_settings(struct store *, struct wire_in settings);

#endif
