/*
 * The floor under the other figures: bare round trips of one octet over TCP on
 * the loopback, between two processes that sleep until it comes.  One for each
 * octet on standard input, so that it can take its turn among the programs and
 * has slept as long as they have; prints the nanoseconds of each.
 */
#include <sys/socket.h>

#include <err.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "now.h"

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
main(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int listener, fd;
	int64_t begin;
	char c;

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
	while (read(STDIN_FILENO, &c, 1) == 1) {
		begin = now_ns();
		if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
			err(1, "the round trip");
		dprintf(STDOUT_FILENO, "%" PRId64 "\n", now_ns() - begin);
	}
}
