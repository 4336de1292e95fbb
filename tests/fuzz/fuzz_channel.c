/*
 * What comes over the socketpair between keeper and speaker, at both ends: the
 * octets go through a real link, and each message is decoded as its receiver
 * does.  Records that are understood are told again, and must be the same.
 */
#include "fuzz.h"

#include <sys/socket.h>

#include <unistd.h>

#include "channel.h"
#include "config_wire.h"
#include "link.h"
#include "settings.h"
#include "usernames.h"

/* More than one input has messages, and each turn reads much. */
#define TURNS 64

static bool closed;

static void
put_record(struct wire_out *out, const struct record *r)
{
	switch (r->kind) {
	case RECORD_CLAIM:
		must(channel_claim_ok(&r->claim));
		channel_put_claim(out, &r->claim);
		break;
	case RECORD_RECURRENCE:
		channel_put_recurrence(out, &r->recurrence);
		break;
	case RECORD_HISTORY:
		must(channel_history_ok(&r->history));
		channel_put_history(out, &r->history);
		break;
	case RECORD_SETTINGS:
		channel_put_settings(out, r->settings.at, r->settings.left);
		break;
	}
}

static void
check_settings(struct wire_in in)
{
	struct wire_out first, second;
	struct settings s = { 0 };

	if (settings_decode(&s, 0, in) == -1)
		return;
	wire_out_init(&first, CHANNEL_MESSAGE_MAX);
	wire_out_init(&second, CHANNEL_MESSAGE_MAX);
	settings_encode(&s, 0, &first);
	must(!first.failed);
	settings_fini(&s);
	must(settings_decode(&s, 0, wire_in(first.bytes, first.len)) == 0);
	settings_encode(&s, 0, &second);
	must(first.len == second.len &&
	    memcmp(first.bytes, second.bytes, first.len) == 0);
	settings_fini(&s);
	wire_out_fini(&first);
	wire_out_fini(&second);
}

/* What a record takes of the message is what it would be sent as. */
static void
get_records(struct wire_in in)
{
	const uint8_t *before = in.at;
	struct wire_out out;
	struct record r;
	int rc;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	while ((rc = channel_get_record(&in, &r)) == 1) {
		wire_out_reset(&out);
		put_record(&out, &r);
		must(!out.failed && out.len == (size_t)(in.at - before) &&
		    memcmp(out.bytes, before, out.len) == 0);
		before = in.at;
		if (r.kind == RECORD_SETTINGS)
			check_settings(r.settings);
	}
	must(rc == 0 || rc == -1);
	wire_out_fini(&out);
}

static void
get_texts(struct wire_in in)
{
	const char *text;

	while (channel_get_text(&in, &text) == 1)
		must(text != NULL);
}

static void
get_commit(struct wire_in in)
{
	uint64_t number;

	if (channel_get_commit(&in, &number) == 0)
		get_records(in);
}

static void
get_committed(struct wire_in in)
{
	struct channel_committed committed;

	if (channel_get_committed(&in, &committed) == 0)
		must(committed.error != NULL);
}

static void
get_question(struct wire_in in)
{
	struct history_query query;

	if (channel_get_history_query(&in, &query) == 0)
		must(query.owner != NULL);
}

static void
get_history(struct wire_in in)
{
	struct history_answer answer;

	if (channel_get_history_answer(&in, &answer) == 0)
		get_records(in);
}

static void
get_names(struct wire_in in)
{
	usernames_free(usernames_decode(in));
}

static void
get_config(struct wire_in in)
{
	config_free(config_decode(in));
}

static void
get_loaded(struct wire_in in)
{
	const char *trouble;

	if (channel_get_loaded(&in, &trouble) == 0)
		must(trouble != NULL);
}

/* link's: a message came. */
static void
on_message(void *arg, enum channel_type type, struct wire_in body)
{
	static void (*const get[])(struct wire_in) = {
		[CHANNEL_CONFIG] = get_config,
		[CHANNEL_NAMES] = get_names,
		[CHANNEL_CLAIMS] = get_records,
		[CHANNEL_LOADED] = get_loaded,
		[CHANNEL_COMMITTED] = get_committed,
		[CHANNEL_REFUSED] = get_texts,
		[CHANNEL_HISTORY] = get_history,
		[CHANNEL_COMMIT] = get_commit,
		[CHANNEL_ASK_HISTORY] = get_question,
		[CHANNEL_APPLIED] = get_texts,
		[CHANNEL_SETTINGS] = check_settings,
	};

	(void)arg;
	if (type < sizeof(get) / sizeof(get[0]) && get[type] != NULL)
		get[type](body);
}

/* link's: the other end is gone, or what it said is no message. */
static void
on_close(void *arg)
{
	(void)arg;
	closed = true;
}

/* The octets as they come, the lengths between them included. */
static void
run_link(struct event_base *base, const uint8_t *data, size_t size)
{
	struct link_events events = { .on_message = on_message,
		.on_close = on_close };
	struct link *link;
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	link = link_new(base, fds[0], &events);
	must(link != NULL);
	closed = false;
	(void)send(fds[1], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fds[1]);
	for (int i = 0; i < TURNS && !closed; i++)
		must(event_base_loop(base, EVLOOP_NONBLOCK) != -1);
	must(closed);
	link_free(link);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *base;

	if (base == NULL)
		base = event_base_new();
	must(base != NULL);
	if (size == 0)
		return 0;
	if ((data[0] & 1) != 0)
		run_link(base, data + 1, size - 1);
	else if (size > 1)
		on_message(NULL, (enum channel_type)data[1],
		    wire_in(data + 2, size - 2));
	return 0;
}
