/*
 * The keeper's end of the link, with a real store behind it: what a speaker
 * is given at its start, commits, and questions about the history.
 */
#include "store_ground.h"

#include <sys/socket.h>

#include "config_text.h"
#include "link.h"
#include "liveconf.h"
#include "reason.h"
#include "service.h"

#define QUEUE_MAX (2 << 20)

/* The speaker's end. */
struct ground {
	struct event_base *base;
	struct liveconf conf;
	struct service *service;
	struct link *link;
	char told[2048]; /* a word or line each message */
	size_t messages;
	bool closed; /* one of both has seen its end */
};

static void __attribute__((format(printf, 2, 3)))
tell(struct ground *g, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strlcat(g->told, text, sizeof(g->told));
}

static void
tell_history(struct ground *g, struct wire_in body)
{
	struct history_answer a;
	struct record r;
	int rc;

	assert_int_equal(channel_get_history_answer(&body, &a), 0);
	tell(g, "history %d%s%s:", (int)a.number, a.more ? " more" : "",
	    a.error[0] != '\0' ? " failed" : "");
	while ((rc = channel_get_record(&body, &r)) == 1) {
		assert_int_equal(r.kind, RECORD_HISTORY);
		tell(g, " %d", (int)r.history.at_wall_ms);
	}
	assert_int_equal(rc, 0);
	tell(g, "\n");
}

static void
tell_records(struct ground *g, struct wire_in body)
{
	char line[256], prefix[PREFIX_STRLEN];
	struct record r;

	while (channel_get_record(&body, &r) == 1) {
		if (r.kind == RECORD_CLAIM)
			print_claim(&r.claim, line, sizeof(line));
		else
			snprintf(line, sizeof(line), "%s came back\n",
			    prefix_print(&r.recurrence.prefix, prefix));
		tell(g, "%s", line);
	}
}

static void
on_message(void *arg, enum channel_type type, struct wire_in body)
{
	struct channel_committed committed;
	struct ground *g = arg;
	const char *trouble;

	g->messages++;
	switch ((int)type) {
	case CHANNEL_CONFIG:
	case CHANNEL_NAMES:
		tell(g, type == CHANNEL_CONFIG ? "config " : "names\n");
		break;
	case CHANNEL_SETTINGS:
		tell(g, "settings %d\n", (int)body.left);
		break;
	case CHANNEL_CLAIMS:
		tell_records(g, body);
		break;
	case CHANNEL_LOADED:
		assert_int_equal(channel_get_loaded(&body, &trouble), 0);
		tell(g, "loaded%s\n", trouble[0] != '\0' ? " in part" : "");
		break;
	case CHANNEL_COMMITTED:
		assert_int_equal(channel_get_committed(&body, &committed), 0);
		tell(g, "committed %d%s\n", (int)committed.number,
		    committed.error[0] != '\0' ? " failed" : "");
		break;
	case CHANNEL_HISTORY:
		tell_history(g, body);
		break;
	default:
		fail_msg("the keeper says nothing like this");
	}
}

static void
on_close(void *arg)
{
	struct ground *g = arg;

	g->closed = true;
}

static void
on_closed(void *arg)
{
	struct ground *g = arg;

	g->closed = true;
}

/* What came is these, then it is forgotten. */
static void
check_told(struct ground *g, size_t messages, const char *expected)
{
	while (g->messages < messages && !g->closed)
		assert_int_equal(event_base_loop(g->base, EVLOOP_ONCE), 0);
	assert_string_equal(g->told, expected);
	g->told[0] = '\0';
	g->messages = 0;
}

/* A speaker of its own for each time. */
static void
start(struct ground *g)
{
	struct link_events events = { .on_message = on_message,
		.on_close = on_close,
		.arg = g };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	g->link = link_new(g->base, fds[0], &events);
	assert_non_null(g->link);
	assert_int_equal(service_start(g->service, fds[1]), 0);
}

static void
end(struct ground *g)
{
	link_free(g->link);
	service_end(g->service);
	g->closed = false;
}

static void
ground_init(struct ground *g, const char *directory)
{
	struct service_parts parts = { .conf = &g->conf,
		.queue_max = QUEUE_MAX,
		.on_closed = on_closed,
		.arg = g };
	char text[1024];

	*g = (struct ground){ .base = event_base_new() };
	assert_non_null(g->base);
	snprintf(text, sizeof(text), "%sstate: {directory: %s}\n",
	    TEXT_NEIGHBOR, directory);
	liveconf_init(&g->conf, "f", false);
	g->conf.running.config = text_parse(text, NULL);
	assert_non_null(g->conf.running.config);
	channel_begin(&g->conf.running.names, CHANNEL_NAMES);
	parts.base = g->base;
	g->service = service_new(&parts);
	assert_non_null(g->service);
}

