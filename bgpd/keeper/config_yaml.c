/*
 * YAML to a configuration.  The text becomes a tree (yaml_tree.c); the tree
 * is walked with the table of keys, which fills in the struct; then what is
 * left to do needs the whole: the checks across keys, the keys of TCP MD5,
 * the numbers of users and groups.  Every step goes on after an error, as
 * long as what it looks at was free of errors before, until there are so many
 * of them that nobody wants to read on.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_type.h"
#include "config_yaml.h"
#include "keyfile.h"
#include "names.h"
#include "spelling.h"
#include "yaml_tree.h"

#define FILE_MAX 1048576
#define PATH_STRLEN 128
#define ECHO_MAX 64

struct loader {
	struct config *config;
	struct yaml_node *root;
	struct config_errors *errors;
};

/* An error at a node: "blackhole.max-ttl: must be …" */
static void __attribute__((format(printf, 4, 5))) refuse(struct loader *l,
    struct yaml_node *node, const char *path, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	config_errors_add(l->errors, node->line, node->column, CONFIG_ERROR,
	    "%s%s%s", path, path[0] != '\0' ? ": " : "", message);
	yaml_node_mark_bad(node);
}

/* Text of the file, fit to be shown: short, and without control characters. */
static const char *
echo(const char *text, char buf[ECHO_MAX])
{
	size_t len = strlcpy(buf, text, ECHO_MAX);

	if (len >= ECHO_MAX) {
		len = ECHO_MAX - sizeof("...");
		while (len > 0 && ((unsigned char)buf[len] & 0xc0) == 0x80)
			len--;
		strlcpy(buf + len, "...", ECHO_MAX - len);
	}
	for (char *s = buf; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
		/* U+0080 to U+009F */
		if ((unsigned char)*s == 0xc2 && (unsigned char)s[1] >= 0x80 &&
		    (unsigned char)s[1] < 0xa0)
			s[0] = s[1] = '?';
	}
	return buf;
}

/* What YAML takes for nothing. */
static bool
is_null(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && node->plain &&
	    (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
		strcmp(node->text, "null") == 0);
}

/* Whether the node is of that kind; if not, that is told. */
static bool
expect(struct loader *l, struct yaml_node *node, enum yaml_kind kind,
    const char *path)
{
	static const char *const wanted[] = { [YAML_SCALAR] = "one value",
		[YAML_MAP] = "keys with values",
		[YAML_LIST] = "a list" };

	if (node->kind == YAML_BROKEN)
		return false;
	if (is_null(node))
		refuse(l, node, path, "has no value; it must be %s",
		    wanted[kind]);
	else if (node->kind != kind)
		refuse(l, node, path, "must be %s", wanted[kind]);
	else
		return true;
	return false;
}

static int
read_scalar(struct loader *l, const struct config_key *key, void *base,
    struct yaml_node *node, const char *path)
{
	char why[CONFIG_WHY_MAX], shown[ECHO_MAX];

	if (!expect(l, node, YAML_SCALAR, path))
		return -1;
	if (key->type->plain && !node->plain) {
		refuse(l, node, path,
		    "\"%s\" is in quotes, which makes it a text",
		    echo(node->text, shown));
		return -1;
	}
	if (config_parse(key, base, node->text, why) == -1) {
		if ((key->flags & CONFIG_SECRET) != 0)
			refuse(l, node, path, "%s", why);
		else
			refuse(l, node, path, "\"%s\" %s",
			    echo(node->text, shown), why);
		return -1;
	}
	return 0;
}

static void
read_set(struct loader *l, const struct config_key *key, void *base,
    struct yaml_node *node, const char *path)
{
	if (!expect(l, node, YAML_LIST, path))
		return;
	if (node->count < key->min)
		refuse(l, node, path, "must not be empty");
	config_clear_set(key, base);
	for (size_t i = 0; i < node->count; i++)
		read_scalar(l, key, base, node->children[i], path);
}

static void read_map(struct loader *l, const struct config_key *map, void *base,
    struct yaml_node *node, const char *path);

static void
read_list(struct loader *l, const struct config_key *list, void *base,
    struct yaml_node *node, const char *path)
{
	void *item;

