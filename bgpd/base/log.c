/*
 * A line is put together in memory, escaped, and written by one call that
 * does not wait.  Standard error may be shared with whoever started us, so
 * its descriptor is not simply made non-blocking: a pipe or terminal is
 * opened once more for ourselves, a socket is written to with MSG_DONTWAIT,
 * and where neither can be done poll(2) is asked first.  A regular file takes
 * the line at the speed of its disk; who fears for that logs to syslog.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "timefmt.h"

/* A line this short goes through a pipe whole or not at all (PIPE_BUF). */
#define LOG_TEXT_MAX 1024
#define LOG_LINE_MAX 4096
/* A message with what is not printable as \xNN; fits a line twice. */
#define LOG_ESCAPED_MAX 1536
/* The longest "neighbor NAME". */
#define SUBJECT_MAX 128
#define SYSLOG_PATH "/dev/log"

enum sink {
	SINK_STDERR,  /* time, level, process: message */
	SINK_JOURNAL, /* standard error, read by systemd: it knows the time */
	SINK_SYSLOG
};

static struct {
	enum sink sink;
	enum log_level level;
	enum log_format format;
	const char *process;
	bool is_socket; /* standard error is one */
	int syslog_fd;	/* when the sink is syslog; -1: not connected */
	uint64_t dropped;
} out = { .level = LOG_LEVEL_INFO, .process = "main", .syslog_fd = -1 };

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

/* Whether systemd says that it made this very descriptor for its journal. */
static bool
is_journal(const struct stat *st)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];

	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st->st_dev,
	    (uintmax_t)st->st_ino);
	return stream != NULL && strcmp(stream, own) == 0;
}

/*
 * Gives standard error a file description of our own, without blocking, if
 * it is of a kind for which that works.  The second process inherits it.
 */
