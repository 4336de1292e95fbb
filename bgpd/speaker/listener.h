#ifndef LISTENER_H
#define LISTENER_H

/*
 * The sockets on which neighbors may connect to us: accepts, and hands each
 * connection to the neighbor it is from; any other is closed without a byte.
 */

#include <event2/event.h>

#include "config.h"
#include "tcp.h"

struct listener;

struct listener_parts {
	struct event_base *base;
	const struct config *config; /* its neighbors' keys are set */
	/* Takes fd, an accepted connection from that address. */
	void (*on_accept)(void *arg, int fd, const struct tcp_end *from);
	void *arg;
};

/* NULL with errno when it cannot listen there. */
struct listener *listener_new(const struct listener_parts *parts,
    const struct config_listen *at);
/*
 * The configuration has moved there: neighbors' keys are set anew.  -1 with
 * errno when one could not be.
 */
int listener_set_config(struct listener *l, const struct config *config);
bool listener_is_at(const struct listener *l, const struct config_listen *at);
void listener_free(struct listener *l); /* NULL is fine */

#endif
