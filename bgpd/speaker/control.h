#ifndef CONTROL_H
#define CONTROL_H

/*
 * The control socket: accepts clients, knows who they are from the kernel,
 * and keeps the caps on how many there may be.  What a client says is
 * control_client.c's.
 */

#include <event2/event.h>

#include "method.h"

struct control;

/* The uids' names that the keeper resolved: uid to name, or NULL. */
typedef const char *control_user_name(void *arg, uid_t uid);

struct control_parts {
	struct event_base *base;
	struct method_env *env; /* borrowed */
	control_user_name *user_name;
	void *arg;
};

/*
 * Takes the listening socket, also on failure, which is NULL.  To be called
 * after privileges are given up: who the daemon's own user is, is asked here.
 */
struct control *control_new(const struct control_parts *parts, int fd);
/*
 * The configuration of the env is another one: every client's role is decided
 * anew, and who has none is told so and closed.  To be called before the old
 * one is freed, which callers' rules point into.  Cannot fail.
 */
void control_set_config(struct control *c);
/*
 * Changes that clients are in the midst of are finished, before the rules are
 * others or the daemon stops.  NULL is fine.
 */
void control_finish_changes(struct control *c);
/*
 * Closes every client, after it was told what has come of what it waits for.
 * May be called from the env's action that stops the daemon.
 */
void control_free(struct control *c); /* NULL is fine */

#endif
