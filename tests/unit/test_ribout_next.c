/*
 * The order of messages, how full they are, and how what they told is followed
 * to its delivery.
 */
#include "ribout_world.h"

#define ONE "203.0.113.1/32"
#define TWO "203.0.113.2/32"
#define SIX "2001:db8:100::6/128"
#define NET "203.0.113.0/24"
#define NET6 "2001:db8:100::/48"
#define UP "up\n= end ipv4\n= end ipv6\nidle\n"

static const struct scenario scenarios[] = {
	{ "all that stands is announced first, then End-of-RIB, by family",
	    BOTH, ALL_FAMILIES,
	    "aggregate " NET "\nadd " SIX "\nadd " ONE "\nadd " TWO
	    "\naggregate " NET6 "\nup\n= + " NET "\n= +! " ONE " " TWO
	    "\n= end ipv4\n= + " NET6 "\n= +! " SIX "\n= end ipv6\nidle" },
	{ "withdrawals before announcements", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nadd " TWO "\nend " ONE "\n= - " ONE
	       "\n= +! " TWO "\nidle" },
	{ "withdrawals of either family before announcements", BOTH,
	    ALL_FAMILIES,
	    UP "add " SIX "\n= +! " SIX "\nadd " ONE "\nend " SIX "\n= - " SIX
	       "\n= +! " ONE "\nidle" },
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
	{ "delivered when every octet is acknowledged", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nack " ONE "\nstate " ONE
	       " delivered\nadd " TWO "\n= +! " TWO "\nstate " TWO
	       " sent\nack " TWO "\nack\nidle" },
	{ "sent again before it was acknowledged", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nrefresh ipv4\n= +! " ONE
	       "\nstate " ONE " sent\nack " ONE "\nstate " ONE " delivered" },
	{ "sent again after it was acknowledged", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nack " ONE
	       "\nrefresh ipv4\nstate " ONE " queued\n= +! " ONE "\nstate " ONE
	       " sent\nack " ONE "\nstate " ONE " delivered" },
	{ "withdrawn before it was acknowledged", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nend " ONE "\n= - " ONE "\nadd " TWO
	       "\n= +! " TWO "\nack " TWO },
	{ "what a lost session had delivered", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nack " ONE "\ndown\nstate " ONE
	       " down\nup\nstate " ONE " queued\n= +! " ONE "\nstate " ONE
	       " sent" },
	{ "a session that ends within a refresh", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nenhanced ipv4\n= borr ipv4\ndown\n"
	       "enhanced ipv4\nidle\nup\n= +! " ONE
	       "\n= end ipv4\n= end ipv6\nidle" },
};

static void
test_scenarios(void **state)
{
	(void)state;
	run_scenarios(scenarios, HEX_COUNT(scenarios));
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
		assert_true(ribout_next(w->ribout, &out, 0, NOW_MS));
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
		cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
