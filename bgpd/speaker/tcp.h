#ifndef TCP_H
#define TCP_H

/*
 * The kernel's TCP, as BGP needs it: source address, TTL and its check (RFC
 * 5082), MD5 (RFC 2385), DSCP, octets not acknowledged.  All sockets are
 * non-blocking and close-on-exec.  Functions give -1 with errno on failure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prefix.h"

/* One end of a connection. */
struct tcp_end {
	struct prefix address;
	unsigned scope_id; /* of a link-local address, else 0 */
	uint16_t port;	   /* host order */
};

/* Why a connection failed that got no answer. */
#define TCP_TIMED_OUT "connection timed out"

/* What a neighbor's connections are made with. */
struct tcp_options {
	uint8_t ttl;	     /* of packets sent */
	uint8_t min_ttl;     /* of packets taken; 0: any */
	const char *md5_key; /* borrowed; "": none */
};

/* local NULL: what the kernel picks.  Gives a descriptor that is connecting. */
int tcp_connect(const struct tcp_end *to, const struct prefix *local,
    const struct tcp_options *options);
/* When it is writable: 0 connected, -1 failed. */
int tcp_connect_result(int fd);

/* Records each SYN, so that tcp_syn_ttl can tell its TTL. */
int tcp_listen(const struct tcp_end *at);
int tcp_accept(int listener, struct tcp_end *from);
/*
 * The TTL with which an accepted connection's SYN came.  ENODATA: it began with
 * a SYN cookie, of which nothing was kept.
 */
int tcp_syn_ttl(int fd, uint8_t *ttl);
/* The least TTL of packets taken; an accepted connection has its listener's. */
int tcp_min_ttl(int fd, uint8_t *min_ttl);
int tcp_set_min_ttl(int fd, uint8_t min_ttl);
/* Sets options on an accepted connection; its key was the listener's. */
int tcp_set_accepted(int fd, const struct tcp_options *options);
/* The key for one address on a listener; "" removes it. */
int tcp_set_listener_key(int listener, const struct tcp_end *neighbor,
    const char *md5_key);

/* Our own address on a connection. */
int tcp_local_address(int fd, struct prefix *address);
/* Octets written that the other side has not acknowledged yet (SIOCOUTQ). */
int tcp_unacknowledged(int fd, size_t *octets);

#endif
