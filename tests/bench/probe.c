/*
 * The neighbor to measure with: takes sessions on a port of every address of
 * its machine, speaks just enough BGP to keep them up, and counts in memory
 * what comes.  Every read is stamped with CLOCK_MONOTONIC, in nanoseconds, and
 * what it brought counts as of then.  It is told on standard input:
 *
 *	expect A W	from now on every session is to get A announcements
 *			and W withdrawals
 *	count		says what came since then
 *	drop		closes every session
 *	connect ADDRESS	opens a session to that address
 *	feed N		sends a table of N prefixes over one session
 *
 * and says on standard output, all but the count with a stamp first:
 *
 *	up			as many sessions as asked for are up
 *	expecting		it counts from now on
 *	reached MESSAGES OCTETS	all sessions have what is expected, in so
 *				many UPDATEs and octets of all types
 *	counted A		announcements, of all sessions together
 *	dropped, fed		it is done
 *	connecting, feeding	it begins
 *
 * IPv4 only.
 */

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgp.h"
#include "frame.h"
#include "now.h"
#include "open.h"
#include "probe_table.h"
#include "wire.h"

#define SESSIONS_MAX 1024
#define HOLD_TIME_S 90
#define KEEPALIVE_MS (HOLD_TIME_S * 1000 / 3)
#define BGP_PORT 179

/* One connection; its place is free when fd is -1. */
struct session {
	int fd;
	bool up;
	uint32_t announced, withdrawn; /* since the last expect */
	size_t len;
	uint8_t bytes[BGP_MESSAGE_MAX * 16];
};

static struct session sessions[SESSIONS_MAX];
static uint32_t as, wanted; /* how many sessions */
static uint32_t up;	    /* how many of them are */
static uint32_t expect_announced, expect_withdrawn;
static uint32_t complete; /* sessions that have what is expected */
static uint64_t messages, octets;
static int64_t stamp; /* when the bytes in hand were read */
static int poll_fd, listener;
static struct wire_out table; /* what is fed */
static struct session *eater; /* who is fed, or NULL */
static size_t fed;

static void
say(const char *what)
{
	printf("%s %" PRId64 "\n", what, stamp);
}

static void
watch(int fd, void *what, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = what };

	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &e) == -1 &&
	    (errno != EEXIST || epoll_ctl(poll_fd, EPOLL_CTL_MOD, fd, &e)))
		err(1, "epoll_ctl");
}

static bool
is_complete(const struct session *s)
{
	return s->announced >= expect_announced &&
	    s->withdrawn >= expect_withdrawn;
}

static void
say_if_reached(void)
{
	if (complete == wanted && expect_announced + expect_withdrawn > 0)
		printf("reached %" PRId64 " %" PRIu64 " %" PRIu64 "\n", stamp,
		    messages, octets);
}

static void
end_session(struct session *s)
{
	if (s->up)
		up--;
	if (is_complete(s))
		complete--;
	if (s == eater)
		eater = NULL;
	close(s->fd);
	s->fd = -1;
}

static void
send_all(const struct session *s, const struct wire_out *out)
{
	if (out->failed)
		errx(1, "out of memory");
	/* it may have closed the connection; the next read tells */
	if (send(s->fd, out->bytes, out->len, MSG_NOSIGNAL) == -1 &&
	    errno != EPIPE && errno != ECONNRESET)
		err(1, "send");
}

static void
send_keepalive(const struct session *s)
{
	struct wire_out out;

	wire_out_init(&out, BGP_MESSAGE_MAX);
	frame_keepalive(&out);
	send_all(s, &out);
	wire_out_fini(&out);
}

