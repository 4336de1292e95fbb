#ifndef SERVICE_H
#define SERVICE_H

/*
 * What the keeper does for a running speaker: hands over the configuration,
 * the names and what is stored, and stores what changes.
 */

#include <event2/event.h>

#include "wire.h"

struct liveconf;
struct service;

/* Some times what the longest answer needs. */
#define SERVICE_QUEUE_MAX ((size_t)64 << 20)

struct service_parts {
	struct event_base *base;
	const struct liveconf *conf; /* borrowed */
	/*
	 * Octets that may wait for a speaker that does not read, beside what
	 * is stored, which is handed over whole; with more its link is closed.
	 */
	size_t queue_max;
	/* The speaker accepts clients, and has loaded what was stored. */
	void (*on_ready)(void *arg);
	/* The speaker stops, since an operator told it to. */
	void (*on_stop)(void *arg);
	/* Somebody asks the speaker for a reload. */
	void (*on_reload)(void *arg);
	/* What service_offer gave runs (""), or why it does not. */
	void (*on_applied)(void *arg, const char *error);
	/* The link was closed, by the speaker or for nonsense that it sent. */
	void (*on_closed)(void *arg);
	void *arg;
};

struct service *service_new(const struct service_parts *parts);
void service_free(struct service *s); /* NULL is fine */

/*
 * A speaker runs at the other end of fd, which is taken.  It gets the
 * configuration at once; names, and what is stored, on the next turn of the
 * loop, when the names must be there.  -1: no memory.
 */
int service_start(struct service *s, int fd);
bool service_is_up(const struct service *s);
/*
 * Hands the candidate over; on_applied comes later.  -1: the speaker cannot
 * be told.
 */
int service_offer(struct service *s);
/* Sends a CHANNEL_REFUSED. */
void service_refuse(struct service *s, const struct wire_out *refusal);
/* It has died: what it sent before is carried out, and the link closed. */
void service_end(struct service *s);
/* Asks it to stop, if there is one. */
void service_stop(struct service *s);

#endif
