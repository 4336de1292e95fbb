/*
 * libevent's HTTP server does the protocol, but it neither bounds nor shows
 * its connections.  So each is met right after it was accepted, before its
 * first byte is read: then it is counted, gets a deadline, and tells when it
 * closes.  While there are as many as may be, no more are accepted.
 */
#include <sys/queue.h>

#include <netinet/in.h>

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "config.h"

#include "clock.h"
#include "log.h"

#include "http.h"

#define BACKLOG 64
#define HEADERS_MAX 8192
#define BODY_MAX 1024
/*
 * What is read and not taken yet.  The server bounds neither the line with a
 * chunk's length nor what comes behind a request whose answer waits; what it
 * does bound stays below this with one more read, so that it can answer it.
 */
#define INPUT_MAX ((size_t)4 * HEADERS_MAX)
/* Without a byte; all in all. */
#define IDLE_S 10
#define CONNECTION_S 60
#define SWEEP_S 5
#define PAUSE_S 1

struct connection {
	struct bufferevent *bev; /* until it is met; a reference of ours */
	struct evhttp_connection *evcon; /* from then on; the server's */
	int64_t until_ms;
};

struct http {
	TAILQ_ENTRY(http) entry;
	struct http_parts parts;
	struct config_listen at;
	struct evhttp *server;
	struct evconnlistener *listener; /* the server's */
	struct event *meet;		 /* connections were accepted */
	struct event *sweep;		 /* is one to be ended? */
	struct event *pause;		 /* accept again */
	struct connection connections[HTTP_CONNECTIONS_MAX];
	unsigned count;
};

/* For libevent's one call back that does not tell whose it is. */
static TAILQ_HEAD(http_list, http) all = TAILQ_HEAD_INITIALIZER(all);

static void
forget(struct http *h, struct connection *c)
{
	*c = (struct connection){ 0 };
	h->count--;
	evconnlistener_enable(h->listener);
	if (h->count == 0)
		event_del(h->sweep);
}

/* libevent: a connection closes. */
static void
on_close(struct evhttp_connection *evcon, void *arg)
{
	struct http *h = arg;

	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
		if (h->connections[i].evcon == evcon) {
			forget(h, &h->connections[i]);
			return;
		}
	}
}

/*
 * The server's callbacks on a bufferevent have the connection for argument;
 * there is no other way to it before its first request is complete.
 */
static void
meet(struct http *h, struct connection *c)
{
	void *evcon;

	bufferevent_getcb(c->bev, NULL, NULL, NULL, &evcon);
	/* without memory the server closes, but forgets what it has not used */
	if (evcon == NULL && bufferevent_getfd(c->bev) == -1)
		bufferevent_free(c->bev);
	bufferevent_decref(c->bev);
	c->bev = NULL;
	if (evcon == NULL) {
		forget(h, c);
		return;
	}
	c->evcon = evcon;
	evhttp_connection_set_closecb(c->evcon, on_close, h);
}

/* libevent: in the turn of the loop in which connections were accepted. */
static void
on_meet(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		if (h->connections[i].bev != NULL)
			meet(h, &h->connections[i]);
}

static size_t
unread(const struct connection *c)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(c->evcon);

	return evbuffer_get_length(bufferevent_get_input(bev));
}

/* libevent: bytes came, or were taken.  The connection is in use here. */
static void
on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct http *h = arg;

	(void)info;
	if (evbuffer_get_length(input) > INPUT_MAX)
		event_active(h->sweep, EV_TIMEOUT, 0);
}

/*
 * libevent: ends those that take too long, however busy they look, and those
 * that say too much.
 */
static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	int64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
		struct connection *c = &h->connections[i];

		if (c->evcon != NULL &&
		    (now_ms >= c->until_ms || unread(c) > INPUT_MAX))
			evhttp_connection_free(c->evcon); /* and on_close */
	}
}

static struct connection *
free_place(struct http *h)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		if (h->connections[i].bev == NULL &&
		    h->connections[i].evcon == NULL)
			return &h->connections[i];
	return NULL;
}

/*
 * libevent: a connection is accepted; gives what reads and writes it.  Without
 * memory NULL: then the server tries by itself.
 */
