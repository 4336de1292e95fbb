#ifndef OUTPUT_H
#define OUTPUT_H

/*
 * How results are printed: for people, or as JSON.  Everything goes to
 * standard output; results are borrowed.
 */

#include <jansson.h>

#include "options.h"
#include "table.h"

/* A list that comes in pages: what a printer keeps of them; { 0 } is none. */
struct output_pages {
	struct table table;
	json_t *entries;
};

struct output {
	/* Nothing but {"error": {...}}, of which standard error has told. */
	void (*refused)(const json_t *outcome);
	/* Of one prefix, as it was given; the outcome of client_try(). */
	void (*change)(const json_t *outcome, const char *prefix);
	/* Of many, counted; dry: nothing was done. */
	void (*changes)(const json_t *outcome, bool dry);
	void (*explained)(const json_t *outcome);
	/* Of a list, the next page.  -1: no memory. */
	int (*victims)(struct output_pages *l, const json_t *page);
	int (*history)(struct output_pages *l, const json_t *page);
	/* All pages are there; more: there are others still. */
	void (*list)(struct output_pages *l, const char *member, bool more);
	void (*victim)(const json_t *victim);
	void (*exemptions)(const json_t *list);
	void (*neighbors)(const json_t *list);
	/* The one of the list in full. */
	void (*neighbor)(const json_t *list);
	/* Something was done to subject, which may be NULL: what, in words. */
	void (
	    *done)(const json_t *result, const char *subject, const char *what);
	void (*status)(const json_t *status);
	/* Of the status, the line that a monitoring system reads. */
	void (*checked)(const json_t *status);
	/* Of doctor. */
	void (*findings)(const json_t *result);
	void (*reloaded)(const json_t *result);
	void (*stopping)(const json_t *result);
	void (*event)(const json_t *params);
};

extern const struct output output_json;
extern const struct output output_table;

void output_pages_fini(struct output_pages *l);

/* The one that the options ask for. */
const struct output *output_for(const struct options *o);

#endif
