/*
 * Places for blackholes at a neighbor that counts prefixes: in scenarios, and
 * with very many that wait.
 */
#include "ribout_world.h"

#define MANY 5000
#define ONE "203.0.113.1/32"
#define TWO "203.0.113.2/32"
#define THREE "203.0.113.3/32"
#define SIX "2001:db8:100::6/128"
#define NET "203.0.113.0/24"
#define UP "up\n= end ipv4\n= end ipv6\nidle\n"

static const struct scenario scenarios[] = {
	{ "over the limit the oldest go", BOTH, ALL_FAMILIES,
	    UP "limit 2\nadd " ONE "\nsince " ONE " 30\nadd " TWO "\nsince " TWO
	       " 20\nadd " THREE "\nsince " THREE " 10\npending 3\n= +! " TWO
	       " " THREE "\nidle\nstate " ONE
	       " over-limit\npending 0\nend " THREE "\npending 2\n= - " THREE
	       "\n= +! " ONE "\nidle\nstate " ONE " sent" },
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
	{ "a lower limit takes the newest back", BOTH, ALL_FAMILIES,
	    UP "aggregate " NET "\nadd " ONE "\nsince " ONE " 30\nadd " TWO
	       "\nsince " TWO " 10\nadd " THREE "\nsince " THREE " 20\n= + " NET
	       "\n= +! " ONE " " TWO " " THREE
	       "\nidle\nlimit 2\nevicted\n= - " ONE " " THREE "\nevicted " ONE
	       " " THREE "\nidle\nstate " ONE " over-limit\nstate " THREE
	       " over-limit\nstate " TWO " sent\nlimit 3\n= +! " THREE
	       "\nidle\nevicted" },
	{ "a lower limit for what is not sent yet", BOTH, ALL_FAMILIES,
	    UP "add " ONE "\nsince " ONE " 20\nadd " TWO "\nsince " TWO
	       " 10\nlimit 1\n= +! " TWO "\nidle\nevicted" },
	{ "a limit lowered and raised before anything is sent", BOTH,
	    ALL_FAMILIES,
	    UP "add " ONE "\n= +! " ONE "\nlimit 0\nlimit 1\nidle\nstate " ONE
	       " sent" },
	{ "a new aggregate takes a blackhole's place", BOTH, ALL_FAMILIES,
	    UP "limit 2\nadd " ONE "\nsince " ONE " 20\nadd " TWO "\nsince " TWO
	       " 10\n= +! " ONE " " TWO "\naggregate " NET "\n= - " ONE
	       "\n= + " NET "\nidle\nevicted " ONE "\nend " NET "\n= - " NET
	       "\n= +! " ONE "\nidle" },
	{ "who has a place keeps it when an older one comes", BOTH,
	    ALL_FAMILIES,
	    UP "limit 1\nadd " ONE "\nsince " ONE " 20\n= +! " ONE "\nadd " TWO
	       "\nsince " TWO " 10\nidle\nstate " TWO " over-limit" },
	{ "one that waits becomes older", BOTH, ALL_FAMILIES,
	    UP "limit 1\nadd " ONE "\n= +! " ONE "\nadd " TWO "\nsince " TWO
	       " 10\nadd " THREE "\nsince " THREE " 20\nidle\nsince " THREE
	       " 5\ntouch " THREE "\nidle\nend " ONE "\n= - " ONE
	       "\n= +! " THREE "\nidle" },
	{ "more aggregates than a neighbor takes", BOTH, ALL_FAMILIES,
	    "limit 1\naggregate " NET "\naggregate 198.51.100.0/24\nadd " ONE
	    "\nup\n= + " NET " 198.51.100.0/24\n= end ipv4\n= end ipv6"
	    "\nidle\nstate " ONE " over-limit" },
	{ "over the limit while down", BOTH, ALL_FAMILIES,
	    "limit 1\nadd " ONE "\nsince " ONE " 20\nadd " TWO "\nsince " TWO
	    " 10\nstate " ONE " down\nup\n= +! " TWO
	    "\n= end ipv4\n= end ipv6\nidle\nstate " ONE
	    " over-limit\ndown\nend " TWO "\nup\n= +! " ONE
	    "\n= end ipv4\n= end ipv6\nidle" },
	{ "what ended is withdrawn first where routes were kept", BOTH,
	    ALL_FAMILIES,
	    UP "limit 1\nadd " ONE "\n= +! " ONE "\nadd " TWO
	       "\nidle\npause\nidle\nstate " ONE " down\nend " ONE
	       "\nup\n= - " ONE "\n= +! " TWO
	       "\n= end ipv4\n= end ipv6\nidle" },
	{ "what stands is sent again where routes were kept", BOTH,
	    ALL_FAMILIES,
	    UP "limit 1\nadd " ONE "\nsince " ONE " 20\n= +! " ONE
	       "\npause\nadd " TWO "\nsince " TWO " 10\nup\n= +! " ONE
	       "\n= end ipv4\n= end ipv6\nidle\nstate " TWO " over-limit" },
};

static void
test_scenarios(void **state)
{
	(void)state;
	run_scenarios(scenarios, HEX_COUNT(scenarios));
}

/* The one of that age is announced now, and ends. */
static void
end_next(struct world *w, struct victim *const *victims, int64_t age)
{
	char text[256], prefix[PREFIX_STRLEN], expected[256];

	for (uint32_t i = 0; i < MANY; i++) {
		struct victim *v = victims[i];

		if (i * 7919 % MANY != age)
			continue;
		next_as_text(w, text, sizeof(text));
		snprintf(expected, sizeof(expected), "+! %s",
		    prefix_print(&v->prefix, prefix));
		assert_string_equal(text, expected);
		next_as_text(w, text, sizeof(text));
		assert_string_equal(text, "");
		rib_end(w->rib, v->slot);
		ribout_touch(w->ribout, v->slot);
		rib_collect(w->rib, v->slot);
		next_as_text(w, text, sizeof(text));
		assert_int_equal(text[0], '-');
	}
}

/*
 * Each that ends lets the oldest of very many move up.  Looking at all of them
 * for it would take minutes.
 */
static void
test_many_wait(void **state)
{
	struct victim *victims[MANY];
	struct world w;

	(void)state;
	world_init(&w, BOTH, FAMILY_BIT(FAMILY_IPV4));
	run_script(&w, "limit 1\nup ipv4\n= end ipv4");
	assert_int_equal(rib_reserve(w.rib, MANY), 0);
	assert_int_equal(ribout_reserve(w.ribout), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		struct prefix p = { .family = FAMILY_IPV4, .len = 32 };

		p.addr[2] = (uint8_t)(i >> 8);
		p.addr[3] = (uint8_t)i;
		victims[i] = victim_new(&p);
		victims[i]->since_ms = i * 7919 % MANY; /* a prime */
		victim_set_insert(w.victims, victims[i]);
		given_claim(w.victims, victims[i], "noc", 0, VICTIM_NEVER);
		victims[i]->slot = rib_add(w.rib, &p, victims[i]);
		ribout_touch(w.ribout, victims[i]->slot);
	}
	for (int64_t age = 0; age < MANY; age++)
		end_next(&w, victims, age);
	run_script(&w, "idle");
	world_fini(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_many_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
