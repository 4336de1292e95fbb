/*
 * One client of the control socket at the other end of a socket pair: when it
 * is read from, when it is not, when it is cut off, and what it follows.
 */
#include <fcntl.h>
#include <unistd.h>

#include "control_stage.h"

#define UNANSWERED_MAX ((size_t)10000)
#define MIB ((size_t)1 << 20)
#define ADD                                                        \
	"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"victim.add\"," \
	"\"params\":{\"prefix\":\"203.0.113.1\"}}\n"

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
on_other_closing(void *arg, struct control_client *client)
{
	size_t *closing = arg;

	(void)client;
	++*closing;
}

/* One more client, which asks and never reads; gives the one before. */
static struct control_client *
add_greedy(struct scene *s, int *fd, size_t *closing)
{
	struct control_client *c = s->client;

	while (say(s, LIST))
		;
	assert_true(c->paused);
	*fd = s->fd;
	c->on_closing = on_other_closing;
	c->arg = closing;
	connect_client(s);
	return c;
}

#define BIG_LIST                                                    \
	"{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"victim.list\"," \
	"\"params\":{\"limit\":10000}}\n"

/*
 * Those of one user have taken all that there is for it: another gets its
 * small answers and what its changes came to, but not much at a time, until
 * those who take nothing are cut off.
 */
static void
test_answers_of_all_clients(void **state)
{
	enum {
		GREEDY = 4,
		VICTIMS = 300
	};
	struct control_client *others[GREEDY];
	size_t closing = 0;
	int fds[GREEDY];
	struct scene s;

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < VICTIMS; i++)
		add_victim(&s, i);
	for (int i = 0; i < GREEDY; i++)
		others[i] = add_greedy(&s, &fds[i], &closing);
	assert_true(control_client_is_crowded(s.client));
	assert_true(say(&s, BIG_LIST STATUS ADD));
	hear(&s);
	assert_int_equal(count_heard(&s, "\"reason\":\"busy\""), 1);
	assert_int_equal(count_heard(&s, "\"pid\""), 1);
	assert_int_equal(count_heard(&s, "\"outcome\""), 1);
	while (say(&s, LIST))
		;
	assert_true(s.client->paused);
	assert_in_range(s.client->unread, 64 << 10, 80 << 10);
	/* it reads: so it is read from again, and is not cut off */
	forget(&s);
	hear(&s);
	assert_false(s.client->paused);
	fake_pass(s.stage.ground.base, 1000);
	assert_int_equal(closing, GREEDY);
	assert_false(s.closing);
	for (int i = 0; i < GREEDY; i++) {
		control_client_free(others[i]);
		close(fds[i]);
	}
	assert_false(control_client_is_crowded(s.client));
	assert_int_equal(s.user.unread, s.client->unread);
	forget(&s);
	assert_true(say(&s, "\n" BIG_LIST));
	hear(&s);
	assert_int_equal(count_heard(&s, "\"recurrences\""), VICTIMS + 1);
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
		cmocka_unit_test(test_answers_of_all_clients),
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
