/*
 * Two neighbors' ribouts over one rib under thousands of random changes.  Each
 * neighbor here keeps a table of what the messages told it; whenever nothing
 * is left to be sent, that table must be what it should have, no more and no
 * less; at no time it has more prefixes than it takes.  What it acknowledges
 * is delivered, and nothing else.  Seeded, so that a failure comes again.
 */
#include "decoded.h"

#include "ribout.h"

#define PREFIXES 24
#define NEIGHBORS 2
#define STEPS 20000
#define SEEDS 8
#define BOTH (ANNOUNCE_AGGREGATES | ANNOUNCE_BLACKHOLES)
#define ALL_FAMILIES (FAMILY_BIT(FAMILY_IPV4) | FAMILY_BIT(FAMILY_IPV6))

/* What a neighbor believes of one prefix. */
struct belief {
	bool present, blackhole, stale;
	uint32_t med;
	uint64_t end; /* the octet with which its last UPDATE ended */
};

struct peer {
	struct config_neighbor config;
	struct ribout *ribout;
	struct ribout_exports exports;
	bool up, enhanced, held;
	uint64_t octets, acknowledged; /* of the session */
	bool keeps;		       /* what it has, over a lost session */
	uint32_t limit[FAMILIES];
	bool in_refresh[FAMILIES], ended[FAMILIES];
	struct belief beliefs[PREFIXES];
};

/* What is true of one prefix. */
struct truth {
	struct prefix prefix;
	bool stands;
	struct victim *victim; /* NULL: an aggregate */
	uint32_t slot;
};

struct model {
	uint32_t random;
	struct rib *rib;
	struct victim_set *victims;
	struct truth truths[PREFIXES];
	struct peer peers[NEIGHBORS];
};

/* xorshift32 */
static uint32_t
pick(struct model *m, uint32_t n)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 17;
	m->random ^= m->random << 5;
	return m->random % n;
}

static void
fill_exports(struct peer *peer, uint32_t med)
{
	for (int kind = 0; kind < ROUTE_KINDS; kind++) {
		for (int f = 0; f < FAMILIES; f++) {
			struct attr_set *attrs = &peer->exports.attrs[kind][f];

			peer->exports.on[kind][f] = true;
			*attrs = (struct attr_set){ .family = (uint8_t)f,
				.has_med = true,
				.med = med };
			attrs->next_hop = given_prefix(
			    f == FAMILY_IPV4 ? "192.0.2.1" : "2001:db8::1");
			attrs->communities.count = kind == ROUTE_BLACKHOLE;
			attrs->communities.values[0] = COMMUNITY_BLACKHOLE;
		}
	}
}

static void
model_init(struct model *m, uint32_t seed)
{
	char text[PREFIX_STRLEN];

	*m = (struct model){ .random = seed,
		.rib = rib_new(),
		.victims = victim_set_new() };
	assert_non_null(m->rib);
	assert_non_null(m->victims);
	for (int i = 0; i < PREFIXES; i++) {
		snprintf(text, sizeof(text),
		    i % 2 == 0 ? "203.0.113.%d" : "2001:db8:100::%d", i + 1);
		m->truths[i].prefix = given_prefix(text);
	}
	for (int i = 0; i < NEIGHBORS; i++) {
		struct peer *peer = &m->peers[i];

		snprintf(peer->config.name, sizeof(peer->config.name), "%c",
		    'a' + i);
		peer->config.announce = BOTH;
		peer->config.families = ALL_FAMILIES;
		peer->ribout = ribout_new(m->rib, &peer->config);
		peer->limit[0] = peer->limit[1] = RIBOUT_NO_LIMIT;
		assert_non_null(peer->ribout);
		fill_exports(peer, 1);
	}
}

static void
model_fini(struct model *m)
{
	for (int i = 0; i < NEIGHBORS; i++)
		ribout_free(m->peers[i].ribout);
	rib_free(m->rib);
	victim_set_free(m->victims);
}

static void
touch(struct model *m, const struct truth *t)
{
	for (int i = 0; i < NEIGHBORS; i++)
		ribout_touch(m->peers[i].ribout, t->slot);
	rib_collect(m->rib, t->slot);
}

