/*
 * A page of many victims takes a while to make, and whoever may connect may
 * ask for it without end.  So a page is served again for ten times as long as
 * it took, and nobody gets more than a tenth of our time.  One that varies with
 * its query is not kept: for that time, which is short since it is bounded by
 * itself, nobody gets any.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#include "health.h"
#include "method.h"
#include "metrics.h"
#include "pages.h"
#include "speaker_health.h"
#include "status_page.h"

#define KEPT_FACTOR 10
#define BUSY_MAX_MS 200

/* A page that took long to make. */
struct kept {
	struct http_page page; /* body NULL: none */
	int64_t until_ms;
};

typedef void make_page(const struct method_env *env, const char *query,
    struct http_page *page);
static make_page make_metrics, make_healthz;

static const struct {
	const char *path;
	make_page *make;
	bool varies; /* with its query */
} routes[] = {
	{ "/metrics", make_metrics, false },
	{ "/healthz", make_healthz, false },
	{ "/", status_page, false },
	{ "/status.json", status_page_status, false },
	{ "/victims.json", status_page_victims, true },
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))

struct pages {
	const struct method_env *env;
	struct kept kept[ROUTES];
};

struct pages *
pages_new(const struct method_env *env)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (p != NULL)
		p->env = env;
	return p;
}

static void
drop(struct kept *kept)
{
	if (kept->page.body != NULL)
		evbuffer_free(kept->page.body);
	*kept = (struct kept){ 0 };
}

void
pages_free(struct pages *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < ROUTES; i++)
		drop(&p->kept[i]);
	free(p);
}

static void
make_metrics(const struct method_env *env, const char *query,
    struct http_page *page)
{
	(void)query;
	page->type = METRICS_TYPE;
	if (metrics_print(env->metrics, env, page->body) == -1)
		page->code = 503;
}

/* What is critical, in the words of `rtbh-ctl check`. */
static void
make_healthz(const struct method_env *env, const char *query,
    struct http_page *page)
{
	struct health h;
	const char *between = "RTBH CRITICAL - ";

	(void)query;
	page->type = "text/plain; charset=utf-8";
	speaker_health(env, &h);
	if (h.verdict != HEALTH_CRITICAL) {
		evbuffer_add_printf(page->body, "ok\n");
		return;
	}
	page->code = 503;
	for (size_t i = 0; i < h.problem_count; i++) {
		if (h.problems[i].verdict != HEALTH_CRITICAL)
			continue;
		evbuffer_add_printf(page->body, "%s%s", between,
		    h.problems[i].text);
		between = "; ";
	}
	evbuffer_add_printf(page->body, "\n");
}

/* Without memory it is not kept, and made anew the next time. */
static void
keep(struct kept *kept, const struct http_page *page, int64_t until_ms)
{
	size_t len = evbuffer_get_length(page->body);

	drop(kept);
	kept->page = *page;
	kept->page.body = evbuffer_new();
	kept->until_ms = until_ms;
	if (kept->page.body != NULL &&
	    evbuffer_add(kept->page.body, evbuffer_pullup(page->body, -1),
		len) == -1)
		drop(kept);
}

static void
serve_kept(const struct kept *kept, struct http_page *page)
{
	page->code = kept->page.code;
	page->type = kept->page.type;
	page->policy = kept->page.policy;
	evbuffer_add(page->body, evbuffer_pullup(kept->page.body, -1),
	    evbuffer_get_length(kept->page.body));
}

static void
serve_busy(struct http_page *page)
{
	page->code = 503;
	evbuffer_add_printf(page->body, "busy: ask again in a moment\n");
}

static void
serve(struct pages *p, size_t route, const char *query, struct http_page *page)
{
	struct kept *kept = &p->kept[route];
	int64_t began_ms = clock_now_ms(), made_ms, rest_ms;
	bool rests = began_ms < kept->until_ms;

	if (rests && kept->page.body != NULL) {
		serve_kept(kept, page);
		return;
	}
	if (rests && routes[route].varies) {
		serve_busy(page);
		return;
	}
	routes[route].make(p->env, query, page);
	made_ms = clock_now_ms();
	rest_ms = (made_ms - began_ms) * KEPT_FACTOR;
	if (routes[route].varies)
		kept->until_ms =
		    made_ms + (rest_ms < BUSY_MAX_MS ? rest_ms : BUSY_MAX_MS);
	else if (rest_ms > 0)
		keep(kept, page, made_ms + rest_ms);
}

bool
pages_serve(void *arg, const char *path, const char *query,
    struct http_page *page)
{
	for (size_t i = 0; i < ROUTES; i++) {
		if (path != NULL && strcmp(routes[i].path, path) == 0) {
			serve(arg, i, query, page);
			return true;
		}
	}
	return false;
}