static void
ground_fini(struct ground *g)
{
	end(g);
	service_free(g->service);
	liveconf_fini(&g->conf);
	event_base_free(g->base);
}

static void
send_out(struct ground *g, struct wire_out *out)
{
	assert_int_equal(link_send(g->link, out), 0);
	wire_out_fini(out);
}

static void
begin(struct wire_out *out, enum channel_type type)
{
	wire_out_init(out, CHANNEL_MESSAGE_MAX);
	channel_begin(out, type);
}

static void
test_commits_and_the_next_speaker(void **state)
{
	struct stored_recurrence r = { .count = 1, .ended_wall_ms = 5 };
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	struct wire_out out;
	struct ground g;

	ground_init(&g, *state);
	start(&g);
	check_told(&g, 4, "config names\nsettings 1\nloaded\n");
	r.prefix = c.prefix;
	begin(&out, CHANNEL_COMMIT);
	channel_put_commit(&out, 1);
	channel_put_claim(&out, &c);
	channel_put_recurrence(&out, &r);
	channel_put_settings(&out, "\0\1\0\3\0\1a", 7);
	send_out(&g, &out);
	check_told(&g, 1, "committed 1\n");
	end(&g);
	start(&g);
	check_told(&g, 5,
	    "config names\nsettings 7\n203.0.113.7/32 a r  5 -1 -1\n"
	    "203.0.113.7/32 came back\nloaded\n");
	ground_fini(&g);
}

static void
ask(struct ground *g, uint64_t number, int64_t since_ms, uint32_t limit)
{
	struct history_query q = { .number = number,
		.owner = "",
		.since_wall_ms = since_ms,
		.limit = limit };
	struct wire_out out;

	begin(&out, CHANNEL_ASK_HISTORY);
	channel_put_history_query(&out, &q);
	send_out(g, &out);
}

static void
test_history(void **state)
{
	struct wire_out out;
	struct ground g;

	ground_init(&g, *state);
	start(&g);
	check_told(&g, 4, "config names\nsettings 1\nloaded\n");
	begin(&out, CHANNEL_COMMIT);
	channel_put_commit(&out, 1);
	for (int at_ms = 1; at_ms <= 4; at_ms++) {
		struct history_entry e =
		    entry("203.0.113.7", at_ms, HISTORY_ADDED);

		channel_put_history(&out, &e);
	}
	send_out(&g, &out);
	ask(&g, 7, 0, 3);
	ask(&g, 8, 3, UINT32_MAX);
	ask(&g, 9, 5, 10);
	check_told(&g, 4,
	    "committed 1\nhistory 7 more: 4 3 2\nhistory 8: 4 3\n"
	    "history 9:\n");
	ground_fini(&g);
}

static void
commit_claim(struct ground *g, uint64_t number, const struct stored_claim *c)
{
	struct wire_out out;

	begin(&out, CHANNEL_COMMIT);
	channel_put_commit(&out, number);
	channel_put_claim(&out, c);
	send_out(g, &out);
}

/* The disk is not there at the start: what is on it is announced later. */
static void
test_disk_that_comes_late(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	struct store *store = open_store(*state);
	char path[TMPDIR_PATH_MAX], away[TMPDIR_PATH_MAX];
	struct ground g;

	commit_one(store, claim("203.0.113.8", "a", -1));
	store_close(store);
	tmpdir_path(path, *state, "victims.db");
	tmpdir_path(away, *state, "away");
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	ground_init(&g, *state);
	start(&g);
	check_told(&g, 3, "config names\nloaded in part\n");
	ask(&g, 7, 0, 3);
	for (uint64_t number = 1; number <= 3; number++) {
		commit_claim(&g, number, &c);
		if (number > 1)
			continue;
		check_told(&g, 2, "history 7 failed:\ncommitted 1 failed\n");
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(rename(away, path), 0);
	}
	check_told(&g, 5,
	    "settings 1\n203.0.113.8/32 a r  5 -1 -1\nloaded\n"
	    "committed 2\ncommitted 3\n");
	ground_fini(&g);
}

static void
commit_settings_bytes(struct ground *g, uint64_t number, const char *hex)
{
	struct hex h = hex_new(hex);
	struct wire_out out;

	begin(&out, CHANNEL_COMMIT);
	channel_put_commit(&out, number);
	channel_put_settings(&out, h.bytes, h.len);
	hex_free(&h);
	send_out(g, &out);
}

/*
 * Settings of a speaker that had not seen the stored ones are sent back to be
 * made whole; but a speaker that has no memory for that is not stuck.
 */
