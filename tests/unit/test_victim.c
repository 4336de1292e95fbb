/*
 * The set of victims: address order, claims and their owners, expiry.
 */
#include "given.h"

static void
drop(struct victim_set *set, struct victim *v, struct claim *c)
{
	victim_drop_claim(set, v, c);
	claim_free(set, c);
}

static void
test_order(void **state)
{
	static const char *const inserted[] = { "203.0.113.9", "2001:db8::1",
		"203.0.113.0/25", "203.0.113.10", "10.0.0.0/8",
		"203.0.113.0/24" };
	static const char *const sorted[] = { "10.0.0.0/8", "203.0.113.0/24",
		"203.0.113.0/25", "203.0.113.9/32", "203.0.113.10/32",
		"2001:db8::1/128" };
	struct victim_set *set = victim_set_new();
	struct victim *v;
	char text[PREFIX_STRLEN];

	(void)state;
	assert_null(victim_from(set, NULL));
	for (size_t i = 0; i < HEX_COUNT(inserted); i++)
		given_victim(set, inserted[i]);
	assert_int_equal(victim_set_count(set), HEX_COUNT(inserted));
	v = victim_from(set, NULL);
	for (size_t i = 0; i < HEX_COUNT(sorted); i++) {
		assert_non_null(v);
		assert_string_equal(prefix_print(&v->prefix, text), sorted[i]);
		v = victim_next(v);
	}
	assert_null(v);
	victim_set_free(set);
}

static void
test_find(void **state)
{
	struct victim_set *set = victim_set_new();
	struct victim *a = given_victim(set, "203.0.113.7");
	struct victim *b = given_victim(set, "203.0.113.9");
	struct prefix p = given_prefix("203.0.113.7");

	(void)state;
	assert_ptr_equal(victim_find(set, &p), a);
	assert_ptr_equal(victim_from(set, &p), a);
	p = given_prefix("203.0.113.8");
	assert_null(victim_find(set, &p));
	assert_ptr_equal(victim_from(set, &p), b);
	p = given_prefix("203.0.113.8/31");
	assert_null(victim_find(set, &p));
	p = given_prefix("203.0.113.10");
	assert_null(victim_from(set, &p));
	victim_set_remove(set, a);
	victim_free(set, a);
	assert_int_equal(victim_set_count(set), 1);
	assert_ptr_equal(victim_from(set, NULL), b);
	victim_set_free(set);
}

/* Claims stand in order of their beginning, whenever they are added. */
static void
test_claims(void **state)
{
	static const char *const order[] = { "first", "second", "also",
		"last" };
	struct victim_set *set = victim_set_new();
	struct victim *v = given_victim(set, "203.0.113.7");
	struct claim *c;
	size_t i = 0;

	(void)state;
	given_claim(set, v, "second", 20, VICTIM_NEVER);
	given_claim(set, v, "last", 30, VICTIM_NEVER);
	given_claim(set, v, "first", -5, VICTIM_NEVER);
	given_claim(set, v, "also", 20, VICTIM_NEVER);
	TAILQ_FOREACH(c, &v->claims, entry)
		assert_string_equal(c->owner->name, order[i++]);
	assert_int_equal(i, 4);
	assert_int_equal(v->claim_count, 4);
	assert_int_equal(victim_set_claims(set), 4);
	assert_string_equal(victim_claim(v, "also")->owner->name, "also");
	assert_null(victim_claim(v, "als"));
	drop(set, v, victim_claim(v, "also"));
	assert_null(victim_claim(v, "also"));
	assert_int_equal(victim_set_claims(set), 3);
	victim_set_remove(set, v);
	assert_int_equal(victim_set_claims(set), 0);
	victim_free(set, v);
	victim_set_free(set);
}

