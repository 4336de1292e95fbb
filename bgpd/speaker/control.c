/*
 * The listening end of the control socket.  A caller that no rule names, or
 * for whom there is no place, gets one line that says so.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "control_client.h"
#include "control_turns.h"
#include "json_text.h"
#include "log.h"

#include "control.h"

/* Clients accepted in one turn of the loop. */
#define ACCEPT_BUDGET 16
/* Places that are kept for operators, where there are as many twice. */
#define OPERATOR_PLACES ((size_t)16)
/* One user has at most this part of the places. */
#define USER_PART 4
/* Lines a second about connections that are refused. */
#define REFUSED_LOG_RATE 1

TAILQ_HEAD(client_list, control_client);

struct stop_order {
	bool given;
	bool withdraw;
	char message[CTL_MESSAGE_MAX + 1]; /* "": none */
};

struct control {
	struct control_parts parts;
	int fd;
	uid_t own_uid;
	struct event *listener;
	struct event *resume; /* accepting has paused until then */
	struct control_turns *turns;
	struct event *reaper;  /* frees those that are closing */
	struct event *stopper; /* stops the daemon as ordered */
	struct stop_order order;
	struct client_list clients, closing;
	size_t client_count;
	struct control_users users;
	struct access_bucket log_lines;
};

/*
 * All groups of whoever is at the other end: the primary one, which is not
 * always among the others, and those.  NULL: they cannot be told.
 */
static gid_t *
peer_groups(int fd, gid_t primary, size_t *count)
{
	socklen_t len = 0;
	gid_t *groups;

	/* the first call only tells the length */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == -1 &&
	    errno != ERANGE)
		return NULL;
	groups = malloc(len + sizeof(*groups));
	if (groups == NULL)
		return NULL;
	groups[0] = primary;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &len) == -1) {
		free(groups);
		return NULL;
	}
	*count = 1 + len / sizeof(*groups);
	return groups;
}

/* A user's name is the owner of its claims, so it must be able to be one. */
static void
name_caller(const struct control *c, struct caller *caller)
{
	const char *name = c->parts.user_name(c->parts.arg, caller->uid);

	if (name != NULL && ctl_owner_is_valid(name) &&
	    strlen(name) < sizeof(caller->user))
		snprintf(caller->user, sizeof(caller->user), "%s", name);
	else
		snprintf(caller->user, sizeof(caller->user), "uid-%u",
		    caller->uid);
}

/* Who is at the other end, and what it may do. */
struct peer {
	struct caller caller;
	gid_t *groups; /* on the heap */
	size_t group_count;
};

/* By the configuration and the names as they are now. */
static void
decide(const struct control *c, struct peer *p)
{
	name_caller(c, &p->caller);
	access_decide(&p->caller, c->parts.env->config, c->own_uid, p->groups,
	    p->group_count);
}

/* -1: the kernel does not say who it is. */
static int
identify(const struct control *c, int fd, struct peer *p)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return -1;
	*p = (struct peer){ .caller = { .uid = cred.uid, .pid = cred.pid } };
	p->groups = peer_groups(fd, cred.gid, &p->group_count);
	if (p->groups == NULL)
		return -1;
	decide(c, p);
	return 0;
}

/* control_client.c: still within a callback of the client. */
static void
on_closing(void *arg, struct control_client *client)
{
	struct control *c = arg;

	TAILQ_REMOVE(&c->clients, client, entry);
	c->client_count--;
	TAILQ_INSERT_TAIL(&c->closing, client, entry);
	event_active(c->reaper, EV_TIMEOUT, 0);
}

/*
 * control_client.c: likewise.  By the time that the event is there, the answer
 * is in the client's output, which is written when the client is freed.
 */
static void
on_stop(void *arg, const struct method_stop *order)
{
	struct control *c = arg;

	if (c->order.given)
		return;
	c->order.given = true;
	c->order.withdraw = order->withdraw;
	snprintf(c->order.message, sizeof(c->order.message), "%s",
	    order->message != NULL ? order->message : "");
	event_active(c->stopper, EV_TIMEOUT, 0);
}

