/*
 * What is counted, and the text of /metrics over real parts without sockets.
 */
#include "method_stage.h"

#include "http.h"
#include "metrics.h"
#include "rpc.h"

struct scene {
	struct stage stage;
	char *text; /* of /metrics, with a line end before it */
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	stage_init(&s->stage);
	s->stage.env.metrics = metrics_new();
	assert_non_null(s->stage.env.metrics);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	metrics_free(s->stage.env.metrics);
	stage_fini(&s->stage);
	free(s->text);
	free(s);
	return 0;
}

static void
scrape(struct scene *s)
{
	struct evbuffer *out = evbuffer_new();
	size_t len;

	assert_non_null(out);
	evbuffer_add_printf(out, "\n");
	assert_int_equal(metrics_print(s->stage.env.metrics, &s->stage.env,
			     out),
	    0);
	len = evbuffer_get_length(out);
	free(s->text);
	s->text = calloc(1, len + 1);
	assert_non_null(s->text);
	assert_int_equal(evbuffer_remove(out, s->text, len), len);
	evbuffer_free(out);
}

/* A whole line is there, or is not. */
static bool
has_line(const struct scene *s, const char *line)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	return strstr(s->text, wanted) != NULL;
}

static void
expect(const struct scene *s, const char *line)
{
	if (!has_line(s, line))
		fail_msg("\"%s\" is not in %s", line, s->text);
}

/* Those of the contract; what else is there may be added to. */
static void
test_names(void **state)
{
	static const struct {
		const char *name, *type;
	} wanted[] = {
		{ "rtbh_build_info", "gauge" },
		{ "rtbh_victims", "gauge" },
		{ "rtbh_claims", "gauge" },
		{ "rtbh_victims_uncovered", "gauge" },
		{ "rtbh_victims_suppressed", "gauge" },
		{ "rtbh_neighbor_up", "gauge" },
		{ "rtbh_neighbor_announced_prefixes", "gauge" },
		{ "rtbh_neighbor_prefix_limit", "gauge" },
		{ "rtbh_neighbor_pending_prefixes", "gauge" },
		{ "rtbh_neighbor_flaps_total", "counter" },
		{ "rtbh_bgp_messages_total", "counter" },
		{ "rtbh_neighbor_received_prefixes_total", "counter" },
		{ "rtbh_requests_total", "counter" },
		{ "rtbh_delivery_seconds", "histogram" },
		{ "rtbh_commit_seconds", "histogram" },
		{ "rtbh_storage_up", "gauge" },
		{ "rtbh_frozen", "gauge" },
		{ "rtbh_log_lines_dropped_total", "counter" },
		{ "rtbh_config_last_reload_success", "gauge" },
		{ "rtbh_config_last_reload_success_timestamp_seconds",
		    "gauge" },
		{ "process_cpu_seconds_total", "counter" },
		{ "process_start_time_seconds", "gauge" },
		{ "process_virtual_memory_bytes", "gauge" },
		{ "process_resident_memory_bytes", "gauge" },
		{ "process_max_fds", "gauge" },
		{ "process_open_fds", "gauge" },
	};
	struct scene *s = *state;
	char line[128];

	scrape(s);
	for (size_t i = 0; i < HEX_COUNT(wanted); i++) {
		snprintf(line, sizeof(line), "# TYPE %s %s", wanted[i].name,
		    wanted[i].type);
		expect(s, line);
		snprintf(line, sizeof(line), "\n# HELP %s ", wanted[i].name);
		assert_non_null(strstr(s->text, line));
	}
}

static void
test_victims(void **state)
{
	struct scene *s = *state;

	add(&s->stage.ground, "noc", ONE, plain);
	add(&s->stage.ground, "fastnetmon", ONE, plain);
	add(&s->stage.ground, "noc", TWO, plain);
	scrape(s);
	expect(s, "rtbh_build_info{version=\"1\"} 1");
	expect(s, "rtbh_victims 2");
	expect(s, "rtbh_claims{owner=\"fastnetmon\"} 1");
	expect(s, "rtbh_claims{owner=\"noc\"} 2");
	expect(s, "rtbh_victims_uncovered 2");
	expect(s, "rtbh_victims_nowhere 2");
	expect(s, "rtbh_victims_suppressed 0");
	expect(s, "rtbh_victim_oldest_timestamp_seconds 1795342600");
	assert_null(strstr(s->text, "owner=\"other\""));
}

/* A hundred owners; one more, and one of that name, are among the others. */
static void
test_many_owners(void **state)
{
	struct scene *s = *state;
	char owner[16], line[64];

	for (int i = 0; i < 102; i++) {
		char prefix[24];

		snprintf(owner, sizeof(owner), "a%03d", i);
		snprintf(prefix, sizeof(prefix), "203.0.113.%d", i / 16 + 1);
		add(&s->stage.ground, i < 101 ? owner : "other", prefix, plain);
	}
	scrape(s);
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "rtbh_claims{owner=\"a%03d\"} 1",
		    i);
		expect(s, line);
	}
	expect(s, "rtbh_claims{owner=\"other\"} 2");
	assert_null(strstr(s->text, "a100"));
}

static void
test_neighbors(void **state)
{
	struct scene *s = *state;
	struct config_neighbor *n = &s->stage.ground.neighbors[0];

	strlcpy(n->name, "a\"\\b", sizeof(n->name));
	scrape(s);
	expect(s, "rtbh_neighbor_up{neighbor=\"a\\\"\\\\b\"} 0");
	expect(s, "rtbh_neighbor_up{neighbor=\"b\"} 0");
	expect(s,
	    "rtbh_neighbor_announced_prefixes{neighbor=\"b\",family=\"ipv4\"} "
	    "0");
	expect(s,
	    "rtbh_neighbor_prefix_limit{neighbor=\"b\",family=\"ipv4\"} 0");
	expect(s,
	    "rtbh_bgp_messages_total{neighbor=\"b\",direction=\"received\","
	    "type=\"route-refresh\"} 0");
	/* it carries no other family */
	assert_null(strstr(s->text, "ipv6"));
}

