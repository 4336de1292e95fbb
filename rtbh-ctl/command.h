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
/* Of check alone, whose 0, 1 and 2 are OK, WARNING and CRITICAL. */
#define CHECK_UNKNOWN 3

/* Gives the exit code; has said on standard error why it is not 0. */
typedef int command_run(const struct options *o);

enum command_arg {
	ARG_NONE,
	ARG_PREFIX,
	ARG_PREFIXES, /* or "-": from standard input */
	ARG_VICTIM,   /* a prefix, most likely one that is blackholed */
	ARG_VICTIMS,  /* or "-" */
	ARG_NEIGHBOR,
	ARG_FILE,
	ARG_EVENT_TYPE,
	ARG_SHELL,
	ARG_COMMAND
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
/* The options of a command are wrong: why.  Gives its exit code for that. */
int command_wrong_options(const struct options *o, const char *why);
/* Row by row; NULL behind the last. */
const struct command *command_at(size_t i);
/* The types of events, NULL behind the last. */
const char *const *command_event_types(void);

command_run command_help;
command_run cmd_add;
command_run cmd_withdraw;
command_run cmd_explain;
command_run cmd_sync;
command_run cmd_exempt;
command_run cmd_unexempt;
command_run cmd_exemptions;
command_run cmd_freeze;
command_run cmd_unfreeze;
command_run cmd_list;
command_run cmd_show;
command_run cmd_flush;
command_run cmd_history;
command_run cmd_neighbors;
command_run cmd_reset;
command_run cmd_enable;
command_run cmd_disable;
command_run cmd_status;
command_run cmd_check;
command_run cmd_doctor;
command_run cmd_monitor;
command_run cmd_reload;
command_run cmd_stop;
command_run cmd_pipe;
command_run cmd_completion;

#endif
