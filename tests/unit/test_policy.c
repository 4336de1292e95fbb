/*
 * May this be a victim, and what is each neighbor told.
 */
#include "bgp.h"
#include "given.h"

#include "policy.h"

#define BOTH (ANNOUNCE_AGGREGATES | ANNOUNCE_BLACKHOLES)
#define IPV4 FAMILY_BIT(FAMILY_IPV4)
#define IPV6 FAMILY_BIT(FAMILY_IPV6)

/* A configuration that needs no memory, and what its lists point to. */
struct ground {
	struct config config;
	struct policy policy;
	struct prefix aggregates[3], never[1], local[1];
	struct config_neighbor neighbors[2];
	struct config_listen listen[2];
	struct config_access rule;
	struct prefix within[1];
	struct caller detector;
};

static void
fill_neighbors(struct ground *g)
{
	struct config_neighbor *a = &g->neighbors[0], *b = &g->neighbors[1];

	strlcpy(a->name, "a", sizeof(a->name));
	a->address = given_prefix("203.0.113.2");
	a->has_local_address = true;
	a->local_address = given_prefix("203.0.113.3");
	a->announce = BOTH;
	a->families = IPV4 | IPV6;
	a->has_next_hop[FAMILY_IPV4] = true;
	a->next_hop[FAMILY_IPV4].given = true;
	a->next_hop[FAMILY_IPV4].address = given_prefix("203.0.113.4");
	a->aggregate_next_hop[FAMILY_IPV6].given = true;
	a->aggregate_next_hop[FAMILY_IPV6].address =
	    given_prefix("2001:db8:100::5");
	strlcpy(b->name, "b", sizeof(b->name));
	b->address = given_prefix("192.0.2.2");
	b->announce = BOTH;
	b->families = IPV4;
	g->config.neighbors = g->neighbors;
	g->config.neighbor_count = 2;
}

static void
ground_init(struct ground *g)
{
	*g = (struct ground){ .config.router_id = 0xcb007106 };
	g->aggregates[0] = given_prefix("203.0.113.0/24");
	g->aggregates[1] = given_prefix("203.0.113.64/26");
	g->aggregates[2] = given_prefix("2001:db8:100::/48");
	g->config.aggregates.items = g->aggregates;
	g->config.aggregates.count = 3;
	g->never[0] = given_prefix("203.0.113.16/30");
	g->config.blackhole.never.items = g->never;
	g->config.blackhole.never.count = 1;
	g->config.blackhole.min_length[FAMILY_IPV4] = 30;
	g->config.blackhole.min_length[FAMILY_IPV6] = 128;
	g->config.blackhole.default_ttl_s = 3600;
	g->config.blackhole.max_ttl_s = 86400;
	g->config.blackhole.next_hop[FAMILY_IPV6].given = true;
	g->config.blackhole.next_hop[FAMILY_IPV6].address =
	    given_prefix("2001:db8:100::7");
	g->listen[0].address = given_prefix("203.0.113.8");
	g->listen[1].address = given_prefix("0.0.0.0");
	g->config.listen = g->listen;
	g->config.listen_count = 2;
	g->config.metrics.on = true;
	g->config.metrics.listen.address = given_prefix("203.0.113.10");
	fill_neighbors(g);
	g->local[0] = given_prefix("203.0.113.9");
	g->policy.config = &g->config;
	g->policy.local_addresses.items = g->local;
	g->policy.local_addresses.count = 1;
	g->within[0] = given_prefix("203.0.113.0/25");
	g->rule.within.items = g->within;
	g->rule.within.count = 1;
	g->detector.role = ACCESS_DETECTOR;
	g->detector.rule = &g->rule;
	strlcpy(g->detector.user, "fastnetmon", sizeof(g->detector.user));
}

