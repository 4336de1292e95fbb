#ifndef CONTROL_STAGE_H
#define CONTROL_STAGE_H

/*
 * What tests of a client of the control socket stand on: the client at one end
 * of a socket pair, and what is said and heard at the other.
 */

#include <unistd.h>

#include "method_stage.h"

#include "control_client.h"
#include "metrics.h"
#include "speaker_events.h"
#include "speaker_internal.h"

#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"daemon.status\"}\n"
#define LIST "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"neighbor.list\"}\n"

struct scene {
	struct stage stage;
	struct speaker speaker; /* no more of it than events need */
	struct control_user user;
	struct control_turns *turns;
	struct control_client *client;
	int fd;	     /* the other end */
	char *heard; /* on the heap: all that was read there */
	size_t heard_len, heard_size;
	bool closing;
};

static inline void
on_closing(void *arg, struct control_client *client)
{
	struct scene *s = arg;

	assert_ptr_equal(client, s->client);
	s->closing = true;
}

static inline void
on_stop(void *arg, const struct method_stop *order)
{
	(void)arg;
	(void)order;
	fail_msg("nobody asks to stop");
}

static inline void
connect_client(struct scene *s)
{
	struct control_client *c = calloc(1, sizeof(*c));
	int fds[2];

	assert_non_null(c);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     fds),
	    0);
	c->base = s->stage.ground.base;
	c->env = &s->stage.env;
	c->caller = s->stage.ground.operator;
	c->user = &s->user;
	c->turns = s->turns;
	c->on_closing = on_closing;
	c->on_stop = on_stop;
	c->arg = s;
	assert_int_equal(control_client_start(c, fds[0]), 0);
	s->client = c;
	s->fd = fds[1];
}

static inline void
begin(struct scene *s)
{
	struct ground *g = &s->stage.ground;

	*s = (struct scene){ .fd = -1 };
	stage_init(&s->stage);
	g->aggregates[0] = given_prefix("203.0.0.0/16");
	g->config.blackhole.max_victims = 10000;
	blackhole_set_config(g->blackhole, &g->config);
	s->turns = control_turns_new(g->base);
	assert_non_null(s->turns);
	s->stage.env.metrics = metrics_new();
	assert_non_null(s->stage.env.metrics);
	s->speaker.rib = g->rib;
	s->speaker.blackhole = g->blackhole;
	s->speaker.feed = s->stage.env.feed;
	s->speaker.metrics = s->stage.env.metrics;
	s->speaker.env = s->stage.env;
	connect_client(s);
}

static inline void
end(struct scene *s)
{
	control_client_free(s->client);
	control_turns_free(s->turns);
	close(s->fd);
	free(s->heard);
	metrics_free(s->stage.env.metrics);
	stage_fini(&s->stage);
}

static inline void
turn(struct scene *s)
{
	fake_turn(s->stage.ground.base);
}

/* Whether the other end could send it all, though that takes a while. */
static inline bool
say(struct scene *s, const char *bytes)
{
	size_t left = strlen(bytes);

	for (int idle = 0; left > 0 && idle < 3;) {
		ssize_t n = send(s->fd, bytes, left, MSG_NOSIGNAL);

		idle = n > 0 ? 0 : idle + 1;
		if (n > 0) {
			bytes += n;
			left -= (size_t)n;
		}
		turn(s);
	}
	return left == 0;
}

/* All that there is to read at the other end. */
static inline void
hear(struct scene *s)
{
	for (int idle = 0; idle < 3;) {
		ssize_t n;

		if (s->heard_size - s->heard_len < 65537) {
			s->heard_size = s->heard_size * 2 + 131072;
			s->heard = realloc(s->heard, s->heard_size);
			assert_non_null(s->heard);
		}
		n = recv(s->fd, s->heard + s->heard_len, 65536, 0);
		idle = n > 0 ? 0 : idle + 1;
		if (n > 0)
			s->heard_len += (size_t)n;
		s->heard[s->heard_len] = '\0';
		turn(s);
	}
}

static inline size_t
count_heard(const struct scene *s, const char *what)
{
	size_t n = 0;

	if (s->heard == NULL)
		return 0;
	for (const char *at = s->heard; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static inline void
forget(struct scene *s)
{
	s->heard_len = 0;
	if (s->heard != NULL)
		s->heard[0] = '\0';
}

/* In this order, each somewhere behind the one before. */
static inline void
check_order(const struct scene *s, const char *const *expected, size_t count)
{
	const char *at = s->heard;

	for (size_t i = 0; i < count && at != NULL; i++)
		at = strstr(at, expected[i]);
	if (at == NULL)
		fail_msg("not in order: %s", s->heard);
}

/* Adds a victim and tells of it, as the speaker's wiring does. */
static inline void
add_victim(struct scene *s, unsigned number)
{
	struct ground *g = &s->stage.ground;
	char prefix[PREFIX_STRLEN];

	snprintf(prefix, sizeof(prefix), "203.0.%u.%u", number / 250 + 1,
	    number % 250 + 1);
	add(g, "a", prefix, plain);
	g->routes[0] = g->stored[0] = '\0';
	speaker_event_tell_victim(&s->speaker,
	    &(struct blackhole_event){ .type = BLACKHOLE_EVENT_ADDED,
		.victim = g->result.victim,
		.claim = TAILQ_FIRST(&g->result.victim->claims),
		.left = 1 });
}

#endif
