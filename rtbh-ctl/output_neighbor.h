#ifndef OUTPUT_NEIGHBOR_H
#define OUTPUT_NEIGHBOR_H

/*
 * The part of output_table that prints neighbors; see output.h.
 */

#include <jansson.h>

void output_neighbors(const json_t *list);
void output_neighbor(const json_t *list);

#endif
