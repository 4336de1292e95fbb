#ifndef OUTPUT_VICTIM_H
#define OUTPUT_VICTIM_H

/*
 * The part of output_table that prints victims, now and in the past; see
 * output.h.
 */

#include <jansson.h>

void output_victims(const json_t *list);
void output_victim(const json_t *victim);
void output_history(const json_t *list);
void output_exemptions(const json_t *list);

#endif