static struct bufferevent *
on_accepted(struct event_base *base, void *arg)
{
	struct timeval sweep = { .tv_sec = SWEEP_S };
	struct http *h = arg;
	struct connection *c = free_place(h);
	struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);

	if (bev == NULL || c == NULL)
		return bev;
	/* no watermark: libevent spins where it may not read what is there */
	if (evbuffer_add_cb(bufferevent_get_input(bev), on_input, h) == NULL) {
		bufferevent_free(bev);
		return NULL;
	}
	bufferevent_incref(bev);
	c->bev = bev;
	c->until_ms = clock_now_ms() + CONNECTION_S * 1000L;
	event_active(h->meet, EV_TIMEOUT, 0);
	if (h->count++ == 0)
		event_add(h->sweep, &sweep);
	if (h->count == HTTP_CONNECTIONS_MAX)
		evconnlistener_disable(h->listener);
	return bev;
}

/*
 * libevent: nothing can be accepted, for want of descriptors most likely.  Who
 * cannot be accepted would wake us without end.
 */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct timeval pause = { .tv_sec = PAUSE_S };
	struct http *h;

	(void)arg; /* the server's own */
	log_warn("metrics: cannot accept, pausing for %u s", PAUSE_S);
	TAILQ_FOREACH(h, &all, entry) {
		if (h->listener == listener && event_add(h->pause, &pause) == 0)
			evconnlistener_disable(listener);
	}
}

/* libevent: the pause is over. */
static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd;
	(void)what;
	if (h->count < HTTP_CONNECTIONS_MAX)
		evconnlistener_enable(h->listener);
}

static void
refuse_method(struct evhttp_request *request)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), "Allow",
	    "GET, HEAD");
	evhttp_send_reply(request, 405, "Method Not Allowed", NULL);
}

/* The server would send the body to HEAD as well. */
static void
send_page(struct evhttp_request *request, const struct http_page *page)
{
	char length[24];

	if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
		snprintf(length, sizeof(length), "%zu",
		    evbuffer_get_length(page->body));
		evhttp_add_header(evhttp_request_get_output_headers(request),
		    "Content-Length", length);
		evbuffer_drain(page->body, evbuffer_get_length(page->body));
	}
	evhttp_send_reply(request, page->code, NULL, page->body);
}

static bool
is_loopback(const struct prefix *address)
{
	static const struct prefix ipv4 = { .family = FAMILY_IPV4,
		.len = 8,
		.addr = { 127 } };
	static const struct prefix ipv6 = { .family = FAMILY_IPV6,
		.len = 128,
		.addr = { [15] = 1 } };

	return prefix_covers(&ipv4, address) || prefix_covers(&ipv6, address);
}

/* "192.0.2.1" or "[2001:db8::1]". */
static bool
is_address(const char *host)
{
	char text[PREFIX_STRLEN];
	struct prefix p;
	size_t len = strlen(host);

	if (host[0] != '[')
		return prefix_parse_address(&p, host) == PREFIX_OK;
	if (host[len - 1] != ']' || len - 2 >= sizeof(text))
		return false;
	memcpy(text, host + 1, len - 2);
	text[len - 2] = '\0';
	return prefix_parse_address(&p, text) == PREFIX_OK;
}

/*
 * A stranger's page in a browser of this machine can have its name lead to
 * loopback, and would then read what we serve there (DNS rebinding).  So no
 * name is answered there but localhost.  Elsewhere all are: whoever collects
 * metrics asks by the name that he knows us by.
 */
static bool
is_for_us(const struct http *h, struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *host = evhttp_request_get_host(request);

	if (!is_loopback(&h->at.address))
		return true;
	/* of "GET //localhost/" the server says that host, not whom it asks */
	if (evhttp_uri_get_host(uri) != NULL &&
	    evhttp_uri_get_scheme(uri) == NULL)
		return false;
	return host == NULL || strcasecmp(host, "localhost") == 0 ||
	    is_address(host);
}

static void
fill_page(const struct http *h, struct evhttp_request *request,
    struct http_page *page)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);

	if (!is_for_us(h, request)) {
		page->code = 403;
		evbuffer_add_printf(page->body,
		    "on loopback only an address or localhost is "
		    "answered\n");
	} else if (!h->parts.serve(h->parts.arg, evhttp_uri_get_path(uri),
		       evhttp_uri_get_query(uri), page)) {
		page->code = 404;
		evbuffer_add_printf(page->body, "not found\n");
	}
}

