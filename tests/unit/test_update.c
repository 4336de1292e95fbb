/*
 * UPDATE: packed to the last octet, in both kinds of fields; and received,
 * where the fields must fit together and an End-of-RIB is told from the rest.
 */
#include "hex.h"

#include "bgp.h"
#include "frame.h"
#include "update.h"

#define ATTRS "40010100 40020602010000fbf4 400304c0000201 "
#define MP_ATTRS "40010100 40020602010000fbf4 "
#define V6 "20010db8 00000000 00000000 00000001 "
#define LINK_LOCAL "fe800000 00000000 00000000 00000001 "

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text), PREFIX_OK);
	return p;
}

static struct attr_set
example(const char *next_hop)
{
	struct attr_set a = { .local_as = 64500,
		.as_count = 1,
		.as4 = true,
		.next_hop = prefix(next_hop) };

	a.family = a.next_hop.family;
	return a;
}

static void
put(struct update_writer *w, const char *text)
{
	struct prefix p = prefix(text);

	assert_true(update_put(w, &p));
}

/* Encodes *a and begins an UPDATE with it; attrs is to be freed after end. */
static void
announce(struct update_writer *w, struct wire_out *out, struct wire_out *attrs,
    size_t message_max, const struct attr_set *a)
{
	wire_out_init(attrs, 4096);
	attr_encode(a, attrs);
	update_announce_begin(w, out, message_max, a, attrs->bytes, attrs->len);
}

static void
check_announced(const struct attr_set *a, const char *one, const char *two,
    const char *hex)
{
	struct wire_out out, attrs;
	struct update_writer w;

	wire_out_init(&out, 4096);
	announce(&w, &out, &attrs, 4096, a);
	put(&w, one);
	put(&w, two);
	update_end(&w);
	hex_check_out(&out, hex);
	wire_out_fini(&attrs);
	wire_out_fini(&out);
}

static void
test_announce(void **state)
{
	struct attr_set a = example("192.0.2.1");

	(void)state;
	check_announced(&a, "203.0.113.7", "203.0.112.0/22",
	    HEX_MARKER "0034 02 0000 0014" ATTRS "20cb007107 16cb0070");
	a = example("2001:db8::1");
	check_announced(&a, "2001:db8::/32", "::/0",
	    HEX_MARKER "0043 02 0000 002c 900e001b 0002 01 10" V6
		       "00 2020010db8 00" MP_ATTRS);
	a.next_hop_link_local = prefix("fe80::1");
	check_announced(&a, "2001:db8::/32", "::/0",
	    HEX_MARKER "0053 02 0000 003c 900e002b 0002 01 20" V6 LINK_LOCAL
		       "00 2020010db8 00" MP_ATTRS);
	a = example("2001:db8::1");
	a.family = FAMILY_IPV4; /* RFC 8950 */
	check_announced(&a, "203.0.113.7", "203.0.113.8",
	    HEX_MARKER "0047 02 0000 0030 900e001f 0001 01 10" V6
		       "00 20cb007107 20cb007108" MP_ATTRS);
}

static void
test_withdraw(void **state)
{
	struct update_writer w;
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	update_withdraw_begin(&w, &out, 4096, FAMILY_IPV4);
	put(&w, "203.0.113.7");
	put(&w, "203.0.113.0/25");
	update_end(&w);
	hex_check_out(&out,
	    HEX_MARKER "0021 02 000a 20cb007107 19cb007100 0000");
	wire_out_reset(&out);
	update_withdraw_begin(&w, &out, 4096, FAMILY_IPV6);
	put(&w, "2001:db8::1");
	update_end(&w);
	hex_check_out(&out,
	    HEX_MARKER "002f 02 0000 0018 900f0014 0002 01 80" V6);
	wire_out_fini(&out);
}

static void
test_end_of_rib(void **state)
{
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 4096);
	update_end_of_rib(&out, FAMILY_IPV4);
	update_end_of_rib(&out, FAMILY_IPV6);
	hex_check_out(&out,
	    HEX_MARKER "0017 02 0000 0000" HEX_MARKER
		       "001e 02 0000 0007 900f0003 000201");
	wire_out_fini(&out);
}

