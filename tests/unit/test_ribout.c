/*
 * One neighbor's account of the rib: in scenarios, in counts and when packed
 * full.
 */
#include "ribout_world.h"

#define ONE "203.0.113.1/32"
#define TWO "203.0.113.2/32"
#define THREE "203.0.113.3/32"
#define SIX "2001:db8:100::6/128"
#define NET "203.0.113.0/24"
#define NET6 "2001:db8:100::/48"
#define UP "up\n= end ipv4\n= end ipv6\nidle\n"

static const struct {
	const char *name;
	uint8_t announce, families;
	const char *script;
} scenarios[] = {
	{ "all that stands is announced first, then End-of-RIB, by family",
	    BOTH, ALL_FAMILIES,
	    "aggregate " NET "\nadd " SIX "\nadd " ONE "\nadd " TWO
	    "\naggregate " NET6 "\nup\n= + " NET "\n= +! " ONE " " TWO
	    "\n= end ipv4\n= + " NET6 "\n= +! " SIX "\n= end ipv6\nidle" },
	{ "nothing while down", BOTH, ALL_FAMILIES,
	    "add " ONE "\nidle\nstate " ONE " down\nend " ONE "\nidle" },
	{ "withdrawals before announcements", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nadd " TWO "\nend " ONE "\n= - " ONE
	       "\n= +! " TWO "\nidle" },
	{ "withdrawals of either family before announcements", BOTH,
	    ALL_FAMILIES,
	    UP "add " SIX "\n= +! " SIX "\nadd " ONE "\nend " SIX "\n= - " SIX
	       "\n= +! " ONE "\nidle" },
	{ "what ends before it was sent was never there", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\nend " ONE "\nidle" },
	{ "withdrawn and added again before anything is sent", BOTH,
	    ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nend " ONE "\nadd " ONE "\n= - " ONE
	       "\n= +! " ONE "\nidle" },
	{ "a prefix changes its kind", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nend " ONE "\naggregate " ONE
	       "\n= - " ONE "\n= + " ONE "\nidle" },
	{ "a slot is used again by another prefix, family and kind", BOTH,
	    ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nend " ONE "\n= - " ONE
	       "\naggregate " NET6 "\n= + " NET6 "\nend " NET6 "\nadd " TWO
	       "\n= - " NET6 "\n= +! " TWO "\nidle" },
	{ "a slot is used again when it was never announced", BOTH,
	    ALL_FAMILIES,
	    UP "add " ONE "\nend " ONE "\nadd " SIX "\n= +! " SIX "\nidle" },
	{ "a touch changes nothing for what is told", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\ntouch " ONE "\nidle" },
	{ "suppressed and allowed again", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nsuppress " ONE "\nstate " ONE
	       " off\n= - " ONE "\nidle\nallow " ONE "\nstate " ONE
	       " queued\n= +! " ONE "\nstate " ONE " sent\nidle" },
	{ "suppressed from the start", BOTH, ALL_FAMILIES,
	    "add " ONE "\nsuppress " ONE "\n" UP },
	{ "a victim for another neighbor", BOTH, ALL_FAMILIES,
	    UP "add " ONE " b\nidle\nstate " ONE " off\nadd " TWO
	       " b,a\n= +! " TWO "\nidle" },
	{ "blackholes only", ANNOUNCE_BLACKHOLES, ALL_FAMILIES,
	    "aggregate " NET "\nadd " ONE "\nup\nstate " NET " off\n= +! " ONE
	    "\n= end ipv4\n= end ipv6\nidle" },
	{ "aggregates only", ANNOUNCE_AGGREGATES, ALL_FAMILIES,
	    "aggregate " NET "\nadd " ONE "\nup\nstate " ONE " off\n= + " NET
	    "\n= end ipv4\n= end ipv6\nidle" },
	{ "one family only", BOTH, FAMILY_BIT(FAMILY_IPV6),
	    "add " ONE "\nadd " SIX "\nup ipv6\nstate " ONE " off\n= +! " SIX
	    "\n= end ipv6\nidle" },
	{ "states", BOTH, ALL_FAMILIES,
	    "add " ONE "\nstate " ONE " down\n"
	    "up\nstate " ONE " queued\n= +! " ONE "\nstate " ONE
	    " sent\ndown\nstate " ONE " down" },
	{ "what was sent is sent again in the next session", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\nadd " TWO "\n= +! " ONE " " TWO "\nend " ONE
	       "\ndown\nidle\nup\n= +! " TWO "\n= end ipv4\n= end ipv6\nidle" },
	{ "End-of-RIB once only", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nidle\ndown\nup\n= +! " ONE
	       "\n= end ipv4\n= end ipv6\nidle" },
	{ "End-of-RIB of what was agreed on", BOTH, ALL_FAMILIES,
	    "up ipv4\n= end ipv4\nidle" },
	{ "End-of-RIB held back", BOTH, ALL_FAMILIES,
	    "aggregate " NET "\nhold\nup\n= + " NET "\nidle\nadd " ONE
	    "\n= +! " ONE "\nidle\nadd " TWO "\nrelease\n= +! " TWO
	    "\n= end ipv4\n= end ipv6\nidle" },
	{ "a plain refresh", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\nadd " SIX "\naggregate " NET "\n= + " NET
	       "\n= +! " ONE "\n= +! " SIX "\nidle\nrefresh ipv4\n= + " NET
	       "\n= +! " ONE "\nidle\nrefresh ipv6\n= +! " SIX "\nidle" },
	{ "a plain refresh survives a touch", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nrefresh ipv4\ntouch " ONE
	       "\n= +! " ONE "\nidle" },
	{ "an enhanced refresh", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\nadd " SIX "\n= +! " ONE "\n= +! " SIX
	       "\nenhanced ipv4\n= borr ipv4\n= +! " ONE
	       "\n= eorr ipv4\nidle" },
	{ "an enhanced refresh of nothing", BOTH, ALL_FAMILIES,
	    UP "enhanced ipv6\n= borr ipv6\n= eorr ipv6\nidle" },
	{ "an enhanced refresh of what is still to be sent", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nadd " TWO
	       "\nenhanced ipv4\n= borr ipv4\n= +! " ONE " " TWO
	       "\n= eorr ipv4\nidle" },
	{ "what ends in an enhanced refresh", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\nadd " TWO "\n= +! " ONE " " TWO
	       "\nenhanced ipv4\nend " ONE "\n= - " ONE
	       "\n= borr ipv4\n= +! " TWO "\n= eorr ipv4\nidle" },
	{ "an enhanced refresh survives a touch", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nenhanced ipv4\ntouch " ONE
	       "\n= borr ipv4\ntouch " ONE "\n= +! " ONE
	       "\n= eorr ipv4\nidle" },
	{ "a withdrawal taken back in an enhanced refresh", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE
	       "\nenhanced ipv4\n= borr ipv4\nsuppress " ONE "\nallow " ONE
	       "\n= +! " ONE "\n= eorr ipv4\nidle" },
	{ "an enhanced refresh waits for End-of-RIB", BOTH, ALL_FAMILIES,
	    "add " ONE "\nup\n= +! " ONE
	    "\nenhanced ipv4\n= end ipv4\n= borr ipv4\n= +! " ONE
	    "\n= eorr ipv4\n= end ipv6\nidle" },
	{ "an enhanced refresh waits for an End-of-RIB that is held back", BOTH,
	    ALL_FAMILIES,
	    "add " ONE "\nhold\nup\n= +! " ONE "\nenhanced ipv4\nidle\nadd " TWO
	    "\n= +! " TWO "\nidle\nrelease\n= end ipv4\n= borr ipv4\n= +! " ONE
	    " " TWO "\n= eorr ipv4\n= end ipv6\nidle" },
	{ "a second enhanced refresh within the first", BOTH, ALL_FAMILIES,
	    UP
	    "add " ONE "\n= +! " ONE "\nenhanced ipv4\n= borr ipv4\n= +! " ONE
	    "\nenhanced ipv4\n= borr ipv4\n= +! " ONE "\n= eorr ipv4\nidle" },
	{ "a reload that changes nothing", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nadd " TWO "\nupdate\n= +! " TWO
	       "\nidle" },
	{ "a reload that changes the attributes of aggregates", BOTH,
	    ALL_FAMILIES,
	    UP "aggregate " NET "\nadd " ONE "\naggregate " NET6 "\n= + " NET
	       "\n= +! " ONE "\n= + " NET6 "\nupdate med\n= + " NET "\nidle" },
	{ "a reload that takes blackholes away, and one that brings them back",
	    BOTH, ALL_FAMILIES,
	    UP "aggregate " NET "\nadd " ONE "\nadd " TWO "\n= + " NET
	       "\n= +! " ONE " " TWO "\nupdate aggregates\n= - " ONE " " TWO
	       "\nidle\nstate " ONE " off\nupdate both\n= +! " ONE " " TWO
	       "\nidle" },
	{ "a reload while down", BOTH, ALL_FAMILIES,
	    "add " ONE "\nupdate aggregates\nidle\nup\n= end ipv4\n"
	    "= end ipv6\nidle" },
	{ "over the limit the oldest go", BOTH, ALL_FAMILIES,
	    UP "limit 2\nadd " ONE "\nsince " ONE " 30\nadd " TWO "\nsince " TWO
	       " 20\nadd " THREE "\nsince " THREE " 10\npending 3\n= +! " THREE
	       " " TWO "\nidle\nstate " ONE " over-limit\npending 0\nend " THREE
	       "\npending 2\n= - " THREE "\n= +! " ONE "\nidle\nstate " ONE
	       " sent" },
	{ "aggregates have their places", BOTH, ALL_FAMILIES,
	    "aggregate " NET "\nadd " ONE "\nadd " TWO "\nadd " SIX
	    "\nlimit 2\nup\n= + " NET "\n= +! " ONE "\n= end ipv4\n= +! " SIX
	    "\n= end ipv6\nidle\nstate " TWO " over-limit" },
	{ "what ends over the limit", BOTH, ALL_FAMILIES,
	    UP "limit 1\nadd " ONE "\nadd " TWO "\n= +! " ONE "\nidle\nend " TWO
	       "\npending 0\nidle" },
	{ "a refresh at the limit", BOTH, ALL_FAMILIES,
	    UP "limit 1\nadd " ONE "\nadd " TWO "\n= +! " ONE
	       "\nidle\nenhanced ipv4\n= borr ipv4\n= +! " ONE
	       "\n= eorr ipv4\nidle\nstate " ONE " sent\nstate " TWO
	       " over-limit" },
	{ "a limit that is lifted", BOTH, ALL_FAMILIES,
	    UP "limit 0\nadd " ONE
	       "\nidle\npending 0\nlimit 5\npending 1\n= +! " ONE "\nidle" },
	{ "what is left over where routes were kept", BOTH, ALL_FAMILIES,
	    "add " TWO "\nleft-over " ONE "\nleft-over " SIX
	    "\nup\nkept\n= - " ONE "\n= - " SIX "\n= +! " TWO
	    "\n= end ipv4\n= end ipv6\nidle\ndown\nup\n= +! " TWO
	    "\n= end ipv4\n= end ipv6\nidle" },
	{ "what is left over and stands again", BOTH, ALL_FAMILIES,
	    "left-over " ONE "\nadd " ONE "\nup\nkept\n= - " ONE "\n= +! " ONE
	    "\n= end ipv4\n= end ipv6\nupdate\nidle" },
	{ "what is left over means nothing where blackholes do not go",
	    ANNOUNCE_AGGREGATES, ALL_FAMILIES,
	    "left-over " ONE "\nup\nkept\n= end ipv4\n= end ipv6\nidle" },
	{ "a session that ends within a refresh", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nenhanced ipv4\n= borr ipv4\ndown\n"
	       "enhanced ipv4\nidle\nup\n= +! " ONE
	       "\n= end ipv4\n= end ipv6\nidle" },
};

static void
test_scenarios(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(scenarios); i++) {
		struct world w;

		hex_case(scenarios[i].name);
		world_init(&w, scenarios[i].announce, scenarios[i].families);
		run_script(&w, scenarios[i].script);
		world_fini(&w);
	}
}

static void
test_counts(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, BOTH, ALL_FAMILIES);
	assert_false(ribout_has_work(w.ribout));
	assert_false(ribout_end_of_rib_due(w.ribout));
	run_script(&w, "add " ONE "\nadd " TWO "\nadd " SIX "\nup");
	assert_true(ribout_has_work(w.ribout));
	assert_true(ribout_end_of_rib_due(w.ribout));
	assert_int_equal(ribout_pending(w.ribout), 3);
	assert_int_equal(ribout_announced(w.ribout, FAMILY_IPV4), 0);
	run_script(&w,
	    "= +! " ONE " " TWO "\n= end ipv4\n= +! " SIX "\n= end ipv6");
	assert_false(ribout_has_work(w.ribout));
	assert_false(ribout_end_of_rib_due(w.ribout));
	assert_int_equal(ribout_announced(w.ribout, FAMILY_IPV4), 2);
	assert_int_equal(ribout_announced(w.ribout, FAMILY_IPV6), 1);
	run_script(&w, "refresh ipv4");
	assert_int_equal(ribout_pending(w.ribout), 2);
	run_script(&w, "= +! " ONE " " TWO "\nend " ONE);
	assert_int_equal(ribout_announced(w.ribout, FAMILY_IPV4), 2);
	run_script(&w, "= - " ONE);
	assert_int_equal(ribout_announced(w.ribout, FAMILY_IPV4), 1);
	run_script(&w, "down\nup\ndown");
	assert_int_equal(ribout_announced(w.ribout, FAMILY_IPV4), 0);
	assert_int_equal(ribout_pending(w.ribout), 0);
	assert_false(ribout_has_work(w.ribout));
	assert_false(ribout_end_of_rib_due(w.ribout));
	world_fini(&w);
	ribout_free(NULL);
}

