#ifndef SCRATCH_H
#define SCRATCH_H

#include <sys/stat.h>

#include <unistd.h>

#include "config_text.h"

/* A directory with a configuration and a key file; they go with it. */
struct scratch {
	char directory[64], config[96], key[96];
};

static inline void
scratch_write(const char *path, const char *text, mode_t mode)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fchmod(fileno(out), mode), 0);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static inline void
scratch_init(struct scratch *s)
{
	strcpy(s->directory, "/tmp/rtbh-test-XXXXXX");
	assert_non_null(mkdtemp(s->directory));
	snprintf(s->config, sizeof(s->config), "%s/c.yaml", s->directory);
	snprintf(s->key, sizeof(s->key), "%s/k", s->directory);
}

static inline void
scratch_fini(struct scratch *s)
{
	unlink(s->config);
	unlink(s->key);
	assert_int_equal(rmdir(s->directory), 0);
}

/* Loads from disk; the errors must be these. */
static inline struct config *
scratch_load(const struct scratch *s, const char *expected)
{
	struct config_errors errors = { .count = 0 };
	struct config *config = config_yaml_load(s->config, &errors);
	char *told = text_errors(&errors);

	assert_string_equal(told, expected);
	free(told);
	config_errors_fini(&errors);
	return config;
}

#endif
