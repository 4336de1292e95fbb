#ifndef METHOD_EXPLAIN_H
#define METHOD_EXPLAIN_H

/*
 * What an add would do, rule by rule and neighbor by neighbor, as JSON.
 */

#include <jansson.h>

struct method_env;
struct policy_question;

/* NULL without memory. */
json_t *method_explain(const struct method_env *env,
    const struct policy_question *question);

#endif
