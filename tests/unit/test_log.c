/*
 * Lines on standard error, which is a pipe, a socket or a file here: what
 * they look like, and that a full one does not block.
 */
#include "tmpdir.h"

#include <sys/socket.h>

#include <errno.h>

#include "log.h"

/* Standard error goes to fd, and comes back. */
static int
redirect(int fd)
{
	int before = dup(STDERR_FILENO);

	assert_int_not_equal(before, -1);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	return before;
}

static void
restore(int before)
{
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
}

/* What stands behind the time in the next line; "" when nothing came. */
static void
read_line(int fd, char buf[4096])
{
	static const char form[] = "0000-00-00T00:00:00.000Z ";
	ssize_t n = read(fd, buf, 4095);

	buf[n > 0 ? n : 0] = '\0';
	if (n <= 0)
		return;
	assert_true(strlen(buf) > strlen(form));
	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == '0')
			assert_true(buf[i] >= '0' && buf[i] <= '9');
		else
			assert_int_equal(buf[i], form[i]);
	}
	memmove(buf, buf + strlen(form), strlen(buf) - strlen(form) + 1);
}

static void
test_lines(void **state)
{
	static const struct {
		const char *name, *text, *line;
	} cases[] = {
		{ "plain", "neighbor a: up", "neighbor a: up" },
		{ "a second line", "a\nb", "a\\x0ab" },
		{ "escape sequence", "\033[31m", "\\x1b[31m" },
		{ "DEL and NUL's neighbour", "\177\001", "\\x7f\\x01" },
		{ "UTF-8", "\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac" },
		{ "C1 in UTF-8", "\xc2\x9b", "\\xc2\\x9b" },
		{ "no UTF-8", "\xff\xc3", "\\xff\\xc3" },
	};
	char got[4096], want[256];
	int fds[2], before;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	before = redirect(fds[1]);
	log_init(LOG_TO_STDERR, LOG_LEVEL_INFO, "test");
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		log_info("%s", cases[i].text);
		read_line(fds[0], got);
		snprintf(want, sizeof(want), "info test: %s\n", cases[i].line);
		assert_string_equal(got, want);
	}
	restore(before);
	close(fds[0]);
	close(fds[1]);
}

static void
test_json(void **state)
{
	static const struct {
		const char *name, *text, *line;
	} cases[] = {
		{ "plain", "stopping", "\"message\":\"stopping\"" },
		{ "quotes", "a \"b\" \\c",
		    "\"message\":\"a \\\"b\\\" \\\\c\"" },
		{ "not printable", "a\nb\xff",
		    "\"message\":\"a\\\\x0ab\\\\xff\"" },
		{ "a surrogate", "\xed\xa0\x80",
		    "\"message\":\"\\\\xed\\\\xa0\\\\x80\"" },
		{ "UTF-8", "\xc3\xa4\xe2\x82\xac",
		    "\"message\":\"\xc3\xa4\xe2\x82\xac\"" },
		{ "a neighbor", "neighbor a-1: session up",
		    "\"neighbor\":\"a-1\",\"message\":"
		    "\"neighbor a-1: session up\"" },
		{ "an IPv6 victim", "victim 2001:db8::1/128: added",
		    "\"victim\":\"2001:db8::1/128\",\"message\":"
		    "\"victim 2001:db8::1/128: added\"" },
		{ "neighbors", "neighbors: none",
		    "\"message\":\"neighbors: none\"" },
	};
	char got[4096], want[256];
	int fds[2], before;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	before = redirect(fds[1]);
	log_init(LOG_TO_STDERR, LOG_LEVEL_INFO, "test");
	log_set_format(LOG_FORMAT_JSON);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		log_info("%s", cases[i].text);
		got[read(fds[0], got, sizeof(got) - 1)] = '\0';
		assert_memory_equal(got, "{\"time\":\"2", 10);
		snprintf(want, sizeof(want),
		    "Z\",\"level\":\"info\",\"process\":\"test\",%s}\n",
		    cases[i].line);
		assert_string_equal(strchr(got, 'Z'), want);
	}
	log_set_format(LOG_FORMAT_TEXT);
	restore(before);
	close(fds[0]);
	close(fds[1]);
}

