/*
 * Every socket option of a BGP connection is set here.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "tcp.h"

/* DSCP CS6, as routers mark BGP: it gets through where the link is full. */
#define TOS_INTERNETWORK_CONTROL 0xc0
/* SYN-ACKs must pass a neighbor's own TTL check. */
#define TTL_MAX 255

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

static socklen_t
to_sockaddr(const struct tcp_end *end, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (end->address.family == FAMILY_IPV4) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(end->port);
		memcpy(&a->in.sin_addr, end->address.addr, 4);
		return sizeof(a->in);
	}
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons(end->port);
	a->in6.sin6_scope_id = end->scope_id;
	memcpy(&a->in6.sin6_addr, end->address.addr, 16);
	return sizeof(a->in6);
}

static int
from_sockaddr(const union address *a, struct tcp_end *end)
{
	*end = (struct tcp_end){ 0 };
	if (a->sa.sa_family == AF_INET) {
		end->address = prefix_from_bytes(FAMILY_IPV4,
		    (const uint8_t *)&a->in.sin_addr);
		end->port = ntohs(a->in.sin_port);
		return 0;
	}
	if (a->sa.sa_family == AF_INET6) {
		end->address =
		    prefix_from_bytes(FAMILY_IPV6, a->in6.sin6_addr.s6_addr);
		end->port = ntohs(a->in6.sin6_port);
		end->scope_id = a->in6.sin6_scope_id;
		return 0;
	}
	errno = EAFNOSUPPORT;
	return -1;
}

static int
set_number(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static int
set_ttl(int fd, enum family family, uint8_t ttl)
{
	if (family == FAMILY_IPV4)
		return set_number(fd, IPPROTO_IP, IP_TTL, ttl);
	return set_number(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
}

static int
set_min_ttl(int fd, enum family family, uint8_t min_ttl)
{
	if (family == FAMILY_IPV4)
		return set_number(fd, IPPROTO_IP, IP_MINTTL, min_ttl);
	return set_number(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, min_ttl);
}

static int
set_dscp(int fd, enum family family)
{
	if (family == FAMILY_IPV4)
		return set_number(fd, IPPROTO_IP, IP_TOS,
		    TOS_INTERNETWORK_CONTROL);
	return set_number(fd, IPPROTO_IPV6, IPV6_TCLASS,
	    TOS_INTERNETWORK_CONTROL);
}

static int
set_md5_key(int fd, const struct tcp_end *neighbor, const char *key)
{
	struct tcp_md5sig sig;
	union address a;
	size_t len = strlen(key);
	int rc;

	if (len > TCP_MD5SIG_MAXKEYLEN) {
		errno = EINVAL;
		return -1;
	}
	memset(&sig, 0, sizeof(sig));
	to_sockaddr(neighbor, &a);
	memcpy(&sig.tcpm_addr, &a.storage, sizeof(sig.tcpm_addr));
	memcpy(sig.tcpm_key, key, len);
	sig.tcpm_keylen = (uint16_t)len;
	rc = setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig));
	explicit_bzero(&sig, sizeof(sig));
	return rc;
}

