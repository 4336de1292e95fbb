/*
 * Many changes of one request.  Each element is decoded twice, since all of
 * them are checked before the first changes anything.  That may take many
 * turns of the loop: control_job.c sees to it that it is one commit.
 */
#include <stdlib.h>

#include "method_many.h"

#define ADDS (1U << BLACKHOLE_ADDED | 1U << BLACKHOLE_REFRESHED)
#define WITHDRAWALS                                                \
	(1U << BLACKHOLE_WITHDRAWN | 1U << BLACKHOLE_CLAIMS_LEFT | \
	    1U << BLACKHOLE_HELD)

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
	return m->call->result != NULL ? 0 : method_no_memory(m->call);
}

/* The elements of a request that are checked, then carried out. */
struct elements {
	struct method_many m;
	struct ctl_params params; /* m's; borrows from the request */
	const json_t *items;
	size_t count, at;
	bool checked;
	method_many_decode *decode;
	void (*change)(struct method_many *m, const struct ctl_params *item);
	unsigned outcomes;
};

static void
drop_elements(void *work)
{
	struct elements *e = work;

	method_many_drop(&e->m);
	free(e);
}

/* -1: call->error tells which is wrong. */
static int
next_element(struct elements *e, struct method_call *call,
    struct ctl_params *item)
{
	size_t i = e->at++;

	return e->decode(item, json_array_get(e->items, i), i, &call->error);
}

/* As method_step. */
static int
check_elements(struct elements *e, struct method_call *call)
{
	struct ctl_params item;

	while (e->at < e->count) {
		if (next_element(e, call, &item) == -1)
			return -1;
		if (method_is_due(call, false))
			return 1;
	}
	if (e->count > 0)
		e->decode(&item, json_array_get(e->items, 0), 0, &call->error);
	e->checked = true;
	e->at = 0;
	return method_many_begin(&e->m, call, &e->params, e->count,
	    e->count > 0 ? &item.prefix : NULL);
}

static int
go_on_with_elements(struct method_call *call)
{
	struct elements *e = call->work;
	struct ctl_params item;
	int rc;

	if (!e->checked && (rc = check_elements(e, call)) != 0)
		return rc;
	while (e->at < e->count) {
		next_element(e, call, &item);
		e->change(&e->m, &item);
		if (e->at < e->count && method_is_due(call, true))
			return 1;
	}
	return method_many_end(&e->m, e->outcomes);
}

/* With how to decode one of the items, and what to do with it. */
static int
begin_elements(struct method_call *call, const struct ctl_params *params,
    const struct elements *how)
{
	struct elements *e = malloc(sizeof(*e));
	struct refusal why;

	if (e == NULL) {
		method_change_no_memory(&why);
		return method_refuse(call, &why);
	}
	*e = *how;
	e->params = *params;
	e->count = json_array_size(e->items);
	return method_work(call, go_on_with_elements, e, drop_elements);
}

int
method_victim_add_many(struct method_call *call,
    const struct ctl_params *params)
{
	return begin_elements(call, params,
	    &(struct elements){ .items = params->victims,
		.decode = ctl_victim_decode,
		.change = method_many_add,
		.outcomes = ADDS });
}

int
method_victim_withdraw_many(struct method_call *call,
    const struct ctl_params *params)
{
	return begin_elements(call, params,
	    &(struct elements){ .items = params->prefixes,
		.decode = ctl_prefix_decode,
		.change = method_many_withdraw,
		.outcomes = WITHDRAWALS });
}

/* The victims that a flush takes back. */
struct flush {
	struct method_many m;
	struct ctl_params params; /* m's; borrows from the request */
	struct unwish unwish;	  /* its prefix is that of the last */
	bool begun;
	size_t left; /* no more than stood when it was read */
};

static void
drop_flush(void *work)
{
	struct flush *f = work;

	method_many_drop(&f->m);
	free(f);
}

/* The first behind the last, which may have ended or not. */
static struct victim *
next_to_flush(const struct flush *f, const struct victim_set *set)
{
	bool inside = f->params.given & CTL_BIT(CTL_PREFIX);
	struct victim *v;

	if (!f->begun)
		v = victim_from(set, inside ? &f->params.prefix : NULL);
	else
		v = victim_behind(set, &f->unwish.prefix);
	return method_select(v, &f->params);
}

static int
go_on_with_flush(struct method_call *call)
{
	struct flush *f = call->work;
	const struct victim_set *set = blackhole_victims(call->env->blackhole);
	struct victim *v;

	while (f->left > 0 && (v = next_to_flush(f, set)) != NULL) {
		f->begun = true;
		f->left--;
		f->unwish.prefix = v->prefix;
		method_many_unwish(&f->m, &f->unwish);
		if (method_is_due(call, true))
			return 1;
	}
	return method_many_end(&f->m, WITHDRAWALS);
}

int
method_victim_flush(struct method_call *call, const struct ctl_params *params)
{
	const struct victim_set *set = blackhole_victims(call->env->blackhole);
	struct refusal why;
	struct flush *f;

	if (method_check_host_bits(call, params) == -1)
		return -1;
	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		method_change_no_memory(&why);
		return method_refuse(call, &why);
	}
	f->params = *params;
	f->unwish = method_change_unwish(params);
	f->unwish.all_owners = params->owner == NULL;
	f->unwish.now = true;
	f->left = victim_set_count(set);
	if (method_many_begin(&f->m, call, &f->params, f->left, NULL) == 0)
		return method_work(call, go_on_with_flush, f, drop_flush);
	drop_flush(f);
	return -1;
}
