#ifndef KEYFILE_H
#define KEYFILE_H

/*
 * Keys of TCP MD5 that stand in files of their own.
 */

#include "config.h"
#include "config_key.h"

/*
 * The first line of a file named in the configuration at config_path, to
 * whose directory it is relative.  It must be a regular file that others can
 * neither read nor write, and its group cannot write.  On -1, why says what
 * is wrong with it, and key is empty.
 */
int keyfile_read(const char *config_path, const char *file,
    char key[CONFIG_PASSWORD_MAX], char why[CONFIG_WHY_MAX]);

#endif