/* The first that applies, in the order of the control protocol. */
static const struct {
	const char *prefix;
	enum reason reason;
	const char *message; /* a part of it */
} prefixes[] = {
	{ "203.0.113.200", REASON_NONE, NULL },
	{ "203.0.113.200/30", REASON_NONE, NULL },
	{ "203.0.113.66", REASON_NONE, NULL },
	{ "2001:db8:100::1", REASON_NONE, NULL },
	{ "198.51.100.7", REASON_NOT_OURS, "198.51.100.7/32" },
	{ "2001:db8:101::1", REASON_NOT_OURS, "2001:db8:101::1/128" },
	{ "203.0.112.0/23", REASON_NOT_OURS, "outside every aggregate" },
	{ "0.0.0.0/0", REASON_NOT_OURS, "0.0.0.0/0" },
	{ "203.0.113.0/24", REASON_IS_AGGREGATE, "203.0.113.0/24" },
	{ "203.0.113.64/26", REASON_IS_AGGREGATE, "203.0.113.64/26" },
	{ "203.0.113.0/25", REASON_IS_AGGREGATE, "203.0.113.64/26" },
	{ "203.0.113.128/25", REASON_TOO_SHORT, "/30" },
	{ "203.0.113.0/29", REASON_TOO_SHORT, "ipv4" },
	{ "2001:db8:100::/127", REASON_TOO_SHORT, "/128" },
	{ "203.0.113.16", REASON_PROTECTED, "blackhole.never" },
	{ "203.0.113.19", REASON_PROTECTED, "203.0.113.16/30" },
	{ "203.0.113.9", REASON_PROTECTED, "a local address" },
	{ "203.0.113.6", REASON_PROTECTED, "the router-id" },
	{ "203.0.113.2", REASON_PROTECTED, "a neighbor's address" },
	{ "203.0.113.3", REASON_PROTECTED, "a local address" },
	{ "203.0.113.4", REASON_PROTECTED, "a next hop" },
	{ "203.0.113.8", REASON_PROTECTED, "a local address" },
	{ "203.0.113.10", REASON_PROTECTED, "a local address" },
	{ "203.0.113.4/30", REASON_PROTECTED, "203.0.113." },
	{ "2001:db8:100::5", REASON_PROTECTED, "a next hop" },
	{ "2001:db8:100::7", REASON_PROTECTED, "a next hop" },
};

static void
test_prefix(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	for (size_t i = 0; i < HEX_COUNT(prefixes); i++) {
		struct prefix p = given_prefix(prefixes[i].prefix);
		struct refusal why = { .reason = REASON_NONE };
		bool allowed = prefixes[i].reason == REASON_NONE;

		hex_case(prefixes[i].prefix);
		assert_int_equal(policy_check_prefix(&g.policy, NULL, &p, &why),
		    allowed ? 0 : -1);
		assert_string_equal(reason_name(why.reason),
		    reason_name(prefixes[i].reason));
		if (!allowed)
			assert_non_null(
			    strstr(why.message, prefixes[i].message));
	}
}

/* An operator's exemption holds for its time, after all other rules. */
static void
test_exempted(void **state)
{
	static const struct {
		const char *name, *prefix;
		int64_t left_ms; /* VICTIM_NEVER: no end */
		const char *reason, *message;
	} cases[] = {
		{ "it itself", "203.0.113.200/32", 90000, "drill",
		    "203.0.113.200/32 is protected: 203.0.113.200/32 is "
		    "exempted by noc for 90s more: drill" },
		{ "what it covers", "203.0.113.192/28", 5025000, "",
		    "203.0.113.200/32 is protected: 203.0.113.192/28 is "
		    "exempted by noc for 84m more" },
		{ "for days", "203.0.113.200/32", 200000001, "",
		    "203.0.113.200/32 is protected: 203.0.113.200/32 is "
		    "exempted by noc for 56h more" },
		{ "without end", "203.0.113.200/32", VICTIM_NEVER, "",
		    "203.0.113.200/32 is protected: 203.0.113.200/32 is "
		    "exempted by noc" },
		{ "it is over", "203.0.113.200/32", 0, "", "" },
		{ "another", "203.0.113.201/32", 90000, "", "" },
	};
	struct prefix p = given_prefix("203.0.113.200");

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct exemption e = { .by = "noc" };
		struct settings settings = { .exemptions = &e,
			.exemption_count = 1 };
		struct refusal why = { .message = "" };
		struct ground g;

		hex_case(cases[i].name);
		ground_init(&g);
		g.policy.settings = &settings;
		g.policy.now_ms = 5000;
		e.prefix = given_prefix(cases[i].prefix);
		e.expires_ms = cases[i].left_ms == VICTIM_NEVER
		    ? VICTIM_NEVER
		    : 5000 + cases[i].left_ms;
		strlcpy(e.reason, cases[i].reason, sizeof(e.reason));
		assert_int_equal(policy_check_prefix(&g.policy, NULL, &p, &why),
		    cases[i].message[0] == '\0' ? 0 : -1);
		assert_string_equal(why.message, cases[i].message);
		if (cases[i].message[0] != '\0')
			assert_int_equal(why.reason, REASON_PROTECTED);
	}
}

