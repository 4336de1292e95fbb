/*
 * Many changes of one request: each by itself, all in one commit, and in time
 * that grows with their number only.
 */
#include "method_stage.h"

#define P1_OBJECT "{'prefix':'203.0.113.1'}"

static void
expect(struct stage *s, const struct caller *caller, const char *method,
    const char *params, const char *expected)
{
	hex_case(params);
	stage_run(s, caller, method, params);
	stage_expect(s, expected);
}

static void
test_add_many(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.operator, "victim.add_many",
	    "{'victims':['203.0.113.1',"
	    "{'prefix':'203.0.113.2','ttl':60,'reason':'two'},"
	    "{'prefix':'203.0.113.3','permanent':true},"
	    "'203.0.113.1','192.0.2.1','203.0.113.4/24'],"
	    "'ttl':'2h','reason':'all','neighbors':['b']}",
	    "{'added':3,'refreshed':1,'refused':["
	    "{'prefix':'192.0.2.1/32','reason':'not-ours','message':'");
	stage_expect(&s,
	    "{'prefix':'203.0.113.4/24','reason':'host-bits','message':'");
	stage_expect(&s, "'}],'stored':true,'waited':'stored'}}");
	expect(&s, &s.viewer, "victim.get", P1_OBJECT,
	    "'claims':[{'owner':'noc','reason':'all',");
	stage_expect(&s, "'remaining':7200,'neighbors':['b']}]");
	expect(&s, &s.viewer, "victim.get", "{'prefix':'203.0.113.2'}",
	    "'reason':'two',");
	stage_expect(&s, "'remaining':60,");
	expect(&s, &s.viewer, "victim.get", "{'prefix':'203.0.113.3'}",
	    "'remaining':null,");
	assert_int_equal(s.ground.commits, 1);
	expect(&s, &s.ground.operator, "victim.add_many",
	    "{'victims':['192.0.2.1']}",
	    "'message':'192.0.2.1/32 lies outside every aggregate of the "
	    "configuration'}],'stored':true,'waited':'stored'}}");
	stage_fini(&s);
}

/* One bad element, and nothing is carried out. */
static void
test_all_are_checked_first(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.operator, "victim.add_many",
	    "{'victims':['203.0.113.1',{'prefix':'203.0.113.2','ttl':'x'}]}",
	    "-32602,'message':'victims[1]: ttl 'x' is no duration");
	expect(&s, &s.ground.operator, "victim.withdraw_many",
	    "{'prefixes':['203.0.113.1',7]}",
	    "-32602,'message':'prefixes[1]: prefix 7 is no string'");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'noc','victims':[{}]}",
	    "-32602,'message':'victims[0]: prefix is missing'");
	expect(&s, &s.ground.operator, "victim.sync", "{'victims':[]}",
	    "-32602,'message':'owner is missing'");
	assert_int_equal(count(&s.ground), 0);
	stage_fini(&s);
}

static void
test_withdraw_many(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.operator, "victim.add_many",
	    "{'victims':['203.0.113.1','203.0.113.2','203.0.113.3']}",
	    "'added':3");
	expect(&s, &s.ground.operator, "victim.add",
	    "{'prefix':'203.0.113.2','owner':'else'}", "added");
	expect(&s, &s.ground.operator, "victim.withdraw_many",
	    "{'prefixes':['203.0.113.1','203.0.113.1','203.0.113.2'],"
	    "'dry_run':true}",
	    "{'withdrawn':2,'claims_left':1,'held':0,'refused':[],"
	    "'stored':false,'waited':'stored'}");
	assert_int_equal(count(&s.ground), 3);
	expect(&s, &s.ground.operator, "victim.withdraw_many",
	    "{'prefixes':['203.0.113.1','203.0.113.1','203.0.113.2'],"
	    "'wait':'delivered'}",
	    "{'withdrawn':1,'claims_left':1,'held':0,'refused':["
	    "{'prefix':'203.0.113.1/32','reason':'unknown-victim',");
	expect(&s, &s.ground.operator, "victim.withdraw_many",
	    "{'prefixes':['203.0.113.2','203.0.113.3'],'all_owners':true}",
	    "{'withdrawn':2,'claims_left':0,'held':0,'refused':[],"
	    "'stored':true,'waited':'stored'}");
	assert_int_equal(count(&s.ground), 0);
	stage_fini(&s);
}

