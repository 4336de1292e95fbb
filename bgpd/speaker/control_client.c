/*
 * One control client.  Bytes are gathered in the bufferevent until a line is
 * whole and it is the client's turn; the line is carried out, a long one in
 * many turns, and what comes of it is an answer in a queue.  An answer that is
 * ready becomes text and moves into the output when it is the first of the
 * queue.  Reading pauses while too much is unanswered or unread.  Events that
 * the client follows stand between answers.
 */
#include <event2/buffer.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "pending.h"

#include "control_client.h"

/* What else is done for one client before others have their turn. */
#define CTL_BUDGET 16
#define CTL_BUDGET_BYTES (64U << 10)

#define LINE_MAX_OPERATOR (8U << 20)
#define LINE_MAX_OTHERS (1U << 20)
#define UNANSWERED_MAX 10000
#define COPIED_MAX 4096 /* bytes of an answer */
/*
 * Bytes of what all clients have sent that are held, and those of one user's.
 * Beyond that a client that holds more than INPUT_FREE is cut off.
 */
#define INPUT_MAX (64U << 20)
#define INPUT_USER_MAX (16U << 20)
#define INPUT_FREE (64U << 10)
/*
 * With CONTROL_UNREAD_MAX bytes of answers waiting, reading pauses until they
 * are no more than this; who takes none of them for so long is cut off.
 */
#define UNREAD_LOW (1U << 20)
#define UNREAD_PATIENCE_S 1
/*
 * The same of all clients' together, and of one user's: then a client may have
 * no more than CONTROL_UNREAD_FREE.
 */
#define UNREAD_ALL_MAX (64U << 20)
#define UNREAD_USER_MAX (16U << 20)

static size_t all_input, all_unread; /* of all clients */

static void
set_input(struct control_client *c, size_t bytes)
{
	all_input = all_input - c->input + bytes;
	c->user->input = c->user->input - c->input + bytes;
	c->input = bytes;
}

static void
close_client(struct control_client *c)
{
	if (c->closing)
		return;
	c->closing = true;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
	control_turns_leave(c->turns, &c->turn);
	follow_end(&c->follow);
	c->on_closing(c->arg, c);
}

static void
close_no_memory(struct control_client *c)
{
	log_warnx("control: no memory for client %s (pid %d), closed",
	    c->caller.user, (int)c->caller.pid);
	close_client(c);
}

/* Answers that the client has not taken yet, in bytes. */
static size_t
unread(const struct control_client *c)
{
	return control_job_size(&c->job) + c->answer_bytes +
	    evbuffer_get_length(bufferevent_get_output(c->bev));
}

static void
set_unread(struct control_client *c, size_t bytes)
{
	all_unread = all_unread - c->unread + bytes;
	c->user->unread = c->user->unread - c->unread + bytes;
	c->unread = bytes;
}

/* libevent: something was put into the output, or the client has taken some. */
static void
on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	struct control_client *c = arg;

	(void)out;
	(void)info;
	set_unread(c, unread(c));
}

bool
control_client_is_crowded(const struct control_client *c)
{
	return all_unread >= UNREAD_ALL_MAX ||
	    c->user->unread >= UNREAD_USER_MAX;
}

/* So many bytes of answers are too much. */
static size_t
unread_max(const struct control_client *c)
{
	return control_client_is_crowded(c) ? CONTROL_UNREAD_FREE
					    : CONTROL_UNREAD_MAX;
}

static bool
may_read(const struct control_client *c)
{
	return !c->closing && !c->ended && c->answer_count < UNANSWERED_MAX &&
	    unread(c) < unread_max(c);
}

static void
ask_for_turn(struct control_client *c)
{
	if (!c->closing)
		control_turns_ask(c->turns, &c->turn);
}

static void
free_text(const void *text, size_t len, void *arg)
{
	(void)len;
	(void)arg;
	free((void *)text);
}

/* Takes a's text.  A short one is copied: so many of them are one piece. */
static int
write_text(struct evbuffer *out, struct answer *a)
{
	struct json_text *t = &a->text;

	if (t->len <= COPIED_MAX)
		return evbuffer_add(out, t->text, t->len);
	if (evbuffer_add_reference(out, t->text, t->len, free_text, NULL) == -1)
		return -1;
	t->text = NULL;
	return 0;
}

/* Takes a, which is in the output, or empty: what it stood before goes on. */
static void
end_answer(struct control_client *c, struct answer *a)
{
	if (follow_answered(&c->follow, a) == -1)
		close_no_memory(c);
	answer_free(a);
}

/*
 * Moves the ready answers at the head of the queue into the output, those that
 * can be made text until then.
 */
static void
flush(struct control_client *c, int64_t until_ms)
{
	struct answer *a;

	/* the time that a long request took is not the client's */
	event_base_update_cache_time(c->base);
	while ((a = TAILQ_FIRST(&c->answers)) != NULL && !answer_waits(a)) {
		int rc = answer_make_text(a, until_ms);

		if (rc == 1) {
			ask_for_turn(c);
			break;
		}
		if (rc == -1 ||
		    write_text(bufferevent_get_output(c->bev), a) == -1) {
			close_no_memory(c);
			break;
		}
		TAILQ_REMOVE(&c->answers, a, entry);
		c->answer_count--;
		c->answer_bytes -= a->size;
		end_answer(c, a);
	}
	set_unread(c, unread(c));
}

