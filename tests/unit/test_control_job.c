/*
 * A line that takes more than one turn of the loop: who has a turn meanwhile,
 * what becomes of its changes, and how it ends early.
 */
#include <signal.h>

#include "control_stage.h"

#define QUESTION(id) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"victim.list\"}"
#define UNASKED "{\"jsonrpc\":\"2.0\",\"method\":\"victim.list\"}"
#define CHANGE(id, prefix)                                              \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"victim.add\"," \
	"\"params\":{\"prefix\":\"" prefix "\"}}"

/* A change that takes no time. */
#define THAW(id)                                                           \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"daemon.freeze\"," \
	"\"params\":{\"frozen\":false}}"

/* So many questions take some turns, when a millisecond goes by each time. */
#define LONG_BATCH                                                      \
	"[" QUESTION("11") "," QUESTION(                                \
	    "12") "," UNASKED                                           \
		  ",7," QUESTION("13") "," QUESTION("14") "," QUESTION( \
		      "15") "," QUESTION("16") "," QUESTION("17") "," QUESTION("18") "]\n"

/* Of the loop: no more than one. */
static void
single_turn(struct scene *s)
{
	assert_int_not_equal(event_base_loop(s->stage.ground.base,
				 EVLOOP_ONCE | EVLOOP_NONBLOCK),
	    -1);
}

/* Sends it and lets it begin. */
static void
begin_job(struct scene *s, const char *line)
{
	fake_step_ms = 1;
	assert_int_equal(send(s->fd, line, strlen(line), MSG_NOSIGNAL),
	    strlen(line));
	for (int turns = 0; s->client->job.message == NULL && turns < 9;
	     turns++)
		single_turn(s);
	assert_non_null(s->client->job.message);
}

/* The number of turns that it still took. */
static unsigned
end_job(struct scene *s)
{
	unsigned turns = 0;

	while (s->client->job.message != NULL && turns < 100) {
		single_turn(s);
		turns++;
	}
	fake_step_ms = 0;
	assert_null(s->client->job.message);
	assert_int_equal(s->user.batches, 0);
	hear(s);
	return turns;
}

/* Others have their turn meanwhile; its own next line has not. */
static void
test_long_batch_takes_turns(void **state)
{
	static const char *const order[] = { "\"id\":11,", "\"id\":12,",
		"\"id\":null,", "\"id\":13,", "\"id\":14,", "\"id\":15,",
		"\"id\":16,", "\"id\":17,", "\"id\":18,", "\"id\":2," };
	struct control_client *first;
	struct scene s;
	int fd;

	(void)state;
	begin(&s);
	begin_job(&s, LONG_BATCH LIST);
	first = s.client;
	fd = s.fd;
	connect_client(&s);
	assert_int_equal(send(s.fd, STATUS, strlen(STATUS), MSG_NOSIGNAL),
	    strlen(STATUS));
	single_turn(&s);
	single_turn(&s);
	assert_non_null(first->job.message);
	assert_int_equal(recv(s.fd, &(char){ 0 }, 1, 0), 1);
	control_client_free(s.client);
	close(s.fd);
	s.client = first;
	s.fd = fd;
	assert_in_range(end_job(&s), 1, 20);
	check_order(&s, order, HEX_COUNT(order));
	assert_int_equal(count_heard(&s, "\n"), 2);
	end(&s);
}

static size_t
victims(const struct scene *s)
{
	return victim_set_count(blackhole_victims(s->stage.ground.blackhole));
}

/* Goes on until they are made; gives the number of turns. */
static unsigned
end_changes(struct scene *s)
{
	unsigned turns = 0;

	assert_true(control_job_changes(&s->client->job));
	while (control_job_changes(&s->client->job) && turns < 100) {
		single_turn(s);
		turns++;
	}
	return turns;
}

/*
 * Once the first change is made all are, ahead of the questions between them;
 * the answers stand in order.
 */
static void
test_changes_of_a_long_batch(void **state)
{
	static const char *const order[] = { "\"id\":21,", "\"id\":22,",
		"\"id\":23,", "\"id\":24,", "\"id\":null,", "\"id\":25,",
		"\"id\":26,", "\"id\":27," };
	struct scene s;

	(void)state;
	begin(&s);
	pending_set_link(s.stage.ground.pending, NULL);
	begin_job(&s,
	    "[" CHANGE("21", "203.0.113.1") "," QUESTION("22") "," QUESTION(
		"23") "," UNASKED "," QUESTION("24") ",7," CHANGE("25",
		"203.0.113.2") "," QUESTION("26") "," CHANGE("27",
		"203.0.113.3") "]\n");
	end_changes(&s);
	assert_int_equal(victims(&s), 3);
	assert_non_null(s.client->job.message);
	end_job(&s);
	/* all that is missing is the disk */
	assert_int_equal(s.heard_len, 0);
	fake_pass(s.stage.ground.base, PENDING_WAIT_MS);
	hear(&s);
	check_order(&s, order, HEX_COUNT(order));
	assert_int_equal(count_heard(&s, "\"stored\":false"), 3);
	assert_int_equal(count_heard(&s, "\n"), 1);
	end(&s);
}