	if (!expect(l, node, YAML_LIST, path))
		return;
	if (node->count < list->min)
		refuse(l, node, path, "must not be empty");
	if (node->count > list->max) {
		refuse(l, node, path, "must not have more than %u items",
		    (unsigned)list->max);
		return;
	}
	if (config_list_reset(list, base, node->count) == -1) {
		refuse(l, node, path, "out of memory");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		item = config_list_item(list, base, i);
		if (list->keys->kind == CONFIG_SCALAR)
			read_scalar(l, list->keys, item, node->children[i],
			    path);
		else if (expect(l, node->children[i], YAML_MAP, path))
			read_map(l, list->keys, item, node->children[i], "");
	}
}

/* "max-prefixes: 100" is short for that of each key. */
static void
read_each(struct loader *l, const struct config_key *map, void *base,
    struct yaml_node *node, const char *path)
{
	for (const struct config_key *k = map->keys; k->name != NULL; k++) {
		if (read_scalar(l, k, base, node, path) == -1)
			return; /* the others would say the same */
	}
}

static void
read_key(struct loader *l, const struct config_key *key, void *base,
    struct yaml_node *node, const char *above)
{
	char path[PATH_STRLEN];

	snprintf(path, sizeof(path), "%s%s%s", above,
	    above[0] != '\0' ? "." : "", key->name);
	switch (key->kind) {
	case CONFIG_SCALAR:
		read_scalar(l, key, base, node, path);
		break;
	case CONFIG_SET:
		read_set(l, key, base, node, path);
		break;
	case CONFIG_LIST:
		read_list(l, key, base, node, path);
		break;
	case CONFIG_MAP:
		if ((key->flags & CONFIG_EACH) != 0 &&
		    node->kind == YAML_SCALAR && !is_null(node))
			read_each(l, key, base, node, path);
		else if (expect(l, node, YAML_MAP, path))
			read_map(l, key, base, node, path);
		break;
	}
}

static const struct config_key *
find_key(const struct config_key *map, const char *name)
{
	for (const struct config_key *k = map->keys; k->name != NULL; k++) {
		if (strcmp(k->name, name) == 0 &&
		    (k->flags & CONFIG_INTERNAL) == 0)
			return k;
	}
	return NULL;
}

/* The key that is most like a name that is none, or NULL. */
static const char *
nearest_key(const struct config_key *map, const char *name)
{
	const char *nearest = NULL;
	size_t best = SPELLING_MAX, distance;

	/* as far as another word altogether is no likeness */
	if (strlen(name) < best)
		best = strlen(name);
	for (const struct config_key *k = map->keys; k->name != NULL; k++) {
		distance = spelling_distance(k->name, name);
		if (distance < best && (k->flags & CONFIG_INTERNAL) == 0) {
			best = distance;
			nearest = k->name;
		}
	}
	return nearest;
}

static void
refuse_name(struct loader *l, struct yaml_node *node, const char *message)
{
	char shown[ECHO_MAX];

	config_errors_add(l->errors, node->name_line, node->name_column,
	    CONFIG_ERROR, "%s: %s", echo(node->name, shown), message);
	yaml_node_mark_bad(node);
}

static void
refuse_unknown(struct loader *l, const struct config_key *map,
    struct yaml_node *node)
{
	const char *nearest = nearest_key(map, node->name);
	char message[PATH_STRLEN];

	if (nearest == NULL) {
		refuse_name(l, node, "unknown key");
		return;
	}
	snprintf(message, sizeof(message), "unknown key, did you mean \"%s\"?",
	    nearest);
	refuse_name(l, node, message);
}

/* Whether the key of this entry was there before it in the map. */
static bool
is_repeated(const struct yaml_node *map, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(map->children[i]->name, map->children[j]->name) == 0)
			return true;
	}
	return false;
}

static void
require_keys(struct loader *l, const struct config_key *map,
    struct yaml_node *node, const char *path)
{
	for (const struct config_key *k = map->keys; k->name != NULL; k++) {
		if ((k->flags & CONFIG_REQUIRED) != 0 &&
		    yaml_node_find(node, k->name) == NULL)
			refuse(l, node, path, "%s is required", k->name);
	}
}

static void
read_map(struct loader *l, const struct config_key *map, void *base,
    struct yaml_node *node, const char *path)
{
	const struct config_key *key;
	struct yaml_node *child;

	for (size_t i = 0; i < node->count; i++) {
		if (config_errors_full(l->errors))
			return;
		child = node->children[i];
		key = find_key(map, child->name);
		if (key == NULL)
			refuse_unknown(l, map, child);
		else if (is_repeated(node, i))
			refuse_name(l, child, "is given twice");
		else
			read_key(l, key, base, child, path);
	}
	require_keys(l, map, node, path);
}

