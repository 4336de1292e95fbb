/*
 * The service manager's socket, played by the test.
 */
#include "tmpdir.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>

#include "sdnotify.h"

static int
listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_int_not_equal(fd, -1);
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
test_sends(void **state)
{
	char path[TMPDIR_PATH_MAX], got[32] = "";
	int manager = listen_at(tmpdir_path(path, *state, "notify"));
	int fd;

	setenv("NOTIFY_SOCKET", path, 1);
	fd = sdnotify_open();
	assert_int_not_equal(fd, -1);
	sdnotify_send(fd, "READY=1");
	assert_int_equal(recv(manager, got, sizeof(got) - 1, 0), 7);
	assert_string_equal(got, "READY=1");
	/* a manager that does not read does not stop us */
	for (int i = 0; i < 10000; i++)
		sdnotify_send(fd, "WATCHDOG=1");
	close(fd);
	close(manager);
}

static void
test_nobody_wants_to_know(void **state)
{
	char path[TMPDIR_PATH_MAX];

	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(sdnotify_open(), -1);
	assert_int_equal(errno, 0);
	sdnotify_send(-1, "READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(sdnotify_open(), -1);
	assert_int_equal(errno, EINVAL);
	setenv("NOTIFY_SOCKET", tmpdir_path(path, *state, "missing"), 1);
	assert_int_equal(sdnotify_open(), -1);
	assert_int_equal(errno, ENOENT);
}

static void
test_watchdog(void **state)
{
	char pid[16];

	(void)state;
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	assert_false(sdnotify_wants_watchdog());
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_true(sdnotify_wants_watchdog());
	setenv("WATCHDOG_PID", "1", 1);
	assert_false(sdnotify_wants_watchdog());
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_true(sdnotify_wants_watchdog());
	setenv("WATCHDOG_USEC", "0", 1);
	assert_false(sdnotify_wants_watchdog());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_sends),
		tmpdir_test(test_nobody_wants_to_know),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
