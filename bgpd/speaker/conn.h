#ifndef CONN_H
#define CONN_H

/*
 * One TCP connection with a neighbor: bytes in to whole messages, messages
 * out through a queue.  Its end is orderly: what was queued is written, a FIN
 * follows, and what still comes in is read and dropped, since unread bytes
 * would turn the FIN into a RST that can overtake our last NOTIFICATION.
 */

#include <event2/event.h>

#include "frame.h"

struct conn;

/* None may be NULL.  After conn_close none is called any more. */
struct conn_events {
	void (*on_connected)(void *arg);
	void (*on_message)(void *arg, const struct frame *f);
	/* What came is no message: the connection is to end with *why. */
	void (*on_bad_frame)(void *arg, const struct bgp_notification *why);
	/* Closed, reset or not connected; why is static text. */
	void (*on_down)(void *arg, const char *why);
	/* What conn_flush had to leave behind is with the kernel now. */
	void (*on_drained)(void *arg);
	void *arg;
};

/* Takes fd, also on failure (NULL). */
struct conn *conn_new(struct event_base *base, int fd, bool connecting,
    const struct conn_events *events);

/*
 * Ends it, for the owner at once: writes what is queued as far as it goes
 * within CONN_LINGER_MS, closes, and frees itself.  NULL is fine.  With so many
 * at it already the oldest of them is closed sooner.
 */
#define CONN_LINGER_MS 2000
#define CONN_LINGERING_MAX 256
void conn_close(struct conn *c);

/* The longest message that is taken from now on. */
void conn_set_message_max(struct conn *c, size_t message_max);

/* Queues len octets.  -1: no memory, nothing is queued. */
int conn_queue(struct conn *c, const void *bytes, size_t len);
/* Writes what is queued as far as the kernel takes it; calls nothing back. */
void conn_flush(struct conn *c);
/* Octets queued here; octets given to the kernel so far. */
size_t conn_queued(const struct conn *c);
uint64_t conn_written(const struct conn *c);
/* Octets that the other side has acknowledged so far. */
uint64_t conn_acknowledged(const struct conn *c);
/* Whether anything is queued or not acknowledged. */
bool conn_is_busy(const struct conn *c);

int conn_fd(const struct conn *c);

/* Whether any, those that linger included, has octets not acknowledged. */
bool conn_any_busy(void);

#endif