/*
 * Fills one UPDATE with host routes, then checks that it has as many as its
 * size allows, that its header says its size and that it is good.
 */
static void
check_fullest(struct update_writer *w, size_t message_max, enum family family,
    size_t overhead)
{
	struct session_terms terms = { .as4 = true,
		.families = 3,
		.ipv4_over_ipv6 = true };
	struct prefix p = { .family = (uint8_t)family,
		.len = family_bits(family) };
	size_t octets = 1U + p.len / 8U, count = 0;
	struct wire_out *out = w->out;
	struct bgp_notification why;
	struct update_summary s;
	struct frame f;

	while (update_put(w, &p)) {
		count++;
		p.addr[3] = (uint8_t)count;
		p.addr[2] = (uint8_t)(count >> 8);
	}
	assert_int_equal(count, (message_max - overhead) / octets);
	p.len = (uint8_t)(8 * ((message_max - overhead) % octets));
	if (p.len > 0) { /* one that takes exactly what is left */
		p.len = (uint8_t)(p.len - 8);
		assert_true(update_put(w, &p));
		count++;
	}
	p.len = 0;
	assert_false(update_put(w, &p));
	update_end(w);
	assert_false(out->failed);
	assert_int_equal(out->len, message_max);
	assert_int_equal(frame_decode(&f, out->bytes, out->len, message_max,
			     &why),
	    1);
	assert_int_equal(update_check(&s, f.body, &terms, &why), 0);
	assert_int_equal(s.verdict, ATTR_OK);
	assert_int_equal(s.reach[family] + s.unreach[family], count);
}

static void
test_fullest(void **state)
{
	static const size_t sizes[] = { 4096, 65535, 4095, 4097, 200 };
	struct attr_set v4 = example("192.0.2.1"), v6 = example("2001:db8::1");
	struct attr_set v4_over_v6 = v6;
	struct wire_out out, attrs;
	struct update_writer w;

	(void)state;
	v4_over_v6.family = FAMILY_IPV4;
	wire_out_init(&out, 65535);
	for (size_t i = 0; i < HEX_COUNT(sizes); i++) {
		wire_out_reset(&out);
		announce(&w, &out, &attrs, sizes[i], &v4);
		check_fullest(&w, sizes[i], FAMILY_IPV4, 23 + 20);
		wire_out_fini(&attrs);
		wire_out_reset(&out);
		announce(&w, &out, &attrs, sizes[i], &v6);
		check_fullest(&w, sizes[i], FAMILY_IPV6, 23 + 13 + 25);
		wire_out_fini(&attrs);
		wire_out_reset(&out);
		announce(&w, &out, &attrs, sizes[i], &v4_over_v6);
		check_fullest(&w, sizes[i], FAMILY_IPV4, 23 + 13 + 25);
		wire_out_fini(&attrs);
		wire_out_reset(&out);
		update_withdraw_begin(&w, &out, sizes[i], FAMILY_IPV4);
		check_fullest(&w, sizes[i], FAMILY_IPV4, 23);
		wire_out_reset(&out);
		update_withdraw_begin(&w, &out, sizes[i], FAMILY_IPV6);
		check_fullest(&w, sizes[i], FAMILY_IPV6, 23 + 7);
	}
	wire_out_fini(&out);
}

static void
test_no_room(void **state)
{
	struct attr_set a = example("192.0.2.1");
	struct prefix p = prefix("203.0.113.7");
	struct wire_out out, attrs;
	struct update_writer w;

	(void)state;
	wire_out_init(&out, 4096);
	frame_keepalive(&out);
	announce(&w, &out, &attrs, 40, &a); /* not even the attributes fit */
	assert_false(update_put(&w, &p));
	update_cancel(&w);
	hex_check_out(&out, HEX_MARKER "0013 04");
	wire_out_fini(&attrs);
	wire_out_fini(&out);

	wire_out_init(&out, 50); /* the buffer fails before the message */
	update_withdraw_begin(&w, &out, 4096, FAMILY_IPV4);
	for (int i = 0; i < 10; i++)
		assert_true(update_put(&w, &p));
	update_end(&w);
	assert_true(out.failed);
	update_cancel(&w);
	assert_true(out.failed);
	wire_out_fini(&out);
}

