/*
 * Wiring.  What needs root comes first: the lock, the control socket and the
 * names; then privileges are dropped, and everything that runs for long runs
 * without them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "confine.h"
#include "ctlsocket.h"
#include "keeper.h"
#include "liveconf.h"
#include "log.h"
#include "names.h"
#include "reloader.h"
#include "sandbox.h"
#include "sdnotify.h"
#include "service.h"
#include "statedir.h"

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

struct keeper {
	struct liveconf conf;
	uid_t uid;
	gid_t gid;
	int exe_fd, lock_fd, notify_fd;
	struct ctlsocket socket;
	char *socket_path;
	struct event_base *base;
	struct event *on_signal[SIGNALS];
	struct service *service;
	struct child *child;
	struct reloader reloader;
	bool stopping;
	bool failed; /* nothing but another start of us all can help */
};

/* Whom the daemon will run as. */
static int
find_user(struct keeper *k)
{
	const char *user = k->conf.running.config->user;
	struct passwd *pw;

	k->uid = geteuid();
	k->gid = getegid();
	if (user[0] == '\0')
		return 0;
	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL) {
		log_error("user %s: %s", user,
		    errno != 0 ? strerror(errno) : "there is no such user");
		return -1;
	}
	k->uid = pw->pw_uid;
	k->gid = pw->pw_gid;
	return 0;
}

static int
lock_state(struct keeper *k)
{
	const char *directory = k->conf.running.config->state.directory;
	struct statedir_owner owner = { .uid = k->uid, .gid = k->gid };
	pid_t holder;

	k->lock_fd = statedir_lock(directory, &owner, &holder);
	if (k->lock_fd != -1)
		return 0;
	if (errno == EWOULDBLOCK)
		log_error("another rtbh-bgpd (pid %ld) uses %s", (long)holder,
		    directory);
	else
		log_error("%s: %s", directory, strerror(errno));
	return -1;
}

static int
open_socket(struct keeper *k)
{
	const struct config *config = k->conf.running.config;
	const char *group = config->control.group;
	char why[CTLSOCKET_WHY_MAX];
	int found = 1;

	/* a copy: the configuration may be replaced, though this key stays */
	k->socket_path = strdup(config->control.socket);
	if (k->socket_path == NULL) {
		log_error("out of memory");
		return -1;
	}
	k->socket.path = k->socket_path;
	k->socket.mode = (mode_t)config->control.mode;
	k->socket.owner = k->uid;
	k->socket.owner_gid = k->gid;
	k->socket.gid = k->gid;
	if (group[0] != '\0')
		found = names_gid(group, &k->socket.gid);
	if (found != 1) {
		log_error("group %s: %s", group,
		    found == 0 ? "there is no such group" : strerror(errno));
		return -1;
	}
	if (ctlsocket_open(&k->socket, why) == 0)
		return 0;
	log_error("%s", why);
	return -1;
}

