/*
 * pipe: ExaBGP commands from a file become requests.  Commands are read as
 * they come, also while the daemon is away: what counts is the last word on
 * each prefix, and that is asked for until it is answered.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "exabgp.h"
#include "human.h"
#include "line.h"
#include "look.h"
#include "rpc.h"
#include "say.h"
#include "wishes.h"

#define WISHES_MAX 100000
#define LINE_MAX_BYTES 65536
/*
 * Requests without an answer: so few that all answers fit into the socket, and
 * nobody waits for us to read while we wait to write.
 */
#define ASKED_MAX 100
/* Before the daemon is tried again. */
#define RETRY_MS 1000
/* So much longer than -t the daemon is waited for when the input has ended. */
#define PATIENCE_MS 3000

struct pipe {
	const struct options *o;
	int fd; /* -1: the input has ended */
	char text[LINE_MAX_BYTES + 1];
	size_t len;
	bool skips; /* a line that is too long, up to its end */
	struct wishes wishes;
	struct client *client; /* NULL: not connected */
	bool away;	       /* it has been said that the daemon is */
	int64_t try_ms;	       /* nothing is asked before that */
	int64_t give_up_ms;    /* with an input that has ended */
	/* Each of these is told once. */
	bool told_look, told_ignored, told_full, told_unstored, told_busy;
	/* How routes are to look; asked about while there is no answer. */
	struct exabgp_command look;
	struct prefix look_prefix;
	bool look_wanted;
	json_int_t look_id;
	size_t done, refused;
};

static int
open_input(struct pipe *p)
{
	const char *path = p->o->arg_count > 1 ? p->o->args[1] : "-";
	struct stat st;
	int flags = O_RDONLY;

	p->fd = STDIN_FILENO;
	if (strcmp(path, "-") == 0)
		return 0;
	if (stat(path, &st) == -1 && errno == ENOENT)
		return say("%s is missing; for a FIFO: mkfifo -m 0660 %s", path,
		    path);
	/* a FIFO that we can write to ourselves never ends */
	if (S_ISFIFO(st.st_mode))
		flags = O_RDWR | O_NONBLOCK;
	p->fd = open(path, flags | O_CLOEXEC);
	return p->fd != -1 ? 0 : say("%s: %s", path, strerror(errno));
}

/* The look is asked about until one was found that differs. */
static void
note_look(struct pipe *p, const struct exabgp_command *c,
    const struct prefix *prefix)
{
	if (p->told_look || !look_is_said(c) || look_is_same(c, &p->look))
		return;
	p->look = *c;
	p->look_prefix = *prefix;
	p->look_wanted = true;
}

static void
note_ignored(struct pipe *p, const struct exabgp_command *c)
{
	if (c->ignored[0] == '\0' || p->told_ignored)
		return;
	p->told_ignored = true;
	say("what the commands say of %s is not used: routes look as bgpd.yaml "
	    "says, and go to all neighbors",
	    c->ignored);
}

static void
put_wishes(struct pipe *p, struct exabgp_command *c)
{
	struct prefix prefix;

	note_ignored(p, c);
	while (exabgp_next(c, &prefix)) {
		if (c->kind == EXABGP_ANNOUNCE)
			note_look(p, c, &prefix);
		if (wishes_put(&p->wishes, &prefix,
			c->kind == EXABGP_WITHDRAW) == 0)
			continue;
		if (!p->told_full)
			say("more than %d prefixes wait for the daemon; what "
			    "is more is dropped",
			    WISHES_MAX);
		p->told_full = true;
		p->refused++;
	}
}

static void
take_line(struct pipe *p, const char *text)
{
	struct exabgp_command c;

	switch (exabgp_parse(&c, text)) {
	case EXABGP_NOTHING:
		break;
	case EXABGP_OTHER:
		say("skipped: %s", c.why);
		break;
	case EXABGP_WRONG:
		say("skipped: %s: %.100s", c.why, text);
		p->refused++;
		break;
	case EXABGP_ANNOUNCE:
	case EXABGP_WITHDRAW:
		put_wishes(p, &c);
		break;
	}
}

