/*
 * Requests, time and a store that fails, at random: whatever happened, once
 * the store works again it holds what stands, and nothing else.  A commit that
 * failed or came late may have been stored or not.
 */
#include "blackhole_ground.h"
#include "blackhole_internal.h"
#include "log.h"

#define PREFIXES 6
#define OWNERS 3
#define STEPS 3000
#define SEEDS 40

/* What the store has. */
struct kept_claim {
	bool there, held;
	int64_t expires_wall_ms;
	char reason[32];
};
struct kept_recurrence {
	bool there;
	uint32_t count;
	int64_t ended_wall_ms;
};

static struct kept_claim kept[PREFIXES][OWNERS];
static struct kept_recurrence recurrences[PREFIXES];
static uint32_t seed;
static bool is_sound;  /* the store answers, and stores everything */
static bool is_stored; /* what hangs has been stored */

static const char *const owners[OWNERS] = { "noc", "fastnetmon", "cron" };

static uint32_t
any(uint32_t below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

static struct prefix
prefix_of(uint32_t which)
{
	struct prefix p = given_prefix("203.0.113.0");

	p.addr[3] = (uint8_t)(10 + which);
	return p;
}

static void
keep_claim(const struct stored_claim *c)
{
	int owner = 0;
	struct kept_claim *k;

	while (owner < OWNERS - 1 && strcmp(owners[owner], c->owner) != 0)
		owner++;
	k = &kept[c->prefix.addr[3] - 10][owner];
	k->there = !c->ended;
	k->held = c->held;
	k->expires_wall_ms = c->expires_wall_ms;
	strlcpy(k->reason, c->reason, sizeof(k->reason));
}

static void
keep_recurrence(const struct stored_recurrence *r)
{
	struct kept_recurrence *k = &recurrences[r->prefix.addr[3] - 10];

	k->there = !r->forgotten;
	k->count = r->count;
	k->ended_wall_ms = r->ended_wall_ms;
}

static void
store(struct wire_in records)
{
	struct record r;
	int rc;

	while ((rc = channel_get_record(&records, &r)) == 1) {
		if (r.kind == RECORD_CLAIM)
			keep_claim(&r.claim);
		else if (r.kind == RECORD_RECURRENCE)
			keep_recurrence(&r.recurrence);
	}
	assert_int_equal(rc, 0);
}

/* It is stored and answered, or fails, or hangs; stored all the same or not. */
static void
keep_commit(struct ground *g, struct wire_in records)
{
	uint32_t how = is_sound ? 0 : any(6);

	is_stored = how < 3 || any(2) == 0;
	if (is_stored)
		store(records);
	g->hangs = how == 5;
	g->fails = how >= 3 ? "disk full" : NULL;
	if (!g->hangs)
		answer_commit(g);
}

static void
add_any(struct ground *g)
{
	static const char *const reasons[] = { NULL, "flood", "scan" };
	struct wish wish = { .prefix = prefix_of(any(PREFIXES)),
		.owner = owners[any(OWNERS)],
		.has_ttl = any(2) == 0,
		.ttl_s = 1 + any(60),
		.reason = reasons[any(3)] };
	struct caller *caller = any(2) == 0 ? &g->operator: & g->detector;

	(void)blackhole_add(g->blackhole, caller, &wish, &g->result, &g->why);
}

static void
withdraw_any(struct ground *g)
{
	struct unwish unwish = { .prefix = prefix_of(any(PREFIXES)),
		.owner = owners[any(OWNERS)],
		.all_owners = any(4) == 0,
		.hold = any(3) == 0,
		.now = any(4) == 0 };
	struct caller *caller = any(2) == 0 ? &g->operator: & g->detector;

	(void)blackhole_withdraw(g->blackhole, caller, &unwish, &g->result,
	    &g->why);
}

static void
exempt_any(struct ground *g)
{
	struct exemption e = { .prefix = prefix_of(any(PREFIXES)),
		.since_ms = clock_now_ms(),
		.expires_ms = clock_now_ms() + 3000 };
	size_t withdrawn;
	uint64_t commit;

	assert_int_equal(blackhole_exempt(g->blackhole, &g->operator, & e,
			     &withdrawn, &commit, &g->why),
	    0);
}

/* Only what was stored is told to be. */
static void
answer_late(struct ground *g)
{
	g->hangs = false;
	g->fails = is_stored && any(2) == 0 ? NULL : "it was late";
	answer_commit(g);
}

static void
step(struct ground *g)
{
	switch (any(8)) {
	case 0:
	case 1:
	case 2:
		add_any(g);
		return;
	case 3:
	case 4:
		withdraw_any(g);
		return;
	case 5:
		if (any(10) == 0)
			exempt_any(g);
		return;
	case 6:
		if (g->hangs && any(3) == 0)
			answer_late(g);
		return;
	default:
		fake_pass(g->base, any(3000));
	}
}

static void
check_claims(const struct victim *v, uint32_t which)
{
	for (int i = 0; i < OWNERS; i++) {
		const struct kept_claim *k = &kept[which][i];
		const struct claim *c =
		    v != NULL ? victim_claim(v, owners[i]) : NULL;

		assert_int_equal(k->there, c != NULL);
		if (c == NULL)
			continue;
		assert_int_equal(k->held, c->held);
		assert_int_equal(k->expires_wall_ms,
		    clock_to_wall(c->expires_ms));
		assert_string_equal(k->reason, c->reason);
	}
}

static void
check_recurrence(const struct ground *g, const struct victim *v, uint32_t which)
{
	const struct kept_recurrence *k = &recurrences[which];
	struct prefix p = prefix_of(which);
	int64_t ended_ms = 0;
	uint32_t times = 0;
	bool known =
	    holddown_find(g->blackhole->holddown, &p, &times, &ended_ms);

	if (v != NULL) {
		assert_false(known);
		assert_int_equal(k->there, v->recurrences > 0);
		assert_true(!k->there || k->count == v->recurrences);
		assert_true(!k->there || k->ended_wall_ms == -1);
		return;
	}
	assert_int_equal(k->there, known);
	assert_true(!known || k->count == times);
	assert_true(!known || k->ended_wall_ms == clock_to_wall(ended_ms));
}

static void
check_all(struct ground *g)
{
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct prefix p = prefix_of(i);
		const struct victim *v =
		    victim_find(blackhole_victims(g->blackhole), &p);

		check_claims(v, i);
		check_recurrence(g, v, i);
		assert_true(
		    v == NULL || v->held_until_ms == 0 || v->claim_count == 1);
	}
}

