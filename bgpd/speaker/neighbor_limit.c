/*
 * How many prefixes a neighbor takes: what max-prefixes says, and since it has
 * ended a session for their number, what it takes itself.
 */
#include "bgp.h"
#include "capability.h"

#include "log.h"
#include "neighbor_internal.h"

/* A warning from so many percent of a limit on, and anew after falling so. */
#define NEAR_PERCENT 80
#define FAR_PERCENT 70

static uint32_t
limit_of(const struct neighbor *n, enum family family)
{
	uint32_t limit = n->config->max_prefixes[family];

	if (limit == 0)
		limit = RIBOUT_NO_LIMIT;
	return limit < n->bounds[family] ? limit : n->bounds[family];
}

void
neighbor_set_limits(struct neighbor *n)
{
	for (int family = 0; family < FAMILIES; family++)
		ribout_set_limit(n->ribout, (enum family)family,
		    limit_of(n, (enum family)family));
	neighbor_kick(n);
}

void
neighbor_lift_limit(struct neighbor *n)
{
	for (int family = 0; family < FAMILIES; family++)
		n->bounds[family] = RIBOUT_NO_LIMIT;
	neighbor_set_limits(n);
}

static void
bound_family(struct neighbor *n, enum family family, uint32_t prefixes)
{
	n->bounds[family] = prefixes;
	if (neighbor_may_log(n, &n->session_lines))
		log_warnx("neighbor %s: takes %u %s prefixes: no more are "
			  "announced until it is enabled again, or a reload",
		    n->config->name, prefixes, family_name(family));
}

static void
bound_all(struct neighbor *n)
{
	for (int family = 0; family < FAMILIES; family++)
		n->bounds[family] = 0;
	if (neighbor_may_log(n, &n->session_lines))
		log_warnx("neighbor %s: takes no more prefixes: it gets no "
			  "blackholes until it is enabled again, or a reload",
		    n->config->name);
}

/*
 * Cease/Maximum Prefixes (RFC 4486, section 4), which FRR wraps in a Hard Reset
 * where the N bit is agreed: the same again would end the next session too, and
 * take the aggregates with it.  So it gets what fits the bound that it names,
 * else no blackholes.
 */
void
neighbor_note_too_many(struct neighbor *n, const struct bgp_notification *why)
{
	struct bgp_notification inner = notification_unwrap(why);
	struct prefix_bound bound;
	enum family family;

	if (inner.code != BGP_ERR_CEASE ||
	    inner.subcode != BGP_CEASE_MAX_PREFIXES)
		return;
	if (notification_prefix_bound(&inner, &bound) &&
	    capability_family(bound.afi, bound.safi, &family))
		bound_family(n, family, bound.prefixes);
	else
		bound_all(n);
	neighbor_set_limits(n);
}

static void
watch_limit(struct neighbor *n, enum family family)
{
	uint32_t limit = ribout_limit(n->ribout, family);
	uint32_t announced = ribout_announced(n->ribout, family);
	unsigned percent = n->near_limit[family] ? FAR_PERCENT : NEAR_PERCENT;
	bool near = limit != RIBOUT_NO_LIMIT && limit > 0 &&
	    (uint64_t)announced * 100 >= (uint64_t)limit * percent;

	if (near && !n->near_limit[family] &&
	    neighbor_may_log(n, &n->session_lines))
		log_warnx("neighbor %s: %u of at most %u %s prefixes are "
			  "announced: victims beyond that wait",
		    n->config->name, announced, limit, family_name(family));
	n->near_limit[family] = near;
}

void
neighbor_watch_limits(struct neighbor *n)
{
	for (int family = 0; family < FAMILIES; family++)
		watch_limit(n, (enum family)family);
}
