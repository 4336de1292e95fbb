/*
 * A new configuration: first all that can fail is made ready beside what runs,
 * then it takes its place.  Sessions whose making has not changed stand.
 */
#include <stdlib.h>
#include <string.h>

#include "config_diff.h"
#include "rib.h"

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "control.h"
#include "http.h"
#include "metrics.h"
#include "reload.h"
#include "speaker_events.h"
#include "speaker_internal.h"

/* What is ready to take its place. */
struct plan {
	struct config *config;
	struct config_diff *diff;
	struct neighbor **neighbors; /* new ones, and those that go on */
	struct listener **listeners; /* likewise */
	struct http *http;
};

static struct neighbor *
find_neighbor(const struct speaker *s, const char *name)
{
	for (size_t i = 0; i < s->config->neighbor_count; i++)
		if (strcmp(neighbor_config(s->neighbors[i])->name, name) == 0)
			return s->neighbors[i];
	return NULL;
}

static struct listener *
find_listener(const struct speaker *s, const struct config_listen *at)
{
	for (size_t i = 0; i < s->config->listen_count; i++)
		if (listener_is_at(s->listeners[i], at))
			return s->listeners[i];
	return NULL;
}

static bool
goes_on(const struct config *config, const struct neighbor *n)
{
	return config_find_neighbor(config, neighbor_config(n)->name) != NULL;
}

static bool
listens_on(const struct config *config, const struct listener *l)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (listener_is_at(l, &config->listen[i]))
			return true;
	return false;
}

static int
plan_neighbors(struct speaker *s, struct plan *plan)
{
	const struct config *config = plan->config;

	plan->neighbors =
	    calloc(config->neighbor_count + 1, sizeof(struct neighbor *));
	if (plan->neighbors == NULL)
		return -1;
	for (size_t i = 0; i < config->neighbor_count; i++) {
		const struct config_neighbor *c = &config->neighbors[i];
		struct neighbor *n = find_neighbor(s, c->name);

		if (n == NULL)
			n = speaker_new_neighbor(s, config, c);
		if (n == NULL)
			return -1;
		plan->neighbors[i] = n;
	}
	return 0;
}

static int
plan_listeners(struct speaker *s, struct plan *plan)
{
	const struct config *config = plan->config;

	plan->listeners =
	    calloc(config->listen_count + 1, sizeof(struct listener *));
	if (plan->listeners == NULL)
		return -1;
	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *at = &config->listen[i];
		struct listener *l = find_listener(s, at);

		if (l == NULL)
			l = speaker_new_listener(s, config, at);
		if (l == NULL)
			return -1;
		plan->listeners[i] = l;
	}
	return 0;
}

/* Room in the rib for the new aggregates, and for it at each neighbor. */
static int
plan_routes(struct speaker *s, struct plan *plan)
{
	const struct config *config = plan->config;

	if (rib_reserve(s->rib, config->aggregates.count) == -1)
		return -1;
	for (size_t i = 0; i < config->neighbor_count; i++)
		if (ribout_reserve(neighbor_ribout(plan->neighbors[i])) == -1)
			return -1;
	return 0;
}

/* Frees what was made for the plan alone. */
static void
discard_plan(struct speaker *s, struct plan *plan)
{
	for (size_t i = 0;
	     plan->neighbors != NULL && i < plan->config->neighbor_count; i++) {
		struct neighbor *n = plan->neighbors[i];

		if (n != NULL &&
		    find_neighbor(s, neighbor_config(n)->name) != n)
			neighbor_free(n);
	}
	for (size_t i = 0;
	     plan->listeners != NULL && i < plan->config->listen_count; i++) {
		struct listener *l = plan->listeners[i];

		if (l != NULL &&
		    find_listener(s, &plan->config->listen[i]) != l)
			listener_free(l);
	}
	if (plan->http != s->http)
		http_free(plan->http);
	free(plan->neighbors);
	free(plan->listeners);
	config_diff_free(plan->diff);
	config_free(plan->config);
}

/*
 * Ends the sessions that do not go on as they are.  A neighbor that is removed
 * stays where it is until switch_over: what is told of the others' ends looks
 * at all neighbors.
 */
static void
end_sessions(struct speaker *s, const struct plan *plan)
{
	for (size_t i = 0; i < s->config->neighbor_count; i++) {
		struct neighbor *n = s->neighbors[i];
		const char *name = neighbor_config(n)->name;

		if (!goes_on(plan->config, n)) {
			log_info("neighbor %s: removed", name);
			neighbor_stop(n, NEIGHBOR_REMOVED, NULL);
		} else if (config_diff_neighbor(plan->diff, name) ==
		    DIFF_SESSION) {
			neighbor_stop(n, NEIGHBOR_RESET, NULL);
		}
	}
	for (size_t i = 0; i < s->config->listen_count; i++)
		if (!listens_on(plan->config, s->listeners[i]))
			listener_free(s->listeners[i]);
}

