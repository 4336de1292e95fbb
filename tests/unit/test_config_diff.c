/*
 * What a reload changes: the keys by their paths, and how deep each reaches.
 */
#include "hex.h"

#include "config_diff.h"
#include "config_yaml.h"

#define HEAD \
	"local-as: 64500\nrouter-id: 192.0.2.1\naggregates: [203.0.113.0/24]\n"
#define NEIGHBORS                                             \
	"neighbors:\n"                                        \
	"- {name: a, address: 192.0.2.2, remote-as: 64501}\n" \
	"- {name: b, address: 192.0.2.3, remote-as: 64502}\n"
#define BEFORE HEAD NEIGHBORS

static const struct {
	const char *name, *before, *after;
	const char *changes;	/* "path depth," */
	enum config_depth a, b; /* what happens to these neighbors */
} cases[] = {
	{ "nothing", BEFORE, BEFORE, "", DIFF_NOTHING, DIFF_NOTHING },
	{ "a default spelled out", BEFORE,
	    BEFORE "log: {level: info}\nblackhole: {default-ttl: 60m}\n"
		   "listen: []\n",
	    "", DIFF_NOTHING, DIFF_NOTHING },
	{ "order of neighbors", BEFORE,
	    HEAD "neighbors:\n"
		 "- {name: b, address: 192.0.2.3, remote-as: 64502}\n"
		 "- {name: a, address: 192.0.2.2, remote-as: 64501}\n",
	    "", DIFF_NOTHING, DIFF_NOTHING },
	{ "local-as", BEFORE,
	    "local-as: 64499\nrouter-id: 192.0.2.1\n"
	    "aggregates: [203.0.113.0/24]\n" NEIGHBORS,
	    "local-as 3,", DIFF_SESSION, DIFF_SESSION },
	{ "aggregates and router-id", BEFORE,
	    "local-as: 64500\nrouter-id: 192.0.2.9\n"
	    "aggregates: [203.0.113.0/24, 203.0.113.0/25]\n" NEIGHBORS,
	    "router-id 3,aggregates 1,", DIFF_SESSION, DIFF_SESSION },
	{ "policy for all", BEFORE,
	    BEFORE "blackhole: {communities: [blackhole, no-export], "
		   "next-hop: 192.0.2.66, min-length: {ipv4: 30}, "
		   "never: [203.0.113.1]}\n",
	    "blackhole.communities 1,blackhole.next-hop 1,"
	    "blackhole.min-length.ipv4 1,blackhole.never 1,",
	    DIFF_POLICY, DIFF_POLICY },
	{ "policy for one", BEFORE,
	    HEAD "neighbors:\n"
		 "- {name: a, address: 192.0.2.2, remote-as: 64501,\n"
		 "   communities: [64501:666], prepend: 2, med: 0}\n"
		 "- {name: b, address: 192.0.2.3, remote-as: 64502}\n",
	    "neighbors.a.communities 1,neighbors.a.prepend 1,"
	    "neighbors.a.med 1,",
	    DIFF_POLICY, DIFF_NOTHING },
	{ "the session of one", BEFORE,
	    HEAD "neighbors:\n"
		 "- {name: a, address: 192.0.2.2, remote-as: 64501}\n"
		 "- {name: b, address: 192.0.2.3, remote-as: 64502,\n"
		 "   hold-time: 60s, prepend: 1}\n",
	    "neighbors.b.hold-time 2,neighbors.b.prepend 1,", DIFF_NOTHING,
	    DIFF_SESSION },
	{ "a password", BEFORE,
	    HEAD "neighbors:\n"
		 "- {name: a, address: 192.0.2.2, remote-as: 64501,\n"
		 "   password: x}\n"
		 "- {name: b, address: 192.0.2.3, remote-as: 64502}\n",
	    "neighbors.a.password 2,", DIFF_SESSION, DIFF_NOTHING },
	{ "one new, one gone", BEFORE,
	    HEAD "neighbors:\n"
		 "- {name: a, address: 192.0.2.2, remote-as: 64501}\n"
		 "- {name: c, address: 192.0.2.3, remote-as: 64502}\n",
	    "neighbors.b 2,neighbors.c 2,", DIFF_NOTHING, DIFF_SESSION },
	{ "listen", BEFORE, BEFORE "listen: [192.0.2.1]\n", "listen 4,",
	    DIFF_NOTHING, DIFF_NOTHING },
	{ "access", BEFORE,
	    BEFORE "control: {access: [{user: root, role: viewer}]}\n",
	    "control.access 1,", DIFF_POLICY, DIFF_POLICY },
	{ "a rule's prefixes",
	    BEFORE "control: {access: [{user: root, role: viewer, "
		   "within: [203.0.113.0/25]}]}\n",
	    BEFORE "control: {access: [{user: root, role: viewer, "
		   "within: [203.0.113.0/26]}]}\n",
	    "control.access 1,", DIFF_POLICY, DIFF_POLICY },
	{ "what wants a restart", BEFORE,
	    BEFORE "control: {socket: /x, mode: 0600, group: root}\n"
		   "state: {directory: /x}\nuser: root\n",
	    "control.socket 5,control.mode 5,control.group 5,"
	    "state.directory 5,user 5,",
	    DIFF_NOTHING, DIFF_NOTHING },
};

static struct config *
parse(const char *text)
{
	struct config_errors errors = { .count = 0 };
	struct config *config;

	config = config_yaml_parse(text, strlen(text), "f", true, &errors);
	if (config == NULL)
		config_errors_print(&errors, "f", stderr);
	assert_non_null(config);
	config_errors_fini(&errors);
	return config;
}

static void
check_changes(const struct config_diff *diff, const char *expected)
{
	char text[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < diff->count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s %d,", diff->items[i].path, (int)diff->items[i].depth);
	assert_string_equal(text, expected);
}

static void
test_diff(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct config *before = parse(cases[i].before);
		struct config *after = parse(cases[i].after);
		struct config_diff *diff = config_diff_new(before, after);

		hex_case(cases[i].name);
		assert_non_null(diff);
		check_changes(diff, cases[i].changes);
		assert_int_equal(config_diff_neighbor(diff, "a"), cases[i].a);
		assert_int_equal(config_diff_neighbor(diff, "b"), cases[i].b);
		config_diff_free(diff);
		config_free(before);
		config_free(after);
	}
}

static void
test_find(void **state)
{
	struct config *before = parse(BEFORE);
	struct config *after = parse(BEFORE "user: root\nlisten: [\"::1\"]\n");
	struct config_diff *diff = config_diff_new(before, after);

	(void)state;
	assert_non_null(diff);
	assert_string_equal(config_diff_find(diff, DIFF_RESTART)->path, "user");
	assert_string_equal(config_diff_find(diff, DIFF_LISTEN)->path,
	    "listen");
	assert_null(config_diff_find(diff, DIFF_SESSION));
	config_diff_free(diff);
	config_diff_free(NULL);
	config_free(before);
	config_free(after);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
