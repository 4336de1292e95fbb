/*
 * The pages and how long one is kept.  What they tell is given here, and so is
 * the clock, so that one can take long to make: this file stands in for
 * metrics_page.c, speaker_health.c and the status page.
 */
#include "fake_clock.h"

#include "health.h"
#include "method.h"
#include "metrics.h"
#include "pages.h"
#include "speaker_health.h"
#include "status_page.h"

static int64_t takes_ms;
static unsigned made; /* pages */
static bool no_memory;
static struct health health;

int
metrics_print(const struct metrics *m, const struct method_env *env,
    struct evbuffer *out)
{
	(void)m;
	(void)env;
	fake_now_ms += takes_ms;
	evbuffer_add_printf(out, "page %u", ++made);
	return no_memory ? -1 : 0;
}

void
speaker_health(const struct method_env *env, struct health *h)
{
	(void)env;
	*h = health;
}

void
status_page(const struct method_env *env, const char *query,
    struct http_page *page)
{
	(void)env;
	(void)query;
	(void)page;
}

void
status_page_status(const struct method_env *env, const char *query,
    struct http_page *page)
{
	status_page(env, query, page);
}

void
status_page_victims(const struct method_env *env, const char *query,
    struct http_page *page)
{
	(void)env;
	(void)query;
	fake_now_ms += takes_ms;
	evbuffer_add_printf(page->body, "part %u", ++made);
}

static const struct method_env env;

static void
check_page(struct pages *p, const char *path, int code, const char *text)
{
	struct http_page page = { .code = 200,
		.type = "text/plain",
		.body = evbuffer_new() };
	char got[256] = "";

	assert_non_null(page.body);
	assert_true(pages_serve(p, path, NULL, &page));
	assert_int_equal(page.code, code);
	assert_non_null(page.type);
	evbuffer_remove(page.body, got, sizeof(got) - 1);
	assert_string_equal(got, text);
	evbuffer_free(page.body);
}

static void
test_kept(void **state)
{
	struct pages *p = pages_new(&env);

	(void)state;
	assert_non_null(p);
	made = 0;
	check_page(p, "/metrics", 200, "page 1");
	check_page(p, "/metrics", 200, "page 2");
	takes_ms = 20;
	check_page(p, "/metrics", 200, "page 3");
	check_page(p, "/metrics", 200, "page 3");
	fake_now_ms += 199;
	check_page(p, "/metrics", 200, "page 3");
	fake_now_ms += 1;
	no_memory = true;
	check_page(p, "/metrics", 503, "page 4");
	no_memory = false;
	check_page(p, "/metrics", 503, "page 4");
	takes_ms = 0;
	fake_now_ms += 200;
	check_page(p, "/metrics", 200, "page 5");
	check_page(p, "/metrics", 200, "page 6");
	pages_free(p);
	pages_free(NULL);
}

/* What varies with its query is not kept: nobody gets any for a while. */
static void
test_varies(void **state)
{
	struct pages *p = pages_new(&env);

	(void)state;
	assert_non_null(p);
	made = 0;
	check_page(p, "/victims.json", 200, "part 1");
	check_page(p, "/victims.json", 200, "part 2");
	takes_ms = 3;
	check_page(p, "/victims.json", 200, "part 3");
	check_page(p, "/victims.json", 503, "busy: ask again in a moment\n");
	fake_now_ms += 29;
	check_page(p, "/victims.json", 503, "busy: ask again in a moment\n");
	check_page(p, "/metrics", 200, "page 4");
	fake_now_ms += 1;
	takes_ms = 0;
	check_page(p, "/victims.json", 200, "part 5");
	check_page(p, "/victims.json", 200, "part 6");
	/* the machine was busy with something else: that is not for long */
	takes_ms = 5000;
	check_page(p, "/victims.json", 200, "part 7");
	fake_now_ms += 199;
	check_page(p, "/victims.json", 503, "busy: ask again in a moment\n");
	fake_now_ms += 1;
	check_page(p, "/victims.json", 200, "part 8");
	pages_free(p);
}

static void
test_none(void **state)
{
	struct pages *p = pages_new(&env);
	struct http_page page = { .code = 200 };

	(void)state;
	assert_non_null(p);
	assert_false(pages_serve(p, "/metrics/", NULL, &page));
	assert_false(pages_serve(p, "", NULL, &page));
	assert_false(pages_serve(p, NULL, NULL, &page));
	pages_free(p);
}

static void
test_healthz(void **state)
{
	struct pages *p = pages_new(&env);

	(void)state;
	assert_non_null(p);
	health = (struct health){ .verdict = HEALTH_OK };
	check_page(p, "/healthz", 200, "ok\n");
	health.verdict = HEALTH_WARNING;
	health.problem_count = 1;
	health.problems[0].verdict = HEALTH_WARNING;
	check_page(p, "/healthz", 200, "ok\n");
	health = (struct health){ .verdict = HEALTH_CRITICAL,
		.problem_count = 3,
		.problems = { { HEALTH_CRITICAL, "one" },
		    { HEALTH_CRITICAL, "two" }, { HEALTH_WARNING, "three" } } };
	check_page(p, "/healthz", 503, "RTBH CRITICAL - one; two\n");
	pages_free(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_varies),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_healthz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