/* libevent: an operator has ordered to stop.  c is freed on the way. */
static void
on_stopper(evutil_socket_t fd, short what, void *arg)
{
	const struct control *c = arg;
	const struct method_actions actions = c->parts.env->actions;
	const struct stop_order order = c->order;

	(void)fd;
	(void)what;
	actions.stop(actions.arg, order.withdraw,
	    order.message[0] != '\0' ? order.message : NULL);
}

static void
log_refused(struct control *c, const struct refusal *why)
{
	int64_t now_ms = clock_now_ms();

	if (!access_bucket_open(&c->log_lines, REFUSED_LOG_RATE, now_ms))
		return;
	access_bucket_take(&c->log_lines, 1);
	log_info("control: connection refused: %s: %s",
	    reason_name(why->reason), why->message);
}

/* A fresh socket has room for one line; nothing waits for it. */
static void
send_refusal(int fd, const struct refusal *why)
{
	struct rpc_error error;
	struct json_text line = { .len = 0 };
	json_t *message;

	rpc_error_refuse(&error, why);
	message = rpc_error_encode(NULL, &error);
	json_text_put(&line, message);
	json_text_put_bytes(&line, "\n", 1);
	json_decref(message);
	if (!line.failed)
		(void)send(fd, line.text, line.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	json_text_fini(&line);
}

/* Always -1. */
static int
refuse_stranger(const struct caller *caller, struct refusal *why)
{
	return refusal_set(why, REASON_DENIED,
	    "no rule of control.access names user %s", caller->user);
}

/* 0, or -1 with *why: there is no place for this caller. */
static int
check_places(struct control *c, const struct caller *caller,
    struct refusal *why)
{
	size_t max = c->parts.env->config->control.max_clients;
	size_t kept = max >= 2 * OPERATOR_PLACES ? OPERATOR_PLACES : max / 2;
	size_t user_max = max / USER_PART > 0 ? max / USER_PART : 1;

	if (caller->role == ACCESS_NONE)
		return refuse_stranger(caller, why);
	if (c->client_count >=
	    (caller->role == ACCESS_OPERATOR ? max : max - kept))
		return refusal_set(why, REASON_BUSY,
		    "all %zu places for clients are taken", max);
	if (control_user_clients(&c->users, caller->uid) >= user_max)
		return refusal_set(why, REASON_BUSY,
		    "user %s has %zu connections, and may have no more",
		    caller->user, user_max);
	return 0;
}

/* Takes fd; and the peer's groups if it is 0.  -1: no memory. */
static int
add_client(struct control *c, const struct peer *peer, int fd)
{
	const struct caller *caller = &peer->caller;
	struct control_client *client = calloc(1, sizeof(*client));
	struct control_user *user;

	if (client == NULL) {
		close(fd);
		return -1;
	}
	user = control_user_get(&c->users, caller, clock_now_ms());
	if (user == NULL) {
		close(fd);
		free(client);
		return -1;
	}
	client->base = c->parts.base;
	client->turns = c->turns;
	client->env = c->parts.env;
	client->caller = *caller;
	client->groups = peer->groups;
	client->group_count = peer->group_count;
	client->user = user;
	client->on_closing = on_closing;
	client->on_stop = on_stop;
	client->arg = c;
	if (control_client_start(client, fd) == -1) {
		control_user_put(user);
		free(client);
		return -1;
	}
	TAILQ_INSERT_TAIL(&c->clients, client, entry);
	c->client_count++;
	return 0;
}

/* Takes fd. */
static void
admit(struct control *c, int fd)
{
	struct refusal why;
	struct peer peer;

	if (identify(c, fd, &peer) == -1) {
		log_warn("control: who connects cannot be told");
		close(fd);
		return;
	}
	if (check_places(c, &peer.caller, &why) == -1) {
		log_refused(c, &why);
		send_refusal(fd, &why);
		free(peer.groups);
		close(fd);
	} else if (add_client(c, &peer, fd) == -1) {
		log_warnx("control: no memory for another client");
		free(peer.groups);
	}
}

/* Without descriptors or memory the socket would stay ready for ever. */
static void
pause_accepting(struct control *c)
{
	static const struct timeval second = { .tv_sec = 1 };

	log_warn("control: accept: no new clients for a second");
	if (evtimer_add(c->resume, &second) == 0)
		event_del(c->listener);
}

/* libevent: clients want to connect. */
static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;

	(void)what;
	for (int n = 0; n < ACCEPT_BUDGET; n++) {
		int client =
		    accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client != -1) {
			admit(c, client);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			pause_accepting(c);
		return;
	}
}

