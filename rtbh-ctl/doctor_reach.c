/*
 * Who may get at the control socket, by the modes of its directories and its
 * own: a detector that cannot is found out at the first attack otherwise.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "human.h"

#define GROUPS_MAX 256

/* A user with all groups, or a group on its own. */
struct visitor {
	const char *kind, *name; /* "user", "fastnetmon" */
	uid_t uid;		 /* (uid_t)-1 for a group: nobody's */
	gid_t groups[GROUPS_MAX];
	int group_count;
};

static bool
is_member(const struct visitor *v, gid_t gid)
{
	for (int i = 0; i < v->group_count; i++) {
		if (v->groups[i] == gid)
			return true;
	}
	return false;
}

/* bit: S_IXOTH or S_IWOTH, as the kernel asks it of owner, group or others. */
static bool
may(const struct visitor *v, const struct stat *st, mode_t bit)
{
	if (v->uid == 0)
		return true;
	if (v->uid == st->st_uid)
		return (st->st_mode & bit << 6) != 0;
	if (is_member(v, st->st_gid))
		return (st->st_mode & bit << 3) != 0;
	return (st->st_mode & bit) != 0;
}

/*
 * Whether something is in the way, a directory or the socket itself; then path
 * is cut off behind it.
 */
static bool
find_obstacle(const struct visitor *v, char *path)
{
	struct stat st;

	for (char *at = strchr(path, '/'); at != NULL; at = strchr(at, '/')) {
		char next = *++at;

		*at = '\0'; /* "/", "/run/", "/run/rtbh/" */
		if (stat(path, &st) == -1 || !may(v, &st, S_IXOTH))
			return true;
		*at = next;
	}
	return stat(path, &st) == -1 || !may(v, &st, S_IWOTH);
}

/* Runs id(1), which gives *pid and the reading end of its output; -1. */
static int
start_id(const char *user, pid_t *pid)
{
	char *argv[] = { "id", "-G", "--", (char *)user, NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], rc;

	if (pipe(fds) == -1)
		return -1;
	rc = posix_spawn_file_actions_init(&actions);
	if (rc == 0) {
		posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
		posix_spawn_file_actions_addclose(&actions, fds[0]);
		posix_spawn_file_actions_addclose(&actions, 2);
		rc = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(fds[1]);
	if (rc == 0)
		return fds[0];
	close(fds[0]);
	return -1;
}

/*
 * The user's groups, as many as there is room for.  Asked of id(1), since we
 * are linked without what the name service loads.  false: no such user.
 */
static bool
list_groups(struct visitor *v)
{
	unsigned gid;
	pid_t pid;
	int fd = start_id(v->name, &pid), status;
	FILE *said = fd != -1 ? fdopen(fd, "r") : NULL;

	v->group_count = 0;
	if (said == NULL) {
		if (fd != -1)
			close(fd);
		return false;
	}
	/* NOLINTNEXTLINE(cert-err34-c): id prints numbers */
	while (v->group_count < GROUPS_MAX && fscanf(said, "%u", &gid) == 1)
		v->groups[v->group_count++] = gid;
	(void)fclose(said);
	return waitpid(pid, &status, 0) == pid && v->group_count > 0;
}

/* false: it does not exist. */
static bool
find_visitor(struct visitor *v, const json_t *rule)
{
	const json_t *id = json_object_get(rule, "id");

	v->name = human_text(rule, v->kind);
	if (!json_is_integer(id))
		return false;
	if (strcmp(v->kind, "group") == 0) {
		v->uid = (uid_t)-1;
		v->groups[0] = (gid_t)json_integer_value(id);
		v->group_count = 1;
		return true;
	}
	v->uid = (uid_t)json_integer_value(id);
	return list_groups(v);
}

static void
look_at_rule(struct doctor *d, const json_t *rule, const char *socket)
{
	bool by_user = json_object_get(rule, "user") != NULL;
	struct visitor v = { .kind = by_user ? "user" : "group" };
	char path[PATH_MAX];
	struct stat st;

	if (!find_visitor(&v, rule)) {
		doctor_find(d, DOCTOR_PROBLEM, "access", "there is no %s %s",
		    v.kind, v.name);
		doctor_advise(d, "add it, or take out its rule; then reload");
		return;
	}
	strlcpy(path, socket, sizeof(path));
	if (!find_obstacle(&v, path)) {
		doctor_find(d, DOCTOR_OK, "access",
		    "%s %s (%s) can reach the socket", v.kind, v.name,
		    human_text(rule, "role"));
		return;
	}
	doctor_find(d, DOCTOR_PROBLEM, "access",
	    "%s %s cannot reach the socket", v.kind, v.name);
	if (stat(path, &st) == -1)
		doctor_advise(d, "%s cannot be looked at", path);
	else
		doctor_advise(d, "let it in at %s, now of mode %04o", path,
		    (unsigned)st.st_mode & 07777U);
}

void
doctor_reach(struct doctor *d, const json_t *status, const char *socket)
{
	const json_t *rule;
	char whole[PATH_MAX];
	size_t i;

	if (realpath(socket, whole) == NULL)
		return; /* we have come there, and now it is gone */
	json_array_foreach(json_object_get(status, "access"), i, rule)
	{
		if (strcmp(human_text(rule, "role"), "none") != 0)
			look_at_rule(d, rule, whole);
	}
}