/* A detector's `within` is a matter of what is ours; an operator has none. */
static void
test_within(void **state)
{
	struct prefix in = given_prefix("203.0.113.100");
	struct prefix out = given_prefix("203.0.113.200");
	struct refusal why;
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(policy_check_prefix(&g.policy, &g.detector, &in, &why),
	    0);
	assert_int_equal(policy_check_prefix(&g.policy, &g.detector, &out,
			     &why),
	    -1);
	assert_int_equal(why.reason, REASON_NOT_OURS);
	assert_non_null(strstr(why.message, "fastnetmon"));
	g.detector.role = ACCESS_OPERATOR;
	assert_int_equal(policy_check_prefix(&g.policy, &g.detector, &out,
			     &why),
	    0);
	g.detector.role = ACCESS_DETECTOR;
	g.rule.within.count = 0;
	assert_int_equal(policy_check_prefix(&g.policy, &g.detector, &out,
			     &why),
	    0);
	g.detector.rule = NULL;
	assert_int_equal(policy_check_prefix(&g.policy, &g.detector, &out,
			     &why),
	    0);
}

static const struct {
	const char *name;
	struct wish wish;
	const char *prefix;
	enum reason reason;
	const char *message;
} wishes[] = {
	{ "nothing named", { .has_ttl = false }, "203.0.113.200", REASON_NONE,
	    NULL },
	{ "the longest TTL", { .has_ttl = true, .ttl_s = 86400 },
	    "203.0.113.200", REASON_NONE, NULL },
	{ "a TTL too long", { .has_ttl = true, .ttl_s = 86401 },
	    "203.0.113.200", REASON_TTL_TOO_LONG, "86401s" },
	{ "ttl: max", { .has_ttl = true, .ttl_max = true }, "203.0.113.200",
	    REASON_NONE, NULL },
	{ "without end", { .permanent = true }, "203.0.113.200",
	    REASON_PERMANENT_NOT_ALLOWED, "allow-permanent" },
	{ "TTL before permanent",
	    { .permanent = true, .has_ttl = true, .ttl_s = 86401 },
	    "203.0.113.200", REASON_TTL_TOO_LONG, "86401s" },
	{ "permanent before neighbors", { .permanent = true, .neighbors = "x" },
	    "203.0.113.200", REASON_PERMANENT_NOT_ALLOWED, "" },
	{ "a neighbor that is there", { .neighbors = "b" }, "203.0.113.200",
	    REASON_NONE, NULL },
	{ "two of them", { .neighbors = "b,a" }, "203.0.113.200", REASON_NONE,
	    NULL },
	{ "one that is not", { .neighbors = "a,c" }, "203.0.113.200",
	    REASON_UNKNOWN_NEIGHBOR, "named c" },
	{ "the beginning of a name", { .neighbors = "a,bb" }, "203.0.113.200",
	    REASON_UNKNOWN_NEIGHBOR, "named bb" },
	{ "unknown before family", { .neighbors = "x" }, "2001:db8:100::1",
	    REASON_UNKNOWN_NEIGHBOR, "named x" },
	{ "one without the family", { .neighbors = "b" }, "2001:db8:100::1",
	    REASON_FAMILY_OFF, "ipv6" },
	{ "one of two has the family", { .neighbors = "b,a" },
	    "2001:db8:100::1", REASON_NONE, NULL },
};

