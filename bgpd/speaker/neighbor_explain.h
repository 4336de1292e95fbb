#ifndef NEIGHBOR_EXPLAIN_H
#define NEIGHBOR_EXPLAIN_H

/*
 * What a neighbor would be told of a victim, as its session stands now.
 */

#include "policy_explain.h"

struct neighbor;

void neighbor_explain(const struct neighbor *n,
    const struct policy_question *question, struct policy_standing *standing);

#endif