/* Every message but the last is as full as the limit lets it be. */
static void
check_full(struct world *w, enum decoded_kind kind, size_t message_max,
    size_t total)
{
	bool last = false;
	size_t found = 0, octets = 0;

	while (found < total) {
		struct wire_out out;
		struct decoded d;

		assert_false(last);
		wire_out_init(&out, message_max);
		assert_true(ribout_next(w->ribout, &out, NOW_MS));
		decoded_init(&d, &out);
		assert_int_equal(d.kind, kind);
		octets = 1 + family_bits(d.family) / 8;
		found += d.count;
		last = d.len + octets <= message_max;
		decoded_fini(&d);
		wire_out_fini(&out);
	}
	assert_int_equal(found, total);
}

static void
fill_rib(struct world *w, struct victim *v, enum family family, size_t count)
{
	assert_int_equal(rib_reserve(w->rib, count), 0);
	for (size_t i = 0; i < count; i++) {
		struct prefix p = { .family = (uint8_t)family,
			.len = family_bits(family) };

		p.addr[2] = (uint8_t)(i >> 8);
		p.addr[3] = (uint8_t)i;
		rib_add(w->rib, &p, v);
	}
}

static void
end_rib(struct world *w)
{
	for (uint32_t slot = 0; slot < rib_slots(w->rib); slot++) {
		rib_end(w->rib, slot);
		ribout_touch(w->ribout, slot);
		rib_collect(w->rib, slot);
	}
}

