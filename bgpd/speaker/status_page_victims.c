/*
 * A part of the victims.  What is asked for is a prefix to go on behind and a
 * text to look for; what is looked at and what is shown are both bounded, so
 * that 100,000 victims cost no more at a time than a few thousand do.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "clock.h"
#include "ctl.h"

#include "blackhole.h"
#include "method.h"
#include "neighbor.h"
#include "status_page.h"
#include "status_page_internal.h"

/* Bytes of a text to look for. */
#define SEARCH_MAX 64
/* So many victims are shown, and so many of their states at neighbors. */
#define ROWS_MAX 100
#define ROWS_STATES_MAX 20000
/* What a look may cost: a state at a neighbor 1, the texts of a victim 8. */
#define LOOK_COST_TEXTS 8
#define LOOK_COST_MAX 40000

/* A request, and how far it got. */
struct look {
	const struct method_env *env;
	struct evkeyvalq params; /* what the others borrow from */
	const char *search;	 /* NULL: anything */
	bool only_uncovered;
	bool has_after;
	struct prefix after;
	size_t cost, rows;
};

/* NULL, or what is wrong. */
static const char *
read_param(struct look *l, const char *name, const char *value)
{
	if (strcmp(name, "after") == 0) {
		if (prefix_parse(&l->after, value) != PREFIX_OK)
			return "after is no prefix";
		l->has_after = true;
		return NULL;
	}
	if (strcmp(name, "search") == 0) {
		if (strlen(value) > SEARCH_MAX)
			return "search is too long";
		l->search = *value != '\0' ? value : NULL;
		return NULL;
	}
	if (strcmp(name, "only") == 0 && strcmp(value, "uncovered") == 0) {
		l->only_uncovered = true;
		return NULL;
	}
	return "after, search and only=uncovered are known";
}

static const char *
read_query(struct look *l, const char *query)
{
	const struct evkeyval *param;
	const char *why;

	TAILQ_INIT(&l->params);
	if (query == NULL || *query == '\0')
		return NULL;
	if (evhttp_parse_query_str(query, &l->params) == -1)
		return "malformed query";
	TAILQ_FOREACH(param, &l->params, next) {
		why = read_param(l, param->key, param->value);
		if (why != NULL)
			return why;
	}
	return NULL;
}

static bool
has_text(struct look *l, const struct victim *v)
{
	char prefix[PREFIX_STRLEN];
	const struct claim *c;

	l->cost += LOOK_COST_TEXTS;
	if (strcasestr(prefix_print(&v->prefix, prefix), l->search) != NULL)
		return true;
	TAILQ_FOREACH(c, &v->claims, entry)
		if (strcasestr(c->owner->name, l->search) != NULL ||
		    strcasestr(c->reason, l->search) != NULL)
			return true;
	return false;
}

static enum ribout_state
state_at(const struct victim *v, const struct neighbor *n)
{
	int64_t at_ms;

	if (v->suppressed != REASON_NONE)
		return RIBOUT_OFF;
	return ribout_state_of(neighbor_ribout_const(n), v->slot, &at_ms);
}

/* Whether all that should have it do, and there is one. */
static bool
is_covered(struct look *l, const struct victim *v)
{
	bool delivered = false;

	for (size_t i = 0; i < l->env->neighbor_count; i++) {
		enum ribout_state state = state_at(v, l->env->neighbors[i]);

		l->cost++;
		if (state == RIBOUT_DELIVERED)
			delivered = true;
		else if (state != RIBOUT_OFF)
			return false;
	}
	return delivered;
}

static bool
is_wanted(struct look *l, const struct victim *v)
{
	l->cost++;
	if (l->search != NULL && !has_text(l, v))
		return false;
	return !l->only_uncovered || !is_covered(l, v);
}