/* The address the session came to is the identifier: each another. */
static void
greet(const struct session *s)
{
	struct bgp_open o = { .version = BGP_VERSION,
		.as = as,
		.hold_time_s = HOLD_TIME_S };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	struct wire_out out;

	if (getsockname(s->fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "getsockname");
	o.bgp_id = ntohl(sin.sin_addr.s_addr);
	o.caps.multiprotocol = true;
	o.caps.families = FAMILY_BIT(FAMILY_IPV4);
	o.caps.as4 = true;
	o.caps.as = as;
	o.caps.role = ROLE_NONE;
	wire_out_init(&out, BGP_MESSAGE_MAX);
	open_encode(&o, &out);
	frame_keepalive(&out);
	send_all(s, &out);
	wire_out_fini(&out);
}

static uint32_t
count_prefixes(struct wire_in nlri)
{
	uint32_t n = 0;

	for (; nlri.left > 0; n++)
		(void)wire_get_bytes(&nlri, (wire_get_u8(&nlri) + 7U) / 8);
	if (nlri.failed)
		errx(1, "a broken prefix came");
	return n;
}

static void
on_update(struct session *s, struct wire_in in)
{
	struct wire_in withdrawn = wire_get_sub(&in, wire_get_u16(&in));
	bool was_complete = is_complete(s);

	(void)wire_get_sub(&in, wire_get_u16(&in)); /* path attributes */
	if (in.failed)
		errx(1, "a broken UPDATE came");
	if (withdrawn.left == 0 && in.left == 0)
		return; /* End-of-RIB */
	messages++;
	s->withdrawn += count_prefixes(withdrawn);
	s->announced += count_prefixes(in);
	if (!was_complete && is_complete(s)) {
		complete++;
		say_if_reached();
	}
}

static void
on_keepalive(struct session *s)
{
	if (s->up)
		return;
	s->up = true;
	if (++up == wanted)
		say("up");
}

static void
on_message(struct session *s, const struct frame *f)
{
	octets += f->len;
	if (f->type == BGP_OPEN)
		greet(s);
	else if (f->type == BGP_KEEPALIVE)
		on_keepalive(s);
	else if (f->type == BGP_UPDATE)
		on_update(s, f->body);
	else if (f->type == BGP_NOTIFICATION)
		end_session(s);
}

/* Handles every whole message in hand, keeps the rest for later. */
static void
take_messages(struct session *s)
{
	struct bgp_notification why;
	struct frame f;
	size_t used = 0;
	int rc = 1;

	while (s->fd != -1) {
		rc = frame_decode(&f, s->bytes + used, s->len - used,
		    BGP_MESSAGE_MAX, &why);
		if (rc <= 0)
			break;
		on_message(s, &f);
		used += f.len;
	}
	if (rc == -1)
		errx(1, "a broken message came");
	s->len -= used;
	memmove(s->bytes, s->bytes + used, s->len);
}

static void
on_readable(struct session *s)
{
	ssize_t n = read(s->fd, s->bytes + s->len, sizeof(s->bytes) - s->len);

	if (n == -1 && errno == EAGAIN)
		return;
	stamp = now_ns();
	if (n <= 0) {
		end_session(s);
		return;
	}
	s->len += (size_t)n;
	take_messages(s);
}

static struct session *
begin_session(int fd)
{
	struct session *s = sessions;
	int on = 1;

	while (s->fd != -1)
		if (++s == sessions + SESSIONS_MAX)
			errx(1, "too many connections");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "a new connection");
	s->fd = fd;
	s->up = false;
	s->len = 0;
	s->announced = s->withdrawn = 0;
	if (is_complete(s))
		complete++;
	watch(fd, s, EPOLLIN);
	return s;
}

static void
drop_all(void)
{
	for (struct session *s = sessions; s < sessions + SESSIONS_MAX; s++)
		if (s->fd != -1)
			end_session(s);
	stamp = now_ns();
	say("dropped");
}

static void
expect(const char *what)
{
	char *rest;

	expect_announced = (uint32_t)strtoul(what, &rest, 10);
	expect_withdrawn = (uint32_t)strtoul(rest, NULL, 10);
	complete = 0;
	messages = octets = 0;
	for (struct session *s = sessions; s < sessions + SESSIONS_MAX; s++)
		s->announced = s->withdrawn = 0;
	stamp = now_ns();
	say("expecting");
}

static void
count(void)
{
	uint64_t announced = 0;

	for (struct session *s = sessions; s < sessions + SESSIONS_MAX; s++)
		if (s->fd != -1)
			announced += s->announced;
	printf("counted %" PRIu64 "\n", announced);
}

