#ifndef CTLSOCKET_H
#define CTLSOCKET_H

/*
 * The control socket's place in the file system.  The keeper makes it, the
 * speaker accepts on it.
 */

#include <stdbool.h>
#include <sys/types.h>

/* Room for what is wrong. */
#define CTLSOCKET_WHY_MAX 256

struct ctlsocket {
	const char *path; /* borrowed while it lives */
	mode_t mode;
	gid_t gid;   /* of the socket */
	uid_t owner; /* of the socket and of a directory made for it */
	gid_t owner_gid;
	int fd; /* listening */
	/* what was made, so that nothing else is removed */
	dev_t dev;
	ino_t ino;
};

/*
 * Listens on the path with exactly that mode, owner and group from the first
 * moment that somebody can connect.  A directory is made for it when it has
 * none.  What a daemon left behind is replaced; one that still answers is
 * given a few seconds to end.  -1: why says what is wrong.
 */
int ctlsocket_open(struct ctlsocket *, char why[CTLSOCKET_WHY_MAX]);
/*
 * Whether it was shut down, by whoever shares it: nobody can ever connect to it
 * again.
 */
bool ctlsocket_is_shut(const struct ctlsocket *);
/* Closes it and removes it from the file system. */
void ctlsocket_close(struct ctlsocket *);

#endif
