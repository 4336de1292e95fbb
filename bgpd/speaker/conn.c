/*
 * Bytes are read into one buffer that all connections share, since only one
 * is read at a time; what is left of a message not yet whole is kept by its
 * connection.  So an idle connection holds no buffer.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "bgp.h"

#include "conn.h"
#include "tcp.h"

/*
 * Reads in one callback, so that no neighbor keeps the others waiting, nor a
 * change: a full table's UPDATEs of 128 KiB take about a millisecond.
 */
#define READ_BUDGET 2
#define READ_SIZE 65536

enum conn_phase {
	CONN_CONNECTING,
	CONN_OPEN,
	CONN_LINGERING,
	CONN_DEAD
};

struct conn {
	TAILQ_ENTRY(conn) entry; /* in conns */
	int fd;
	enum conn_phase phase;
	struct conn_events events;
	size_t message_max;
	uint8_t *partial; /* the beginning of a message */
	size_t partial_len;
	uint64_t written; /* octets given to the kernel so far */
	struct evbuffer *out;
	struct event *readable, *writable;
	struct event *reaper; /* ends lingering, frees */
};

static TAILQ_HEAD(conn_list, conn) conns = TAILQ_HEAD_INITIALIZER(conns);
static size_t lingering; /* of them */

static uint8_t read_buffer[BGP_MESSAGE_MAX_EXTENDED + READ_SIZE];

static void
conn_free(struct conn *c)
{
	TAILQ_REMOVE(&conns, c, entry);
	if (c->phase == CONN_LINGERING)
		lingering--;
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	if (c->reaper != NULL)
		event_free(c->reaper);
	if (c->out != NULL)
		evbuffer_free(c->out);
	close(c->fd);
	free(c->partial);
	free(c);
}

/* Frees it on the next turn of the loop: its callback may be running. */
static void
conn_reap(struct conn *c)
{
	if (c->phase == CONN_LINGERING)
		lingering--;
	c->phase = CONN_DEAD;
	event_del(c->readable);
	event_del(c->writable);
	event_active(c->reaper, EV_TIMEOUT, 0);
}

/* Tells the owner, who calls conn_close. */
static void
conn_fail(struct conn *c, const char *why)
{
	if (c->phase == CONN_LINGERING)
		conn_reap(c);
	else
		c->events.on_down(c->events.arg, why);
}

static const char *
why_failed(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "connection refused";
	case ECONNRESET:
	case EPIPE:
		return "connection reset by the neighbor";
	case ETIMEDOUT:
		return TCP_TIMED_OUT;
	case EHOSTUNREACH:
		return "no route to the neighbor";
	case ENETUNREACH:
		return "network unreachable";
	default:
		return "connection failed";
	}
}

static bool
would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* Keeps the len octets behind the last whole message. */
static int
keep_partial(struct conn *c, const uint8_t *bytes, size_t len)
{
	uint8_t *partial;

	if (len == 0) {
		free(c->partial);
		c->partial = NULL;
	} else {
		partial = realloc(c->partial, len);
		if (partial == NULL)
			return -1;
		memcpy(partial, bytes, len);
		c->partial = partial;
	}
	c->partial_len = len;
	return 0;
}

/* Hands out the whole messages of the first len octets of the buffer. */
static void
take_messages(struct conn *c, size_t len)
{
	struct bgp_notification why;
	struct frame f;
	size_t at = 0;

	while (c->phase == CONN_OPEN) {
		int rc = frame_decode(&f, read_buffer + at, len - at,
		    c->message_max, &why);

		if (rc == -1) {
			c->events.on_bad_frame(c->events.arg, &why);
			return;
		}
		if (rc == 0)
			break;
		at += f.len;
		c->events.on_message(c->events.arg, &f);
	}
	if (c->phase == CONN_OPEN &&
	    keep_partial(c, read_buffer + at, len - at) == -1)
		conn_fail(c, "out of memory");
}

/* One read.  Whether there may be more. */
static bool
read_once(struct conn *c)
{
	size_t had = c->phase == CONN_OPEN ? c->partial_len : 0;
	ssize_t n;

	if (had > 0)
		memcpy(read_buffer, c->partial, had);
	n = read(c->fd, read_buffer + had, READ_SIZE);
	if (n == -1 && would_block(errno))
		return false;
	if (n <= 0) {
		conn_fail(c,
		    n == 0 ? "closed by the neighbor" : why_failed(errno));
		return false;
	}
	if (c->phase == CONN_OPEN)
		take_messages(c, had + (size_t)n);
	return n == READ_SIZE && c->phase != CONN_DEAD;
}

