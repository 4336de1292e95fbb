/*
 * The socket is bound with no permission for anybody, then given its owner,
 * group and mode through a descriptor of the very file, and listens last.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctlsocket.h"

#define BACKLOG 128
/*
 * We hold the lock of the state directory, so who answers may be the speaker
 * of a keeper that has just died, and that ends within a second.
 */
#define PATIENCE_TRIES 30
#define PATIENCE_US 100000

static int __attribute__((format(printf, 2, 3)))
refuse(char why[CTLSOCKET_WHY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, CTLSOCKET_WHY_MAX, fmt, ap);
	va_end(ap);
	return -1;
}

static struct sockaddr_un
address_of(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	return sun;
}

static int
new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* One level, given to the owner: /run starts empty with every boot. */
static int
make_directory(const struct ctlsocket *s, char why[CTLSOCKET_WHY_MAX])
{
	char dir[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	char *slash;

	strlcpy(dir, s->path, sizeof(dir));
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return 0;
	*slash = '\0';
	if (mkdir(dir, 0755) == -1) {
		if (errno == EEXIST)
			return 0;
		return refuse(why, "%s: %s", dir, strerror(errno));
	}
	if (chmod(dir, 0755) == -1 ||
	    (geteuid() == 0 && lchown(dir, s->owner, s->owner_gid) == -1))
		return refuse(why, "%s: %s", dir, strerror(errno));
	return 0;
}

/* 1: somebody answers there; 0: nobody; -1 with errno: it cannot be told. */
static int
is_answered(const char *path)
{
	struct sockaddr_un sun = address_of(path);
	int fd = new_socket();
	int rc = 1;

	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			rc = 0;
		else if (errno != EAGAIN) /* else it has many clients */
			rc = -1;
	}
	close(fd);
	return rc;
}

/* Makes room at the path, if what is there is a socket without a daemon. */
static int
remove_stale(const char *path, char why[CTLSOCKET_WHY_MAX])
{
	struct stat st;
	int answered = 1;

	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		return refuse(why, "%s: %s", path, strerror(errno));
	}
	if (!S_ISSOCK(st.st_mode))
		return refuse(why, "%s: there is something else, no socket",
		    path);
	for (int i = 0; i < PATIENCE_TRIES && answered == 1; i++) {
		if (i > 0)
			usleep(PATIENCE_US);
		answered = is_answered(path);
	}
	if (answered == 1)
		return refuse(why, "%s: another program answers there", path);
	if (answered == -1 || (unlink(path) == -1 && errno != ENOENT))
		return refuse(why, "%s: %s", path, strerror(errno));
	return 0;
}

/* Binds it for nobody to connect yet. */
static int
bind_closed(const struct ctlsocket *s)
{
	struct sockaddr_un sun = address_of(s->path);
	mode_t before = umask(0777);
	int rc = bind(s->fd, (struct sockaddr *)&sun, sizeof(sun));

	umask(before);
	return rc;
}

/* Nothing is asked of the kernel that is so already: it may be forbidden. */
static int
give(const struct ctlsocket *s, int fd, const struct stat *st)
{
	if (st->st_uid == s->owner && st->st_gid == s->gid)
		return 0;
	return fchownat(fd, "", s->owner, s->gid, AT_EMPTY_PATH);
}

/* Owner, group and mode of the file that is now at the path. */
static int
set_access(struct ctlsocket *s)
{
	char link[64];
	struct stat st;
	int fd = open(s->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int rc = -1;

	if (fd == -1)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    give(s, fd, &st) == 0 && chmod(link, s->mode) == 0) {
		s->dev = st.st_dev;
		s->ino = st.st_ino;
		rc = 0;
	}
	close(fd);
	return rc;
}

int
ctlsocket_open(struct ctlsocket *s, char why[CTLSOCKET_WHY_MAX])
{
	s->fd = -1;
	if (make_directory(s, why) == -1 || remove_stale(s->path, why) == -1)
		return -1;
	s->fd = new_socket();
	if (s->fd == -1)
		return refuse(why, "%s: %s", s->path, strerror(errno));
	if (bind_closed(s) == -1) {
		refuse(why, "%s: %s", s->path, strerror(errno));
		close(s->fd);
		s->fd = -1;
		return -1;
	}
	if (set_access(s) == -1 || listen(s->fd, BACKLOG) == -1) {
		refuse(why, "%s: %s", s->path, strerror(errno));
		unlink(s->path);
		close(s->fd);
		s->fd = -1;
		return -1;
	}
	return 0;
}

bool
ctlsocket_is_shut(const struct ctlsocket *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1;
}

void
ctlsocket_close(struct ctlsocket *s)
{
	struct stat st;

	if (s->fd == -1)
		return;
	if (lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
	    st.st_ino == s->ino)
		unlink(s->path);
	close(s->fd);
	s->fd = -1;
}
