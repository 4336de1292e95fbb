/*
 * /metrics: counters of the parts are read where they are kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "bgp.h"
#include "health.h"

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "method.h"
#include "metrics_internal.h"
#include "neighbor.h"
#include "pending.h"
#include "speaker_health.h"

/* A claim's owner is a label: more than this are summed up. */
#define OWNERS_MAX 100
#define OTHER_OWNERS "other"
/* Twice any name of the configuration: each octet may be escaped. */
#define LABEL_STRLEN 512

/* What all that is printed draws on. */
struct page {
	const struct metrics *m;
	const struct method_env *env;
	struct evbuffer *out;
	struct health health;
	const struct neighbor_info *neighbors;
};

static void
head(struct evbuffer *out, const char *name, const char *type, const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help,
	    name, type);
}

void
metrics_put_gauge(struct evbuffer *out, const char *name, const char *help,
    double value)
{
	head(out, name, "gauge", help);
	evbuffer_add_printf(out, "%s %.15g\n", name, value);
}

void
metrics_put_counter(struct evbuffer *out, const char *name, const char *help,
    double value)
{
	head(out, name, "counter", help);
	evbuffer_add_printf(out, "%s %.15g\n", name, value);
}

/* What stands between the quotes of a label; no name has a line end. */
static const char *
label(const char *text, char buf[LABEL_STRLEN])
{
	size_t at = 0;

	for (; *text != '\0' && at + 3 < LABEL_STRLEN; text++) {
		if (*text == '\\' || *text == '"')
			buf[at++] = '\\';
		buf[at++] = *text;
	}
	buf[at] = '\0';
	return buf;
}

static void
print_build(const struct page *p)
{
	char version[LABEL_STRLEN];

	head(p->out, "rtbh_build_info", "gauge", "The program that runs.");
	evbuffer_add_printf(p->out, "rtbh_build_info{version=\"%s\"} 1\n",
	    label(p->env->version, version));
}

/* The owners are walked by name, so that it is the same ones each time. */
static void
print_claims(const struct page *p)
{
	const struct victim_set *set = blackhole_victims(p->env->blackhole);
	const struct owner *o = NULL;
	uint64_t others = 0;
	size_t shown = 0;

	head(p->out, "rtbh_claims", "gauge", "Claims on victims, by owner.");
	while ((o = victim_owner_next(set, o)) != NULL) {
		if (shown == OWNERS_MAX || strcmp(o->name, OTHER_OWNERS) == 0) {
			others += o->claims;
			continue;
		}
		evbuffer_add_printf(p->out, "rtbh_claims{owner=\"%s\"} %u\n",
		    o->name, o->claims);
		shown++;
	}
	if (others > 0)
		evbuffer_add_printf(p->out,
		    "rtbh_claims{owner=\"" OTHER_OWNERS "\"} %ju\n",
		    (uintmax_t)others);
}

static void
print_victims(const struct page *p)
{
	const struct victim_set *set = blackhole_victims(p->env->blackhole);

	metrics_put_gauge(p->out, "rtbh_victims",
	    "Victims, those suppressed included.",
	    (double)victim_set_count(set));
	print_claims(p);
	metrics_put_gauge(p->out, "rtbh_victims_uncovered",
	    "Victims not delivered to every neighbor that should have them.",
	    (double)p->health.uncovered);
	metrics_put_gauge(p->out, "rtbh_victims_nowhere",
	    "Victims, of those uncovered, that are delivered to no neighbor.",
	    (double)p->health.nowhere);
	metrics_put_gauge(p->out, "rtbh_victims_suppressed",
	    "Victims that the configuration no longer allows.",
	    (double)p->health.suppressed);
	metrics_put_gauge(p->out, "rtbh_victim_oldest_timestamp_seconds",
	    "Since when the oldest victim stands; 0: there is none.",
	    p->health.oldest_ms == 0
		? 0
		: (double)clock_to_wall(p->health.oldest_ms) / 1000);
}

/* Of metrics with one value a neighbor. */
struct neighbor_metric {
	const char *name, *type, *help;
	double (*value)(const struct neighbor_info *info);
};

static double
value_up(const struct neighbor_info *info)
{
	return info->established;
}

static double
value_disabled(const struct neighbor_info *info)
{
	return strcmp(info->state, "disabled") == 0;
}