/* libevent: a whole request. */
static void
on_request(struct evhttp_request *request, void *arg)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct http_page page = { .code = 200,
		.type = "text/plain",
		.policy = "default-src 'none'" };

	evhttp_add_header(headers, "Connection", "close");
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	if (evhttp_request_get_command(request) != EVHTTP_REQ_GET &&
	    evhttp_request_get_command(request) != EVHTTP_REQ_HEAD) {
		refuse_method(request);
		return;
	}
	page.body = evbuffer_new();
	if (page.body == NULL) {
		evhttp_send_reply(request, 503, "Service Unavailable", NULL);
		return;
	}
	fill_page(arg, request, &page);
	evhttp_add_header(headers, "Content-Type", page.type);
	evhttp_add_header(headers, "Content-Security-Policy", page.policy);
	send_page(request, &page);
	evbuffer_free(page.body);
}

static socklen_t
fill_address(struct sockaddr_storage *ss, const struct config_listen *at)
{
	struct sockaddr_in *in = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (at->address.family == FAMILY_IPV4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(at->port);
		memcpy(&in->sin_addr, at->address.addr, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(at->port);
	in6->sin6_scope_id = if_nametoindex(at->interface);
	memcpy(&in6->sin6_addr, at->address.addr, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

/* The listener is the server's from then on. */
static int
listen_at(struct http *h)
{
	struct sockaddr_storage ss;
	socklen_t len = fill_address(&ss, &h->at);
	unsigned flags =
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;

	if (ss.ss_family == AF_INET6)
		flags |= LEV_OPT_BIND_IPV6ONLY;
	h->listener = evconnlistener_new_bind(h->parts.base, NULL, NULL, flags,
	    BACKLOG, (const struct sockaddr *)&ss, (int)len);
	if (h->listener == NULL)
		return -1;
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	if (evhttp_bind_listener(h->server, h->listener) != NULL)
		return 0;
	evconnlistener_free(h->listener);
	errno = ENOMEM;
	return -1;
}

/* What it takes, and no more. */
static int
set_up(struct http *h)
{
	h->meet = evtimer_new(h->parts.base, on_meet, h);
	h->sweep = event_new(h->parts.base, -1, EV_PERSIST, on_sweep, h);
	h->pause = evtimer_new(h->parts.base, on_pause_over, h);
	h->server = evhttp_new(h->parts.base);
	if (h->meet == NULL || h->sweep == NULL || h->pause == NULL ||
	    h->server == NULL) {
		errno = ENOMEM;
		return -1;
	}
	evhttp_set_timeout(h->server, IDLE_S);
	evhttp_set_max_headers_size(h->server, HEADERS_MAX);
	evhttp_set_max_body_size(h->server, BODY_MAX);
	/* those that libevent knows, to refuse all but two of them by 405 */
	evhttp_set_allowed_methods(h->server,
	    EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
		EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
		EVHTTP_REQ_PATCH);
	evhttp_set_bevcb(h->server, on_accepted, h);
	evhttp_set_gencb(h->server, on_request, h);
	return 0;
}

struct http *
http_new(const struct http_parts *parts, const struct config_listen *at)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->parts = *parts;
	h->at = *at;
	TAILQ_INSERT_HEAD(&all, h, entry);
	if (set_up(h) == 0 && listen_at(h) == 0)
		return h;
	http_free(h);
	return NULL;
}

bool
http_is_at(const struct http *h, const struct config_listen *at)
{
	return prefix_cmp(&h->at.address, &at->address) == 0 &&
	    strcmp(h->at.interface, at->interface) == 0 &&
	    h->at.port == at->port;
}

void
http_free(struct http *h)
{
	int saved = errno;

	if (h == NULL)
		return;
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		if (h->connections[i].bev != NULL)
			meet(h, &h->connections[i]);
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		if (h->connections[i].evcon != NULL)
			evhttp_connection_free(h->connections[i].evcon);
	if (h->server != NULL)
		evhttp_free(h->server); /* and the listener */
	if (h->meet != NULL)
		event_free(h->meet);
	if (h->sweep != NULL)
		event_free(h->sweep);
	if (h->pause != NULL)
		event_free(h->pause);
	TAILQ_REMOVE(&all, h, entry);
	free(h);
	errno = saved;
}