static void
accept_again(struct control *c)
{
	evtimer_del(c->resume);
	if (event_add(c->listener, NULL) == -1)
		pause_accepting(c);
}

/* libevent: the pause is over. */
static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	accept_again(arg);
}

/* One that has gone in the midst of changes is freed when they are made. */
static void
reap(struct control *c)
{
	static const struct timeval now;
	struct control_client *client, *next;

	TAILQ_FOREACH_SAFE(client, &c->closing, entry, next) {
		if (control_client_go_on_changing(client)) {
			if (event_add(c->reaper, &now) == 0)
				continue;
			control_client_finish_changes(client);
		}
		TAILQ_REMOVE(&c->closing, client, entry);
		control_user_put(client->user);
		control_client_free(client);
	}
}

static void
finish_changes(struct client_list *clients)
{
	struct control_client *client;

	TAILQ_FOREACH(client, clients, entry)
		control_client_finish_changes(client);
}

void
control_finish_changes(struct control *c)
{
	if (c == NULL)
		return;
	finish_changes(&c->clients);
	finish_changes(&c->closing);
}

/* libevent: the next turn after a client was marked as closing. */
static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;

	(void)fd;
	(void)what;
	reap(c);
	/* there is a descriptor free now */
	if (evtimer_pending(c->resume, NULL))
		accept_again(c);
}

struct control *
control_new(const struct control_parts *parts, int fd)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	c->parts = *parts;
	c->fd = fd;
	c->own_uid = geteuid();
	TAILQ_INIT(&c->clients);
	TAILQ_INIT(&c->closing);
	RB_INIT(&c->users);
	access_bucket_init(&c->log_lines, REFUSED_LOG_RATE, clock_now_ms());
	c->listener =
	    event_new(parts->base, fd, EV_READ | EV_PERSIST, on_accept, c);
	c->resume = evtimer_new(parts->base, on_resume, c);
	c->turns = control_turns_new(parts->base);
	c->reaper = evtimer_new(parts->base, on_reap, c);
	c->stopper = evtimer_new(parts->base, on_stopper, c);
	if (c->listener == NULL || c->resume == NULL || c->reaper == NULL ||
	    c->stopper == NULL || c->turns == NULL ||
	    evutil_make_socket_nonblocking(fd) == -1 ||
	    event_add(c->listener, NULL) == -1) {
		control_free(c);
		return NULL;
	}
	return c;
}

static void
decide_again(struct control *c, struct control_client *client)
{
	struct peer peer = { .caller = client->caller,
		.groups = client->groups,
		.group_count = client->group_count };
	struct rpc_error error;
	struct refusal why;

	decide(c, &peer);
	control_client_set_caller(client, &peer.caller);
	control_user_set_rate(client->user, &peer.caller);
	if (peer.caller.role != ACCESS_NONE)
		return;
	refuse_stranger(&peer.caller, &why);
	rpc_error_refuse(&error, &why);
	control_client_dismiss(client, &error);
}

void
control_set_config(struct control *c)
{
	struct control_client *client, *next;

	/* one that is closed on the way leaves the list */
	TAILQ_FOREACH_SAFE(client, &c->clients, entry, next)
		decide_again(c, client);
}

static void
free_event(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

void
control_free(struct control *c)
{
	struct control_client *client;

	if (c == NULL)
		return;
	control_finish_changes(c);
	reap(c);
	while ((client = TAILQ_FIRST(&c->clients)) != NULL) {
		TAILQ_REMOVE(&c->clients, client, entry);
		control_client_free(client);
	}
	control_user_free_all(&c->users);
	control_turns_free(c->turns);
	free_event(c->listener);
	free_event(c->resume);
	free_event(c->reaper);
	free_event(c->stopper);
	close(c->fd);
	free(c);
}