/* The worst that a message can be is cut, and an object all the same. */
static void
test_json_is_cut(void **state)
{
	char text[2048], got[8192];
	int fds[2], before;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	before = redirect(fds[1]);
	log_init(LOG_TO_STDERR, LOG_LEVEL_INFO, "test");
	log_set_format(LOG_FORMAT_JSON);
	for (int c = 0; c < 3; c++) {
		memset(text, "\\\n\""[c], sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		log_info("neighbor %s: x", text);
		n = read(fds[0], got, sizeof(got));
		assert_in_range(n, 1000, 4096);
		assert_memory_equal(got + n - 3, "\"}\n", 3);
	}
	log_set_format(LOG_FORMAT_TEXT);
	restore(before);
	close(fds[0]);
	close(fds[1]);
}

static void
test_levels_and_errno(void **state)
{
	char got[4096];
	int fds[2], before;

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	before = redirect(fds[1]);
	log_init(LOG_TO_STDERR, LOG_LEVEL_WARNING, "test");
	log_info("not told");
	log_debug("not told");
	errno = ENOENT;
	log_warn("file");
	assert_int_equal(errno, ENOENT);
	read_line(fds[0], got);
	assert_string_equal(got,
	    "warning test: file: No such file or directory\n");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("told");
	read_line(fds[0], got);
	assert_string_equal(got, "debug test: told\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_warnx("not told");
	log_error("told");
	read_line(fds[0], got);
	assert_string_equal(got, "error test: told\n");
	restore(before);
	close(fds[0]);
	close(fds[1]);
}

/* Writes until lines are dropped, and none of it blocks. */
static void
check_full(int reader, int writer)
{
	uint64_t dropped = log_dropped();
	char got[4096];
	int before = redirect(writer);
	int flags = fcntl(writer, F_GETFL);

	log_init(LOG_TO_STDERR, LOG_LEVEL_INFO, "test");
	for (int i = 0; i < 20000; i++)
		log_info("line %d", i);
	assert_true(log_dropped() > dropped);
	assert_true(log_dropped() < dropped + 20000);
	/* whoever gave us the descriptor finds it as it was */
	assert_int_equal(fcntl(writer, F_GETFL), flags);
	assert_true(read(reader, got, sizeof(got)) > 0);
	restore(before);
	close(reader);
	close(writer);
}

static void
test_full_pipe(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	check_full(fds[0], fds[1]);
}

static void
test_full_socket(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	check_full(fds[0], fds[1]);
}

static void
test_file(void **state)
{
	char path[TMPDIR_PATH_MAX], got[4096];
	int fd = open(tmpdir_path(path, *state, "log"), O_RDWR | O_CREAT, 0600);
	int before;

	assert_int_not_equal(fd, -1);
	before = redirect(fd);
	log_init(LOG_TO_STDERR, LOG_LEVEL_INFO, "test");
	log_info("first");
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	read_line(fd, got);
	assert_string_equal(got, "info test: first\n");
	restore(before);
	close(fd);
}

static void
test_journal(void **state)
{
	char stream[64], got[64] = "";
	struct stat st;
	int fds[2], before;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fstat(fds[1], &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	before = redirect(fds[1]);
	log_init(LOG_TO_STDERR, LOG_LEVEL_INFO, "test");
	log_warnx("careful");
	assert_true(read(fds[0], got, sizeof(got) - 1) > 0);
	assert_string_equal(got, "<4>test: careful\n");
	restore(before);
	unsetenv("JOURNAL_STREAM");
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_is_cut),
		cmocka_unit_test(test_levels_and_errno),
		cmocka_unit_test(test_full_pipe),
		cmocka_unit_test(test_full_socket),
		tmpdir_test(test_file),
		cmocka_unit_test(test_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
