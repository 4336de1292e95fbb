#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

/*
 * What an add would do and why, rule by rule and neighbor by neighbor.
 */

#include "policy.h"

/*
 * What is asked.  refusal is what trying the wish without changing anything
 * gave (blackhole_would_add), so that an explanation never tells anything
 * else than what an add does.
 */
struct policy_question {
	const struct config *config;
	const struct wish *wish;       /* with its owner */
	const struct victim *victim;   /* as it stands now, or NULL */
	const struct refusal *refusal; /* NULL: it would be carried out */
};

/* From denied to too-many, in the order of the control protocol. */
#define POLICY_RULES (REASON_TOO_MANY - REASON_DENIED + 1)

enum policy_verdict {
	POLICY_PASS,
	POLICY_REFUSE,
	POLICY_NOT_REACHED
};
/* "pass", "refuse", "not reached" */
const char *policy_verdict_name(enum policy_verdict verdict);

struct policy_rule {
	enum reason reason; /* what it refuses with is its name */
	enum policy_verdict verdict;
	const char *message; /* the refusal's, or NULL; borrowed */
};
void policy_explain(const struct policy_question *q,
    struct policy_rule rules[POLICY_RULES]);

/* One neighbor, as far as what it would be told depends on it. */
struct policy_place {
	struct policy_session session; /* terms NULL: it is down */
	const char *state;	       /* "active" */
	bool disabled;		       /* by an operator */
	bool has_it;		       /* the victim stands there already */
	bool is_full; /* its limit of prefixes leaves no place */
};

#define POLICY_WHY_STRLEN 160
struct policy_standing {
	bool announced;
	struct attr_set attrs;	     /* what its UPDATE would carry */
	char why[POLICY_WHY_STRLEN]; /* it would get none; a sentence */
};
void policy_explain_place(const struct policy_question *q,
    const struct policy_place *place, struct policy_standing *standing);

#endif
