/*
 * The page and its JSON over real parts without sockets.
 */
#include "method_stage.h"

#include "recent.h"
#include "status_page.h"

#define BESIDE "203.0.113.9/32"

typedef void make_page(const struct method_env *env, const char *query,
    struct http_page *page);

struct scene {
	struct stage stage;
	struct http_page page; /* the last */
	json_t *told;	       /* what it says, when it is JSON */
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	fake_now_ms = 1000000;
	stage_init(&s->stage);
	s->stage.ground.config.blackhole.max_victims = 200000;
	s->stage.env.recent = recent_new(fake_now_ms);
	assert_non_null(s->stage.env.recent);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	json_decref(s->told);
	recent_free(s->stage.env.recent);
	stage_fini(&s->stage);
	free(s);
	return 0;
}

/* The page's text goes to the caller. */
static char *
text_of(struct scene *s, make_page *make, const char *query)
{
	char *text;
	size_t len;

	s->page = (struct http_page){ .code = 200,
		.type = "text/plain",
		.policy = "",
		.body = evbuffer_new() };
	assert_non_null(s->page.body);
	make(&s->stage.env, query, &s->page);
	len = evbuffer_get_length(s->page.body);
	text = calloc(1, len + 1);
	assert_non_null(text);
	assert_int_equal(evbuffer_remove(s->page.body, text, len), len);
	evbuffer_free(s->page.body);
	return text;
}

static void
ask(struct scene *s, make_page *make, const char *query)
{
	char *text = text_of(s, make, query);

	assert_int_equal(s->page.code, 200);
	assert_string_equal(s->page.type, "application/json");
	json_decref(s->told);
	s->told = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(s->told);
	free(text);
}

/* What is told there, as JSON with ' for ". */
static void
expect(const struct scene *s, const char *member, const char *expected)
{
	json_t *got = json_object_get(s->told, member), *wanted;
	char text[2048];

	snprintf(text, sizeof(text), "[%s]", expected);
	wanted = stage_json(text);
	if (!json_equal(got, json_array_get(wanted, 0)))
		fail_msg("%s is %s", member,
		    json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY));
	json_decref(wanted);
}

/* The prefixes, with spaces between, and these are all. */
static void
check_part(struct scene *s, const char *query, const char *expected)
{
	char text[4096] = "";
	const json_t *victim;
	size_t i;

	ask(s, status_page_victims, query);
	json_array_foreach(json_object_get(s->told, "victims"), i, victim)
	{
		strlcat(text, i > 0 ? " " : "", sizeof(text));
		strlcat(text,
		    json_string_value(json_object_get(victim, "prefix")),
		    sizeof(text));
	}
	assert_string_equal(text, expected);
	assert_true(json_is_null(json_object_get(s->told, "next")));
}

static void
test_page(void **state)
{
	struct scene *s = *state;
	char *text = text_of(s, status_page, NULL);

	assert_int_equal(s->page.code, 200);
	assert_string_equal(s->page.type, "text/html; charset=utf-8");
	assert_memory_equal(text, "<!DOCTYPE html>\n", 16);
	assert_memory_equal(text + strlen(text) - 8, "</html>\n", 8);
	assert_non_null(strstr(s->page.policy, "script-src 'sha256-"));
	free(text);
}

static void
test_status(void **state)
{
	struct scene *s = *state;
	struct recent *recent = s->stage.env.recent;
	struct prefix one = given_prefix(ONE);

	add(&s->stage.ground, "noc", ONE, plain);
	recent_set_victims(recent, fake_now_ms, 1);
	recent_note(recent, fake_now_ms, FEED_VICTIM_ADDED, &one, "noc",
	    "a \"<b>\"");
	fake_now_ms += 5000;
	recent_note(recent, fake_now_ms, FEED_NEIGHBOR_DOWN, NULL, "a", NULL);
	ask(s, status_page_status, "is=ignored");
	expect(s, "version", "'1'");
	expect(s, "uptime", "5");
	expect(s, "frozen", "false");
	expect(s, "victims", "1");
	expect(s, "covered", "0");
	expect(s, "uncovered", "1");
	expect(s, "suppressed", "0");
	expect(s, "health",
	    "{'verdict':'critical','problems':['no session stands',"
	    "'203.0.113.1/32 is covered nowhere','2 neighbors are disabled: a, b']}");
	expect(s, "neighbors",
	    "[{'name':'a','description':'','address':'192.0.2.2',"
	    "'remote_as':0,'state':'disabled','age':5,'families':[{'name':'ipv4',"
	    "'announced':0,'limit':null,'over_limit':0}],'pending':0,"
	    "'flaps':0,'error':null},{'name':'b','description':'',"
	    "'address':'192.0.2.3','remote_as':0,'state':'disabled','age':5,"
	    "'families':[{'name':'ipv4','announced':0,'limit':null,"
	    "'over_limit':0}],'pending':0,'flaps':0,'error':null}]");
	expect(s, "events",
	    "[{'seq':2,'at':'2026-11-22T10:16:45.000Z','type':'neighbor.down',"
	    "'prefix':null,'who':'a','text':''},{'seq':1,"
	    "'at':'2026-11-22T10:16:40.000Z','type':'victim.added',"
	    "'prefix':'203.0.113.1/32','who':'noc','text':'a \\'<b>\\''}]");
	expect(s, "day", "{'step':300,'victims':[1]}");
}

