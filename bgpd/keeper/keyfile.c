/*
 * Keys of TCP MD5 (RFC 2385) from files.  The mode that is checked is that of
 * the very file that is read.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_type.h"
#include "keyfile.h"
#include "names.h"

/* The file's path, as seen from the directory of the configuration. */
static int
resolve(const char *config_path, const char *file, char path[PATH_MAX])
{
	const char *slash = strrchr(config_path, '/');
	int len;

	if (file[0] == '/' || slash == NULL)
		len = snprintf(path, PATH_MAX, "%s", file);
	else
		len = snprintf(path, PATH_MAX, "%.*s/%s",
		    (int)(slash - config_path), config_path, file);
	return len >= 0 && len < PATH_MAX ? 0 : -1;
}

bool
keyfile_is_secret(const struct stat *st)
{
	return (st->st_mode & S_IROTH) == 0 &&
	    ((st->st_mode & S_IRGRP) == 0 || st->st_uid == 0);
}

static int
check_mode(int fd, char why[CONFIG_WHY_MAX])
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return config_refuse(why, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return config_refuse(why, "is not a regular file");
	if (!keyfile_is_secret(&st) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return config_refuse(why,
		    "has mode %04o: none but its owner must read or write it; "
		    "its group may read what is root's (chmod go=)",
		    (unsigned)(st.st_mode & 07777));
	return 0;
}

/* Takes the first line out of what was read; the file may go on behind it. */
static int
take_line(const char *bytes, size_t len, char key[CONFIG_PASSWORD_MAX],
    char why[CONFIG_WHY_MAX])
{
	const char *end = memchr(bytes, '\n', len);
	size_t line = end != NULL ? (size_t)(end - bytes) : len;

	if (line > 0 && bytes[line - 1] == '\r')
		line--;
	if (line == 0)
		return config_refuse(why, "has no key in its first line");
	if (line >= CONFIG_PASSWORD_MAX)
		return config_refuse(why, "has a key of more than %d octets",
		    CONFIG_PASSWORD_MAX - 1);
	if (memchr(bytes, '\0', line) != NULL)
		return config_refuse(why, "has a NUL in its key");
	memcpy(key, bytes, line);
	key[line] = '\0';
	return 0;
}

/* Up to size octets; -1 with errno. */
static ssize_t
read_start(int fd, char *bytes, size_t size)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < size && n != 0) {
		n = read(fd, bytes + len, size - len);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			len += (size_t)n;
	}
	return (ssize_t)len;
}

int
keyfile_read(const char *config_path, const char *file,
    char key[CONFIG_PASSWORD_MAX], char why[CONFIG_WHY_MAX])
{
	char path[PATH_MAX];
	char bytes[CONFIG_PASSWORD_MAX + 2]; /* a key, CR and LF */
	char failure[NAMES_FAILURE_MAX];
	ssize_t len;
	int fd, rc = -1;

	key[0] = '\0';
	if (resolve(config_path, file, path) == -1)
		return config_refuse(why, "is too long a path");
	/* a FIFO must not hold us up before we know it for one */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return config_refuse(why, "%s",
		    names_cannot_open(errno, failure));
	if (check_mode(fd, why) == -1)
		goto out;
	len = read_start(fd, bytes, sizeof(bytes));
	if (len == -1)
		config_refuse(why, "cannot be read: %s", strerror(errno));
	else
		rc = take_line(bytes, (size_t)len, key, why);
out:
	explicit_bzero(bytes, sizeof(bytes));
	close(fd);
	return rc;
}
