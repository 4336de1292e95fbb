/*
 * How a program wants its routes to look, against what explain says.
 */
#include "hex.h"

#include "line.h"
#include "look.h"

#define EXPLAIN(hop, communities, large)                                      \
	("{\"neighbors\":[{\"name\":\"off\",\"announced\":false,"             \
	 "\"why\":\"it is down\"},"                                           \
	 "{\"name\":\"transit-a\",\"announced\":true,\"next_hop\":\"" hop     \
	 "\",\"communities\":[" communities "],\"large_communities\":[" large \
	 "]}]}")

static const struct {
	const char *name, *command, *explain;
	const char *how; /* NULL: it is as the command says */
} cases[] = {
	{ "nothing said", "", EXPLAIN("192.0.2.1", "\"blackhole\"", ""), NULL },
	{ "self", "next-hop self", EXPLAIN("192.0.2.1", "\"blackhole\"", ""),
	    NULL },
	{ "the same", "next-hop 192.0.2.1 community [65535:666]",
	    EXPLAIN("192.0.2.1", "\"blackhole\"", ""), NULL },
	{ "the same, large ones too",
	    "community [65001:666] large-community [64500:1:2]",
	    EXPLAIN("192.0.2.1", "\"65001:666\"", "\"64500:1:2\""), NULL },
	{ "another next hop", "next-hop 192.0.2.66 community [65535:666]",
	    EXPLAIN("192.0.2.1", "\"blackhole\"", ""),
	    "the commands say next hop 192.0.2.66; neighbor transit-a gets "
	    "next hop 192.0.2.1, as bgpd.yaml says" },
	{ "another community", "next-hop self community 65001:666",
	    EXPLAIN("192.0.2.1", "\"blackhole\"", ""),
	    "the commands say communities 65001:666; neighbor transit-a gets "
	    "communities blackhole, as bgpd.yaml says" },
	{ "one more community", "community 65001:666",
	    EXPLAIN("192.0.2.1", "\"65001:666\"", "\"64500:1:2\""),
	    "the commands say communities 65001:666; neighbor transit-a gets "
	    "communities 65001:666 64500:1:2, as bgpd.yaml says" },
	{ "both", "next-hop 2001:db8::1 community 65001:666",
	    EXPLAIN("2001:db8::2", "", ""),
	    "the commands say next hop 2001:db8::1, communities 65001:666; "
	    "neighbor transit-a gets next hop 2001:db8::2, communities, as "
	    "bgpd.yaml says" },
	{ "no explanation", "next-hop 192.0.2.66", "{}", NULL },
};

static void
parse(struct exabgp_command *c, const char *attributes)
{
	char line[256];

	snprintf(line, sizeof(line), "announce route 203.0.113.7 %s",
	    attributes);
	assert_int_equal(exabgp_parse(c, line), EXABGP_ANNOUNCE);
}

static void
test_differences(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		json_t *explain = json_loads(cases[i].explain, 0, NULL);
		struct exabgp_command c;
		struct line line = { 0 };

		hex_case(cases[i].name);
		assert_non_null(explain);
		parse(&c, cases[i].command);
		assert_int_equal(look_differs(&c, explain, &line),
		    cases[i].how != NULL);
		assert_string_equal(line.text,
		    cases[i].how != NULL ? cases[i].how : "");
		json_decref(explain);
	}
}

static void
test_same(void **state)
{
	struct exabgp_command a, b;

	(void)state;
	parse(&a, "next-hop 192.0.2.1 community 65001:666");
	assert_true(look_is_said(&a));
	parse(&b, "community [65001:666] med 3 next-hop 192.0.2.1");
	assert_true(look_is_same(&a, &b));
	parse(&b, "next-hop 192.0.2.1");
	assert_true(look_is_said(&b));
	assert_false(look_is_same(&a, &b));
	parse(&b, "next-hop self");
	assert_false(look_is_said(&b));
	assert_false(look_is_same(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
