/*
 * A message on the socketpair is its length in four octets and then itself.
 *
 * In: bytes gather in one buffer, which a long message makes as large as
 * itself, once; each whole message is handed up where it lies, and what is
 * left of the next one moves to the front.  Out: a message is copied into a
 * chunk of its own and written at once, unless others wait; what the socket
 * does not take waits in a queue until it does.  Configurations carry keys, so
 * all memory is wiped before it is given back.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "link.h"

#define LENGTH_SIZE 4
#define BUFFER_SIZE ((size_t)16 << 10)
#define FLUSH_MS 1000

struct chunk {
	STAILQ_ENTRY(chunk) entry;
	struct wire_out bytes;
	size_t sent;
};

struct link {
	int fd;
	bool closed; /* on_close was called or waits in on_end */
	struct link_events events;
	struct event *on_read, *on_write, *on_end;
	uint8_t *in;
	size_t in_len, in_size;
	STAILQ_HEAD(chunk_list, chunk) out;
	size_t queued;
};

/* No more traffic; on_close comes from the loop, never from within a call. */
static void
end_link(struct link *link)
{
	if (link->closed)
		return;
	link->closed = true;
	event_del(link->on_read);
	event_del(link->on_write);
	event_active(link->on_end, EV_TIMEOUT, 0);
}

/* libevent: the link has ended. */
static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;

	(void)fd;
	(void)what;
	link->events.on_close(link->events.arg);
}

/* Another buffer of that size in place of the one that is there. */
static int
resize_buffer(struct link *link, size_t size)
{
	uint8_t *in = malloc(size);

	if (in == NULL)
		return -1;
	if (link->in_len > 0)
		memcpy(in, link->in, link->in_len);
	freezero(link->in, link->in_size);
	link->in = in;
	link->in_size = size;
	return 0;
}

/*
 * The next message at the front of the buffer.  1: it is *message; 0: it is
 * not whole, but there is room for its rest now; -1: there never will be.
 */
static int
next_message(struct link *link, size_t at, struct wire_in *message)
{
	struct wire_in in = wire_in(link->in + at, link->in_len - at);
	size_t len;

	if (in.left < LENGTH_SIZE)
		return 0;
	len = wire_get_u32(&in);
	if (len == 0 || len > CHANNEL_MESSAGE_MAX)
		return -1;
	if (in.left >= len) {
		*message = wire_get_sub(&in, len);
		return 1;
	}
	/*
	 * The length is trusted as far as CHANNEL_MESSAGE_MAX: pages that no
	 * byte came for cost nothing.
	 */
	if (LENGTH_SIZE + len > link->in_size)
		return resize_buffer(link, LENGTH_SIZE + len);
	return 0;
}

/* Hands up all whole messages. */
static void
take_messages(struct link *link)
{
	struct wire_in message;
	enum channel_type type;
	size_t at = 0;
	int rc = 0;

	while (!link->closed) {
		rc = next_message(link, at, &message);
		if (rc != 1)
			break;
		at += LENGTH_SIZE + message.left;
		type = (enum channel_type)wire_get_u8(&message);
		link->events.on_message(link->events.arg, type, message);
	}
	if (rc == -1)
		end_link(link);
	link->in_len -= at;
	memmove(link->in, link->in + at, link->in_len);
	explicit_bzero(link->in + link->in_len, at);
}