static void
test_wish(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	for (size_t i = 0; i < HEX_COUNT(wishes); i++) {
		struct wish wish = wishes[i].wish;
		struct refusal why = { .reason = REASON_NONE };
		bool allowed = wishes[i].reason == REASON_NONE;

		hex_case(wishes[i].name);
		wish.prefix = given_prefix(wishes[i].prefix);
		assert_int_equal(policy_check_wish(&g.policy, &wish, &why),
		    allowed ? 0 : -1);
		assert_string_equal(reason_name(why.reason),
		    reason_name(wishes[i].reason));
		if (!allowed)
			assert_non_null(strstr(why.message, wishes[i].message));
	}
}

static void
test_family_off(void **state)
{
	struct wish wish = { .prefix = given_prefix("203.0.113.200") };
	struct refusal why;
	struct ground g;

	(void)state;
	ground_init(&g);
	g.neighbors[0].announce = ANNOUNCE_AGGREGATES;
	assert_int_equal(policy_check_wish(&g.policy, &wish, &why), 0);
	g.neighbors[1].announce = ANNOUNCE_AGGREGATES;
	assert_int_equal(policy_check_wish(&g.policy, &wish, &why), -1);
	assert_int_equal(why.reason, REASON_FAMILY_OFF);
	g.config.neighbor_count = 0;
	assert_int_equal(policy_check_wish(&g.policy, &wish, &why), -1);
	assert_int_equal(why.reason, REASON_FAMILY_OFF);
}

static void
test_ttl(void **state)
{
	struct wish none = { .has_ttl = false },
		    max = { .has_ttl = true, .ttl_max = true };
	struct wish some = { .has_ttl = true, .ttl_s = 4000000000 };
	struct wish forever = { .permanent = true };
	struct refusal why;
	struct ground g;

	(void)state;
	ground_init(&g);
	assert_int_equal(policy_ttl_ms(&g.policy, &none), 3600000);
	assert_int_equal(policy_ttl_ms(&g.policy, &max), 86400000);
	assert_int_equal(policy_ttl_ms(&g.policy, &some), 4000000000000);
	assert_int_equal(policy_ttl_ms(&g.policy, &forever), VICTIM_NEVER);
	g.config.blackhole.allow_permanent = true;
	forever.prefix = given_prefix("203.0.113.200");
	assert_int_equal(policy_check_wish(&g.policy, &forever, &why), 0);
}

/* A neighbor without any wish of its own, and the session with it. */
struct export_ground {
	struct config config;
	struct config_neighbor neighbor;
	struct session_terms terms;
	struct policy_session session;
};

static void
export_init(struct export_ground *g, const char *local_address)
{
	*g = (struct export_ground){
		.neighbor = { .announce = BOTH, .families = IPV4 | IPV6 },
		.terms = { .families = IPV4 | IPV6,
		    .as4 = true,
		    .local_as = 64500,
		    .role = ROLE_NONE },
	};
	community_parse(&g->config.blackhole.communities, "blackhole");
	g->session = (struct policy_session){
		.config = &g->config,
		.neighbor = &g->neighbor,
		.terms = &g->terms,
		.local_address = given_prefix(local_address),
	};
}

static struct next_hop
next_hop(const char *text)
{
	return (
	    struct next_hop){ .given = true, .address = given_prefix(text) };
}

/* "" for none. */
static void
check_next_hop(const struct export_ground *g, bool blackhole,
    enum family family, const char *expected)
{
	char text[PREFIX_STRLEN] = "";
	struct attr_set attrs;

	if (policy_export(&g->session, blackhole, family, &attrs))
		prefix_print_address(&attrs.next_hop, text);
	assert_string_equal(text, expected);
}

static const struct {
	const char *name, *local_address;
	bool ipv4_over_ipv6;
	const char *next_hops[FAMILIES];
} selves[] = {
	{ "over IPv4", "192.0.2.1", false, { "192.0.2.1", "" } },
	{ "over IPv4, RFC 8950 agreed on", "192.0.2.1", true,
	    { "192.0.2.1", "" } },
	{ "over IPv6", "2001:db8::1", false, { "", "2001:db8::1" } },
	{ "over IPv6, RFC 8950 agreed on", "2001:db8::1", true,
	    { "2001:db8::1", "2001:db8::1" } },
	{ "over a link-local address", "fe80::1", true,
	    { "fe80::1", "fe80::1" } },
};