static void
begin_route(struct model *m, struct truth *t)
{
	static const char *const lists[] = { NULL, "a", "b", "a,b" };

	t->victim = NULL;
	if (pick(m, 4) > 0) {
		t->victim = victim_new(&t->prefix);
		assert_non_null(t->victim);
		t->victim->since_ms = pick(m, 1000);
		victim_set_insert(m->victims, t->victim);
		victim_add_claim(m->victims, t->victim,
		    claim_new(m->victims, "noc", "", lists[pick(m, 4)]));
		t->victim->suppressed =
		    pick(m, 8) == 0 ? REASON_PROTECTED : REASON_NONE;
	}
	assert_int_equal(rib_reserve(m->rib, 1), 0);
	for (int i = 0; i < NEIGHBORS; i++)
		assert_int_equal(ribout_reserve(m->peers[i].ribout), 0);
	t->slot = rib_add(m->rib, &t->prefix, t->victim);
	t->stands = true;
	touch(m, t);
}

static void
end_route(struct model *m, struct truth *t)
{
	t->stands = false;
	rib_end(m->rib, t->slot);
	touch(m, t);
	if (t->victim != NULL) {
		victim_set_remove(m->victims, t->victim);
		victim_free(m->victims, t->victim);
	}
}

static void
change_route(struct model *m, struct truth *t)
{
	if (!t->stands) {
		begin_route(m, t);
	} else if (t->victim != NULL && pick(m, 3) == 0) {
		t->victim->suppressed = t->victim->suppressed == REASON_NONE
		    ? REASON_PROTECTED
		    : REASON_NONE;
		touch(m, t);
	} else if (pick(m, 3) == 0) {
		if (t->victim != NULL && pick(m, 4) == 0)
			t->victim->since_ms = pick(m, 1000);
		touch(m, t);
	} else {
		end_route(m, t);
	}
}

static void
go_up(struct model *m, struct peer *peer)
{
	if (peer->keeps && pick(m, 4) == 0) {
		ribout_stop(peer->ribout);
		memset(peer->beliefs, 0, sizeof(peer->beliefs));
	}
	peer->octets = peer->acknowledged = 0;
	assert_int_equal(ribout_start(peer->ribout, &peer->exports,
			     ALL_FAMILIES, BGP_MESSAGE_MAX),
	    0);
	peer->up = true;
	peer->enhanced = pick(m, 3) > 0;
}

/* keeps: the neighbor keeps what it has, until the next session tells it. */
static void
go_down(struct peer *peer, bool keeps)
{
	if (keeps)
		ribout_pause(peer->ribout);
	else
		ribout_stop(peer->ribout);
	peer->up = false;
	peer->keeps = keeps;
	memset(peer->in_refresh, 0, sizeof(peer->in_refresh));
	memset(peer->ended, 0, sizeof(peer->ended));
	if (!keeps)
		memset(peer->beliefs, 0, sizeof(peer->beliefs));
	for (int i = 0; i < PREFIXES; i++)
		peer->beliefs[i].stale = peer->beliefs[i].present;
}

static void
change_limit(struct model *m, struct peer *peer)
{
	enum family family = (enum family)pick(m, FAMILIES);

	peer->limit[family] =
	    pick(m, 3) == 0 ? RIBOUT_NO_LIMIT : pick(m, PREFIXES / 2);
	ribout_set_limit(peer->ribout, family, peer->limit[family]);
}

/* A reload: other attributes, or other routes that the neighbor is to get. */
static void
change_config(struct model *m, struct peer *peer)
{
	static const uint8_t announce[] = { BOTH, BOTH, ANNOUNCE_AGGREGATES,
		ANNOUNCE_BLACKHOLES };

	peer->config.announce = announce[pick(m, 4)];
	fill_exports(peer, 1 + pick(m, 3));
	assert_int_equal(ribout_update(peer->ribout, &peer->exports), 0);
}

