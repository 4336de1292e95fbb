/*
 * Keys of a configuration that do not go together, each told at its place.
 */
#include "config_text.h"

static const struct text_case wrong[] = {
	{ "an aggregate twice",
	    "local-as: 1\nrouter-id: 192.0.2.1\naggregates:\n"
	    "- 203.0.113.0/24\n- 203.0.113.0/25\n- 203.0.113.0/24\n",
	    "f:6:3: aggregates: 203.0.113.0/24 is given twice\n" },
	{ "default-ttl above max-ttl",
	    TEXT_BASE "blackhole: {max-ttl: 2h, default-ttl: 121m}\n",
	    "f:4:39: blackhole.default-ttl: is longer than max-ttl (2h)\n" },
	{ "max-ttl below the default of default-ttl",
	    TEXT_BASE "blackhole:\n  max-ttl: 30m\n",
	    "f:5:3: blackhole.default-ttl: is longer than max-ttl (30m)\n" },
	{ "listen twice",
	    TEXT_BASE "listen: [\"::\", \"0.0.0.0\", \"[::]:179\"]\n",
	    "f:4:27: listen: is given twice\n" },
	{ "rule for nobody", TEXT_BASE "control: {access: [{role: viewer}]}\n",
	    "f:4:20: group: a rule needs a user or a group\n" },
	{ "rule for two",
	    TEXT_BASE
	    "control: {access: [{group: root, user: root, role: viewer}]}\n",
	    "f:4:40: user: a rule is for a user or for a group, not both\n" },
	{ "long-lived without graceful restart",
	    TEXT_NEIGHBOR "    graceful-restart: 0s\n"
			  "    long-lived-graceful-restart: 1h\n",
	    "f:8:34: long-lived-graceful-restart: needs graceful-restart\n" },
	{ "send-hold-time too short", TEXT_NEIGHBOR "    send-hold-time: 90s\n",
	    "f:7:21: send-hold-time: must be longer than hold-time (90s), or "
	    "0s\n" },
	{ "ttl-security with multihop",
	    TEXT_NEIGHBOR "    ttl-security: yes\n    multihop: 2\n",
	    "f:8:15: multihop: cannot be used with ttl-security\n" },
	{ "role inside", TEXT_INTERNAL "    role: peer\n",
	    "f:8:11: role: is for external neighbors only\n" },
	{ "role-strict without role", TEXT_NEIGHBOR "    role-strict: yes\n",
	    "f:7:18: role-strict: needs a role\n" },
	{ "local-pref outside", TEXT_NEIGHBOR "    local-pref: 100\n",
	    "f:7:17: local-pref: is for internal neighbors only\n" },
	{ "passive without listen", TEXT_NEIGHBOR "    passive: yes\n",
	    "f:7:14: passive: needs an ipv4 address in `listen`\n" },
	{ "passive with listen of the other family",
	    TEXT_NEIGHBOR "    passive: yes\nlisten: [\"::\"]\n",
	    "f:7:14: passive: needs an ipv4 address in `listen`\n" },
	{ "local-address of the other family",
	    TEXT_NEIGHBOR "    local-address: ::1\n",
	    "f:7:20: local-address: is not of the family of the neighbor's "
	    "address (ipv4)\n" },
	{ "local-address that is the neighbor's",
	    TEXT_NEIGHBOR "    local-address: 192.0.2.2\n",
	    "f:5:14: address: is the same as local-address\n" },
	{ "two of one name",
	    TEXT_NEIGHBOR "    name: x\n"
			  "  - {name: x, address: 192.0.2.3, remote-as: 1}\n",
	    "f:8:12: name: x is the name of two neighbors\n" },
	{ "name that is another's address",
	    TEXT_NEIGHBOR "  - {name: 192.0.2.2, address: 192.0.2.3, "
			  "remote-as: 1}\n",
	    "f:7:12: name: 192.0.2.2 is the name of two neighbors\n" },
	{ "two of one address",
	    TEXT_NEIGHBOR "  - {name: x, address: 192.0.2.2, remote-as: 1}\n",
	    "f:7:24: address: is the address of neighbor 192.0.2.2 too\n" },
	{ "IPv6 over IPv4 without next hops",
	    "local-as: 64500\nrouter-id: 192.0.2.1\n"
	    "aggregates: [2001:db8::/32]\n"
	    "neighbors: [{address: 192.0.2.2, remote-as: 1, "
	    "families: [ipv4, ipv6]}]\n",
	    "f:4:13: next-hop-ipv6: IPv6 over an IPv4 session needs an address "
	    "here or in blackhole.next-hop-ipv6\n"
	    "f:4:13: aggregate-next-hop-ipv6: IPv6 over an IPv4 session needs "
	    "an address here\n" },
	{ "hold-down.min above its max",
	    TEXT_BASE "blackhole: {hold-down: {min: 2h, max: 1h}}\n",
	    "f:4:30: blackhole.hold-down.min: is longer than hold-down.max "
	    "(1h)\n" },
	{ "max-prefixes below the aggregates",
	    "local-as: 64500\nrouter-id: 192.0.2.1\n"
	    "aggregates: [203.0.113.0/24, 198.51.100.0/24]\n"
	    "neighbors: [{address: 192.0.2.2, remote-as: 1, "
	    "max-prefixes: 1}]\n",
	    "f:4:62: max-prefixes.ipv4: is below the number of aggregates "
	    "(2)\n" },
	{ "max-prefixes of one family below the aggregates",
	    "local-as: 64500\nrouter-id: 192.0.2.1\n"
	    "aggregates: [203.0.113.0/24, 198.51.100.0/24]\n"
	    "neighbors: [{address: 192.0.2.2, remote-as: 1, "
	    "max-prefixes: {ipv4: 1, ipv6: 1}}]\n",
	    "f:4:69: max-prefixes.ipv4: is below the number of aggregates "
	    "(2)\n" },
	{ "no blackhole community", TEXT_NEIGHBOR "    communities: []\n",
	    "f:7:18: communities: no blackhole community for an external "
	    "neighbor: it would take victims for ordinary routes\n" },
	{ "none but the scope",
	    TEXT_BASE "blackhole: {communities: [no-export]}\n"
		      "neighbors: [{address: 192.0.2.2, remote-as: 1}]\n",
	    "f:5:13: communities: no blackhole community for an external "
	    "neighbor: it would take victims for ordinary routes\n" },
	{ "blackhole on aggregates",
	    TEXT_NEIGHBOR "    aggregate-communities: [blackhole]\n",
	    "f:7:28: aggregate-communities: blackhole is a blackhole "
	    "community: all of ours would be blackholed\n" },
	{ "a neighbor's own on aggregates",
	    TEXT_NEIGHBOR "    communities: [64501:666]\n"
			  "    aggregate-communities: [64501:100, 64501:666]\n",
	    "f:8:28: aggregate-communities: 64501:666 is a blackhole "
	    "community: all of ours would be blackholed\n" },
	{ "a large one on aggregates",
	    TEXT_NEIGHBOR "    communities: [64501:666:0]\n"
			  "    aggregate-communities: [64501:666:0]\n",
	    "f:8:28: aggregate-communities: 64501:666:0 is a blackhole "
	    "community: all of ours would be blackholed\n" },
};