/* Lines may come in pieces: the last is kept until its end is there. */
static void
take_lines(struct pipe *p)
{
	char *at = p->text, *end;

	p->text[p->len] = '\0';
	while (
	    (end = memchr(at, '\n', p->len - (size_t)(at - p->text))) != NULL) {
		*end = '\0';
		if (!p->skips)
			take_line(p, at);
		p->skips = false;
		at = end + 1;
	}
	p->len -= (size_t)(at - p->text);
	memmove(p->text, at, p->len);
	if (p->len < LINE_MAX_BYTES)
		return;
	if (!p->skips)
		say("skipped: a line of more than %d bytes", LINE_MAX_BYTES);
	p->skips = true;
	p->len = 0;
}

static void
end_input(struct pipe *p)
{
	p->text[p->len] = '\0';
	if (p->len > 0 && !p->skips)
		take_line(p, p->text);
	if (p->fd != STDIN_FILENO)
		close(p->fd);
	p->fd = -1;
	p->give_up_ms =
	    client_now_ms() + (int64_t)p->o->timeout_s * 1000 + PATIENCE_MS;
}

static void
read_input(struct pipe *p)
{
	ssize_t n = read(p->fd, p->text + p->len, LINE_MAX_BYTES - p->len);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1)
		say("the input cannot be read any more: %s", strerror(errno));
	if (n <= 0) {
		end_input(p);
		return;
	}
	p->len += (size_t)n;
	take_lines(p);
}

static void
try_later(struct pipe *p)
{
	p->try_ms = client_now_ms() + RETRY_MS;
}

static void
disconnect(struct pipe *p)
{
	client_close(p->client);
	p->client = NULL;
	wishes_all_again(&p->wishes);
	if (p->look_id != 0)
		p->look_wanted = true;
	p->look_id = 0;
	try_later(p);
}

static void
connect_daemon(struct pipe *p)
{
	say_nothing(p->away);
	p->client = client_open(p->o);
	say_nothing(false);
	if (p->client == NULL) {
		if (!p->away)
			say("commands are kept until the daemon is back");
		p->away = true;
		try_later(p);
		return;
	}
	if (p->away)
		say("the daemon is back; %zu commands are carried out",
		    p->wishes.count);
	p->away = false;
}

static json_t *
wish_params(const struct pipe *p, const struct prefix *prefix, bool withdraw)
{
	const struct options *o = p->o;
	const char *ttl = o->ttl != NULL ? o->ttl : "max";
	char text[PREFIX_STRLEN];

	prefix_print(prefix, text);
	if (withdraw)
		return json_pack("{s:s,s:b,s:s*}", "prefix", text, "hold", 1,
		    "owner", o->owner);
	if (options_has(o, OPTION_FOREVER))
		return json_pack("{s:s,s:b,s:s*}", "prefix", text, "permanent",
		    1, "owner", o->owner);
	return json_pack("{s:s,s:s,s:s*}", "prefix", text, "ttl", ttl, "owner",
	    o->owner);
}

/* -1: the connection is no good any more. */
static int
ask_look(struct pipe *p)
{
	json_t *params = wish_params(p, &p->look_prefix, false);

	if (json_object_set_new(params, "dry_run", json_true()) == -1) {
		json_decref(params);
		params = NULL;
	}
	p->look_id = client_send(p->client, "victim.add", params);
	p->look_wanted = false;
	if (p->look_id != -1)
		return 0;
	p->look_id = 0;
	return -1;
}

static int
ask_wishes(struct pipe *p)
{
	struct wish *wish;

	while (p->wishes.asked_count < ASKED_MAX &&
	    (wish = wishes_next(&p->wishes)) != NULL) {
		json_int_t id = client_send(p->client,
		    wish->withdraw ? "victim.withdraw" : "victim.add",
		    wish_params(p, &wish->prefix, wish->withdraw));

		if (id == -1)
			return -1;
		wishes_asked(&p->wishes, wish, id);
	}
	return 0;
}

static bool
has_something_to_ask(struct pipe *p)
{
	return p->look_wanted ||
	    (wishes_next(&p->wishes) != NULL &&
		p->wishes.asked_count < ASKED_MAX);
}

static void
ask(struct pipe *p)
{
	if (!has_something_to_ask(p) || client_now_ms() < p->try_ms)
		return;
	if (p->client == NULL)
		connect_daemon(p);
	if (p->client == NULL)
		return;
	if (ask_wishes(p) == -1 || (p->look_wanted && ask_look(p) == -1))
		disconnect(p);
}