static void
change_peer(struct model *m, struct peer *peer)
{
	switch (pick(m, 8)) {
	case 0:
		if (peer->up)
			go_down(peer, pick(m, 2) == 0);
		else
			go_up(m, peer);
		break;
	case 1:
		peer->held = !peer->held;
		ribout_hold_end_of_rib(peer->ribout, peer->held);
		break;
	case 2:
		change_config(m, peer);
		break;
	case 3:
	case 4:
		change_limit(m, peer);
		break;
	default:
		ribout_refresh(peer->ribout, (enum family)pick(m, FAMILIES),
		    peer->enhanced);
	}
}

static struct belief *
belief_of(struct model *m, struct peer *peer, const struct prefix *p)
{
	for (int i = 0; i < PREFIXES; i++)
		if (prefix_cmp(&m->truths[i].prefix, p) == 0)
			return &peer->beliefs[i];
	fail_msg("a prefix that never was");
	return NULL;
}

static void
hear_routes(struct model *m, struct peer *peer, const struct decoded *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct belief *b = belief_of(m, peer, &d->prefixes[i]);

		if (d->kind == DECODED_WITHDRAW)
			assert_true(b->present);
		*b = (struct belief){ .present = d->kind == DECODED_ANNOUNCE,
			.blackhole = d->blackhole,
			.med = d->med,
			.end = peer->octets };
	}
}

static void
hear_end_of_rib(struct peer *peer, enum family family)
{
	assert_false(peer->held);
	assert_false(peer->ended[family]);
	peer->ended[family] = true;
}

/* RFC 7313, section 4: from BoRR on all is stale; at EoRR it goes. */
static void
hear_refresh(struct model *m, struct peer *peer, const struct decoded *d)
{
	bool begins = d->kind == DECODED_BORR;

	assert_true(peer->enhanced);
	assert_true(peer->ended[d->family]);
	if (!begins)
		assert_true(peer->in_refresh[d->family]);
	peer->in_refresh[d->family] = begins;
	for (int i = 0; i < PREFIXES; i++) {
		struct belief *b = &peer->beliefs[i];

		if (m->truths[i].prefix.family != d->family)
			continue;
		if (begins)
			b->stale = b->present;
		else if (b->stale)
			b->present = b->stale = false;
	}
}

/* It never has more than it takes, but for aggregates. */
static void
check_limits(const struct model *m, const struct peer *peer)
{
	uint32_t all[FAMILIES] = { 0 }, blackholes[FAMILIES] = { 0 };

	for (int i = 0; i < PREFIXES; i++) {
		const struct belief *b = &peer->beliefs[i];
		int family = m->truths[i].prefix.family;

		all[family] += b->present;
		blackholes[family] += b->present && b->blackhole;
	}
	for (int f = 0; f < FAMILIES; f++)
		assert_true(blackholes[f] == 0 || all[f] <= peer->limit[f]);
}

/* ribout_progress's: the neighbor has the UPDATE that told of it last. */
static void
on_delivered(void *arg, uint32_t slot)
{
	struct peer *peer = arg;
	int64_t at_ms;

	assert_int_not_equal(ribout_state_of(peer->ribout, slot, &at_ms),
	    RIBOUT_SENT);
}

/* The neighbor acknowledges some of what is under way, or all. */
static void
acknowledge(struct peer *peer, uint64_t octets)
{
	struct ribout_octets so_far = { .written = peer->octets };

	if (peer->acknowledged < octets)
		peer->acknowledged = octets;
	so_far.acknowledged = peer->acknowledged;
	ribout_progress(peer->ribout, &so_far, 2, on_delivered, peer);
}

/* Whether there was a message. */
static bool
hear(struct model *m, struct peer *peer)
{
	struct wire_out out;
	struct decoded d;
	bool any;

	wire_out_init(&out, BGP_MESSAGE_MAX);
	any = ribout_next(peer->ribout, &out, peer->octets, 1);
	if (any) {
		decoded_init(&d, &out);
		peer->octets += out.len;
		assert_int_equal(ribout_queued(peer->ribout), peer->octets);
		if (d.kind == DECODED_END_OF_RIB)
			hear_end_of_rib(peer, d.family);
		else if (d.kind > DECODED_WITHDRAW)
			hear_refresh(m, peer, &d);
		else
			hear_routes(m, peer, &d);
		if (d.kind == DECODED_ANNOUNCE)
			check_limits(m, peer);
		decoded_fini(&d);
		acknowledge(peer, pick(m, (uint32_t)peer->octets + 1));
	}
	wire_out_fini(&out);
	return any;
}