static int
new_socket(enum family family)
{
	return socket(family == FAMILY_IPV4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
}

static int
bind_to(int fd, const struct tcp_end *end)
{
	union address a;
	socklen_t len = to_sockaddr(end, &a);

	return bind(fd, &a.sa, len);
}

/* Closes fd and keeps errno; gives -1. */
static int
give_up(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

static int
set_connection(int fd, enum family family, const struct tcp_options *options)
{
	if (set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1) == -1 ||
	    set_ttl(fd, family, options->ttl) == -1 ||
	    set_dscp(fd, family) == -1)
		return -1;
	return set_min_ttl(fd, family, options->min_ttl);
}

int
tcp_connect(const struct tcp_end *to, const struct prefix *local,
    const struct tcp_options *options)
{
	enum family family = to->address.family;
	union address a;
	socklen_t len = to_sockaddr(to, &a);
	int fd = new_socket(family);

	if (fd == -1)
		return -1;
	if (set_connection(fd, family, options) == -1)
		return give_up(fd);
	if (options->md5_key[0] != '\0' &&
	    set_md5_key(fd, to, options->md5_key) == -1)
		return give_up(fd);
	if (local != NULL) {
		struct tcp_end from = { .address = *local,
			.scope_id = to->scope_id };

		if (bind_to(fd, &from) == -1)
			return give_up(fd);
	}
	if (connect(fd, &a.sa, len) == -1 && errno != EINPROGRESS)
		return give_up(fd);
	return fd;
}

int
tcp_connect_result(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return -1;
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int
tcp_listen(const struct tcp_end *at)
{
	enum family family = at->address.family;
	int fd = new_socket(family);

	if (fd == -1)
		return -1;
	if (set_number(fd, SOL_SOCKET, SO_REUSEADDR, 1) == -1 ||
	    set_number(fd, IPPROTO_TCP, TCP_SAVE_SYN, 1) == -1 ||
	    set_ttl(fd, family, TTL_MAX) == -1 || set_dscp(fd, family) == -1)
		return give_up(fd);
	if (family == FAMILY_IPV6 &&
	    set_number(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == -1)
		return give_up(fd);
	if (bind_to(fd, at) == -1 || listen(fd, SOMAXCONN) == -1)
		return give_up(fd);
	return fd;
}

int
tcp_accept(int listener, struct tcp_end *from)
{
	union address a = { 0 };
	socklen_t len = sizeof(a);
	int fd = accept4(listener, &a.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1)
		return -1;
	if (from_sockaddr(&a, from) == -1)
		return give_up(fd);
	return fd;
}

int
tcp_syn_ttl(int fd, uint8_t *ttl)
{
	uint8_t header[128];
	socklen_t len = sizeof(header);

	if (getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, header, &len) == -1)
		return -1;
	if (len >= 20 && header[0] >> 4 == 4) {
		*ttl = header[8];
		return 0;
	}
	if (len >= 40 && header[0] >> 4 == 6) {
		*ttl = header[7];
		return 0;
	}
	errno = ENODATA;
	return -1;
}

static int
own_end(int fd, struct tcp_end *end)
{
	union address a = { 0 };
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.sa, &len) == -1)
		return -1;
	return from_sockaddr(&a, end);
}

int
tcp_min_ttl(int fd, uint8_t *min_ttl)
{
	struct tcp_end own;
	int value, rc;
	socklen_t len = sizeof(value);

	if (own_end(fd, &own) == -1)
		return -1;
	if (own.address.family == FAMILY_IPV4)
		rc = getsockopt(fd, IPPROTO_IP, IP_MINTTL, &value, &len);
	else
		rc = getsockopt(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &value,
		    &len);
	if (rc == 0)
		*min_ttl = (uint8_t)value;
	return rc;
}

int
tcp_set_min_ttl(int fd, uint8_t min_ttl)
{
	struct tcp_end own;

	if (own_end(fd, &own) == -1)
		return -1;
	return set_min_ttl(fd, own.address.family, min_ttl);
}

int
tcp_set_accepted(int fd, const struct tcp_options *options)
{
	struct tcp_end own;

	if (own_end(fd, &own) == -1)
		return -1;
	return set_connection(fd, own.address.family, options);
}

int
tcp_set_listener_key(int listener, const struct tcp_end *neighbor,
    const char *md5_key)
{
	return set_md5_key(listener, neighbor, md5_key);
}

int
tcp_local_address(int fd, struct prefix *address)
{
	struct tcp_end own;

	if (own_end(fd, &own) == -1)
		return -1;
	*address = own.address;
	return 0;
}

int
tcp_unacknowledged(int fd, size_t *octets)
{
	int queued;

	if (ioctl(fd, SIOCOUTQ, &queued) == -1)
		return -1;
	*octets = (size_t)queued;
	return 0;
}
