#ifndef KEEPER_H
#define KEEPER_H

/*
 * The keeper process: configuration, disk and supervision.
 */

#include <stdbool.h>

struct keeper_options {
	const char *config_file;
	bool verbose; /* log at debug level, whatever the file says */
};

/* Runs until told to stop; gives the exit code. */
int keeper_main(const struct keeper_options *options);

#endif
