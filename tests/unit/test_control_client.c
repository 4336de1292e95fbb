/*
 * One client of the control socket at the other end of a socket pair: when it
 * is read from, when it is not, when it is cut off, and what it follows.
 */
#include <fcntl.h>
#include <unistd.h>

#include "method_stage.h"

#include "control_client.h"
#include "metrics.h"
#include "speaker_events.h"
#include "speaker_internal.h"

#define UNANSWERED_MAX ((size_t)10000)
#define MIB ((size_t)1 << 20)
#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"daemon.status\"}\n"
#define LIST "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"neighbor.list\"}\n"
#define ADD                                                        \
	"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"victim.add\"," \
	"\"params\":{\"prefix\":\"203.0.113.1\"}}\n"

struct scene {
	struct stage stage;
	struct speaker speaker; /* no more of it than events need */
	struct control_user user;
	struct control_client *client;
	int fd;	     /* the other end */
	char *heard; /* on the heap: all that was read there */
	size_t heard_len, heard_size;
	bool closing;
};

static void
on_closing(void *arg, struct control_client *client)
{
	struct scene *s = arg;

	assert_ptr_equal(client, s->client);
	s->closing = true;
}

static void
on_stop(void *arg, const struct method_stop *order)
{
	(void)arg;
	(void)order;
	fail_msg("nobody asks to stop");
}

static void
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
	c->on_closing = on_closing;
	c->on_stop = on_stop;
	c->arg = s;
	assert_int_equal(control_client_start(c, fds[0]), 0);
	s->client = c;
	s->fd = fds[1];
}

static void
begin(struct scene *s)
{
	struct ground *g = &s->stage.ground;

	*s = (struct scene){ .fd = -1 };
	stage_init(&s->stage);
	g->aggregates[0] = given_prefix("203.0.0.0/16");
	g->config.blackhole.max_victims = 10000;
	blackhole_set_config(g->blackhole, &g->config);
	s->stage.env.metrics = metrics_new();
	assert_non_null(s->stage.env.metrics);
	s->speaker.rib = g->rib;
	s->speaker.blackhole = g->blackhole;
	s->speaker.feed = s->stage.env.feed;
	s->speaker.metrics = s->stage.env.metrics;
	s->speaker.env = s->stage.env;
	connect_client(s);
}

static void
end(struct scene *s)
{
	control_client_free(s->client);
	close(s->fd);
	free(s->heard);
	metrics_free(s->stage.env.metrics);
	stage_fini(&s->stage);
}

static void
turn(struct scene *s)
{
	fake_turn(s->stage.ground.base);
}

/* Whether the other end could send it all, though that takes a while. */
static bool
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
static void
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