static int
drop_privileges(const struct keeper *k)
{
	const struct config *config = k->conf.running.config;

	if (sandbox_drop(k->uid, k->gid) == -1) {
		log_error("cannot become user %s (uid %ld): %s", config->user,
		    (long)k->uid, strerror(errno));
		return -1;
	}
	if (confine_files(k->exe_fd, k->conf.file, config) == -1) {
		log_error("sandbox: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* Better said now than when a reload is needed. */
static void
warn_if_unreadable(const struct keeper *k)
{
	if (access(k->conf.file, R_OK) == -1)
		log_warn("%s: user %s cannot read it, so it cannot be reloaded",
		    k->conf.file, k->conf.running.config->user);
}

/*
 * What the first speaker need not wait for; it is busy with its own start.
 */
static int
finish_start(struct keeper *k)
{
	if (confine_calls() == -1) {
		log_error("sandbox: %s", strerror(errno));
		return -1;
	}
	if (liveconf_find_names(&k->conf) == -1) {
		log_error("out of memory");
		return -1;
	}
	return 0;
}

/* All that is done once, as whoever started us. */
static int
prepare(struct keeper *k)
{
	k->exe_fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (k->exe_fd == -1) {
		log_error("/proc/self/exe: %s", strerror(errno));
		return -1;
	}
	k->notify_fd = sdnotify_open();
	if (k->notify_fd == -1 && errno != 0)
		log_warn("service manager: $NOTIFY_SOCKET");
	if (find_user(k) == -1 || lock_state(k) == -1 || open_socket(k) == -1)
		return -1;
	if (drop_privileges(k) == -1)
		return -1;
	warn_if_unreadable(k);
	return 0;
}

static void
stop(struct keeper *k, const char *why)
{
	if (k->stopping)
		return;
	k->stopping = k->reloader.stopping = true;
	log_info("stopping: %s", why);
	sdnotify_send(k->notify_fd, "STOPPING=1\nSTATUS=stopping");
	child_stop(k->child);
}

/* libevent: a signal. */
static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct keeper *k = arg;

	(void)what;
	switch (number) {
	case SIGCHLD:
		child_reap(k->child);
		break;
	case SIGHUP:
		reloader_on_signal(&k->reloader);
		break;
	default:
		if (!k->stopping)
			service_stop(k->service);
		stop(k, number == SIGTERM ? "SIGTERM" : "SIGINT");
		break;
	}
}

/* service: the speaker accepts clients. */
static void
on_ready(void *arg)
{
	struct keeper *k = arg;
	char state[64];

	if (k->stopping)
		return;
	k->reloader.ready = true;
	snprintf(state, sizeof(state), "READY=1\nMAINPID=%ld\nSTATUS=running",
	    (long)getpid());
	sdnotify_send(k->notify_fd, state);
	log_info("ready, control socket %s", k->socket.path);
}

/* service: an operator told the speaker to stop. */
static void
on_stop(void *arg)
{
	stop(arg, "by the control socket");
}

/* service: somebody asks the speaker for a reload. */
static void
on_reload(void *arg)
{
	struct keeper *k = arg;

	reloader_on_request(&k->reloader);
}

/* service: the speaker has tried a new configuration. */
static void
on_applied(void *arg, const char *error)
{
	struct keeper *k = arg;

	reloader_on_applied(&k->reloader, error);
}

/* service: the link is closed while the speaker may still run. */
static void
on_closed(void *arg)
{
	struct keeper *k = arg;

	reloader_on_end(&k->reloader);
	child_end(k->child);
}

/* child: the speaker runs. */
static void
on_start(void *arg, int link_fd)
{
	struct keeper *k = arg;

	if (service_start(k->service, link_fd) == 0)
		return;
	log_error("speaker: cannot be given what it needs: out of memory");
	child_end(k->child);
}

/*
 * The next speaker would spin on it, and hear nobody.  To make another socket
 * takes what we were started as.
 */
static void
check_socket(struct keeper *k)
{
	if (k->stopping || !ctlsocket_is_shut(&k->socket))
		return;
	log_error("%s: the speaker has shut it down; ending, to be started "
		  "afresh",
	    k->socket.path);
	k->failed = true;
	event_base_loopbreak(k->base);
}

/* child: the speaker has ended. */
static void
on_exit_of_child(void *arg)
{
	struct keeper *k = arg;

	service_end(k->service);
	reloader_on_end(&k->reloader);
	check_socket(k);
}

/* child: nothing is left to wait for. */
static void
on_stopped(void *arg)
{
	struct keeper *k = arg;

	event_base_loopbreak(k->base);
}

static int
watch_signals(struct keeper *k)
{
	for (size_t i = 0; i < SIGNALS; i++) {
		k->on_signal[i] =
		    evsignal_new(k->base, signals[i], on_signal, k);
		if (k->on_signal[i] == NULL ||
		    event_add(k->on_signal[i], NULL) == -1)
			return -1;
	}
	return 0;
}

static int
build(struct keeper *k)
{
	struct service_parts service = {
		.conf = &k->conf,
		.queue_max = SERVICE_QUEUE_MAX,
		.on_ready = on_ready,
		.on_stop = on_stop,
		.on_reload = on_reload,
		.on_applied = on_applied,
		.on_closed = on_closed,
		.arg = k,
	};
	struct child_parts child = {
		.exe_fd = k->exe_fd,
		.control_fd = k->socket.fd,
		.watchdog_fd = sdnotify_wants_watchdog() ? k->notify_fd : -1,
		.config_file = k->conf.file,
		.on_start = on_start,
		.on_exit = on_exit_of_child,
		.on_stopped = on_stopped,
		.arg = k,
	};

	k->base = event_base_new();
	if (k->base == NULL)
		return -1;
	service.base = child.base = k->base;
	k->service = service_new(&service);
	k->child = child_new(&child);
	if (k->service == NULL || k->child == NULL)
		return -1;
	k->reloader = (struct reloader){ .conf = &k->conf,
		.service = k->service,
		.notify_fd = k->notify_fd };
	return watch_signals(k);
}

static int
run(struct keeper *k)
{
	if (build(k) == -1) {
		log_error("cannot start the event loop: %s", strerror(errno));
		return 1;
	}
	child_start(k->child);
	if (finish_start(k) == -1)
		return 1;
	if (event_base_dispatch(k->base) == -1) {
		log_error("the event loop has failed");
		return 1;
	}
	return k->failed ? 1 : 0;
}

/*
 * libevent gives a signal back its default action when it lets go of it; one
 * that comes while we end must not kill us with the control socket left
 * behind and an exit code that says we failed.
 */
static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
clean_up(struct keeper *k)
{
	block_signals();
	child_free(k->child);
	service_free(k->service);
	for (size_t i = 0; i < SIGNALS; i++) {
		if (k->on_signal[i] != NULL)
			event_free(k->on_signal[i]);
	}
	if (k->base != NULL)
		event_base_free(k->base);
	ctlsocket_close(&k->socket);
	free(k->socket_path);
	liveconf_fini(&k->conf);
	/* the lock goes last, so that no other daemon meets our traces */
	if (k->notify_fd != -1)
		close(k->notify_fd);
	if (k->exe_fd != -1)
		close(k->exe_fd);
	if (k->lock_fd != -1)
		close(k->lock_fd);
}

int
keeper_main(const struct keeper_options *options)
{
	struct keeper k = { .exe_fd = -1,
		.lock_fd = -1,
		.notify_fd = -1,
		.socket = { .fd = -1 } };
	int code = 1;

	liveconf_init(&k.conf, options->config_file, options->verbose);
	if (liveconf_load(&k.conf) == 0 && prepare(&k) == 0)
		code = run(&k);
	clean_up(&k);
	return code;
}
