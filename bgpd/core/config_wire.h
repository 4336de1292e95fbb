#ifndef CONFIG_WIRE_H
#define CONFIG_WIRE_H

#include "wire.h"

struct config;

/*
 * A configuration as the keeper sends it to the speaker, passwords and ids
 * included: for each key of the table its text.  Whoever frees or reuses the
 * bytes wipes them.
 */
void config_encode(const struct config *, struct wire_out *out);

/*
 * Checks what it reads as it would be checked in a file.  NULL when it is
 * malformed or memory is out; else it is the caller's.
 */
struct config *config_decode(struct wire_in in);

#endif