static size_t
count_heard(const struct scene *s, const char *what)
{
	size_t n = 0;

	if (s->heard == NULL)
		return 0;
	for (const char *at = s->heard; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
forget(struct scene *s)
{
	s->heard_len = 0;
	if (s->heard != NULL)
		s->heard[0] = '\0';
}

/* In this order, each somewhere behind the one before. */
static void
check_order(const struct scene *s, const char *const *expected, size_t count)
{
	const char *at = s->heard;

	for (size_t i = 0; i < count && at != NULL; i++)
		at = strstr(at, expected[i]);
	if (at == NULL)
		fail_msg("not in order: %s", s->heard);
}

/* Adds a victim and tells of it, as the speaker's wiring does. */
static void
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

/* The first waits for the disk, and so does the second's turn. */
static void
test_answers_in_order(void **state)
{
	static const char *const order[] = { "\"id\":3", "\"id\":1",
		"\"id\":2" };
	struct scene s;

	(void)state;
	begin(&s);
	pending_set_link(s.stage.ground.pending, NULL);
	assert_true(say(&s, ADD STATUS LIST));
	hear(&s);
	assert_int_equal(s.heard_len, 0);
	fake_pass(s.stage.ground.base, PENDING_WAIT_MS);
	hear(&s);
	check_order(&s, order, 3);
	assert_int_equal(count_heard(&s, "\n"), 3);
	end(&s);
}

static void
test_unanswered_requests_pause_reading(void **state)
{
	struct scene s;
	size_t said = 0;

	(void)state;
	begin(&s);
	pending_set_link(s.stage.ground.pending, NULL);
	while (said < 2 * UNANSWERED_MAX && say(&s, ADD))
		said++;
	/* what the socket holds is not carried out yet */
	assert_int_equal(s.client->answer_count, UNANSWERED_MAX);
	assert_true(s.client->paused);
	assert_in_range(said, UNANSWERED_MAX + 1, 2 * UNANSWERED_MAX - 1);
	for (int i = 0; i < 3; i++) {
		fake_pass(s.stage.ground.base, PENDING_WAIT_MS);
		hear(&s);
	}
	assert_false(s.client->paused);
	/* the one that was cut off by the full socket has no end */
	assert_int_equal(count_heard(&s, "\n"), said);
	assert_false(s.closing);
	end(&s);
}

/* It is not read from any more, and cut off after a second of patience. */
static void
test_answers_that_are_not_read(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	while (say(&s, LIST))
		;
	assert_true(s.client->paused);
	assert_false(s.closing);
	fake_pass(s.stage.ground.base, 1000);
	assert_true(s.closing);
	end(&s);
}

/* It reads, though slowly: that is no fault. */
static void
test_answers_that_are_read_slowly(void **state)
{
	char some[4096];
	struct scene s;

	(void)state;
	begin(&s);
	while (say(&s, LIST))
		;
	for (int i = 0; i < 50; i++) {
		fake_pass(s.stage.ground.base, 900);
		for (int n = 0; n < 64; n++)
			(void)!recv(s.fd, some, sizeof(some), 0);
		turn(&s);
		assert_false(s.closing);
	}
	end(&s);
}

static void
test_longest_line(void **state)
{
	static const struct {
		enum access_role role;
		size_t max;
	} cases[] = { { ACCESS_OPERATOR, 8 * MIB }, { ACCESS_DETECTOR, MIB } };
	struct caller caller;
	struct scene s;
	char *bytes;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		for (size_t more = 0; more < 2; more++) {
			begin(&s);
			caller = s.client->caller;
			caller.role = cases[i].role;
			control_client_set_caller(s.client, &caller);
			bytes = calloc(1, cases[i].max + more + 2);
			assert_non_null(bytes);
			memset(bytes, ' ', cases[i].max + more);
			bytes[cases[i].max + more] = '\n';
			(void)say(&s, bytes);
			hear(&s);
			assert_int_equal(count_heard(&s, "longer than"), more);
			assert_int_equal(count_heard(&s, "-32700"), 1 - more);
			assert_int_equal(s.closing, more == 1);
			free(bytes);
			end(&s);
		}
	}
}

#define SUBSCRIBE(id, params)             \
	"{\"jsonrpc\":\"2.0\",\"id\":" id \
	",\"method\":\"events.subscribe\",\"params\":{" params "}}\n"

/* Events from before the answer is out stand behind it. */
static void
test_follows_from_the_request_on(void **state)
{
	static const char *const order[] = { "\"id\":3,", "\"id\":7,",
		"\"seq\":1,", "\"seq\":2," };
	struct scene s;

	(void)state;
	begin(&s);
	pending_set_link(s.stage.ground.pending, NULL);
	assert_true(say(&s, ADD SUBSCRIBE("7", "")));
	add_victim(&s, 1);
	turn(&s);
	hear(&s);
	assert_int_equal(s.heard_len, 0);
	fake_pass(s.stage.ground.base, PENDING_WAIT_MS);
	add_victim(&s, 2);
	hear(&s);
	check_order(&s, order, 4);
	assert_int_equal(count_heard(&s, "\n"), 4);
	end(&s);
}

/* A notification is not answered: what it asks for begins at once. */
static void
test_follows_without_an_answer(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_true(say(&s,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"events.subscribe\","
	    "\"params\":{\"snapshot\":true,\"types\":[\"victim.added\"]}}\n"));
	add_victim(&s, 1);
	hear(&s);
	assert_int_equal(count_heard(&s, "snapshot.end"), 1);
	assert_int_equal(count_heard(&s, "\"type\":\"victim.added\""), 1);
	end(&s);
}

/* The second takes the place of the first, also while that is not begun. */
static void
test_follows_anew(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	pending_set_link(s.stage.ground.pending, NULL);
	assert_true(say(&s, ADD SUBSCRIBE("7", "")));
	add_victim(&s, 1);
	assert_true(say(&s, SUBSCRIBE("8", "\"types\":[\"victim.added\"]")));
	add_victim(&s, 2);
	fake_pass(s.stage.ground.base, PENDING_WAIT_MS);
	add_victim(&s, 3);
	hear(&s);
	assert_int_equal(count_heard(&s, "victim.added"), 2);
	assert_int_equal(count_heard(&s, "\"seq\":1,"), 1);
	assert_int_equal(count_heard(&s, "\"seq\":2,"), 1);
	end(&s);
}

/* The snapshot waits for the reader, so that events have room meanwhile. */
static void
test_snapshot_waits_for_its_reader(void **state)
{
	enum {
		VICTIMS = 4000,
		LATER = 100
	};
	struct evbuffer *out;
	struct scene s;

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < VICTIMS; i++)
		add_victim(&s, i);
	turn(&s);
	assert_true(say(&s, SUBSCRIBE("7", "\"snapshot\":true")));
	turn(&s);
	out = bufferevent_get_output(s.client->bev);
	assert_in_range(evbuffer_get_length(out), MIB / 8, MIB / 2);
	for (unsigned i = 0; i < LATER; i++)
		add_victim(&s, VICTIMS + i);
	while (s.client->follow.snapshot.stage != SNAPSHOT_NONE)
		hear(&s);
	hear(&s);
	assert_int_equal(count_heard(&s, "\"type\":\"victim.added\""),
	    VICTIMS + LATER);
	assert_int_equal(count_heard(&s, "\"type\":\"neighbor.down\""), 2);
	assert_int_equal(count_heard(&s, "snapshot.end"), 1);
	assert_int_equal(count_heard(&s, "events.lost"), 0);
	end(&s);
}

