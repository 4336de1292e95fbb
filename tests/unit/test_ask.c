/*
 * Questions to the keeper: answered, refused by the disk, too late, too many,
 * and given up by whoever asked.
 */
#include <sys/socket.h>

#include "fake_clock.h"
#include "given.h"

#include "ask.h"
#include "link.h"

struct stage {
	struct event_base *base;
	struct link *ours, *keepers;
	struct ask *ask;
	char asked[256];    /* "NUMBER owner limit " of each question */
	uint64_t number;    /* of the last */
	char answered[256]; /* what those who asked were told */
	int nonsense;	    /* answers that were refused */
};

/* The keeper's end. */
static void
on_question(void *arg, enum channel_type type, struct wire_in body)
{
	struct history_query q;
	struct stage *s = arg;
	char text[128];

	assert_int_equal(type, CHANNEL_ASK_HISTORY);
	assert_int_equal(channel_get_history_query(&body, &q), 0);
	s->number = q.number;
	snprintf(text, sizeof(text), "%d %s %u ", (int)q.number, q.owner,
	    q.limit);
	strlcat(s->asked, text, sizeof(s->asked));
}

/* Ours. */
static void
on_message(void *arg, enum channel_type type, struct wire_in body)
{
	struct stage *s = arg;

	assert_int_equal(type, CHANNEL_HISTORY);
	if (ask_on_answer(s->ask, body) == -1)
		s->nonsense++;
}

static void
on_close(void *arg)
{
	(void)arg;
}

static void
begin(struct stage *s)
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
	s->ask = ask_new(s->base);
	assert_non_null(s->ours);
	assert_non_null(s->keepers);
	assert_non_null(s->ask);
	ask_set_link(s->ask, s->ours);
}

static void
end(struct stage *s)
{
	ask_free(s->ask);
	link_free(s->ours);
	link_free(s->keepers);
	event_base_free(s->base);
}

/* "ENTRIES more|all", the error, or "late". */
static void
on_done(void *arg, const struct history_answer *answer, struct wire_in entries)
{
	struct stage *s = arg;
	struct record r;
	char text[128];
	int n = 0;

	if (answer == NULL) {
		snprintf(text, sizeof(text), "late ");
	} else if (answer->error[0] != '\0') {
		snprintf(text, sizeof(text), "%s ", answer->error);
	} else {
		while (channel_get_record(&entries, &r) == 1)
			n++;
		snprintf(text, sizeof(text), "%d %s ", n,
		    answer->more ? "more" : "all");
	}
	strlcat(s->answered, text, sizeof(s->answered));
}

static struct ask_waiter *
ask_as(struct stage *s, uid_t uid, const char *owner)
{
	const struct history_query q = { .owner = owner, .limit = 7 };

	return ask_history(s->ask, uid, &q, on_done, s);
}

static struct ask_waiter *
ask_for(struct stage *s, const char *owner)
{
	return ask_as(s, 1000, owner);
}

static void
check_asked(struct stage *s, const char *expected)
{
	fake_turn(s->base);
	assert_string_equal(s->asked, expected);
	s->asked[0] = '\0';
}

static void
check_answered(struct stage *s, const char *expected)
{
	fake_turn(s->base);
	assert_string_equal(s->answered, expected);
	s->answered[0] = '\0';
}

static void
answer(struct stage *s, uint64_t number, const char *error, int entries)
{
	const struct history_answer a = { .number = number,
		.error = error,
		.more = entries > 1 };
	const struct history_entry e = { .id = 1,
		.prefix = given_prefix("203.0.113.1"),
		.owner = "noc",
		.by = "noc",
		.reason = "",
		.expires_wall_ms = -1,
		.count = 1 };
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_HISTORY);
	channel_put_history_answer(&out, &a);
	for (int i = 0; i < entries; i++)
		channel_put_history(&out, &e);
	assert_int_equal(link_send(s->keepers, &out), 0);
	wire_out_fini(&out);
	fake_turn(s->base);
}

static void
test_answered(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	assert_non_null(ask_for(&s, "a"));
	assert_non_null(ask_for(&s, "b"));
	/* one at a time */
	check_asked(&s, "1 a 7 ");
	check_answered(&s, "");
	answer(&s, 1, "", 2);
	check_answered(&s, "2 more ");
	check_asked(&s, "2 b 7 ");
	answer(&s, 2, "disk I/O error", 0);
	check_answered(&s, "disk I/O error ");
	check_asked(&s, "");
	assert_int_equal(s.nonsense, 0);
	end(&s);
}

static void
test_late(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	assert_non_null(ask_for(&s, "a"));
	fake_pass(s.base, ASK_WAIT_MS - 1);
	check_answered(&s, "");
	fake_pass(s.base, 1);
	check_answered(&s, "late ");
	check_asked(&s, "1 a 7 ");
	/* the keeper still has it: no other until it has answered */
	assert_non_null(ask_for(&s, "b"));
	check_asked(&s, "");
	answer(&s, 1, "", 1);
	check_answered(&s, "");
	check_asked(&s, "2 b 7 ");
	assert_int_equal(s.nonsense, 0);
	end(&s);
}

static void
test_given_up(void **state)
{
	struct ask_waiter *w;
	struct stage s;

	(void)state;
	begin(&s);
	w = ask_for(&s, "a");
	assert_non_null(w);
	ask_cancel(w);
	ask_cancel(NULL);
	check_asked(&s, "1 a 7 ");
	answer(&s, 1, "", 1);
	fake_pass(s.base, ASK_WAIT_MS);
	check_answered(&s, "");
	end(&s);
}

static void
test_too_many(void **state)
{
	struct ask_waiter *w = NULL;
	struct stage s;

	(void)state;
	begin(&s);
	for (uid_t i = 0; i < ASK_MAX; i++) {
		w = ask_as(&s, i / ASK_USER_MAX, "");
		assert_non_null(w);
	}
	assert_null(ask_as(&s, 1000, ""));
	ask_cancel(w);
	assert_null(ask_as(&s, 0, "")); /* as many as a user may have */
	assert_non_null(ask_as(&s, 1000, ""));
	end(&s);
}

static void
test_without_keeper(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	ask_set_link(s.ask, NULL);
	assert_null(ask_for(&s, "a"));
	ask_set_link(s.ask, s.ours);
	assert_non_null(ask_for(&s, "a"));
	end(&s);
}

/* To a question that was never asked, and bytes that are no answer. */
static void
test_nonsense(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	answer(&s, 1, "", 0);
	assert_int_equal(s.nonsense, 1);
	assert_non_null(ask_for(&s, "a"));
	answer(&s, 1, "", 0);
	assert_int_equal(s.nonsense, 1);
	answer(&s, 1, "", 0); /* once more */
	assert_int_equal(s.nonsense, 2);
	check_answered(&s, "0 all ");
	assert_int_equal(ask_on_answer(s.ask, wire_in("\0\0", 2)), -1);
	check_answered(&s, "");
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_without_keeper),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
