/*
 * What rtbh-ctl prints for people, and the options that it takes.
 */
#include "hex.h"

#include <jansson.h>
#include <unistd.h>

#include "human.h"
#include "line.h"
#include "options.h"
#include "table.h"

static void
test_spans(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = { { -1, "0s" }, { 0, "0s" }, { 59, "59s" }, { 60, "1m" },
		{ 90, "1m30s" }, { 599, "9m59s" }, { 601, "10m" },
		{ 3599, "1h" }, { 3600, "1h" }, { 629, "10m" }, { 630, "11m" },
		{ 36000 * 10 + 1800, "4d5h" }, { 3660, "1h1m" },
		{ 86400, "1d" }, { 90000, "1d1h" }, { 604800, "7d" },
		{ INT64_MAX, "106751991167300d" } };
	char buf[HUMAN_SPAN_STRLEN];

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++)
		assert_string_equal(human_span(cases[i].seconds, buf),
		    cases[i].text);
}

static void
test_times(void **state)
{
	json_t *o = json_pack("{s:s,s:i}", "since", "2026-11-22T10:00:00.000Z",
	    "remaining", 2520);
	char buf[HUMAN_SPAN_STRLEN];

	(void)state;
	assert_string_equal(human_ago(o, "since", 1795341780000, buf),
	    "3m ago");
	assert_string_equal(human_ago(o, "since", 1795341600999, buf), "now");
	assert_string_equal(human_ago(o, "since", 0, buf), "now");
	assert_string_equal(human_ago(o, "at", 0, buf), "");
	assert_string_equal(human_remaining(o, buf), "in 42m");
	json_object_set_new(o, "remaining", json_null());
	assert_string_equal(human_remaining(o, buf), "never");
	assert_string_equal(human_text(o, "nothing"), "");
	assert_string_equal(human_in(o, "since", 1795341599100, buf), "in 1s");
	assert_string_equal(human_in(o, "since", 1795341000000, buf), "in 10m");
	assert_string_equal(human_in(o, "since", 1795341600000, buf), "now");
	assert_string_equal(human_in(o, "at", 0, buf), "");
	json_decref(o);
}

static void
test_standings(void **state)
{
	json_t *v = json_pack("{s:[{s:s,s:s},{s:s,s:s}]}", "neighbors", "name",
	    "transit-a", "state", "queued", "name", "transit-b", "state",
	    "down");
	json_t *down = json_pack("{s:[{s:s,s:s}]}", "neighbors", "name", "a",
	    "state", "down");
	struct line line;

	(void)state;
	human_standings(v, &line);
	assert_string_equal(line.text, "1 queued, transit-b down");
	assert_true(human_is_carried(v));
	assert_false(human_is_carried(down));
	json_decref(v);
	json_decref(down);
}

static void
test_not_yet(void **state)
{
	json_t *v = json_pack("{s:[{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s}]}",
	    "neighbors", "name", "a", "state", "sent", "name", "b", "state",
	    "down", "name", "c", "state", "off", "name", "d", "state",
	    "delivered");
	struct line line;

	(void)state;
	human_not_yet(v, "sent", &line);
	assert_string_equal(line.text, "b down");
	human_not_yet(v, "delivered", &line);
	assert_string_equal(line.text, "a sent, b down");
	human_not_yet(NULL, "sent", &line);
	assert_string_equal(line.text, "");
	human_standings(v, &line);
	assert_string_equal(line.text, "1 delivered, 1 sent, b down");
	json_decref(v);
}

static void
test_verdicts(void **state)
{
	static const char *const verdicts[][2] = { { "ok", "OK" },
		{ "warning", "WARNING" }, { "critical", "CRITICAL" },
		{ "strange", "UNKNOWN" } };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(verdicts); i++) {
		json_t *status =
		    json_pack("{s:{s:s}}", "health", "verdict", verdicts[i][0]);

		assert_string_equal(human_verdict(status), verdicts[i][1]);
		json_decref(status);
	}
	assert_string_equal(human_verdict(NULL), "UNKNOWN");
}

static void
check_error(json_t *error, const char *expected)
{
	struct line line;

	assert_string_equal(human_error(error, 1795341780000, &line), expected);
	json_decref(error);
}

static void
test_errors(void **state)
{
	const char *at = "2026-11-22T10:00:00.000Z";

	(void)state;
	check_error(json_null(), "none");
	check_error(json_pack("{s:s,s:s,s:n,s:n,s:n}", "at", at, "text",
			"connection refused", "code", "subcode", "sent_by"),
	    "connection refused (3m ago)");
	check_error(json_pack("{s:s,s:s,s:i,s:i,s:s}", "at", at, "text",
			"received NOTIFICATION Cease/Administrative Shutdown: "
			"maintenance",
			"code", 6, "subcode", 2, "sent_by", "neighbor"),
	    "received NOTIFICATION Cease/Administrative Shutdown: maintenance "
	    "(6/2, 3m ago)");
}

