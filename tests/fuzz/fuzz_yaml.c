/*
 * A bgpd.yaml.  One without errors is printed, and that must parse to the
 * same again; and it goes over the channel and must come out the same.
 */
#include "fuzz.h"

#include <errno.h>

#include "config.h"
#include "config_print.h"
#include "config_wire.h"
#include "config_yaml.h"
#include "keyfile.h"
#include "names.h"

#define PATH "/nowhere/bgpd.yaml"

/* In place of the keeper's: here are no users, groups and files. */
int
names_uid(const char *user, uid_t *uid)
{
	*uid = (uid_t)strlen(user);
	return user[0] == 'x' ? 0 : 1;
}

int
names_gid(const char *group, gid_t *gid)
{
	*gid = (gid_t)strlen(group);
	return group[0] == 'x' ? 0 : 1;
}

const char *
names_user(uid_t uid, char buf[CONFIG_NAME_MAX])
{
	snprintf(buf, CONFIG_NAME_MAX, "uid-%u", (unsigned)uid);
	return buf;
}

const char *
names_group(gid_t gid, char buf[CONFIG_NAME_MAX])
{
	snprintf(buf, CONFIG_NAME_MAX, "gid-%u", (unsigned)gid);
	return buf;
}

const char *
names_cannot_open(int error, char buf[NAMES_FAILURE_MAX])
{
	snprintf(buf, NAMES_FAILURE_MAX, "%s", strerror(error));
	return buf;
}

int
keyfile_read(const char *config_path, const char *file,
    char key[CONFIG_PASSWORD_MAX], char why[CONFIG_WHY_MAX])
{
	(void)config_path;
	if (file[0] == 'x') {
		snprintf(why, CONFIG_WHY_MAX, "is not there");
		return -1;
	}
	snprintf(key, CONFIG_PASSWORD_MAX, "a key");
	return 0;
}

/* The text on the heap, for the caller to free. */
static char *
print(const struct config *config)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	must(out != NULL);
	must(config_print(config, out) == 0);
	must(fclose(out) == 0);
	return text;
}

static struct config *
parse(const char *text, size_t len)
{
	struct config_errors errors = { 0 };
	struct config *config =
	    config_yaml_parse(text, len, PATH, true, &errors);
	char line[CONFIG_ERROR_STRLEN];
	bool told = false;

	for (size_t i = 0; i < errors.count; i++) {
		config_error_print(&errors.items[i], PATH, line);
		told = told || errors.items[i].severity == CONFIG_ERROR;
	}
	must(told == (config == NULL));
	config_errors_fini(&errors);
	return config;
}

/* A password of the file itself is not printed. */
static bool
hides_something(const struct config *config)
{
	for (size_t i = 0; i < config->neighbor_count; i++) {
		const struct config_neighbor *n = &config->neighbors[i];

		if (n->password[0] != '\0' && n->password_file[0] == '\0')
			return true;
	}
	return false;
}

static void
check_print(const struct config *config)
{
	char *first = print(config), *second;
	struct config *again = parse(first, strlen(first));

	must(again != NULL);
	second = print(again);
	must(strcmp(first, second) == 0);
	config_free(again);
	free(first);
	free(second);
}

static void
check_wire(const struct config *config)
{
	struct wire_out first, second;
	struct config *again;

	wire_out_init(&first, UINT32_MAX);
	wire_out_init(&second, UINT32_MAX);
	config_encode(config, &first);
	must(!first.failed);
	again = config_decode(wire_in(first.bytes, first.len));
	must(again != NULL);
	config_encode(again, &second);
	must(first.len == second.len &&
	    memcmp(first.bytes, second.bytes, first.len) == 0);
	config_free(again);
	wire_out_fini(&first);
	wire_out_fini(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = parse((const char *)data, size);

	if (config == NULL)
		return 0;
	if (!hides_something(config))
		check_print(config);
	check_wire(config);
	config_free(config);
	return 0;
}
