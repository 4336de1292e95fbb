/*
 * What a configuration is before anything is read, what is filled in after,
 * and what it answers.
 */
#include "config_text.h"

static void
test_defaults(void **state)
{
	struct config *c = config_new();

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->local_as, 0);
	assert_true(
	    community_has(&c->blackhole.communities, COMMUNITY_BLACKHOLE));
	assert_int_equal(c->blackhole.communities.count, 1);
	assert_false(c->blackhole.next_hop[FAMILY_IPV4].given);
	assert_int_equal(c->blackhole.min_length[FAMILY_IPV4], 32);
	assert_int_equal(c->blackhole.min_length[FAMILY_IPV6], 128);
	assert_int_equal(c->blackhole.default_ttl_s, 3600);
	assert_int_equal(c->blackhole.max_ttl_s, 7 * 86400);
	assert_int_equal(c->blackhole.max_victims, 1000);
	assert_int_equal(c->control.mode, 0666);
	assert_int_equal(c->control.max_clients, 256);
	assert_string_equal(c->control.socket, "/run/rtbh/control.sock");
	assert_string_equal(c->state.directory, "/var/lib/rtbh");
	assert_int_equal(c->state.on_failure, ON_FAILURE_ANNOUNCE);
	assert_false(c->metrics.on);
	assert_int_equal(c->log.to, LOG_TO_STDERR);
	assert_int_equal(c->log.level, 2);
	assert_string_equal(c->user, "");
	config_free(c);
}

static void
test_fill(void **state)
{
	struct config *c = text_sample();
	const struct config_neighbor *a = &c->neighbors[0];
	const struct config_neighbor *b = &c->neighbors[1];

	(void)state;
	assert_string_equal(a->name, "192.0.2.2");
	assert_int_equal(a->announce,
	    ANNOUNCE_AGGREGATES | ANNOUNCE_BLACKHOLES);
	assert_int_equal(a->families, FAMILY_BIT(FAMILY_IPV4));
	assert_int_equal(a->multihop, 1);
	assert_int_equal(a->send_hold_time_s, 480);
	assert_false(a->has_local_pref);
	assert_string_equal(b->name, "fe80::1%eth0");
	assert_int_equal(b->announce, ANNOUNCE_BLACKHOLES);
	assert_int_equal(b->families, FAMILY_BIT(FAMILY_IPV6));
	assert_int_equal(b->multihop, 64);
	assert_int_equal(b->local_pref, 100);
	assert_ptr_equal(config_find_neighbor(c, "fe80::1%eth0"), b);
	assert_null(config_find_neighbor(c, "fe80::1"));
	config_free(c);
}

/* A neighbor's own communities and next hops come first. */
static void
test_own(void **state)
{
	struct config *c = text_parse(TEXT_NEIGHBOR
	    "    communities: [64501:666]\n    next-hop: self\n"
	    "  - {address: 192.0.2.3, remote-as: 64500}\n"
	    "blackhole: {next-hop: 192.0.2.66, next-hop-ipv6: 100::1}\n",
	    "");
	const struct config_neighbor *a, *b;

	(void)state;
	assert_non_null(c);
	a = &c->neighbors[0];
	b = &c->neighbors[1];
	assert_false(config_is_internal(c, a));
	assert_true(config_is_internal(c, b));
	assert_ptr_equal(config_blackhole_communities(c, a), &a->communities);
	assert_ptr_equal(config_blackhole_communities(c, b),
	    &c->blackhole.communities);
	assert_false(config_blackhole_next_hop(c, a, FAMILY_IPV4)->given);
	assert_true(config_blackhole_next_hop(c, a, FAMILY_IPV6)->given);
	assert_true(config_blackhole_next_hop(c, b, FAMILY_IPV4)->given);
	config_free(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