static void
test_join(void **state)
{
	json_t *names = json_pack("[s,s]", "transit-a", "transit-b");
	struct line line;

	(void)state;
	assert_string_equal(human_join(names, &line), "transit-a, transit-b");
	assert_string_equal(human_join(NULL, &line), "");
	json_decref(names);
}

static void
test_line_is_cut(void **state)
{
	struct line line = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(line.text); i++)
		line_add(&line, "ab");
	assert_int_equal(line.len, sizeof(line.text) - 1);
	assert_int_equal(strlen(line.text), line.len);
}

/* What the table prints within so many columns, into buf. */
static void
print_into(struct table *t, size_t limit, char *buf, size_t size)
{
	int out = dup(STDOUT_FILENO), pipe_fds[2];
	ssize_t n;

	assert_int_equal(fflush(stdout), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_true(out != -1 && dup2(pipe_fds[1], STDOUT_FILENO) != -1);
	table_print_within(t, limit);
	assert_int_equal(fflush(stdout), 0);
	assert_true(dup2(out, STDOUT_FILENO) != -1);
	n = read(pipe_fds[0], buf, size - 1);
	assert_true(n >= 0);
	buf[n] = '\0';
	close(out);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void
test_table(void **state)
{
	static const char *const cells[] = { "VICTIM", "OWNER", "REASON",
		"203.0.113.7/32", "caf\xc3\xa9", "", "2001:db8::1/128", "noc",
		"a\x1b[1m" };
	char buf[512];
	struct table t;

	(void)state;
	table_init(&t, 3);
	for (size_t i = 0; i < HEX_COUNT(cells); i++)
		table_add(&t, cells[i], i == 3 ? COLOUR_RED : COLOUR_NONE);
	print_into(&t, 0, buf, sizeof(buf));
	assert_string_equal(buf,
	    "VICTIM           OWNER  REASON\n"
	    "203.0.113.7/32   caf\xc3\xa9\n"
	    "2001:db8::1/128  noc    a?[1m\n");
}

#define CAFE "caf\xc3\xa9"

/* The first column is never cut, a character never in two. */
static void
test_table_is_cut(void **state)
{
	static const struct {
		size_t limit;
		const char *text;
	} cut[] = {
		{ 0, CAFE " " CAFE " " CAFE },
		{ 35, CAFE " " CAFE " " CAFE },
		{ 34, CAFE " " CAFE " c.." },
		{ 33, CAFE " " CAFE " .." },
		{ 31, CAFE " caf.." },
	};

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cut); i++) {
		char buf[512], expected[512];
		struct table t;

		hex_case(cut[i].text);
		table_init(&t, 2);
		table_pair(&t, "VICTIM", "REASON");
		table_pair(&t, "203.0.113.7/32", cut[0].text);
		table_pair(&t, "2001:db8:100::7/128", "short");
		print_into(&t, cut[i].limit, buf, sizeof(buf));
		snprintf(expected, sizeof(expected),
		    "VICTIM               REASON\n"
		    "203.0.113.7/32       %s\n"
		    "2001:db8:100::7/128  short\n",
		    cut[i].text);
		assert_string_equal(buf, expected);
	}
}

/* Before next to nothing is left of the last column, it goes below. */
static void
test_table_last_column_goes_below(void **state)
{
	static const char *const rows[][4] = {
		{ "VICTIM", "OWNER", "TO", "REASON" },
		{ "2001:db8:100::7/128", "noc", "all", "a flood of the night" },
		{ "203.0.113.7/32", CAFE "/" CAFE "/" CAFE, "all", "" },
	};
	char buf[512];
	struct table t;

	(void)state;
	table_init(&t, 4);
	t.soft |= 1U << 1;
	for (size_t i = 0; i < HEX_COUNT(rows); i++)
		table_row(&t, rows[i]);
	print_into(&t, 36, buf, sizeof(buf));
	assert_string_equal(buf,
	    "VICTIM               OWNER       TO\n"
	    "        REASON\n"
	    "2001:db8:100::7/128  noc         all\n"
	    "        a flood of the night\n"
	    "203.0.113.7/32       " CAFE "/caf..  all\n");
}

static void
test_table_wraps(void **state)
{
	char buf[512];
	struct table t;

	(void)state;
	table_init_pairs(&t);
	table_pair(&t, "config", "one two three four five six seven eight");
	table_pair(&t, "key", "oneverylongwordthathasnoblankanywhere");
	print_into(&t, 34, buf, sizeof(buf));
	assert_string_equal(buf,
	    "config  one two three four five\n"
	    "        six seven eight\n"
	    "key     oneverylongwordthathasnobl\n"
	    "        ankanywhere\n");
	table_init_pairs(&t);
	table_pair(&t, "config", "one two three four five");
	print_into(&t, 24, buf, sizeof(buf));
	assert_string_equal(buf,
	    "config\n"
	    "        one two three\n"
	    "        four five\n");
}

