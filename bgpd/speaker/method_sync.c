/*
 * victim.sync: "this is my complete set".  What the owner has and does not
 * list is withdrawn, what it lists is added or refreshed, all in one commit.
 * A list that would take back too much at once, or that is older than the
 * last, is refused before anything changes.
 */
#include <stdlib.h>

#include "settings.h"

#include "method_many.h"

/* That much may always be withdrawn. */
#define MAX_WITHDRAW_LEAST 10

struct sync {
	struct method_call *call;
	const struct ctl_params *params;
	struct prefix *listed; /* in address order */
	size_t listed_count;
	size_t at;	     /* in listed, while victims are walked */
	size_t has;	     /* victims of the owner */
	struct prefix first; /* if it lists any */
};

static int
compare(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

static void
list_one(struct sync *s, const struct prefix *p)
{
	s->listed[s->listed_count++] = *p;
}

/*
 * A listed prefix that is refused is not withdrawn.  Of one with host bits we
 * cannot know whether the address is meant or the net: neither is withdrawn.
 */
static int
read_list(struct sync *s)
{
	const json_t *victims = s->params->victims;
	size_t count = json_array_size(victims);
	struct ctl_params item;
	struct refusal why;

	s->listed = calloc(2 * count + 1, sizeof(*s->listed));
	if (s->listed == NULL) {
		method_change_no_memory(&why);
		return method_refuse(s->call, &why);
	}
	for (size_t i = 0; i < count; i++) {
		if (ctl_victim_decode(&item, json_array_get(victims, i), i,
			&s->call->error) == -1)
			return -1;
		if (i == 0)
			s->first = item.prefix;
		list_one(s, &item.prefix);
		if (item.host_bits != NULL)
			list_one(s, &item.address);
	}
	qsort(s->listed, s->listed_count, sizeof(*s->listed), compare);
	return 0;
}

/* The first from v on that the owner has and does not list. */
static struct victim *
next_missing(struct sync *s, struct victim *v)
{
	for (; v != NULL; v = victim_next(v)) {
		const struct claim *c = victim_claim(v, s->params->owner);
		int order = 1;

		if (c == NULL || c->held)
			continue;
		s->has++;
		while (s->at < s->listed_count &&
		    (order = prefix_cmp(&s->listed[s->at], &v->prefix)) < 0)
			s->at++;
		if (s->at == s->listed_count || order != 0)
			return v;
	}
	return NULL;
}

static struct victim *
first_missing(struct sync *s)
{
	const struct victim_set *set =
	    blackhole_victims(s->call->env->blackhole);

	s->at = 0;
	s->has = 0;
	if (victim_owner_claims(set, s->params->owner) == 0)
		return NULL;
	return next_missing(s, victim_from(set, NULL));
}

/* Refused as a whole, before anything changes; prefix NULL: of none. */
static int
refuse_all(struct sync *s, const struct prefix *prefix,
    const struct refusal *why)
{
	if (prefix != NULL && !s->params->dry_run)
		method_change_refused(s->call, s->params, prefix, why);
	return method_refuse(s->call, why);
}

static int
check_generation(struct sync *s)
{
	struct refusal why;
	int64_t last;

	if (!settings_generation(s->call->env->settings, s->params->owner,
		&last) ||
	    !(s->params->given & CTL_BIT(CTL_GENERATION)) ||
	    s->params->generation > last)
		return 0;
	refusal_set(&why, REASON_STALE_GENERATION,
	    "generation %jd of %s is not above the last one, %jd",
	    (intmax_t)s->params->generation, s->params->owner, (intmax_t)last);
	refuse_all(s, s->listed_count > 0 ? &s->first : NULL, &why);
	s->call->error.data =
	    json_pack("{s:I}", "generation", (json_int_t)last);
	return s->call->error.data != NULL ? -1 : method_no_memory(s->call);
}

/* What guards against a detector that starts with an empty list. */
static int
check_mass(struct sync *s)
{
	struct victim *v, *first = first_missing(s);
	struct refusal why;
	size_t missing = 0, max;

	for (v = first; v != NULL; v = next_missing(s, victim_next(v)))
		missing++;
	max = s->has / 2 > MAX_WITHDRAW_LEAST ? s->has / 2 : MAX_WITHDRAW_LEAST;
	if (s->params->given & CTL_BIT(CTL_MAX_WITHDRAW))
		max = s->params->max_withdraw;
	if (missing <= max)
		return 0;
	refusal_set(&why, REASON_MASS_WITHDRAWAL,
	    "this would withdraw %zu of the %zu victims of %s, more than "
	    "max_withdraw, %zu: name a greater one if that is meant",
	    missing, s->has, s->params->owner, max);
	return refuse_all(s, &first->prefix, &why);
}

/* Stored in the same commit as what follows. */
static int
put_generation(struct sync *s)
{
	const struct method_env *env = s->call->env;
	struct refusal why;
	uint64_t commit;

	if (!(s->params->given & CTL_BIT(CTL_GENERATION)) || s->params->dry_run)
		return 0;
	if (blackhole_set_generation(env->blackhole, s->params->owner,
		s->params->generation, &commit, &why) == -1)
		return method_refuse(s->call, &why);
	method_change_stored(s->call, commit);
	access_bucket_take(s->call->bucket, 1);
	s->call->deferred |= env->config->state.on_failure == ON_FAILURE_REFUSE;
	return 0;
}

/* Nothing was changed, but all victims were looked at: not for nothing. */
static void
charge(const struct sync *s)
{
	if (!s->params->dry_run && !s->call->waits)
		access_bucket_take(s->call->bucket, 1);
}

/* Withdrawals first: they make room below max-victims. */
static int
carry_out(struct sync *s, struct method_many *m)
{
	const json_t *victims = s->params->victims;
	struct unwish unwish = method_change_unwish(s->params);
	struct victim *v, *next;
	struct ctl_params item;

	for (v = first_missing(s); v != NULL; v = next_missing(s, next)) {
		next = victim_next(v);
		unwish.prefix = v->prefix;
		method_many_unwish(m, &unwish);
	}
	for (size_t i = 0; i < json_array_size(victims); i++) {
		ctl_victim_decode(&item, json_array_get(victims, i), i,
		    &s->call->error);
		method_many_add(m, &item);
	}
	charge(s);
	return method_many_end(m,
	    1U << BLACKHOLE_ADDED | 1U << BLACKHOLE_REFRESHED |
		1U << BLACKHOLE_WITHDRAWN | 1U << BLACKHOLE_CLAIMS_LEFT |
		1U << BLACKHOLE_HELD);
}

int
method_victim_sync(struct method_call *call, const struct ctl_params *params)
{
	struct sync s = { .call = call, .params = params };
	struct method_many m = { 0 };
	size_t count;
	int rc = -1;

	if (read_list(&s) == -1)
		goto out;
	count = json_array_size(params->victims) +
	    victim_owner_claims(blackhole_victims(call->env->blackhole),
		params->owner);
	if (method_many_begin(&m, call, params, count,
		s.listed_count > 0 ? &s.first : NULL) == -1)
		goto out;
	if (check_generation(&s) == 0 && check_mass(&s) == 0 &&
	    put_generation(&s) == 0)
		rc = carry_out(&s, &m);
	else
		method_many_drop(&m);
out:
	free(s.listed);
	return rc;
}
