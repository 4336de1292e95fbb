#ifndef FEED_H
#define FEED_H

/*
 * Events and who wants to hear of them.  Each subscriber has its own sequence
 * of numbers, which begins with 1.  What a slow one misses takes its numbers
 * too, and is told by events.lost with how many they were.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct prefix;

enum feed_type {
	FEED_VICTIM_ADDED,
	FEED_VICTIM_REFRESHED,
	FEED_VICTIM_WITHDRAWN,
	FEED_VICTIM_EXPIRED,
	FEED_VICTIM_HELD,
	FEED_VICTIM_DELIVERED,
	FEED_VICTIM_UNCOVERED,
	FEED_NEIGHBOR_UP,
	FEED_NEIGHBOR_DOWN,
	FEED_DAEMON_RELOADED,
	FEED_DAEMON_STOPPING,
	FEED_STORAGE_FAILED,
	FEED_STORAGE_RECOVERED,
	FEED_EVENTS_LOST,
	FEED_SNAPSHOT_END
};
#define FEED_TYPES (FEED_SNAPSHOT_END + 1)
#define FEED_BIT(type) (1U << (type))
#define FEED_ALL ((1U << FEED_TYPES) - 1)
/* "victim.added" */
const char *feed_type_name(enum feed_type type);
/* false: no such type. */
bool feed_type_find(const char *name, enum feed_type *type);

struct feed;

struct feed *feed_new(void);
void feed_free(struct feed *f); /* NULL is fine; after all subscribers */

/* Whether anybody wants it: else its parameters need not be made. */
bool feed_wants(const struct feed *f, enum feed_type type);
/*
 * Tells all who want it.  victim: which one it is about, or NULL.  Takes
 * params, an object without type, at and seq, or NULL for no memory: then it
 * counts as lost.
 */
void feed_publish(struct feed *f, enum feed_type type,
    const struct prefix *victim, json_t *params);

/* What is called of a subscriber; none of these may end a subscription. */
struct feed_listener {
	/* One whole line with its end; false: no room, the event is lost. */
	bool (*line)(void *arg, const char *line, size_t len);
	/* Whether it is to hear of this now, besides its types. */
	bool (
	    *lets)(void *arg, enum feed_type type, const struct prefix *victim);
	void *arg;
};

/*
 * A subscriber to these types, and to events.lost and snapshot.end whatever
 * they are.  NULL: no memory.
 */
struct feed_subscriber;
struct feed_subscriber *feed_subscribe(struct feed *f, uint32_t types,
    const struct feed_listener *listener);
void feed_unsubscribe(struct feed_subscriber *s); /* NULL is fine */
/*
 * An event for that subscriber alone: a part of its snapshot.  Takes params.
 * false: no room or no memory, and nothing was told.
 */
bool feed_tell(struct feed_subscriber *s, enum feed_type type, json_t *params);
/* There is room again: tells what was lost. */
void feed_drained(struct feed_subscriber *s);

#endif
