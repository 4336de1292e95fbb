/*
 * The control socket's file: mode, what is there before, what is left.
 */
#include "tmpdir.h"

#include <sys/socket.h>

#include "ctlsocket.h"

static struct ctlsocket
socket_at(const char *path)
{
	return (struct ctlsocket){ .path = path,
		.mode = 0660,
		.gid = getegid(),
		.owner = geteuid(),
		.owner_gid = getegid(),
		.fd = -1 };
}

static void
test_made_and_removed(void **state)
{
	char path[TMPDIR_PATH_MAX], why[CTLSOCKET_WHY_MAX];
	struct ctlsocket s =
	    socket_at(tmpdir_path(path, *state, "run/control.sock"));
	struct stat st;

	assert_int_equal(ctlsocket_open(&s, why), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	ctlsocket_close(&s);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(stat(tmpdir_path(path, *state, "run"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

/* Its daemon died: closing the descriptor leaves the file behind. */
static void
test_stale(void **state)
{
	char path[TMPDIR_PATH_MAX], why[CTLSOCKET_WHY_MAX];
	struct ctlsocket dead = socket_at(tmpdir_path(path, *state, "c"));
	struct ctlsocket s = socket_at(path);

	assert_int_equal(ctlsocket_open(&dead, why), 0);
	close(dead.fd);
	assert_int_equal(ctlsocket_open(&s, why), 0);
	ctlsocket_close(&s);
}

static void
test_something_else_there(void **state)
{
	char path[TMPDIR_PATH_MAX], why[CTLSOCKET_WHY_MAX];
	struct ctlsocket s = socket_at(tmpdir_path(path, *state, "c"));
	struct stat st;

	tmpdir_write(path, "keep", 4, 0);
	assert_int_equal(ctlsocket_open(&s, why), -1);
	assert_non_null(strstr(why, "no socket"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	ctlsocket_close(&s); /* nothing was opened */
}

/* Somebody put another file there since: it is not ours to remove. */
static void
test_replaced_file_stays(void **state)
{
	char path[TMPDIR_PATH_MAX], why[CTLSOCKET_WHY_MAX];
	struct ctlsocket s = socket_at(tmpdir_path(path, *state, "c"));
	struct stat st;

	assert_int_equal(ctlsocket_open(&s, why), 0);
	assert_int_equal(unlink(path), 0);
	tmpdir_write(path, "keep", 4, 0);
	ctlsocket_close(&s);
	assert_int_equal(stat(path, &st), 0);
}

static void
test_shut_down(void **state)
{
	static const int ways[] = { SHUT_RD, SHUT_RDWR };
	char path[TMPDIR_PATH_MAX], why[CTLSOCKET_WHY_MAX];
	struct ctlsocket s = socket_at(tmpdir_path(path, *state, "c"));

	for (size_t i = 0; i < HEX_COUNT(ways); i++) {
		assert_int_equal(ctlsocket_open(&s, why), 0);
		assert_false(ctlsocket_is_shut(&s));
		assert_int_equal(shutdown(s.fd, ways[i]), 0);
		assert_true(ctlsocket_is_shut(&s));
		ctlsocket_close(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_made_and_removed),
		tmpdir_test(test_stale),
		tmpdir_test(test_something_else_there),
		tmpdir_test(test_replaced_file_stays),
		tmpdir_test(test_shut_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
