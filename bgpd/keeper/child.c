/*
 * The speaker is this program executed afresh, by a descriptor that was
 * opened at the start: an upgrade of the file does not mix versions.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "log.h"

#define QUICK_MS 10000
#define BACKOFF_FIRST_MS 1000
#define BACKOFF_LAST_MS 60000
#define STOP_MS 5000
/* Above the numbers that the speaker is to find. */
#define SPARE_FD 10

struct child {
	struct child_parts parts;
	pid_t pid; /* 0: none runs */
	int64_t started_ms;
	unsigned quick; /* deaths soon after the start, in a row */
	bool stopping;
	struct event *on_retry, *on_late, *on_stopped;
};

int
child_backoff_ms(int64_t lived_ms, unsigned *quick)
{
	int ms = BACKOFF_FIRST_MS;

	if (lived_ms >= QUICK_MS)
		*quick = 0;
	if (*quick == 0) {
		*quick = 1;
		return 0;
	}
	for (unsigned i = 1; i < *quick && ms < BACKOFF_LAST_MS; i++)
		ms *= 2;
	(*quick)++;
	return ms < BACKOFF_LAST_MS ? ms : BACKOFF_LAST_MS;
}

static void
set_timer(struct event *timer, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = (suseconds_t)(ms % 1000) * 1000 };

	if (event_add(timer, &tv) == -1)
		log_warn("cannot set a timer");
}

/*
 * What the speaker may know of our environment: how it is to log, when the
 * watchdog is hungry, and what builds with sanitizers go by.
 */
static const char *const kept_variables[] = { "JOURNAL_STREAM=",
	"WATCHDOG_USEC=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=" };
#define KEPT_VARIABLES (sizeof(kept_variables) / sizeof(kept_variables[0]))

static void
fill_environment(char *env[KEPT_VARIABLES + 1])
{
	size_t n = 0, len;

	for (size_t i = 0; i < KEPT_VARIABLES; i++) {
		len = strlen(kept_variables[i]);
		for (char **e = environ; e != NULL && *e != NULL; e++) {
			if (strncmp(*e, kept_variables[i], len) == 0) {
				env[n++] = *e;
				break;
			}
		}
	}
	env[n] = NULL;
}

/* In the new process: signals as a program expects them at its start. */
static void
reset_signals(void)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Puts the descriptors in their places; the speaker closes all others.  They
 * move out of the way first, since one may be where another belongs.
 */
static int
place_descriptors(const struct child_parts *p, int link_fd, int *exe_fd)
{
	int fds[] = { link_fd, p->control_fd, p->watchdog_fd };
	int count = p->watchdog_fd != -1 ? 3 : 2;

	*exe_fd = fcntl(p->exe_fd, F_DUPFD_CLOEXEC, SPARE_FD);
	if (*exe_fd == -1)
		return -1;
	for (int i = 0; i < count; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, SPARE_FD);
		if (fds[i] == -1)
			return -1;
	}
	for (int i = 0; i < count; i++) {
		if (dup2(fds[i], CHILD_LINK_FD + i) == -1)
			return -1;
	}
	/* whatever is there is not to be taken for the watchdog's */
	if (count < 3)
		(void)fcntl(CHILD_WATCHDOG_FD, F_SETFD, FD_CLOEXEC);
	return 0;
}

/* The new process.  Does not return. */
static void
run_speaker(const struct child_parts *p, int link_fd)
{
	char *const argv[] = { "rtbh-bgpd: speaker", "-S", "-f",
		(char *)p->config_file, NULL };
	char *env[KEPT_VARIABLES + 1];
	int exe_fd;

	reset_signals();
	fill_environment(env);
	if (place_descriptors(p, link_fd, &exe_fd) == 0)
		fexecve(exe_fd, argv, env);
	log_error("speaker: cannot be started: %s", strerror(errno));
	_exit(127);
}

/*
 * Signals are blocked over the fork: libevent's handlers in the new process
 * would tell the old one's loop of signals that are not its own.
 */
static pid_t
fork_speaker(const struct child_parts *p, int link_fd)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		run_speaker(p, link_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Our end of the link to a new speaker; -1 with errno. */
static int
spawn(struct child *c)
{
	int fds[2], saved;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	c->pid = fork_speaker(&c->parts, fds[1]);
	saved = errno;
	close(fds[1]);
	if (c->pid != -1)
		return fds[0];
	c->pid = 0;
	close(fds[0]);
	errno = saved;
	return -1;
}

void
child_start(struct child *c)
{
	int fd;

	if (c->pid != 0 || c->stopping)
		return;
	c->started_ms = clock_now_ms();
	fd = spawn(c);
	if (fd == -1) {
		log_warn("speaker: cannot be started");
		set_timer(c->on_retry, child_backoff_ms(0, &c->quick));
		return;
	}
	log_debug("speaker: process %ld started", (long)c->pid);
	c->parts.on_start(c->parts.arg, fd);
}

static void
log_exit(pid_t pid, int status, bool expected)
{
	if (WIFSIGNALED(status))
		log_error("speaker: process %ld was killed by signal %d (%s)",
		    (long)pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0 || !expected)
		log_error("speaker: process %ld ended with status %d",
		    (long)pid, WEXITSTATUS(status));
	else
		log_debug("speaker: process %ld has stopped", (long)pid);
}

void
child_reap(struct child *c)
{
	int status, ms;

	if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	log_exit(c->pid, status, c->stopping);
	c->pid = 0;
	event_del(c->on_late);
	c->parts.on_exit(c->parts.arg);
	if (c->stopping) {
		event_active(c->on_stopped, EV_TIMEOUT, 0);
		return;
	}
	ms = child_backoff_ms(clock_now_ms() - c->started_ms, &c->quick);
	if (ms > 0)
		log_info("speaker: starts again in %d s", ms / 1000);
	set_timer(c->on_retry, ms);
}

void
child_end(struct child *c)
{
	if (c->pid != 0)
		set_timer(c->on_late, STOP_MS);
}

void
child_stop(struct child *c)
{
	if (c->stopping)
		return;
	c->stopping = true;
	event_del(c->on_retry);
	if (c->pid == 0)
		event_active(c->on_stopped, EV_TIMEOUT, 0);
	else
		child_end(c);
}

/* libevent: time for another start. */
static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	child_start(arg);
}

/* libevent: it was to end, and has not. */
static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	log_warnx("speaker: process %ld does not end, killing it",
	    (long)c->pid);
	kill(c->pid, SIGKILL);
}

/* libevent: it has stopped. */
static void
on_stopped(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	c->parts.on_stopped(c->parts.arg);
}

struct child *
child_new(const struct child_parts *parts)
{
	struct child *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->parts = *parts;
	c->on_retry = event_new(parts->base, -1, 0, on_retry, c);
	c->on_late = event_new(parts->base, -1, 0, on_late, c);
	c->on_stopped = event_new(parts->base, -1, 0, on_stopped, c);
	if (c->on_retry == NULL || c->on_late == NULL ||
	    c->on_stopped == NULL) {
		child_free(c);
		return NULL;
	}
	return c;
}

void
child_free(struct child *c)
{
	if (c == NULL)
		return;
	if (c->pid != 0) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
	}
	if (c->on_retry != NULL)
		event_free(c->on_retry);
	if (c->on_late != NULL)
		event_free(c->on_late);
	if (c->on_stopped != NULL)
		event_free(c->on_stopped);
	free(c);
}