static void
test_victim(void **state)
{
	struct wish wish = { .reason = "syn flood",
		.ttl_s = 60,
		.has_ttl = true };
	struct scene *s = *state;

	add(&s->stage.ground, "noc", ONE, wish);
	wish = (struct wish){ .reason = "", .permanent = true };
	add(&s->stage.ground, "soc", ONE, wish);
	fake_now_ms += 500;
	check_part(s, NULL, ONE);
	expect(s, "neighbors", "['a','b']");
	expect(s, "states",
	    "['down','off','over-limit','queued','sent','delivered']");
	expect(s, "victims",
	    "[{'prefix':'203.0.113.1/32','since':'2026-11-22T10:16:40.000Z',"
	    "'remaining':null,'held':false,'suppressed':null,'recurrences':0,"
	    "'claims':[{'owner':'noc','reason':'syn flood'},"
	    "{'owner':'soc','reason':''}],'standing':'00'}]");
	assert_int_equal(try_withdraw(&s->stage.ground, ONE, "soc"), 0);
	ask(s, status_page_victims, "");
	expect(s, "victims",
	    "[{'prefix':'203.0.113.1/32','since':'2026-11-22T10:16:40.000Z',"
	    "'remaining':60,'held':false,'suppressed':null,'recurrences':0,"
	    "'claims':[{'owner':'noc','reason':'syn flood'}],"
	    "'standing':'00'}]");
}

/* What is no longer allowed is at no neighbor, and says why. */
static void
test_suppressed(void **state)
{
	struct scene *s = *state;
	struct ground *g = &s->stage.ground;
	struct prefix never = given_prefix(ONE);

	add(g, "noc", ONE, plain);
	g->other_config = g->config;
	g->other_config.blackhole.never.items = &never;
	blackhole_set_config(g->blackhole, &g->other_config);
	ask(s, status_page_victims, "only=uncovered");
	expect(s, "victims",
	    "[{'prefix':'203.0.113.1/32','since':'2026-11-22T10:16:40.000Z',"
	    "'remaining':3600,'held':false,'suppressed':'protected',"
	    "'recurrences':0,'claims':[{'owner':'noc','reason':''}],"
	    "'standing':'11'}]");
}

static void
test_what_is_asked_for(void **state)
{
	static const struct {
		const char *query, *expected;
	} cases[] = {
		{ "", ONE " " TWO " " BESIDE },
		{ "after=203.0.113.1", TWO " " BESIDE },
		{ "after=203.0.113.2%2F32", BESIDE },
		{ "after=203.0.113.5/32", BESIDE },
		{ "after=203.0.113.9/32", "" },
		{ "after=2001:db8::", "" },
		{ "search=NoC", ONE },
		{ "search=113.2", TWO },
		{ "search=flood+of+udp", TWO },
		{ "search=%3Cb%3e", BESIDE },
		{ "search=soc&after=203.0.113.2", BESIDE },
		{ "search=nothing", "" },
		{ "search=", ONE " " TWO " " BESIDE },
		{ "only=uncovered&search=soc", TWO " " BESIDE },
	};
	struct wish udp = { .reason = "a Flood of UDP" };
	struct wish tag = { .reason = "<b>" };
	struct scene *s = *state;

	add(&s->stage.ground, "noc", ONE, plain);
	add(&s->stage.ground, "soc", TWO, udp);
	add(&s->stage.ground, "soc", BESIDE, tag);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].query);
		check_part(s, cases[i].query, cases[i].expected);
	}
}

static void
test_wrong_queries(void **state)
{
	static const char too_long[] =
	    "search=0123456789012345678901234567890123456789"
	    "0123456789012345678901234";
	static const char *const queries[] = { "after",
		"after=", "after=nowhere", "after=203.0.113.7/24",
		"only=", "only=all", "=", "other=1", too_long };
	struct scene *s = *state;

	for (size_t i = 0; i < HEX_COUNT(queries); i++) {
		char *text;

		hex_case(queries[i]);
		text = text_of(s, status_page_victims, queries[i]);
		assert_int_equal(s->page.code, 400);
		assert_string_equal(s->page.type, "text/plain");
		assert_true(strlen(text) > 1);
		free(text);
	}
}

/* 250 victims from 203.0.113.0 on. */
static void
add_many(struct scene *s)
{
	char prefix[24];

	for (int i = 0; i < 250; i++) {
		snprintf(prefix, sizeof(prefix), "203.0.113.%d", i);
		add(&s->stage.ground, "noc", prefix, plain);
	}
}

static void
check_many(struct scene *s, const char *query, size_t count, const char *next)
{
	ask(s, status_page_victims, query);
	assert_int_equal(json_array_size(json_object_get(s->told, "victims")),
	    count);
	if (next == NULL)
		assert_true(json_is_null(json_object_get(s->told, "next")));
	else
		assert_string_equal(json_string_value(
					json_object_get(s->told, "next")),
		    next);
}

static void
test_parts(void **state)
{
	struct scene *s = *state;

	add_many(s);
	check_many(s, NULL, 100, "203.0.113.99/32");
	check_many(s, "after=203.0.113.99", 100, "203.0.113.199/32");
	check_many(s, "after=203.0.113.199", 50, NULL);
	check_many(s, "search=203.0.113.2", 61, NULL);
}

/* The more neighbors there are, the less victims are in a part. */
static void
test_many_neighbors(void **state)
{
	struct neighbor *neighbors[1000];
	struct scene *s = *state;

	add_many(s);
	for (size_t i = 0; i < HEX_COUNT(neighbors); i++)
		neighbors[i] = s->stage.neighbors[i % 2];
	s->stage.env.neighbors = neighbors;
	s->stage.env.neighbor_count = HEX_COUNT(neighbors);
	check_many(s, NULL, 20, "203.0.113.19/32");
	/* here each look ends with the first neighbor */
	check_many(s, "only=uncovered", 20, "203.0.113.19/32");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_status, setup, teardown),
		cmocka_unit_test_setup_teardown(test_victim, setup, teardown),
		cmocka_unit_test_setup_teardown(test_suppressed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_what_is_asked_for, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_wrong_queries, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_neighbors, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
