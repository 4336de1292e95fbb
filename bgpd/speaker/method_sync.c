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
	struct method_many m;
	struct method_call *call;
	const struct ctl_params *params; /* those that stay */
	struct ctl_params room;		 /* borrows from the request */
	method_step *stage;
	size_t next;	       /* of the victims that it lists */
	struct prefix *listed; /* once they are read in address order */
	size_t listed_count;
	size_t at;	     /* in listed, while victims are walked */
	size_t has;	     /* victims of the owner */
	size_t missing;	     /* of those, not listed */
	struct prefix first; /* if it lists any */
	struct prefix last;  /* that was withdrawn */
	bool withdraws;	     /* one was */
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
static void
list_item(struct sync *s, const struct ctl_params *item)
{
	list_one(s, &item->prefix);
	if (item->host_bits != NULL)
		list_one(s, &item->address);
}

/* -1: call->error tells what is wrong with it. */
static int
decode_next(struct sync *s, struct ctl_params *item)
{
	size_t i = s->next++;

	return ctl_victim_decode(item, json_array_get(s->params->victims, i), i,
	    &s->call->error);
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

/* Behind the last that was withdrawn, whether that stands or not. */
static struct victim *
go_on_missing(struct sync *s)
{
	const struct victim_set *set =
	    blackhole_victims(s->call->env->blackhole);

	return s->withdraws ? next_missing(s, victim_behind(set, &s->last))
			    : first_missing(s);
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
	size_t max;

	for (v = first; v != NULL; v = next_missing(s, victim_next(v)))
		s->missing++;
	max = s->has / 2 > MAX_WITHDRAW_LEAST ? s->has / 2 : MAX_WITHDRAW_LEAST;
	if (s->params->given & CTL_BIT(CTL_MAX_WITHDRAW))
		max = s->params->max_withdraw;
	if (s->missing <= max)
		return 0;
	refusal_set(&why, REASON_MASS_WITHDRAWAL,
	    "this would withdraw %zu of the %zu victims of %s, more than "
	    "max_withdraw, %zu: name a greater one if that is meant",
	    s->missing, s->has, s->params->owner, max);
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

static int
add_listed(struct method_call *call)
{
	struct sync *s = call->work;
	struct ctl_params item;

	while (s->next < json_array_size(s->params->victims)) {
		decode_next(s, &item);
		method_many_add(&s->m, &item);
		if (method_is_due(call, true))
			return 1;
	}
	charge(s);
	return method_many_end(&s->m,
	    1U << BLACKHOLE_ADDED | 1U << BLACKHOLE_REFRESHED |
		1U << BLACKHOLE_WITHDRAWN | 1U << BLACKHOLE_CLAIMS_LEFT |
		1U << BLACKHOLE_HELD);
}

/* First, since that makes room below max-victims. */
static int
withdraw_missing(struct method_call *call)
{
	struct sync *s = call->work;
	struct unwish unwish = method_change_unwish(s->params);
	struct victim *v;

	while (s->missing > 0 && (v = go_on_missing(s)) != NULL) {
		s->missing--;
		s->withdraws = true;
		s->last = unwish.prefix = v->prefix;
		method_many_unwish(&s->m, &unwish);
		if (method_is_due(call, true))
			return 1;
	}
	s->next = 0;
	s->stage = add_listed;
	return 1;
}

/* Nothing has changed yet. */
static int
check_all(struct method_call *call)
{
	struct sync *s = call->work;
	size_t count = json_array_size(s->params->victims) +
	    victim_owner_claims(blackhole_victims(call->env->blackhole),
		s->params->owner);

	qsort(s->listed, s->listed_count, sizeof(*s->listed), compare);
	if (method_many_begin(&s->m, call, s->params, count,
		s->listed_count > 0 ? &s->first : NULL) == -1 ||
	    check_generation(s) == -1 || check_mass(s) == -1 ||
	    put_generation(s) == -1)
		return -1;
	s->stage = withdraw_missing;
	return 1;
}

static int
read_list(struct method_call *call)
{
	struct sync *s = call->work;
	struct ctl_params item;

	while (s->next < json_array_size(s->params->victims)) {
		if (decode_next(s, &item) == -1)
			return -1;
		if (s->next == 1)
			s->first = item.prefix;
		list_item(s, &item);
		if (method_is_due(call, false))
			return 1;
	}
	s->stage = check_all;
	return 1;
}

/* A stage that gives way to the next has not paused. */
static int
go_on(struct method_call *call)
{
	const struct sync *s = call->work;
	method_step *stage;
	int rc;

	do {
		stage = s->stage;
		rc = stage(call);
	} while (rc == 1 && s->stage != stage);
	return rc;
}

static void
drop(void *work)
{
	struct sync *s = work;

	method_many_drop(&s->m);
	free(s->listed);
	free(s);
}

int
method_victim_sync(struct method_call *call, const struct ctl_params *params)
{
	size_t count = json_array_size(params->victims);
	struct sync *s = calloc(1, sizeof(*s));
	struct refusal why;

	if (s != NULL)
		s->listed = calloc(2 * count + 1, sizeof(*s->listed));
	if (s == NULL || s->listed == NULL) {
		free(s);
		method_change_no_memory(&why);
		return method_refuse(call, &why);
	}
	s->call = call;
	s->room = *params;
	s->params = &s->room;
	s->stage = read_list;
	return method_work(call, go_on, s, drop);
}
