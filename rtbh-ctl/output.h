#ifndef OUTPUT_H
#define OUTPUT_H

/*
 * How results are printed: for people, or as JSON.  Everything goes to
 * standard output; results are borrowed.
 */

#include <jansson.h>

#include "options.h"

struct output {
	/* Of client_call_each, for the prefixes in their order. */
	void (*changes)(const json_t *outcomes, const char **prefixes);
	void (*victims)(const json_t *list);
	void (*victim)(const json_t *victim);
	void (*neighbors)(const json_t *list);
	/* The one of the list in full. */
	void (*neighbor)(const json_t *list);
	/* Something was done to the neighbor of that name: what, in words. */
	void (*neighbor_done)(const json_t *result, const char *name,
	    const char *what);
	void (*status)(const json_t *status);
	void (*reloaded)(const json_t *result);
	void (*stopping)(const json_t *result);
};

extern const struct output output_json;
extern const struct output output_table;

/* The one that the options ask for. */
const struct output *output_for(const struct options *o);

#endif
