#ifndef SAY_H
#define SAY_H

/*
 * What rtbh-ctl says beside its results: a line each, "rtbh-ctl: ..." on
 * standard error, made safe for a terminal.
 */

#include <stdbool.h>
#include <stdio.h>

/* Always -1, for callers that fail with it. */
int say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A line that belongs to the one before. */
void say_more(const char *text);
/* From now on there, and beginning with prefix, which is borrowed. */
void say_as(FILE *to, const char *prefix);
/* Nothing is said while quiet: it has been said before. */
void say_nothing(bool quiet);

#endif
