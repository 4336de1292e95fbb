#ifndef USERNAMES_H
#define USERNAMES_H

/*
 * The names of users, as the keeper resolved them at start: the speaker cannot
 * ask the system.
 */

#include <sys/types.h>

#include "wire.h"

struct usernames;

/* From a CHANNEL_NAMES message.  NULL: malformed, or no memory. */
struct usernames *usernames_decode(struct wire_in in);
void usernames_free(struct usernames *u); /* NULL is fine */
/* NULL: that user has no name. */
const char *usernames_find(const struct usernames *u, uid_t uid);

#endif
