#ifndef HTTP_H
#define HTTP_H

/*
 * The HTTP listener: answers GET and HEAD of what is only read, a request a
 * connection, and is bounded in all that a stranger may take of it.
 */

#include <event2/buffer.h>
#include <event2/event.h>

struct config_listen;

/* An answer; body is there for writing to. */
struct http_page {
	int code;	  /* 200 unless set otherwise */
	const char *type; /* its Content-Type; static text */
	/* What a browser may load for it; static text; else: nothing. */
	const char *policy;
	struct evbuffer *body;
};

struct http_parts {
	struct event_base *base;
	/*
	 * Fills the page of that path; query is what stands behind a question
	 * mark, still encoded, or NULL.  false: there is no such page.
	 */
	bool (*serve)(void *arg, const char *path, const char *query,
	    struct http_page *page);
	void *arg;
};

#define HTTP_CONNECTIONS_MAX 32

struct http;

/* NULL with errno when it cannot listen there. */
struct http *http_new(const struct http_parts *parts,
    const struct config_listen *at);
bool http_is_at(const struct http *h, const struct config_listen *at);
void http_free(struct http *h); /* NULL is fine; ends its connections */

#endif
