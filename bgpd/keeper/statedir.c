/*
 * A daemon that ran as root before leaves files that its next user cannot
 * open, so they change hands; by descriptors, since the user whose directory
 * it is could have put a link to somebody else's file there.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "statedir.h"

#define LOCK_FILE "lock"

static const char *const files[] = { LOCK_FILE, "victims.db", "victims.db-wal",
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
	    st.st_uid == 0)
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
		if (st.st_uid == 0 && fchown(dir, owner->uid, owner->gid) == -1)
			return -1;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (give_file(dir, files[i], owner) == -1)
			return -1;
	}
	return 0;
}

/* What the holder wrote into the file; 0 when that is no number. */
static pid_t
read_holder(int fd)
{
	char text[16] = "";
	long pid = 0;

	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		pid = strtol(text, NULL, 10);
	return pid > 0 ? (pid_t)pid : 0;
}

/* A full disk keeps nobody from running: then the number is missing. */
static void
write_holder(int fd)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)len, 0);
}

static int
lock_in(int dir, pid_t *holder)
{
	int fd = openat(dir, LOCK_FILE,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int saved;

	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		write_holder(fd);
		return fd;
	}
	saved = errno;
	if (saved == EWOULDBLOCK)
		*holder = read_holder(fd);
	close(fd);
	errno = saved;
	return -1;
}

int
statedir_lock(const char *directory, const struct statedir_owner *owner,
    pid_t *holder)
{
	bool made = mkdir(directory, 0700) == 0;
	int dir, fd, saved;

	*holder = 0;
	if (!made && errno != EEXIST)
		return -1;
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return -1;
	fd = lock_in(dir, holder);
	saved = errno;
	if (fd != -1 && geteuid() == 0 && give_all(dir, made, owner) == -1) {
		saved = errno;
		close(fd);
		fd = -1;
	}
	close(dir);
	errno = saved;
	return fd;
}
