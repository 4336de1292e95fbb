/*
 * A datagram a message.  It does not block: what the service manager does not
 * take now it does not get, which at worst it takes for a daemon that hangs.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/util.h>

#include "sdnotify.h"

int
sdnotify_open(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len;
	socklen_t size;
	int fd, saved;

	errno = 0;
	if (path == NULL || path[0] == '\0')
		return -1;
	len = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || len >= sizeof(sun.sun_path)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@') /* the abstract name space: no file */
		sun.sun_path[0] = '\0';
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, size) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

void
sdnotify_send(int fd, const char *state)
{
	if (fd != -1)
		(void)send(fd, state, strlen(state), MSG_NOSIGNAL);
}

/* CLOCK_MONOTONIC, exactly: systemd compares it with the time of its request.
 */
static int
get_monotonic(struct timeval *now)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	int rc = -1;

	if (timer == NULL)
		return -1;
	if (evutil_configure_monotonic_time(timer, EV_MONOT_PRECISE) == 0)
		rc = evutil_gettime_monotonic(timer, now);
	evutil_monotonic_timer_free(timer);
	return rc;
}

void
sdnotify_reloading(int fd)
{
	char state[64];
	struct timeval now;

	if (fd == -1)
		return;
	if (get_monotonic(&now) == -1) {
		sdnotify_send(fd, "RELOADING=1");
		return;
	}
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + (long long)now.tv_usec);
	sdnotify_send(fd, state);
}

bool
sdnotify_wants_watchdog(void)
{
	const char *interval = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (interval == NULL || strtoull(interval, NULL, 10) == 0)
		return false;
	return pid == NULL || strtol(pid, NULL, 10) == (long)getpid();
}