/* They are stored before its last question is asked: no wait is missed. */
static void
test_changes_are_stored_before_the_batch_ends(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	begin_job(&s,
	    "[" CHANGE("21", "203.0.113.1") "," QUESTION("22") "," QUESTION("23") "," QUESTION("24") "," QUESTION("25") "," QUESTION("26") "," QUESTION("27") "," QUESTION(
		"28") "," QUESTION("29") "," QUESTION("30") "," QUESTION("31") "," QUESTION("32") "," QUESTION("33") "," QUESTION("34") "," QUESTION("35") "]\n");
	for (int i = 0; i < 3; i++)
		single_turn(&s);
	assert_int_equal(pending_count(s.stage.ground.pending), 0);
	assert_non_null(s.client->job.message);
	end_job(&s);
	assert_int_equal(count_heard(&s, "\"stored\":true"), 1);
	assert_int_equal(count_heard(&s, "\n"), 1);
	end(&s);
}

/* Each ends a long batch in the middle. */
static void
test_long_batch_is_cut_short(void **state)
{
	struct rpc_error why;
	struct scene s;

	(void)state;
	begin(&s); /* the client goes */
	begin_job(&s, LONG_BATCH);
	close(s.fd);
	while (!s.closing)
		single_turn(&s);
	fake_step_ms = 0;
	s.fd = -1;
	end(&s);

	begin(&s); /* the client may no more */
	begin_job(&s, LONG_BATCH);
	rpc_error_set(&why, RPC_REFUSED, "no more");
	control_client_dismiss(s.client, &why);
	end_job(&s);
	assert_true(s.closing);
	assert_int_equal(count_heard(&s, "\"id\":"), 10);
	assert_int_equal(count_heard(&s, "\n"), 2);
	assert_in_range(count_heard(&s, "no more"), 3, 8);
	end(&s);

	begin(&s); /* the daemon goes */
	begin_job(&s, LONG_BATCH);
	fake_step_ms = 0;
	control_client_free(s.client);
	hear(&s);
	assert_int_equal(count_heard(&s, "\"id\":"), 9);
	assert_in_range(count_heard(&s, "the daemon stops"), 2, 7);
	connect_client(&s);
	end(&s);
}

/* A millisecond for each victim: some turns. */
#define LISTED 12

/* One request, too: it goes on where it was, whatever became of that. */
static void
test_long_list(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < LISTED; i++)
		add_victim(&s, i);
	begin_job(&s, QUESTION("11") "\n" LIST);
	assert_true(s.client->job.at.under_way);
	assert_int_equal(try_withdraw(&s.stage.ground, "203.0.1.1", "a"), 0);
	assert_int_equal(try_withdraw(&s.stage.ground, "203.0.1.12", "a"), 0);
	assert_in_range(end_job(&s), 1, LISTED);
	assert_int_equal(count_heard(&s, "{\"prefix\":"), LISTED - 1);
	assert_int_equal(count_heard(&s, "\"more\":false"), 1);
	assert_int_equal(count_heard(&s, "\n"), 2);
	assert_int_equal(strncmp(s.heard,
			     "{\"jsonrpc\":\"2.0\",\"id\":11,\"result\":"
			     "{\"victims\":[{\"prefix\":\"203.0.1.1/32\",",
			     70),
	    0);
	end(&s);
}

/* Changes do not wait for a question that has paused, its answer does. */
static void
test_changes_behind_a_long_list(void **state)
{
	static const char *const order[] = { "\"id\":21,", "\"id\":22,",
		"\"id\":23,", "\"id\":24," };
	struct scene s;

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < LISTED; i++)
		add_victim(&s, i);
	begin_job(&s,
	    "[" THAW("21") "," QUESTION(
		"22") "," CHANGE("23", "203.0.113.2") "," QUESTION("24") "]\n");
	assert_true(s.client->job.at.under_way);
	end_changes(&s);
	assert_true(s.client->job.at.under_way);
	assert_int_equal(victims(&s), LISTED + 1);
	end_job(&s);
	check_order(&s, order, HEX_COUNT(order));
	assert_int_equal(count_heard(&s, "{\"prefix\":"), 1 + 2 * (LISTED + 1));
	end(&s);
}