static json_t *
claims_json(const struct victim *v)
{
	json_t *array = json_array();
	const struct claim *c;

	TAILQ_FOREACH(c, &v->claims, entry) {
		if (json_array_append_new(array,
			json_pack("{s:s,s:s}", "owner", c->owner->name,
			    "reason", c->reason)) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* A digit for each neighbor. */
static json_t *
standing_json(const struct method_env *env, const struct victim *v)
{
	char *digits = calloc(env->neighbor_count + 1, 1);
	json_t *text;

	if (digits == NULL)
		return NULL;
	for (size_t i = 0; i < env->neighbor_count; i++)
		digits[i] = (char)('0' + state_at(v, env->neighbors[i]));
	text = json_string(digits);
	free(digits);
	return text;
}

static json_t *
row_json(const struct method_env *env, const struct victim *v)
{
	int64_t expires_ms = victim_expires(v), left_ms;
	json_t *remaining = json_null();
	char prefix[PREFIX_STRLEN];

	if (expires_ms != VICTIM_NEVER) {
		left_ms = expires_ms - clock_now_ms();
		remaining =
		    json_integer(left_ms > 0 ? (left_ms + 999) / 1000 : 0);
	}
	return json_pack("{s:s,s:o,s:o,s:b,s:s?,s:I,s:o,s:o}", "prefix",
	    prefix_print(&v->prefix, prefix), "since",
	    ctl_instant_encode(clock_to_wall(v->since_ms)), "remaining",
	    remaining, "held", v->held_until_ms != 0, "suppressed",
	    v->suppressed == REASON_NONE
		? NULL
		: reason_name((enum reason)v->suppressed),
	    "recurrences", (json_int_t)v->recurrences, "claims", claims_json(v),
	    "standing", standing_json(env, v));
}

static bool
has_room(const struct look *l)
{
	return l->cost < LOOK_COST_MAX && l->rows < ROWS_MAX &&
	    (l->rows == 0 ||
		l->rows * l->env->neighbor_count < ROWS_STATES_MAX);
}

/* The first behind `after`, or NULL. */
static struct victim *
begin(const struct look *l)
{
	const struct victim_set *set = blackhole_victims(l->env->blackhole);

	return l->has_after ? victim_behind(set, &l->after)
			    : victim_from(set, NULL);
}

/* Fills rows; where to go on, or JSON's null; NULL without memory. */
static json_t *
look(struct look *l, json_t *rows)
{
	const struct victim *last = NULL;
	struct victim *v = begin(l);
	char text[PREFIX_STRLEN];

	for (; v != NULL && has_room(l); v = victim_next(v)) {
		last = v;
		if (!is_wanted(l, v))
			continue;
		l->rows++;
		if (json_array_append_new(rows, row_json(l->env, v)) == -1)
			return NULL;
	}
	if (v == NULL || last == NULL)
		return json_null();
	return json_string(prefix_print(&last->prefix, text));
}

static json_t *
neighbor_names_json(const struct method_env *env)
{
	json_t *array = json_array();

	for (size_t i = 0; i < env->neighbor_count; i++) {
		if (json_array_append_new(array,
			json_string(
			    neighbor_config(env->neighbors[i])->name)) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
state_names_json(void)
{
	const char *names[RIBOUT_DELIVERED + 1];

	for (int state = RIBOUT_DOWN; state <= RIBOUT_DELIVERED; state++)
		names[state] = ribout_state_name((enum ribout_state)state);
	return ctl_texts_encode(names, RIBOUT_DELIVERED + 1);
}

void
status_page_victims(const struct method_env *env, const char *query,
    struct http_page *page)
{
	struct look l = { .env = env };
	const char *why = read_query(&l, query);
	json_t *rows, *next;

	if (why == NULL) {
		rows = json_array();
		next = look(&l, rows);
		status_page_put(page,
		    json_pack("{s:o,s:o,s:o,s:o}", "neighbors",
			neighbor_names_json(env), "states", state_names_json(),
			"victims", rows, "next", next));
	} else {
		page->code = 400;
		evbuffer_add_printf(page->body, "%s\n", why);
	}
	evhttp_clear_headers(&l.params);
}
