#ifndef COMPLETION_H
#define COMPLETION_H

/*
 * Scripts that complete commands in shells; made of the table of commands, so
 * that they know all it has.
 */

/* NULL behind the last. */
extern const char *const completion_shells[];

#endif