/* why: subcode; reach and unreach of both families; -1: no End-of-RIB */
static const struct {
	const char *name, *hex;
	uint8_t families;
	int why;
	enum attr_verdict verdict;
	int end_of_rib;
	uint32_t reach[FAMILIES], unreach[FAMILIES];
} cases[] = {
	{ "End-of-RIB, IPv4", "0000 0000", 3, 0, ATTR_OK, FAMILY_IPV4, { 0, 0 },
	    { 0, 0 } },
	{ "End-of-RIB, IPv6", "0000 0006 800f03000201", 3, 0, ATTR_OK,
	    FAMILY_IPV6, { 0, 0 }, { 0, 0 } },
	{ "End-of-RIB, IPv4 in MP_UNREACH_NLRI", "0000 0006 800f03000101", 3, 0,
	    ATTR_OK, FAMILY_IPV4, { 0, 0 }, { 0, 0 } },
	{ "End-of-RIB, not agreed on", "0000 0006 800f03000201", 1, 0, ATTR_OK,
	    -1, { 0, 0 }, { 0, 0 } },
	{ "empty, IPv4 not agreed on", "0000 0000", 2, 0, ATTR_OK, -1, { 0, 0 },
	    { 0, 0 } },
	{ "End-of-RIB of another family", "0000 0006 800f03000185", 3, 0,
	    ATTR_OK, -1, { 0, 0 }, { 0, 0 } },
	{ "withdrawal only", "0005 20cb007107 0000", 3, 0, ATTR_OK, -1,
	    { 0, 0 }, { 1, 0 } },
	{ "withdrawal and empty MP_UNREACH_NLRI",
	    "0005 20cb007107 0006 800f03000201", 3, 0, ATTR_OK, -1, { 0, 0 },
	    { 1, 0 } },
	{ "MP_UNREACH_NLRI of one", "0000 000b 800f08000201 2020010db8", 3, 0,
	    ATTR_OK, -1, { 0, 0 }, { 0, 1 } },
	{ "attributes only", "0000 0004 40010100", 3, 0, ATTR_OK, -1, { 0, 0 },
	    { 0, 0 } },
	{ "announcement", "0000 0014" ATTRS "20cb007107 18cb0071", 3, 0,
	    ATTR_OK, -1, { 2, 0 }, { 0, 0 } },
	{ "both", "0002 080a 0014" ATTRS "20cb007107", 3, 0, ATTR_OK, -1,
	    { 1, 0 }, { 1, 0 } },
	{ "both, IPv4 not agreed on", "0002 080a 0014" ATTRS "20cb007107", 2, 0,
	    ATTR_OK, -1, { 0, 0 }, { 0, 0 } },
	{ "NLRI without attributes", "0000 0000 20cb007107", 3, 0,
	    ATTR_TREAT_AS_WITHDRAW, -1, { 1, 0 }, { 0, 0 } },
	{ "bad ORIGIN",
	    "0000 0014 40010103 40020602010000fbf4 400304c0000201"
	    "20cb007107",
	    3, 0, ATTR_TREAT_AS_WITHDRAW, -1, { 1, 0 }, { 0, 0 } },
	{ "LOCAL_PREF", "0000 001b" ATTRS "40050400000064 20cb007107", 3, 0,
	    ATTR_DISCARD, -1, { 1, 0 }, { 0, 0 } },
	{ "IPv4 beside MP_REACH_NLRI, no NEXT_HOP",
	    "0000 0027 800e17 0002 01 10" V6 "00 08 20" MP_ATTRS "20cb007107",
	    3, 0, ATTR_TREAT_AS_WITHDRAW, -1, { 1, 1 }, { 0, 0 } },
	{ "all four kinds",
	    "0002 080a 0039 800e17 0002 01 10" V6 "00 08 20"
	    "800f08 0002 01 08 21 00 08 22" ATTRS "20cb007107",
	    3, 0, ATTR_OK, -1, { 1, 1 }, { 1, 3 } },
	{ "empty body", "", 3, 1, ATTR_OK, -1, { 0, 0 }, { 0, 0 } },
	{ "withdrawn routes too long", "0003 0000", 3, 1, ATTR_OK, -1, { 0, 0 },
	    { 0, 0 } },
	{ "withdrawn routes leave no length", "0002 0000", 3, 1, ATTR_OK, -1,
	    { 0, 0 }, { 0, 0 } },
	{ "attributes too long", "0000 0001", 3, 1, ATTR_OK, -1, { 0, 0 },
	    { 0, 0 } },
	{ "attributes of 65535", "0000 ffff" ATTRS, 3, 1, ATTR_OK, -1, { 0, 0 },
	    { 0, 0 } },
	{ "length 33 in NLRI", "0000 0014" ATTRS "21cb00710700", 3, 10, ATTR_OK,
	    -1, { 0, 0 }, { 0, 0 } },
	{ "NLRI cut", "0000 0014" ATTRS "20cb0071", 3, 10, ATTR_OK, -1,
	    { 0, 0 }, { 0, 0 } },
	{ "length 33 in withdrawn routes", "0006 21cb00710700 0000", 3, 10,
	    ATTR_OK, -1, { 0, 0 }, { 0, 0 } },
	{ "withdrawn routes cut", "0004 20cb0071 0000", 3, 10, ATTR_OK, -1,
	    { 0, 0 }, { 0, 0 } },
	{ "NLRI cut, IPv4 not agreed on", "0000 0014" ATTRS "20cb0071", 2, 10,
	    ATTR_OK, -1, { 0, 0 }, { 0, 0 } },
	{ "a bad attribute and bad NLRI",
	    "0000 0014 40010103 40020602010000fbf4 400304c0000201 20cb", 3, 10,
	    ATTR_OK, -1, { 0, 0 }, { 0, 0 } },
	{ "MP_REACH_NLRI broken", "0000 0007 800e04 00020100", 3, 9, ATTR_OK,
	    -1, { 0, 0 }, { 0, 0 } },
	{ "MP_UNREACH_NLRI broken", "0000 0007 800f04 00020181", 3, 9, ATTR_OK,
	    -1, { 0, 0 }, { 0, 0 } },
};