static double
value_pending(const struct neighbor_info *info)
{
	return info->pending;
}

static double
value_flaps(const struct neighbor_info *info)
{
	return (double)info->flaps;
}

static double
value_received(const struct neighbor_info *info)
{
	return (double)info->received_prefixes;
}

static const struct neighbor_metric neighbor_metrics[] = {
	{ "rtbh_neighbor_up", "gauge", "Whether the session is Established.",
	    value_up },
	{ "rtbh_neighbor_disabled", "gauge",
	    "Whether the configuration or an operator has disabled it.",
	    value_disabled },
	{ "rtbh_neighbor_pending_prefixes", "gauge",
	    "Prefixes to be announced or withdrawn that are not sent yet.",
	    value_pending },
	{ "rtbh_neighbor_flaps_total", "counter",
	    "Sessions that were Established and ended.", value_flaps },
	{ "rtbh_neighbor_received_prefixes_total", "counter",
	    "NLRI received in this session, repetitions included.",
	    value_received },
};

/* Of metrics with one value a neighbor and family. */
struct family_metric {
	const char *name, *help;
	uint32_t (*value)(const struct neighbor_info *info, int family);
};

static uint32_t
value_announced(const struct neighbor_info *info, int family)
{
	return info->announced[family];
}

static uint32_t
value_limit(const struct neighbor_info *info, int family)
{
	uint32_t limit = info->limits[family];

	return limit == RIBOUT_NO_LIMIT ? 0 : limit;
}

static uint32_t
value_over_limit(const struct neighbor_info *info, int family)
{
	return info->over_limit[family];
}

static const struct family_metric family_metrics[] = {
	{ "rtbh_neighbor_announced_prefixes",
	    "Prefixes that the neighbor was told of.", value_announced },
	{ "rtbh_neighbor_prefix_limit",
	    "The most prefixes that it is told of; 0: no limit.", value_limit },
	{ "rtbh_neighbor_over_limit_prefixes",
	    "Victims that the limit of prefixes holds back.",
	    value_over_limit },
};

static void
print_neighbor_metric(const struct page *p,
    const struct neighbor_metric *metric)
{
	char name[LABEL_STRLEN];

	head(p->out, metric->name, metric->type, metric->help);
	for (size_t i = 0; i < p->env->neighbor_count; i++)
		evbuffer_add_printf(p->out, "%s{neighbor=\"%s\"} %.15g\n",
		    metric->name, label(p->neighbors[i].config->name, name),
		    metric->value(&p->neighbors[i]));
}

static void
print_family_metric(const struct page *p, const struct family_metric *metric)
{
	char name[LABEL_STRLEN];

	head(p->out, metric->name, "gauge", metric->help);
	for (size_t i = 0; i < p->env->neighbor_count; i++) {
		const struct neighbor_info *info = &p->neighbors[i];

		for (int family = 0; family < FAMILIES; family++)
			if (info->config->families & FAMILY_BIT(family))
				evbuffer_add_printf(p->out,
				    "%s{neighbor=\"%s\",family=\"%s\"} %u\n",
				    metric->name,
				    label(info->config->name, name),
				    family_name((enum family)family),
				    metric->value(info, family));
	}
}

/* One neighbor's messages of one direction. */
static void
print_direction(const struct page *p, const char *neighbor,
    const char *direction, const uint64_t counts[NEIGHBOR_MESSAGE_TYPES])
{
	static const char *const types[NEIGHBOR_MESSAGE_TYPES] = {
		[BGP_OPEN] = "open",
		[BGP_UPDATE] = "update",
		[BGP_NOTIFICATION] = "notification",
		[BGP_KEEPALIVE] = "keepalive",
		[BGP_ROUTE_REFRESH] = "route-refresh",
	};

	for (int type = BGP_OPEN; type < NEIGHBOR_MESSAGE_TYPES; type++)
		evbuffer_add_printf(p->out,
		    "rtbh_bgp_messages_total{neighbor=\"%s\",direction=\"%s\","
		    "type=\"%s\"} %ju\n",
		    neighbor, direction, types[type], (uintmax_t)counts[type]);
}

