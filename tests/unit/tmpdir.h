#ifndef TMPDIR_H
#define TMPDIR_H

/*
 * A directory for one test, as cmocka set-up and tear-down: its path is the
 * test's state, and all that is in it goes with it.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

#include "hex.h"

#define TMPDIR_PATH_MAX 256

static inline int
tmpdir_setup(void **state)
{
	char *path = strdup("/tmp/rtbh-test-XXXXXX");

	*state = path;
	return path != NULL && mkdtemp(path) != NULL ? 0 : -1;
}

static inline int
tmpdir_remove(const char *path, const struct stat *st, int what,
    struct FTW *where)
{
	(void)st;
	(void)what;
	(void)where;
	return remove(path);
}

static inline int
tmpdir_teardown(void **state)
{
	int rc = nftw(*state, tmpdir_remove, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return rc;
}

#define tmpdir_test(function) \
	cmocka_unit_test_setup_teardown(function, tmpdir_setup, tmpdir_teardown)

/* The path of a file in it. */
static inline const char *
tmpdir_path(char buf[TMPDIR_PATH_MAX], const char *directory, const char *name)
{
	assert_true(snprintf(buf, TMPDIR_PATH_MAX, "%s/%s", directory, name) <
	    TMPDIR_PATH_MAX);
	return buf;
}

/* Writes octets at a place of a file, which is made if there is none. */
static inline void
tmpdir_write(const char *path, const void *bytes, size_t len, off_t place)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, bytes, len, place), len);
	close(fd);
}

#endif
