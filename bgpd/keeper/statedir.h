#ifndef STATEDIR_H
#define STATEDIR_H

/*
 * The directory that the state is kept in, and the lock against a second
 * daemon in it.
 */

#include <sys/types.h>

struct statedir_owner {
	uid_t uid;
	gid_t gid;
};

/*
 * Makes the directory (0700) if there is none, and locks it for as long as
 * the descriptor that it gives is open.  When root calls, our files in it,
 * and the directory if it is ours alone, are given to the owner, who will
 * work with them.  -1 with errno; EWOULDBLOCK: another daemon has it, *holder
 * is its process, or 0.
 */
int statedir_lock(const char *directory, const struct statedir_owner *owner,
    pid_t *holder);

#endif
