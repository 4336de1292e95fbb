/*
 * The users of the control socket.  One is remembered after its last client
 * has left until its buckets are full again: who reconnects gains nothing.
 */
#include <stdlib.h>

#include "control_user.h"

static int
uid_order(struct control_user *a, struct control_user *b)
{
	if (a->uid == b->uid)
		return 0;
	return a->uid < b->uid ? -1 : 1;
}

RB_PROTOTYPE(control_users, control_user, entry, uid_order)
RB_GENERATE(control_users, control_user, entry, uid_order)

static struct control_user *
find(struct control_users *users, uid_t uid)
{
	struct control_user wanted = { .uid = uid };

	return RB_FIND(control_users, users, &wanted);
}

/* Whether a new one would be just the same. */
static bool
is_idle(struct control_user *u, int64_t now_ms)
{
	struct access_bucket full;

	if (u->clients > 0)
		return false;
	access_bucket_open(&u->changes, u->rate, now_ms);
	access_bucket_init(&full, u->rate, now_ms);
	if (u->changes.level_milli < full.level_milli)
		return false;
	access_bucket_open(&u->log_lines, CONTROL_USER_LOG_RATE, now_ms);
	access_bucket_init(&full, CONTROL_USER_LOG_RATE, now_ms);
	return u->log_lines.level_milli >= full.level_milli;
}

static void
forget_idle(struct control_users *users, int64_t now_ms)
{
	struct control_user *u, *next;

	RB_FOREACH_SAFE(u, control_users, users, next) {
		if (is_idle(u, now_ms)) {
			RB_REMOVE(control_users, users, u);
			free(u);
		}
	}
}

size_t
control_user_clients(struct control_users *users, uid_t uid)
{
	const struct control_user *u = find(users, uid);

	return u != NULL ? u->clients : 0;
}

void
control_user_set_rate(struct control_user *user, const struct caller *caller)
{
	user->rate = caller->rule != NULL ? caller->rule->rate : 0;
}

static struct control_user *
add(struct control_users *users, const struct caller *caller, int64_t now_ms)
{
	struct control_user *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->uid = caller->uid;
	control_user_set_rate(u, caller);
	access_bucket_init(&u->changes, u->rate, now_ms);
	access_bucket_init(&u->log_lines, CONTROL_USER_LOG_RATE, now_ms);
	RB_INSERT(control_users, users, u);
	return u;
}

struct control_user *
control_user_get(struct control_users *users, const struct caller *caller,
    int64_t now_ms)
{
	struct control_user *u;

	forget_idle(users, now_ms);
	u = find(users, caller->uid);
	if (u == NULL)
		u = add(users, caller, now_ms);
	if (u != NULL)
		u->clients++;
	return u;
}

void
control_user_put(struct control_user *user)
{
	user->clients--;
}

void
control_user_free_all(struct control_users *users)
{
	struct control_user *u;

	while ((u = RB_MIN(control_users, users)) != NULL) {
		RB_REMOVE(control_users, users, u);
		free(u);
	}
}
