/*
 * Asking the daemon: one line there, one line back, within a time limit.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rpc.h"

#include "client.h"
#include "command.h"

/* The command waits so much longer than it tells the daemon to. */
#define PATIENCE_MS 3000
/* The answer's buffer grows from this. */
#define BUFFER_MIN 4096

struct client {
	int fd;
	const char *path;
	int64_t wait_ms;
	json_int_t last_id;
	char *buffer;
	size_t size, len;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	/* cannot fail for this clock and a valid pointer */
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Always -1. */
static int __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	va_list ap;

	fputs("rtbh-ctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

static int
say_timeout(const struct client *c)
{
	return say("%s: no answer from rtbh-bgpd within %jd s", c->path,
	    (intmax_t)(c->wait_ms / 1000));
}

static int
say_unreachable(const struct client *c)
{
	int error = errno;

	if (error == EAGAIN || error == EINPROGRESS)
		return say_timeout(c);
	if (error == ENOENT || error == ECONNREFUSED)
		return say("cannot reach the daemon at %s: %s; is rtbh-bgpd "
			   "running?",
		    c->path, strerror(error));
	return say("cannot reach the daemon at %s: %s", c->path,
	    strerror(error));
}

static int
connect_to(const struct client *c)
{
	struct timeval tv = { .tv_sec = c->wait_ms / 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(c->path);

	if (len >= sizeof(address.sun_path))
		return say("the socket's path is longer than %zu bytes: %s",
		    sizeof(address.sun_path) - 1, c->path);
	memcpy(address.sun_path, c->path, len);
	/* bounds connect(2) and send(2); for the answer there is poll(2) */
	if (setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		return say_unreachable(c);
	return 0;
}

struct client *
client_open(const struct options *o)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		say("no memory");
		return NULL;
	}
	c->path = o->socket;
	c->wait_ms = (int64_t)o->timeout_s * 1000 + PATIENCE_MS;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd == -1)
		say_unreachable(c);
	if (c->fd == -1 || connect_to(c) == -1) {
		client_close(c);
		return NULL;
	}
	return c;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	if (c->fd != -1)
		close(c->fd);
	free(c->buffer);
	free(c);
}

/* A daemon that has closed already may have said why: that is read later. */
static int
send_all(const struct client *c, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(c->fd, text, len, MSG_NOSIGNAL);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (n == -1)
			return say_unreachable(c);
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
send_message(const struct client *c, const json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	size_t len;
	int rc;

	if (text == NULL)
		return say("no memory");
	len = strlen(text);
	text[len] = '\n'; /* in place of the NUL */
	rc = send_all(c, text, len + 1);
	free(text);
	return rc;
}

static int
make_room(struct client *c)
{
	size_t size = c->size > 0 ? c->size * 2 : BUFFER_MIN;
	char *buffer;

	if (c->len < c->size)
		return 0;
	buffer = realloc(c->buffer, size);
	if (buffer == NULL)
		return say("no memory");
	c->buffer = buffer;
	c->size = size;
	return 0;
}

/* 1: something came; 0: try again; -1: nothing more will come. */
static int
receive_some(struct client *c, int64_t deadline_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int64_t left_ms = deadline_ms - now_ms();
	ssize_t n;

	if (left_ms <= 0)
		return say_timeout(c);
	if (poll(&p, 1, (int)left_ms) == -1)
		return errno == EINTR ? 0 : say_unreachable(c);
	n = recv(c->fd, c->buffer + c->len, c->size - c->len, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == -1)
		return say_unreachable(c);
	if (n == 0)
		return say("%s: rtbh-bgpd has closed the connection", c->path);
	c->len += (size_t)n;
	return 1;
}

/* The next line; what is behind it stays.  NULL: none came. */
static json_t *
receive_message(struct client *c, int64_t deadline_ms)
{
	size_t scanned = 0, line;
	struct rpc_error why;
	json_t *message;
	char *end = NULL;

	while (end == NULL) {
		if (c->len > scanned)
			end =
			    memchr(c->buffer + scanned, '\n', c->len - scanned);
		scanned = c->len;
		if (end == NULL &&
		    (make_room(c) == -1 || receive_some(c, deadline_ms) == -1))
			return NULL;
	}
	line = (size_t)(end - c->buffer);
	message = rpc_parse(c->buffer, line, &why);
	if (message == NULL)
		say("%s: the answer is wrong: %s", c->path, why.message);
	c->len -= line + 1;
	memmove(c->buffer, end + 1, c->len);
	return message;
}

/* Takes message.  NULL: no answer. */
static json_t *
ask(struct client *c, json_t *message)
{
	int64_t deadline_ms = now_ms() + c->wait_ms;
	json_t *answer = NULL;

	if (message == NULL)
		say("no memory");
	else if (send_message(c, message) == 0)
		answer = receive_message(c, deadline_ms);
	json_decref(message);
	return answer;
}

static int
say_wrong_answer(const struct client *c)
{
	say("%s: the answer is no answer to what was asked", c->path);
	return EXIT_UNREACHABLE;
}

/* "... (not-ours)"; then all that is wrong, if it is more than one thing. */
static int
say_refused(const json_t *error)
{
	const json_t *data = json_object_get(error, "data");
	const json_t *errors = json_object_get(data, "errors"), *one;
	const char *message, *reason;
	size_t i;

	message = json_string_value(json_object_get(error, "message"));
	reason = json_string_value(json_object_get(data, "reason"));
	say("%s%s%s%s", message != NULL ? message : "refused",
	    reason != NULL ? " (" : "", reason != NULL ? reason : "",
	    reason != NULL ? ")" : "");
	if (json_array_size(errors) < 2)
		return EXIT_REFUSED;
	json_array_foreach(errors, i, one)
	{
		const char *text = json_string_value(one);

		fprintf(stderr, "  %s\n", text != NULL ? text : "?");
	}
	return EXIT_REFUSED;
}

static bool
answers_id(const json_t *answer, json_int_t id)
{
	const json_t *v = json_object_get(answer, "id");

	return json_is_integer(v) && json_integer_value(v) == id;
}

int
client_call(struct client *c, const char *method, json_t *params,
    json_t **result)
{
	json_int_t id = ++c->last_id;
	json_t *answer = ask(c, rpc_request_encode(id, method, params));
	json_t *error = json_object_get(answer, "error");
	int code = EXIT_DONE;

	if (answer == NULL)
		return EXIT_UNREACHABLE;
	/* with an error of the connection the id is null */
	*result = json_incref(json_object_get(answer, "result"));
	if (json_is_object(error))
		code = say_refused(error);
	else if (*result == NULL || !answers_id(answer, id))
		code = say_wrong_answer(c);
	json_decref(answer);
	if (code != EXIT_DONE)
		json_decref(*result);
	return code;
}

/* Takes params, an array.  NULL without memory. */
static json_t *
encode_batch(struct client *c, const char *method, json_t *params)
{
	json_t *batch = json_array(), *one;
	size_t i;

	json_array_foreach(params, i, one)
	{
		if (json_array_append_new(batch,
			rpc_request_encode(++c->last_id, method,
			    json_incref(one))) == -1) {
			json_decref(batch);
			batch = NULL;
			break;
		}
	}
	json_decref(params);
	return batch;
}

/* The result, or the answer's error alone; NULL: it is neither. */
static json_t *
outcome_of(const json_t *answer, json_int_t id)
{
	json_t *error = json_object_get(answer, "error");

	if (!answers_id(answer, id))
		return NULL;
	if (json_is_object(error))
		return json_pack("{s:O}", "error", error);
	return json_incref(json_object_get(answer, "result"));
}

/* The daemon answers a batch in its order. */
static int
take_outcomes(const struct client *c, const json_t *answers, size_t count,
    json_t **outcomes)
{
	json_int_t first = c->last_id - (json_int_t)count + 1;

	*outcomes = json_array();
	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(*outcomes,
			outcome_of(json_array_get(answers, i),
			    first + (json_int_t)i)) == -1) {
			json_decref(*outcomes);
			return say_wrong_answer(c);
		}
	}
	return EXIT_DONE;
}

int
client_call_each(struct client *c, const char *method, json_t *params,
    json_t **outcomes)
{
	size_t count = json_array_size(params);
	json_t *answers = ask(c, encode_batch(c, method, params));
	json_t *error = json_object_get(answers, "error");
	int code;

	if (answers == NULL)
		return EXIT_UNREACHABLE;
	if (json_is_object(error))
		code = say_refused(error);
	else if (json_array_size(answers) != count)
		code = say_wrong_answer(c);
	else
		code = take_outcomes(c, answers, count, outcomes);
	json_decref(answers);
	return code;
}
