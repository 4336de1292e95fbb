/*
 * A neighbor to measure with: waits on a port of 127.0.0.1 for one connection,
 * speaks just enough BGP to bring the session up, and prints a line for each
 * UPDATE as it arrives, stamped with CLOCK_MONOTONIC in nanoseconds:
 *
 *	announce 81234567890123 203.0.113.7/32
 *	withdraw 81234667890123 203.0.113.7/32
 *	end-of-rib 81234767890123
 *
 * It names the first prefix only; run.py asks for one at a time.  IPv4 only.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bgp.h"
#include "frame.h"
#include "open.h"
#include "wire.h"

struct probe {
	int fd;
	uint32_t as;
	int64_t now_ns; /* when the bytes in hand were read */
	size_t len;
	uint8_t bytes[BGP_MESSAGE_MAX * 2];
};

static int64_t
now_ns(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int
accept_one(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd, listener;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener == -1)
		err(1, "socket");
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		err(1, "SO_REUSEADDR");
	if (bind(listener, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind to port %u", port);
	if (listen(listener, 1) == -1)
		err(1, "listen");
	fd = accept(listener, NULL, NULL);
	if (fd == -1)
		err(1, "accept");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		err(1, "TCP_NODELAY");
	close(listener);
	return fd;
}

static void
send_all(const struct probe *p, const struct wire_out *out)
{
	if (out->failed)
		errx(1, "out of memory");
	if (write(p->fd, out->bytes, out->len) != (ssize_t)out->len)
		err(1, "write");
}

/* Hold time 0: neither side sends keepalives later on. */
static void
greet(const struct probe *p)
{
	struct bgp_open o = { .version = BGP_VERSION,
		.as = p->as,
		.bgp_id = INADDR_LOOPBACK };
	struct wire_out out;

	o.caps.multiprotocol = true;
	o.caps.families = FAMILY_BIT(FAMILY_IPV4);
	o.caps.as4 = true;
	o.caps.as = p->as;
	wire_out_init(&out, BGP_MESSAGE_MAX);
	open_encode(&o, &out);
	frame_keepalive(&out);
	send_all(p, &out);
	wire_out_fini(&out);
}

static void
report(const struct probe *p, const char *what, struct wire_in *nlri)
{
	uint8_t len = wire_get_u8(nlri), addr[4] = { 0 };
	const uint8_t *bytes = wire_get_bytes(nlri, (len + 7U) / 8);
	char text[INET_ADDRSTRLEN];

	if (bytes == NULL || len > 32)
		errx(1, "a broken prefix came");
	memcpy(addr, bytes, (len + 7U) / 8);
	if (inet_ntop(AF_INET, addr, text, sizeof(text)) == NULL)
		err(1, "inet_ntop");
	printf("%s %" PRId64 " %s/%u\n", what, p->now_ns, text, len);
}

static void
on_update(const struct probe *p, struct wire_in in)
{
	struct wire_in withdrawn = wire_get_sub(&in, wire_get_u16(&in));

	(void)wire_get_sub(&in, wire_get_u16(&in)); /* path attributes */
	if (in.failed)
		errx(1, "a broken UPDATE came");
	if (withdrawn.left == 0 && in.left == 0)
		printf("end-of-rib %" PRId64 "\n", p->now_ns);
	if (withdrawn.left > 0)
		report(p, "withdraw", &withdrawn);
	if (in.left > 0)
		report(p, "announce", &in);
}

static void
on_message(const struct probe *p, const struct frame *f)
{
	switch (f->type) {
	case BGP_OPEN:
		greet(p);
		break;
	case BGP_UPDATE:
		on_update(p, f->body);
		break;
	case BGP_NOTIFICATION:
		exit(0); /* the daemon stops */
	default:
		break;
	}
}

/* Handles every whole message in hand, keeps the rest for later. */
static void
on_bytes(struct probe *p)
{
	struct bgp_notification why;
	struct frame f;
	size_t used = 0;
	int rc;

	for (;;) {
		rc = frame_decode(&f, p->bytes + used, p->len - used,
		    BGP_MESSAGE_MAX, &why);
		if (rc <= 0)
			break;
		on_message(p, &f);
		used += f.len;
	}
	if (rc == -1)
		errx(1, "a broken message came");
	p->len -= used;
	memmove(p->bytes, p->bytes + used, p->len);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
}

int
main(int argc, char *argv[])
{
	static struct probe p;
	ssize_t n;

	if (argc != 3)
		errx(2, "usage: probe PORT AS");
	p.as = (uint32_t)strtoul(argv[2], NULL, 10);
	p.fd = accept_one((uint16_t)strtoul(argv[1], NULL, 10));
	for (;;) {
		n = read(p.fd, p.bytes + p.len, sizeof(p.bytes) - p.len);
		if (n == -1)
			err(1, "read");
		if (n == 0)
			return 0;
		p.now_ns = now_ns();
		p.len += (size_t)n;
		on_bytes(&p);
	}
}
