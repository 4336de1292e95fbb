#ifndef OUTPUT_EVENT_H
#define OUTPUT_EVENT_H

/*
 * The part of output_table that prints events; see output.h.
 */

#include <jansson.h>

void output_event(const json_t *params);

#endif