static bool
should_have(const struct peer *peer, const struct truth *t)
{
	if (!peer->up || !t->stands)
		return false;
	if (t->victim == NULL)
		return (peer->config.announce & ANNOUNCE_AGGREGATES) != 0;
	return (peer->config.announce & ANNOUNCE_BLACKHOLES) != 0 &&
	    t->victim->suppressed == REASON_NONE &&
	    victim_wants_neighbor(t->victim, peer->config.name);
}

static void
check_present(const struct peer *peer, const struct truth *t,
    const struct belief *b)
{
	bool delivered = peer->acknowledged >= b->end;
	enum ribout_state state;
	int64_t at_ms;

	assert_false(b->stale);
	assert_int_equal(b->blackhole, t->victim != NULL);
	assert_int_equal(b->med, peer->exports.attrs[0][0].med);
	state = ribout_state_of(peer->ribout, t->slot, &at_ms);
	assert_int_equal(state, delivered ? RIBOUT_DELIVERED : RIBOUT_SENT);
	assert_int_equal(at_ms, delivered ? 2 : 1);
}

/* It should have it and has not: only for want of a place. */
static void
check_missing(const struct peer *peer, const struct truth *t)
{
	enum family family = t->prefix.family;
	int64_t at_ms;

	assert_non_null(t->victim);
	assert_true(
	    ribout_announced(peer->ribout, family) >= peer->limit[family]);
	assert_int_equal(ribout_state_of(peer->ribout, t->slot, &at_ms),
	    RIBOUT_OVER_LIMIT);
}

/* Nothing is left to be sent: belief and truth are one. */
static void
check_peer(const struct model *m, const struct peer *peer)
{
	uint32_t counts[FAMILIES] = { 0 }, missing[FAMILIES] = { 0 };

	assert_int_equal(ribout_pending(peer->ribout), 0);
	for (int i = 0; i < PREFIXES; i++) {
		const struct truth *t = &m->truths[i];
		const struct belief *b = &peer->beliefs[i];

		if (!should_have(peer, t)) {
			assert_false(b->present && peer->up);
		} else if (b->present) {
			check_present(peer, t, b);
			counts[t->prefix.family]++;
		} else {
			check_missing(peer, t);
			missing[t->prefix.family]++;
		}
	}
	for (int f = 0; f < FAMILIES; f++) {
		enum family family = (enum family)f;

		assert_int_equal(ribout_announced(peer->ribout, family),
		    counts[f]);
		assert_int_equal(ribout_over_limit(peer->ribout, family),
		    missing[f]);
	}
	if (peer->up && !peer->held)
		assert_true(peer->ended[0] && peer->ended[1]);
}

static void
settle(struct model *m, struct peer *peer)
{
	while (hear(m, peer))
		;
	check_peer(m, peer);
	if (!peer->held)
		assert_false(ribout_has_work(peer->ribout));
	acknowledge(peer, peer->octets);
	check_peer(m, peer);
}

/* When all has ended and both know, no slot is taken. */
static void
check_empty(struct model *m)
{
	for (int i = 0; i < PREFIXES; i++)
		if (m->truths[i].stands)
			end_route(m, &m->truths[i]);
	settle(m, &m->peers[0]);
	go_down(&m->peers[0], false);
	go_down(&m->peers[1], false);
	for (uint32_t slot = 0; slot < rib_slots(m->rib); slot++)
		assert_null(rib_route(m->rib, slot));
}

static void
run(uint32_t seed)
{
	struct model m;

	model_init(&m, seed);
	for (int i = 0; i < STEPS; i++) {
		struct peer *peer = &m.peers[pick(&m, NEIGHBORS)];

		switch (pick(&m, 8)) {
		case 0:
			settle(&m, peer);
			break;
		case 1:
			change_peer(&m, peer);
			break;
		case 2:
		case 3:
			hear(&m, peer);
			break;
		default:
			change_route(&m, &m.truths[pick(&m, PREFIXES)]);
		}
	}
	check_empty(&m);
	model_fini(&m);
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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