/* The node at a dotted path, or the last that there is on the way. */
static struct yaml_node *
locate(struct yaml_node *node, const char *path)
{
	struct yaml_node *below;
	char name[PATH_STRLEN];
	const char *dot;

	while (path != NULL) {
		dot = strchr(path, '.');
		snprintf(name, sizeof(name), "%.*s",
		    dot != NULL ? (int)(dot - path) : (int)strlen(path), path);
		below = yaml_node_find(node, name);
		if (below == NULL)
			return node;
		node = below;
		path = dot != NULL ? dot + 1 : NULL;
	}
	return node;
}

/* Where a finding belongs; the item of a list stands for it if need be. */
static struct yaml_node *
locate_place(const struct loader *l, const struct config_place *place)
{
	struct yaml_node *node = l->root;

	if (place->list != NULL) {
		node = locate(node, place->list);
		if (node->kind == YAML_LIST && place->index < node->count)
			node = node->children[place->index];
	}
	node = locate(node, place->key);
	if (node->kind == YAML_LIST && place->item < node->count)
		node = node->children[place->item];
	return node;
}

static bool
is_bad(const struct loader *l, const char *name)
{
	const struct yaml_node *node = yaml_node_find(l->root, name);

	return node != NULL && node->bad;
}

/*
 * Whether what a finding rests on was read without an error.  A neighbor's
 * findings rest on itself and on what is said for all; others on their own
 * part of the file.
 */
static bool
is_founded(const struct loader *l, const struct config_place *place)
{
	static const char *const for_all[] = { "local-as", "aggregates",
		"blackhole", "listen" };
	const struct yaml_node *node;

	if (place->list == NULL) {
		node = locate_place(l, place);
		while (node->parent != NULL && node->parent != l->root)
			node = node->parent;
		return node == l->root || !node->bad;
	}
	node = locate(l->root, place->list);
	if (node->kind != YAML_LIST || place->index >= node->count ||
	    node->children[place->index]->bad)
		return false;
	if (strcmp(place->list, "neighbors") != 0)
		return true;
	for (size_t i = 0; i < sizeof(for_all) / sizeof(for_all[0]); i++) {
		if (is_bad(l, for_all[i]))
			return false;
	}
	return true;
}

/* config_check's: a place in the struct becomes one in the file. */
static void
on_finding(const struct config_finding *finding, void *arg)
{
	struct loader *l = arg;
	const struct yaml_node *node = locate_place(l, &finding->place);

	/* while there are errors, warnings would only hide them */
	if (finding->severity == CONFIG_WARNING && l->errors->failed)
		return;
	if (is_founded(l, &finding->place))
		config_errors_add(l->errors, node->line, node->column,
		    finding->severity, "%s: %s", finding->place.key,
		    finding->message);
}

/* A key of TCP MD5 that stands in the file itself, or in one of its own. */
static void
read_password(struct loader *l, size_t index, const char *path,
    bool may_have_password)
{
	struct config_neighbor *n = &l->config->neighbors[index];
	struct config_place place = { .list = "neighbors",
		.index = index,
		.item = CONFIG_NO_ITEM };
	char why[CONFIG_WHY_MAX], shown[ECHO_MAX];

	if (n->password[0] != '\0') {
		place.key = "password";
		if (n->password_file[0] != '\0')
			refuse(l, locate_place(l, &place), place.key,
			    "cannot be used with password-file");
		else if (!may_have_password)
			refuse(l, locate_place(l, &place), place.key,
			    "must not be in a file that others can read "
			    "(chmod o=)");
	} else if (n->password_file[0] != '\0') {
		place.key = "password-file";
		if (keyfile_read(path, n->password_file, n->password, why) ==
		    -1)
			refuse(l, locate_place(l, &place), place.key,
			    "\"%s\" %s", echo(n->password_file, shown), why);
	}
}

/* A name that was looked up is no error if it is unknown: it may come. */
static void
warn_name(struct loader *l, const struct config_place *place, const char *what,
    const char *name, int found)
{
	const struct yaml_node *node = locate_place(l, place);

	if (found == 1)
		return;
	config_errors_add(l->errors, node->line, node->column, CONFIG_WARNING,
	    "%s: %s %s %s", place->key, what, name,
	    found == 0 ? "does not exist" : "cannot be looked up");
}