static void
test_dry_run(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.detector, "victim.add_many",
	    "{'victims':['203.0.113.1','192.0.2.1'],'dry_run':true}",
	    "{'added':1,'refreshed':0,'refused':[{'prefix':'192.0.2.1/32',");
	expect(&s, &s.ground.detector, "victim.sync",
	    "{'owner':'fastnetmon','victims':['203.0.113.1'],'generation':5,"
	    "'dry_run':true}",
	    "{'added':1,'refreshed':0,'withdrawn':0,'claims_left':0,'held':0,"
	    "'refused':[],'stored':false,'waited':'stored'}");
	assert_int_equal(count(&s.ground), 0);
	assert_int_equal(s.ground.settings.generation_count, 0);
	stage_fini(&s);
}

static void
test_flush(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.operator, "victim.add_many",
	    "{'victims':['203.0.113.1','203.0.113.2','203.0.113.9']}",
	    "'added':3");
	expect(&s, &s.ground.detector, "victim.add", P1_OBJECT, "added");
	expect(&s, &s.ground.operator, "victim.flush",
	    "{'prefix':'203.0.113.0/29','owner':'fastnetmon'}",
	    "{'withdrawn':0,'claims_left':1,'held':0,'refused':[],");
	expect(&s, &s.ground.operator, "victim.flush",
	    "{'prefix':'203.0.113.0/29','reason':'over'}", "{'withdrawn':2,");
	expect(&s, &s.ground.operator, "victim.flush", "{}",
	    "{'withdrawn':1,'claims_left':0,'held':0,'refused':[],"
	    "'stored':true,");
	assert_int_equal(count(&s.ground), 0);
	expect(&s, &s.ground.operator, "victim.flush", "{}",
	    "{'withdrawn':0,'claims_left':0,'held':0,'refused':[],"
	    "'stored':true,'waited':'stored'}");
	stage_fini(&s);
}

/* An operator's word ends a hold as well. */
static void
test_flush_of_held(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	s.ground.config.blackhole.hold_down.min_s = 60;
	s.ground.config.blackhole.hold_down.max_s = 60;
	expect(&s, &s.ground.detector, "victim.add", P1_OBJECT, "added");
	expect(&s, &s.ground.detector, "victim.withdraw", P1_OBJECT, "held");
	expect(&s, &s.ground.operator, "victim.flush", "{}",
	    "{'withdrawn':1,'claims_left':0,'held':0,");
	assert_int_equal(count(&s.ground), 0);
	stage_fini(&s);
}

static void
test_sync(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.operator, "victim.add",
	    "{'prefix':'203.0.113.9','owner':'else'}", "added");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['203.0.113.1','203.0.113.2']}",
	    "{'added':2,'refreshed':0,'withdrawn':0,'claims_left':0,'held':0,"
	    "'refused':[],'stored':true,'waited':'stored'}");
	s.ground.commits = 0;
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['203.0.113.2','203.0.113.3',"
	    "'203.0.113.9'],'generation':1}",
	    "{'added':2,'refreshed':1,'withdrawn':1,'claims_left':0,");
	assert_int_equal(s.ground.commits, 1);
	assert_null(find(&s.ground, ONE));
	assert_int_equal(find(&s.ground, "203.0.113.9")->claim_count, 2);
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':[]}",
	    "{'added':0,'refreshed':0,'withdrawn':2,'claims_left':1,");
	assert_int_equal(count(&s.ground), 1);
	stage_fini(&s);
}

/* A refusal is no word that the address is well again. */
static void
test_sync_keeps_what_it_refuses(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['203.0.113.1','203.0.113.2',"
	    "'203.0.113.3']}",
	    "'added':3");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':[{'prefix':'203.0.113.1','ttl':100000},"
	    "'203.0.113.2/24']}",
	    "{'added':0,'refreshed':0,'withdrawn':1,'claims_left':0,'held':0,"
	    "'refused':[{'prefix':'203.0.113.1/32','reason':'ttl-too-long',");
	assert_non_null(find(&s.ground, ONE));
	assert_non_null(find(&s.ground, TWO));
	stage_fini(&s);
}

static void
test_generations(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['203.0.113.1'],'generation':7}",
	    "'added':1");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':[],'generation':7}",
	    "'data':{'reason':'stale-generation','generation':7}");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':[],'generation':6}",
	    "generation 6 of d is not above the last one, 7");
	assert_non_null(find(&s.ground, ONE));
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'e','victims':[],'generation':0}", "'stored':true");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':[],'generation':8}", "'withdrawn':1");
	stage_fini(&s);
}

