/*
 * The verbs, a row each, and the checks that come before any of them runs.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

#include "command.h"
#include "completion.h"
#include "input.h"
#include "line.h"
#include "say.h"
#include "table.h"

#define BIT(name) OPTION_BIT(OPTION_##name)
/* Of changes that name prefixes. */
#define CHANGE_OPTIONS (BIT(OWNER) | BIT(REASON) | BIT(WAIT) | BIT(DRY_RUN))
#define ADD_OPTIONS (BIT(TTL) | BIT(FOREVER) | BIT(TO))

static const struct command commands[] = {
	{ "add", NULL,
	    "PREFIX... [--ttl D|max | --forever] [--reason TEXT] "
	    "[--owner NAME] [--to NEIGHBOR]... [--wait[=sent|delivered]] "
	    "[--dry-run]",
	    "blackhole them, all in one commit; PREFIX -: from standard input, "
	    "one a line, each with a TTL behind it if wanted",
	    1, SIZE_MAX, ARG_PREFIXES, CHANGE_OPTIONS | ADD_OPTIONS, cmd_add },
	{ "withdraw", "del",
	    "PREFIX... [--owner NAME | --all-owners] [--hold | --now] "
	    "[--reason TEXT] [--wait[=sent|delivered]] [--dry-run]",
	    "take them back; --hold: as a detector's, with hold-down; --now: "
	    "end a hold",
	    1, SIZE_MAX, ARG_VICTIMS,
	    CHANGE_OPTIONS | BIT(ALL_OWNERS) | BIT(HOLD) | BIT(NOW),
	    cmd_withdraw },
	{ "explain", NULL,
	    "PREFIX [--ttl D|max | --forever] [--owner NAME] "
	    "[--to NEIGHBOR]...",
	    "what add would do and why; changes nothing", 1, 1, ARG_PREFIX,
	    ADD_OPTIONS | BIT(OWNER), cmd_explain },
	{ "sync", NULL,
	    "--owner NAME [--ttl D] [--generation N] [--max-withdraw N] "
	    "[--hold] [--dry-run] [FILE]",
	    "make FILE or standard input the owner's complete set, in one "
	    "commit",
	    0, 1, ARG_FILE,
	    BIT(OWNER) | BIT(TTL) | BIT(GENERATION) | BIT(MAX_WITHDRAW) |
		BIT(HOLD) | BIT(DRY_RUN),
	    cmd_sync },
	{ "exempt", NULL, "PREFIX --ttl D [--reason TEXT]",
	    "keep it from being blackholed for that time, and take back what "
	    "overlaps",
	    1, 1, ARG_PREFIX, BIT(TTL) | BIT(REASON), cmd_exempt },
	{ "unexempt", NULL, "PREFIX", "let it be blackholed again", 1, 1,
	    ARG_PREFIX, 0, cmd_unexempt },
	{ "exemptions", NULL, "", "what is exempted", 0, 0, ARG_NONE, 0,
	    cmd_exemptions },
	{ "freeze", NULL, "[--reason TEXT]",
	    "keep all but operators from changing victims", 0, 0, ARG_NONE,
	    BIT(REASON), cmd_freeze },
	{ "unfreeze", NULL, "", "let them again", 0, 0, ARG_NONE, 0,
	    cmd_unfreeze },
	{ "list", NULL, "[PREFIX] [--owner NAME]", "what is blackholed", 0, 1,
	    ARG_VICTIM, BIT(OWNER), cmd_list },
	{ "show", NULL, "PREFIX", "one victim in full", 1, 1, ARG_VICTIM, 0,
	    cmd_show },
	{ "flush", NULL, "[--owner NAME] --yes", "take all of them back", 0, 0,
	    ARG_NONE, BIT(OWNER) | BIT(YES), cmd_flush },
	{ "history", NULL, "[PREFIX] [--owner NAME] [--since D] [--limit N]",
	    "who blackholed what, when, why, and how it ended", 0, 1,
	    ARG_VICTIM, BIT(OWNER) | BIT(SINCE) | BIT(LIMIT), cmd_history },
	{ "neighbors", NULL, "[NAME]",
	    "sessions, a line each; with a name, one in full", 0, 1,
	    ARG_NEIGHBOR, 0, cmd_neighbors },
	{ "reset", NULL, "NAME [--soft]",
	    "end the session and begin a new one; --soft: send all routes "
	    "again",
	    1, 1, ARG_NEIGHBOR, BIT(SOFT), cmd_reset },
	{ "enable", NULL, "NAME", "let its session come up again", 1, 1,
	    ARG_NEIGHBOR, 0, cmd_enable },
	{ "disable", NULL, "NAME [--message TEXT]",
	    "end the session, also over a restart; the text is for the "
	    "neighbor's operator",
	    1, 1, ARG_NEIGHBOR, BIT(MESSAGE), cmd_disable },
	{ "status", NULL, "", "the daemon at a glance", 0, 0, ARG_NONE, 0,
	    cmd_status },
	{ "check", NULL, "", "one line and exit code for a monitoring system",
	    0, 0, ARG_NONE, 0, cmd_check },
	{ "doctor", NULL, "[--test PREFIX]",
	    "is everything ready for the night it is needed; --test: "
	    "blackhole it for a moment, to see it delivered",
	    0, 0, ARG_NONE, BIT(TEST), cmd_doctor },
	{ "monitor", NULL, "[TYPE...]",
	    "events as they come, until interrupted", 0, SIZE_MAX,
	    ARG_EVENT_TYPE, 0, cmd_monitor },
	{ "reload", NULL, "", "apply the configuration as the file is now", 0,
	    0, ARG_NONE, 0, cmd_reload },
	{ "stop", NULL, "[--withdraw] [--message TEXT]",
	    "stop the daemon; --withdraw: take all routes back first", 0, 0,
	    ARG_NONE, BIT(WITHDRAW) | BIT(MESSAGE), cmd_stop },
	{ "pipe", NULL, "[--owner NAME] [--ttl D|max | --forever] [FILE]",
	    "carry out ExaBGP commands from standard input or a FIFO", 0, 1,
	    ARG_FILE, BIT(OWNER) | BIT(TTL) | BIT(FOREVER), cmd_pipe },
	{ "completion", NULL, "bash|zsh|fish",
	    "the script that completes commands in that shell", 1, 1, ARG_SHELL,
	    0, cmd_completion },
	{ "help", NULL, "[COMMAND]", "this text, or of one command", 0, 1,
	    ARG_COMMAND, 0, command_help },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

#define USAGE "usage: rtbh-ctl [-s SOCKET] [-j] [-t SECONDS] "

static const struct command *
find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->name, name) == 0 ||
		    (c->alias != NULL && strcmp(c->alias, name) == 0))
			return c;
	}
	return NULL;
}

