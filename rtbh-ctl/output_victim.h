#ifndef OUTPUT_VICTIM_H
#define OUTPUT_VICTIM_H

/*
 * The part of output_table that prints victims, now and in the past; see
 * output.h.
 */

#include <jansson.h>
#include <stdbool.h>

struct output_pages;

int output_victims(struct output_pages *l, const json_t *page);
int output_history(struct output_pages *l, const json_t *page);
void output_list(struct output_pages *l, const char *member, bool more);
void output_victim(const json_t *victim);
void output_exemptions(const json_t *list);

#endif