static void
test_owners(void **state)
{
	struct victim_set *set = victim_set_new();
	struct victim *a = given_victim(set, "203.0.113.7");
	struct victim *b = given_victim(set, "203.0.113.8");
	struct claim *c = given_claim(set, a, "noc", 0, 1000);
	struct claim *d = given_claim(set, b, "noc", 0, 1000);

	(void)state;
	given_claim(set, a, "fastnetmon", 0, 1000);
	assert_ptr_equal(c->owner, d->owner);
	assert_int_equal(victim_owner_claims(set, "noc"), 2);
	assert_int_equal(victim_owner_claims(set, "fastnetmon"), 1);
	assert_int_equal(victim_owner_claims(set, "no"), 0);
	drop(set, a, c);
	assert_int_equal(victim_owner_claims(set, "noc"), 1);
	drop(set, b, d);
	assert_int_equal(victim_owner_claims(set, "noc"), 0);
	c = claim_new(set, "noc", "again", NULL);
	assert_int_equal(victim_owner_claims(set, "noc"), 1);
	claim_free(set, c);
	assert_int_equal(victim_owner_claims(set, "noc"), 0);
	victim_set_free(set);
}

/* Takes out what has expired at now, as "prefix owner" lines. */
static void
check_expired(struct victim_set *set, int64_t now_ms, const char *expected)
{
	char text[512] = "", prefix[PREFIX_STRLEN];
	struct victim *v;
	struct claim *c;

	while ((c = victim_set_expired(set, now_ms, &v)) != NULL) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s %s\n",
		    prefix_print(&v->prefix, prefix), c->owner->name);
		drop(set, v, c);
	}
	assert_string_equal(text, expected);
}

static void
test_expiry(void **state)
{
	struct victim_set *set = victim_set_new();
	struct victim *a = given_victim(set, "203.0.113.7");
	struct victim *b = given_victim(set, "203.0.113.8");

	(void)state;
	assert_int_equal(victim_set_next_expiry(set), VICTIM_NEVER);
	given_claim(set, a, "late", 0, 3000);
	given_claim(set, a, "soon", 0, 1000);
	given_claim(set, a, "forever", 0, VICTIM_NEVER);
	given_claim(set, b, "between", 0, 2000);
	assert_int_equal(victim_set_next_expiry(set), 1000);
	check_expired(set, 999, "");
	check_expired(set, 1000, "203.0.113.7/32 soon\n");
	assert_int_equal(victim_set_next_expiry(set), 2000);
	check_expired(set, 5000,
	    "203.0.113.8/32 between\n203.0.113.7/32 late\n");
	assert_int_equal(victim_set_next_expiry(set), VICTIM_NEVER);
	check_expired(set, VICTIM_NEVER - 1, "");
	assert_int_equal(a->claim_count, 1);
	assert_int_equal(b->claim_count, 0);
	victim_set_free(set);
}

/* Moving a claim's expiry moves its victim, in both directions. */
static void
test_set_expiry(void **state)
{
	struct victim_set *set = victim_set_new();
	struct victim *a = given_victim(set, "203.0.113.7");
	struct victim *b = given_victim(set, "203.0.113.8");
	struct claim *c = given_claim(set, a, "noc", 0, 1000);

	(void)state;
	given_claim(set, a, "other", 0, 4000);
	given_claim(set, b, "noc", 0, 2000);
	victim_set_expiry(set, a, c, 3000);
	assert_int_equal(victim_set_next_expiry(set), 2000);
	assert_int_equal(victim_expires(a), 4000);
	victim_set_expiry(set, a, c, 500);
	assert_int_equal(victim_set_next_expiry(set), 500);
	victim_set_expiry(set, a, c, VICTIM_NEVER);
	assert_int_equal(victim_expires(a), VICTIM_NEVER);
	check_expired(set, 4000, "203.0.113.8/32 noc\n203.0.113.7/32 other\n");
	victim_set_free(set);
}

