#ifndef SETTINGS_H
#define SETTINGS_H

/*
 * What operators set at run time and a restart keeps: disabled neighbors.
 */

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "wire.h"

/* More than a configuration may have neighbors: names outlive them. */
#define SETTINGS_DISABLED_MAX 4096

struct settings {
	char (*disabled)[CONFIG_NAME_MAX]; /* neighbors' names */
	size_t disabled_count;
};

void settings_fini(struct settings *s);

bool settings_is_disabled(const struct settings *s, const char *neighbor);
/* -1: no memory, or too many; nothing changed. */
int settings_set_disabled(struct settings *s, const char *neighbor,
    bool disabled);

/*
 * The whole of it to bytes and back, over whatever is in s.  -1: malformed or
 * no memory, and s is empty.
 */
void settings_encode(const struct settings *s, struct wire_out *out);
int settings_decode(struct settings *s, struct wire_in in);

#endif
