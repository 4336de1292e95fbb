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
#include <time.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct timespec ts;
	int fd;

	if (argc < 3)
		errx(2, "usage: stamp DESCRIPTOR PROGRAM [ARGUMENT...]");
	fd = (int)strtol(argv[1], NULL, 10);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "the stamp");
	dprintf(fd, "%" PRId64 "\n",
	    (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
	execvp(argv[2], argv + 2);
	err(1, "%s", argv[2]);
}
