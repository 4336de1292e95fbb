/*
 * The HTTP listener over real sockets on loopback, with a clock that is not:
 * no request takes more than its bounds.
 */
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "fake_clock.h"
#include "given.h"

#include "config.h"
#include "http.h"
#include "log.h"

/* So long the kernel may take for what is on its way, in turns of 10 ms. */
#define PATIENCE 500
#define ANSWER_MAX 8192
#define BIG (1U << 20)
/* More than the kernel takes from us for a client that does not read. */
#define HUGE_PAGE ((size_t)16 * BIG)
#define FLOOD_MAX ((size_t)8 << 20)

struct ground {
	struct event_base *base;
	struct http *http;
	struct config_listen at;
	char answer[ANSWER_MAX];
};

/* "/page" says its path, "/big" and "/huge" are, "/ill" is there and ill. */
static bool
serve(void *arg, const char *path, const char *query, struct http_page *page)
{
	static const char big[HUGE_PAGE];

	(void)arg;
	page->type = "text/x-test";
	if (strcmp(path, "/big") == 0)
		assert_int_equal(evbuffer_add(page->body, big, BIG), 0);
	else if (strcmp(path, "/huge") == 0)
		assert_int_equal(evbuffer_add(page->body, big, HUGE_PAGE), 0);
	else if (strcmp(path, "/ill") == 0)
		page->code = 503;
	else if (strcmp(path, "/page") != 0)
		return false;
	evbuffer_add_printf(page->body, "this is %s\n", path);
	if (query != NULL)
		evbuffer_add_printf(page->body, "asked %s\n", query);
	return true;
}

static struct sockaddr_in
address_of(const struct config_listen *at)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(at->port) };

	memcpy(&sin.sin_addr, at->address.addr, sizeof(sin.sin_addr));
	return sin;
}

/* A port that is free now. */
static uint16_t
free_port(const struct config_listen *at)
{
	struct sockaddr_in sin = address_of(at);
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	close(fd);
	return ntohs(sin.sin_port);
}

static void
listen_at(struct ground *g, const char *address)
{
	struct http_parts parts = { .base = g->base, .serve = serve, .arg = g };

	g->http = NULL;
	g->at.address = given_prefix(address);
	for (int i = 0; i < 10 && g->http == NULL; i++) {
		/* unless somebody takes it in between */
		g->at.port = 0;
		g->at.port = free_port(&g->at);
		g->http = http_new(&parts, &g->at);
	}
	assert_non_null(g->http);
}

static int
setup(void **state)
{
	struct ground *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->base = event_base_new();
	assert_non_null(g->base);
	listen_at(g, "127.0.0.1");
	log_set_level(LOG_LEVEL_ERROR);
	*state = g;
	return 0;
}

static int
teardown(void **state)
{
	struct ground *g = *state;

	http_free(g->http);
	event_base_free(g->base);
	free(g);
	return 0;
}

