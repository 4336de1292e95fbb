#ifndef SETTINGS_INTERNAL_H
#define SETTINGS_INTERNAL_H

/*
 * What settings.c and settings_merge.c share: partial settings know what was
 * set in them.
 */

#include "settings.h"

/* Before it is set; nothing when they are whole.  -1: no memory, too many. */
int settings_note_neighbor(struct settings *s, const char *neighbor);
int settings_note_exemption(struct settings *s, const struct prefix *prefix);

#endif
