/*
 * The facts of a neighbor's session, for core/policy_explain.
 */
#include "neighbor_explain.h"
#include "neighbor_internal.h"
#include "tcp.h"

/* Whether the victim has a place there already. */
static bool
has_it(const struct neighbor *n, const struct victim *v)
{
	int64_t at_ms;

	if (v == NULL)
		return false;
	switch (ribout_state_of(n->ribout, v->slot, &at_ms)) {
	case RIBOUT_QUEUED:
	case RIBOUT_SENT:
	case RIBOUT_DELIVERED:
		return true;
	case RIBOUT_DOWN:
	case RIBOUT_OFF:
	case RIBOUT_OVER_LIMIT:
		break;
	}
	return false;
}

static bool
is_full(const struct neighbor_info *info, uint8_t family)
{
	return info->over_limit[family] > 0 ||
	    info->announced[family] >= info->limits[family];
}

void
neighbor_explain(const struct neighbor *n,
    const struct policy_question *question, struct policy_standing *standing)
{
	struct neighbor_info info;
	struct policy_place place = {
		.session = { .config = question->config,
		    .neighbor = n->config },
		.disabled = n->stopped && n->config->enabled,
		.has_it = has_it(n, question->victim),
	};

	neighbor_get_info(n, &info);
	place.state = info.state;
	place.is_full = is_full(&info, question->wish->prefix.family);
	if (n->up != NULL &&
	    tcp_local_address(conn_fd(n->up->conn),
		&place.session.local_address) == 0)
		place.session.terms = &n->up->terms;
	policy_explain_place(question, &place, standing);
}