/* The store works from now on, and all that waits goes there. */
static void
settle(struct ground *g)
{
	is_sound = true;
	if (g->hangs)
		answer_late(g);
	for (int i = 0; i < 100 && pending_count(g->pending) > 0; i++)
		fake_pass(g->base, 1000);
	assert_int_equal(pending_count(g->pending), 0);
	assert_string_equal(pending_trouble(g->pending), "");
}

static void
test_model(void **state)
{
	(void)state;
	for (uint32_t first = 1; first <= SEEDS; first++) {
		struct ground g;

		seed = first;
		printf("seed %u\n", seed);
		ground_init(&g);
		memset(kept, 0, sizeof(kept));
		memset(recurrences, 0, sizeof(recurrences));
		g.keep_commit = keep_commit;
		g.config.blackhole.hold_down.min_s = 5;
		g.config.blackhole.hold_down.max_s = 40;
		g.config.blackhole.hold_down.window_s = 100;
		for (int i = 0; i < STEPS; i++) {
			is_sound = i % 200 < 50;
			if (i % 100 == 0)
				g.config.state.on_failure = any(2) == 0
				    ? ON_FAILURE_ANNOUNCE
				    : ON_FAILURE_REFUSE;
			step(&g);
			if (i % 200 == 49) {
				settle(&g);
				check_all(&g);
			}
		}
		settle(&g);
		check_all(&g);
		ground_fini(&g);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
