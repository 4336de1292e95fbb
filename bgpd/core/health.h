#ifndef HEALTH_H
#define HEALTH_H

/*
 * One verdict for `rtbh-ctl check`, /healthz and status: CRITICAL when no
 * session stands, a victim is covered nowhere or the store was unreadable;
 * WARNING when a session is down or disabled, a victim not fully covered or
 * suppressed, storage fails, a prefix limit is near.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ribout;

enum health_verdict {
	HEALTH_OK,
	HEALTH_WARNING,
	HEALTH_CRITICAL
};
/* "ok", "warning", "critical" */
const char *health_verdict_name(enum health_verdict verdict);

#define HEALTH_PROBLEMS_MAX 32
#define HEALTH_PROBLEM_STRLEN 256

struct health {
	enum health_verdict verdict; /* the worst of the problems */
	size_t problem_count;
	struct {
		enum health_verdict verdict;
		char text[HEALTH_PROBLEM_STRLEN]; /* a sentence, no full stop */
	} problems[HEALTH_PROBLEMS_MAX];	  /* the worst first */
	size_t covered, uncovered, suppressed;	  /* victims */
	size_t nowhere;	    /* of uncovered: at no neighbor at all */
	size_t established; /* sessions */
	int64_t oldest_ms;  /* since when the oldest victim; 0: none */
};

/* One neighbor as far as the verdict needs it. */
struct health_neighbor {
	const char *name;
	/* Nothing waits, nothing is under way: what it is to have it has. */
	bool settled;
	bool established, disabled, limited_by_neighbor; /* its Cease 6/1 */
	unsigned prefix_limit[2]; /* by family; 0: none */
	unsigned announced[2];
	const struct ribout *ribout;
};

struct victim_set;

struct health_input {
	const struct victim_set *victims;
	const struct health_neighbor *neighbors;
	size_t neighbor_count;
	const char *store_trouble;   /* unreadable at the start; "" */
	const char *storage_trouble; /* now; "" */
	int64_t now_ms;
};

/*
 * One pass over victims and neighbors.  A victim that was added within the
 * last seconds and is on its way is counted as uncovered, but no problem yet:
 * a probe in the middle of an add is not to wake anybody.
 */
#define HEALTH_GRACE_MS 10000
void health_judge(struct health *h, const struct health_input *in);

#endif