static void
resolve_access(struct loader *l, size_t index)
{
	struct config_access *access = &l->config->control.access[index];
	struct config_place place = { .list = "control.access",
		.index = index,
		.item = CONFIG_NO_ITEM };
	uint32_t id = UINT32_MAX;
	int found;

	if (access->user[0] != '\0') {
		place.key = "user";
		found = names_uid(access->user, &id);
		warn_name(l, &place, "user", access->user, found);
	} else {
		place.key = "group";
		found = names_gid(access->group, &id);
		warn_name(l, &place, "group", access->group, found);
	}
	access->id = found == 1 ? id : UINT32_MAX;
}

static void
resolve_names(struct loader *l)
{
	const struct config *config = l->config;
	struct config_place place = { .item = CONFIG_NO_ITEM };
	uint32_t id;

	for (size_t i = 0; i < config->control.access_count; i++)
		resolve_access(l, i);
	if (config->control.group[0] != '\0') {
		place.key = "control.group";
		warn_name(l, &place, "group", config->control.group,
		    names_gid(config->control.group, &id));
	}
	if (config->user[0] != '\0') {
		place.key = "user";
		warn_name(l, &place, "user", config->user,
		    names_uid(config->user, &id));
	}
}

/* The tree is there, and so is an empty configuration. */
static void
fill_config(struct loader *l, const char *path, bool may_have_password)
{
	if (expect(l, l->root, YAML_MAP, ""))
		read_map(l, &config_root, l->config, l->root, "");
	if (config_errors_full(l->errors))
		return;
	config_fill(l->config);
	for (size_t i = 0; i < l->config->neighbor_count; i++)
		read_password(l, i, path, may_have_password);
	config_check(l->config, on_finding, l);
	if (!l->errors->failed)
		resolve_names(l);
}

struct config *
config_yaml_parse(const char *text, size_t len, const char *path,
    bool may_have_password, struct config_errors *errors)
{
	struct loader l = { .errors = errors };

	l.root = yaml_tree_parse(text, len, errors);
	if (l.root == NULL)
		return NULL;
	l.config = config_new();
	if (l.config == NULL)
		config_errors_add(errors, 0, 0, CONFIG_ERROR, "out of memory");
	else
		fill_config(&l, path, may_have_password);
	yaml_tree_free(l.root);
	config_errors_finish(errors);
	if (errors->failed) {
		config_free(l.config);
		return NULL;
	}
	return l.config;
}

/* The whole of an open file into *text; -1 with errno. */
static int
read_file(int fd, size_t size, char **text, size_t *len)
{
	ssize_t n = 1;

	*len = 0;
	*text = malloc(size + 1);
	if (*text == NULL)
		return -1;
	while (*len < size && n != 0) {
		n = read(fd, *text + *len, size - *len);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			*len += (size_t)n;
	}
	return 0;
}

/* Opens the file, and says what is to be known of it before it is read. */
static int
open_file(const char *path, struct stat *st, struct config_errors *errors)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char failure[NAMES_FAILURE_MAX];

	if (fd == -1 || fstat(fd, st) == -1) {
		config_errors_add(errors, 0, 0, CONFIG_ERROR, "%s",
		    names_cannot_open(errno, failure));
	} else if (!S_ISREG(st->st_mode)) {
		config_errors_add(errors, 0, 0, CONFIG_ERROR,
		    "is not a regular file");
	} else if (st->st_size > FILE_MAX) {
		config_errors_add(errors, 0, 0, CONFIG_ERROR,
		    "is longer than %d octets", FILE_MAX);
	} else {
		return fd;
	}
	if (fd != -1)
		close(fd);
	return -1;
}

struct config *
config_yaml_load(const char *path, struct config_errors *errors)
{
	struct config *config = NULL;
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	int fd;

	fd = open_file(path, &st, errors);
	if (fd == -1)
		return NULL;
	if (read_file(fd, (size_t)st.st_size, &text, &len) == -1)
		config_errors_add(errors, 0, 0, CONFIG_ERROR,
		    "cannot be read: %s", strerror(errno));
	else
		config = config_yaml_parse(text, len, path,
		    (st.st_mode & S_IROTH) == 0, errors);
	if (text != NULL)
		explicit_bzero(text, len);
	free(text);
	close(fd);
	return config;
}