static int
client(const struct ground *g)
{
	struct sockaddr_in sin = address_of(&g->at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

static void
say(int fd, const char *text, size_t len)
{
	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* One look; 0 at the end, which the listener may also tell by a reset. */
static ssize_t
hear_some(struct ground *g, int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;

	fake_turn(g->base);
	if (poll(&p, 1, 10) == 0)
		return -1;
	n = recv(fd, buf, size, 0);
	if (n == -1)
		assert_int_equal(errno, ECONNRESET);
	return n == -1 ? 0 : n;
}

/* All there is up to the end of the connection; how many octets. */
static size_t
hear(struct ground *g, int fd)
{
	char buf[4096];
	size_t len = 0, kept = 0;
	int silent = 0;
	ssize_t n;

	while ((n = hear_some(g, fd, buf, sizeof(buf))) != 0) {
		assert_true(n > 0 || ++silent < PATIENCE);
		for (ssize_t i = 0; i < n && kept < ANSWER_MAX - 1; i++)
			g->answer[kept++] = buf[i];
		len += n > 0 ? (size_t)n : 0;
	}
	g->answer[kept] = '\0';
	return len;
}

/* Nothing comes, and the connection stands. */
static void
hear_nothing(struct ground *g, int fd)
{
	char buf[16];

	for (int i = 0; i < 5; i++)
		assert_int_equal(hear_some(g, fd, buf, sizeof(buf)), -1);
}

static size_t
ask(struct ground *g, const char *request)
{
	int fd = client(g);
	size_t len;

	say(fd, request, strlen(request));
	len = hear(g, fd);
	close(fd);
	return len;
}

static const struct {
	const char *name, *request, *status;
	const char *says; /* somewhere in the answer; NULL: not looked at */
} cases[] = {
	{ "a page", "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n",
	    "HTTP/1.1 200 ", "\r\n\r\nthis is /page\n" },
	{ "its type", "GET /page HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ",
	    "\r\nContent-Type: text/x-test\r\n" },
	{ "one request a connection", "GET /page HTTP/1.1\r\n\r\n",
	    "HTTP/1.1 200 ", "\r\nConnection: close\r\n" },
	{ "HTTP/1.0", "GET /page HTTP/1.0\r\n\r\n", "HTTP/1.0 200 ",
	    "this is /page\n" },
	{ "with a query", "GET /page?a=b HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ",
	    "this is /page\nasked a=b\n" },
	{ "a query stays encoded", "GET /page?%3c=%26 HTTP/1.1\r\n\r\n",
	    "HTTP/1.1 200 ", "asked %3c=%26\n" },
	{ "what it may load", "GET /page HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ",
	    "\r\nContent-Security-Policy: default-src 'none'\r\n" },
	{ "through a proxy", "GET http://127.0.0.1/page HTTP/1.1\r\n\r\n",
	    "HTTP/1.1 200 ", "this is /page\n" },
	{ "a page that is ill", "GET /ill HTTP/1.1\r\n\r\n", "HTTP/1.1 503 ",
	    "this is /ill\n" },
	{ "none", "GET /none HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ", "not found" },
	{ "the root", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ", "not found" },
	{ "above the root", "GET /../page HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ",
	    "not found" },
	{ "POST", "POST /page HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
	    "HTTP/1.1 405 ", "\r\nAllow: GET, HEAD\r\n" },
	{ "DELETE", "DELETE /page HTTP/1.1\r\n\r\n", "HTTP/1.1 405 ", NULL },
	{ "a method of its own", "EAT /page HTTP/1.1\r\n\r\n", "HTTP/1.1 501 ",
	    NULL },
	{ "a body too long",
	    "PUT /page HTTP/1.1\r\nContent-Length: 2000\r\n\r\n",
	    "HTTP/1.1 413 ", NULL },
	{ "not HTTP", "\x16\x03\x01 garbage\r\n\r\n", "HTTP/1.1 400 ", NULL },
};

static void
test_requests(void **state)
{
	struct ground *g = *state;

	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		ask(g, cases[i].request);
		assert_memory_equal(g->answer, cases[i].status,
		    strlen(cases[i].status));
		if (cases[i].says != NULL)
			assert_non_null(strstr(g->answer, cases[i].says));
	}
}

/* Whom a request is for, and whether one who listens on loopback answers. */
static const struct {
	const char *host;
	bool answers;
} hosts[] = {
	{ "localhost", true },
	{ "LocalHost:9479", true },
	{ "127.0.0.1:9479", true },
	{ "203.0.113.1", true },
	{ "[::1]", true },
	{ "[::1]:9479", true },
	{ "a.example", false },
	{ "a.example:9479", false },
	{ "localhost.a.example", false },
	{ "127.0.0.1.a.example", false },
	{ "127.0.0.1/8", false },
	{ "[", false },
	{ "[]", false },
	{ "[a.example]", false },
	{ "[::1]a", false },
	{ ":9479", false },
	{ "[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]", false },
};

static void
test_hosts(void **state)
{
	struct ground *g = *state;
	char request[256];

	for (size_t i = 0; i < HEX_COUNT(hosts); i++) {
		hex_case(hosts[i].host);
		snprintf(request, sizeof(request),
		    "GET /page HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[i].host);
		ask(g, request);
		assert_memory_equal(g->answer,
		    hosts[i].answers ? "HTTP/1.1 200 " : "HTTP/1.1 403 ", 13);
		assert_int_equal(hosts[i].answers,
		    strstr(g->answer, "this is") != NULL);
	}
	ask(g,
	    "GET http://a.example/page HTTP/1.1\r\n"
	    "Host: localhost\r\n\r\n");
	assert_memory_equal(g->answer, "HTTP/1.1 403 ", 13);
}

/* What looks like a host in the path is not whom the request is for. */
static void
test_hosts_in_the_path(void **state)
{
	static const char *const paths[] = { "//localhost/page",
		"//127.0.0.1/page", "//[::1]/page", "//localhost:9479/page",
		"//u@localhost/page" };
	struct ground *g = *state;
	char request[256];

	for (size_t i = 0; i < HEX_COUNT(paths); i++) {
		hex_case(paths[i]);
		snprintf(request, sizeof(request),
		    "GET %s HTTP/1.1\r\nHost: a.example:9479\r\n\r\n",
		    paths[i]);
		ask(g, request);
		assert_memory_equal(g->answer, "HTTP/1.1 403 ", 13);
		assert_null(strstr(g->answer, "this is"));
	}
}

/* Which of libevent's allocations fails, counted from now; 0: none. */
static unsigned failing_in;
/* The server had a connection, but no memory for its part of it. */
static bool met_nobody;

static void *
failing_malloc(size_t size)
{
	return failing_in > 0 && --failing_in == 0 ? NULL : malloc(size);
}

static void
on_libevent_log(int severity, const char *text)
{
	(void)severity;
	if (strstr(text, "evhttp_connection_base_bufferevent_new: calloc"))
		met_nobody = true;
}

/* Behind that one libevent itself crashes. */
static void
test_no_memory(void **state)
{
	struct ground *g = *state;

	event_set_log_callback(on_libevent_log);
	for (unsigned n = 1; n < 60 && !met_nobody; n++) {
		int fd = client(g);

		failing_in = n;
		fake_turn(g->base);
		failing_in = 0;
		close(fd);
		fake_turn(g->base);
	}
	event_set_log_callback(NULL);
	assert_true(met_nobody);
	for (int i = 0; i < 2 * HTTP_CONNECTIONS_MAX; i++)
		ask(g, "GET /page HTTP/1.1\r\n\r\n");
	assert_non_null(strstr(g->answer, "this is /page"));
}

/* One who listens elsewhere answers to every name. */
static void
test_hosts_elsewhere(void **state)
{
	struct ground *g = *state;

	http_free(g->http);
	listen_at(g, "0.0.0.0");
	ask(g, "GET /page HTTP/1.1\r\nHost: a.example:9479\r\n\r\n");
	assert_memory_equal(g->answer, "HTTP/1.1 200 ", 13);
}

static void
test_head_has_no_body(void **state)
{
	struct ground *g = *state;
	size_t len = ask(g, "HEAD /page HTTP/1.1\r\n\r\n");

	assert_memory_equal(g->answer, "HTTP/1.1 200 ", 13);
	assert_non_null(strstr(g->answer, "\r\nContent-Length: 14\r\n"));
	assert_null(strstr(g->answer, "this is"));
	assert_memory_equal(g->answer + len - 4, "\r\n\r\n", 4);
}

static void
test_big_page(void **state)
{
	struct ground *g = *state;

	assert_in_range(ask(g, "GET /big HTTP/1.1\r\n\r\n"), BIG, BIG + 1000);
}

/* How many octets are taken behind what was said. */
static size_t
flood(struct ground *g, int fd)
{
	static char bytes[65536];
	size_t taken = 0;

	memset(bytes, 'a', sizeof(bytes));
	for (int silent = 0; silent < 50 && taken < FLOOD_MAX;) {
		ssize_t n =
		    send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);

		fake_turn(g->base);
		silent = n > 0 ? 0 : silent + 1;
		taken += n > 0 ? (size_t)n : 0;
	}
	return taken;
}

/* What the server reads and does not take yet, after which it waits. */
static const struct {
	const char *name, *request;
} endless[] = {
	{ "behind a request whose answer waits", "GET /huge HTTP/1.1\r\n\r\n" },
	{ "the length of a chunk",
	    "POST /page HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" },
};

static void
test_input_is_bounded(void **state)
{
	struct ground *g = *state;

	for (size_t i = 0; i < HEX_COUNT(endless); i++) {
		int fd = client(g);

		hex_case(endless[i].name);
		say(fd, endless[i].request, strlen(endless[i].request));
		for (int n = 0; n < 10; n++)
			fake_turn(g->base);
		assert_in_range(flood(g, fd), 0, FLOOD_MAX / 2);
		close(fd);
	}
	ask(g, "GET /page HTTP/1.1\r\n\r\n");
	assert_memory_equal(g->answer, "HTTP/1.1 200 ", 13);
}

static void
test_headers_are_bounded(void **state)
{
	static const char begin[] = "GET /page HTTP/1.1\r\nX: ";
	struct ground *g = *state;
	char request[16384];
	int fd = client(g);

	memset(request, 'a', sizeof(request));
	memcpy(request, begin, sizeof(begin) - 1);
	say(fd, request, sizeof(request));
	hear(g, fd);
	assert_memory_equal(g->answer, "HTTP/1.1 400 ", 13);
	close(fd);
}

/* In pieces, as slow networks bring it. */
static void
test_pieces(void **state)
{
	static const char request[] = "GET /page HTTP/1.1\r\n\r\n";
	struct ground *g = *state;
	int fd = client(g);

	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		say(fd, &request[i], 1);
		fake_turn(g->base);
	}
	hear(g, fd);
	assert_non_null(strstr(g->answer, "this is /page"));
	close(fd);
}

/* Those beyond the most wait until another is over. */
static void
test_connections_are_bounded(void **state)
{
	static const char request[] = "GET /page HTTP/1.1\r\n\r\n";
	struct ground *g = *state;
	int idle[HTTP_CONNECTIONS_MAX], fd;

	for (size_t i = 0; i < HEX_COUNT(idle); i++) {
		idle[i] = client(g);
		fake_turn(g->base);
	}
	fd = client(g);
	say(fd, request, sizeof(request) - 1);
	hear_nothing(g, fd);
	close(idle[7]);
	hear(g, fd);
	assert_non_null(strstr(g->answer, "this is /page"));
	close(fd);
	for (size_t i = 0; i < HEX_COUNT(idle); i++)
		if (i != 7)
			close(idle[i]);
	for (int i = 0; i < 3 * HTTP_CONNECTIONS_MAX; i++)
		ask(g, request);
	assert_non_null(strstr(g->answer, "this is /page"));
}

static void
test_silence_ends(void **state)
{
	struct ground *g = *state;
	int silent = client(g), half = client(g);

	say(half, "GET /pa", 7);
	hear_nothing(g, silent);
	fake_pass(g->base, 9000);
	hear_nothing(g, silent);
	hear_nothing(g, half);
	fake_pass(g->base, 2000);
	hear(g, silent);
	hear(g, half);
	close(silent);
	close(half);
}

/* A byte now and then does not keep a connection for good. */
static void
test_dripping_ends(void **state)
{
	struct ground *g = *state;
	int fd = client(g);
	char buf[16];
	int s = 0;

	say(fd, "GET /", 5);
	while (hear_some(g, fd, buf, sizeof(buf)) == -1) {
		assert_true(s < 90);
		assert_int_equal(send(fd, "a", 1, MSG_NOSIGNAL), 1);
		fake_pass(g->base, 5000);
		s += 5;
	}
	assert_in_range(s, 55, 75);
	close(fd);
}

/* While there are no descriptors nothing is accepted, and we do not spin. */
static void
test_no_descriptors(void **state)
{
	struct ground *g = *state;
	struct rlimit before, none;
	int fd = client(g);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	say(fd, "GET /page HTTP/1.1\r\n\r\n", 22);
	for (int i = 0; i < 3; i++) {
		hear_nothing(g, fd);
		fake_pass(g->base, 1000);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	hear_nothing(g, fd);
	fake_pass(g->base, 1000);
	hear(g, fd);
	assert_non_null(strstr(g->answer, "this is /page"));
	close(fd);
}

static void
test_taken_address(void **state)
{
	struct http_parts parts = { .serve = serve };
	struct ground *g = *state;
	struct config_listen other = g->at;

	parts.base = g->base;
	assert_null(http_new(&parts, &g->at));
	assert_int_equal(errno, EADDRINUSE);
	assert_true(http_is_at(g->http, &g->at));
	other.port++;
	assert_false(http_is_at(g->http, &other));
}

/* What is under way ends with the listener, and its port is free at once. */
static void
test_end(void **state)
{
	struct http_parts parts = { .serve = serve };
	struct ground *g = *state;
	int met = client(g), unmet;

	hear_nothing(g, met);
	unmet = client(g);
	http_free(g->http);
	parts.base = g->base;
	g->http = http_new(&parts, &g->at);
	assert_non_null(g->http);
	hear(g, met);
	hear(g, unmet);
	close(met);
	close(unmet);
	ask(g, "GET /page HTTP/1.1\r\n\r\n");
	assert_non_null(strstr(g->answer, "this is /page"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_input_is_bounded, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_hosts_in_the_path, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_hosts_elsewhere, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_head_has_no_body, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_big_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_headers_are_bounded, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_connections_are_bounded,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence_ends, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_dripping_ends, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_descriptors, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_taken_address, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_end, setup, teardown),
	};

	event_set_mem_functions(failing_malloc, realloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
