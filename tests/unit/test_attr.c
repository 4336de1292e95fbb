/*
 * Path attributes: what we send, octet by octet, and RFC 7606's verdict on
 * every error in what we receive.
 */
#include "hex.h"

#include "attr.h"
#include "bgp.h"

#define ORIGIN "40 01 01 00 "
#define AS_PATH "40 02 06 02 01 0000fbf5 "
#define AS_PATH_OLD "40 02 04 02 01 fbf5 "
#define NEXT_HOP "40 03 04 c0000202 "
#define NEEDED ORIGIN AS_PATH NEXT_HOP
#define NEEDED_OLD ORIGIN AS_PATH_OLD NEXT_HOP

#define V6_NEXT_HOP "10 20010db8000000000000000000000001 "
#define V6_LINK_LOCAL "fe800000000000000000000000000001 "
#define V6_REACH "80 0e 1a 0002 01 " V6_NEXT_HOP "00 20 20010db8 "

#define OK ATTR_OK
#define DISCARD ATTR_DISCARD
#define WITHDRAW ATTR_TREAT_AS_WITHDRAW
#define RESET ATTR_RESET

enum side {
	EXTERNAL,
	INTERNAL,
	OLD,
	IPV4_ONLY,
	V4_OVER_V6
};

static struct session_terms
terms_of(enum side side)
{
	struct session_terms t = { .as4 = side != OLD,
		.internal = side == INTERNAL,
		.families = FAMILY_BIT(FAMILY_IPV4),
		.ipv4_over_ipv6 = side == V4_OVER_V6 };

	if (side != IPV4_ONLY)
		t.families |= FAMILY_BIT(FAMILY_IPV6);
	return t;
}

/*
 * classic: with NLRI in the classic field.  why: subcode and data of what
 * RFC 4271 would tell, looked at where the session is reset.
 */
