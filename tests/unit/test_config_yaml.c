/*
 * Configurations as text: what is wrong, where, and in which words.
 */
#include "scratch.h"

static const struct text_case wrong[] = {
	/* YAML itself */
	{ "empty", "", "f:1:1: the file is empty\n" },
	{ "only a comment", "# nothing\n", "f:1:1: the file is empty\n" },
	{ "only a document's start", "---\n",
	    "f:2:1: has no value; it must be keys with values\n" },
	{ "no map", "- 1\n", "f:1:1: must be keys with values\n" },
	{ "a bare word", "hello\n", "f:1:1: must be keys with values\n" },
	{ "an open bracket", "aggregates: [\n",
	    "f:2:1: did not find expected node content while parsing a flow "
	    "node\n" },
	{ "a tab for indentation", "log:\n\tto: stderr\n",
	    "f:2:1: found character that cannot start any token while "
	    "scanning for the next token\n" },
	{ "two documents", TEXT_BASE "---\nuser: root\n",
	    "f:4:1: a second document begins here\n" },
	{ "alias", TEXT_BASE "user: *x\n",
	    "f:4:7: YAML aliases cannot be used here\n" },
	{ "anchor", TEXT_BASE "user: &x root\n",
	    "f:4:7: YAML anchors cannot be used here\n" },
	{ "anchor of a map", TEXT_BASE "log: &x\n  to: stderr\n",
	    "f:4:6: YAML anchors cannot be used here\n" },
	{ "tag", TEXT_BASE "user: !!str root\n",
	    "f:4:7: YAML tags cannot be used here\n" },
	{ "tag of a list", TEXT_BASE "listen: !x []\n",
	    "f:4:9: YAML tags cannot be used here\n" },
	{ "anchor at a key", TEXT_BASE "&x user: root\n",
	    "f:4:1: YAML anchors and tags cannot be used here\n" },
	{ "merge key", TEXT_BASE "log: {<<: {to: stderr}}\n",
	    "f:4:7: <<: unknown key\n" },
	{ "a list as key", TEXT_BASE "? [a]\n: b\n",
	    "f:4:3: a key must be a word\n" },
	{ "nested too deeply", "a: [[[[[[[[[[[]]]]]]]]]]]\n",
	    "f:1:11: nested too deeply\n" },
	{ "no UTF-8", TEXT_BASE "user: \"\xff\"\n",
	    "f:4:8: not UTF-8 text: invalid leading UTF-8 octet\n" },
	{ "no UTF-8 behind what is", TEXT_BASE "user: \"\xc3\xa4\xc3\"\n",
	    "f:4:10: not UTF-8 text: invalid trailing UTF-8 octet\n" },
	{ "a control character", TEXT_BASE "user: \"\x01\"\n",
	    "f:4:8: not UTF-8 text: control characters are not allowed\n" },
	{ "an escaped NUL", TEXT_BASE "user: \"a\\0b\"\n",
	    "f:4:7: text with a NUL in it\n" },
	/* keys */
	{ "nothing that is required", "log: {}\n",
	    "f:1:1: local-as is required\n"
	    "f:1:1: router-id is required\n"
	    "f:1:1: aggregates is required\n" },
	{ "unknown key", TEXT_BASE "neighbours: []\n",
	    "f:4:1: neighbours: unknown key, did you mean \"neighbors\"?\n" },
	{ "underscore",
	    "local_as: 64500\nrouter-id: 192.0.2.1\n"
	    "aggregates: [203.0.113.0/24]\n",
	    "f:1:1: local_as: unknown key, did you mean \"local-as\"?\n"
	    "f:1:1: local-as is required\n" },
	{ "swapped letters", TEXT_BASE "lgo: {}\n",
	    "f:4:1: lgo: unknown key, did you mean \"log\"?\n" },
	{ "unknown key deep down",
	    TEXT_BASE "blackhole: {hold-down: {mim: 0s}}\n",
	    "f:4:25: mim: unknown key, did you mean \"min\"?\n" },
	{ "unknown key of a neighbor", TEXT_NEIGHBOR "    hold-timer: 90s\n",
	    "f:7:5: hold-timer: unknown key, did you mean \"hold-time\"?\n" },
	{ "unknown key like none", TEXT_BASE "zzz: 1\n",
	    "f:4:1: zzz: unknown key\n" },
	{ "overlong key", TEXT_BASE TEXT_64 TEXT_64 ": 1\n",
	    "f:4:1: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "...: unknown key\n" },
	{ "an internal key",
	    TEXT_BASE "control: {access: [{user: root, role: viewer,"
		      " id: 0}]}\n",
	    "f:4:47: id: unknown key\n" },
	{ "given twice", TEXT_BASE "user: root\nlog: {}\nuser: root\n",
	    "f:6:1: user: is given twice\n" },
	{ "given twice in a neighbor", TEXT_NEIGHBOR "    remote-as: 64502\n",
	    "f:7:5: remote-as: is given twice\n" },
	{ "no value", TEXT_BASE "user:\n",
	    "f:4:6: user: has no value; it must be one value\n" },
	{ "null", TEXT_BASE "neighbors: ~\n",
	    "f:4:12: neighbors: has no value; it must be a list\n" },
	{ "map for a value", TEXT_BASE "user: {}\n",
	    "f:4:7: user: must be one value\n" },
	{ "list for a value", TEXT_BASE "user: [root]\n",
	    "f:4:7: user: must be one value\n" },
	{ "value for a list", TEXT_BASE "listen: 192.0.2.1\n",
	    "f:4:9: listen: must be a list\n" },
	{ "value for a set", TEXT_BASE "blackhole: {communities: blackhole}\n",
	    "f:4:26: blackhole.communities: must be a list\n" },
	{ "value for a map", TEXT_BASE "log: syslog\n",
	    "f:4:6: log: must be keys with values\n" },
	{ "value for a neighbor", TEXT_BASE "neighbors: [192.0.2.2]\n",
	    "f:4:13: neighbors: must be keys with values\n" },
	{ "map in a list of values", TEXT_BASE "listen: [{}]\n",
	    "f:4:10: listen: must be one value\n" },
	{ "all errors of a file",
	    "local-as: 0\nrouter-id: 0.0.0.0\naggregates: [203.0.113.1/24, x]\n"
	    "neighbors:\n  - {address: 192.0.2.2, remote-as: x}\n"
	    "  - {remote-as: 64501, porf: 1}\nlog: {level: loud}\n",
	    "f:1:11: local-as: \"0\" must be an AS number from 1 to 4294967295, "
	    "or as 1.10\n"
	    "f:2:12: router-id: \"0.0.0.0\" must be a non-zero number in the "
	    "form of an IPv4 address\n"
	    "f:3:14: aggregates: \"203.0.113.1/24\" has bits set behind its "
	    "length; the prefix is 203.0.113.0/24\n"
	    "f:3:30: aggregates: \"x\" must be a prefix such as 203.0.113.0/24 "
	    "or 2001:db8::/32\n"
	    "f:5:37: remote-as: \"x\" must be an AS number from 1 to "
	    "4294967295, or as 1.10\n"
	    "f:6:5: address is required\n"
	    "f:6:24: porf: unknown key, did you mean \"port\"?\n"
	    "f:7:14: log.level: \"loud\" must be one of error, warning, info, "
	    "debug\n" },
	/* values */
	{ "no aggregates",
	    "local-as: 1\nrouter-id: 192.0.2.1\naggregates: []\n",
	    "f:3:13: aggregates: must not be empty\n" },
	{ "host bits of IPv6",
	    TEXT_BASE "blackhole: {never: [2001:db8::1/64]}\n",
	    "f:4:21: blackhole.never: \"2001:db8::1/64\" has bits set behind "
	    "its length; the prefix is 2001:db8::/64\n" },
	{ "min-length is not one number",
	    TEXT_BASE "blackhole: {min-length: 32}\n",
	    "f:4:25: blackhole.min-length: must be keys with values\n" },
	{ "no follow-up of an error",
	    TEXT_BASE "blackhole: {max-ttl: x, default-ttl: 30d}\n",
	    "f:4:22: blackhole.max-ttl: \"x\" must be a duration such as 90s, "
	    "30m, 2h or 7d\n" },
	{ "boolean in quotes",
	    TEXT_BASE "blackhole: {allow-permanent: \"no\"}\n",
	    "f:4:30: blackhole.allow-permanent: \"no\" is in quotes, which "
	    "makes it a text\n" },
	{ "number in quotes", TEXT_BASE "blackhole: {max-victims: \"5\"}\n",
	    "f:4:26: blackhole.max-victims: \"5\" is in quotes, which makes it "
	    "a text\n" },
	/* listen, control, state, log, user */
	{ "overlong socket",
	    TEXT_BASE "control: {socket: /" TEXT_64 TEXT_64 "}\n",
	    "f:4:19: control.socket: "
	    "\"/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" "
	    "must be 2 to 107 octets long\n" },
	{ "rule without a role",
	    TEXT_BASE "control: {access: [{group: root}]}\n",
	    "f:4:20: role is required\n" },
	{ "rule within nothing",
	    TEXT_BASE
	    "control: {access: [{user: root, role: viewer, within: []}]}\n",
	    "f:4:55: within: must not be empty\n" },
	{ "control characters", TEXT_BASE "user: \"a\\e[1m\"\n",
	    "f:4:7: user: \"a?[1m\" must not contain control characters\n" },
	{ "C1 control characters", TEXT_BASE "user: \"a\\x9b1m\"\n",
	    "f:4:7: user: \"a??1m\" must not contain control characters\n" },
	/* neighbors */
	{ "neighbor without anything", TEXT_BASE "neighbors:\n  - {}\n",
	    "f:5:5: address is required\nf:5:5: remote-as is required\n" },
	{ "overlong name", TEXT_NEIGHBOR "    name: " TEXT_64 "\n",
	    "f:7:11: name: "
	    "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
	    "\" must be 1 to 63 octets long\n" },
	{ "overlong description",
	    TEXT_NEIGHBOR "    description: " TEXT_256 "\n",
	    "f:7:18: description: "
	    "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
	    "\" must be 0 to 255 octets long\n" },
	{ "no families", TEXT_NEIGHBOR "    families: []\n",
	    "f:7:15: families: must not be empty\n" },
	{ "hidden password", TEXT_NEIGHBOR "    password: (hidden)\n",
	    "f:7:15: password: \"(hidden)\" stands for a password that was not "
	    "printed; fill it in\n" },
	{ "overlong password",
	    TEXT_NEIGHBOR "    password: " TEXT_64 "xxxxxxxxxxxxxxxxx\n",
	    "f:7:15: password: must be 1 to 80 octets long\n" },
	{ "password and file",
	    TEXT_NEIGHBOR "    password: x\n    password-file: y\n",
	    "f:7:15: password: cannot be used with password-file\n" },
};

static const struct text_case warned[] = {
	{ "nothing", TEXT_NEIGHBOR, "" },
	{ "a byte order mark", "\xef\xbb\xbf" TEXT_NEIGHBOR, "" },
	{ "lines of DOS",
	    "local-as: 1\r\nrouter-id: 1.1.1.1\r\naggregates: [10.0.0.0/8]\r\n",
	    "" },
	{ "names that do not exist",
	    TEXT_BASE
	    "control:\n  group: rtbh-no-such\n  access:\n"
	    "    - {group: rtbh-no-such, role: viewer}\n"
	    "    - {user: rtbh-no-such, role: viewer}\nuser: rtbh-no-such\n",
	    "f:5:10: warning: control.group: group rtbh-no-such does not "
	    "exist\n"
	    "f:7:15: warning: group: group rtbh-no-such does not exist\n"
	    "f:8:14: warning: user: user rtbh-no-such does not exist\n"
	    "f:9:7: warning: user: user rtbh-no-such does not exist\n" },
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

/* Every beginning of a right text is right or has an error, and is survived. */
static void
test_cut(void **state)
{
	static const char text[] = TEXT_INTERNAL
	    "listen: [\"[::1]:179\"]\ncontrol: {mode: 0600, access: "
	    "[{user: root, role: viewer, within: [203.0.113.0/25]}]}\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		char *cut = strndup(text, len);
		struct config *config;

		assert_non_null(cut);
		config = text_parse(cut, NULL);
		config_free(config);
		free(cut);
	}
}

static void
test_file(void **state)
{
	struct scratch s;

	(void)state;
	scratch_init(&s);
	assert_null(scratch_load(&s,
	    "f: cannot be opened: No such file or directory\n"));
	assert_int_equal(mkdir(s.config, 0700), 0);
	assert_null(scratch_load(&s, "f: is not a regular file\n"));
	assert_int_equal(rmdir(s.config), 0);
	assert_int_equal(mkfifo(s.config, 0600), 0);
	assert_null(scratch_load(&s, "f: is not a regular file\n"));
	scratch_fini(&s);
}

/* As large as a file may be, and wrong in each line: it is not read for long.
 */
static void
test_too_many(void **state)
{
	static char text[1 << 20];
	struct config_errors errors = { .count = 0 };
	char line[CONFIG_ERROR_STRLEN];
	size_t len = 0;

	(void)state;
	while (len + 8 < sizeof(text))
		len += (size_t)snprintf(text + len, 8,
		    len < sizeof(text) / 2 ? "a: 1\n" : "user:\n");
	assert_null(config_yaml_parse(text, len, "f", true, &errors));
	assert_int_equal(errors.count, CONFIG_ERRORS_MAX + 1);
	assert_string_equal(config_error_print(&errors.items[0], "f", line),
	    "f:1:1: a: unknown key");
	assert_string_equal(config_error_print(&errors.items[999], "f", line),
	    "f:1000:1: a: unknown key");
	assert_string_equal(config_error_print(&errors.items[1000], "f", line),
	    "f: there may be more, which are not told");
	config_errors_fini(&errors);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_warned),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
