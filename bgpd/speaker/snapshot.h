#ifndef SNAPSHOT_H
#define SNAPSHOT_H

/*
 * The present state for one subscriber, told in pieces while changes go on:
 * neighbor.up or neighbor.down for each neighbor, storage.failed if it fails,
 * victim.added for each victim in address order, and snapshot.end.
 *
 * Victims are walked with a cursor.  What happens to a victim that the cursor
 * has passed is told as an event; what happens to one before it is not: either
 * the walk will come upon it as it is then, or it is gone and was never told
 * of.  So each victim is told of once, and when snapshot.end has come the
 * subscriber has exactly the present state.
 */

#include <stdbool.h>
#include <stddef.h>

#include "feed.h"
#include "prefix.h"

struct method_env;

enum snapshot_stage {
	SNAPSHOT_NONE, /* none was asked for, or it is at its end */
	SNAPSHOT_BEGIN,
	SNAPSHOT_VICTIMS
};

struct snapshot {
	enum snapshot_stage stage;
	uint32_t types; /* of the subscriber: the snapshot tells no others */
	bool walking;	/* a victim was told of, the cursor's */
	struct prefix cursor;
};

void snapshot_begin(struct snapshot *s, uint32_t types);
/* Whether an event is to be told while the snapshot stands where it does. */
bool snapshot_lets(const struct snapshot *s, enum feed_type type,
    const struct prefix *victim);
/*
 * Tells the next piece, something in any case, and about so many bytes of it
 * besides the neighbors.  -1: no room or no memory.
 */
int snapshot_next(struct snapshot *s, const struct method_env *env,
    struct feed_subscriber *to, size_t bytes);

#endif
