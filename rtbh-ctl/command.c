/*
 * The verbs, a row each, and the checks that come before any of them runs.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "prefix.h"

#include "command.h"

#define CHANGE_OPTIONS (OPTION_BIT(OPTION_OWNER) | OPTION_BIT(OPTION_REASON))

static const struct command commands[] = {
	{ "add", NULL,
	    "PREFIX... [--ttl D|max | --forever] [--reason TEXT] "
	    "[--owner NAME] [--to NEIGHBOR]...",
	    "blackhole them, all in one commit", 1, SIZE_MAX, ARG_PREFIX,
	    CHANGE_OPTIONS | OPTION_BIT(OPTION_TTL) |
		OPTION_BIT(OPTION_FOREVER) | OPTION_BIT(OPTION_TO),
	    cmd_add },
	{ "withdraw", "del",
	    "PREFIX... [--owner NAME | --all-owners] [--reason TEXT]",
	    "take them back", 1, SIZE_MAX, ARG_PREFIX,
	    CHANGE_OPTIONS | OPTION_BIT(OPTION_ALL_OWNERS), cmd_withdraw },
	{ "list", NULL, "[PREFIX] [--owner NAME]", "what is blackholed", 0, 1,
	    ARG_PREFIX, OPTION_BIT(OPTION_OWNER), cmd_list },
	{ "show", NULL, "PREFIX", "one victim in full", 1, 1, ARG_PREFIX, 0,
	    cmd_show },
	{ "neighbors", NULL, "[NAME]",
	    "sessions, a line each; with a name, one in full", 0, 1,
	    ARG_NEIGHBOR, 0, cmd_neighbors },
	{ "reset", NULL, "NAME [--soft]",
	    "end the session and begin a new one; --soft: send all routes "
	    "again",
	    1, 1, ARG_NEIGHBOR, OPTION_BIT(OPTION_SOFT), cmd_reset },
	{ "enable", NULL, "NAME", "let its session come up again", 1, 1,
	    ARG_NEIGHBOR, 0, cmd_enable },
	{ "disable", NULL, "NAME [--message TEXT]",
	    "end the session, also over a restart; the text is for the "
	    "neighbor's operator",
	    1, 1, ARG_NEIGHBOR, OPTION_BIT(OPTION_MESSAGE), cmd_disable },
	{ "status", NULL, "", "the daemon at a glance", 0, 0, ARG_NONE, 0,
	    cmd_status },
	{ "reload", NULL, "", "apply the configuration as the file is now", 0,
	    0, ARG_NONE, 0, cmd_reload },
	{ "stop", NULL, "[--withdraw] [--message TEXT]",
	    "stop the daemon; --withdraw: take all routes back first", 0, 0,
	    ARG_NONE, OPTION_BIT(OPTION_WITHDRAW) | OPTION_BIT(OPTION_MESSAGE),
	    cmd_stop },
	{ "help", NULL, "", "this text", 0, 0, ARG_NONE, 0, command_help },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

#define USAGE "usage: rtbh-ctl [-s SOCKET] [-j] [-t SECONDS] "

static void
print_command(const struct command *c)
{
	printf("  %s%s%s\n      %s", c->name, c->usage[0] != '\0' ? " " : "",
	    c->usage, c->help);
	if (c->alias != NULL)
		printf("; also: %s", c->alias);
	putchar('\n');
}

int
command_help(const struct options *o)
{
	(void)o;
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
command_usage_error(const struct command *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "rtbh-ctl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (command != NULL)
		fprintf(stderr, "\n" USAGE "%s%s%s\n", command->name,
		    command->usage[0] != '\0' ? " " : "", command->usage);
	else
		fprintf(stderr,
		    "\n" USAGE "COMMAND ... (see rtbh-ctl "
		    "help)\n");
	return EXIT_USAGE;
}

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

int
command_wrong_options(const struct options *o, const char *why)
{
	return command_usage_error(o->arg_count > 0 ? find(o->args[0]) : NULL,
	    "%s", why);
}

static int
check_prefix(const struct command *c, const char *arg)
{
	struct refusal why;
	struct prefix p;

	switch (prefix_parse(&p, arg)) {
	case PREFIX_OK:
		return EXIT_DONE;
	case PREFIX_HOST_BITS:
		ctl_refuse_host_bits(&why, arg);
		return command_usage_error(c, "%s", why.message);
	case PREFIX_SYNTAX:
		break;
	}
	return command_usage_error(c,
	    "\"%.60s\" is no IPv4 or IPv6 address or prefix", arg);
}

static int
check_arg(const struct command *c, const char *arg)
{
	switch (c->arg) {
	case ARG_PREFIX:
		return check_prefix(c, arg);
	case ARG_NEIGHBOR:
		if (!ctl_neighbor_is_valid(arg))
			return command_usage_error(c,
			    "\"%.60s\" is no neighbor's name", arg);
		break;
	case ARG_NONE:
		break;
	}
	return EXIT_DONE;
}

static int
check(const struct command *c, const struct options *o)
{
	uint32_t strange = o->given & ~(OPTIONS_OF_ALL | c->options);
	size_t args = o->arg_count - 1;

	if (strange != 0)
		return command_usage_error(c, "%s takes no %s", c->name,
		    options_first_name(strange));
	if (args < c->min_args)
		return command_usage_error(c, "%s needs a %s", c->name,
		    c->arg == ARG_PREFIX ? "prefix" : "neighbor's name");
	if (args > c->max_args)
		return command_usage_error(c, "%s: \"%.60s\" is too much",
		    c->name, o->args[c->max_args + 1]);
	if (options_has(o, OPTION_TTL) && options_has(o, OPTION_FOREVER))
		return command_usage_error(c,
		    "--ttl and --forever exclude each other");
	if (options_has(o, OPTION_OWNER) && options_has(o, OPTION_ALL_OWNERS))
		return command_usage_error(c,
		    "--owner and --all-owners exclude each other");
	for (size_t i = 1; i <= args; i++) {
		if (check_arg(c, o->args[i]) != EXIT_DONE)
			return EXIT_USAGE;
	}
	return EXIT_DONE;
}

int
command_main(const struct options *o)
{
	const struct command *c;

	if (o->arg_count == 0)
		return command_usage_error(NULL, "there is no command");
	c = find(o->args[0]);
	if (c == NULL)
		return command_usage_error(NULL, "unknown command \"%.40s\"",
		    o->args[0]);
	if (check(c, o) != EXIT_DONE)
		return EXIT_USAGE;
	return c->run(o);
}
