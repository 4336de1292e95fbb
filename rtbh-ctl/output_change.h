#ifndef OUTPUT_CHANGE_H
#define OUTPUT_CHANGE_H

/*
 * The part of output_table that prints changes of victims; see output.h.
 */

#include <jansson.h>
#include <stdbool.h>

void output_change(const json_t *outcome, const char *prefix);
void output_changes(const json_t *outcome, bool dry);
void output_explained(const json_t *outcome);

#endif
