/*
 * Directories rather than files, since editors replace a file by another; and
 * for a file that is a link, the directory of what it leads to as well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "confine.h"
#include "log.h"
#include "sandbox.h"

/* The state, the socket's directory, and two for the configuration. */
#define OWN_PATHS 4
#define PATHS_OF_KEY 2

struct paths {
	struct sandbox_path *items;
	size_t count;
};

/* Takes the path; NULL is an error of whoever made it. */
static int
add_path(struct paths *p, char *path, enum sandbox_use use)
{
	if (path == NULL)
		return -1;
	p->items[p->count++] = (struct sandbox_path){ path, use };
	return 0;
}

static char *
directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return strdup(".");
	return slash == file ? strdup("/")
			     : strndup(file, (size_t)(slash - file));
}

static int
add_readable(struct paths *p, const char *file)
{
	char *real = realpath(file, NULL);
	int rc = add_path(p, directory_of(file), SANDBOX_READ);

	if (rc == 0 && real != NULL)
		rc = add_path(p, directory_of(real), SANDBOX_READ);
	free(real);
	return rc;
}

/* The name of a key file goes from the configuration's directory. */
static int
add_key(struct paths *p, const char *config_file, const char *key_file)
{
	char *directory, *path = NULL;
	int rc = -1;

	if (key_file[0] == '/')
		return add_readable(p, key_file);
	directory = directory_of(config_file);
	if (directory != NULL &&
	    asprintf(&path, "%s/%s", directory, key_file) != -1) {
		rc = add_readable(p, path);
		free(path);
	}
	free(directory);
	return rc;
}

static int
add_all(struct paths *p, const char *config_file, const struct config *config)
{
	if (add_path(p, strdup(config->state.directory), SANDBOX_WORK) == -1 ||
	    add_path(p, directory_of(config->control.socket), SANDBOX_REMOVE) ==
		-1 ||
	    add_readable(p, config_file) == -1)
		return -1;
	for (size_t i = 0; i < config->neighbor_count; i++) {
		const char *key_file = config->neighbors[i].password_file;

		if (key_file[0] != '\0' &&
		    add_key(p, config_file, key_file) == -1)
			return -1;
	}
	return 0;
}

static void
tell(void)
{
	const struct sandbox_in_force *now = sandbox_in_force();

	if (now->landlock_abi == 0)
		log_warnx("sandbox: this system has no Landlock: files are "
			  "protected by their permissions alone");
	if (!now->seccomp)
		log_warnx("sandbox: this system has no seccomp: system calls "
			  "are not filtered");
	log_debug("sandbox: Landlock version %d, system calls %s",
	    now->landlock_abi, now->seccomp ? "filtered" : "not filtered");
}

int
confine_files(int exe_fd, const char *config_file, const struct config *config)
{
	struct paths p = { 0 };
	int rc = -1;

	p.items = calloc(OWN_PATHS + PATHS_OF_KEY * config->neighbor_count,
	    sizeof(*p.items));
	/* what does not fit into SQLite's memory has no other place to go */
	if (p.items != NULL &&
	    setenv("SQLITE_TMPDIR", config->state.directory, 1) == 0 &&
	    add_all(&p, config_file, config) == 0)
		rc = sandbox_confine_keeper_files(exe_fd, p.items, p.count);
	for (size_t i = 0; i < p.count; i++)
		free((char *)p.items[i].path);
	free(p.items);
	return rc;
}

int
confine_calls(void)
{
	if (sandbox_confine_keeper_calls() == -1)
		return -1;
	tell();
	return 0;
}