static void
print_neighbors(const struct page *p)
{
	char name[LABEL_STRLEN];

	for (size_t i = 0;
	     i < sizeof(neighbor_metrics) / sizeof(neighbor_metrics[0]); i++)
		print_neighbor_metric(p, &neighbor_metrics[i]);
	for (size_t i = 0;
	     i < sizeof(family_metrics) / sizeof(family_metrics[0]); i++)
		print_family_metric(p, &family_metrics[i]);
	head(p->out, "rtbh_bgp_messages_total", "counter", "BGP messages.");
	for (size_t i = 0; i < p->env->neighbor_count; i++) {
		const struct neighbor_info *info = &p->neighbors[i];

		label(info->config->name, name);
		print_direction(p, name, "sent", info->sent);
		print_direction(p, name, "received", info->received);
	}
}

static void
print_requests(const struct page *p)
{
	head(p->out, "rtbh_requests_total", "counter",
	    "Requests on the control socket, by how they ended.");
	for (size_t i = 0; i < METRICS_METHODS_MAX; i++) {
		const char *method = p->m->methods[i].name;

		if (method == NULL)
			return;
		for (int outcome = 0; outcome < OUTCOMES; outcome++) {
			uint64_t n = p->m->methods[i].counts[outcome];

			if (n == 0)
				continue;
			evbuffer_add_printf(p->out,
			    "rtbh_requests_total{method=\"%s\",outcome=\"%s\"} "
			    "%ju\n",
			    method, outcome_name(outcome), (uintmax_t)n);
		}
	}
}

static void
print_histogram(const struct page *p, const char *name, const char *help,
    const struct histogram *h)
{
	uint64_t below = 0;

	head(p->out, name, "histogram", help);
	for (size_t i = 0; i < METRICS_BOUNDS; i++) {
		below += h->counts[i];
		evbuffer_add_printf(p->out, "%s_bucket{le=\"%g\"} %ju\n", name,
		    metrics_bounds_ms[i] / 1000.0, (uintmax_t)below);
	}
	evbuffer_add_printf(p->out,
	    "%s_bucket{le=\"+Inf\"} %ju\n%s_sum %.3f\n%s_count %ju\n", name,
	    (uintmax_t)h->count, name, (double)h->sum_ms / 1000.0, name,
	    (uintmax_t)h->count);
}

static void
print_daemon(const struct page *p)
{
	const struct method_env *env = p->env;

	print_histogram(p, "rtbh_delivery_seconds",
	    "From a request to its last acknowledgement, of new victims.",
	    &p->m->deliveries);
	print_histogram(p, "rtbh_commit_seconds",
	    "Until changes were stored on the disk.", &p->m->commits);
	metrics_put_gauge(p->out, "rtbh_storage_up",
	    "Whether changes can be stored.",
	    *pending_trouble(env->pending) == '\0');
	metrics_put_gauge(p->out, "rtbh_storage_unreadable",
	    "Whether the stored victims could not be read, or not yet.",
	    *env->store_trouble != '\0');
	metrics_put_gauge(p->out, "rtbh_frozen",
	    "Whether only operators may change victims.",
	    env->settings != NULL && env->settings->freeze.frozen);
	metrics_put_counter(p->out, "rtbh_log_lines_dropped_total",
	    "Log lines of this process that could not be written.",
	    (double)log_dropped());
	metrics_put_gauge(p->out, "rtbh_config_last_reload_success",
	    "Whether the last reload of the configuration was applied.",
	    !p->m->reload_failed);
	metrics_put_gauge(p->out,
	    "rtbh_config_last_reload_success_timestamp_seconds",
	    "When the configuration was last applied.",
	    (double)clock_to_wall(env->config_loaded_ms) / 1000);
}

int
metrics_print(const struct metrics *m, const struct method_env *env,
    struct evbuffer *out)
{
	struct neighbor_info *neighbors =
	    calloc(env->neighbor_count + 1, sizeof(*neighbors));
	struct page page = { .m = m,
		.env = env,
		.out = out,
		.neighbors = neighbors };

	if (neighbors == NULL)
		return -1;
	for (size_t i = 0; i < env->neighbor_count; i++)
		neighbor_get_info(env->neighbors[i], &neighbors[i]);
	speaker_health(env, &page.health);
	print_build(&page);
	print_victims(&page);
	print_neighbors(&page);
	print_requests(&page);
	print_daemon(&page);
	metrics_put_process(m, out);
	free(neighbors);
	return 0;
}
