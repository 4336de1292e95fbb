/*
 * One listening socket.  When descriptors run out it pauses, since the
 * connection that cannot be accepted would wake us without end; and when more
 * come than may: they wait in the kernel's queue.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"

#include "clock.h"
#include "listener.h"
#include "log.h"

#define ACCEPT_BUDGET 32 /* in one turn of the loop */
#define ACCEPT_RATE 1000 /* a second */
/* Until the next try: for want of descriptors; since too many came. */
#define PAUSE_MS 1000
#define REST_MS 100
/* Between two lines in the log about too many. */
#define TELL_MS 60000

struct listener {
	int fd;
	struct config_listen at;
	struct listener_parts parts;
	struct event *readable;
	struct event *pause;
	struct access_bucket accepts;
	int64_t told_ms; /* that too many came; 0: never */
};

static void
pause_for(struct listener *l, int ms)
{
	struct timeval pause = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000L };

	if (event_add(l->pause, &pause) == 0)
		event_del(l->readable);
}

static void
pause_accepting(struct listener *l)
{
	log_warn("listener: cannot accept, pausing for %d s", PAUSE_MS / 1000);
	pause_for(l, PAUSE_MS);
}

/* Whether one more may be accepted now; else it pauses. */
static bool
has_allowance(struct listener *l)
{
	int64_t now_ms = clock_now_ms();

	if (access_bucket_open(&l->accepts, ACCEPT_RATE, now_ms))
		return true;
	if (l->told_ms == 0 || now_ms - l->told_ms >= TELL_MS) {
		log_warnx("listener: more than %d connections a second",
		    ACCEPT_RATE);
		l->told_ms = now_ms;
	}
	pause_for(l, REST_MS);
	return false;
}

/* libevent: the pause is over. */
static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	if (event_add(l->readable, NULL) == -1)
		pause_accepting(l);
}

/* Whether there may be more. */
static bool
accept_one(struct listener *l)
{
	struct tcp_end from;
	int fd = tcp_accept(l->fd, &from);

	if (fd != -1) {
		access_bucket_take(&l->accepts, 1);
		l->parts.on_accept(l->parts.arg, fd, &from);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM) {
		pause_accepting(l);
		return false;
	}
	return errno != EAGAIN && errno != EWOULDBLOCK;
}

/* libevent: connections are waiting. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < ACCEPT_BUDGET; i++)
		if (!has_allowance(l) || !accept_one(l))
			break;
}

static int
set_key(const struct listener *l, const struct config_neighbor *n,
    const char *md5_key)
{
	struct tcp_end end = { .address = n->address,
		.scope_id = if_nametoindex(n->interface) };

	if (tcp_set_listener_key(l->fd, &end, md5_key) == 0)
		return 0;
	if (errno == ENOMEM)
		log_warnx("neighbor %s: the kernel has no room for its "
			  "password on a listener: raise net.core.optmem_max",
		    n->name);
	return -1;
}

/* Each neighbor's key must be there before its SYN comes. */
static int
set_keys(const struct listener *l)
{
	const struct config *config = l->parts.config;
	int rc = 0, saved = 0;

	for (size_t i = 0; i < config->neighbor_count; i++) {
		const struct config_neighbor *n = &config->neighbors[i];

		if (n->address.family == l->at.address.family &&
		    n->password[0] != '\0' &&
		    set_key(l, n, n->password) == -1) {
			rc = -1;
			saved = errno;
		}
	}
	errno = saved;
	return rc;
}

/*
 * The least TTL that any of the neighbors may come with: the only check of a
 * connection that begins with a SYN cookie.
 */
static uint8_t
least_ttl(const struct listener *l)
{
	const struct config *config = l->parts.config;
	uint8_t least = 0;
	bool first = true;

	for (size_t i = 0; i < config->neighbor_count; i++) {
		const struct config_neighbor *n = &config->neighbors[i];
		uint8_t min_ttl = config_min_ttl(n);

		if (n->address.family != l->at.address.family)
			continue;
		if (first || min_ttl < least)
			least = min_ttl;
		first = false;
	}
	return least;
}

/* Whether connections from where n is have a key there. */
static bool
has_key(const struct config *config, const struct config_neighbor *n)
{
	for (size_t i = 0; i < config->neighbor_count; i++) {
		const struct config_neighbor *other = &config->neighbors[i];

		if (prefix_cmp(&other->address, &n->address) == 0 &&
		    strcmp(other->interface, n->interface) == 0)
			return other->password[0] != '\0';
	}
	return false;
}

int
listener_set_config(struct listener *l, const struct config *config)
{
	const struct config *old = l->parts.config;

	for (size_t i = 0; i < old->neighbor_count; i++) {
		const struct config_neighbor *n = &old->neighbors[i];

		if (n->address.family == l->at.address.family &&
		    n->password[0] != '\0' && !has_key(config, n))
			set_key(l, n, "");
	}
	/* the others' are replaced: there is no moment without */
	l->parts.config = config;
	if (tcp_set_min_ttl(l->fd, least_ttl(l)) == -1)
		log_warn("listener: the least TTL is not set");
	return set_keys(l);
}

bool
listener_is_at(const struct listener *l, const struct config_listen *at)
{
	return prefix_cmp(&l->at.address, &at->address) == 0 &&
	    strcmp(l->at.interface, at->interface) == 0 &&
	    l->at.port == at->port;
}

struct listener *
listener_new(const struct listener_parts *parts, const struct config_listen *at)
{
	struct tcp_end end = { .address = at->address,
		.scope_id = if_nametoindex(at->interface),
		.port = at->port };
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->parts = *parts;
	l->at = *at;
	access_bucket_init(&l->accepts, ACCEPT_RATE, clock_now_ms());
	l->fd = tcp_listen(&end);
	if (l->fd == -1 || set_keys(l) == -1 ||
	    tcp_set_min_ttl(l->fd, least_ttl(l)) == -1)
		goto out;
	l->readable =
	    event_new(parts->base, l->fd, EV_READ | EV_PERSIST, on_readable, l);
	l->pause = evtimer_new(parts->base, on_pause_over, l);
	if (l->readable == NULL || l->pause == NULL ||
	    event_add(l->readable, NULL) == -1) {
		errno = ENOMEM;
		goto out;
	}
	return l;
out:
	listener_free(l);
	return NULL;
}

void
listener_free(struct listener *l)
{
	int saved = errno;

	if (l == NULL)
		return;
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->pause != NULL)
		event_free(l->pause);
	if (l->fd != -1)
		close(l->fd);
	free(l);
	errno = saved;
}