static void
test_partial_settings(void **state)
{
	static const char partial[] = "00 01 0003 0001 61 05 0000";
	struct ground g;

	ground_init(&g, *state);
	start(&g);
	check_told(&g, 4, "config names\nsettings 1\nloaded\n");
	commit_settings_bytes(&g, 1, partial);
	commit_settings_bytes(&g, 2, "00 01 0003 0001 62");
	commit_settings_bytes(&g, 3, partial);
	commit_settings_bytes(&g, 4, partial);
	check_told(&g, 4,
	    "committed 1 failed\ncommitted 2\ncommitted 3 failed\n"
	    "committed 4\n");
	ground_fini(&g);
}

/* The disk comes when the first speaker has started. */
static void
start_without_disk(struct ground *g, const char *directory)
{
	char path[TMPDIR_PATH_MAX];

	tmpdir_path(path, directory, "victims.db");
	assert_int_equal(mkdir(path, 0700), 0);
	ground_init(g, directory);
	start(g);
	check_told(g, 3, "config names\nloaded in part\n");
	assert_int_equal(rmdir(path), 0);
}

/* It is tried without any change, too: what is on it is to be announced. */
static void
test_disk_that_comes_by_itself(void **state)
{
	struct ground g;

	start_without_disk(&g, *state);
	check_told(&g, 2, "settings 1\nloaded\n");
	ground_fini(&g);
}

/* The next speaker is given what was not there for the first. */
static void
test_without_disk(void **state)
{
	struct ground g;

	start_without_disk(&g, *state);
	end(&g);
	start(&g);
	check_told(&g, 4, "config names\nsettings 1\nloaded\n");
	ground_fini(&g);
}

/* The disk comes late, and the clock is before the last commit on it. */
static void
test_disk_and_clock(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", INT64_MAX / 2);
	struct store *store = open_store(*state);
	char path[TMPDIR_PATH_MAX], away[TMPDIR_PATH_MAX];
	struct wire_out out;
	struct ground g;

	c.ttl_ms = 1;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_claim(&out, &c);
	assert_int_equal(store_commit(store, INT64_MAX / 4,
			     wire_in(out.bytes, out.len)),
	    0);
	wire_out_fini(&out);
	store_close(store);
	tmpdir_path(path, *state, "victims.db");
	tmpdir_path(away, *state, "away");
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	ground_init(&g, *state);
	start(&g);
	check_told(&g, 3, "config names\nloaded in part\n");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rename(away, path), 0);
	c = claim("203.0.113.8", "a", -1);
	commit_claim(&g, 1, &c);
	while (g.messages < 4)
		assert_int_equal(event_base_loop(g.base, EVLOOP_ONCE), 0);
	/* it began anew, and did not wait for a time that never comes */
	assert_null(strstr(g.told, "4611686018427387903"));
	assert_non_null(strstr(g.told, "203.0.113.7/32 a r  5 "));
	ground_fini(&g);
}

/* The speaker, which knows what stands, hears that the store is a new one. */
static void
test_damaged_while_running(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	char path[TMPDIR_PATH_MAX], junk[32 * 4096];
	struct store *store = open_store(*state);
	struct ground g;

	commit_one(store, c);
	store_close(store);
	ground_init(&g, *state);
	start(&g);
	check_told(&g, 5,
	    "config names\nsettings 1\n203.0.113.7/32 a r  5 -1 -1\n"
	    "loaded\n");
	memset(junk, 0x5a, sizeof(junk));
	tmpdir_write(tmpdir_path(path, *state, "victims.db"), junk,
	    sizeof(junk), 4096);
	for (uint64_t number = 1; number <= 3; number++)
		commit_claim(&g, number, &c);
	check_told(&g, 4,
	    "committed 1 failed\ncommitted 2\nloaded in part\n"
	    "committed 3\n");
	ground_fini(&g);
}

/*
 * What is stored is on the disk under its name: a file that was taken away, or
 * replaced, is begun anew, and the speaker hears that it may lack what stands.
 */
static void
test_taken_away_while_running(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	char path[TMPDIR_PATH_MAX], other[TMPDIR_PATH_MAX];
	struct ground g;

	tmpdir_path(path, *state, "victims.db");
	tmpdir_path(other, *state, "other");
	ground_init(&g, *state);
	start(&g);
	check_told(&g, 4, "config names\nsettings 1\nloaded\n");
	for (unsigned n = 0; n < 2; n++) { /* once more, for the same reason */
		assert_int_equal(unlink(path), 0);
		commit_claim(&g, 1, &c);
		check_told(&g, 2, "committed 1\nloaded in part\n");
		assert_int_equal(count_kept(*state), 0);
	}
	tmpdir_write(other, "another", 7, 0);
	assert_int_equal(rename(other, path), 0);
	commit_claim(&g, 2, &c);
	check_told(&g, 2, "committed 2\nloaded in part\n");
	assert_int_equal(count_kept(*state), 1);
	commit_claim(&g, 3, &c);
	check_told(&g, 1, "committed 3\n");
	end(&g);
	start(&g);
	check_told(&g, 5,
	    "config names\nsettings 1\n203.0.113.7/32 a r  5 -1 -1\n"
	    "loaded in part\n");
	ground_fini(&g);
}

