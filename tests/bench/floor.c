/*
 * The floor under the other figures: bare round trips of one octet over TCP on
 * the loopback, between two processes that sleep until it comes.  Prints the
 * nanoseconds of each: floor ROUNDS.
 */
#include <sys/socket.h>

#include <err.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_US 500

static int64_t
now_ns(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int
no_delay(int fd)
{
	int on = 1;

	if (fd == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		err(1, "socket");
	return fd;
}

/* Sends back what comes, until nothing does. */
static void
echo(int listener)
{
	int fd = no_delay(accept(listener, NULL, NULL));
	char c;

	while (read(fd, &c, 1) == 1)
		if (write(fd, &c, 1) != 1)
			err(1, "write");
	exit(0);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int listener, fd;
	int64_t begin;
	long rounds;
	char c = 0;

	if (argc != 2)
		errx(2, "usage: floor ROUNDS");
	rounds = strtol(argv[1], NULL, 10);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener == -1 ||
	    bind(listener, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(listener, 1) == -1 ||
	    getsockname(listener, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listen");
	if (fork() == 0)
		echo(listener);
	fd = no_delay(socket(AF_INET, SOCK_STREAM, 0));
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	for (long i = 0; i < rounds; i++) {
		usleep(PAUSE_US);
		begin = now_ns();
		if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
			err(1, "the round trip");
		printf("%" PRId64 "\n", now_ns() - begin);
	}
}
