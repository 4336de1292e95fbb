/*
 * Writes the time of CLOCK_MONOTONIC, in nanoseconds, to a descriptor, then
 * becomes the program: when something was really executed, without what it
 * cost run.py to fork.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "now.h"

int
main(int argc, char *argv[])
{
	int fd;

	if (argc < 3)
		errx(2, "usage: stamp DESCRIPTOR PROGRAM [ARGUMENT...]");
	fd = (int)strtol(argv[1], NULL, 10);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		err(1, "descriptor %d", fd);
	dprintf(fd, "%" PRId64 "\n", now_ns());
	execvp(argv[2], argv + 2);
	err(1, "%s", argv[2]);
}
