/*
 * Addresses, prefixes and communities of a configuration, from text and back.
 */
#include "key_cases.h"

#define ROUTER_ID "must be a non-zero number in the form of an IPv4 address"
#define PREFIX "must be a prefix such as 203.0.113.0/24 or 2001:db8::/32"
#define ADDRESS "must be an IPv4 or IPv6 address"
#define NO_HOST "is not the address of a host"
#define LISTEN                                                    \
	"must be an address, with a port as in 192.0.2.1:179 or " \
	"[2001:db8::1]:179"
#define PORT "has no port from 1 to 65535"
#define NO_INTERFACE "names no interface"
#define COMMUNITY \
	"must be a community such as 64501:666, 64501:666:0 or blackhole"

static const struct key_case cases[] = {
	{ "router-id", "192.0.2.1", "192.0.2.1", NULL },
	{ "router-id", "255.255.255.255", "255.255.255.255", NULL },
	{ "router-id", "0.0.0.0", NULL, ROUTER_ID },
	{ "router-id", "::1", NULL, ROUTER_ID },
	{ "router-id", "1", NULL, ROUTER_ID },
	{ "router-id", "192.0.2.1/32", NULL, ROUTER_ID },
	{ "aggregates", "203.0.113.0/24", "203.0.113.0/24", NULL },
	{ "aggregates", "2001:DB8:0::/48", "2001:db8::/48", NULL },
	{ "aggregates", "203.0.113.1/24", NULL,
	    "has bits set behind its length; the prefix is 203.0.113.0/24" },
	{ "aggregates", "2001:db8::1/64", NULL,
	    "has bits set behind its length; the prefix is 2001:db8::/64" },
	{ "aggregates", "0.0.0.0/0", NULL, "is the whole Internet, not ours" },
	{ "aggregates", "::/0", NULL, "is the whole Internet, not ours" },
	{ "aggregates", "203.0.113.0/33", NULL, PREFIX },
	{ "aggregates", "203.0.113/24", NULL, PREFIX },
	{ "aggregates", "", NULL, PREFIX },
	{ "blackhole.never", "0.0.0.0/0", "0.0.0.0/0", NULL },
	{ "blackhole.never", "203.0.113.1", "203.0.113.1/32", NULL },
	{ "blackhole.never", "2001:db8::1", "2001:db8::1/128", NULL },
	{ "neighbors.local-address", "192.0.2.1", "192.0.2.1", NULL },
	{ "neighbors.local-address", "fe80::1", "fe80::1", NULL },
	{ "neighbors.local-address", "0.0.0.0", NULL, NO_HOST },
	{ "neighbors.local-address", "224.0.0.5", NULL, NO_HOST },
	{ "neighbors.local-address", "fe80::1%eth0", NULL, ADDRESS },
	{ "neighbors.address", "192.0.2.2", "192.0.2.2", NULL },
	{ "neighbors.address", "127.0.0.1", "127.0.0.1", NULL },
	{ "neighbors.address", "fe80::2%eth0.100", "fe80::2%eth0.100", NULL },
	{ "neighbors.address", "febf::2%a", "febf::2%a", NULL },
	{ "neighbors.address", "192.0.2.2/32", NULL, ADDRESS },
	{ "neighbors.address", "transit-a", NULL, ADDRESS },
	{ "neighbors.address", "", NULL, ADDRESS },
	{ "neighbors.address", "0.0.0.0", NULL, NO_HOST },
	{ "neighbors.address", "::", NULL, NO_HOST },
	{ "neighbors.address", "255.255.255.255", NULL, NO_HOST },
	{ "neighbors.address", "ff02::1%eth0", NULL, NO_HOST },
	{ "neighbors.address", "fe80::2", NULL,
	    "is link-local and needs its interface: fe80::2%INTERFACE" },
	{ "neighbors.address", "2001:db8::2%eth0", NULL,
	    "is not link-local and cannot have an interface" },
	{ "neighbors.address", "fe80::2%", NULL, NO_INTERFACE },
	{ "neighbors.address", "fe80::2%a/b", NULL, NO_INTERFACE },
	{ "neighbors.address", "fe80::2%a%b", NULL, NO_INTERFACE },
	{ "neighbors.address", "fe80::2%0123456789abcde",
	    "fe80::2%0123456789abcde", NULL },
	{ "neighbors.address", "fe80::2%0123456789abcdef", NULL, NO_INTERFACE },
	{ "neighbors.address",
	    "fe80:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"
	    ":0000",
	    NULL, ADDRESS },
	{ "blackhole.next-hop", "self", "self", NULL },
	{ "blackhole.next-hop", "192.0.2.66", "192.0.2.66", NULL },
	{ "blackhole.next-hop", "100::1", NULL,
	    "must be self or an IPv4 address" },
	{ "blackhole.next-hop", "192.0.2.66/32", NULL,
	    "must be self or an IPv4 address" },
	{ "blackhole.next-hop", "0.0.0.0", NULL, NO_HOST },
	{ "blackhole.next-hop-ipv6", "100::1", "100::1", NULL },
	{ "blackhole.next-hop-ipv6", "192.0.2.66", NULL,
	    "must be self or an IPv6 address" },
	{ "blackhole.next-hop-ipv6", "ff02::1", NULL, NO_HOST },
	{ "listen", "192.0.2.1", "192.0.2.1:179", NULL },
	{ "listen", "192.0.2.1:1179", "192.0.2.1:1179", NULL },
	{ "listen", "0.0.0.0", "0.0.0.0:179", NULL },
	{ "listen", "::", "[::]:179", NULL },
	{ "listen", "2001:db8::1", "[2001:db8::1]:179", NULL },
	{ "listen", "[2001:db8::1]", "[2001:db8::1]:179", NULL },
	{ "listen", "[2001:db8::1]:1179", "[2001:db8::1]:1179", NULL },
	{ "listen", "fe80::1%eth0", "[fe80::1%eth0]:179", NULL },
	{ "listen", "[fe80::1%eth0]:1179", "[fe80::1%eth0]:1179", NULL },
	{ "listen", "", NULL, ADDRESS },
	{ "listen", "179", NULL, ADDRESS },
	{ "listen", ":179", NULL, ADDRESS },
	{ "listen", "*:179", NULL, ADDRESS },
	{ "listen", "192.0.2.1:", NULL, PORT },
	{ "listen", "192.0.2.1:0", NULL, PORT },
	{ "listen", "192.0.2.1:65536", NULL, PORT },
	{ "listen", "[::1]:", NULL, PORT },
	{ "listen", "[::1]:bgp", NULL, PORT },
	{ "listen", "[::1", NULL, LISTEN },
	{ "listen", "[::1]179", NULL, LISTEN },
	{ "listen", "[192.0.2.1]", NULL, LISTEN },
	{ "listen", "[]", NULL, LISTEN },
	{ "listen", "fe80::1", NULL,
	    "is link-local and needs its interface: fe80::1%INTERFACE" },
	{ "metrics.listen", "127.0.0.1", "127.0.0.1:9479", NULL },
	{ "metrics.listen", "[::1]:80", "[::1]:80", NULL },
	{ "blackhole.communities", "64501:666", "64501:666", NULL },
	{ "blackhole.communities", "65535:666", "blackhole", NULL },
	{ "blackhole.communities", "1:2:3", "1:2:3", NULL },
	{ "blackhole.communities", "x:1", NULL, COMMUNITY },
	{ "blackhole.communities", "64501", NULL, COMMUNITY },
};

static void
test_values(void **state)
{
	(void)state;
	key_check_cases(cases, HEX_COUNT(cases));
}

static void
test_too_many_communities(void **state)
{
	struct config *config = config_new();
	const struct config_key *key;
	char why[CONFIG_WHY_MAX], text[16];
	void *base;

	(void)state;
	assert_non_null(config);
	key = key_find("blackhole.communities", config, &base);
	config_clear_set(key, base);
	for (int i = 0; i < COMMUNITY_MAX; i++) {
		snprintf(text, sizeof(text), "1:%d", i);
		assert_int_equal(config_parse(key, base, text, why), 0);
	}
	assert_int_equal(config_parse(key, base, "1:100", why), -1);
	assert_string_equal(why, "is one more than the 32 possible");
	config_free(config);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_too_many_communities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
