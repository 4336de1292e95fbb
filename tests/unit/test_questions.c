/*
 * Answers that tell of the history: what the keeper answers as JSON, and what
 * they say when it refuses, is late, or the client is gone first.
 */
#include <sys/socket.h>

#include "fake_clock.h"
#include "given.h"

#include "answer.h"
#include "ask.h"
#include "link.h"
#include "method.h"

struct stage {
	struct event_base *base;
	struct link *ours, *keepers;
	struct method_env env;
	struct answer *a;
	int asked;
	struct history_query query; /* the last, without its owner */
	int ready;
};

static const struct caller noc = { .uid = 1000 };

/* The keeper's end. */
static void
on_question(void *arg, enum channel_type type, struct wire_in body)
{
	struct stage *s = arg;

	assert_int_equal(type, CHANNEL_ASK_HISTORY);
	assert_int_equal(channel_get_history_query(&body, &s->query), 0);
	s->asked++;
}

/* Ours. */
static void
on_message(void *arg, enum channel_type type, struct wire_in body)
{
	struct stage *s = arg;

	assert_int_equal(type, CHANNEL_HISTORY);
	assert_int_equal(ask_on_answer(s->env.ask, body), 0);
}

static void
on_close(void *arg)
{
	(void)arg;
}

static void
count_ready(void *arg)
{
	struct stage *s = arg;

	s->ready++;
}

static void
begin(struct stage *s, bool batch)
{
	struct link_events ours = { .on_message = on_message,
		.on_close = on_close,
		.arg = s };
	struct link_events keepers = { .on_message = on_question,
		.on_close = on_close,
		.arg = s };
	int fds[2];

	*s = (struct stage){ .base = event_base_new() };
	assert_non_null(s->base);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	s->ours = link_new(s->base, fds[0], &ours);
	s->keepers = link_new(s->base, fds[1], &keepers);
	s->env.ask = ask_new(s->base);
	s->a = answer_new(batch);
	assert_non_null(s->ours);
	assert_non_null(s->keepers);
	assert_non_null(s->env.ask);
	assert_non_null(s->a);
	ask_set_link(s->env.ask, s->ours);
	s->a->on_ready = count_ready;
	s->a->arg = s;
}

static void
end(struct stage *s)
{
	answer_free(s->a);
	ask_free(s->env.ask);
	link_free(s->ours);
	link_free(s->keepers);
	event_base_free(s->base);
}

static void
add_long_question(struct stage *s, json_int_t number, uint32_t limit)
{
	struct method_call call = { .env = &s->env,
		.caller = &noc,
		.asks = true,
		.query = { .owner = "", .limit = limit },
		.result = json_pack("{s:[],s:b}", "entries", "more", 0) };
	json_t *id = json_integer(number);

	assert_int_equal(answer_add_result(s->a, id, &call), 0);
	json_decref(id);
}

/* For one entry. */
static void
add_question(struct stage *s, json_int_t number)
{
	add_long_question(s, number, 1);
}

static void
finish(struct stage *s)
{
	assert_int_equal(answer_finish(s->a, s->base, &s->env), 0);
	fake_turn(s->base);
}

static const struct history_entry by_noc = { .id = 7,
	.at_wall_ms = FAKE_EPOCH_MS,
	.action = HISTORY_ADDED,
	.owner = "fastnetmon",
	.by = "noc",
	.uid = 1000,
	.pid = 4711,
	.reason = "syn flood",
	.expires_wall_ms = FAKE_EPOCH_MS + 3600000,
	.count = 1 };
static const struct history_entry by_itself = { .id = 8,
	.at_wall_ms = FAKE_EPOCH_MS,
	.action = HISTORY_EXPIRED,
	.owner = "noc",
	.by = "",
	.reason = "",
	.expires_wall_ms = -1,
	.count = 1 };

/* entry NULL: none. */
static void
tell(struct stage *s, uint64_t number, const char *error,
    const struct history_entry *entry)
{
	const struct history_answer a = { .number = number,
		.error = error,
		.more = entry != NULL };
	struct history_entry e;
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_HISTORY);
	channel_put_history_answer(&out, &a);
	if (entry != NULL) {
		e = *entry;
		e.prefix = given_prefix("203.0.113.7/32");
		channel_put_history(&out, &e);
	}
	assert_int_equal(link_send(s->keepers, &out), 0);
	wire_out_fini(&out);
	fake_turn(s->base);
}

static void
check_waits(const struct stage *s)
{
	assert_true(answer_waits(s->a));
	assert_null(s->a->text.text);
	assert_int_equal(s->ready, 0);
}

static void
check_text(const struct stage *s, const char *expected)
{
	char *text;

	assert_false(answer_waits(s->a));
	assert_int_equal(answer_make_text(s->a, INT64_MAX), 0);
	text = strndup(s->a->text.text, s->a->text.len - 1);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

#define BUSY(id)                                                              \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":-32000,"      \
	"\"message\":\"the keeper does not answer in time: ask again later\"" \
	",\"data\":{\"reason\":\"busy\"}}}"

static void
test_entries(void **state)
{
	static const struct {
		const char *name;
		const struct history_entry *entry;
		const char *result;
	} cases[] = {
		{ "none", NULL, "{\"entries\":[],\"more\":false}" },
		{ "by a user", &by_noc,
		    "{\"entries\":[{\"id\":7,"
		    "\"at\":\"2026-11-22T10:00:00.000Z\","
		    "\"action\":\"added\",\"prefix\":\"203.0.113.7/32\","
		    "\"owner\":\"fastnetmon\",\"by\":\"noc\",\"uid\":1000,"
		    "\"pid\":4711,\"reason\":\"syn flood\","
		    "\"expires\":\"2026-11-22T11:00:00.000Z\",\"count\":1}],"
		    "\"more\":true}" },
		{ "by the daemon itself", &by_itself,
		    "{\"entries\":[{\"id\":8,"
		    "\"at\":\"2026-11-22T10:00:00.000Z\","
		    "\"action\":\"expired\",\"prefix\":\"203.0.113.7/32\","
		    "\"owner\":\"noc\",\"by\":null,\"uid\":0,"
		    "\"pid\":0,\"reason\":\"\",\"expires\":null,\"count\":1}],"
		    "\"more\":true}" },
	};
	char expected[1024];
	struct stage s;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		begin(&s, false);
		add_question(&s, 1);
		finish(&s);
		check_waits(&s);
		assert_int_equal(s.asked, 1);
		tell(&s, 1, "", cases[i].entry);
		assert_int_equal(s.ready, 1);
		snprintf(expected, sizeof(expected),
		    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}",
		    cases[i].result);
		check_text(&s, expected);
		end(&s);
	}
}

