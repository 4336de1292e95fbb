/*
 * What a method leaves behind besides its result: lines in the history, what
 * the answer is to wait for, and nothing at all when memory runs out.
 */
#include "method_stage.h"

#define P1 "{'prefix':'203.0.113.1'}"

/* Each that blackhole.c does not see; who only tried leaves no trace. */
static void
test_refusals_in_the_history(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	stage_run(&s, &s.viewer, "victim.add", P1);
	stage_run(&s, &s.viewer, "victim.add", "{'prefix':'nowhere'}");
	stage_run(&s, &s.viewer, "victim.flush", "{}");
	stage_run(&s, &s.ground.detector, "victim.add",
	    "{'prefix':'203.0.113.2','owner':'noc'}");
	stage_run(&s, &s.ground.detector, "victim.add",
	    "{'prefix':'203.0.113.3/24'}");
	stage_run(&s, &s.ground.detector, "victim.add",
	    "{'prefix':'203.0.113.4','owner':'noc','dry_run':true}");
	stage_run(&s, &s.ground.operator, "daemon.freeze", "{'frozen':true}");
	stage_run(&s, &s.ground.detector, "victim.add_many",
	    "{'victims':['203.0.113.5','203.0.113.6']}");
	stage_run(&s, &s.ground.operator, "victim.add_many",
	    "{'victims':['203.0.113.7/24']}");
	check_history(&s.ground,
	    "refused 203.0.113.1/32 grafana by grafana: user grafana is a "
	    "viewer and may not use victim.add\n"
	    "refused 203.0.113.2/32 noc by fastnetmon: user fastnetmon is a "
	    "detector and may not name the owner noc\n"
	    "refused 203.0.113.0/24 fastnetmon by fastnetmon: 203.0.113.3/24 "
	    "has host bits set: give 203.0.113.3 for the address, or "
	    "203.0.113.0/24 for the net\n"
	    "refused 203.0.113.5/32 fastnetmon by fastnetmon: noc has frozen "
	    "the daemon: until that ends only operators change victims\n"
	    "refused 203.0.113.0/24 noc by noc: 203.0.113.7/24 has host bits "
	    "set: give 203.0.113.7 for the address, or 203.0.113.0/24 for "
	    "the net\n");
	stage_fini(&s);
}

/* What the answer asks the keeper, and what the client subscribes to. */
static void
test_calls(void **state)
{
	int64_t hour_ago_ms = clock_wall_ms() - HOUR_MS;
	const struct history_query *q;
	struct stage s;

	(void)state;
	stage_init(&s);
	q = &s.call.query;
	stage_run(&s, &s.viewer, "history.list",
	    "{'prefix':'203.0.113.0/24','since':3600,'limit':5,'after':7}");
	assert_true(s.call.asks && q->has_prefix);
	assert_int_equal(q->prefix.len, 24);
	assert_int_equal(q->limit, 5);
	assert_int_equal(q->after_id, 7);
	assert_int_equal(q->since_wall_ms, hour_ago_ms);
	stage_run(&s, &s.viewer, "history.list",
	    "{'since':'2026-11-22T10:00:00.5Z'}");
	assert_false(q->has_prefix);
	assert_string_equal(q->owner, "");
	assert_int_equal(q->since_wall_ms, FAKE_EPOCH_MS + 500);
	assert_int_equal(q->limit, CTL_LIMIT_DEFAULT);
	stage_run(&s, &s.viewer, "events.subscribe",
	    "{'types':['victim.added','neighbor.up'],'snapshot':true}");
	assert_true(s.call.subscribe.wanted && s.call.subscribe.snapshot);
	assert_int_equal(s.call.subscribe.types,
	    FEED_BIT(FEED_VICTIM_ADDED) | FEED_BIT(FEED_NEIGHBOR_UP));
	stage_run(&s, &s.viewer, "events.subscribe", "{}");
	assert_int_equal(s.call.subscribe.types, FEED_ALL);
	assert_false(s.call.subscribe.snapshot);
	stage_fini(&s);
}

/* JSON gets no memory from this allocation on; -1: it gets all. */
static int allocations_left = -1;

static void *
allocate(size_t size)
{
	if (allocations_left == 0)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	return malloc(size);
}

static const struct {
	const char *method, *params;
} hungry[] = {
	{ "victim.add", "{'prefix':'203.0.113.2','wait':'sent'}" },
	{ "victim.add", "{'prefix':'203.0.113.3','dry_run':true}" },
	{ "victim.add", "{'prefix':'192.0.2.1','dry_run':true}" },
	{ "victim.withdraw", "{'prefix':'203.0.113.1','dry_run':true}" },
	{ "victim.add_many",
	    "{'victims':['203.0.113.2','192.0.2.1'],'wait':'sent'}" },
	{ "victim.sync",
	    "{'owner':'d','victims':['203.0.113.2'],'generation':0}" },
	{ "victim.list", "{}" },
	{ "exemption.add", "{'prefix':'203.0.113.9','ttl':60}" },
	{ "exemption.list", "{}" },
	{ "history.list", "{}" },
	{ "neighbor.list", "{}" },
	{ "neighbor.disable", "{'name':'a'}" },
	{ "daemon.status", "{}" },
	{ "daemon.freeze", "{'frozen':false}" },
	{ "events.subscribe", "{}" },
};

/* Gives whether there was memory enough. */
static bool
run_hungry(struct stage *s, size_t i, int allocations)
{
	struct method_call call = { .env = &s->env,
		.caller = &s->ground.operator,
		.bucket = & s->bucket,
		.now_ms = clock_now_ms() };
	json_t *params = stage_json(hungry[i].params);
	bool enough;
	int rc;

	allocations_left = allocations;
	rc = method_run(&call, hungry[i].method, params);
	while (rc == 1)
		rc = method_go_on(&call);
	enough = allocations_left > 0;
	allocations_left = -1;
	if (rc == 0) {
		assert_true(call.result != NULL || call.text.len > 0);
	} else {
		assert_null(call.result);
		assert_true(call.error.message[0] != '\0');
	}
	method_call_fini(&call);
	json_decref(params);
	return enough;
}

/* Each allocation of a result fails in its turn: nothing breaks or leaks. */
static void
test_without_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(hungry); i++) {
		struct stage s;
		int n = 0;

		hex_case(hungry[i].method);
		stage_init(&s);
		stage_run(&s, &s.ground.operator, "victim.add", P1);
		json_set_alloc_funcs(allocate, free);
		while (!run_hungry(&s, i, n))
			n++;
		json_set_alloc_funcs(malloc, free);
		assert_true(n > 0);
		stage_fini(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals_in_the_history),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
