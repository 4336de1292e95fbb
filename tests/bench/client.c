/*
 * Control clients that cost little: each adds victims of its own, with so many
 * requests at most waiting for their answers.
 *
 *	client SOCKET CLIENTS OF_EACH AHEAD FIRST
 *
 * The first victim is the one numbered FIRST, as run.py numbers them.  Every
 * answer must say that the victim is stored.  Prints how many were answered a
 * second.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "now.h"

#define BUFFER (1 << 16)
#define REQUEST_MAX 128
#define EVENTS 256

/* Octets from begin to end are still to be sent, or to be understood. */
struct buffer {
	size_t begin, end;
	char bytes[BUFFER];
};

struct client {
	int fd;
	bool waits_for_room;
	uint32_t first, asked, answered;
	struct buffer out, in;
};

static uint32_t of_each, ahead;
static int poll_fd;

static void
watch(struct client *c, int what, bool for_room)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

	if (for_room)
		e.events |= EPOLLOUT;
	if (epoll_ctl(poll_fd, what, c->fd, &e) == -1)
		err(1, "epoll_ctl");
	c->waits_for_room = for_room;
}

static void
open_client(struct client *c, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path) >=
	    (int)sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (c->fd == -1 ||
	    connect(c->fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "%s", path);
	watch(c, EPOLL_CTL_ADD, false);
}

static void
put_request(struct client *c)
{
	struct buffer *b = &c->out;
	uint32_t victim = c->first + c->asked++;

	b->end += (size_t)snprintf(b->bytes + b->end, REQUEST_MAX,
	    "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu32 ",\"method\":\"victim.add\","
	    "\"params\":{\"prefix\":\"10.%u.%u.%u/32\"}}\n",
	    c->asked, victim >> 16 & 255, victim >> 8 & 255, victim & 255);
}

/* As much as may be asked and as there is room for. */
static void
ask(struct client *c)
{
	struct buffer *b = &c->out;
	bool is_full = false;
	ssize_t n;

	while (!is_full) {
		if (b->begin == b->end)
			b->begin = b->end = 0;
		while (c->asked < of_each && c->asked - c->answered < ahead &&
		    b->end + REQUEST_MAX <= BUFFER)
			put_request(c);
		if (b->begin == b->end)
			break;
		n = send(c->fd, b->bytes + b->begin, b->end - b->begin,
		    MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			err(1, "send");
		is_full = n == -1;
		if (n > 0)
			b->begin += (size_t)n;
	}
	if (is_full != c->waits_for_room)
		watch(c, EPOLL_CTL_MOD, is_full);
}

static void
check_answer(const char *line, size_t len)
{
	static const char stored[] = "\"stored\":true";

	if (memmem(line, len, "\"result\":", 9) == NULL ||
	    memmem(line, len, stored, sizeof(stored) - 1) == NULL)
		errx(1, "the answer: %.*s", (int)len, line);
}

/* Takes every whole line in hand, keeps the rest for later. */
static void
take_answers(struct client *c)
{
	struct buffer *b = &c->in;
	const char *lf;

	while ((lf = memchr(b->bytes + b->begin, '\n', b->end - b->begin)) !=
	    NULL) {
		check_answer(b->bytes + b->begin,
		    (size_t)(lf - b->bytes) - b->begin);
		b->begin = (size_t)(lf - b->bytes) + 1;
		c->answered++;
	}
	b->end -= b->begin;
	memmove(b->bytes, b->bytes + b->begin, b->end);
	b->begin = 0;
}

static void
on_readable(struct client *c)
{
	struct buffer *b = &c->in;
	ssize_t n = recv(c->fd, b->bytes + b->end, BUFFER - b->end, 0);

	if (n == -1 && errno == EAGAIN)
		return;
	if (n == -1)
		err(1, "recv");
	if (n == 0)
		errx(1, "the daemon closed a connection");
	b->end += (size_t)n;
	take_answers(c);
}

/* Until all is answered. */
static void
run(struct client *clients, uint32_t count)
{
	struct epoll_event events[EVENTS];
	uint32_t busy = count;
	struct client *c;
	int n;

	for (uint32_t i = 0; i < count; i++)
		ask(&clients[i]);
	while (busy > 0) {
		n = epoll_wait(poll_fd, events, EVENTS, -1);
		if (n == -1)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++) {
			c = events[i].data.ptr;
			if (events[i].events & ~(uint32_t)EPOLLOUT)
				on_readable(c);
			ask(c);
			if (c->answered == of_each)
				busy--;
		}
	}
}

static uint32_t
number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int
main(int argc, char *argv[])
{
	struct client *clients;
	uint32_t count;
	int64_t begin;

	if (argc != 6)
		errx(2, "usage: client SOCKET CLIENTS OF_EACH AHEAD FIRST");
	count = number(argv[2]);
	of_each = number(argv[3]);
	ahead = number(argv[4]);
	clients = calloc(count, sizeof(*clients));
	poll_fd = epoll_create1(0);
	if (clients == NULL || poll_fd == -1)
		err(1, "%" PRIu32 " clients", count);
	for (uint32_t i = 0; i < count; i++) {
		clients[i].first = number(argv[5]) + i * of_each;
		open_client(&clients[i], argv[1]);
	}
	begin = now_ns();
	run(clients, count);
	printf("%.1f\n",
	    (double)count * of_each / ((double)(now_ns() - begin) / 1e9));
	free(clients);
}
