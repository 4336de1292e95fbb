/*
 * One neighbor's account of the rib: in scenarios, and in counts.
 */
#include "ribout_world.h"

#define ONE "203.0.113.1/32"
#define TWO "203.0.113.2/32"
#define SIX "2001:db8:100::6/128"
#define NET "203.0.113.0/24"
#define NET6 "2001:db8:100::/48"
#define UP "up\n= end ipv4\n= end ipv6\nidle\n"

static const struct scenario scenarios[] = {
	{ "nothing while down", BOTH, ALL_FAMILIES,
	    "add " ONE "\nidle\nstate " ONE " down\nend " ONE "\nidle" },
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
	{ "routes were kept, and the family is gone", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\nadd " SIX "\n= +! " ONE "\n= +! " SIX
	       "\npause\nend " SIX "\nup ipv4\n= +! " ONE
	       "\n= end ipv4\nidle" },
	{ "routes were kept, and then not", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\npause\nend " ONE "\ndown\n" UP },
};

static void
test_scenarios(void **state)
{
	(void)state;
	run_scenarios(scenarios, HEX_COUNT(scenarios));
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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