static const struct {
	const char *list, *name;
	bool named;
} lists[] = {
	{ NULL, "a", true },
	{ "a", "a", true },
	{ "a", "b", false },
	{ "a", "", false },
	{ "ab", "a", false },
	{ "a", "ab", false },
	{ "a,b,c", "a", true },
	{ "a,b,c", "b", true },
	{ "a,b,c", "c", true },
	{ "a,b,c", "d", false },
	{ "a,b,c", "b,c", false },
	{ "transit-a,transit-b", "transit", false },
	{ "", "a", false },
};

static void
test_neighbors(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(lists); i++) {
		struct victim_set *set = victim_set_new();
		struct victim *v = given_victim(set, "203.0.113.7");
		struct claim *c = claim_new(set, "noc", "", lists[i].list);

		hex_case(lists[i].list != NULL ? lists[i].list : "(all)");
		assert_false(victim_wants_neighbor(v, lists[i].name));
		assert_int_equal(claim_names_neighbor(c, lists[i].name),
		    lists[i].named);
		victim_add_claim(set, v, c);
		assert_int_equal(victim_wants_neighbor(v, lists[i].name),
		    lists[i].named);
		victim_set_free(set);
	}
}

/* A victim goes to the union of its claims' neighbors. */
static void
test_union(void **state)
{
	struct victim_set *set = victim_set_new();
	struct victim *v = given_victim(set, "203.0.113.7");
	struct claim *a = claim_new(set, "a", "", "one");
	struct claim *b = claim_new(set, "b", "", "two");

	(void)state;
	victim_add_claim(set, v, a);
	victim_add_claim(set, v, b);
	assert_true(victim_wants_neighbor(v, "one"));
	assert_true(victim_wants_neighbor(v, "two"));
	assert_false(victim_wants_neighbor(v, "three"));
	drop(set, v, a);
	assert_false(victim_wants_neighbor(v, "one"));
	victim_set_free(set);
}

static void
test_nothing(void **state)
{
	struct victim_set *set = victim_set_new();
	struct victim *v;

	(void)state;
	victim_set_free(NULL);
	claim_free(set, NULL);
	victim_free(set, NULL);
	assert_null(victim_set_expired(set, VICTIM_NEVER, &v));
	victim_set_free(set);
}

/* The earliest of all there are, by looking at each. */
static int64_t
earliest_of_all(const struct victim_set *set)
{
	int64_t earliest_ms = VICTIM_NEVER;

	for (struct victim *v = victim_from(set, NULL); v != NULL;
	     v = victim_next(v))
		if (v->next_expiry_ms < earliest_ms)
			earliest_ms = v->next_expiry_ms;
	return earliest_ms;
}

/* Expiries come, move and go at random; the earliest is always known. */
static void
test_many_expire(void **state)
{
	enum {
		VICTIMS = 200,
		STEPS = 20000
	};
	struct victim_set *set = victim_set_new();
	struct victim *victims[VICTIMS] = { NULL };
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		char text[PREFIX_STRLEN];
		struct victim *v;
		int64_t expires_ms;
		uint32_t which;

		seed = seed * 1103515245 + 12345;
		which = (seed >> 16) % VICTIMS;
		seed = seed * 1103515245 + 12345;
		expires_ms = (seed >> 16) % 1000;
		if (expires_ms > 900)
			expires_ms = VICTIM_NEVER;
		v = victims[which];
		if (v == NULL) {
			snprintf(text, sizeof(text), "203.0.113.%u", which);
			victims[which] = given_victim(set, text);
			given_claim(set, victims[which], "noc", 0, expires_ms);
		} else if (seed & 0x10000) {
			victim_set_expiry(set, v, TAILQ_FIRST(&v->claims),
			    expires_ms);
		} else {
			drop(set, v, TAILQ_FIRST(&v->claims));
			victim_set_remove(set, v);
			victim_free(set, v);
			victims[which] = NULL;
		}
		assert_int_equal(victim_set_next_expiry(set),
		    earliest_of_all(set));
	}
	victim_set_free(set);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_many_expire),
		cmocka_unit_test(test_set_expiry),
		cmocka_unit_test(test_neighbors),
		cmocka_unit_test(test_union),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
