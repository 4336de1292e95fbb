#ifndef RECENT_H
#define RECENT_H

/*
 * What happened of late, for the status page: the last events, and how many
 * victims there were over the last day.  Kept in memory only; the time, of
 * CLOCK_BOOTTIME, comes from the caller.
 *
 * No timer wakes us for the day's plot: between two changes the number of
 * victims stays what it is, so that the steps in between are filled in by the
 * next change, or by whoever looks.
 *
 * NULL for struct recent is fine: nothing is kept.
 */

#include "feed.h"
#include "prefix.h"

#define RECENT_EVENTS 50
#define RECENT_WHO_MAX 64   /* bytes of an owner's or a neighbor's name */
#define RECENT_TEXT_MAX 256 /* bytes of a reason */
#define RECENT_STEP_MS INT64_C(300000)
#define RECENT_STEPS 288 /* a day of them */

struct recent;

struct recent *recent_new(int64_t now_ms);
void recent_free(struct recent *r); /* NULL is fine */

/* One event. */
struct recent_event {
	uint64_t seq;  /* from 1 on */
	int64_t at_ms; /* CLOCK_BOOTTIME */
	enum feed_type type;
	bool has_prefix;
	struct prefix prefix; /* of the victim */
	char who[RECENT_WHO_MAX + 1];
	char text[RECENT_TEXT_MAX + 1];
};

/*
 * Notes an event in place of the oldest.  victim, who (its owner, or the
 * neighbor) and text may be NULL; what of a text is too long is cut off.
 */
void recent_note(struct recent *r, int64_t now_ms, enum feed_type type,
    const struct prefix *victim, const char *who, const char *text);
/* The i-th event, 0 is the newest; NULL: no more are kept. */
const struct recent_event *recent_event(const struct recent *r, size_t i);

/* There are so many victims from now on. */
void recent_set_victims(struct recent *r, int64_t now_ms, size_t victims);
/*
 * The most victims that there were in each step of the last day, the oldest
 * first, the last one under way; gives how many steps that are, at most
 * RECENT_STEPS, and less in our first day.
 */
size_t recent_day(struct recent *r, int64_t now_ms,
    size_t victims[RECENT_STEPS]);

#endif
