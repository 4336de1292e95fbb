/*
 * The lock against a second daemon, and the directory made for the first.
 */
#include "tmpdir.h"

#include <sys/wait.h>

#include <errno.h>

#include "statedir.h"

static struct statedir_owner
me(void)
{
	return (struct statedir_owner){ .uid = geteuid(), .gid = getegid() };
}

static void
test_makes_the_directory(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct statedir_owner owner = me();
	struct stat st;
	pid_t holder;
	int fd =
	    statedir_lock(tmpdir_path(path, *state, "new"), &owner, &holder);

	assert_int_not_equal(fd, -1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	close(fd);
}

static void
test_one_level_only(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct statedir_owner owner = me();
	pid_t holder;

	errno = 0;
	assert_int_equal(statedir_lock(tmpdir_path(path, *state, "a/b"), &owner,
			     &holder),
	    -1);
	assert_int_equal(errno, ENOENT);
}

static void
test_two_daemons(void **state)
{
	struct statedir_owner owner = me();
	pid_t holder;
	int first = statedir_lock(*state, &owner, &holder);
	int second;

	assert_int_not_equal(first, -1);
	errno = 0;
	assert_int_equal(statedir_lock(*state, &owner, &holder), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(holder, getpid());
	close(first);
	second = statedir_lock(*state, &owner, &holder);
	assert_int_not_equal(second, -1);
	close(second);
}

/* Another process that holds it and dies leaves no lock behind. */
static void
test_dead_daemon(void **state)
{
	struct statedir_owner owner = me();
	pid_t holder, pid = fork();
	int status, fd;

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(statedir_lock(*state, &owner, &holder) != -1 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	fd = statedir_lock(*state, &owner, &holder);
	assert_int_not_equal(fd, -1);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_makes_the_directory),
		tmpdir_test(test_one_level_only),
		tmpdir_test(test_two_daemons),
		tmpdir_test(test_dead_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
