/*
 * An explanation is made of what the change itself said when it was tried, and
 * of the attributes that policy_export gives the UPDATE.  Neither is worked out
 * a second time here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy_explain.h"

const char *
policy_verdict_name(enum policy_verdict verdict)
{
	static const char *const names[] = {
		[POLICY_PASS] = "pass",
		[POLICY_REFUSE] = "refuse",
		[POLICY_NOT_REACHED] = "not reached",
	};

	return names[verdict];
}

/* The first rule that refuses ends it: those behind it are not reached. */
void
policy_explain(const struct policy_question *q,
    struct policy_rule rules[POLICY_RULES])
{
	enum policy_verdict verdict = POLICY_PASS;

	for (int i = 0; i < POLICY_RULES; i++) {
		enum reason reason = (enum reason)(REASON_DENIED + i);
		bool refuses =
		    q->refusal != NULL && q->refusal->reason == reason;

		rules[i].reason = reason;
		rules[i].verdict = refuses ? POLICY_REFUSE : verdict;
		rules[i].message = refuses ? q->refusal->message : NULL;
		if (refuses)
			verdict = POLICY_NOT_REACHED;
	}
}

static bool __attribute__((format(printf, 2, 3)))
none(struct policy_standing *standing, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(standing->why, sizeof(standing->why), fmt, ap);
	va_end(ap);
	return false;
}

/* The claim that the wish refreshes, or NULL. */
static const struct claim *
own_claim(const struct policy_question *q)
{
	const struct claim *c = NULL;

	if (q->victim != NULL)
		c = victim_claim(q->victim, q->wish->owner);
	return c == NULL || c->held ? NULL : c;
}

/* The victim goes to the union of what its claims name. */
static bool
is_named(const struct policy_question *q, const char *name)
{
	const struct claim *own = own_claim(q), *c;
	struct claim asked = { .neighbors = (char *)q->wish->neighbors };

	if (own != NULL && q->wish->neighbors == NULL &&
	    !q->wish->neighbors_all)
		asked.neighbors = own->neighbors;
	if (claim_names_neighbor(&asked, name))
		return true;
	if (q->victim == NULL)
		return false;
	TAILQ_FOREACH(c, &q->victim->claims, entry) {
		/* a held one ends when the victim is added again */
		if (c != own && !c->held && claim_names_neighbor(c, name))
			return true;
	}
	return false;
}

/* What the configuration and operators say. */
static bool
is_meant_for(const struct policy_question *q, const struct policy_place *place,
    struct policy_standing *standing)
{
	const struct config_neighbor *n = place->session.neighbor;
	const char *family = family_name(q->wish->prefix.family);

	if (q->refusal != NULL)
		return none(standing, "nothing: the request is refused (%s)",
		    reason_name(q->refusal->reason));
	if (!(n->announce & ANNOUNCE_BLACKHOLES))
		return none(standing, "its `announce` lacks blackholes");
	if (!(n->families & FAMILY_BIT(q->wish->prefix.family)))
		return none(standing, "its `families` lack %s", family);
	if (!is_named(q, n->name))
		return none(standing, "it is not among the neighbors named");
	if (!n->enabled)
		return none(standing, "the configuration disables it");
	if (place->disabled)
		return none(standing, "an operator has disabled it");
	return true;
}

/* What the session says. */
static bool
is_exported(const struct policy_question *q, const struct policy_place *place,
    struct policy_standing *standing)
{
	enum family family = q->wish->prefix.family;

	if (place->session.terms == NULL)
		return none(standing,
		    "its session is down (%s); it is told once that is up",
		    place->state);
	if (!(place->session.terms->families & FAMILY_BIT(family)))
		return none(standing, "%s is off: the neighbor did not agree",
		    family_name(family));
	if (!policy_export(&place->session, true, family, &standing->attrs))
		return none(standing,
		    "%s is off: its session gives no next hop for it, and none "
		    "is configured",
		    family_name(family));
	if (place->is_full && !place->has_it)
		return none(standing,
		    "over-limit: it has all the %s prefixes it may have, and "
		    "this victim waits for another to end",
		    family_name(family));
	return true;
}

void
policy_explain_place(const struct policy_question *q,
    const struct policy_place *place, struct policy_standing *standing)
{
	*standing = (struct policy_standing){ .why = "" };
	standing->announced =
	    is_meant_for(q, place, standing) && is_exported(q, place, standing);
}
