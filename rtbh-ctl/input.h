#ifndef INPUT_H
#define INPUT_H

/*
 * Prefixes from a file: one a line, an optional TTL (a duration, "max" or
 * "forever") after white space, "#" begins a comment.
 */

#include <jansson.h>
#include <stdbool.h>

struct refusal;

/*
 * Reads all of it, "-" is standard input, and appends to victims, an array:
 * texts, or objects with prefix and ttl or permanent; without with_ttl a TTL is
 * read over.  -1: something is wrong in it, or it could not be read; it has
 * been said where.  Nothing else has been done then.
 */
int input_read(json_t *victims, const char *path, bool with_ttl);

/* Checks a prefix as it was given.  On -1, *why says what is wrong with it. */
int input_check_prefix(struct refusal *why, const char *text);

/* A line that is drawn over and over, on a terminal only; "" takes it away. */
void input_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