static void
check_case(size_t i, const struct session_terms *terms)
{
	struct hex h = hex_new(cases[i].hex);
	struct bgp_notification why;
	struct update_summary s;
	int rc = update_check(&s, hex_in(&h), terms, &why);

	hex_free(&h);
	assert_int_equal(rc, cases[i].why == 0 ? 0 : -1);
	if (rc == -1) {
		assert_int_equal(why.code, BGP_ERR_UPDATE);
		assert_int_equal(why.subcode, cases[i].why);
		return;
	}
	assert_int_equal(s.verdict, cases[i].verdict);
	assert_int_equal(s.end_of_rib, cases[i].end_of_rib != -1);
	if (s.end_of_rib)
		assert_int_equal(s.end_of_rib_family, cases[i].end_of_rib);
	for (int f = 0; f < FAMILIES; f++) {
		assert_int_equal(s.reach[f], cases[i].reach[f]);
		assert_int_equal(s.unreach[f], cases[i].unreach[f]);
	}
}

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct session_terms terms = { .as4 = true,
			.families = cases[i].families };

		hex_case(cases[i].name);
		check_case(i, &terms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_announce),
		cmocka_unit_test(test_withdraw),
		cmocka_unit_test(test_end_of_rib),
		cmocka_unit_test(test_fullest),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