static void
test_mass_withdrawal(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	s.ground.config.blackhole.max_victims = 100;
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['203.0.113.1','203.0.113.2',"
	    "'203.0.113.3','203.0.113.4','203.0.113.5','203.0.113.6',"
	    "'203.0.113.7','203.0.113.8','203.0.113.9','203.0.113.10',"
	    "'203.0.113.11']}",
	    "'added':11");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['192.0.2.1'],'generation':1}",
	    "this would withdraw 11 of the 11 victims of d, more than "
	    "max_withdraw, 10: name a greater one if that is meant','data':"
	    "{'reason':'mass-withdrawal'}");
	assert_int_equal(s.ground.settings.generation_count, 0);
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['203.0.113.1'],'max_withdraw':9}",
	    "'reason':'mass-withdrawal'");
	assert_int_equal(count(&s.ground), 11);
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':['203.0.113.1']}", "'withdrawn':10");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':[],'max_withdraw':0}",
	    "'reason':'mass-withdrawal'");
	stage_fini(&s);
}

/* A detector's own withdrawals wait; a held one is not withdrawn again. */
static void
test_sync_holds(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	s.ground.config.blackhole.hold_down.min_s = 60;
	s.ground.config.blackhole.hold_down.max_s = 60;
	expect(&s, &s.ground.detector, "victim.sync",
	    "{'owner':'fastnetmon','victims':['203.0.113.1']}", "'added':1");
	expect(&s, &s.ground.detector, "victim.sync",
	    "{'owner':'fastnetmon','victims':[]}",
	    "'withdrawn':0,'claims_left':0,'held':1,");
	expect(&s, &s.ground.detector, "victim.sync",
	    "{'owner':'fastnetmon','victims':[]}",
	    "'withdrawn':0,'claims_left':0,'held':0,");
	expect(&s, &s.ground.detector, "victim.sync",
	    "{'owner':'fastnetmon','victims':['203.0.113.1']}", "'added':1");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'fastnetmon','victims':[],'hold':true}", "'held':1,");
	stage_fini(&s);
}

/* What the detector's sync took from the bucket of its user, in changes. */
static void
expect_taken(struct stage *s, const char *params, const char *expected,
    int64_t taken)
{
	int64_t level_milli = s->bucket.level_milli;

	expect(s, &s->ground.detector, "victim.sync", params, expected);
	assert_int_equal(level_milli - s->bucket.level_milli, taken * 1000);
}

/* Each change is one; to have looked at all victims for none is one as well. */
static void
test_sync_is_charged(void **state)
{
	static const struct {
		const char *params, *expected;
		int64_t taken;
	} cases[] = {
		{ "'victims':[]", "'added':0,'refreshed':0,'withdrawn':0,", 1 },
		{ "'victims':['192.0.2.1','203.0.113.1/24']",
		    "'withdrawn':0,'claims_left':0,'held':0,'refused':[{", 1 },
		{ "'victims':[],'generation':1", "'withdrawn':0,", 1 },
		{ "'victims':['203.0.113.1'],'dry_run':true", "'added':1,", 0 },
		{ "'victims':[],'dry_run':true", "'withdrawn':0,", 0 },
		{ "'victims':['203.0.113.1','203.0.113.2','192.0.2.1']",
		    "'added':2,'refreshed':0,'withdrawn':0,", 2 },
		{ "'victims':['203.0.113.1','203.0.113.3']",
		    "'added':1,'refreshed':1,'withdrawn':1,", 3 },
		{ "'victims':['203.0.113.1'],'generation':2",
		    "'added':0,'refreshed':1,'withdrawn':1,", 3 },
		{ "'victims':[],'dry_run':true", "'withdrawn':1,", 0 },
		{ "'victims':[]", "'withdrawn':1,", 1 },
	};
	struct stage s;
	char params[256];

	(void)state;
	stage_init(&s);
	s.ground.rule.rate = 100;
	access_bucket_init(&s.bucket, s.ground.rule.rate, clock_now_ms());
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(params, sizeof(params), "{'owner':'fastnetmon',%s}",
		    cases[i].params);
		expect_taken(&s, params, cases[i].expected, cases[i].taken);
	}
	stage_fini(&s);
}

/* So one that asks for nothing again and again comes to its end, too. */
static void
test_sync_of_nothing_has_a_rate(void **state)
{
	static const char nothing[] = "{'owner':'fastnetmon','victims':[]}";
	struct stage s;

	(void)state;
	stage_init(&s);
	s.ground.rule.rate = 1;
	access_bucket_init(&s.bucket, s.ground.rule.rate, clock_now_ms());
	for (int i = 0; i < 10; i++)
		expect_taken(&s, nothing, "'withdrawn':0,", 1);
	expect_taken(&s, nothing, "'reason':'rate'", 0);
	fake_now_ms += 1000;
	expect(&s, &s.ground.detector, "victim.sync", nothing,
	    "'withdrawn':0,");
	stage_fini(&s);
}

