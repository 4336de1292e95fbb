#ifndef WATCHDOG_H
#define WATCHDOG_H

/*
 * Tells the service manager that we live.  The speaker does so, not the
 * keeper: a disk that hangs must not get the daemon killed.
 */

#include <event2/event.h>

struct watchdog;

/*
 * fd: the service manager's socket, borrowed; the interval is what
 * WATCHDOG_USEC says.  NULL: it wants none, or no memory.
 */
struct watchdog *watchdog_new(struct event_base *base, int fd);
void watchdog_free(struct watchdog *w); /* NULL is fine */

#endif
