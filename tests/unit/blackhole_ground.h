#ifndef BLACKHOLE_GROUND_H
#define BLACKHOLE_GROUND_H

/*
 * What tests of blackhole.c stand on: a configuration, a rib whose changes are
 * noted, and a store at the other end of a link that takes everything at once.
 */

#include <sys/socket.h>

#include "fake_clock.h"
#include "given.h"

#include "blackhole.h"
#include "clock.h"
#include "link.h"
#include "pending.h"
#include "rib.h"

#define ONE "203.0.113.1/32"
#define TWO "203.0.113.2/32"
#define HOUR_MS INT64_C(3600000)

struct ground {
	struct event_base *base;
	struct config config, other_config;
	struct config_neighbor neighbors[2];
	struct config_access rule;
	struct prefix aggregates[1], never[1];
	struct caller operator, detector;
	struct rib *rib;
	struct link *ours, *keepers;
	struct pending *pending;
	struct settings settings;
	struct blackhole *blackhole;
	bool no_room;	    /* reserve_slots fails */
	bool hangs;	    /* the store does not answer */
	const char *fails;  /* why the store refuses, or NULL */
	char routes[512];   /* "+P" stands, "-P" has ended, "~P" suppressed */
	char stored[2048];  /* also what the store refuses */
	char history[4096]; /* likewise */
	char events[1024];
	uint64_t last_token; /* of the history */
	uint64_t commits, under_way;
	/* A store of the test's own, in place of all the notes here. */
	void (*keep_commit)(struct ground *g, struct wire_in records);
	struct blackhole_result result; /* of the last change */
	struct refusal why;
};

static inline int
reserve_slots(void *arg)
{
	struct ground *g = arg;

	return g->no_room ? -1 : 0;
}

static inline void
on_route(void *arg, uint32_t slot)
{
	struct ground *g = arg;
	const struct route *route = rib_route(g->rib, slot);
	const char *how = "+";
	char text[PREFIX_STRLEN];

	assert_non_null(route);
	if (route->ended)
		how = "-";
	else if (route->victim->suppressed != REASON_NONE)
		how = "~";
	strlcat(g->routes, how, sizeof(g->routes));
	strlcat(g->routes, prefix_print(&route->prefix, text),
	    sizeof(g->routes));
	strlcat(g->routes, " ", sizeof(g->routes));
}

/* "P OWNER REASON NEIGHBORS from SINCE to EXPIRES": times in s from now. */
static inline void
note_stored(struct ground *g, const struct stored_claim *c)
{
	int64_t now_ms = clock_wall_ms();
	char prefix[PREFIX_STRLEN], text[512];

	prefix_print(&c->prefix, prefix);
	if (c->ended)
		snprintf(text, sizeof(text), "-%s %s\n", prefix, c->owner);
	else
		snprintf(text, sizeof(text), "%s %s%s '%s' '%s' %d..%d\n",
		    prefix, c->owner, c->held ? " held" : "", c->reason,
		    c->neighbors, (int)((c->since_wall_ms - now_ms) / 1000),
		    c->expires_wall_ms == -1
			? -1
			: (int)((c->expires_wall_ms - now_ms) / 1000));
	strlcat(g->stored, text, sizeof(g->stored));
}

/* "~P COUNT since ENDED": in s from now; or that it is forgotten. */
static inline void
note_recurrence(struct ground *g, const struct stored_recurrence *r)
{
	int64_t now_ms = clock_wall_ms();
	char prefix[PREFIX_STRLEN], text[128];

	prefix_print(&r->prefix, prefix);
	if (r->forgotten)
		snprintf(text, sizeof(text), "~%s forgotten\n", prefix);
	else if (r->ended_wall_ms == -1)
		snprintf(text, sizeof(text), "~%s %u\n", prefix, r->count);
	else
		snprintf(text, sizeof(text), "~%s %u since %d\n", prefix,
		    r->count, (int)((r->ended_wall_ms - now_ms) / 1000));
	strlcat(g->stored, text, sizeof(g->stored));
}

