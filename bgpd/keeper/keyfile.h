#ifndef KEYFILE_H
#define KEYFILE_H

/*
 * Keys of TCP MD5 that stand in files of their own.
 */

#include <stdbool.h>

#include "config.h"
#include "config_key.h"

struct stat;

/*
 * Whether none but its owner can read it; or its group, if root owns it, since
 * that is how a service without root is given a file that it cannot change.
 */
bool keyfile_is_secret(const struct stat *st);

/*
 * The first line of a file named in the configuration at config_path, to
 * whose directory it is relative.  It must be a regular file that is secret,
 * and that none but its owner can write.  On -1, why says what is wrong with
 * it, and key is empty.
 */
int keyfile_read(const char *config_path, const char *file,
    char key[CONFIG_PASSWORD_MAX], char why[CONFIG_WHY_MAX]);

#endif