/* Wrong usage; c NULL: no command was found.  Gives the exit code. */
static int __attribute__((format(printf, 2, 3)))
usage_error(const struct command *c, const char *fmt, ...)
{
	struct line line = { 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line.text, sizeof(line.text), fmt, ap);
	va_end(ap);
	say("%s", line.text);
	if (c == NULL)
		fprintf(stderr, USAGE "COMMAND ... (see rtbh-ctl help)\n");
	else
		fprintf(stderr, USAGE "%s%s%s\n", c->name,
		    c->usage[0] != '\0' ? " " : "", c->usage);
	return c != NULL && c->run == cmd_check ? CHECK_UNKNOWN : EXIT_USAGE;
}

static void
print_command(const struct command *c)
{
	struct line line = { 0 };

	line_add(&line, "%s%s%s", c->name, c->usage[0] != '\0' ? " " : "",
	    c->usage);
	table_put_indented(line.text, 2);
	line_init(&line);
	line_add(&line, "%s", c->help);
	if (c->alias != NULL)
		line_add(&line, "; also: %s", c->alias);
	table_put_indented(line.text, 6);
}

static void
print_options(uint32_t set)
{
	struct table t;

	table_init_pairs(&t);
	for (unsigned i = 0; i < OPTIONS; i++) {
		struct line name = { 0 };

		if (!(set & OPTION_BIT(i)))
			continue;
		line_add(&name, "  %s", options_name((enum option)i));
		table_pair(&t, name.text, options_help((enum option)i));
	}
	putchar('\n');
	table_print(&t);
}

static int
help_on(const char *name)
{
	const struct command *c = find(name);

	if (c == NULL)
		return usage_error(NULL, "unknown command \"%.40s\"", name);
	printf(USAGE "COMMAND ...\n\n");
	print_command(c);
	if (c->options != 0)
		print_options(c->options);
	return EXIT_DONE;
}

