/*
 * ExaBGP's commands, as ExaBGP 3 to 5, FastNetMon and home-grown programs
 * write them.
 */
#include "hex.h"

#include "exabgp.h"

/* The prefixes with a blank between them. */
static void
print_prefixes(struct exabgp_command *c, char buf[256])
{
	char text[PREFIX_STRLEN];
	size_t len = 0;
	struct prefix p;

	buf[0] = '\0';
	while (exabgp_next(c, &p))
		len += (size_t)snprintf(buf + len, 256 - len, "%s%s",
		    len > 0 ? " " : "", prefix_print(&p, text));
}

static void
print_communities(const struct exabgp_command *c, char buf[256])
{
	const struct community_set *set = &c->communities;
	char text[COMMUNITY_STRLEN];
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < set->count; i++)
		len += (size_t)snprintf(buf + len, 256 - len, "%s%s",
		    len > 0 ? " " : "", community_print(set->values[i], text));
	for (size_t i = 0; i < set->large_count; i++)
		len += (size_t)snprintf(buf + len, 256 - len, "%s%s",
		    len > 0 ? " " : "",
		    large_community_print(&set->large[i], text));
}

/* Lines that say something, and what; NULL stands for nothing of it. */
static const struct {
	const char *line;
	enum exabgp_kind kind;
	const char *prefixes, *next_hop, *communities, *ignored;
} cases[] = {
	{ "", EXABGP_NOTHING, NULL, NULL, NULL, NULL },
	{ " \t\r", EXABGP_NOTHING, NULL, NULL, NULL, NULL },
	{ "# announce route 203.0.113.7 next-hop self", EXABGP_NOTHING, NULL,
	    NULL, NULL, NULL },
	{ "#announce", EXABGP_NOTHING, NULL, NULL, NULL, NULL },
	{ "announce route 203.0.113.7/32 next-hop 192.0.2.66 community "
	  "65001:666\r",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", "192.0.2.66/32", "65001:666",
	    NULL },
	{ "announce route 203.0.113.7 next-hop self", EXABGP_ANNOUNCE,
	    "203.0.113.7/32", NULL, NULL, NULL },
	{ "announce route 203.0.113.7/32", EXABGP_ANNOUNCE, "203.0.113.7/32",
	    NULL, NULL, NULL },
	{ "announce route 203.0.113.7/32 next-hop 192.0.2.1 community "
	  "[65001:666 65001:777]",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", "192.0.2.1/32",
	    "65001:666 65001:777", NULL },
	{ "announce route 203.0.113.7/32 next-hop 192.0.2.1 community [ "
	  "no-export, 65535:666 ] large-community [64500:1:2]",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", "192.0.2.1/32",
	    "blackhole no-export 64500:1:2", NULL },
	{ "announce route 203.0.113.7/32 next-hop self med 100 origin igp "
	  "as-path [ 64500 64500 ] local-preference 100 atomic-aggregate "
	  "aggregator ( 64500:192.0.2.1 ) community 65001:666",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", NULL, "65001:666",
	    "med, origin, as-path, local-preference, atomic-aggregate, "
	    "aggregator" },
	{ "announce route 203.0.113.7/32 next-hop self extended-community "
	  "[target:64500:1] med 1 med 2 community 0x10002",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", NULL, NULL,
	    "extended-community, med, community" },
	{ "announce route 2001:db8:100::7/128 next-hop 2001:db8::1",
	    EXABGP_ANNOUNCE, "2001:db8:100::7/128", "2001:db8::1/128", NULL,
	    NULL },
	{ "announce ipv4 unicast 203.0.113.7/32 next-hop 192.0.2.1",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", "192.0.2.1/32", NULL, NULL },
	{ "announce ipv6 unicast 2001:db8:100::7 next-hop self",
	    EXABGP_ANNOUNCE, "2001:db8:100::7/128", NULL, NULL, NULL },
	{ "withdraw route 203.0.113.7/32", EXABGP_WITHDRAW, "203.0.113.7/32",
	    NULL, NULL, NULL },
	{ "withdraw route 203.0.113.7/32 next-hop 192.0.2.1 community "
	  "65001:666",
	    EXABGP_WITHDRAW, "203.0.113.7/32", "192.0.2.1/32", "65001:666",
	    NULL },
	{ "withdraw ipv6 unicast 2001:db8:100::7/128", EXABGP_WITHDRAW,
	    "2001:db8:100::7/128", NULL, NULL, NULL },
	{ "neighbor 192.0.2.2 announce route 203.0.113.7/32 next-hop self",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", NULL, NULL, "neighbor" },
	{ "neighbor 192.0.2.2 peer-as 64501 family-allowed in-open, neighbor "
	  "192.0.2.3 withdraw route 203.0.113.7/32",
	    EXABGP_WITHDRAW, "203.0.113.7/32", NULL, NULL, "neighbor" },
	{ "neighbor * announce route 203.0.113.7/32 next-hop self",
	    EXABGP_ANNOUNCE, "203.0.113.7/32", NULL, NULL, NULL },
	{ "peer * withdraw route 203.0.113.7/32", EXABGP_WITHDRAW,
	    "203.0.113.7/32", NULL, NULL, NULL },
	{ "announce attributes next-hop 192.0.2.66 community [65001:666] nlri "
	  "203.0.113.7/32 203.0.113.8/32",
	    EXABGP_ANNOUNCE, "203.0.113.7/32 203.0.113.8/32", "192.0.2.66/32",
	    "65001:666", NULL },
	{ "announce attribute next-hop self med 5 nlri [203.0.113.7, "
	  "203.0.113.8]",
	    EXABGP_ANNOUNCE, "203.0.113.7/32 203.0.113.8/32", NULL, NULL,
	    "med" },
	{ "withdraw attributes next-hop self nlri 203.0.113.7", EXABGP_WITHDRAW,
	    "203.0.113.7/32", NULL, NULL, NULL },
};

static void
test_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		char prefixes[256], communities[256];
		char next_hop[PREFIX_STRLEN] = "";
		struct exabgp_command c;

		hex_case(cases[i].line);
		assert_int_equal(exabgp_parse(&c, cases[i].line),
		    cases[i].kind);
		print_communities(&c, communities);
		if (c.has_next_hop)
			prefix_print(&c.next_hop, next_hop);
		print_prefixes(&c, prefixes);
		assert_string_equal(prefixes,
		    cases[i].prefixes != NULL ? cases[i].prefixes : "");
		assert_string_equal(communities,
		    cases[i].communities != NULL ? cases[i].communities : "");
		assert_string_equal(next_hop,
		    cases[i].next_hop != NULL ? cases[i].next_hop : "");
		assert_string_equal(c.ignored,
		    cases[i].ignored != NULL ? cases[i].ignored : "");
	}
}

