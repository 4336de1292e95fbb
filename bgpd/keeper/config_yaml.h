#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

/*
 * A configuration from its file.
 */

#include <stddef.h>

#include "config_errors.h"

struct config;

/*
 * Reads, checks and completes the file at path: defaults filled in, keys read
 * from their files, names of users and groups resolved.  NULL when there is
 * an error; all errors and warnings are in *errors, which the caller
 * initialized (all zero) and finishes.
 */
struct config *config_yaml_load(const char *path, struct config_errors *errors);

/*
 * The same of text that is in memory.  path is what key files are relative
 * to; may_have_password: nobody else can read the text.
 */
struct config *config_yaml_parse(const char *text, size_t len, const char *path,
    bool may_have_password, struct config_errors *errors);

#endif
