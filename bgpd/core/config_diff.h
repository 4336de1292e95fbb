#ifndef CONFIG_DIFF_H
#define CONFIG_DIFF_H

/*
 * What a reload would change, key by key, and how deep each change reaches.
 */

#include "config.h"
#include "config_key.h"

#define CONFIG_CHANGE_MAX 160

struct config_change {
	/* "neighbors.transit-a.communities"; "neighbors.transit-a" when the
	 * neighbor is new or gone */
	char path[CONFIG_CHANGE_MAX];
	char neighbor[CONFIG_NAME_MAX]; /* "": of no neighbor */
	enum config_depth depth;
};

struct config_diff {
	struct config_change *items; /* in the order of the table */
	size_t count;
};

/* NULL without memory.  Neighbors are the same if their names are. */
struct config_diff *config_diff_new(const struct config *old,
    const struct config *new);
/* NULL is fine. */
void config_diff_free(struct config_diff *);

/* The first change of that depth, or NULL. */
const struct config_change *config_diff_find(const struct config_diff *,
    enum config_depth depth);
/*
 * What happens to the neighbor with that name: DIFF_SESSION when its session
 * is to be reset, also because all are; else DIFF_POLICY when anything
 * changed that may be announced or applied to it; else DIFF_NOTHING.
 */
enum config_depth config_diff_neighbor(const struct config_diff *,
    const char *name);

#endif
