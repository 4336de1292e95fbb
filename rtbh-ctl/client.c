/*
 * Asking the daemon: one line there, one line back, within a time limit.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rpc.h"

#include "client.h"
#include "command.h"
#include "output.h"
#include "say.h"

/* The command waits so much longer than it tells the daemon to. */
#define PATIENCE_MS 3000
/* The answer's buffer grows from this. */
#define BUFFER_MIN 4096

struct client {
	int fd;
	const char *path;
	int64_t wait_ms;
	const struct output *output;
	json_int_t last_id;
	char *buffer;
	size_t size, len;
};

int64_t
client_now_ms(void)
{
	struct timespec ts;

	/* cannot fail for this clock and a valid pointer */
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
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
	c->output = output_for(o);
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

/* Until when; a negative time has no end. */
static int64_t
deadline(int64_t wait_ms)
{
	return wait_ms < 0 ? INT64_MAX : client_now_ms() + wait_ms;
}

/* How long poll(2) may wait. */
static int
poll_ms(int64_t until_ms)
{
	int64_t left_ms;

	if (until_ms == INT64_MAX)
		return -1;
	left_ms = until_ms - client_now_ms();
	if (left_ms <= 0)
		return 0;
	return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

/* 1: look again; 0: the time is up; -1: nothing more will come. */
static int
receive_some(struct client *c, int64_t until_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int ready = poll(&p, 1, poll_ms(until_ms));
	ssize_t n;

	if (ready == 0)
		return 0;
	if (ready == -1)
		return errno == EINTR ? 1 : say_unreachable(c);
	n = recv(c->fd, c->buffer + c->len, c->size - c->len, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n == -1)
		return say_unreachable(c);
	if (n == 0)
		return say("%s: rtbh-bgpd has closed the connection", c->path);
	c->len += (size_t)n;
	return 1;
}

/* What is behind the line stays. */
static int
take_line(struct client *c, const char *end, json_t **message)
{
	size_t line = (size_t)(end - c->buffer);
	struct rpc_error why;

	*message = rpc_parse(c->buffer, line, &why);
	if (*message == NULL)
		return say("%s: the answer is wrong: %s", c->path, why.message);
	c->len -= line + 1;
	memmove(c->buffer, end + 1, c->len);
	return 1;
}

int
client_receive(struct client *c, int64_t wait_ms, json_t **message)
{
	int64_t until_ms = deadline(wait_ms);
	size_t scanned = 0;

	for (;;) {
		const char *end = NULL;
		int rc;

		if (c->buffer != NULL && c->len > scanned)
			end =
			    memchr(c->buffer + scanned, '\n', c->len - scanned);
		if (end != NULL)
			return take_line(c, end, message);
		scanned = c->len;
		if (make_room(c) == -1)
			return -1;
		rc = receive_some(c, until_ms);
		if (rc != 1)
			return rc;
	}
}

int
client_fd(const struct client *c)
{
	return c->fd;
}

json_int_t
client_send(struct client *c, const char *method, json_t *params)
{
	json_int_t id = ++c->last_id;
	json_t *request = rpc_request_encode(id, method, params);
	int rc;

	if (request == NULL)
		return say("no memory");
	rc = send_message(c, request);
	json_decref(request);
	return rc == 0 ? id : -1;
}

static int
say_wrong_answer(const struct client *c)
{
	say("%s: the answer is no answer to what was asked", c->path);
	return EXIT_UNREACHABLE;
}

int
client_say_refused(const json_t *error)
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

		say_more(text != NULL ? text : "?");
	}
	return EXIT_REFUSED;
}

static bool
answers_id(const json_t *answer, json_int_t id)
{
	const json_t *v = json_object_get(answer, "id");

	return json_is_integer(v) && json_integer_value(v) == id;
}

/* The result, or the answer's error alone; NULL: it is neither. */
static json_t *
outcome_of(const json_t *answer, json_int_t id)
{
	json_t *error = json_object_get(answer, "error");

	/* with an error of the connection the id is null */
	if (json_is_object(error))
		return json_pack("{s:O}", "error", error);
	if (!answers_id(answer, id))
		return NULL;
	return json_incref(json_object_get(answer, "result"));
}

int
client_try(struct client *c, const char *method, json_t *params,
    json_t **outcome)
{
	json_int_t id = client_send(c, method, params);
	json_t *answer = NULL;

	if (id == -1)
		return EXIT_UNREACHABLE;
	switch (client_receive(c, c->wait_ms, &answer)) {
	case 0:
		say_timeout(c);
		return EXIT_UNREACHABLE;
	case -1:
		return EXIT_UNREACHABLE;
	default:
		break;
	}
	*outcome = outcome_of(answer, id);
	json_decref(answer);
	return *outcome != NULL ? EXIT_DONE : say_wrong_answer(c);
}

int
client_call(struct client *c, const char *method, json_t *params,
    json_t **result)
{
	int code = client_try(c, method, params, result);
	json_t *error;

	if (code != EXIT_DONE)
		return code;
	error = json_object_get(*result, "error");
	if (error == NULL)
		return EXIT_DONE;
	code = client_say_refused(error);
	c->output->refused(*result);
	json_decref(*result);
	return code;
}

int
client_ask(const struct options *o, const char *method, json_t *params,
    json_t **result)
{
	struct client *c = client_open(o);
	int code = EXIT_UNREACHABLE;

	if (c != NULL)
		code = client_call(c, method, params, result);
	else
		json_decref(params);
	client_close(c);
	return code;
}
