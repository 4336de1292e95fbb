#ifndef NAMES_H
#define NAMES_H

/*
 * Users and groups: names to numbers and back.  These calls may ask a name
 * service and block, so only the keeper makes them.
 */

#include <sys/types.h>

#include "config.h"

/* Room for what names_cannot_open says. */
#define NAMES_FAILURE_MAX (CONFIG_NAME_MAX + 128)

/* 1: found; 0: there is none of that name; -1: errno says why. */
int names_uid(const char *user, uid_t *uid);
int names_gid(const char *group, gid_t *gid);

/* The user's name, or "uid-1234" for one without a name; gives buf. */
const char *names_user(uid_t uid, char buf[CONFIG_NAME_MAX]);
/* The group's name, or "gid-1234"; gives buf. */
const char *names_group(gid_t gid, char buf[CONFIG_NAME_MAX]);

/*
 * "cannot be opened: WHY", of a file after that errno; when a permission is
 * missing it says who lacks it.  Gives buf.
 */
const char *names_cannot_open(int error, char buf[NAMES_FAILURE_MAX]);

#endif