/* Reads once.  Whether there may be more to read now. */
static bool
read_some(struct link *link)
{
	ssize_t n = recv(link->fd, link->in + link->in_len,
	    link->in_size - link->in_len, 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return errno == EINTR;
	if (n <= 0) {
		end_link(link);
		return false;
	}
	link->in_len += (size_t)n;
	take_messages(link);
	/* when there is no memory for a small buffer the large one will do */
	if (link->in_len == 0 && link->in_size > BUFFER_SIZE)
		(void)resize_buffer(link, BUFFER_SIZE);
	return !link->closed;
}

/* libevent: bytes have come, or the other end is gone. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_some(arg);
}

void
link_drain(struct link *link)
{
	while (!link->closed && read_some(link))
		;
}

static void
chunk_free(struct chunk *c)
{
	if (c->bytes.bytes != NULL)
		explicit_bzero(c->bytes.bytes, c->bytes.len);
	wire_out_fini(&c->bytes);
	free(c);
}

static struct chunk *
chunk_new(const struct wire_out *message)
{
	struct chunk *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	wire_out_init(&c->bytes, LENGTH_SIZE + CHANNEL_MESSAGE_MAX);
	wire_put_u32(&c->bytes, (uint32_t)message->len);
	wire_put_bytes(&c->bytes, message->bytes, message->len);
	if (c->bytes.failed) {
		chunk_free(c);
		return NULL;
	}
	return c;
}

static void
drop_chunk(struct link *link, struct chunk *c)
{
	STAILQ_REMOVE_HEAD(&link->out, entry);
	link->queued -= c->bytes.len - c->sent;
	chunk_free(c);
}

/*
 * Writes what the socket takes.  An error is not told here: reading comes to
 * the same end, after all that the other one had to say.
 */
static void
write_chunks(struct link *link)
{
	struct chunk *c;
	ssize_t n;

	while ((c = STAILQ_FIRST(&link->out)) != NULL) {
		n = send(link->fd, c->bytes.bytes + c->sent,
		    c->bytes.len - c->sent, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1) {
			drop_chunk(link, c);
			continue;
		}
		c->sent += (size_t)n;
		link->queued -= (size_t)n;
		if (c->sent == c->bytes.len)
			drop_chunk(link, c);
	}
}

/* What is left goes on from the loop: without memory to wait, on each turn. */
static void
write_on(struct link *link)
{
	write_chunks(link);
	if (!STAILQ_EMPTY(&link->out) && event_add(link->on_write, NULL) == -1)
		event_active(link->on_write, EV_WRITE, 0);
}

/* libevent: the socket takes more. */
static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_on(arg);
}

struct link *
link_new(struct event_base *base, int fd, const struct link_events *events)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL) {
		close(fd);
		return NULL;
	}
	link->fd = fd;
	link->events = *events;
	STAILQ_INIT(&link->out);
	link->on_read =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_readable, link);
	link->on_write = event_new(base, fd, EV_WRITE, on_writable, link);
	link->on_end = event_new(base, -1, 0, on_end, link);
	if (link->on_read == NULL || link->on_write == NULL ||
	    link->on_end == NULL || evutil_make_socket_nonblocking(fd) == -1 ||
	    resize_buffer(link, BUFFER_SIZE) == -1 ||
	    event_add(link->on_read, NULL) == -1) {
		link_free(link);
		return NULL;
	}
	return link;
}

void
link_free(struct link *link)
{
	struct chunk *c;

	if (link == NULL)
		return;
	while ((c = STAILQ_FIRST(&link->out)) != NULL)
		drop_chunk(link, c);
	if (link->on_read != NULL)
		event_free(link->on_read);
	if (link->on_write != NULL)
		event_free(link->on_write);
	if (link->on_end != NULL)
		event_free(link->on_end);
	freezero(link->in, link->in_size);
	close(link->fd);
	free(link);
}

int
link_send(struct link *link, const struct wire_out *message)
{
	bool first = STAILQ_EMPTY(&link->out);
	struct chunk *c;

	if (link->closed || message->failed || message->len == 0 ||
	    message->len > CHANNEL_MESSAGE_MAX)
		return -1;
	c = chunk_new(message);
	if (c == NULL)
		return -1;
	link->queued += c->bytes.len;
	STAILQ_INSERT_TAIL(&link->out, c, entry);
	if (first)
		write_on(link);
	return 0;
}

size_t
link_queued(const struct link *link)
{
	return link->queued;
}

void
link_flush(struct link *link)
{
	struct pollfd p = { .fd = link->fd, .events = POLLOUT };
	int64_t end_ms = clock_now_ms() + FLUSH_MS;
	int64_t left_ms;

	write_chunks(link);
	while (!STAILQ_EMPTY(&link->out)) {
		left_ms = end_ms - clock_now_ms();
		if (left_ms <= 0)
			return;
		if (poll(&p, 1, (int)left_ms) == -1 && errno != EINTR)
			return;
		write_chunks(link);
	}
}