static const struct {
	const char *line;
	enum exabgp_kind kind;
	const char *why; /* a part of it */
} others[] = {
	{ "shutdown", EXABGP_OTHER, "shutdown" },
	{ "version", EXABGP_OTHER, "version" },
	{ "show neighbor summary", EXABGP_OTHER, "show" },
	{ "neighbor 192.0.2.2 teardown 6", EXABGP_OTHER, "teardown" },
	{ "neighbor 192.0.2.2", EXABGP_WRONG, "is no command" },
	{ "announce eor ipv4 unicast", EXABGP_OTHER, "announce eor" },
	{ "announce flow route { match { source 192.0.2.0/24; } }",
	    EXABGP_OTHER, "announce flow" },
	{ "announce ipv4 flow destination 203.0.113.7/32", EXABGP_OTHER,
	    "announce ipv4 flow" },
	{ "withdraw watchdog dnsr", EXABGP_OTHER, "withdraw watchdog" },
	{ "nonsense", EXABGP_WRONG, "\"nonsense\" is no command" },
	{ "{ \"exabgp\": 1 }", EXABGP_WRONG, "is no command" },
	{ "announce", EXABGP_WRONG, "missing" },
	{ "announce route", EXABGP_WRONG, "prefix is missing" },
	{ "announce everything", EXABGP_WRONG, "\"everything\"" },
	{ "announce route 203.0.113.256/32 next-hop self", EXABGP_WRONG,
	    "\"203.0.113.256/32\" is no" },
	{ "announce route 203.0.113.7/24 next-hop self", EXABGP_WRONG,
	    "host bits" },
	{ "announce ipv6 unicast 203.0.113.7/32 next-hop self", EXABGP_WRONG,
	    "family" },
	{ "announce ipv4 unicast", EXABGP_WRONG, "prefix is missing" },
	{ "announce route 203.0.113.7/32 next-hop", EXABGP_WRONG, "next hop" },
	{ "announce route 203.0.113.7/32 next-hop 192.0.2.0/24", EXABGP_WRONG,
	    "next hop" },
	{ "announce route 203.0.113.7/32 nonsense 1", EXABGP_WRONG,
	    "\"nonsense\" is no attribute" },
	{ "announce route 203.0.113.7/32 community [65001:666", EXABGP_WRONG,
	    "\"]\"" },
	{ "announce route 203.0.113.7/32 community", EXABGP_WRONG,
	    "community is missing" },
	{ "announce route 203.0.113.7/32 as-path [ 64500", EXABGP_WRONG,
	    "bracket" },
	{ "announce route 203.0.113.7/32 med", EXABGP_WRONG, "no value" },
	{ "announce attributes next-hop self", EXABGP_WRONG, "nlri" },
	{ "announce attributes next-hop self nlri", EXABGP_WRONG, "missing" },
	{ "announce attributes next-hop self nlri 203.0.113.7 nonsense",
	    EXABGP_WRONG, "\"nonsense\"" },
};

static void
test_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(others); i++) {
		struct exabgp_command c;

		hex_case(others[i].line);
		assert_int_equal(exabgp_parse(&c, others[i].line),
		    others[i].kind);
		assert_non_null(strstr(c.why, others[i].why));
	}
}

/* Words and lists of any length neither overflow nor end the list early. */
static void
test_long(void **state)
{
	static char line[8192];
	struct exabgp_command c;
	struct prefix p;
	size_t count = 0, len;

	(void)state;
	memset(line, 'a', sizeof(line) - 1);
	assert_int_equal(exabgp_parse(&c, line), EXABGP_WRONG);
	len = (size_t)snprintf(line, sizeof(line),
	    "announce attributes next-hop self nlri");
	for (unsigned i = 0; i < 256; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    " 203.0.113.%u", i);
	assert_int_equal(exabgp_parse(&c, line), EXABGP_ANNOUNCE);
	while (exabgp_next(&c, &p))
		assert_int_equal(p.addr[3], count++);
	assert_int_equal(count, 256);
}

/* More communities than a set holds are told as not used. */
static void
test_many_communities(void **state)
{
	char line[2048];
	struct exabgp_command c;
	size_t len;

	(void)state;
	len = (size_t)snprintf(line, sizeof(line),
	    "announce route 203.0.113.7 next-hop self community [");
	for (unsigned i = 0; i <= COMMUNITY_MAX; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    " 65001:%u", i);
	snprintf(line + len, sizeof(line) - len, " ]");
	assert_int_equal(exabgp_parse(&c, line), EXABGP_ANNOUNCE);
	assert_int_equal(c.communities.count, COMMUNITY_MAX);
	assert_string_equal(c.ignored, "community");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many_communities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