/* libevent: bytes came. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < READ_BUDGET; i++)
		if (!read_once(c))
			break;
}

/* All is with the kernel: nothing more to wait for, or the FIN's turn. */
static void
on_all_written(struct conn *c)
{
	event_del(c->writable);
	if (c->phase == CONN_LINGERING && shutdown(c->fd, SHUT_WR) == -1)
		conn_reap(c);
}

static void
write_queued(struct conn *c)
{
	while (evbuffer_get_length(c->out) > 0) {
		int n = evbuffer_write(c->out, c->fd);

		if (n > 0) {
			c->written += (uint64_t)n;
		} else if (!would_block(errno)) {
			/* the next read tells what happened */
			event_active(c->readable, EV_READ, 0);
			break;
		} else {
			if (event_add(c->writable, NULL) == -1)
				event_active(c->writable, EV_WRITE, 0);
			return;
		}
	}
	on_all_written(c);
}

static void
finish_connecting(struct conn *c)
{
	if (tcp_connect_result(c->fd) == -1) {
		conn_fail(c, why_failed(errno));
		return;
	}
	c->phase = CONN_OPEN;
	event_del(c->writable);
	if (event_add(c->readable, NULL) == -1)
		conn_fail(c, "out of memory");
	else
		c->events.on_connected(c->events.arg);
}

/* libevent: connected, or there is room to write. */
static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->phase == CONN_CONNECTING) {
		finish_connecting(c);
		return;
	}
	write_queued(c);
	if (c->phase == CONN_OPEN && conn_queued(c) == 0)
		c->events.on_drained(c->events.arg);
}

/* libevent: lingering is over, or it is to be freed. */
static void
on_reaper(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_free(arg);
}

struct conn *
conn_new(struct event_base *base, int fd, bool connecting,
    const struct conn_events *events)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct event *first;

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&conns, c, entry);
	c->fd = fd;
	c->events = *events;
	c->phase = connecting ? CONN_CONNECTING : CONN_OPEN;
	c->message_max = BGP_MESSAGE_MAX;
	c->out = evbuffer_new();
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable =
	    event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	c->reaper = evtimer_new(base, on_reaper, c);
	first = connecting ? c->writable : c->readable;
	if (c->out == NULL || c->readable == NULL || c->writable == NULL ||
	    c->reaper == NULL || event_add(first, NULL) == -1) {
		conn_free(c);
		return NULL;
	}
	return c;
}

/* Else a neighbor that opens connections without end takes all descriptors. */
static void
end_oldest_lingering(void)
{
	struct conn *c;

	TAILQ_FOREACH(c, &conns, entry) {
		if (c->phase == CONN_LINGERING) {
			conn_reap(c);
			return;
		}
	}
}

void
conn_close(struct conn *c)
{
	struct timeval linger = { .tv_sec = CONN_LINGER_MS / 1000 };

	if (c == NULL)
		return;
	if (c->phase != CONN_OPEN || evtimer_add(c->reaper, &linger) == -1) {
		conn_reap(c);
		return;
	}
	if (lingering == CONN_LINGERING_MAX)
		end_oldest_lingering();
	c->phase = CONN_LINGERING;
	lingering++;
	keep_partial(c, NULL, 0);
	conn_flush(c);
}

void
conn_set_message_max(struct conn *c, size_t message_max)
{
	c->message_max = message_max;
}

int
conn_queue(struct conn *c, const void *bytes, size_t len)
{
	return evbuffer_add(c->out, bytes, len);
}

void
conn_flush(struct conn *c)
{
	/* else on_drained, which may be waited for, would never come */
	if (!event_pending(c->writable, EV_WRITE, NULL))
		write_queued(c);
}

size_t
conn_queued(const struct conn *c)
{
	return evbuffer_get_length(c->out);
}

uint64_t
conn_written(const struct conn *c)
{
	return c->written;
}

uint64_t
conn_acknowledged(const struct conn *c)
{
	size_t octets;

	/* a FIN counts as one more than was written */
	if (tcp_unacknowledged(c->fd, &octets) == -1 || octets > c->written)
		return 0;
	return c->written - octets;
}

bool
conn_is_busy(const struct conn *c)
{
	return conn_queued(c) > 0 || conn_acknowledged(c) < c->written;
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}

bool
conn_any_busy(void)
{
	const struct conn *c;

	TAILQ_FOREACH(c, &conns, entry)
		if (conn_is_busy(c))
			return true;
	return false;
}
