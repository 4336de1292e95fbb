#ifndef PENDING_GROUND_H
#define PENDING_GROUND_H

/*
 * Changes that wait to be stored, over a real link whose other end is read
 * here in the keeper's place.
 */

#include <sys/socket.h>

#include "fake_clock.h"
#include "given.h"

#include "settings.h"

#include "link.h"
#include "pending.h"

/* What the keeper got: a line a commit, "NUMBER: OWNER REASON, ..." */
struct ground {
	struct event_base *base;
	struct link *ours, *keepers;
	int keepers_fd;
	struct pending *pending;
	char commits[1024];
	int parts;	/* commits that came */
	bool huge;	/* they are not looked into */
	int answers[8]; /* of the waiters: how often stored and not */
};

static inline void
append(struct ground *g, const char *text)
{
	strlcat(g->commits, text, sizeof(g->commits));
}

static inline void
append_record(struct ground *g, const struct record *r)
{
	switch (r->kind) {
	case RECORD_CLAIM:
		append(g, r->claim.ended ? " -" : " ");
		append(g, r->claim.owner);
		append(g, r->claim.reason);
		return;
	case RECORD_RECURRENCE:
		append(g, r->recurrence.forgotten ? " -recurs" : " recurs");
		return;
	case RECORD_HISTORY:
		append(g, " note:");
		append(g, r->history.owner);
		return;
	case RECORD_SETTINGS:
		append(g, " settings");
	}
}

static inline void
on_commit(void *arg, enum channel_type type, struct wire_in body)
{
	struct ground *g = arg;
	struct record r;
	char text[64];
	uint64_t number;

	assert_int_equal(type, CHANNEL_COMMIT);
	assert_int_equal(channel_get_commit(&body, &number), 0);
	g->parts++;
	if (g->huge)
		return;
	snprintf(text, sizeof(text), "%d:", (int)number);
	append(g, text);
	while (channel_get_record(&body, &r) == 1)
		append_record(g, &r);
	assert_true(wire_done(&body));
	append(g, "\n");
}

static inline void
on_nothing(void *arg, enum channel_type type, struct wire_in body)
{
	(void)arg;
	(void)type;
	(void)body;
	fail_msg("the keeper says nothing here");
}

static inline void
on_close(void *arg)
{
	(void)arg;
}

static inline void
ground_init(struct ground *g)
{
	struct link_events ours = { .on_message = on_nothing,
		.on_close = on_close };
	struct link_events keepers = { .on_message = on_commit,
		.on_close = on_close,
		.arg = g };
	int fds[2];

	*g = (struct ground){ .base = event_base_new() };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	g->ours = link_new(g->base, fds[0], &ours);
	g->keepers = link_new(g->base, fds[1], &keepers);
	g->keepers_fd = fds[1];
	g->pending = pending_new(g->base);
	assert_non_null(g->ours);
	assert_non_null(g->keepers);
	assert_non_null(g->pending);
	pending_set_link(g->pending, g->ours);
}

static inline void
ground_fini(struct ground *g)
{
	pending_free(g->pending);
	link_free(g->ours);
	link_free(g->keepers);
	event_base_free(g->base);
}

/* The new state of the owner's claim; gives its commit. */
static inline uint64_t
put(struct ground *g, const char *owner, const char *reason)
{
	struct stored_claim claim = {
		.prefix = given_prefix("203.0.113.7"),
		.owner = owner,
		.reason = reason,
		.neighbors = "",
		.expires_wall_ms = -1,
	};
	struct pending_change *c = pending_prepare(&claim);

	assert_non_null(c);
	return pending_put(g->pending, c);
}

/* What the keeper got since the last time. */
static inline void
check_commits(struct ground *g, const char *expected)
{
	fake_turn(g->base);
	assert_string_equal(g->commits, expected);
	g->commits[0] = '\0';
}

static inline void
answer(struct ground *g, uint64_t number, const char *error)
{
	struct channel_committed committed = { .number = number,
		.error = error };

	assert_int_equal(pending_on_committed(g->pending, &committed), 0);
}

static inline void
on_done(void *arg, bool stored)
{
	int *answers = arg;

	*answers += stored ? 1 : 100;
}

static inline struct pending_waiter *
await(struct ground *g, uint64_t number, int which)
{
	struct pending_waiter *w =
	    pending_wait(g->pending, number, on_done, &g->answers[which]);

	assert_non_null(w);
	assert_int_equal(g->answers[which], 0);
	return w;
}

#endif
