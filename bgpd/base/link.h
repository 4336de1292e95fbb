#ifndef LINK_H
#define LINK_H

/*
 * The socketpair between keeper and speaker under libevent: whole messages
 * (core/channel.h) each way, never blocking.
 */

#include <event2/event.h>

#include "channel.h"

struct link;

struct link_events {
	/* A message came; body starts behind its type. */
	void (*on_message)(void *arg, enum channel_type type,
	    struct wire_in body);
	/* The other end is gone or sent nonsense; free the link soon. */
	void (*on_close)(void *arg);
	void *arg;
};

/* Takes fd, also on failure. */
struct link *link_new(struct event_base *base, int fd,
    const struct link_events *events);
void link_free(struct link *link); /* NULL is fine; not from a callback */

/*
 * Sends a message that channel_begin began: what the kernel takes now at once,
 * the rest from the loop.  -1 when it could not be encoded or kept: nothing of
 * it is sent.
 */
int link_send(struct link *link, const struct wire_out *message);
/* Octets queued and not yet given to the kernel. */
size_t link_queued(const struct link *link);
/*
 * Hands up all that came and was not read yet; for when the other end has
 * died.  Not from a callback.
 */
void link_drain(struct link *link);
/* Tries to write all that is queued now, up to about a second; for the end. */
void link_flush(struct link *link);

#endif
