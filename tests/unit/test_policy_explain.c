/*
 * What an add would do, rule by rule and neighbor by neighbor.
 */
#include "bgp.h"
#include "given.h"

#include "policy_explain.h"

#define IPV4 FAMILY_BIT(FAMILY_IPV4)
#define IPV6 FAMILY_BIT(FAMILY_IPV6)

struct ground {
	struct config config;
	struct config_neighbor neighbor;
	struct session_terms terms;
	struct wish wish;
	struct policy_place place;
	struct policy_question question;
	struct victim_set *victims;
	struct refusal refusal;
};

static void
ground_init(struct ground *g)
{
	*g = (struct ground){
		.neighbor = { .name = "a",
		    .announce = ANNOUNCE_BLACKHOLES,
		    .families = IPV4 | IPV6,
		    .enabled = true },
		.terms = { .families = IPV4 | IPV6,
		    .as4 = true,
		    .local_as = 64500,
		    .role = ROLE_NONE },
		.wish = { .owner = "noc" },
		.victims = victim_set_new(),
	};
	assert_non_null(g->victims);
	community_parse(&g->config.blackhole.communities, "64501:666");
	g->wish.prefix = given_prefix("203.0.113.7");
	g->place.session = (struct policy_session){
		.config = &g->config,
		.neighbor = &g->neighbor,
		.terms = &g->terms,
		.local_address = given_prefix("192.0.2.1"),
	};
	g->place.state = "established";
	g->question.config = &g->config;
	g->question.wish = &g->wish;
}

/* The victim stands with one more claim. */
static struct claim *
claim(struct ground *g, const char *owner, const char *neighbors)
{
	struct victim *v = victim_find(g->victims, &g->wish.prefix);
	struct claim *c = claim_new(g->victims, owner, "", neighbors);

	assert_non_null(c);
	if (v == NULL)
		v = given_victim(g->victims, "203.0.113.7");
	victim_add_claim(g->victims, v, c);
	g->question.victim = v;
	return c;
}

static void
check_rules(const struct ground *g, enum reason refused)
{
	struct policy_rule rules[POLICY_RULES];

	policy_explain(&g->question, rules);
	for (int i = 0; i < POLICY_RULES; i++) {
		enum reason reason = (enum reason)(REASON_DENIED + i);
		const char *verdict = "pass";

		if (refused != REASON_NONE && reason > refused)
			verdict = "not reached";
		if (reason == refused)
			verdict = "refuse";
		assert_int_equal(rules[i].reason, reason);
		assert_string_equal(policy_verdict_name(rules[i].verdict),
		    verdict);
		if (reason == refused)
			assert_string_equal(rules[i].message, "no");
		else
			assert_null(rules[i].message);
	}
}

static void
test_rules(void **state)
{
	struct ground g;

	(void)state;
	ground_init(&g);
	check_rules(&g, REASON_NONE);
	g.question.refusal = &g.refusal;
	for (int r = REASON_DENIED; r <= REASON_TOO_MANY; r++) {
		refusal_set(&g.refusal, (enum reason)r, "no");
		check_rules(&g, (enum reason)r);
	}
	victim_set_free(g.victims);
}

/* What stands in the way of the neighbor's UPDATE. */
static void
refuse(struct ground *g)
{
	refusal_set(&g->refusal, REASON_PROTECTED, "no");
	g->question.refusal = &g->refusal;
}

static void
announce_aggregates(struct ground *g)
{
	g->neighbor.announce = ANNOUNCE_AGGREGATES;
}

static void
configure_ipv6(struct ground *g)
{
	g->neighbor.families = IPV6;
}

static void
name_another(struct ground *g)
{
	g->wish.neighbors = "b,aa";
}

static void
name_it(struct ground *g)
{
	g->wish.neighbors = "b,a";
}

static void
another_claims_it(struct ground *g)
{
	name_another(g);
	claim(g, "fastnetmon", "a");
}

static void
another_held_claims_it(struct ground *g)
{
	name_another(g);
	claim(g, "fastnetmon", "a")->held = true;
}

static void
own_names_another(struct ground *g)
{
	claim(g, "noc", "b");
}

static void
own_held_names_another(struct ground *g)
{
	claim(g, "noc", "b")->held = true;
}

static void
own_goes_back_to_all(struct ground *g)
{
	claim(g, "noc", "b");
	g->wish.neighbors_all = true;
}

static void
own_is_moved(struct ground *g)
{
	claim(g, "noc", "a");
	name_another(g);
}

static void
configure_off(struct ground *g)
{
	g->neighbor.enabled = false;
}

static void
disable(struct ground *g)
{
	g->place.disabled = true;
}

static void
take_down(struct ground *g)
{
	g->place.session.terms = NULL;
	g->place.state = "active";
}

static void
agree_on_ipv6(struct ground *g)
{
	g->terms.families = IPV6;
}

static void
session_over_ipv6(struct ground *g)
{
	g->place.session.local_address = given_prefix("2001:db8::1");
}

static void
fill(struct ground *g)
{
	g->place.is_full = true;
}

static void
fill_but_it_is_there(struct ground *g)
{
	fill(g);
	g->place.has_it = true;
}

static const struct {
	const char *name;
	void (*change)(struct ground *g); /* NULL: nothing */
	const char *why;		  /* a part of it; "": announced */
} places[] = {
	{ "nothing stands in the way", NULL, "" },
	{ "refused", refuse, "refused (protected)" },
	{ "announce", announce_aggregates, "lacks blackholes" },
	{ "families", configure_ipv6, "`families` lack ipv4" },
	{ "not named", name_another, "not among the neighbors named" },
	{ "named", name_it, "" },
	{ "named by another claim", another_claims_it, "" },
	{ "named by a claim that ends", another_held_claims_it,
	    "not among the neighbors named" },
	{ "what it does not name stays", own_names_another,
	    "not among the neighbors named" },
	{ "a held claim is no more", own_held_names_another, "" },
	{ "back to all", own_goes_back_to_all, "" },
	{ "its own claim moves away", own_is_moved,
	    "not among the neighbors named" },
	{ "enabled: no", configure_off, "the configuration disables it" },
	{ "disabled", disable, "an operator has disabled it" },
	{ "down", take_down, "down (active)" },
	{ "not agreed", agree_on_ipv6, "ipv4 is off: the neighbor" },
	{ "no next hop", session_over_ipv6, "gives no next hop" },
	{ "full", fill, "over-limit" },
	{ "full, but not for it", fill_but_it_is_there, "" },
};

static void
test_places(void **state)
{
	struct policy_standing standing;
	struct ground g;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(places); i++) {
		hex_case(places[i].name);
		ground_init(&g);
		if (places[i].change != NULL)
			places[i].change(&g);
		policy_explain_place(&g.question, &g.place, &standing);
		assert_int_equal(standing.announced, places[i].why[0] == '\0');
		if (standing.announced)
			assert_string_equal(standing.why, "");
		else
			assert_non_null(strstr(standing.why, places[i].why));
		victim_set_free(g.victims);
	}
}

/* They are those of the UPDATE itself. */
static void
test_attributes(void **state)
{
	struct policy_standing standing;
	struct attr_set attrs;
	struct ground g;

	(void)state;
	ground_init(&g);
	policy_explain_place(&g.question, &g.place, &standing);
	assert_true(standing.announced);
	assert_true(policy_export(&g.place.session, true, FAMILY_IPV4, &attrs));
	assert_true(attr_set_equal(&standing.attrs, &attrs));
	assert_int_equal(attrs.communities.count, 1);
	victim_set_free(g.victims);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
