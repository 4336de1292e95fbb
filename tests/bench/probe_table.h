#ifndef PROBE_TABLE_H
#define PROBE_TABLE_H

/* A routing table as a neighbor sends it, made up but like the real one. */

#include <stdint.h>

#include "wire.h"

/* So many prefixes of ours in UPDATEs of seven, as the neighbor of that AS. */
void probe_table_make(struct wire_out *out, uint32_t as, uint32_t prefixes);

#endif
