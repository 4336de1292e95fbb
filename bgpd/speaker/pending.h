#ifndef PENDING_H
#define PENDING_H

/*
 * Changes that are not stored yet, as the last state of each claim, and who
 * waits for them.  Changes of one turn of the loop share one commit; one
 * commit is under way at a time; one that failed is tried again.
 */

#include <event2/event.h>

#include "channel.h"

struct link;
struct metrics;
struct pending;
struct settings;

/* How long an answer waits for the disk. */
#define PENDING_WAIT_MS 2000

struct pending *pending_new(struct event_base *base);
void pending_free(struct pending *p); /* NULL is fine; waiters are dropped */
/* The keeper's link, borrowed; NULL: none, changes gather. */
void pending_set_link(struct pending *p, struct link *link);
/* Is told how long each commit took; borrowed. */
void pending_set_metrics(struct pending *p, struct metrics *metrics);

/*
 * The new state of one claim, copied.  NULL: no memory, or texts that cannot
 * be sent.  Then put, which takes it, cannot fail and gives the number of the
 * commit that it will be in; or discard.
 */
struct pending_change;
struct pending_change *pending_prepare(const struct stored_claim *claim);
uint64_t pending_put(struct pending *p, struct pending_change *c);
void pending_discard(struct pending_change *c); /* NULL is fine */
/*
 * The same of how often a prefix came back, and of all that operators have
 * set.  -1: no memory, nothing is put; else *number is the commit's.
 */
int pending_put_recurrence(struct pending *p, const struct stored_recurrence *r,
    uint64_t *number);
int pending_put_settings(struct pending *p, const struct settings *settings,
    uint64_t *number);
/*
 * A line for the history, in the same commit as the change it tells of.  While
 * the disk fails the last PENDING_HISTORY_MAX are kept, the oldest are lost.
 */
#define PENDING_HISTORY_MAX 10000
void pending_note(struct pending *p, const struct history_entry *entry);
/* Told when storage begins to fail (why) and when all is stored again (""). */
typedef void pending_trouble_changed(void *arg, const char *why);
void pending_on_trouble(struct pending *p, pending_trouble_changed *changed,
    void *arg);
/*
 * What is put from now on is one commit: none is sent before it is whole.  Not
 * for long; others wait for theirs meanwhile.
 */
void pending_hold(struct pending *p);
void pending_release(struct pending *p);
/* Whether a change of that claim is not stored yet. */
bool pending_has(struct pending *p, const struct prefix *prefix,
    const char *owner);
/*
 * Drops a change of that claim as if it had never been put.  false: it may be
 * stored already, or stands in place of an older change that was not.
 */
bool pending_take_back(struct pending *p, const struct prefix *prefix,
    const char *owner);

/* The keeper's answer.  -1: it is nonsense. */
int pending_on_committed(struct pending *p,
    const struct channel_committed *committed);

/*
 * Calls back once commit number, which pending_put just gave, is stored
 * (true), or fails or does not come within PENDING_WAIT_MS (false; the change
 * is tried again); never from within pending_wait.  NULL: no memory.
 */
struct pending_waiter;
typedef void pending_done(void *arg, bool stored);
struct pending_waiter *pending_wait(struct pending *p, uint64_t number,
    pending_done *done, void *arg);
/* No call back any more; NULL is fine; not after the call back. */
void pending_cancel(struct pending_waiter *w);

/* For status: why what is pending is not stored, or "" when all is well. */
const char *pending_trouble(const struct pending *p);
size_t pending_count(const struct pending *p);
/* How long the last commit that was stored took; -1: there was none yet. */
int64_t pending_last_commit_ms(const struct pending *p);

#endif