/* A client that has ended is closed once it has all its answers. */
static void
check_ended(struct control_client *c)
{
	if (c->ended && TAILQ_EMPTY(&c->answers) && unread(c) == 0)
		close_client(c);
}

static int64_t
turn_end(void)
{
	return clock_now_ms() + CONTROL_TURN_MS;
}

static void on_answer_ready(void *arg);

/* Takes a; NULL: there was no memory for it. */
static void
queue_answer(struct control_client *c, struct answer *a)
{
	if (a == NULL) {
		close_no_memory(c);
		return;
	}
	if (answer_is_empty(a)) {
		end_answer(c, a);
		return;
	}
	a->on_ready = on_answer_ready;
	a->arg = c;
	if (answer_finish(a, c->base, c->env) == -1) {
		answer_free(a);
		close_no_memory(c);
		return;
	}
	TAILQ_INSERT_TAIL(&c->answers, a, entry);
	c->answer_count++;
	c->answer_bytes += a->size;
	c->worked += a->size;
	flush(c, turn_end());
}

static bool
has_job(const struct control_client *c)
{
	return c->job.message != NULL;
}

/* What is left of a line is answered with why; NULL: nothing is. */
static void
end_job(struct control_client *c, const struct rpc_error *why)
{
	if (has_job(c))
		queue_answer(c, control_job_end(c, why));
}

static void
go_on_with_job(struct control_client *c)
{
	int rc = control_job_go_on(c);

	if (rc == -1)
		close_no_memory(c);
	else if (rc == 0)
		end_job(c, NULL);
	else
		set_unread(c, unread(c));
}

/* No more lines are taken: what it still waits for are answers. */
static void
end_lines(struct control_client *c)
{
	c->ended = true;
	follow_end(&c->follow);
}

void
control_client_dismiss(struct control_client *c, const struct rpc_error *why)
{
	end_job(c, why);
	queue_answer(c, answer_new_error(why));
	end_lines(c);
	if (!c->closing)
		bufferevent_disable(c->bev, EV_READ);
}

/* Where the next line begins cannot be known. */
static void
refuse_long_line(struct control_client *c)
{
	struct rpc_error why;

	rpc_error_set(&why, RPC_INVALID_REQUEST,
	    "the line is longer than %zu bytes", c->line_max);
	control_client_dismiss(c, &why);
}

static void
carry_out(struct control_client *c, const char *line, size_t len)
{
	struct answer *a = control_job_begin(c, line, len);

	lines_forget(&c->lines);
	if (has_job(c))
		go_on_with_job(c);
	else
		queue_answer(c, a);
}

/* Whether there was a whole line, which is now carried out. */
static bool
read_line(struct control_client *c)
{
	const char *line;
	size_t len;

	switch (lines_next(&c->lines, c->line_max, &line, &len)) {
	case LINES_WHOLE:
		c->worked += len;
		carry_out(c, line, len);
		return true;
	case LINES_PART:
		if (c->eof)
			end_lines(c);
		return false;
	case LINES_TOO_LONG:
		refuse_long_line(c);
		return false;
	case LINES_NO_MEMORY:
		break;
	}
	close_no_memory(c);
	return false;
}

static void
take_lines(struct control_client *c)
{
	int64_t until_ms = turn_end();
	int n = 0;

	c->worked = 0;
	flush(c, until_ms);
	if (c->closing)
		return;
	if (has_job(c))
		go_on_with_job(c);
	while (!has_job(c) && may_read(c) && read_line(c)) {
		if (++n == CTL_BUDGET || c->worked > CTL_BUDGET_BYTES ||
		    clock_now_ms() >= until_ms) {
			ask_for_turn(c);
			return;
		}
	}
	if (has_job(c)) {
		ask_for_turn(c);
		return;
	}
	if (!c->closing && !c->ended && !may_read(c)) {
		c->paused = true;
		bufferevent_disable(c->bev, EV_READ);
	}
	check_ended(c);
}

static void
refuse_input(struct control_client *c)
{
	struct rpc_error error;
	struct refusal why;

	refusal_set(&why, REASON_BUSY,
	    "the lines that %s have not ended are too much for now",
	    all_input > INPUT_MAX ? "all clients" : "your user's clients");
	rpc_error_refuse(&error, &why);
	control_client_dismiss(c, &error);
	if (c->closing)
		return;
	lines_fini(&c->lines);
	evbuffer_drain(c->lines.in, evbuffer_get_length(c->lines.in));
	set_input(c, 0);
	check_ended(c);
}

static void
count_input(struct control_client *c)
{
	if (c->closing)
		return;
	set_input(c, c->lines.size + evbuffer_get_length(c->lines.in));
	if (!c->ended && c->input > INPUT_FREE &&
	    (all_input > INPUT_MAX || c->user->input > INPUT_USER_MAX))
		refuse_input(c);
}

