#ifndef SPEAKER_H
#define SPEAKER_H

/*
 * The speaker process: every connection, BGP and control.  It has no file
 * system of its own; what has a path comes from the keeper.
 */

struct speaker_start {
	int link_fd;		 /* the socketpair to the keeper */
	int control_fd;		 /* the listening control socket */
	int watchdog_fd;	 /* the service manager's socket, or -1 */
	const char *config_file; /* its path, to be shown; borrowed */
	const char *version;	 /* of the program; likewise */
};

/* Runs until told to stop; gives the exit code.  Takes the descriptors. */
int speaker_main(const struct speaker_start *start);

#endif