static void
test_next_hop_self(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(selves); i++) {
		struct export_ground g;

		hex_case(selves[i].name);
		export_init(&g, selves[i].local_address);
		g.terms.ipv4_over_ipv6 = selves[i].ipv4_over_ipv6;
		for (int f = 0; f < FAMILIES; f++) {
			check_next_hop(&g, false, (enum family)f,
			    selves[i].next_hops[f]);
			check_next_hop(&g, true, (enum family)f,
			    selves[i].next_hops[f]);
		}
	}
}

/* The neighbor's own before that of all; aggregates have theirs. */
static void
test_next_hop_given(void **state)
{
	struct export_ground g;

	(void)state;
	export_init(&g, "192.0.2.1");
	g.config.blackhole.next_hop[FAMILY_IPV4] = next_hop("192.0.2.66");
	g.config.blackhole.next_hop[FAMILY_IPV6] = next_hop("100::1");
	check_next_hop(&g, true, FAMILY_IPV4, "192.0.2.66");
	check_next_hop(&g, true, FAMILY_IPV6, "100::1");
	check_next_hop(&g, false, FAMILY_IPV4, "192.0.2.1");
	check_next_hop(&g, false, FAMILY_IPV6, "");
	g.neighbor.has_next_hop[FAMILY_IPV4] = true;
	g.neighbor.has_next_hop[FAMILY_IPV6] = true;
	g.neighbor.next_hop[FAMILY_IPV6] = next_hop("100::2");
	check_next_hop(&g, true, FAMILY_IPV4, "192.0.2.1"); /* its own: self */
	check_next_hop(&g, true, FAMILY_IPV6, "100::2");
	g.neighbor.aggregate_next_hop[FAMILY_IPV4] = next_hop("192.0.2.9");
	g.neighbor.aggregate_next_hop[FAMILY_IPV6] = next_hop("2001:db8::9");
	check_next_hop(&g, false, FAMILY_IPV4, "192.0.2.9");
	check_next_hop(&g, false, FAMILY_IPV6, "2001:db8::9");
	/* over IPv6 an IPv4 next hop that is given needs no RFC 8950 */
	export_init(&g, "2001:db8::1");
	g.config.blackhole.next_hop[FAMILY_IPV4] = next_hop("192.0.2.66");
	check_next_hop(&g, true, FAMILY_IPV4, "192.0.2.66");
	check_next_hop(&g, false, FAMILY_IPV4, "");
}

static void
test_link_local(void **state)
{
	struct export_ground g;
	struct attr_set attrs;

	(void)state;
	export_init(&g, "fe80::1");
	assert_true(policy_export(&g.session, true, FAMILY_IPV6, &attrs));
	assert_int_equal(attrs.next_hop_link_local.len, 128);
	g.config.blackhole.next_hop[FAMILY_IPV6] = next_hop("100::1");
	assert_true(policy_export(&g.session, true, FAMILY_IPV6, &attrs));
	assert_int_equal(attrs.next_hop_link_local.len, 0);
	export_init(&g, "2001:db8::1");
	assert_true(policy_export(&g.session, true, FAMILY_IPV6, &attrs));
	assert_int_equal(attrs.next_hop_link_local.len, 0);
}

static void
test_not_exported(void **state)
{
	struct export_ground g;
	struct attr_set attrs;

	(void)state;
	export_init(&g, "192.0.2.1");
	g.neighbor.announce = ANNOUNCE_BLACKHOLES;
	assert_false(policy_export(&g.session, false, FAMILY_IPV4, &attrs));
	assert_true(policy_export(&g.session, true, FAMILY_IPV4, &attrs));
	g.neighbor.announce = ANNOUNCE_AGGREGATES;
	assert_true(policy_export(&g.session, false, FAMILY_IPV4, &attrs));
	assert_false(policy_export(&g.session, true, FAMILY_IPV4, &attrs));
	g.neighbor.announce = BOTH;
	g.terms.families = IPV6;
	assert_false(policy_export(&g.session, true, FAMILY_IPV4, &attrs));
}

