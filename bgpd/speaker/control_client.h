#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

/*
 * One client of the control socket: its bytes become lines, each is carried
 * out in its turn, and the answers go back in the order of the lines.
 */

#include <sys/queue.h>

#include <event2/bufferevent.h>

#include "answer.h"
#include "control_job.h"
#include "control_turns.h"
#include "control_user.h"
#include "follow.h"
#include "lines.h"
#include "method.h"

TAILQ_HEAD(answer_list, answer);

struct control_client {
	TAILQ_ENTRY(control_client) entry; /* control.c's */
	struct event_base *base;
	const struct method_env *env;
	struct caller caller;
	gid_t *groups; /* of the caller, on the heap: freed with the client */
	size_t group_count;
	struct control_user *user;
	struct control_turns *turns; /* of all clients; borrowed */
	/* It is to be freed, but not from within a callback of its own. */
	void (*on_closing)(void *arg, struct control_client *c);
	/* The daemon is to be stopped, likewise; order is borrowed. */
	void (*on_stop)(void *arg, const struct method_stop *order);
	void *arg;

	/* The rest is control_client.c's. */
	struct bufferevent *bev;
	struct control_turn turn;   /* there may be lines to carry out */
	struct control_job job;	    /* a line that is not done yet */
	struct answer_list answers; /* not yet in the output */
	size_t answer_count, answer_bytes;
	struct follow follow;
	size_t line_max;
	struct lines lines;
	size_t input;  /* bytes held of what it sent, as counted */
	size_t unread; /* those of answers and events, likewise */
	size_t worked; /* bytes in and out in this callback */
	bool paused;   /* reading has stopped until more is answered or read */
	bool eof;      /* the client sends no more; lines may be left */
	bool ended;    /* no more lines are taken */
	bool closing;
};

/*
 * Starts the client, whose first members, down to arg, are set and the others
 * zero.  Takes fd, also on failure, which is -1; the rest
 * is then still the caller's.
 */
int control_client_start(struct control_client *c, int fd);
/* The caller's role or rule has changed. */
void control_client_set_caller(struct control_client *c,
    const struct caller *caller);
/* Says why, after what is still to be answered, and closes. */
void control_client_dismiss(struct control_client *c,
    const struct rpc_error *why);
/*
 * Whether so much waits to be read by all clients, or by those of c's user,
 * that each may have no more than CONTROL_UNREAD_FREE bytes of it.
 */
bool control_client_is_crowded(const struct control_client *c);
/*
 * c is in the midst of changes, which are one commit.  They are finished in
 * this turn of the loop, or more of them is done; false: there is none left.
 */
void control_client_finish_changes(struct control_client *c);
bool control_client_go_on_changing(struct control_client *c);
/*
 * Frees c.  Unless it is closing, it is told first, as far as its socket takes
 * it, what has come of what it waits for.
 */
void control_client_free(struct control_client *c);

#endif
