/*
 * Gathers what core/health judges.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ctl.h"

#include "blackhole.h"
#include "method.h"
#include "neighbor.h"
#include "pending.h"
#include "speaker_health.h"

/* What takes less is not worth to be kept. */
#define LONG_MS 5
#define KEPT_FACTOR 10
#define KEPT_MAX_MS 1000

static bool
is_settled(const struct neighbor_info *info, const struct ribout *r)
{
	if (!info->established || info->pending > 0 ||
	    !ribout_has_delivered(r, ribout_queued(r)))
		return false;
	for (int family = 0; family < FAMILIES; family++)
		if (info->over_limit[family] > 0)
			return false;
	return true;
}

static void
fill_neighbor(struct health_neighbor *to, const struct neighbor *n)
{
	struct neighbor_info info;

	neighbor_get_info(n, &info);
	*to = (struct health_neighbor){
		.name = info.config->name,
		.established = info.established,
		.disabled = strcmp(info.state, "disabled") == 0,
		.limited_by_neighbor = info.limited_by_neighbor,
		.ribout = neighbor_ribout_const(n),
		.settled = is_settled(&info, neighbor_ribout_const(n)),
	};
	for (int family = 0; family < FAMILIES; family++) {
		to->announced[family] = info.announced[family];
		if (info.limits[family] != RIBOUT_NO_LIMIT)
			to->prefix_limit[family] = info.limits[family];
	}
}

static void
judge(const struct method_env *env, struct health *h)
{
	struct health_neighbor *neighbors =
	    calloc(env->neighbor_count + 1, sizeof(*neighbors));
	struct health_input in = {
		.victims = blackhole_victims(env->blackhole),
		.neighbors = neighbors,
		.neighbor_count = env->neighbor_count,
		.store_trouble = env->store_trouble,
		.storage_trouble = pending_trouble(env->pending),
		.now_ms = clock_now_ms(),
	};

	if (neighbors == NULL) {
		*h = (struct health){ .verdict = HEALTH_CRITICAL,
			.problem_count = 1 };
		h->problems[0].verdict = HEALTH_CRITICAL;
		snprintf(h->problems[0].text, sizeof(h->problems[0].text),
		    "out of memory");
		return;
	}
	for (size_t i = 0; i < env->neighbor_count; i++)
		fill_neighbor(&neighbors[i], env->neighbors[i]);
	health_judge(h, &in);
	free(neighbors);
}

void
speaker_health(const struct method_env *env, struct health *h)
{
	struct health_kept *kept = env->health_kept;
	int64_t began_ms = clock_now_ms(), took_ms, rest_ms;

	if (kept != NULL && began_ms < kept->until_ms) {
		*h = kept->health;
		return;
	}
	judge(env, h);
	took_ms = clock_now_ms() - began_ms;
	if (kept == NULL || took_ms < LONG_MS)
		return;
	rest_ms = took_ms * KEPT_FACTOR;
	if (rest_ms > KEPT_MAX_MS)
		rest_ms = KEPT_MAX_MS;
	kept->health = *h;
	kept->until_ms = began_ms + took_ms + rest_ms;
}

json_t *
speaker_health_json(const struct health *h)
{
	const char *texts[HEALTH_PROBLEMS_MAX];

	for (size_t i = 0; i < h->problem_count; i++)
		texts[i] = h->problems[i].text;
	return json_pack("{s:s,s:o}", "verdict",
	    health_verdict_name(h->verdict), "problems",
	    ctl_texts_encode(texts, h->problem_count));
}
