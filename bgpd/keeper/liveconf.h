#ifndef LIVECONF_H
#define LIVECONF_H

/*
 * The configuration that runs, and during a reload the one that is to take
 * its place.
 */

#include <stdbool.h>

#include "wire.h"

struct config;

/* One configuration, and what the speaker is told with it. */
struct liveconf_part {
	struct config *config; /* NULL: none */
	struct wire_out names; /* CHANNEL_NAMES */
};

struct liveconf {
	const char *file; /* borrowed while it lives */
	bool verbose;	  /* log at debug level, whatever the file says */
	struct liveconf_part running;
	struct liveconf_part candidate; /* there only while a reload goes on */
};

void liveconf_init(struct liveconf *, const char *file, bool verbose);
void liveconf_fini(struct liveconf *);

/*
 * Reads the file for the first time, and logs as it says from then on.  -1
 * with all errors on standard error.  The names are not there yet.
 */
int liveconf_load(struct liveconf *);
/*
 * The names of what liveconf_load read.  A name service may take its time.
 * -1: no memory.
 */
int liveconf_find_names(struct liveconf *);

/*
 * Reads the file anew, as the candidate; there must be none.  On -1 nothing
 * has changed, and refusal, a CHANNEL_REFUSED that was begun, has the reasons
 * added to it.  Warnings are logged.
 */
int liveconf_reload(struct liveconf *, struct wire_out *refusal);
bool liveconf_has_candidate(const struct liveconf *);
/*
 * The candidate runs from now on, and it says how to log; what borrowed from
 * the configuration before borrows no more.
 */
void liveconf_adopt(struct liveconf *);
/* The candidate is forgotten; none is fine. */
void liveconf_drop(struct liveconf *);

#endif