static void
test_disk_refuses(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	add_question(&s, 1);
	finish(&s);
	tell(&s, 1, "disk I/O error", NULL);
	check_text(&s,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,"
	    "\"message\":\"disk I/O error\","
	    "\"data\":{\"reason\":\"storage\"}}}");
	end(&s);
}

static void
test_late(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	add_question(&s, 1);
	finish(&s);
	fake_pass(s.base, ASK_WAIT_MS - 1);
	check_waits(&s);
	fake_pass(s.base, 1);
	assert_int_equal(s.ready, 1);
	check_text(&s, BUSY("1"));
	end(&s);
}

/* Ready with the last, whichever it is. */
static void
test_batch(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, true);
	add_question(&s, 1);
	add_question(&s, 2);
	finish(&s);
	assert_int_equal(s.asked, 1);
	tell(&s, 1, "", NULL);
	check_waits(&s);
	assert_int_equal(s.asked, 2);
	fake_pass(s.base, ASK_WAIT_MS);
	assert_int_equal(s.ready, 1);
	check_text(&s,
	    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
	    "{\"entries\":[],\"more\":false}}," BUSY("2") "]");
	end(&s);
}

static void
tell_page(struct stage *s, uint64_t number, int64_t id)
{
	struct history_entry e = by_noc;

	e.id = id;
	tell(s, number, "", &e);
}

static void
check_asks(const struct stage *s, int asked, int64_t after_id, uint32_t limit)
{
	check_waits(s);
	assert_int_equal(s->asked, asked);
	assert_int_equal(s->query.after_id, after_id);
	assert_int_equal(s->query.limit, limit);
}

/* Each page begins behind the last; others have their turn between them. */
static void
test_pages(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, true);
	add_long_question(&s, 1, 3);
	add_question(&s, 2);
	finish(&s);
	check_asks(&s, 1, 0, 3);
	tell_page(&s, 1, 9);
	check_asks(&s, 2, 0, 1);
	tell_page(&s, 2, 9);
	check_asks(&s, 3, 9, 2);
	tell_page(&s, 3, 8);
	check_asks(&s, 4, 8, 1);
	tell_page(&s, 4, 5);
	assert_int_equal(s.asked, 4);
	assert_int_equal(s.ready, 1);
	assert_int_equal(answer_make_text(s.a, INT64_MAX), 0);
	assert_non_null(memmem(s.a->text.text, s.a->text.len, "{\"id\":9,", 8));
	assert_non_null(memmem(s.a->text.text, s.a->text.len, "{\"id\":8,", 8));
	assert_non_null(memmem(s.a->text.text, s.a->text.len, "{\"id\":5,", 8));
	end(&s);
}

/* A page that does not come, and one that has nothing though it should. */
static void
test_pages_end_early(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	add_long_question(&s, 1, 1000);
	finish(&s);
	tell_page(&s, 1, 9);
	check_asks(&s, 2, 9, 999);
	fake_pass(s.base, ASK_WAIT_MS);
	check_text(&s, BUSY("1"));
	end(&s);
	begin(&s, false);
	add_long_question(&s, 1, 1000);
	finish(&s);
	tell(&s, 1, "", NULL);
	check_text(&s,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
	    "{\"entries\":[],\"more\":false}}");
	end(&s);
}

static void
test_too_many(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, true);
	for (int i = 0; i <= ASK_USER_MAX; i++)
		add_question(&s, i);
	finish(&s);
	assert_int_equal(s.asked, 1);
	fake_pass(s.base, ASK_WAIT_MS);
	assert_int_equal(s.ready, 1);
	assert_int_equal(answer_make_text(s.a, INT64_MAX), 0);
	assert_non_null(memmem(s.a->text.text, s.a->text.len,
	    "too many ask for the history", 28));
	end(&s);
}

static void
test_give_up(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, false);
	add_question(&s, 1);
	finish(&s);
	answer_give_up(s.a);
	assert_int_equal(s.ready, 0);
	check_text(&s, BUSY("1"));
	tell(&s, 1, "", NULL);
	assert_int_equal(s.ready, 0);
	end(&s);
}

static void
test_freed_while_it_waits(void **state)
{
	struct stage s;

	(void)state;
	begin(&s, true);
	add_question(&s, 1);
	add_question(&s, 2);
	finish(&s);
	answer_free(s.a);
	s.a = NULL;
	tell(&s, 1, "", NULL);
	fake_pass(s.base, ASK_WAIT_MS);
	assert_int_equal(s.ready, 0);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_disk_refuses),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_pages_end_early),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_give_up),
		cmocka_unit_test(test_freed_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