/* "help", "help add" and "add --help" */
int
command_help(const struct options *o)
{
	if (o->arg_count > 1 && strcmp(o->args[0], "help") == 0)
		return help_on(o->args[1]);
	if (o->arg_count > 0 && strcmp(o->args[0], "help") != 0)
		return help_on(o->args[0]);
	printf(USAGE "COMMAND ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		print_command(&commands[i]);
	printf("\n"
	       "  -s, --socket SOCKET    the daemon's control socket "
	       "(RTBH_SOCKET)\n"
	       "  -j, --json             the protocol's result, one JSON "
	       "document\n"
	       "  -t, --timeout SECONDS  how long to wait for the answer "
	       "(1 to 60)\n"
	       "  -h, --help             this text\n"
	       "  -V, --version          the version\n\n"
	       "A duration D is 90s, 30m, 2h, 7d or a number of seconds.\n");
	return EXIT_DONE;
}

int
command_wrong_options(const struct options *o, const char *why)
{
	return usage_error(o->arg_count > 0 ? find(o->args[0]) : NULL, "%s",
	    why);
}

const struct command *
command_at(size_t i)
{
	return i < COMMANDS ? &commands[i] : NULL;
}

static bool
is_one_of(const char *const *names, const char *name)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static const char *
arg_name(enum command_arg arg)
{
	static const char *const names[] = { [ARG_NONE] = "argument",
		[ARG_PREFIX] = "prefix",
		[ARG_PREFIXES] = "prefix",
		[ARG_VICTIM] = "prefix",
		[ARG_VICTIMS] = "prefix",
		[ARG_NEIGHBOR] = "neighbor's name",
		[ARG_FILE] = "file",
		[ARG_EVENT_TYPE] = "type of events",
		[ARG_SHELL] = "shell: bash, zsh or fish",
		[ARG_COMMAND] = "command" };

	return names[arg];
}

static int
check_prefix(const struct command *c, const char *arg)
{
	struct refusal why;

	if (input_check_prefix(&why, arg) == -1)
		return usage_error(c, "%s", why.message);
	return EXIT_DONE;
}

static int
check_arg(const struct command *c, const char *arg)
{
	bool right = true;

	switch (c->arg) {
	case ARG_PREFIXES:
	case ARG_VICTIMS:
		return strcmp(arg, "-") == 0 ? EXIT_DONE : check_prefix(c, arg);
	case ARG_PREFIX:
	case ARG_VICTIM:
		return check_prefix(c, arg);
	case ARG_NEIGHBOR:
		right = ctl_neighbor_is_valid(arg);
		break;
	case ARG_EVENT_TYPE:
		right = is_one_of(command_event_types(), arg);
		break;
	case ARG_SHELL:
		right = is_one_of(completion_shells, arg);
		break;
	case ARG_COMMAND:
		right = find(arg) != NULL;
		break;
	case ARG_FILE:
	case ARG_NONE:
		break;
	}
	if (right)
		return EXIT_DONE;
	return usage_error(c, "\"%.60s\" is no %s", arg, arg_name(c->arg));
}

static int
check_excluding(const struct command *c, const struct options *o)
{
	static const enum option pairs[][2] = {
		{ OPTION_TTL, OPTION_FOREVER },
		{ OPTION_OWNER, OPTION_ALL_OWNERS },
		{ OPTION_HOLD, OPTION_NOW },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (options_has(o, pairs[i][0]) && options_has(o, pairs[i][1]))
			return usage_error(c, "%s and %s exclude each other",
			    options_name(pairs[i][0]),
			    options_name(pairs[i][1]));
	}
	return EXIT_DONE;
}

/* Standard input can be read once. */
static int
check_dashes(const struct command *c, const struct options *o)
{
	size_t dashes = 0;

	for (size_t i = 1; i < o->arg_count; i++)
		dashes += strcmp(o->args[i], "-") == 0;
	if (dashes > 1)
		return usage_error(c, "- is given twice");
	return EXIT_DONE;
}

static int
check(const struct command *c, const struct options *o)
{
	uint32_t strange = o->given & ~(OPTIONS_OF_ALL | c->options);
	size_t args = o->arg_count - 1;
	int code;

	if (strange != 0)
		return usage_error(c, "%s takes no %s", c->name,
		    options_first_name(strange));
	if (args < c->min_args)
		return usage_error(c, "%s needs a %s", c->name,
		    arg_name(c->arg));
	if (args > c->max_args)
		return usage_error(c, "%s: \"%.60s\" is too much", c->name,
		    o->args[c->max_args + 1]);
	code = check_excluding(c, o);
	if (code == EXIT_DONE)
		code = check_dashes(c, o);
	for (size_t i = 1; i <= args && code == EXIT_DONE; i++)
		code = check_arg(c, o->args[i]);
	return code;
}

int
command_main(const struct options *o)
{
	const struct command *c;
	int code;

	if (o->arg_count == 0)
		return usage_error(NULL, "there is no command");
	c = find(o->args[0]);
	if (c == NULL)
		return usage_error(NULL, "unknown command \"%.40s\"",
		    o->args[0]);
	code = check(c, o);
	return code == EXIT_DONE ? c->run(o) : code;
}
