#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H

#include <stdio.h>

struct config;

/*
 * The whole configuration as YAML, with every default, in the order of the
 * table.  It parses to the same again, but for passwords, which are not
 * printed.  -1 when the stream failed.
 */
int config_print(const struct config *, FILE *out);

#endif
