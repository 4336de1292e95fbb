#ifndef CONTROL_USER_H
#define CONTROL_USER_H

/*
 * What is kept for each user of the control socket, however many connections
 * it has: how many, how fast it changes things, how often it is logged.  Only
 * users that have a role are kept, so their number is that of the host.
 */

#include <sys/tree.h>

#include "access.h"

struct control_user {
	RB_ENTRY(control_user) entry;
	uid_t uid;
	uint32_t rate; /* of changes */
	size_t clients;
	size_t batches; /* of theirs that take more than one turn */
	size_t input;	/* bytes that they have sent and we hold */
	size_t unread;	/* bytes that they have not read yet */
	struct access_bucket changes;
	struct access_bucket log_lines; /* about what it was refused */
	uint64_t unlogged;
};

RB_HEAD(control_users, control_user);

/* Lines about refusals that one user may cause a second. */
#define CONTROL_USER_LOG_RATE 1

/* How many clients the user has. */
size_t control_user_clients(struct control_users *users, uid_t uid);
/*
 * The caller's user with one client more; NULL without memory.  Also forgets
 * the users that have no client and have been idle long enough.
 */
struct control_user *control_user_get(struct control_users *users,
    const struct caller *caller, int64_t now_ms);
/* The rate of the caller's user is that of its rule, from now on. */
void control_user_set_rate(struct control_user *user,
    const struct caller *caller);
/* One client less. */
void control_user_put(struct control_user *user);
/* None has a client any more. */
void control_user_free_all(struct control_users *users);

#endif
