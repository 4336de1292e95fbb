#ifndef DEED_H
#define DEED_H

/*
 * What the daemon was asked to do and has done, but for blackholing itself,
 * of which there is more to say.
 */

#include <jansson.h>

#include "options.h"

/*
 * Asks for it and tells people what was done, of the first argument if there
 * is one.  Takes params; gives the exit code.
 */
int deed_run(const struct options *o, const char *method, json_t *params,
    const char *what);

/* The same of what was done already. */
int deed_tell(const struct options *o, const json_t *result, const char *what);

/* The exit code for a change's result: says so when it is not stored yet. */
int deed_conclude(const json_t *result);

#endif
