#ifndef OUTPUT_DOCTOR_H
#define OUTPUT_DOCTOR_H

/* The printer of findings for people, for output_table.c. */

#include <jansson.h>

void output_findings(const json_t *result);

#endif