static void
connect_to(const char *address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(BGP_PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(1, "connect to what: %s", address);
	stamp = now_ns();
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect to %s", address);
	say("connecting");
	greet(begin_session(fd));
}

/* Sends more of the table, as far as there is room. */
static void
feed_on(struct session *s)
{
	ssize_t n;

	n = send(s->fd, table.bytes + fed, table.len - fed, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN)
		err(1, "feed");
	if (n > 0)
		fed += (size_t)n;
	if (fed == table.len)
		watch(s->fd, s, EPOLLIN);
}

static bool
is_digesting(void)
{
	return eater != NULL && fed == table.len;
}

/* It is fed when the last octet is acknowledged. */
static void
say_if_fed(void)
{
	int unsent;

	if (ioctl(eater->fd, SIOCOUTQ, &unsent) == -1)
		err(1, "SIOCOUTQ");
	if (unsent > 0)
		return;
	eater = NULL;
	stamp = now_ns();
	say("fed");
}

static void
feed(const char *count)
{
	struct session *s = sessions;

	while (!s->up)
		if (++s == sessions + SESSIONS_MAX)
			errx(1, "nobody to feed");
	wire_out_fini(&table);
	probe_table_make(&table, as, (uint32_t)strtoul(count, NULL, 10));
	fed = 0;
	eater = s;
	stamp = now_ns();
	say("feeding");
	watch(s->fd, s, EPOLLIN | EPOLLOUT);
}

/* false: nobody tells us any more. */
static bool
on_told(void)
{
	char line[128];

	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "expect ", 7) == 0)
		expect(line + 7);
	else if (strcmp(line, "count") == 0)
		count();
	else if (strncmp(line, "connect ", 8) == 0)
		connect_to(line + 8);
	else if (strncmp(line, "feed ", 5) == 0)
		feed(line + 5);
	else if (strcmp(line, "drop") == 0)
		drop_all();
	else
		errx(1, "what is: %s", line);
	return true;
}

static void
listen_everywhere(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(BGP_PORT) };
	int on = 1;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener == -1 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(listener, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(listener, SESSIONS_MAX) == -1)
		err(1, "listen on port %d", BGP_PORT);
	watch(listener, &listener, EPOLLIN);
}

/* false: the end. */
static bool
on_event(const struct epoll_event *e)
{
	struct session *s = e->data.ptr;
	int fd;

	if (e->data.ptr == &listener) {
		fd = accept(listener, NULL, NULL);
		if (fd == -1)
			err(1, "accept");
		begin_session(fd);
	} else if (e->data.ptr == stdin) {
		return on_told();
	} else {
		if (s->fd != -1 && (e->events & EPOLLOUT))
			feed_on(s);
		if (s->fd != -1 && (e->events & ~(uint32_t)EPOLLOUT))
			on_readable(s);
	}
	return true;
}

/* Whoever is fed may have half a message now; UPDATEs do as well. */
static void
keep_alive(void)
{
	for (struct session *s = sessions; s < sessions + SESSIONS_MAX; s++)
		if (s->fd != -1 && s->up && s != eater)
			send_keepalive(s);
}

/* How long to wait when the next KEEPALIVEs are due then. */
static int
timeout_ms(int64_t due)
{
	int64_t left = due - now_ns() / 1000000;

	if (left < 0)
		return 0;
	if (is_digesting())
		return 1;
	return (int)left;
}

int
main(int argc, char *argv[])
{
	struct epoll_event events[64];
	int64_t due = now_ns() / 1000000 + KEEPALIVE_MS;
	int n;

	if (argc != 3)
		errx(2, "usage: probe AS SESSIONS");
	as = (uint32_t)strtoul(argv[1], NULL, 10);
	wanted = (uint32_t)strtoul(argv[2], NULL, 10);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		sessions[i].fd = -1;
	if (setvbuf(stdin, NULL, _IONBF, 0) != 0)
		err(1, "standard input");
	poll_fd = epoll_create1(0);
	watch(STDIN_FILENO, stdin, EPOLLIN);
	listen_everywhere();
	for (;;) {
		n = epoll_wait(poll_fd, events, 64, timeout_ms(due));
		for (int i = 0; i < n; i++)
			if (!on_event(&events[i]))
				return 0;
		if (is_digesting())
			say_if_fed();
		if (timeout_ms(due) == 0) {
			keep_alive();
			due += KEEPALIVE_MS;
		}
		if (fflush(stdout) == EOF)
			err(1, "standard output");
	}
}