static bool
has_aggregate(const struct config *config, const struct prefix *p)
{
	for (size_t i = 0; i < config->aggregates.count; i++)
		if (prefix_cmp(&config->aggregates.items[i], p) == 0)
			return true;
	return false;
}

static void
end_aggregates(struct speaker *s, const struct config *config)
{
	for (uint32_t slot = 0; slot < rib_slots(s->rib); slot++) {
		const struct route *route = rib_route(s->rib, slot);

		if (route == NULL || route->ended ||
		    route->kind != ROUTE_AGGREGATE ||
		    has_aggregate(config, &route->prefix))
			continue;
		rib_end(s->rib, slot);
		speaker_on_route(s, slot);
		rib_collect(s->rib, slot);
	}
}

static void
begin_aggregates(struct speaker *s, const struct config *old)
{
	const struct prefix_list *new = &s->config->aggregates;

	for (size_t i = 0; i < new->count; i++)
		if (!has_aggregate(old, &new->items[i]))
			speaker_on_route(s,
			    rib_add(s->rib, &new->items[i], NULL));
}

static void
free_removed(struct speaker *s, const struct config *config)
{
	for (size_t i = 0; i < s->config->neighbor_count; i++)
		if (!goes_on(config, s->neighbors[i]))
			neighbor_free(s->neighbors[i]);
}

/* The plan's parts take their places. */
static void
switch_over(struct speaker *s, struct plan *plan)
{
	free_removed(s, plan->config);
	free(s->neighbors);
	free(s->listeners);
	s->neighbors = plan->neighbors;
	s->listeners = plan->listeners;
	speaker_set_http(s, plan->http);
	s->config = plan->config;
	s->env.config = s->config;
	waiters_set_neighbors(s->waiters, s->neighbors,
	    s->config->neighbor_count);
	s->env.neighbors = s->neighbors;
	s->env.neighbor_count = s->config->neighbor_count;
	s->env.config_loaded_ms = clock_now_ms();
	log_init(s->config->log.to, s->config->log.level, "speaker");
	log_set_format(s->config->log.format);
}

static void
begin_sessions(struct speaker *s, const struct plan *plan)
{
	for (size_t i = 0; i < s->config->listen_count; i++)
		if (listener_set_config(s->listeners[i], s->config) == -1)
			log_warn("listener: a neighbor's password is not set");
	for (size_t i = 0; i < s->config->neighbor_count; i++) {
		const struct config_neighbor *c = &s->config->neighbors[i];

		neighbor_set_config(s->neighbors[i], s->config, c);
		if (s->loaded)
			neighbor_loaded(s->neighbors[i]);
		if (config_diff_neighbor(plan->diff, c->name) == DIFF_SESSION)
			speaker_start_neighbor(s, s->neighbors[i]);
	}
}

/* Cannot fail. */
static void
apply(struct speaker *s, struct plan *plan)
{
	struct config *old = s->config;

	end_aggregates(s, plan->config);
	end_sessions(s, plan);
	switch_over(s, plan);
	blackhole_set_config(s->blackhole, s->config);
	begin_sessions(s, plan);
	begin_aggregates(s, old);
	control_set_config(s->control);
	config_free(old);
}

static void
tell_changes(struct speaker *s, const struct config_diff *diff)
{
	const char **paths = calloc(diff->count + 1, sizeof(*paths));
	struct reload_outcome outcome = { .end = RELOAD_APPLIED,
		.texts = paths,
		.count = paths != NULL ? diff->count : 0 };

	for (size_t i = 0; i < outcome.count; i++)
		paths[i] = diff->items[i].path;
	log_debug("%zu changes of the configuration applied", diff->count);
	metrics_count_reload(s->metrics, true);
	speaker_event_reloaded(s, outcome.texts, outcome.count);
	reload_finish(s->reload, &outcome);
	free(paths);
}

const char *
speaker_reload(struct speaker *s, struct config *config)
{
	struct plan plan = { .config = config,
		.diff = config_diff_new(s->config, config) };
	const char *why = "out of memory";

	if (plan.diff == NULL)
		goto out;
	control_finish_changes(s->control);
	if (plan_listeners(s, &plan) == -1 ||
	    speaker_plan_http(s, config, &plan.http) == -1) {
		why = "cannot listen on an address of the new configuration";
		goto out;
	}
	if (plan_neighbors(s, &plan) == -1 || plan_routes(s, &plan) == -1)
		goto out;
	apply(s, &plan);
	tell_changes(s, plan.diff);
	config_diff_free(plan.diff);
	return "";
out:
	discard_plan(s, &plan);
	return why;
}