static void
test_requests(void **state)
{
	static const char list[] = "victim.list", add[] = "victim.add";
	struct scene *s = *state;
	struct metrics *m = s->stage.env.metrics;
	struct rpc_error error = { .code = RPC_REFUSED,
		.reason = REASON_NOT_OURS };

	scrape(s);
	expect(s, "rtbh_victim_oldest_timestamp_seconds 0");
	assert_null(strstr(s->text, "rtbh_requests_total{"));
	metrics_count_request(m, list, NULL);
	metrics_count_request(m, add, NULL);
	metrics_count_request(m, add, NULL);
	metrics_count_request(m, add, &error);
	error.code = RPC_INVALID_PARAMS;
	metrics_count_request(m, add, &error);
	error.code = RPC_METHOD_NOT_FOUND;
	metrics_count_request(m, NULL, &error);
	error.code = RPC_INVALID_REQUEST;
	metrics_count_request(m, NULL, &error);
	error.code = RPC_INTERNAL_ERROR;
	metrics_count_request(m, list, &error);
	metrics_count_request(NULL, list, NULL);
	scrape(s);
	expect(s,
	    "rtbh_requests_total{method=\"victim.list\",outcome=\"ok\"} 1");
	expect(s,
	    "rtbh_requests_total{method=\"victim.add\",outcome=\"ok\"} 2");
	expect(s,
	    "rtbh_requests_total{method=\"victim.add\",outcome=\"not-ours\"} "
	    "1");
	expect(s,
	    "rtbh_requests_total{method=\"victim.add\","
	    "outcome=\"invalid-params\"} 1");
	expect(s,
	    "rtbh_requests_total{method=\"unknown\","
	    "outcome=\"unknown-method\"} 1");
	expect(s,
	    "rtbh_requests_total{method=\"unknown\","
	    "outcome=\"invalid-request\"} 1");
	expect(s,
	    "rtbh_requests_total{method=\"victim.list\","
	    "outcome=\"internal-error\"} 1");
}

/* A bound belongs to its own bucket; each counts those before it. */
static void
test_commits(void **state)
{
	static const int64_t took_ms[] = { -5, 0, 1, 2, 3, 10000, 60000,
		60001 };
	struct scene *s = *state;

	for (size_t i = 0; i < HEX_COUNT(took_ms); i++)
		metrics_observe_commit(s->stage.env.metrics, took_ms[i]);
	metrics_observe_commit(NULL, 1);
	scrape(s);
	expect(s, "rtbh_commit_seconds_bucket{le=\"0.001\"} 3");
	expect(s, "rtbh_commit_seconds_bucket{le=\"0.002\"} 4");
	expect(s, "rtbh_commit_seconds_bucket{le=\"0.005\"} 5");
	expect(s, "rtbh_commit_seconds_bucket{le=\"5\"} 5");
	expect(s, "rtbh_commit_seconds_bucket{le=\"10\"} 6");
	expect(s, "rtbh_commit_seconds_bucket{le=\"60\"} 7");
	expect(s, "rtbh_commit_seconds_bucket{le=\"+Inf\"} 8");
	expect(s, "rtbh_commit_seconds_sum 130.007");
	expect(s, "rtbh_commit_seconds_count 8");
	expect(s, "rtbh_delivery_seconds_count 0");
}

/* Of a victim the first time counts, and only if its add was seen. */
static void
test_deliveries(void **state)
{
	struct scene *s = *state;
	struct metrics *m = s->stage.env.metrics;

	metrics_victim_covered(m, 3, 100);
	metrics_victim_added(m, 3, 64);
	metrics_victim_covered(m, 4, 100);
	metrics_victim_covered(m, 3, 20);
	metrics_victim_covered(m, 3, 100);
	metrics_victim_added(m, 100, 128);
	metrics_victim_covered(m, 100, 30);
	metrics_victim_covered(m, 4711, 100);
	metrics_victim_added(NULL, 1, 64);
	metrics_victim_covered(NULL, 1, 100);
	scrape(s);
	expect(s, "rtbh_delivery_seconds_bucket{le=\"0.025\"} 1");
	expect(s, "rtbh_delivery_seconds_sum 0.050");
	expect(s, "rtbh_delivery_seconds_count 2");
}

static void
test_daemon(void **state)
{
	struct scene *s = *state;

	scrape(s);
	expect(s, "rtbh_storage_up 1");
	expect(s, "rtbh_storage_unreadable 0");
	expect(s, "rtbh_frozen 0");
	expect(s, "rtbh_config_last_reload_success 1");
	expect(s,
	    "rtbh_config_last_reload_success_timestamp_seconds 1795342600");
	s->stage.ground.settings.freeze.frozen = true;
	s->stage.env.store_trouble = "kept aside";
	metrics_count_reload(s->stage.env.metrics, false);
	scrape(s);
	expect(s, "rtbh_storage_unreadable 1");
	expect(s, "rtbh_frozen 1");
	expect(s, "rtbh_config_last_reload_success 0");
	metrics_count_reload(s->stage.env.metrics, true);
	scrape(s);
	expect(s, "rtbh_config_last_reload_success 1");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_victims, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_owners, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_neighbors, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deliveries, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_daemon, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