/* It keeps its place and its answers, and hears of the rest again. */
static void
test_slow_follower_is_told_what_it_missed(void **state)
{
	enum {
		MANY = 5000
	};
	char expected[64];
	struct scene s;
	size_t told;

	(void)state;
	begin(&s);
	assert_true(say(&s, SUBSCRIBE("7", "")));
	for (unsigned i = 0; i < MANY; i++)
		add_victim(&s, i);
	turn(&s);
	fake_pass(s.stage.ground.base, 10000);
	assert_false(s.closing);
	assert_true(say(&s, STATUS));
	hear(&s);
	told = count_heard(&s, "\"type\":\"victim.added\"");
	assert_in_range(told, 1000, MANY - 1000);
	assert_int_equal(count_heard(&s, "\"id\":1,"), 1);
	snprintf(expected, sizeof(expected), "\"seq\":%d,\"count\":%zu}",
	    MANY + 1, MANY - told);
	assert_int_equal(count_heard(&s, expected), 1);
	forget(&s);
	add_victim(&s, MANY);
	hear(&s);
	snprintf(expected, sizeof(expected), "\"seq\":%d,", MANY + 2);
	assert_int_equal(count_heard(&s, expected), 1);
	end(&s);
}

/* Who sends no more lines is closed once it has its answers. */
static void
test_end_of_input_ends_all(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_true(say(&s, SUBSCRIBE("7", "") STATUS "no end"));
	assert_int_equal(shutdown(s.fd, SHUT_WR), 0);
	turn(&s);
	assert_true(s.closing);
	add_victim(&s, 1);
	hear(&s);
	assert_int_equal(count_heard(&s, "\n"), 2);
	assert_int_equal(count_heard(&s, "event"), 0);
	end(&s);
}

/* The daemon goes: what is known is told, the events of the end as well. */
static void
test_freed_while_it_waits(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	pending_set_link(s.stage.ground.pending, NULL);
	assert_true(say(&s, ADD SUBSCRIBE("7", "")));
	speaker_event_stopping(&s.speaker, "bye");
	control_client_free(s.client);
	s.client = NULL;
	hear(&s);
	assert_int_equal(count_heard(&s, "\"stored\":false"), 1);
	assert_int_equal(count_heard(&s, "\"id\":7,\"result\":{}"), 1);
	assert_int_equal(count_heard(&s, "daemon.stopping"), 1);
	connect_client(&s);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_in_order),
		cmocka_unit_test(test_unanswered_requests_pause_reading),
		cmocka_unit_test(test_answers_that_are_not_read),
		cmocka_unit_test(test_answers_that_are_read_slowly),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_follows_from_the_request_on),
		cmocka_unit_test(test_follows_without_an_answer),
		cmocka_unit_test(test_follows_anew),
		cmocka_unit_test(test_snapshot_waits_for_its_reader),
		cmocka_unit_test(test_slow_follower_is_told_what_it_missed),
		cmocka_unit_test(test_end_of_input_ends_all),
		cmocka_unit_test(test_freed_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
