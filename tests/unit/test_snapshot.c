/*
 * A subscriber with a snapshot under thousands of random changes: it believes
 * what it hears, and once snapshot.end has come it must believe exactly what
 * is so, of the changed victim after each change, and of all others now and
 * then; nothing is told to it twice, no number is missing.  The seeds are fixed
 * and printed.
 */
#include "blackhole_ground.h"

#include "log.h"
#include "method.h"
#include "metrics.h"
#include "snapshot.h"
#include "speaker_events.h"
#include "speaker_internal.h"
#include "victim_json.h"

#define SEEDS 20
#define STEPS 1500
#define STEPS_TO_CHECK_ALL 50
#define PREFIXES 60
#define OWNERS 3

struct model {
	struct ground ground;
	struct speaker speaker; /* no more of it than events need */
	struct feed_subscriber *subscriber;
	struct snapshot snapshot;
	json_t *believed; /* prefix to victim, of what was heard */
	json_int_t seq;
	size_t heard;
	bool ended; /* snapshot.end has come */
	uint32_t random;
};

static uint32_t
below(struct model *m, uint32_t n)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 17;
	m->random ^= m->random << 5;
	return m->random % n;
}

static const char *
text_of(const json_t *params, const char *key)
{
	return json_string_value(json_object_get(params, key));
}

/* A snapshot's victim is one that was never heard of. */
static void
believe(struct model *m, const json_t *params)
{
	const char *prefix = text_of(params, "prefix");
	json_t *victim = json_object_get(params, "victim");

	if (json_object_get(params, "owner") == NULL)
		assert_null(json_object_get(m->believed, prefix));
	if (json_is_null(victim)) {
		assert_non_null(json_object_get(m->believed, prefix));
		json_object_del(m->believed, prefix);
	} else {
		assert_true(json_is_object(victim));
		json_object_set(m->believed, prefix, victim);
	}
}

static bool
on_line(void *arg, const char *line, size_t len)
{
	json_t *message = json_loadb(line, len, 0, NULL);
	json_t *params = json_object_get(message, "params");
	const char *type = text_of(params, "type");
	struct model *m = arg;

	assert_non_null(type);
	assert_int_equal(json_integer_value(json_object_get(params, "seq")),
	    ++m->seq);
	m->heard++;
	if (strcmp(type, "snapshot.end") == 0)
		m->ended = true;
	else
		believe(m, params);
	json_decref(message);
	return true;
}

static bool
lets(void *arg, enum feed_type type, const struct prefix *victim)
{
	struct model *m = arg;

	return snapshot_lets(&m->snapshot, type, victim);
}

static void
init(struct model *m, uint32_t seed)
{
	*m = (struct model){ .random = seed, .believed = json_object() };
	ground_init(&m->ground);
	m->ground.config.blackhole.max_victims = PREFIXES;
	m->speaker.feed = feed_new();
	m->speaker.metrics = metrics_new();
	assert_non_null(m->speaker.feed);
	assert_non_null(m->speaker.metrics);
	m->speaker.rib = m->ground.rib;
	m->speaker.env = (struct method_env){
		.blackhole = m->ground.blackhole,
		.pending = m->ground.pending,
		.feed = m->speaker.feed,
	};
}

static void
fini(struct model *m)
{
	feed_unsubscribe(m->subscriber);
	feed_free(m->speaker.feed);
	metrics_free(m->speaker.metrics);
	json_decref(m->believed);
	ground_fini(&m->ground);
}

static void
subscribe(struct model *m, uint32_t types)
{
	const struct feed_listener listener = { .line = on_line,
		.lets = lets,
		.arg = m };

	m->subscriber = feed_subscribe(m->speaker.feed, types, &listener);
	assert_non_null(m->subscriber);
	snapshot_begin(&m->snapshot, types);
}

/* As many victims are believed in as there are, and so is this one. */
static void
check_belief_in(const struct model *m, const char *prefix)
{
	const struct victim_set *set = blackhole_victims(m->ground.blackhole);
	const struct victim *v = find(&m->ground, prefix);
	const json_t *believed = json_object_get(m->believed, prefix);
	json_t *victim;

	assert_int_equal(json_object_size(m->believed), victim_set_count(set));
	if (v == NULL) {
		assert_null(believed);
		return;
	}
	victim = victim_json(&m->speaker.env, v, clock_now_ms());
	assert_non_null(victim);
	assert_true(json_equal(victim, believed));
	json_decref(victim);
}

/* The believed victims are those of the set, member by member. */
static void
check_belief(const struct model *m)
{
	const struct victim_set *set = blackhole_victims(m->ground.blackhole);
	char text[PREFIX_STRLEN];

	assert_int_equal(json_object_size(m->believed), victim_set_count(set));
	for (struct victim *v = victim_from(set, NULL); v != NULL;
	     v = victim_next(v))
		check_belief_in(m, prefix_print(&v->prefix, text));
}

/* The ground tells nobody: this stands in for the speaker's wiring. */
static void
tell(struct model *m, enum blackhole_event_type type, const struct victim *v,
    const struct claim *c, size_t left)
{
	const struct blackhole_event event = { .type = type,
		.victim = v,
		.claim = c,
		.left = left,
		.caller = &m->ground.operator};

	speaker_event_tell_victim(&m->speaker, &event);
}