static const struct {
	const char *name, *hex;
	bool classic;
	enum side side;
	enum attr_verdict verdict;
	uint8_t culprit;
	const char *why;
} cases[] = {
	{ "nothing", "", false, EXTERNAL, OK, 0, "" },
	{ "what is needed", NEEDED, true, EXTERNAL, OK, 0, "" },
	{ "what is needed, old", NEEDED_OLD, true, OLD, OK, 0, "" },
	{ "what is needed, IPv6", V6_REACH ORIGIN AS_PATH, false, EXTERNAL, OK,
	    0, "" },
	{ "any order", NEXT_HOP AS_PATH ORIGIN, true, EXTERNAL, OK, 0, "" },
	{ "extended length is free", "50 01 0001 00" AS_PATH NEXT_HOP, true,
	    EXTERNAL, OK, 0, "" },
	{ "low flags are free", "4f 01 01 00" AS_PATH NEXT_HOP, true, EXTERNAL,
	    OK, 0, "" },

	/* 3 (c) */
	{ "ORIGIN optional", "c0 01 01 00" AS_PATH NEXT_HOP, true, EXTERNAL,
	    WITHDRAW, 1, "" },
	{ "ORIGIN not transitive", "00 01 01 00" AS_PATH NEXT_HOP, true,
	    EXTERNAL, WITHDRAW, 1, "" },
	{ "ORIGIN partial", "60 01 01 00" AS_PATH NEXT_HOP, true, EXTERNAL, OK,
	    0, "" },
	{ "COMMUNITIES not optional", NEEDED "40 08 04 fbf50001", true,
	    EXTERNAL, WITHDRAW, 8, "" },
	{ "MED transitive", NEEDED "c0 04 04 00000001", true, EXTERNAL,
	    WITHDRAW, 4, "" },

	/* 3 (d) */
	{ "no ORIGIN", AS_PATH NEXT_HOP, true, EXTERNAL, WITHDRAW, 1, "" },
	{ "no AS_PATH", ORIGIN NEXT_HOP, true, EXTERNAL, WITHDRAW, 2, "" },
	{ "no NEXT_HOP", ORIGIN AS_PATH, true, EXTERNAL, WITHDRAW, 3, "" },
	{ "no attribute", "", true, EXTERNAL, WITHDRAW, 1, "" },
	{ "no NEXT_HOP beside MP_REACH_NLRI", V6_REACH ORIGIN AS_PATH, true,
	    EXTERNAL, WITHDRAW, 3, "" },
	{ "no ORIGIN, IPv6", V6_REACH AS_PATH, false, EXTERNAL, WITHDRAW, 1,
	    "" },
	{ "no ORIGIN, withdrawals only", "80 0f 08 0002 01 20 20010db8", false,
	    EXTERNAL, OK, 0, "" },

	/* 3 (g) */
	{ "ORIGIN twice", NEEDED ORIGIN, true, EXTERNAL, DISCARD, 1, "" },
	{ "second ORIGIN malformed", NEEDED "40 01 00", true, EXTERNAL, DISCARD,
	    1, "" },
	{ "unknown twice", NEEDED "c0 c8 00 c0 c8 00", true, EXTERNAL, DISCARD,
	    200, "" },
	{ "MP_REACH_NLRI twice", V6_REACH V6_REACH ORIGIN AS_PATH, false,
	    EXTERNAL, RESET, 14, "01" },
	{ "MP_UNREACH_NLRI twice", "80 0f 03 000201 80 0f 03 000201", false,
	    EXTERNAL, RESET, 15, "01" },
	{ "MP_UNREACH_NLRI twice, not ours",
	    NEEDED "80 0f 03 001901 80 0f 03 001901", true, EXTERNAL, RESET, 15,
	    "01" },

	/* 3 (h) */
	{ "the worst counts", NEEDED "40 06 01 00 40 01 00 80 04 00", true,
	    EXTERNAL, WITHDRAW, 4, "" },
	{ "a reset is worse", "40 01 00" AS_PATH NEXT_HOP "00 63 00", true,
	    EXTERNAL, RESET, 99, "02 006300" },

	/* 4 */
	{ "past the end", NEEDED "80 04 05 00000001", true, EXTERNAL, WITHDRAW,
	    4, "" },
	{ "one octet left", NEEDED "80", true, EXTERNAL, WITHDRAW, 0, "" },
	{ "two octets left", NEEDED "80 04", true, EXTERNAL, WITHDRAW, 4, "" },
	{ "three left, extended", NEEDED "90 04 00", true, EXTERNAL, WITHDRAW,
	    4, "" },
	{ "MP_REACH_NLRI past the end", NEEDED "80 0e 1b 0002 01", true,
	    EXTERNAL, RESET, 14, "09 800e1b000201" },
	{ "MP_UNREACH_NLRI past the end", NEEDED "90 0f 0100 0002 01", true,
	    EXTERNAL, RESET, 15, "09 900f0100000201" },

	/* 5.2 */
	{ "error without NLRI", ORIGIN "80 04 03 000001", false, EXTERNAL,
	    RESET, 4, "05 800403000001" },
	{ "bad ORIGIN without NLRI", "40 01 01 03", false, EXTERNAL, RESET, 1,
	    "06 40010103" },
	{ "bad flags without NLRI", "80 01 01 00", false, EXTERNAL, RESET, 1,
	    "04 80010100" },
	{ "bad AS_PATH without NLRI", "40 02 01 02", false, EXTERNAL, RESET, 2,
	    "0b" },
	{ "cut without NLRI", "40", false, EXTERNAL, RESET, 0, "01" },
	{ "empty MP_REACH_NLRI", "80 0e 15 0002 01" V6_NEXT_HOP "00 40 01 00",
	    false, EXTERNAL, RESET, 1, "05 400100" },
	{ "discard without NLRI", "40 06 01 00", false, EXTERNAL, DISCARD, 6,
	    "" },
	{ "error beside MP_REACH_NLRI of others",
	    "80 0e 07 0019 41 00 00 ffff 40 01 00" AS_PATH, false, EXTERNAL,
	    WITHDRAW, 1, "" },

	/* 7.1 */
	{ "ORIGIN EGP", "40 01 01 01" AS_PATH NEXT_HOP, true, EXTERNAL, OK, 0,
	    "" },
	{ "ORIGIN INCOMPLETE", "40 01 01 02" AS_PATH NEXT_HOP, true, EXTERNAL,
	    OK, 0, "" },
	{ "ORIGIN 3", "40 01 01 03" AS_PATH NEXT_HOP, true, EXTERNAL, WITHDRAW,
	    1, "" },
	{ "ORIGIN empty", "40 01 00" AS_PATH NEXT_HOP, true, EXTERNAL, WITHDRAW,
	    1, "" },
	{ "ORIGIN too long", "40 01 02 0000" AS_PATH NEXT_HOP, true, EXTERNAL,
	    WITHDRAW, 1, "" },

	/* 7.2 */
	{ "AS_PATH empty", ORIGIN "40 02 00" NEXT_HOP, true, INTERNAL, OK, 0,
	    "" },
	{ "AS_PATH, two segments",
	    ORIGIN "40 02 0c 02010000fbf5 02010000fbf6" NEXT_HOP, true,
	    EXTERNAL, OK, 0, "" },
	{ "AS_PATH, unknown segment", ORIGIN "40 02 06 05 01 0000fbf5" NEXT_HOP,
	    true, EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, segment type 0", ORIGIN "40 02 06 00 01 0000fbf5" NEXT_HOP,
	    true, EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, overrun", ORIGIN "40 02 06 02 02 0000fbf5" NEXT_HOP, true,
	    EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, underrun", ORIGIN "40 02 07 02 01 0000fbf5 02" NEXT_HOP,
	    true, EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, empty segment", ORIGIN "40 02 02 02 00" NEXT_HOP, true,
	    EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, AS 0", ORIGIN "40 02 06 02 01 00000000" NEXT_HOP, true,
	    EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, AS_SET", ORIGIN "40 02 06 01 01 0000fbf5" NEXT_HOP, true,
	    EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, confederation", ORIGIN "40 02 06 03 01 0000fbf5" NEXT_HOP,
	    true, EXTERNAL, WITHDRAW, 2, "" },
	{ "AS_PATH, confederation inside",
	    ORIGIN "40 02 06 03 01 0000fbf5" NEXT_HOP, true, INTERNAL, OK, 0,
	    "" },
	{ "AS_PATH, confederation set",
	    ORIGIN "40 02 06 04 01 0000fbf5" NEXT_HOP, true, INTERNAL, WITHDRAW,
	    2, "" },
	{ "AS_PATH, two octets from a new one", NEEDED_OLD, true, EXTERNAL,
	    WITHDRAW, 2, "" },

	/* 7.3 */
	{ "NEXT_HOP too short", ORIGIN AS_PATH "40 03 03 c00002", true,
	    EXTERNAL, WITHDRAW, 3, "" },
	{ "NEXT_HOP empty", ORIGIN AS_PATH "40 03 00", true, EXTERNAL, WITHDRAW,
	    3, "" },
	{ "NEXT_HOP unspecified", ORIGIN AS_PATH "40 03 04 00000000", true,
	    EXTERNAL, WITHDRAW, 3, "" },
	{ "NEXT_HOP multicast", ORIGIN AS_PATH "40 03 04 e0000001", true,
	    EXTERNAL, WITHDRAW, 3, "" },
	{ "NEXT_HOP that means nothing",
	    V6_REACH ORIGIN AS_PATH "40 03 04 00000000", false, EXTERNAL, OK, 0,
	    "" },

	/* 7.4, 7.5 */
	{ "MED", NEEDED "80 04 04 00000001", true, EXTERNAL, OK, 0, "" },
	{ "MED too short", NEEDED "80 04 03 000001", true, EXTERNAL, WITHDRAW,
	    4, "" },
	{ "LOCAL_PREF inside", NEEDED "40 05 04 00000064", true, INTERNAL, OK,
	    0, "" },
	{ "LOCAL_PREF too short inside", NEEDED "40 05 03 000064", true,
	    INTERNAL, WITHDRAW, 5, "" },
	{ "LOCAL_PREF from outside", NEEDED "40 05 04 00000064", true, EXTERNAL,
	    DISCARD, 5, "" },
	{ "LOCAL_PREF from outside, all wrong", NEEDED "c0 05 01 00", true,
	    EXTERNAL, DISCARD, 5, "" },

	/* 7.6, 7.7 */
	{ "ATOMIC_AGGREGATE", NEEDED "40 06 00", true, EXTERNAL, OK, 0, "" },
	{ "ATOMIC_AGGREGATE too long", NEEDED "40 06 01 00", true, EXTERNAL,
	    DISCARD, 6, "" },
	{ "AGGREGATOR", NEEDED "c0 07 08 0000fbf5 c0000201", true, EXTERNAL, OK,
	    0, "" },
	{ "AGGREGATOR, old", NEEDED_OLD "c0 07 06 fbf5 c0000201", true, OLD, OK,
	    0, "" },
	{ "AGGREGATOR, 6 octets", NEEDED "c0 07 06 fbf5 c0000201", true,
	    EXTERNAL, DISCARD, 7, "" },
	{ "AGGREGATOR, old, 8 octets", NEEDED_OLD "c0 07 08 0000fbf5 c0000201",
	    true, OLD, DISCARD, 7, "" },
	{ "AGGREGATOR, AS 0", NEEDED "c0 07 08 00000000 c0000201", true,
	    EXTERNAL, DISCARD, 7, "" },

	/* 7.8, 7.14, 7.15; RFC 8092, section 5 */
	{ "COMMUNITIES", NEEDED "c0 08 08 fbf50001 fbf50002", true, EXTERNAL,
	    OK, 0, "" },
	{ "COMMUNITIES empty", NEEDED "c0 08 00", true, EXTERNAL, WITHDRAW, 8,
	    "" },
	{ "COMMUNITIES odd", NEEDED "c0 08 05 fbf50001 00", true, EXTERNAL,
	    WITHDRAW, 8, "" },
	{ "extended communities", NEEDED "c0 10 08 0002fbf500000001", true,
	    EXTERNAL, OK, 0, "" },
	{ "extended communities odd", NEEDED "c0 10 07 0002fbf5000000", true,
	    EXTERNAL, WITHDRAW, 16, "" },
	{ "extended communities empty", NEEDED "c0 10 00", true, EXTERNAL,
	    WITHDRAW, 16, "" },
	{ "IPv6 extended communities odd", NEEDED "c0 19 08 0002fbf500000001",
	    true, EXTERNAL, WITHDRAW, 25, "" },
	{ "large communities", NEEDED "c0 20 0c 0000fbf5 00000001 00000002",
	    true, EXTERNAL, OK, 0, "" },
	{ "large communities odd", NEEDED "c0 20 08 0000fbf5 00000001", true,
	    EXTERNAL, WITHDRAW, 32, "" },
	{ "large communities empty", NEEDED "c0 20 00", true, EXTERNAL,
	    WITHDRAW, 32, "" },

	/* 7.9, 7.10 */
	{ "ORIGINATOR_ID from outside", NEEDED "80 09 04 c0000201", true,
	    EXTERNAL, DISCARD, 9, "" },
	{ "ORIGINATOR_ID inside", NEEDED "80 09 04 c0000201", true, INTERNAL,
	    OK, 0, "" },
	{ "ORIGINATOR_ID too short inside", NEEDED "80 09 03 c00002", true,
	    INTERNAL, WITHDRAW, 9, "" },
	{ "CLUSTER_LIST from outside", NEEDED "80 0a 03 c00002", true, EXTERNAL,
	    DISCARD, 10, "" },
	{ "CLUSTER_LIST inside", NEEDED "80 0a 08 c0000201 c0000202", true,
	    INTERNAL, OK, 0, "" },
	{ "CLUSTER_LIST empty inside", NEEDED "80 0a 00", true, INTERNAL,
	    WITHDRAW, 10, "" },

	/* 5.3, 7.11 */
	{ "MP_REACH_NLRI flags",
	    "c0 0e 1a 0002 01" V6_NEXT_HOP "00 20 20010db8" ORIGIN AS_PATH,
	    false, EXTERNAL, WITHDRAW, 14, "" },
	{ "MP_REACH_NLRI flags and a prefix cut",
	    "c0 0e 19 0002 01" V6_NEXT_HOP "00 20 20010d" ORIGIN AS_PATH, false,
	    EXTERNAL, RESET, 14,
	    "09 c00e19 0002 01" V6_NEXT_HOP "00 20 20010d" },
	{ "MP_UNREACH_NLRI flags", "c0 0f 08 0002 01 20 20010db8", false,
	    EXTERNAL, WITHDRAW, 15, "" },
	{ "MP_REACH_NLRI of 4 octets", NEEDED "80 0e 04 0002 01 00", true,
	    EXTERNAL, RESET, 14, "09 800e0400020100" },
	{ "MP_UNREACH_NLRI of 2 octets", NEEDED "80 0f 02 0002", true, EXTERNAL,
	    RESET, 15, "09 800f020002" },
	{ "next hop of 4 octets, IPv6",
	    "80 0e 0e 0002 01 04 c0000202 00 20 20010db8" ORIGIN AS_PATH, false,
	    EXTERNAL, RESET, 14,
	    "09 800e0e 0002 01 04 c0000202 00 20 20010db8" },
	{ "next hop of 32 octets",
	    "80 0e 2a 0002 01 20 20010db8"
	    "000000000000000000000001" V6_LINK_LOCAL
	    "00 20 20010db8" ORIGIN AS_PATH,
	    false, EXTERNAL, OK, 0, "" },
	{ "next hop past the end", "80 0e 05 0002 01 10 00" ORIGIN AS_PATH,
	    false, EXTERNAL, RESET, 14, "09 800e05 0002 01 10 00" },
	{ "no reserved octet", "80 0e 14 0002 01" V6_NEXT_HOP ORIGIN AS_PATH,
	    false, EXTERNAL, RESET, 14, "09 800e14 0002 01" V6_NEXT_HOP },
	{ "IPv6 length 129",
	    "80 0e 26 0002 01" V6_NEXT_HOP
	    "00 81 20010db8000000000000000000000001" ORIGIN AS_PATH,
	    false, EXTERNAL, RESET, 14, NULL },
	{ "IPv6 prefix cut",
	    "80 0e 19 0002 01" V6_NEXT_HOP "00 20 20010d" ORIGIN AS_PATH, false,
	    EXTERNAL, RESET, 14, NULL },
	{ "IPv6 withdrawal cut", "80 0f 07 0002 01 20 20010d", false, EXTERNAL,
	    RESET, 15, "09 800f07 0002 01 20 20010d" },
	{ "a family that was not agreed on",
	    "80 0e 07 0002 01 00 00 ffff" ORIGIN AS_PATH, false, IPV4_ONLY, OK,
	    0, "" },
	{ "a withdrawal that was not agreed on", "80 0f 05 0002 01 ffff", false,
	    IPV4_ONLY, OK, 0, "" },
	{ "a SAFI that we do not know",
	    "80 0e 07 0001 80 00 00 ffff" ORIGIN AS_PATH, false, EXTERNAL, OK,
	    0, "" },
	{ "IPv4 in MP_REACH_NLRI",
	    "80 0e 0d 0001 01 04 c0000202 00 18 c63364" ORIGIN AS_PATH, false,
	    EXTERNAL, OK, 0, "" },
	{ "IPv4 over IPv6, agreed",
	    "80 0e 19 0001 01" V6_NEXT_HOP "00 18 c63364" ORIGIN AS_PATH, false,
	    V4_OVER_V6, OK, 0, "" },
	{ "IPv4 over IPv6, not agreed",
	    "80 0e 19 0001 01" V6_NEXT_HOP "00 18 c63364" ORIGIN AS_PATH, false,
	    EXTERNAL, RESET, 14, NULL },
	{ "IPv4 length 33",
	    "80 0e 0f 0001 01 04 c0000202 00 21 c633640000" ORIGIN AS_PATH,
	    false, EXTERNAL, RESET, 14, NULL },

	/* RFC 6793, sections 4.1 and 6 */
	{ "AS4_PATH from a new one", NEEDED "c0 11 06 02 01 0001fbf5", true,
	    EXTERNAL, DISCARD, 17, "" },
	{ "AS4_PATH", NEEDED_OLD "c0 11 06 02 01 0001fbf5", true, OLD, OK, 0,
	    "" },
	{ "AS4_PATH empty", NEEDED_OLD "c0 11 00", true, OLD, DISCARD, 17, "" },
	{ "AS4_PATH cut", NEEDED_OLD "c0 11 05 02 01 0001fb", true, OLD,
	    DISCARD, 17, "" },
	{ "AS4_PATH, AS 0", NEEDED_OLD "c0 11 06 02 01 00000000", true, OLD,
	    DISCARD, 17, "" },
	{ "AS4_PATH, AS_SET", NEEDED_OLD "c0 11 06 01 01 0001fbf5", true, OLD,
	    WITHDRAW, 17, "" },
	{ "AS4_AGGREGATOR", NEEDED_OLD "c0 12 08 0001fbf5 c0000201", true, OLD,
	    OK, 0, "" },
	{ "AS4_AGGREGATOR too short", NEEDED_OLD "c0 12 06 fbf5 c0000201", true,
	    OLD, DISCARD, 18, "" },
	{ "AS4_AGGREGATOR, AS 0", NEEDED_OLD "c0 12 08 00000000 c0000201", true,
	    OLD, DISCARD, 18, "" },
	{ "AS4_AGGREGATOR from a new one", NEEDED "c0 12 08 0001fbf5 c0000201",
	    true, EXTERNAL, DISCARD, 18, "" },

	/* RFC 9234, section 5 */
	{ "OTC", NEEDED "c0 23 04 0000fbf5", true, EXTERNAL, OK, 0, "" },
	{ "OTC too short", NEEDED "c0 23 02 fbf5", true, EXTERNAL, WITHDRAW, 35,
	    "" },

	/* RFC 4271, section 6.3 */
	{ "unknown optional", NEEDED "c0 c8 02 0102", true, EXTERNAL, OK, 0,
	    "" },
	{ "unknown optional, empty", NEEDED "80 c8 00", true, EXTERNAL, OK, 0,
	    "" },
	{ "AIGP", NEEDED "80 1a 0b 01 000b 0000000000000001", true, EXTERNAL,
	    OK, 0, "" },
	{ "unknown well-known", NEEDED "40 c8 02 0102", true, EXTERNAL, RESET,
	    200, "02 40c8020102" },
	{ "unknown well-known, extended", NEEDED "50 c8 0001 01", true,
	    EXTERNAL, RESET, 200, "02 50c8000101" },
	{ "attribute 0", NEEDED "40 00 00", true, EXTERNAL, RESET, 0,
	    "02 400000" },
};

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct session_terms terms = terms_of(cases[i].side);
		struct hex h = hex_new(cases[i].hex);
		struct bgp_notification why = { .code = 0 };
		struct attr_summary s;

		hex_case(cases[i].name);
		assert_int_equal(attr_check(&s, hex_in(&h), cases[i].classic,
				     &terms, &why),
		    cases[i].verdict);
		assert_int_equal(s.verdict, cases[i].verdict);
		assert_int_equal(s.culprit, cases[i].culprit);
		if (s.verdict == RESET)
			assert_int_equal(why.code, BGP_ERR_UPDATE);
		if (s.verdict == RESET && cases[i].why != NULL) {
			uint8_t all[1 + NOTIFICATION_DATA_MAX];

			all[0] = why.subcode;
			memcpy(all + 1, why.data, why.data_len);
			hex_check(all, 1U + why.data_len, cases[i].why);
		}
		hex_free(&h);
	}
}