/* state.on-failure is refuse: all of it, or nothing. */
static void
test_stored_first(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	s.ground.config.state.on_failure = ON_FAILURE_REFUSE;
	expect(&s, &s.ground.operator, "victim.add", P1_OBJECT,
	    "{'outcome':'added','until':null,'victim':{'prefix':"
	    "'203.0.113.1/32',");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'noc','victims':['203.0.113.2','203.0.113.3']}",
	    "{'added':2,'refreshed':0,'withdrawn':1,'claims_left':0,'held':0,"
	    "'refused':[],'stored':true,");
	assert_int_equal(count(&s.ground), 2);
	pending_set_link(s.ground.pending, NULL);
	expect(&s, &s.ground.operator, "victim.add_many",
	    "{'victims':['203.0.113.4','203.0.113.5']}",
	    "'data':{'reason':'storage'}");
	expect(&s, &s.ground.operator, "victim.withdraw_many",
	    "{'prefixes':['203.0.113.2','203.0.113.3']}",
	    "'data':{'reason':'storage'}");
	assert_int_equal(count(&s.ground), 2);
	stage_fini(&s);
}

/* One that was refused is asked for again with the same generation. */
static void
test_generation_is_stored_first(void **state)
{
	static const char sync7[] =
	    "{'owner':'d','victims':['203.0.113.1'],'generation':7}";
	struct stage s;

	(void)state;
	stage_init(&s);
	s.ground.config.state.on_failure = ON_FAILURE_REFUSE;
	s.ground.fails = "disk full";
	for (int i = 0; i < 2; i++)
		expect(&s, &s.ground.operator, "victim.sync", sync7,
		    "'data':{'reason':'storage'}");
	expect(&s, &s.ground.operator, "victim.sync",
	    "{'owner':'d','victims':[],'generation':8}",
	    "'data':{'reason':'storage'}");
	s.ground.fails = NULL;
	fake_pass(s.ground.base, 1000);
	expect(&s, &s.ground.operator, "victim.sync", sync7, "'added':1,");
	expect(&s, &s.ground.operator, "victim.sync", sync7,
	    "'reason':'stale-generation','generation':7}");
	stage_fini(&s);
}

static json_t *
numbered(const char *key, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		char text[64];

		snprintf(text, sizeof(text), "10.%zu.%zu.%zu", i >> 16,
		    i >> 8 & 255, i & 255);
		assert_int_equal(json_array_append_new(array,
				     json_string(text)),
		    0);
	}
	return json_pack("{s:o}", key, array);
}

/* As many as one request may name: each of these is one commit. */
static void
test_a_hundred_thousand(void **state)
{
	struct prefix ten = given_prefix("10.0.0.0/8");
	struct caller quiet;
	json_t *params;
	struct stage s;

	(void)state;
	stage_init(&s);
	quiet = s.ground.operator;
	s.ground.config.aggregates.items = &ten;
	s.ground.config.blackhole.max_victims = CTL_MANY_MAX;
	stage_run_json(&s, &quiet, "victim.add_many",
	    numbered("victims", CTL_MANY_MAX));
	stage_expect(&s, "{'added':100000,'refreshed':0,'refused':[],");
	assert_int_equal(count(&s.ground), CTL_MANY_MAX);
	params = numbered("victims", CTL_MANY_MAX - 10);
	json_object_set_new(params, "owner", json_string("noc"));
	stage_run_json(&s, &quiet, "victim.sync", params);
	stage_expect(&s, "{'added':0,'refreshed':99990,'withdrawn':10,");
	stage_run_json(&s, &quiet, "victim.withdraw_many",
	    numbered("prefixes", CTL_MANY_MAX));
	stage_expect(&s, "{'withdrawn':99990,'claims_left':0,'held':0,");
	assert_int_equal(count(&s.ground), 0);
	stage_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_many),
		cmocka_unit_test(test_all_are_checked_first),
		cmocka_unit_test(test_withdraw_many),
		cmocka_unit_test(test_dry_run),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_flush_of_held),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_sync_keeps_what_it_refuses),
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_mass_withdrawal),
		cmocka_unit_test(test_sync_holds),
		cmocka_unit_test(test_sync_is_charged),
		cmocka_unit_test(test_sync_of_nothing_has_a_rate),
		cmocka_unit_test(test_stored_first),
		cmocka_unit_test(test_generation_is_stored_first),
		cmocka_unit_test(test_a_hundred_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