/* It ends the link, and touches nothing that is stored. */
static void
test_nonsense(void **state)
{
	static const struct {
		const char *name;
		enum channel_type type;
		const char *hex;
	} cases[] = {
		{ "half a number", CHANNEL_COMMIT, "0000" },
		{ "no record", CHANNEL_COMMIT, "0000000000000001 09" },
		{ "settings that make no sense", CHANNEL_COMMIT,
		    "0000000000000001 04 00000001 07" },
		{ "settings twice", CHANNEL_COMMIT,
		    "0000000000000001 04 00000001 00 04 00000001 00" },
		{ "half a question", CHANNEL_ASK_HISTORY, "0000" },
		{ "a keeper's message", CHANNEL_SETTINGS, "00" },
		{ "more than is asked for", CHANNEL_READY, "00" },
		{ "applied what was not offered", CHANNEL_APPLIED, "0000 00" },
	};
	struct wire_out out;
	struct ground g;
	struct hex h;

	ground_init(&g, *state);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		start(&g);
		check_told(&g, 4, "config names\nsettings 1\nloaded\n");
		h = hex_new(cases[i].hex);
		begin(&out, cases[i].type);
		wire_put_bytes(&out, h.bytes, h.len);
		send_out(&g, &out);
		hex_free(&h);
		check_told(&g, 1, "");
		assert_true(g.closed);
		end(&g);
	}
	start(&g);
	ground_fini(&g);
}

#define LONG_TEXT 60000 /* of a claim */
#define CLAIMS 50	/* more than may wait for one who does not read */
#define ENTRIES 500	/* of one answer about the history: 300 KiB */

static void
commit_long(struct store *s, size_t claims, size_t entries)
{
	static char names[LONG_TEXT + 1], reason[REFUSAL_STRLEN];
	struct history_entry e = entry("203.0.113.7", 1, HISTORY_ADDED);
	struct stored_claim c;
	struct wire_out out;

	memset(names, 'n', sizeof(names) - 1);
	memset(reason, 'r', sizeof(reason) - 1);
	e.reason = reason;
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (size_t i = 0; i < claims; i++) {
		c = nth_claim((uint32_t)i, -1);
		c.neighbors = names;
		channel_put_claim(&out, &c);
	}
	for (size_t i = 0; i < entries; i++)
		channel_put_history(&out, &e);
	assert_false(out.failed);
	assert_int_equal(store_commit(s, NOW, wire_in(out.bytes, out.len)), 0);
	wire_out_fini(&out);
}

/* By a speaker that reads nothing; whether it is still heard. */
static bool
ask_times(struct ground *g, int fd, int times)
{
	struct history_query q = { .owner = "", .limit = ENTRIES };
	struct wire_out out, framed;

	for (q.number = 1; q.number <= (uint64_t)times; q.number++) {
		begin(&out, CHANNEL_ASK_HISTORY);
		channel_put_history_query(&out, &q);
		wire_out_init(&framed, CHANNEL_MESSAGE_MAX);
		wire_put_u32(&framed, (uint32_t)out.len);
		wire_put_bytes(&framed, out.bytes, out.len);
		assert_int_equal(send(fd, framed.bytes, framed.len, 0),
		    framed.len);
		wire_out_fini(&framed);
		wire_out_fini(&out);
	}
	for (int i = 0; i < 10 && !g->closed; i++)
		assert_int_equal(event_base_loop(g->base, EVLOOP_NONBLOCK), 0);
	return !g->closed;
}

/* What is stored waits for it all the same, however much that is. */
static void
test_speaker_that_does_not_read(void **state)
{
	struct store *store = open_store(*state);
	struct ground g;
	int fds[2];

	commit_long(store, CLAIMS, ENTRIES);
	store_close(store);
	ground_init(&g, *state);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(service_start(g.service, fds[1]), 0);
	assert_true(ask_times(&g, fds[0], 0));
	assert_true(ask_times(&g, fds[0], 3));
	assert_false(ask_times(&g, fds[0], 20));
	close(fds[0]);
	ground_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_commits_and_the_next_speaker),
		tmpdir_test(test_history),
		tmpdir_test(test_disk_that_comes_late),
		tmpdir_test(test_disk_that_comes_by_itself),
		tmpdir_test(test_partial_settings),
		tmpdir_test(test_disk_and_clock),
		tmpdir_test(test_without_disk),
		tmpdir_test(test_damaged_while_running),
		tmpdir_test(test_taken_away_while_running),
		tmpdir_test(test_nonsense),
		tmpdir_test(test_speaker_that_does_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
