/*
 * Numbers, words and names of a configuration, from text and back.
 */
#include "key_cases.h"

#define LONG63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG80 LONG63 "xxxxxxxxxxxxxxxxx"

#define VICTIMS "must be a number from 1 to 1000000"
#define ASN "must be an AS number from 1 to 4294967295, or as 1.10"
#define DURATION "must be a duration such as 90s, 30m, 2h or 7d"
#define HOLD_TIME "must be 0s or a duration from 3s to 65535s"
#define MODE "must be an octal mode from 0000 to 0777"
#define HOPS "must be yes, no or a number of hops from 1 to 254"
#define NAME "must be made of letters, digits and . _ : % -"
#define ACCOUNT "must be a name, without : , / or spaces"

static const struct key_case cases[] = {
	{ "blackhole.max-victims", "1", "1", NULL },
	{ "blackhole.max-victims", "1000000", "1000000", NULL },
	{ "blackhole.max-victims", "1000001", NULL, VICTIMS },
	{ "blackhole.max-victims", "0", NULL, VICTIMS },
	{ "blackhole.max-victims", "", NULL, VICTIMS },
	{ "blackhole.max-victims", "+5", NULL, VICTIMS },
	{ "blackhole.max-victims", "-5", NULL, VICTIMS },
	{ "blackhole.max-victims", " 5", NULL, VICTIMS },
	{ "blackhole.max-victims", "5 ", NULL, VICTIMS },
	{ "blackhole.max-victims", "010", NULL, VICTIMS },
	{ "blackhole.max-victims", "0x10", NULL, VICTIMS },
	{ "blackhole.max-victims", "1e3", NULL, VICTIMS },
	{ "blackhole.max-victims", "1_000", NULL, VICTIMS },
	{ "blackhole.max-victims", "18446744073709551617", NULL, VICTIMS },
	{ "neighbors.med", "0", "0", NULL },
	{ "neighbors.med", "4294967295", "4294967295", NULL },
	{ "neighbors.med", "4294967296", NULL,
	    "must be a number from 0 to 4294967295" },
	{ "neighbors.prepend", "33", NULL, "must be a number from 0 to 32" },
	{ "neighbors.multihop", "0", NULL, "must be a number from 1 to 255" },
	{ "blackhole.min-length.ipv4", "33", NULL,
	    "must be a number from 1 to 32" },
	{ "blackhole.min-length.ipv6", "0", NULL,
	    "must be a number from 1 to 128" },
	{ "neighbors.port", "65535", "65535", NULL },
	{ "neighbors.port", "65536", NULL, "must be a port from 1 to 65535" },
	{ "neighbors.port", "0", NULL, "must be a port from 1 to 65535" },
	{ "neighbors.passive", "yes", "yes", NULL },
	{ "neighbors.passive", "true", "yes", NULL },
	{ "neighbors.passive", "no", "no", NULL },
	{ "neighbors.passive", "false", "no", NULL },
	{ "neighbors.passive", "on", NULL, "must be yes or no" },
	{ "neighbors.passive", "Yes", NULL, "must be yes or no" },
	{ "neighbors.passive", "1", NULL, "must be yes or no" },
	{ "blackhole.max-ttl", "90", "90s", NULL },
	{ "blackhole.max-ttl", "120s", "2m", NULL },
	{ "blackhole.max-ttl", "24h", "1d", NULL },
	{ "blackhole.max-ttl", "3650d", "3650d", NULL },
	{ "blackhole.max-ttl", "3651d", NULL,
	    "must be a duration from 1s to 315360000s" },
	{ "blackhole.max-ttl", "0s", NULL,
	    "must be a duration from 1s to 315360000s" },
	{ "blackhole.max-ttl", "1 hour", NULL, DURATION },
	{ "blackhole.max-ttl", "1h30m", NULL, DURATION },
	{ "blackhole.max-ttl", "-1s", NULL, DURATION },
	{ "blackhole.max-ttl", "max", NULL, DURATION },
	{ "neighbors.connect-retry", "61s", NULL,
	    "must be a duration from 1s to 60s" },
	{ "neighbors.graceful-restart", "4095s", "4095s", NULL },
	{ "neighbors.graceful-restart", "4096s", NULL,
	    "must be a duration from 0s to 4095s" },
	{ "neighbors.long-lived-graceful-restart", "16777215", "16777215s",
	    NULL },
	{ "neighbors.long-lived-graceful-restart", "16777216", NULL,
	    "must be a duration from 0s to 16777215s" },
	{ "neighbors.hold-time", "0", "0s", NULL },
	{ "neighbors.hold-time", "3s", "3s", NULL },
	{ "neighbors.hold-time", "65535s", "65535s", NULL },
	{ "neighbors.hold-time", "65536s", NULL, HOLD_TIME },
	{ "neighbors.hold-time", "1s", NULL, HOLD_TIME },
	{ "neighbors.hold-time", "2s", NULL, HOLD_TIME },
	{ "neighbors.hold-time", "x", NULL, HOLD_TIME },
	{ "local-as", "1", "1", NULL },
	{ "local-as", "4294967295", "4294967295", NULL },
	{ "local-as", "1.10", "65546", NULL },
	{ "local-as", "0.1", "1", NULL },
	{ "local-as", "65535.65535", "4294967295", NULL },
	{ "local-as", "0", NULL, ASN },
	{ "local-as", "0.0", NULL, ASN },
	{ "local-as", "4294967296", NULL, ASN },
	{ "local-as", "65536.0", NULL, ASN },
	{ "local-as", "1.65536", NULL, ASN },
	{ "local-as", "1.", NULL, ASN },
	{ "local-as", ".1", NULL, ASN },
	{ "local-as", "1.2.3", NULL, ASN },
	{ "local-as", "100000000.1", NULL, ASN },
	{ "local-as", "AS64500", NULL, ASN },
	{ "local-as", "23456", NULL, "is reserved (AS_TRANS, RFC 6793)" },
	{ "control.mode", "0600", "0600", NULL },
	{ "control.mode", "0", "0000", NULL },
	{ "control.mode", "0777", "0777", NULL },
	{ "control.mode", "666", NULL, MODE },
	{ "control.mode", "0668", NULL, MODE },
	{ "control.mode", "04755", NULL, MODE },
	{ "control.mode", "", NULL, MODE },
	{ "control.mode", "u=rw", NULL, MODE },
	{ "neighbors.ttl-security", "no", "no", NULL },
	{ "neighbors.ttl-security", "yes", "yes", NULL },
	{ "neighbors.ttl-security", "true", "yes", NULL },
	{ "neighbors.ttl-security", "1", "yes", NULL },
	{ "neighbors.ttl-security", "254", "254", NULL },
	{ "neighbors.ttl-security", "255", NULL, HOPS },
	{ "neighbors.ttl-security", "0", NULL, HOPS },
	{ "neighbors.role", "rs-client", "rs-client", NULL },
	{ "neighbors.role", "none", "none", NULL },
	{ "neighbors.role", "client", NULL,
	    "must be one of none, customer, provider, peer, rs, rs-client" },
	{ "control.access.role", "operator", "operator", NULL },
	{ "control.access.role", "none", NULL,
	    "must be one of viewer, detector, operator" },
	{ "log.level", "debug", "debug", NULL },
	{ "neighbors.families", "ipv6", "ipv6", NULL },
	{ "neighbors.families", "ipv5", NULL, "must be one of ipv4, ipv6" },
	{ "neighbors.announce", "blackholes", "blackholes", NULL },
	{ "neighbors.name", "Transit-a.1_x:y%z", "Transit-a.1_x:y%z", NULL },
	{ "neighbors.name", LONG63, LONG63, NULL },
	{ "neighbors.name", LONG63 "x", NULL, "must be 1 to 63 octets long" },
	{ "neighbors.name", "", NULL, "must be 1 to 63 octets long" },
	{ "neighbors.name", "transit a", NULL, NAME },
	{ "neighbors.name", "a/b", NULL, NAME },
	{ "neighbors.name", "\xc3\xa4", NULL, NAME },
	{ "neighbors.description", "", "", NULL },
	{ "neighbors.description", "\xc3\xa4 \"b\"", "\xc3\xa4 \"b\"", NULL },
	{ "neighbors.description", "a\tb", NULL,
	    "must not contain control characters" },
	{ "neighbors.description", "a\x7f", NULL,
	    "must not contain control characters" },
	{ "neighbors.description", "a\xc2\x9b", NULL,
	    "must not contain control characters" },
	{ "neighbors.description", "a\xc2\xa0", "a\xc2\xa0", NULL },
	{ "user", "rtbh", "rtbh", NULL },
	{ "user", "", NULL, "must be 1 to 63 octets long" },
	{ "user", "a:b", NULL, ACCOUNT },
	{ "user", "a b", NULL, ACCOUNT },
	{ "control.socket", "/x", "/x", NULL },
	{ "control.socket", "/", NULL, "must be 2 to 107 octets long" },
	{ "control.socket", "x.sock", NULL,
	    "must be a path that begins with /" },
	{ "neighbors.password-file", "a/b", "a/b", NULL },
	{ "neighbors.password-file", "", NULL, "must be 1 to 255 octets long" },
	{ "neighbors.password", LONG80, LONG80, NULL },
	{ "neighbors.password", "\xff\x01", "\xff\x01", NULL },
	{ "neighbors.password", LONG80 "x", NULL,
	    "must be 1 to 80 octets long" },
	{ "neighbors.password", "", NULL, "must be 1 to 80 octets long" },
	{ "neighbors.password", "(hidden)", NULL,
	    "\"(hidden)\" stands for a password that was not printed; fill it "
	    "in" },
};

static void
test_values(void **state)
{
	(void)state;
	key_check_cases(cases, HEX_COUNT(cases));
}

static void
test_words(void **state)
{
	void *base;
	struct config *config = config_new();
	const struct config_key *key;
	char why[CONFIG_WHY_MAX], buf[CONFIG_TEXT_MAX];

	(void)state;
	assert_non_null(config);
	key = key_find("neighbors.announce", config, &base);
	assert_int_equal(key->type->count(key, base), 0);
	assert_int_equal(config_parse(key, base, "blackholes", why), 0);
	assert_int_equal(config_parse(key, base, "blackholes", why), 0);
	assert_int_equal(key->type->count(key, base), 1);
	assert_int_equal(config_parse(key, base, "aggregates", why), 0);
	assert_int_equal(key->type->count(key, base), 2);
	assert_string_equal(key->type->print(key, base, 0, buf), "aggregates");
	assert_string_equal(key->type->print(key, base, 1, buf), "blackholes");
	config_free(config);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