static void
reopen_stderr(mode_t mode)
{
	int flags = fcntl(STDERR_FILENO, F_GETFL);
	int fd;

	if (!S_ISFIFO(mode) && !S_ISCHR(mode))
		return;
	if (flags == -1 || (flags & O_NONBLOCK) != 0)
		return;
	fd = open("/proc/self/fd/2",
	    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return; /* not ours to open; poll(2) has to do */
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static int
connect_syslog(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, saved;

	strlcpy(sun.sun_path, SYSLOG_PATH, sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

void
log_init(enum log_to to, enum log_level level, const char *process)
{
	struct stat st;

	out.level = level;
	out.process = process;
	if (fstat(STDERR_FILENO, &st) == 0) {
		out.is_socket = S_ISSOCK(st.st_mode);
		out.sink = is_journal(&st) ? SINK_JOURNAL : SINK_STDERR;
		reopen_stderr(st.st_mode);
	}
	if (out.syslog_fd != -1)
		close(out.syslog_fd);
	out.syslog_fd = -1;
	if (to != LOG_TO_SYSLOG)
		return;
	out.syslog_fd = connect_syslog();
	if (out.syslog_fd == -1)
		log_warn("syslog: %s, so lines go to standard error",
		    SYSLOG_PATH);
	else
		out.sink = SINK_SYSLOG;
}

void
log_set_level(enum log_level level)
{
	out.level = level;
}

bool
log_is_on(enum log_level level)
{
	return level <= out.level;
}

void
log_set_format(enum log_format format)
{
	out.format = format;
}

uint64_t
log_dropped(void)
{
	return out.dropped;
}

/*
 * Octets of the UTF-8 character at s that may be shown as it is; 0: none, or
 * one that a terminal would obey (C0, DEL, C1).
 */
static size_t
printable_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = 0;

	if (u[0] >= 0x20 && u[0] < 0x7f)
		return 1;
	if (u[0] >= 0xc2 && u[0] < 0xe0)
		len = 2;
	else if (u[0] >= 0xe0 && u[0] < 0xf0)
		len = 3;
	else if (u[0] >= 0xf0 && u[0] < 0xf5)
		len = 4;
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	/* longer than need be, a surrogate, or above U+10FFFF */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	if (len == 2 && u[0] == 0xc2 && u[1] < 0xa0)
		return 0;
	return len;
}

/* Copies text to line, what is not printable as \xNN; gives the length. */
static size_t
escape(char *line, size_t size, const char *text)
{
	size_t at = 0, n;

	while (*text != '\0' && size - at > 5) {
		n = printable_len(text);
		if (n == 0) {
			at += (size_t)snprintf(line + at, size - at, "\\x%02x",
			    (unsigned)(unsigned char)*text);
			text++;
			continue;
		}
		memcpy(line + at, text, n);
		at += n;
		text += n;
	}
	return at;
}

/* What stands before the message. */
static size_t
prefix_line(char *line, size_t size, enum log_level level)
{
	char when[INSTANT_STRLEN];
	int n = 0;

	switch (out.sink) {
	case SINK_STDERR:
		n = snprintf(line, size,
		    "%s %s %s: ", instant_print(clock_wall_ms(), when),
		    levels[level].name, out.process);
		break;
	case SINK_JOURNAL:
		n = snprintf(line, size, "<%d>%s: ", levels[level].priority,
		    out.process);
		break;
	case SINK_SYSLOG: /* whoever reads it adds the time and the host */
		n = snprintf(line, size, "<%d>rtbh-bgpd[%ld]: %s: ",
		    LOG_DAEMON | levels[level].priority, (long)getpid(),
		    out.process);
		break;
	}
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* text, which is printable, as JSON writes it; cut where there is no room. */
static size_t
put_json_text(char *line, size_t size, const char *text, size_t text_len)
{
	const char *end = text + text_len;
	size_t at = 0, n;

	line[at++] = '"';
	for (; text < end && size - at > 8; text += n) {
		n = printable_len(text);
		if (*text == '"' || *text == '\\')
			line[at++] = '\\';
		memcpy(line + at, text, n);
		at += n;
	}
	line[at++] = '"';
	return at;
}

/* "neighbor":"transit-a", where the message begins "neighbor transit-a: " */
static size_t
put_subject(char *line, size_t size, const char *text)
{
	static const char *const subjects[] = { "neighbor", "victim" };

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		size_t len = strlen(subjects[i]), at;
		const char *end = strstr(text, ": ");

		if (strncmp(text, subjects[i], len) != 0 || text[len] != ' ' ||
		    end == NULL || end - text > SUBJECT_MAX)
			continue;
		text += len + 1;
		at = (size_t)snprintf(line, size, "\"%s\":", subjects[i]);
		at += put_json_text(line + at, size - at, text,
		    (size_t)(end - text));
		line[at++] = ',';
		return at;
	}
	return 0;
}

/* The whole line; what reads syslog or the journal wants its own before it. */
static size_t
put_json(char *line, size_t size, enum log_level level, const char *message)
{
	char when[INSTANT_STRLEN], text[LOG_ESCAPED_MAX] = "";
	size_t at = 0;

	escape(text, sizeof(text), message);
	if (out.sink == SINK_JOURNAL)
		at = (size_t)snprintf(line, size, "<%d>",
		    levels[level].priority);
	else if (out.sink == SINK_SYSLOG)
		at = (size_t)snprintf(line, size,
		    "<%d>rtbh-bgpd[%ld]: ", LOG_DAEMON | levels[level].priority,
		    (long)getpid());
	at += (size_t)snprintf(line + at, size - at,
	    "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"%s\",",
	    instant_print(clock_wall_ms(), when), levels[level].name,
	    out.process);
	at += put_subject(line + at, size - at, text);
	at += (size_t)snprintf(line + at, size - at, "\"message\":");
	at += put_json_text(line + at, size - at - 1, text, strlen(text));
	line[at++] = '}';
	return at;
}

static size_t
put_text(char *line, size_t size, enum log_level level, const char *message)
{
	size_t len = prefix_line(line, size, level);

	return len + escape(line + len, size - len, message);
}

static ssize_t
write_stderr(const char *line, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (out.is_socket)
		return send(STDERR_FILENO, line, len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return -1;
	return write(STDERR_FILENO, line, len);
}

/* The syslog daemon may have been restarted since: then connect once more. */
static ssize_t
write_syslog(const char *line, size_t len)
{
	ssize_t n = -1;

	if (out.syslog_fd != -1) {
		n = send(out.syslog_fd, line, len, MSG_NOSIGNAL);
		if (n != -1 || errno == EAGAIN)
			return n;
		close(out.syslog_fd);
	}
	out.syslog_fd = connect_syslog();
	if (out.syslog_fd != -1)
		n = send(out.syslog_fd, line, len, MSG_NOSIGNAL);
	return n;
}

static void
write_line(enum log_level level, const char *text)
{
	char line[LOG_LINE_MAX];
	size_t len;
	ssize_t n;

	if (out.format == LOG_FORMAT_JSON)
		len = put_json(line, sizeof(line) - 1, level, text);
	else
		len = put_text(line, sizeof(line) - 1, level, text);
	if (out.sink == SINK_SYSLOG) {
		n = write_syslog(line, len);
	} else {
		line[len++] = '\n';
		n = write_stderr(line, len);
	}
	if (n != (ssize_t)len)
		out.dropped++;
}

/* error: an errno whose text is added, or 0. */
static void __attribute__((format(printf, 3, 0)))
log_text(enum log_level level, int error, const char *fmt, va_list ap)
{
	int saved = errno;
	char text[LOG_TEXT_MAX];
	size_t len;

	if (!log_is_on(level))
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	if (error != 0)
		snprintf(text + len, sizeof(text) - len, ": %s",
		    strerror(error));
	write_line(level, text);
	errno = saved;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_text(LOG_LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_text(LOG_LEVEL_WARNING, error, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_text(LOG_LEVEL_WARNING, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_text(LOG_LEVEL_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_text(LOG_LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}
