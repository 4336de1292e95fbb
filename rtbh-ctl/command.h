#ifndef COMMAND_H
#define COMMAND_H

/*
 * The table of verbs: what each takes, and what carries it out.
 */

#include "options.h"

/* Exit codes. */
enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
	EXIT_IN_PART = 4
};

/* Gives the exit code; has said on standard error why it is not 0. */
typedef int command_run(const struct options *o);

enum command_arg {
	ARG_NONE,
	ARG_PREFIX,
	ARG_NEIGHBOR
};

struct command {
	const char *name;
	const char *alias; /* or NULL */
	const char *usage; /* behind the name */
	const char *help;
	size_t min_args, max_args; /* behind the name; SIZE_MAX: any number */
	enum command_arg arg;	   /* what each of them is */
	uint32_t options;	   /* its own, as OPTION_BIT()s */
	command_run *run;
};

/* Finds the command that the arguments name, checks them, and runs it. */
int command_main(const struct options *o);
/* The options could not be parsed: why.  Gives EXIT_USAGE. */
int command_wrong_options(const struct options *o, const char *why);
/* Wrong usage; command NULL: none was found.  Gives EXIT_USAGE. */
int command_usage_error(const struct command *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

command_run command_help;
command_run cmd_add;
command_run cmd_withdraw;
command_run cmd_list;
command_run cmd_show;
command_run cmd_neighbors;
command_run cmd_reset;
command_run cmd_enable;
command_run cmd_disable;
command_run cmd_status;
command_run cmd_reload;
command_run cmd_stop;

#endif