static const struct {
	const char *line;  /* words with one space between */
	const char *wrong; /* in the message; NULL: it is right */
	size_t args;
} options[] = {
	{ "", NULL, 0 },
	{ "list", NULL, 1 },
	{ "-j list", NULL, 1 },
	{ "list --json", NULL, 1 },
	{ "-s /x -t 3 add 203.0.113.7 --ttl 5m", NULL, 2 },
	{ "-jt3 add --ttl=max a b", NULL, 3 },
	{ "add -- --ttl", NULL, 2 },
	{ "add -", NULL, 2 },
	{ "--nonsense", "--nonsense", 0 },
	{ "--js", "--js", 0 },
	{ "-x", "-x", 0 },
	{ "--ttl", "needs a value", 0 },
	{ "-t", "needs a value", 0 },
	{ "-t 0", "\"0\"", 0 },
	{ "-t 61", "\"61\"", 0 },
	{ "--ttl 0", "\"0\"", 0 },
	{ "--ttl 1x", "\"1x\"", 0 },
	{ "--ttl=", "--ttl", 0 },
	{ "--json=1", "takes no value", 0 },
	{ "-j -j", "given twice", 0 },
	{ "--owner a@b", "a@b", 0 },
	{ "-s ", "--socket", 0 },
	{ "add a --to b --to=c", NULL, 2 },
	{ "add a --to b,c", "\"b,c\"", 0 },
	{ "add a --to", "needs a value", 0 },
	{ "reset --soft a", NULL, 2 },
	{ "reset --soft --soft a", "given twice", 0 },
	{ "disable a --message bye", NULL, 2 },
	{ "disable a --message \x1b[1m", "--message", 0 },
	{ "stop --withdraw --message bye", NULL, 1 },
	{ "stop --withdraw=yes", "takes no value", 0 },
	{ "add a --wait", NULL, 2 },
	{ "add --wait a", NULL, 2 },
	{ "add a --wait=sent", NULL, 2 },
	{ "add a --wait=delivered", NULL, 2 },
	{ "add a --wait=stored", "\"stored\"", 0 },
	{ "add a --wait=", "--wait", 0 },
	{ "sync --generation 0 --max-withdraw 0", NULL, 1 },
	{ "sync --generation 9223372036854775807", NULL, 1 },
	{ "sync --generation 9223372036854775808", "no whole number", 0 },
	{ "sync --generation 1x", "no whole number", 0 },
	{ "sync --generation -1", "\"-1\"", 0 },
	{ "sync --max-withdraw 4294967296", "no whole number", 0 },
	{ "history --since 2h --limit 5", NULL, 1 },
	{ "history --since max", "\"max\"", 0 },
	{ "history --limit 0", "\"0\"", 0 },
	{ "withdraw a --hold --now --dry-run --yes", NULL, 2 },
};

static int
parse(struct options *o, char *line, char why[OPTIONS_WHY_MAX])
{
	static const char *argv[16];
	int argc = 1;

	argv[0] = "rtbh-ctl";
	for (char *word = line; word != NULL && *line != '\0'; argc++) {
		argv[argc] = word;
		word = strchr(word, ' ');
		if (word != NULL)
			*word++ = '\0';
	}
	return options_parse(o, argc, argv, why);
}

static void
test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(options); i++) {
		char line[128], why[OPTIONS_WHY_MAX] = "";
		struct options o;
		int rc;

		hex_case(options[i].line);
		snprintf(line, sizeof(line), "%s", options[i].line);
		rc = parse(&o, line, why);
		assert_int_equal(rc, options[i].wrong == NULL ? 0 : -1);
		if (options[i].wrong != NULL)
			assert_non_null(strstr(why, options[i].wrong));
		else
			assert_int_equal(o.arg_count, options[i].args);
	}
}

static void
test_to(void **state)
{
	const char *argv[3 + 2 * OPTIONS_TO_MAX] = { "rtbh-ctl" };
	char why[OPTIONS_WHY_MAX];
	struct options o;
	int argc = 1;

	(void)state;
	for (int i = 0; i < OPTIONS_TO_MAX; i++) {
		argv[argc++] = "--to";
		argv[argc++] = i == 0 ? "first" : "another";
	}
	assert_int_equal(options_parse(&o, argc, argv, why), 0);
	assert_int_equal(o.to_count, OPTIONS_TO_MAX);
	assert_string_equal(o.to[0], "first");
	assert_string_equal(o.to[OPTIONS_TO_MAX - 1], "another");
	argv[argc++] = "--to";
	argv[argc++] = "one-more";
	assert_int_equal(options_parse(&o, argc, argv, why), -1);
	assert_non_null(strstr(why, "one-more"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_standings),
		cmocka_unit_test(test_not_yet),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_line_is_cut),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_is_cut),
		cmocka_unit_test(test_table_last_column_goes_below),
		cmocka_unit_test(test_table_wraps),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