/* More than are made at once. */
#define MANY 300

/* Adds MANY victims, 203.0.2.0 and on. */
static const char *
add_many(void)
{
	static char text[MANY * 20 + 128];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text),
	    "{\"jsonrpc\":\"2.0\",\"id\":31,\"method\":\"victim.add_many\","
	    "\"params\":{\"victims\":[\"192.0.2.1\"");
	for (int i = 0; i < MANY; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    ",\"203.0.%d.%d\"", 2 + i / 256, i % 256);
	snprintf(text + len, sizeof(text) - len, "]}}\n");
	return text;
}

static void
begin_many(struct scene *s)
{
	begin(s);
	begin_job(s, add_many());
	assert_true(control_job_changes(&s->client->job));
	assert_true(victims(s) < MANY);
}

/* In many turns, which are nobody else's, and one commit. */
static void
test_long_change(void **state)
{
	struct control_client *first;
	struct scene s;
	int fd;

	(void)state;
	begin_many(&s);
	first = s.client;
	fd = s.fd;
	connect_client(&s);
	assert_int_equal(send(s.fd, STATUS, strlen(STATUS), MSG_NOSIGNAL),
	    strlen(STATUS));
	while (control_job_changes(&first->job)) {
		assert_int_equal(recv(s.fd, &(char){ 0 }, 1, 0), -1);
		assert_int_equal(s.stage.ground.commits, 0);
		single_turn(&s);
	}
	fake_step_ms = 0;
	hear(&s);
	assert_int_equal(count_heard(&s, "\"id\":1,"), 1);
	control_client_free(s.client);
	close(s.fd);
	s.client = first;
	s.fd = fd;
	forget(&s);
	end_job(&s);
	assert_int_equal(victims(&s), MANY);
	assert_int_equal(s.stage.ground.commits, 1);
	assert_int_equal(count_heard(&s, "\"added\":300,"), 1);
	assert_int_equal(count_heard(&s, "\"not-ours\""), 1);
	assert_int_equal(count_heard(&s, "\"stored\":true"), 1);
	end(&s);
}

/* However it ends, it is not made in part. */
static void
test_long_change_is_cut_short(void **state)
{
	struct rpc_error why;
	struct scene s;

	(void)state;
	begin_many(&s); /* the client may no more */
	rpc_error_set(&why, RPC_REFUSED, "no more");
	control_client_dismiss(s.client, &why);
	assert_int_equal(victims(&s), MANY);
	end_job(&s);
	assert_int_equal(count_heard(&s, "\"added\":300,"), 1);
	assert_int_equal(count_heard(&s, "no more"), 1);
	end(&s);

	begin_many(&s); /* the rules change */
	control_client_finish_changes(s.client);
	assert_int_equal(victims(&s), MANY);
	end_job(&s);
	end(&s);

	begin_many(&s); /* the daemon goes */
	control_client_free(s.client);
	assert_int_equal(victims(&s), MANY);
	connect_client(&s);
	end(&s);

	begin_many(&s); /* the client has gone: it goes on without it */
	s.client->closing = true;
	control_turns_leave(s.turns, &s.client->turn);
	for (unsigned turns = 0; control_client_go_on_changing(s.client);
	     turns++)
		assert_in_range(turns, 0, MANY);
	assert_int_equal(victims(&s), MANY);
	end(&s);
}

/* What is held of them all is bounded. */
static void
test_long_batches_of_a_user(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.user.batches = 4;
	fake_step_ms = 1;
	assert_true(say(&s, LONG_BATCH));
	fake_step_ms = 0;
	hear(&s);
	assert_int_equal(count_heard(&s, "\"id\":"), 9);
	assert_in_range(count_heard(&s, "\"reason\":\"busy\""), 2, 7);
	assert_int_equal(s.user.batches, 4);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_batch_takes_turns),
		cmocka_unit_test(test_changes_of_a_long_batch),
		cmocka_unit_test(test_changes_are_stored_before_the_batch_ends),
		cmocka_unit_test(test_long_batch_is_cut_short),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_changes_behind_a_long_list),
		cmocka_unit_test(test_long_change),
		cmocka_unit_test(test_long_change_is_cut_short),
		cmocka_unit_test(test_long_batches_of_a_user),
	};

	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
