#ifndef NAMETABLE_H
#define NAMETABLE_H

#include "wire.h"

struct config;

/*
 * The message CHANNEL_NAMES.  The speaker cannot ask a name service, so it is
 * told all users that there are: those in the configuration under the name
 * that they have there, and those that the system lists, up to a limit.
 */
void nametable_encode(const struct config *config, struct wire_out *out);

#endif
