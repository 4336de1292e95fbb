/*
 * The page itself, which the build has made a header of, and how the daemon
 * stands.
 */
#include <stdlib.h>

#include "clock.h"
#include "ctl.h"
#include "settings.h"

#include "blackhole.h"
#include "method.h"
#include "neighbor.h"
#include "recent.h"
#include "speaker_health.h"
#include "status_page.h"
#include "status_page_internal.h"

#include "status_html.h"

void
status_page(const struct method_env *env, const char *query,
    struct http_page *page)
{
	(void)env;
	(void)query;
	page->type = "text/html; charset=utf-8";
	page->policy = status_html_policy;
	if (evbuffer_add_reference(page->body, status_html, sizeof(status_html),
		NULL, NULL) == -1)
		page->code = 503;
}

/* jansson's. */
static int
write_out(const char *text, size_t len, void *arg)
{
	return evbuffer_add(arg, text, len);
}

void
status_page_put(struct http_page *page, json_t *o)
{
	page->type = "application/json";
	if (o == NULL ||
	    json_dump_callback(o, write_out, page->body, JSON_COMPACT) == -1) {
		evbuffer_drain(page->body, evbuffer_get_length(page->body));
		page->code = 503;
	}
	json_decref(o);
}

/* Takes v, and array when it fails; NULL without memory. */
static json_t *
append(json_t *array, json_t *v)
{
	if (json_array_append_new(array, v) == 0)
		return array;
	json_decref(array);
	return NULL;
}

/* Those agreed on, or else those configured. */
static json_t *
families_json(const struct neighbor_info *info)
{
	uint8_t set =
	    info->established ? info->terms.families : info->config->families;
	json_t *array = json_array();

	for (unsigned f = 0; array != NULL && f < FAMILIES; f++) {
		json_t *limit = json_null();

		if (!(set & FAMILY_BIT(f)))
			continue;
		if (info->limits[f] != RIBOUT_NO_LIMIT)
			limit = json_integer(info->limits[f]);
		array = append(array,
		    json_pack("{s:s,s:I,s:o,s:I}", "name",
			family_name((enum family)f), "announced",
			(json_int_t)info->announced[f], "limit", limit,
			"over_limit", (json_int_t)info->over_limit[f]));
	}
	return array;
}

/* With its interface when it is a link-local one. */
static json_t *
address_json(const struct config_neighbor *config)
{
	char text[PREFIX_STRLEN];

	prefix_print_address(&config->address, text);
	return json_sprintf("%s%s%s", text,
	    config->interface[0] != '\0' ? "%" : "", config->interface);
}

static json_t *
neighbor_json(const struct neighbor *n, int64_t now_ms)
{
	struct neighbor_info info;

	neighbor_get_info(n, &info);
	return json_pack("{s:s,s:s,s:o,s:I,s:s,s:I,s:o,s:I,s:I,s:s?}", "name",
	    info.config->name, "description", info.config->description,
	    "address", address_json(info.config), "remote_as",
	    (json_int_t)info.config->remote_as, "state", info.state, "age",
	    (json_int_t)((now_ms - info.since_ms) / 1000), "families",
	    families_json(&info), "pending", (json_int_t)info.pending, "flaps",
	    (json_int_t)info.flaps, "error",
	    info.has_error ? info.error_text : NULL);
}

static json_t *
neighbors_json(const struct method_env *env)
{
	json_t *array = json_array();
	int64_t now_ms = clock_now_ms();

	for (size_t i = 0; array != NULL && i < env->neighbor_count; i++)
		array = append(array, neighbor_json(env->neighbors[i], now_ms));
	return array;
}

static json_t *
event_json(const struct recent_event *e)
{
	char text[PREFIX_STRLEN];

	return json_pack("{s:I,s:o,s:s,s:s?,s:s,s:s}", "seq",
	    (json_int_t)e->seq, "at",
	    ctl_instant_encode(clock_to_wall(e->at_ms)), "type",
	    feed_type_name(e->type), "prefix",
	    e->has_prefix ? prefix_print(&e->prefix, text) : NULL, "who",
	    e->who, "text", e->text);
}

static json_t *
events_json(const struct recent *recent)
{
	json_t *array = json_array();
	const struct recent_event *e;

	for (size_t i = 0;
	     array != NULL && (e = recent_event(recent, i)) != NULL; i++)
		array = append(array, event_json(e));
	return array;
}

static json_t *
day_json(struct recent *recent)
{
	size_t victims[RECENT_STEPS];
	size_t count = recent_day(recent, clock_now_ms(), victims);
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < count; i++)
		array = append(array, json_integer((json_int_t)victims[i]));
	return json_pack("{s:I,s:o}", "step",
	    (json_int_t)(RECENT_STEP_MS / 1000), "victims", array);
}

void
status_page_status(const struct method_env *env, const char *query,
    struct http_page *page)
{
	const struct victim_set *set = blackhole_victims(env->blackhole);
	int64_t now_ms = clock_now_ms();
	struct health h;

	(void)query; /* it takes none */
	/* what the store brings late is no event */
	recent_set_victims(env->recent, now_ms, victim_set_count(set));
	speaker_health(env, &h);
	status_page_put(page,
	    json_pack("{s:s,s:I,s:o,s:b,s:I,s:I,s:I,s:I,s:o,s:o,s:o}",
		"version", env->version, "uptime",
		(json_int_t)((now_ms - env->started_ms) / 1000), "health",
		speaker_health_json(&h), "frozen",
		env->settings != NULL && env->settings->freeze.frozen,
		"victims", (json_int_t)victim_set_count(set), "covered",
		(json_int_t)h.covered, "uncovered", (json_int_t)h.uncovered,
		"suppressed", (json_int_t)h.suppressed, "neighbors",
		neighbors_json(env), "events", events_json(env->recent), "day",
		day_json(env->recent)));
}
