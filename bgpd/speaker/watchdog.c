/*
 * One datagram twice in each interval (sd_watchdog_enabled(3)).
 */
#include <sys/socket.h>

#include <stdlib.h>

#include "log.h"
#include "watchdog.h"

struct watchdog {
	int fd;
	struct event *timer;
};

/* libevent: half of the interval is over. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	static const char alive[] = "WATCHDOG=1";
	struct watchdog *w = arg;

	(void)fd;
	(void)what;
	if (send(w->fd, alive, sizeof(alive) - 1,
		MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		log_warn("watchdog: cannot tell the service manager");
}

struct watchdog *
watchdog_new(struct event_base *base, int fd)
{
	const char *interval = getenv("WATCHDOG_USEC");
	long long usec = interval != NULL ? strtoll(interval, NULL, 10) : 0;
	struct timeval half = { .tv_sec = usec / 2 / 1000000,
		.tv_usec = usec / 2 % 1000000 };
	struct watchdog *w;

	if (fd == -1 || usec <= 1)
		return NULL;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->fd = fd;
	w->timer = event_new(base, -1, EV_PERSIST, on_timer, w);
	if (w->timer == NULL || event_add(w->timer, &half) == -1) {
		watchdog_free(w);
		return NULL;
	}
	return w;
}

void
watchdog_free(struct watchdog *w)
{
	if (w == NULL)
		return;
	if (w->timer != NULL)
		event_free(w->timer);
	free(w);
}
