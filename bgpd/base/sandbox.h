#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * What a process gives up, for good: the user it was started as, files
 * (Landlock), and system calls (seccomp).  What is given up is inherited by
 * whatever the process starts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Keys are in our memory, or will be: no core is dumped, and no debugger of the
 * same user may look in.  Lasts until the next exec.  -1 with errno.
 */
int sandbox_hide_memory(void);

/*
 * Becomes uid and gid with no other groups when started as root (else only
 * checks that nothing is to be done), never to gain privileges again.  Of all
 * capabilities CAP_NET_BIND_SERVICE is kept, if it is there, also over exec.
 * Hides the memory too.  -1 with errno.
 */
int sandbox_drop(uid_t uid, gid_t gid);

/* What the keeper goes on to do with a file or in a directory. */
enum sandbox_use {
	SANDBOX_READ,	/* all that is in it */
	SANDBOX_WORK,	/* read, write, make, rename and remove files */
	SANDBOX_REMOVE, /* remove files */
};

struct sandbox_path {
	const char *path; /* one that is not there is passed over */
	enum sandbox_use use;
};

/*
 * The keeper's confinement, after sandbox_drop(), in two steps.  Of files
 * there are those at these paths, what the system's libraries and name
 * service read, and exec by a descriptor, as of exe_fd.  -1 with errno.
 */
int sandbox_confine_keeper_files(int exe_fd, const struct sandbox_path *paths,
    size_t count);
/*
 * The filter takes its time to be made, so that the first speaker may be
 * started before.  What a later one needs is left open.  -1 with errno.
 */
int sandbox_confine_keeper_calls(void);
/*
 * The speaker's: no file can be opened (open(2) gives EACCES, since the C
 * library tries to at times), no program or process started, no other process
 * reached, and no socket made but TCP's, and datagram ones for syslog.
 * Whatever else is not among what it needs ends the process.  -1 with errno.
 */
int sandbox_confine_speaker(void);

struct sandbox_in_force {
	int landlock_abi; /* 0: this kernel has none */
	bool seccomp;
	bool bind_low_ports; /* CAP_NET_BIND_SERVICE is there */
};

/* Of this process, until the next call. */
const struct sandbox_in_force *sandbox_in_force(void);

#endif