/* "ACTION P OWNER by USER: REASON", with the count if it is not 1. */
static inline void
note_history(struct ground *g, const struct history_entry *e)
{
	char prefix[PREFIX_STRLEN], text[512];

	snprintf(text, sizeof(text), "%s %s %s by %s: %s",
	    history_action_name(e->action), prefix_print(&e->prefix, prefix),
	    e->owner, e->by[0] != '\0' ? e->by : "itself", e->reason);
	strlcat(g->history, text, sizeof(g->history));
	if (e->count != 1) {
		snprintf(text, sizeof(text), " (%u)", e->count);
		strlcat(g->history, text, sizeof(g->history));
	}
	strlcat(g->history, "\n", sizeof(g->history));
	g->last_token = e->token;
}

static inline void
note_record(struct ground *g, const struct record *r)
{
	if (r->kind == RECORD_CLAIM)
		note_stored(g, &r->claim);
	else if (r->kind == RECORD_RECURRENCE)
		note_recurrence(g, &r->recurrence);
	else if (r->kind == RECORD_HISTORY)
		note_history(g, &r->history);
	else
		strlcat(g->stored, "settings\n", sizeof(g->stored));
}

/* The keeper's answer to the commit that it has. */
static inline void
answer_commit(struct ground *g)
{
	struct channel_committed committed = { .number = g->under_way,
		.error = g->fails != NULL ? g->fails : "" };

	assert_int_equal(pending_on_committed(g->pending, &committed), 0);
}

/* The keeper's end: everything is stored at once, unless it hangs. */
static inline void
on_commit(void *arg, enum channel_type type, struct wire_in body)
{
	struct ground *g = arg;
	struct record r;
	int rc;

	assert_int_equal(type, CHANNEL_COMMIT);
	assert_int_equal(channel_get_commit(&body, &g->under_way), 0);
	g->commits++;
	if (g->keep_commit != NULL) {
		g->keep_commit(g, body);
		return;
	}
	while ((rc = channel_get_record(&body, &r)) == 1)
		note_record(g, &r);
	assert_int_equal(rc, 0);
	if (!g->hangs)
		answer_commit(g);
}

/* "TYPE P OWNER LEFT by USER" */
static inline void
on_event(void *arg, const struct blackhole_event *e)
{
	static const char *const names[] = {
		[BLACKHOLE_EVENT_ADDED] = "added",
		[BLACKHOLE_EVENT_REFRESHED] = "refreshed",
		[BLACKHOLE_EVENT_WITHDRAWN] = "withdrawn",
		[BLACKHOLE_EVENT_EXPIRED] = "expired",
		[BLACKHOLE_EVENT_HELD] = "held",
	};
	struct ground *g = arg;
	char prefix[PREFIX_STRLEN], text[256];

	assert_ptr_equal(victim_find(blackhole_victims(g->blackhole),
			     &e->victim->prefix),
	    e->victim);
	snprintf(text, sizeof(text), "%s %s %s %zu by %s\n", names[e->type],
	    prefix_print(&e->victim->prefix, prefix), e->claim->owner->name,
	    e->left, e->caller != NULL ? e->caller->user : "itself");
	strlcat(g->events, text, sizeof(g->events));
}

static inline void
on_nothing(void *arg, enum channel_type type, struct wire_in body)
{
	(void)arg;
	(void)type;
	(void)body;
	fail_msg("the keeper says nothing here");
}

static inline void
on_close(void *arg)
{
	(void)arg;
}

static inline void
fill_config(struct ground *g)
{
	struct config *config = &g->config;

	g->aggregates[0] = given_prefix("203.0.113.0/24");
	g->never[0] = given_prefix("203.0.113.250");
	config->router_id = 0xc0000201;
	config->aggregates.items = g->aggregates;
	config->aggregates.count = 1;
	config->blackhole.never.items = g->never;
	config->blackhole.never.count = 1;
	config->blackhole.min_length[FAMILY_IPV4] = 32;
	config->blackhole.default_ttl_s = 3600;
	config->blackhole.max_ttl_s = 86400;
	config->blackhole.max_victims = 10;
	config->blackhole.allow_permanent = true;
	config->neighbors = g->neighbors;
	config->neighbor_count = 2;
	for (int i = 0; i < 2; i++) {
		struct config_neighbor *n = &g->neighbors[i];

		snprintf(n->name, sizeof(n->name), "%c", 'a' + i);
		n->address = given_prefix(i == 0 ? "192.0.2.2" : "192.0.2.3");
		n->announce = ANNOUNCE_BLACKHOLES;
		n->families = FAMILY_BIT(FAMILY_IPV4);
	}
}