static void
check_packed(enum family family, size_t message_max)
{
	struct world w;
	struct victim *v;

	world_init(&w, BOTH, FAMILY_BIT(family));
	v = given_victim(w.victims, "203.0.113.7");
	given_claim(w.victims, v, "noc", 0, VICTIM_NEVER);
	fill_rib(&w, v, family, 10000);
	assert_int_equal(ribout_start(w.ribout, &w.exports, FAMILY_BIT(family),
			     message_max),
	    0);
	check_full(&w, DECODED_ANNOUNCE, message_max, 10000);
	run_script(&w, family == FAMILY_IPV4 ? "= end ipv4" : "= end ipv6");
	end_rib(&w);
	check_full(&w, DECODED_WITHDRAW, message_max, 10000);
	run_script(&w, "idle");
	assert_null(rib_route(w.rib, 9999));
	world_fini(&w);
}

static void
test_packed(void **state)
{
	(void)state;
	check_packed(FAMILY_IPV4, BGP_MESSAGE_MAX);
	check_packed(FAMILY_IPV6, BGP_MESSAGE_MAX);
	check_packed(FAMILY_IPV4, BGP_MESSAGE_MAX_EXTENDED);
	check_packed(FAMILY_IPV6, BGP_MESSAGE_MAX_EXTENDED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