static void
test_summary(void **state)
{
	struct session_terms terms = terms_of(V4_OVER_V6);
	struct hex h =
	    hex_new("80 0e 1f 0002 01" V6_NEXT_HOP "00 20 20010db8 00 18 200102"
		    "80 0f 09 0001 01 20 c0000201 00" ORIGIN AS_PATH);
	struct bgp_notification why;
	struct attr_summary s;

	(void)state;
	assert_int_equal(attr_check(&s, hex_in(&h), false, &terms, &why),
	    ATTR_OK);
	assert_true(s.has_mp_reach);
	assert_true(s.has_mp_unreach);
	assert_true(s.has_other);
	assert_int_equal(s.mp_unreach_family, FAMILY_IPV4);
	assert_int_equal(s.reach[FAMILY_IPV4], 0);
	assert_int_equal(s.reach[FAMILY_IPV6], 3);
	assert_int_equal(s.unreach[FAMILY_IPV4], 2);
	assert_int_equal(s.unreach[FAMILY_IPV6], 0);
	hex_free(&h);
}

static void
test_count_nlri(void **state)
{
	static const struct {
		const char *hex;
		enum family family;
		int rc;
		uint32_t count;
	} fields[] = {
		{ "", FAMILY_IPV4, 0, 0 },
		{ "00", FAMILY_IPV4, 0, 1 },
		{ "20 c0000201 18 c00002 01 80", FAMILY_IPV4, 0, 3 },
		{ "21 c000020100", FAMILY_IPV4, -1, 0 },
		{ "ff", FAMILY_IPV4, -1, 0 },
		{ "20 c00002", FAMILY_IPV4, -1, 0 },
		{ "80 20010db8000000000000000000000001", FAMILY_IPV6, 0, 1 },
		{ "81 20010db800000000000000000000000100", FAMILY_IPV6, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(fields); i++) {
		struct hex h = hex_new(fields[i].hex);
		uint32_t count = 0;

		hex_case(fields[i].hex);
		assert_int_equal(attr_count_nlri(hex_in(&h), fields[i].family,
				     &count),
		    fields[i].rc);
		if (fields[i].rc == 0)
			assert_int_equal(count, fields[i].count);
		hex_free(&h);
	}
}

static struct attr_set
example(const char *next_hop)
{
	struct attr_set a = { .local_as = 64500, .as_count = 1, .as4 = true };

	assert_int_equal(prefix_parse(&a.next_hop, next_hop), PREFIX_OK);
	a.family = a.next_hop.family;
	return a;
}

static void
check_encoded(const struct attr_set *a, const char *hex)
{
	struct wire_out out;

	wire_out_init(&out, 4096);
	attr_encode(a, &out);
	hex_check_out(&out, hex);
	wire_out_fini(&out);
}

static void
test_encode(void **state)
{
	struct attr_set a = example("192.0.2.1");

	(void)state;
	assert_false(attr_uses_mp_reach(&a));
	check_encoded(&a, "400101 00 400206 02010000fbf4 400304 c0000201");
	a.has_med = a.has_local_pref = a.has_otc = true;
	a.med = 7;
	a.local_pref = 100;
	a.otc = 64500;
	a.as_count = 3;
	community_parse(&a.communities, "blackhole");
	community_parse(&a.communities, "64501:666");
	community_parse(&a.communities, "64501:1:2");
	check_encoded(&a,
	    "400101 00 40020e 02030000fbf40000fbf40000fbf4 400304 c0000201"
	    "800404 00000007 400504 00000064 c00808 fbf5029a ffff029a"
	    "c0200c 0000fbf5 00000001 00000002 c02304 0000fbf4");
	a.as_count = 0;
	a.communities = (struct community_set){ .count = 0 };
	a.has_med = a.has_otc = false;
	check_encoded(&a, "400101 00 400200 400304 c0000201 400504 00000064");
}

static void
test_encode_mp(void **state)
{
	struct attr_set a = example("2001:db8::1");

	(void)state;
	assert_true(attr_uses_mp_reach(&a));
	check_encoded(&a, "400101 00 400206 02010000fbf4");
	a.family = FAMILY_IPV4; /* RFC 8950 */
	assert_true(attr_uses_mp_reach(&a));
	check_encoded(&a, "400101 00 400206 02010000fbf4");
}

static void
test_encode_old(void **state)
{
	struct attr_set a = example("192.0.2.1");

	(void)state;
	a.as4 = false;
	check_encoded(&a, "400101 00 400204 0201fbf4 400304 c0000201");
	a.local_as = 65538;
	a.as_count = 2;
	community_parse(&a.communities, "blackhole");
	check_encoded(&a,
	    "400101 00 400206 02025ba05ba0 400304 c0000201 c00804 ffff029a"
	    "c0110a 0202 00010002 00010002");
	a.as_count = 0;
	check_encoded(&a, "400101 00 400200 400304 c0000201 c00804 ffff029a");
}

/* Lengths above 255 need the extended length. */
static void
test_encode_long(void **state)
{
	struct attr_set a = example("192.0.2.1");
	struct session_terms terms = terms_of(EXTERNAL);
	struct bgp_notification why;
	struct attr_summary s;
	struct wire_out out;

	(void)state;
	a.as_count = 255;
	for (int i = 0; i < COMMUNITY_MAX; i++) {
		char text[COMMUNITY_STRLEN];

		snprintf(text, sizeof(text), "1:1:%d", i);
		assert_int_equal(community_parse(&a.communities, text),
		    COMMUNITY_OK);
	}
	wire_out_init(&out, 4096);
	attr_encode(&a, &out);
	hex_check(out.bytes, 10, "400101 00 5002 03fe 02ff");
	hex_check(out.bytes + 4 + 4 + 1022 + 7, 4, "d020 0180");
	assert_int_equal(out.len, 4 + 4 + 1022 + 7 + 4 + 384);
	assert_int_equal(attr_check(&s, wire_in(out.bytes, out.len), true,
			     &terms, &why),
	    ATTR_OK);
	wire_out_fini(&out);
}

static void
test_equal(void **state)
{
	struct attr_set a = example("192.0.2.1"), b = a;

	(void)state;
	assert_true(attr_set_equal(&a, &b));
	b.med = 5; /* does not count, since there is none */
	assert_true(attr_set_equal(&a, &b));
	b.has_med = true;
	assert_false(attr_set_equal(&a, &b));
	a.has_med = true;
	assert_false(attr_set_equal(&a, &b));
	a.med = 5;
	assert_true(attr_set_equal(&a, &b));
	b = example("192.0.2.2");
	assert_false(attr_set_equal(&a, &b));
	b = a;
	community_parse(&b.communities, "blackhole");
	assert_false(attr_set_equal(&a, &b));
}

static void
test_name(void **state)
{
	char buf[ATTR_NAMELEN];

	(void)state;
	assert_string_equal(attr_name(BGP_ATTR_AS_PATH, buf), "AS_PATH");
	assert_string_equal(attr_name(BGP_ATTR_OTC, buf), "OTC");
	assert_string_equal(attr_name(0, buf), "attribute 0");
	assert_string_equal(attr_name(13, buf), "attribute 13");
	assert_string_equal(attr_name(255, buf), "attribute 255");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_count_nlri),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_encode_mp),
		cmocka_unit_test(test_encode_old),
		cmocka_unit_test(test_encode_long),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
