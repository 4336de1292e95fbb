/*
 * Answers that wait: for a reload, for the history, for several things in one
 * batch; and what they say when nothing comes, or the daemon goes first.
 */
#include "answer_stage.h"

static void
add_reload(struct stage *s, json_int_t number)
{
	struct method_call call = { .reloads = true,
		.result = json_pack("{s:[]}", "changed") };

	give(s, number, &call);
}

static void
tell(struct stage *s, enum reload_end how, const char *const *texts,
    size_t count)
{
	struct reload_outcome outcome = { .end = how,
		.texts = texts,
		.count = count };

	reload_finish(s->env.reload, &outcome);
}

static const char *const errors[] = { "a.yaml:1:2: one", "a.yaml:3:4: two" };

static void
test_at_once(void **state)
{
	struct method_call call = { .result = json_object() };
	struct stage s;

	(void)state;
	begin(&s, false);
	assert_true(answer_is_empty(s.a));
	give(&s, 1, &call);
	assert_false(answer_is_empty(s.a));
	finish(&s);
	check_text(&s, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
	assert_int_equal(s.ready, 0);
	assert_int_equal(s.a->size, s.a->text.len);
	end(&s);
}

/* No link: the keeper cannot be asked. */
static void
test_history_busy(void **state)
{
	struct method_call call = { .asks = true,
		.query = { .owner = "" },
		.result = json_object() };
	struct stage s;

	(void)state;
	begin(&s, false);
	give(&s, 1, &call);
	finish(&s);
	check_text(&s, "\"data\":{\"reason\":\"busy\"}");
	assert_null(memmem(s.a->text.text, s.a->text.len, "\"result\"", 8));
	end(&s);
}

static void
test_reload_applied(void **state)
{
	static const char *const paths[] = { "neighbors.a.med", "listen" };
	struct stage s;
	size_t size;

	(void)state;
	begin(&s, false);
	add_reload(&s, 1);
	finish(&s);
	size = s.a->size;
	assert_true(size > 0);
	check_waits(&s);
	assert_int_equal(s.asked, 1);
	tell(&s, RELOAD_APPLIED, paths, 2);
	assert_int_equal(s.ready, 1);
	check_text(&s,
	    "\"result\":{\"changed\":[\"neighbors.a.med\",\"listen\"]}");
	/* the client's account is by the size that it was queued with */
	assert_int_equal(s.a->size, size);
	end(&s);
}

static void
test_reload_refused(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	add_reload(&s, 1);
	finish(&s);
	tell(&s, RELOAD_REFUSED, errors, 2);
	assert_int_equal(s.ready, 1);
	check_text(&s,
	    "\"error\":{\"code\":-32000,"
	    "\"message\":\"a.yaml:1:2: one, and 1 more\","
	    "\"data\":{\"reason\":\"bad-config\",\"errors\":"
	    "[\"a.yaml:1:2: one\",\"a.yaml:3:4: two\"]}}");
	assert_null(memmem(s.a->text.text, s.a->text.len, "\"result\"", 8));
	end(&s);
	begin(&s, false);
	add_reload(&s, 1);
	finish(&s);
	tell(&s, RELOAD_REFUSED, errors, 1);
	check_text(&s, "\"message\":\"a.yaml:1:2: one\"");
	end(&s);
}

static void
test_reload_busy(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	add_reload(&s, 1);
	finish(&s);
	fake_pass(s.base, RELOAD_WAIT_MS - 1);
	check_waits(&s);
	fake_pass(s.base, 1);
	assert_int_equal(s.ready, 1);
	check_text(&s, "\"data\":{\"reason\":\"busy\"}");
	end(&s);
}

/* One question for all; ready when the last has come, whichever it is. */
static void
test_batch(void **state)
{
	struct stage s;

	(void)state;
	for (int reload_first = 0; reload_first < 2; reload_first++) {
		begin(&s, true);
		add_reload(&s, 1);
		add_change(&s, 2, 500);
		add_reload(&s, 3);
		finish(&s);
		assert_int_equal(s.asked, 1);
		if (reload_first)
			tell(&s, RELOAD_APPLIED, NULL, 0);
		else
			fake_pass(s.base, 500);
		check_waits(&s);
		if (reload_first)
			fake_pass(s.base, 500);
		else
			tell(&s, RELOAD_APPLIED, NULL, 0);
		assert_int_equal(s.ready, 1);
		check_text(&s,
		    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
		    "{\"changed\":[]}},{\"jsonrpc\":\"2.0\",\"id\":2,");
		check_text(&s,
		    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":"
		    "{\"changed\":[]}}]");
		end(&s);
	}
}

static void
test_give_up(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, true);
	add_reload(&s, 1);
	add_change(&s, 2, 500);
	finish(&s);
	answer_give_up(s.a);
	assert_int_equal(s.ready, 0);
	check_text(&s, "\"data\":{\"reason\":\"busy\"}");
	check_text(&s, "\"stored\":false,\"waited\":\"timeout\"");
	/* what it waited for is not told any more */
	tell(&s, RELOAD_APPLIED, NULL, 0);
	fake_pass(s.base, RELOAD_WAIT_MS);
	assert_int_equal(s.ready, 0);
	end(&s);
}

static void
add_error(struct stage *s, json_int_t number)
{
	struct rpc_error why;
	json_t *id = json_integer(number);

	rpc_error_set(&why, RPC_INVALID_PARAMS, "no");
	assert_int_equal(answer_add_error(s->a, id, &why), 0);
	json_decref(id);
}

/* Each call tells of one change or puts one response, when time is short. */
static void
test_in_pieces(void **state)
{
	struct stage s;
	int pieces = 1;

	(void)state;
	begin(&s, true);
	add_error(&s, 1);
	add_change(&s, 2, 0);
	add_error(&s, 3);
	add_change(&s, 4, 0);
	finish(&s);
	fake_pass(s.base, 0);
	while (answer_make_text(s.a, 0) == 1)
		pieces++;
	assert_int_equal(pieces, 6);
	assert_null(s.a->message);
	check_text(&s,
	    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,"
	    "\"message\":\"no\"}},{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":");
	check_text(&s,
	    "\"waited\":\"timeout\"}},{\"jsonrpc\":\"2.0\",\"id\":3,");
	check_text(&s, "\"waited\":\"timeout\"}}]");
	end(&s);
}

/* The client went away. */
static void
test_freed_while_it_waits(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, true);
	add_reload(&s, 1);
	add_change(&s, 2, 500);
	finish(&s);
	answer_free(s.a);
	s.a = NULL;
	tell(&s, RELOAD_REFUSED, errors, 2);
	fake_pass(s.base, RELOAD_WAIT_MS);
	assert_int_equal(s.ready, 0);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_history_busy),
		cmocka_unit_test(test_reload_applied),
		cmocka_unit_test(test_reload_refused),
		cmocka_unit_test(test_reload_busy),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_give_up),
		cmocka_unit_test(test_in_pieces),
		cmocka_unit_test(test_freed_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