static void
take_look(struct pipe *p, const json_t *answer)
{
	const json_t *result = json_object_get(answer, "result");
	const json_t *error = json_object_get(answer, "error");
	const json_t *holder = error != NULL
	    ? json_object_get(error, "data")
	    : json_object_get(result, "victim");
	struct line line;

	p->look_id = 0;
	/* while no neighbor gets any route, there is nothing to compare */
	if (!look_is_known(json_object_get(holder, "explain")))
		p->look = (struct exabgp_command){ .kind = EXABGP_NOTHING };
	if (p->told_look ||
	    !look_differs(&p->look, json_object_get(holder, "explain"), &line))
		return;
	p->told_look = true;
	say("%s", line.text);
}

/* false: it is to be asked for again, a little later. */
static bool
take_refusal(struct pipe *p, const json_t *error)
{
	const char *reason =
	    human_text(json_object_get(error, "data"), "reason");

	if (strcmp(reason, reason_name(REASON_RATE)) == 0 ||
	    strcmp(reason, reason_name(REASON_BUSY)) == 0) {
		if (!p->told_busy)
			client_say_refused(error);
		p->told_busy = true;
		return false;
	}
	/* what is not there need not be taken back */
	if (strcmp(reason, reason_name(REASON_UNKNOWN_VICTIM)) == 0)
		return true;
	client_say_refused(error);
	p->refused++;
	return true;
}

static void
take_result(struct pipe *p, const json_t *result)
{
	p->done++;
	if (!json_is_false(json_object_get(result, "stored")) ||
	    p->told_unstored)
		return;
	say("done, but not stored yet: see rtbh-ctl status");
	p->told_unstored = true;
}

static void
take_answer(struct pipe *p, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	json_int_t id = human_number(answer, "id");
	struct wish *wish = wishes_answered(&p->wishes, id);

	if (id == p->look_id && id != 0) {
		take_look(p, answer);
		return;
	}
	if (error == NULL)
		take_result(p, json_object_get(answer, "result"));
	else if (!take_refusal(p, error)) {
		try_later(p);
		if (wish != NULL)
			wishes_again(&p->wishes, wish);
		return;
	}
	if (wish != NULL)
		wishes_done(&p->wishes, wish);
}

static void
read_answers(struct pipe *p)
{
	json_t *answer;
	int rc;

	while ((rc = client_receive(p->client, 0, &answer)) == 1) {
		take_answer(p, answer);
		json_decref(answer);
	}
	if (rc == -1)
		disconnect(p);
}

/* Until when poll(2) may sleep. */
static int
sleep_ms(struct pipe *p)
{
	int64_t until_ms = INT64_MAX, now_ms = client_now_ms();

	if (has_something_to_ask(p))
		until_ms = p->try_ms;
	if (p->fd == -1 && p->give_up_ms < until_ms)
		until_ms = p->give_up_ms;
	if (until_ms == INT64_MAX)
		return -1;
	return until_ms > now_ms ? (int)(until_ms - now_ms) : 0;
}

static void
turn(struct pipe *p)
{
	struct pollfd fds[2] = { { .fd = p->fd, .events = POLLIN },
		{ .fd = p->client != NULL ? client_fd(p->client) : -1,
		    .events = POLLIN } };

	if (poll(fds, 2, sleep_ms(p)) == -1)
		return;
	if (fds[0].revents != 0)
		read_input(p);
	if (fds[1].revents != 0)
		read_answers(p);
}

static bool
is_unfinished(const struct pipe *p)
{
	return p->wishes.count > 0 || p->look_wanted || p->look_id != 0;
}

static int
conclude(const struct pipe *p)
{
	if (p->wishes.count > 0) {
		say("%zu commands were not carried out", p->wishes.count);
		return EXIT_UNREACHABLE;
	}
	if (p->refused == 0)
		return EXIT_DONE;
	return p->done > 0 ? EXIT_IN_PART : EXIT_REFUSED;
}

/* With a FIFO this goes on until it is interrupted. */
int
cmd_pipe(const struct options *o)
{
	static struct pipe p;
	int code;

	p.o = o;
	if (open_input(&p) == -1)
		return EXIT_USAGE;
	wishes_init(&p.wishes, WISHES_MAX);
	while (p.fd != -1 ||
	    (is_unfinished(&p) && client_now_ms() < p.give_up_ms)) {
		ask(&p);
		turn(&p);
	}
	code = conclude(&p);
	client_close(p.client);
	wishes_fini(&p.wishes);
	return code;
}
