#ifndef SDNOTIFY_H
#define SDNOTIFY_H

/*
 * The service manager's notification socket (sd_notify(3)).
 */

#include <stdbool.h>

/*
 * Connects to $NOTIFY_SOCKET.  The descriptor, or -1: there is no service
 * manager that wants to know, or (errno not 0) it cannot be reached.
 */
int sdnotify_open(void);
/* Sends "READY=1" and the like, lines of them; -1 is a fine descriptor. */
void sdnotify_send(int fd, const char *state);
/*
 * "RELOADING=1" with the time that tells one reload from another; "READY=1"
 * is to follow.
 */
void sdnotify_reloading(int fd);
/* Whether a watchdog wants to be fed ($WATCHDOG_USEC, $WATCHDOG_PID). */
bool sdnotify_wants_watchdog(void);

#endif
