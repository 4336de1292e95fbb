/*
 * Many changes of one request.  Each element is decoded twice, since all of
 * them are checked before the first changes anything.
 */
#include <stdlib.h>

#include "method_many.h"

#define ADDS (1U << BLACKHOLE_ADDED | 1U << BLACKHOLE_REFRESHED)
#define WITHDRAWALS                                                \
	(1U << BLACKHOLE_WITHDRAWN | 1U << BLACKHOLE_CLAIMS_LEFT | \
	    1U << BLACKHOLE_HELD)

int
method_many_check(struct method_call *call, const json_t *items,
    method_many_decode *decode, struct prefix *room,
    const struct prefix **first)
{
	struct ctl_params item;

	*first = NULL;
	for (size_t i = json_array_size(items); i-- > 0;) {
		if (decode(&item, json_array_get(items, i), i, &call->error) ==
		    -1)
			return -1;
		*room = item.prefix;
		*first = room;
	}
	return 0;
}

int
method_many_begin(struct method_many *m, struct method_call *call,
    const struct ctl_params *params, size_t count, const struct prefix *first)
{
	struct refusal why;

	*m = (struct method_many){ .call = call, .params = params };
	if (method_change_begin(call, params, count, first) == -1)
		return -1;
	if (method_change_neighbors(params, &m->neighbors) == -1) {
		method_change_no_memory(&why);
		return method_refuse(call, &why);
	}
	m->wish = method_change_wish(params, m->neighbors);
	m->refused = json_array();
	return 0;
}

/* Without memory for an entry the list is given up, the changes go on. */
static void
refuse_one(struct method_many *m, const char *prefix, const struct refusal *why)
{
	if (m->call->refused++ == 0)
		method_refuse(m->call, why);
	if (json_array_append_new(m->refused,
		ctl_refused_encode(prefix, why)) == 0)
		return;
	json_decref(m->refused);
	m->refused = NULL;
}

static bool
refuse_host_bits(struct method_many *m, const struct ctl_params *item)
{
	struct refusal why;

	if (item->host_bits == NULL)
		return false;
	ctl_refuse_host_bits(&why, item->host_bits);
	if (!m->params->dry_run)
		method_change_refused(m->call, m->params, &item->prefix, &why);
	refuse_one(m, item->host_bits, &why);
	return true;
}

/* One of them has ended so; rc -1: it was refused. */
static void
count_one(struct method_many *m, int rc, const struct prefix *prefix,
    const struct blackhole_result *result, const struct refusal *why)
{
	char text[PREFIX_STRLEN];

	if (rc == -1) {
		refuse_one(m, prefix_print(prefix, text), why);
		return;
	}
	m->counts[result->outcome]++;
	if (!m->params->dry_run)
		method_change_made(m->call, prefix, result);
}

/* What the element says itself counts more. */
static struct wish
make_wish(const struct method_many *m, const struct ctl_params *item)
{
	struct wish wish = m->wish;

	wish.prefix = item->prefix;
	if (item->reason != NULL)
		wish.reason = item->reason;
	if (item->given & (CTL_BIT(CTL_TTL) | CTL_BIT(CTL_PERMANENT))) {
		wish.has_ttl = item->given & CTL_BIT(CTL_TTL);
		wish.ttl_max = item->ttl_max;
		wish.ttl_s = item->ttl_s;
		wish.permanent = item->permanent;
	}
	return wish;
}

void
method_many_add(struct method_many *m, const struct ctl_params *item)
{
	struct blackhole *b = m->call->env->blackhole;
	const struct caller *caller = m->call->caller;
	struct wish wish = make_wish(m, item);
	struct blackhole_result result;
	struct refusal why;
	int rc;

	if (refuse_host_bits(m, item))
		return;
	rc = m->params->dry_run
	    ? blackhole_would_add(b, caller, &wish, &result, &why)
	    : blackhole_add(b, caller, &wish, &result, &why);
	count_one(m, rc, &wish.prefix, &result, &why);
}

