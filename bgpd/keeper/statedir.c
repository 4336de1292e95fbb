/*
 * The lock is on the directory itself: taking it writes nothing, so that a
 * disk that is full, read-only or hangs keeps nobody from starting.
 *
 * A daemon that ran as root before leaves files that its next user cannot
 * open, so they change hands; by descriptors, since the user whose directory
 * it is could have put a link to somebody else's file there.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "statedir.h"

static const char *const files[] = { "victims.db", "victims.db-wal",
	"victims.db-shm" };

/* Gives a plain file of root's to the owner; one that is not there is fine. */
static int
give_file(int dir, const char *name, const struct statedir_owner *owner)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int rc;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	rc = fstat(fd, &st);
	if (rc == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid == 0 && owner->uid != 0)
		rc = fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH);
	close(fd);
	return rc;
}

/*
 * Root's part.  A directory that was there is given away only if a daemon
 * worked in it before: somebody may have configured /var/lib by mistake.
 */
static int
give_all(int dir, bool made, const struct statedir_owner *owner)
{
	struct stat st;

	if (made || faccessat(dir, "victims.db", F_OK, 0) == 0) {
		if (fstat(dir, &st) == -1)
			return -1;
		if (st.st_uid == 0 && owner->uid != 0 &&
		    fchown(dir, owner->uid, owner->gid) == -1)
			return -1;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (give_file(dir, files[i], owner) == -1)
			return -1;
	}
	return 0;
}

/*
 * Who holds the lock, by a line of /proc/locks: "1: FLOCK ADVISORY WRITE PID
 * MAJOR:MINOR:INODE 0 EOF"; 0 when it is not found.
 */
static pid_t
find_holder(int dir)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[256], want[64], where[64];
	struct stat st;
	pid_t found = 0;
	int pid;

	if (locks == NULL)
		return 0;
	if (fstat(dir, &st) == 0) {
		snprintf(want, sizeof(want), "%02x:%02x:%ju", major(st.st_dev),
		    minor(st.st_dev), (uintmax_t)st.st_ino);
		while (found == 0 && fgets(line, sizeof(line), locks) != NULL)
			/* NOLINTNEXTLINE(cert-err34-c): what is no pid is 0 */
			if (sscanf(line, "%*s FLOCK %*s %*s %d %63s", &pid,
				where) == 2 &&
			    strcmp(where, want) == 0)
				found = pid;
	}
	(void)fclose(locks);
	return found;
}

/* Makes it if need be, and opens it. */
static int
open_directory(const char *directory, bool *made)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int dir = open(directory, flags);

	*made = false;
	if (dir != -1 || errno != ENOENT)
		return dir;
	if (mkdir(directory, 0700) == -1)
		return -1;
	*made = true;
	return open(directory, flags);
}

int
statedir_lock(const char *directory, const struct statedir_owner *owner,
    pid_t *holder)
{
	bool made;
	int dir = open_directory(directory, &made);
	int saved;

	*holder = 0;
	if (dir == -1)
		return -1;
	if (flock(dir, LOCK_EX | LOCK_NB) == 0 &&
	    (geteuid() != 0 || give_all(dir, made, owner) == 0))
		return dir;
	saved = errno;
	if (saved == EWOULDBLOCK)
		*holder = find_holder(dir);
	close(dir);
	errno = saved;
	return -1;
}
