/*
 * Users and groups by getpwnam_r(3) and its kin, with buffers that grow as
 * long as they are too small.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

#define FIRST_SIZE 1024
#define LAST_SIZE 1048576 /* a group of very many members */

/* Makes the buffer bigger after ERANGE; -1 when that is enough. */
static int
grow(char **buf, size_t *size)
{
	char *bigger;

	if (*size >= LAST_SIZE)
		return -1;
	bigger = realloc(*buf, *size * 2);
	if (bigger == NULL)
		return -1;
	*buf = bigger;
	*size *= 2;
	return 0;
}

/* What one look-up gave: the errors that mean "none of that name" are 0. */
static int
outcome(int error, bool found)
{
	if (found)
		return 1;
	if (error == 0 || error == ENOENT || error == ESRCH)
		return 0;
	errno = error;
	return -1;
}

/* By name, or if that is NULL by *uid. */
static int
find_user(const char *name, uid_t *uid, char found[CONFIG_NAME_MAX])
{
	size_t size = FIRST_SIZE;
	char *buf = malloc(size);
	struct passwd pw, *result = NULL;
	int error = ENOMEM;

	while (buf != NULL) {
		error = name != NULL
		    ? getpwnam_r(name, &pw, buf, size, &result)
		    : getpwuid_r(*uid, &pw, buf, size, &result);
		if (error == EINTR)
			continue;
		if (error != ERANGE || grow(&buf, &size) == -1)
			break;
	}
	if (result != NULL) {
		*uid = pw.pw_uid;
		strlcpy(found, pw.pw_name, CONFIG_NAME_MAX);
	}
	free(buf);
	return outcome(error, result != NULL);
}

static int
find_group(const char *name, gid_t *gid, char found[CONFIG_NAME_MAX])
{
	size_t size = FIRST_SIZE;
	char *buf = malloc(size);
	struct group gr, *result = NULL;
	int error = ENOMEM;

	while (buf != NULL) {
		error = name != NULL
		    ? getgrnam_r(name, &gr, buf, size, &result)
		    : getgrgid_r(*gid, &gr, buf, size, &result);
		if (error == EINTR)
			continue;
		if (error != ERANGE || grow(&buf, &size) == -1)
			break;
	}
	if (result != NULL) {
		*gid = gr.gr_gid;
		strlcpy(found, gr.gr_name, CONFIG_NAME_MAX);
	}
	free(buf);
	return outcome(error, result != NULL);
}

int
names_uid(const char *user, uid_t *uid)
{
	char found[CONFIG_NAME_MAX];

	return find_user(user, uid, found);
}

int
names_gid(const char *group, gid_t *gid)
{
	char found[CONFIG_NAME_MAX];

	return find_group(group, gid, found);
}

const char *
names_user(uid_t uid, char buf[CONFIG_NAME_MAX])
{
	if (find_user(NULL, &uid, buf) != 1)
		snprintf(buf, CONFIG_NAME_MAX, "uid-%u", (unsigned)uid);
	return buf;
}

const char *
names_group(gid_t gid, char buf[CONFIG_NAME_MAX])
{
	if (find_group(NULL, &gid, buf) != 1)
		snprintf(buf, CONFIG_NAME_MAX, "gid-%u", (unsigned)gid);
	return buf;
}

const char *
names_cannot_open(int error, char buf[NAMES_FAILURE_MAX])
{
	char user[CONFIG_NAME_MAX];

	if (error == EACCES)
		snprintf(buf, NAMES_FAILURE_MAX,
		    "cannot be opened by user %s: %s",
		    names_user(geteuid(), user), strerror(error));
	else
		snprintf(buf, NAMES_FAILURE_MAX, "cannot be opened: %s",
		    strerror(error));
	return buf;
}