static inline void
fill_callers(struct ground *g)
{
	strlcpy(g->operator.user, "noc", sizeof(g->operator.user));
	g->operator.role = ACCESS_OPERATOR;
	strlcpy(g->detector.user, "fastnetmon", sizeof(g->detector.user));
	g->detector.role = ACCESS_DETECTOR;
	g->detector.rule = &g->rule;
}

static inline void
ground_init_links(struct ground *g)
{
	struct link_events ours = { .on_message = on_nothing,
		.on_close = on_close };
	struct link_events keepers = { .on_message = on_commit,
		.on_close = on_close,
		.arg = g };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	g->ours = link_new(g->base, fds[0], &ours);
	g->keepers = link_new(g->base, fds[1], &keepers);
	assert_non_null(g->ours);
	assert_non_null(g->keepers);
}

static inline void
ground_init(struct ground *g)
{
	struct blackhole_parts parts = { .config = &g->config,
		.reserve_slots = reserve_slots,
		.on_route = on_route,
		.on_event = on_event,
		.settings = &g->settings,
		.arg = g };

	*g = (struct ground){ .base = event_base_new(), .rib = rib_new() };
	fill_config(g);
	fill_callers(g);
	ground_init_links(g);
	g->pending = pending_new(g->base);
	assert_non_null(g->pending);
	pending_set_link(g->pending, g->ours);
	parts.base = g->base;
	parts.rib = g->rib;
	parts.pending = g->pending;
	g->blackhole = blackhole_new(&parts);
	assert_non_null(g->blackhole);
}

static inline void
ground_fini(struct ground *g)
{
	blackhole_free(g->blackhole);
	pending_free(g->pending);
	link_free(g->ours);
	link_free(g->keepers);
	rib_free(g->rib);
	settings_fini(&g->settings);
	event_base_free(g->base);
}

static inline const struct victim *
find(const struct ground *g, const char *text)
{
	struct prefix p = given_prefix(text);

	return victim_find(blackhole_victims(g->blackhole), &p);
}

static inline size_t
count(const struct ground *g)
{
	return victim_set_count(blackhole_victims(g->blackhole));
}

static inline int
try_add(struct ground *g, const struct caller *caller, const char *prefix,
    struct wish wish)
{
	wish.prefix = given_prefix(prefix);
	return blackhole_add(g->blackhole, caller, &wish, &g->result, &g->why);
}

static inline void
add(struct ground *g, const char *owner, const char *prefix, struct wish wish)
{
	wish.owner = owner;
	assert_int_equal(try_add(g, &g->operator, prefix, wish), 0);
}

static inline int
try_withdraw(struct ground *g, const char *prefix, const char *owner)
{
	struct unwish unwish = { .prefix = given_prefix(prefix),
		.owner = owner,
		.all_owners = owner != NULL && strcmp(owner, "*") == 0 };

	return blackhole_withdraw(g->blackhole, &g->operator, & unwish,
	    &g->result, &g->why);
}

/* What was stored since the last time. */
static inline void
check_stored(struct ground *g, const char *expected)
{
	fake_turn(g->base);
	assert_string_equal(g->stored, expected);
	g->stored[0] = '\0';
}

/* What was written into the history since the last time. */
static inline void
check_history(struct ground *g, const char *expected)
{
	fake_turn(g->base);
	assert_string_equal(g->history, expected);
	g->history[0] = '\0';
}

static inline void
check_events(struct ground *g, const char *expected)
{
	assert_string_equal(g->events, expected);
	g->events[0] = '\0';
}

static inline void
check_routes(struct ground *g, const char *expected)
{
	assert_string_equal(g->routes, expected);
	g->routes[0] = '\0';
}

static inline void
check_refused(const struct ground *g, int rc, enum reason reason,
    const char *message)
{
	assert_int_equal(rc, -1);
	assert_string_equal(reason_name(g->why.reason), reason_name(reason));
	assert_non_null(strstr(g->why.message, message));
}

static const struct wish plain;

#endif
