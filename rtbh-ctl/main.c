/*
 * rtbh-ctl: asks rtbh-bgpd over its control socket.  The arguments become
 * options, the options one command, the command a request; what comes back is
 * printed for people or as JSON.
 */
#include <jansson.h>
#include <malloc.h>
#include <stdio.h>

#include "command.h"

static int
run(const struct options *o)
{
	if (options_has(o, OPTION_HELP))
		return command_help(o);
	if (options_has(o, OPTION_VERSION)) {
		puts("rtbh-ctl " RTBH_VERSION);
		return EXIT_DONE;
	}
	return command_main(o);
}

int
main(int argc, char **argv)
{
	char why[OPTIONS_WHY_MAX];
	struct options o;
	int code;

	/* any seed will do for what our own daemon says, and saves a read */
	json_object_seed(1);
#ifdef M_MXFAST
	/* with a long list, page after page is freed: these only cost */
	(void)mallopt(M_MXFAST, 0);
#endif
	if (options_parse(&o, argc, (const char **)argv, why) == -1)
		return command_wrong_options(&o, why);
	code = run(&o);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		perror("rtbh-ctl: standard output");
		return code != EXIT_DONE ? code : EXIT_IN_PART;
	}
	return code;
}