static void
add_one(struct model *m, const char *prefix, const char *owner)
{
	enum blackhole_event_type type;
	const struct victim *v;

	add(&m->ground, owner, prefix, plain);
	type = m->ground.result.outcome == BLACKHOLE_ADDED
	    ? BLACKHOLE_EVENT_ADDED
	    : BLACKHOLE_EVENT_REFRESHED;
	v = m->ground.result.victim;
	tell(m, type, v, victim_claim(v, owner), v->claim_count);
}

/* Its end is told while it is still in the set, as blackhole.c does. */
static void
withdraw_one(struct model *m, const char *prefix, const char *owner)
{
	const struct victim *v = find(&m->ground, prefix);
	const struct claim *c = v != NULL ? victim_claim(v, owner) : NULL;
	bool last = c != NULL && v->claim_count == 1;

	if (c == NULL)
		return;
	if (last)
		tell(m, BLACKHOLE_EVENT_WITHDRAWN, v, c, 0);
	assert_int_equal(try_withdraw(&m->ground, prefix, owner), 0);
	v = find(&m->ground, prefix);
	if (!last)
		tell(m, BLACKHOLE_EVENT_WITHDRAWN, v, TAILQ_FIRST(&v->claims),
		    v->claim_count);
}

static void
change(struct model *m, char prefix[PREFIX_STRLEN])
{
	static const char *const owners[OWNERS] = { "a", "b", "c" };
	const char *owner = owners[below(m, OWNERS)];

	snprintf(prefix, PREFIX_STRLEN, "203.0.113.%u/32",
	    below(m, PREFIXES) + 1);
	if (below(m, 2) == 0)
		add_one(m, prefix, owner);
	else
		withdraw_one(m, prefix, owner);
	m->ground.routes[0] = m->ground.stored[0] = '\0';
	fake_turn(m->ground.base);
}

static void
next_piece(struct model *m, size_t bytes)
{
	if (m->snapshot.stage != SNAPSHOT_NONE)
		assert_int_equal(snapshot_next(&m->snapshot, &m->speaker.env,
				     m->subscriber, bytes),
		    0);
}

static void
run(uint32_t seed)
{
	uint32_t pace; /* changes for each piece of the snapshot */
	char changed[PREFIX_STRLEN];
	struct model m;

	init(&m, seed);
	pace = 1 + below(&m, 8);
	for (int i = 0; i < 100; i++)
		change(&m, changed);
	subscribe(&m, FEED_ALL);
	for (int i = 0; i < STEPS; i++) {
		change(&m, changed);
		if (below(&m, pace) == 0)
			next_piece(&m, 1 + below(&m, 2000));
		if (m.ended && i % STEPS_TO_CHECK_ALL == 0)
			check_belief(&m);
		else if (m.ended)
			check_belief_in(&m, changed);
	}
	assert_true(m.ended);
	check_belief(&m);
	assert_int_equal(m.snapshot.stage, SNAPSHOT_NONE);
	fini(&m);
}

static void
test_model(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		print_message("  seed %u\n", seed);
		run(seed * 2654435761U);
	}
}

/* Without changes: each victim once, and the end, in pieces of one. */
static void
test_pieces(void **state)
{
	struct model m;

	(void)state;
	init(&m, 1);
	add_one(&m, ONE, "a");
	add_one(&m, TWO, "a");
	subscribe(&m, FEED_ALL);
	next_piece(&m, 1);
	assert_int_equal(m.heard, 1);
	next_piece(&m, 1);
	assert_int_equal(m.heard, 3);
	assert_true(m.ended);
	check_belief(&m);
	fini(&m);
}

/* Who does not want victim.added is told no victim, and misses no event. */
static void
test_types(void **state)
{
	struct model m;

	(void)state;
	init(&m, 1);
	add_one(&m, ONE, "a");
	subscribe(&m, FEED_BIT(FEED_VICTIM_REFRESHED));
	add_one(&m, ONE, "a");
	assert_int_equal(m.heard, 1);
	next_piece(&m, 1);
	assert_int_equal(m.heard, 2);
	assert_true(m.ended);
	fini(&m);
}

/* What the first piece tells is held back before it, and told after it. */
static void
test_what_is_let_through(void **state)
{
	static const struct {
		const char *name;
		enum feed_type type;
		bool begin, victims, end;
	} cases[] = {
		{ "neighbor.up", FEED_NEIGHBOR_UP, false, true, true },
		{ "neighbor.down", FEED_NEIGHBOR_DOWN, false, true, true },
		{ "storage.failed", FEED_STORAGE_FAILED, false, true, true },
		{ "storage.recovered", FEED_STORAGE_RECOVERED, false, true,
		    true },
		{ "daemon.stopping", FEED_DAEMON_STOPPING, true, true, true },
		{ "daemon.reloaded", FEED_DAEMON_RELOADED, true, true, true },
	};
	struct snapshot s;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		snapshot_begin(&s, FEED_ALL);
		assert_int_equal(snapshot_lets(&s, cases[i].type, NULL),
		    cases[i].begin);
		s.stage = SNAPSHOT_VICTIMS;
		assert_int_equal(snapshot_lets(&s, cases[i].type, NULL),
		    cases[i].victims);
		s.stage = SNAPSHOT_NONE;
		assert_int_equal(snapshot_lets(&s, cases[i].type, NULL),
		    cases[i].end);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_what_is_let_through),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