static struct attr_set
exported(const struct export_ground *g, bool blackhole)
{
	struct attr_set attrs;

	assert_true(policy_export(&g->session, blackhole, FAMILY_IPV4, &attrs));
	assert_int_equal(attrs.family, FAMILY_IPV4);
	assert_int_equal(attrs.local_as, 64500);
	assert_int_equal(attrs.as4, g->terms.as4);
	return attrs;
}

static void
test_communities(void **state)
{
	struct export_ground g;
	struct attr_set attrs;

	(void)state;
	export_init(&g, "192.0.2.1");
	attrs = exported(&g, true);
	assert_true(community_has(&attrs.communities, COMMUNITY_BLACKHOLE));
	attrs = exported(&g, false);
	assert_int_equal(attrs.communities.count, 0);
	community_parse(&g.neighbor.aggregate_communities, "64501:100");
	attrs = exported(&g, false);
	assert_true(community_equal(&attrs.communities,
	    &g.neighbor.aggregate_communities));
	g.neighbor.has_communities = true;
	attrs = exported(&g, true);
	assert_int_equal(attrs.communities.count, 0);
	community_parse(&g.neighbor.communities, "64501:666");
	attrs = exported(&g, true);
	assert_true(
	    community_equal(&attrs.communities, &g.neighbor.communities));
}

static void
test_external(void **state)
{
	struct export_ground g;
	struct attr_set attrs;

	(void)state;
	export_init(&g, "192.0.2.1");
	g.neighbor.prepend = 32;
	g.neighbor.local_pref = 100;
	attrs = exported(&g, false);
	assert_int_equal(attrs.as_count, 33);
	assert_false(attrs.has_med);
	assert_false(attrs.has_local_pref);
	attrs = exported(&g, true);
	assert_int_equal(attrs.as_count, 1);
	g.neighbor.has_med = true;
	g.neighbor.med = 0;
	attrs = exported(&g, true);
	assert_true(attrs.has_med);
	assert_int_equal(attrs.med, 0);
	g.terms.as4 = false;
	exported(&g, true);
}

static void
test_internal(void **state)
{
	struct export_ground g;
	struct attr_set attrs;

	(void)state;
	export_init(&g, "192.0.2.1");
	g.terms.internal = true;
	g.neighbor.prepend = 2;
	g.neighbor.local_pref = 250;
	for (int blackhole = 0; blackhole < 2; blackhole++) {
		attrs = exported(&g, blackhole != 0);
		assert_int_equal(attrs.as_count, 0);
		assert_true(attrs.has_local_pref);
		assert_int_equal(attrs.local_pref, 250);
		assert_false(attrs.has_otc);
	}
}

/* RFC 9234, section 5: to a customer, a peer, or a route server's client. */
static void
test_only_to_customer(void **state)
{
	static const struct {
		uint8_t role; /* ours */
		bool marked;
	} roles[] = {
		{ ROLE_PROVIDER, true },
		{ ROLE_RS, true },
		{ ROLE_RS_CLIENT, false },
		{ ROLE_CUSTOMER, false },
		{ ROLE_PEER, true },
		{ ROLE_NONE, false },
	};
	struct export_ground g;

	(void)state;
	export_init(&g, "192.0.2.1");
	for (size_t i = 0; i < HEX_COUNT(roles); i++) {
		struct attr_set attrs;

		g.terms.role = roles[i].role;
		attrs = exported(&g, true);
		assert_int_equal(attrs.has_otc, roles[i].marked);
		assert_int_equal(attrs.otc, 64500);
		attrs = exported(&g, false);
		assert_int_equal(attrs.has_otc, roles[i].marked);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_exempted),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_wish),
		cmocka_unit_test(test_family_off),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_next_hop_self),
		cmocka_unit_test(test_next_hop_given),
		cmocka_unit_test(test_link_local),
		cmocka_unit_test(test_not_exported),
		cmocka_unit_test(test_communities),
		cmocka_unit_test(test_external),
		cmocka_unit_test(test_internal),
		cmocka_unit_test(test_only_to_customer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
