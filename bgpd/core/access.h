#ifndef ACCESS_H
#define ACCESS_H

/*
 * Who may do what: from the ids that the kernel reports of a control client
 * to its role, and the rate of changes a user may make.  The first rule of
 * control.access that matches wins; root and the daemon's own user are
 * operators where no rule names them.
 */

#include <sys/types.h>

#include "config.h"

struct caller {
	uid_t uid;
	pid_t pid;
	char user[CONFIG_NAME_MAX]; /* or "uid-1234" */
	enum access_role role;
	const struct config_access *rule; /* borrowed; NULL: none matched */
};

/* Sets role and rule for a caller of these ids (groups: all of them). */
void access_decide(struct caller *c, const struct config *config,
    uid_t daemon_uid, const gid_t *groups, size_t group_count);

/* "viewer"; "none" for ACCESS_NONE. */
const char *access_role_name(enum access_role role);

/*
 * A bucket of changes, ten seconds deep: a request enters while it is not
 * empty and may overdraw it.
 */
struct access_bucket {
	int64_t level_milli; /* thousandths of a change left */
	int64_t filled_ms;   /* when level was right, monotonic */
};

void access_bucket_init(struct access_bucket *b, uint32_t rate, int64_t now_ms);
/* Whether a request may enter now; it takes nothing yet. */
bool access_bucket_open(struct access_bucket *b, uint32_t rate, int64_t now_ms);
/* Takes what a request that entered has changed. */
void access_bucket_take(struct access_bucket *b, size_t changes);

#endif