void
method_many_unwish(struct method_many *m, const struct unwish *unwish)
{
	struct blackhole *b = m->call->env->blackhole;
	const struct caller *caller = m->call->caller;
	struct blackhole_result result;
	struct refusal why;
	int rc;

	rc = m->params->dry_run
	    ? blackhole_would_withdraw(b, caller, unwish, &result, &why)
	    : blackhole_withdraw(b, caller, unwish, &result, &why);
	count_one(m, rc, &unwish->prefix, &result, &why);
}

void
method_many_withdraw(struct method_many *m, const struct ctl_params *item)
{
	struct unwish unwish = method_change_unwish(m->params);

	if (refuse_host_bits(m, item))
		return;
	unwish.prefix = item->prefix;
	method_many_unwish(m, &unwish);
}

/* What is stored already, or is never to be, is not waited for. */
static json_t *
make_result(const struct method_many *m, unsigned outcomes)
{
	static const char *const names[] = { [BLACKHOLE_ADDED] = "added",
		[BLACKHOLE_REFRESHED] = "refreshed",
		[BLACKHOLE_WITHDRAWN] = "withdrawn",
		[BLACKHOLE_CLAIMS_LEFT] = "claims_left",
		[BLACKHOLE_HELD] = "held" };
	const char *waited = "timeout";
	json_t *result = json_object();
	int rc = result != NULL ? 0 : -1;

	for (int i = 0; rc == 0 && i < BLACKHOLE_OUTCOMES; i++) {
		if (outcomes & 1U << i)
			rc = json_object_set_new(result, names[i],
			    json_integer((json_int_t)m->counts[i]));
	}
	if (!m->call->waits)
		waited = ctl_wait_name(m->params->wait);
	if (rc == 0)
		rc = json_object_set(result, "refused", m->refused);
	if (rc == 0)
		rc = ctl_change_set(result,
		    !m->call->waits && !m->params->dry_run, waited);
	if (rc == 0)
		return result;
	json_decref(result);
	return NULL;
}

void
method_many_drop(struct method_many *m)
{
	free(m->neighbors);
	json_decref(m->refused);
}

int
method_many_end(struct method_many *m, unsigned outcomes)
{
	m->call->result = make_result(m, outcomes);
	method_many_drop(m);
	return m->call->result != NULL ? 0 : method_no_memory(m->call);
}

int
method_victim_add_many(struct method_call *call,
    const struct ctl_params *params)
{
	size_t count = json_array_size(params->victims);
	const struct prefix *first;
	struct method_many m;
	struct ctl_params item;
	struct prefix room;

	if (method_many_check(call, params->victims, ctl_victim_decode, &room,
		&first) == -1 ||
	    method_many_begin(&m, call, params, count, first) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		ctl_victim_decode(&item, json_array_get(params->victims, i), i,
		    &call->error);
		method_many_add(&m, &item);
	}
	return method_many_end(&m, ADDS);
}

int
method_victim_withdraw_many(struct method_call *call,
    const struct ctl_params *params)
{
	size_t count = json_array_size(params->prefixes);
	const struct prefix *first;
	struct method_many m;
	struct ctl_params item;
	struct prefix room;

	if (method_many_check(call, params->prefixes, ctl_prefix_decode, &room,
		&first) == -1 ||
	    method_many_begin(&m, call, params, count, first) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		ctl_prefix_decode(&item, json_array_get(params->prefixes, i), i,
		    &call->error);
		method_many_withdraw(&m, &item);
	}
	return method_many_end(&m, WITHDRAWALS);
}

int
method_victim_flush(struct method_call *call, const struct ctl_params *params)
{
	const struct victim_set *set = blackhole_victims(call->env->blackhole);
	bool inside = params->given & CTL_BIT(CTL_PREFIX);
	struct unwish unwish = method_change_unwish(params);
	struct victim *v, *next;
	struct method_many m;

	if (method_check_host_bits(call, params) == -1 ||
	    method_many_begin(&m, call, params, victim_set_count(set), NULL) ==
		-1)
		return -1;
	unwish.all_owners = params->owner == NULL;
	unwish.now = true;
	v = method_select(victim_from(set, inside ? &params->prefix : NULL),
	    params);
	for (; v != NULL; v = next) {
		next = method_select(victim_next(v), params);
		unwish.prefix = v->prefix;
		method_many_unwish(&m, &unwish);
	}
	return method_many_end(&m, WITHDRAWALS);
}