static void
resume(struct control_client *c)
{
	if (!c->paused || !may_read(c))
		return;
	c->paused = false;
	if (!c->eof)
		bufferevent_enable(c->bev, EV_READ);
	ask_for_turn(c);
}

/* answer.c: an answer need not wait any longer. */
static void
on_answer_ready(void *arg)
{
	struct control_client *c = arg;

	if (c->closing)
		return;
	flush(c, turn_end());
	resume(c);
}

/* libevent: bytes came; there may be many lines. */
static void
on_read(struct bufferevent *bev, void *arg)
{
	struct control_client *c = arg;

	(void)bev;
	/* those of a line, as a rule: only one that waits is to be counted */
	if (c->turn.queued)
		count_input(c);
	ask_for_turn(c);
}

/* control_turns.c: it is this client's turn. */
static void
on_turn(void *arg)
{
	take_lines(arg);
	count_input(arg);
}

/* libevent: the client has taken most of its answers. */
static void
on_write(struct bufferevent *bev, void *arg)
{
	struct control_client *c = arg;

	(void)bev;
	if (follow_drained(&c->follow) == -1) {
		close_no_memory(c);
		return;
	}
	resume(c);
	check_ended(c);
}

/* Slow is no fault; taking nothing while too much waits is. */
static void
on_stalled(struct control_client *c)
{
	if (unread(c) < unread_max(c)) {
		bufferevent_enable(c->bev, EV_WRITE);
		return;
	}
	log_info("control: client %s (pid %d) does not read its answers, "
		 "closed",
	    c->caller.user, (int)c->caller.pid);
	close_client(c);
}

/* libevent: the client is gone, has closed its end, or takes nothing. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct control_client *c = arg;

	(void)bev;
	if (what & BEV_EVENT_TIMEOUT) {
		on_stalled(c);
	} else if (what & (BEV_EVENT_EOF | BEV_EVENT_READING)) {
		/* what came before it is carried out all the same */
		c->eof = true;
		ask_for_turn(c);
	} else {
		close_client(c);
	}
}

static void
set_line_max(struct control_client *c)
{
	c->line_max = c->caller.role == ACCESS_OPERATOR ? LINE_MAX_OPERATOR
							: LINE_MAX_OTHERS;
	/* a line that is too long is known by its first byte too many */
	bufferevent_setwatermark(c->bev, EV_READ, 0, c->line_max + 2);
}

void
control_client_set_caller(struct control_client *c, const struct caller *caller)
{
	c->caller = *caller;
	set_line_max(c);
}

int
control_client_start(struct control_client *c, int fd)
{
	static const struct timeval patience = { .tv_sec = UNREAD_PATIENCE_S };

	TAILQ_INIT(&c->answers);
	c->turn.serve = on_turn;
	c->turn.arg = c;
	c->bev = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL) {
		close(fd);
		return -1;
	}
	c->lines.in = bufferevent_get_input(c->bev);
	c->follow.out = bufferevent_get_output(c->bev);
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	set_line_max(c);
	bufferevent_setwatermark(c->bev, EV_WRITE, UNREAD_LOW, 0);
	bufferevent_set_timeouts(c->bev, NULL, &patience);
	if (evbuffer_add_cb(c->follow.out, on_output, c) == NULL ||
	    bufferevent_enable(c->bev, EV_READ | EV_WRITE) == -1)
		goto fail;
	return 0;
fail:
	bufferevent_free(c->bev);
	return -1;
}

void
control_client_finish_changes(struct control_client *c)
{
	control_job_finish_changes(c);
}

bool
control_client_go_on_changing(struct control_client *c)
{
	if (control_job_changes(&c->job))
		(void)control_job_go_on(c);
	return control_job_changes(&c->job);
}

/* What the socket takes of what can be told. */
static void
write_last(struct control_client *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct rpc_error stopping;
	struct refusal why;
	struct answer *a;

	c->closing = true;
	control_turns_leave(c->turns, &c->turn);
	refusal_set(&why, REASON_BUSY, "not carried out: the daemon stops");
	rpc_error_refuse(&stopping, &why);
	end_job(c, &stopping);
	TAILQ_FOREACH(a, &c->answers, entry)
		answer_give_up(a);
	flush(c, INT64_MAX);
	/* a bufferevent lets none but itself take from the front */
	if (evbuffer_unfreeze(out, 1) == -1)
		return;
	while (evbuffer_get_length(out) > 0 &&
	    evbuffer_write(out, bufferevent_getfd(c->bev)) > 0)
		;
}

void
control_client_free(struct control_client *c)
{
	struct answer *a;

	if (!c->closing)
		write_last(c);
	while ((a = TAILQ_FIRST(&c->answers)) != NULL) {
		TAILQ_REMOVE(&c->answers, a, entry);
		answer_free(a);
	}
	control_job_drop(c);
	follow_end(&c->follow);
	set_input(c, 0);
	evbuffer_remove_cb(c->follow.out, on_output, c);
	set_unread(c, 0);
	lines_fini(&c->lines);
	bufferevent_free(c->bev);
	free(c->groups);
	free(c);
}