static const struct text_case warned[] = {
	{ "nothing", TEXT_NEIGHBOR, "" },
	{ "self inside",
	    TEXT_BASE
	    "neighbors:\n  - {address: 192.0.2.2, remote-as: 64500}\n",
	    "f:5:5: warning: next-hop: self for an internal neighbor draws the "
	    "attack to this machine; give an address that is routed to "
	    "nowhere\n" },
	{ "max-prefixes for nothing but aggregates",
	    TEXT_NEIGHBOR "    max-prefixes: 1\n",
	    "f:7:19: warning: max-prefixes.ipv4: leaves no place for a "
	    "blackhole beside the aggregates\n" },
	{ "max-prefixes where no aggregates are announced",
	    TEXT_NEIGHBOR "    announce: [blackholes]\n"
			  "    max-prefixes: 1\n",
	    "" },
	{ "all of an aggregate is protected",
	    TEXT_BASE "blackhole: {never: [192.0.2.1, 203.0.112.0/23]}\n",
	    "f:4:32: warning: blackhole.never: protects all of 203.0.113.0/24: "
	    "nothing in it can be a victim\n" },
};

static void
test_wrong(void **state)
{
	(void)state;
	text_check_cases(wrong, HEX_COUNT(wrong), false);
}

/* Warnings alone do not hinder. */
static void
test_warned(void **state)
{
	(void)state;
	text_check_cases(warned, HEX_COUNT(warned), true);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_warned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
