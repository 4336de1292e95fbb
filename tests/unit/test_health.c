/*
 * One verdict over victims and neighbors.  Where a victim stands is given: this
 * file stands in for core/ribout.c.
 */
#include "given.h"

#include "health.h"
#include "ribout.h"

#define NOW_MS 1000000
#define NEIGHBORS_MAX 8
#define VICTIMS_MAX 40

struct ribout {
	enum ribout_state states[VICTIMS_MAX]; /* by slot */
};

enum ribout_state
ribout_state_of(const struct ribout *r, uint32_t slot, int64_t *at_ms)
{
	*at_ms = 0;
	return r->states[slot];
}

struct ground {
	struct victim_set *victims;
	struct ribout ribouts[NEIGHBORS_MAX];
	struct health_neighbor neighbors[NEIGHBORS_MAX];
	struct health_input in;
	struct health health;
	uint32_t slots;
};

static const char *const names[NEIGHBORS_MAX] = { "a", "b", "c", "d", "e", "f",
	"g", "h" };

/* "up", "down", "disabled"; "near", "full" and "limited" are up. */
static void
add_neighbor(struct ground *g, const char *what)
{
	size_t i = g->in.neighbor_count++;
	struct health_neighbor *n = &g->neighbors[i];

	n->name = names[i];
	n->ribout = &g->ribouts[i];
	n->established =
	    strcmp(what, "down") != 0 && strcmp(what, "disabled") != 0;
	n->disabled = strcmp(what, "disabled") == 0;
	n->limited_by_neighbor = strcmp(what, "limited") == 0;
	n->prefix_limit[FAMILY_IPV4] = 10;
	n->announced[FAMILY_IPV4] = strcmp(what, "near") == 0 ? 8 : 7;
}

/*
 * A letter for its state at each neighbor: "d"elivered, "s"ent, "q"ueued,
 * "n" for down, over-"l"imit, "o"ff.  "+" behind them: it is new; "x":
 * suppressed.
 */
static void
add_victim(struct ground *g, const char *what)
{
	static const char letters[] = {
		[RIBOUT_DOWN] = 'n',
		[RIBOUT_OFF] = 'o',
		[RIBOUT_OVER_LIMIT] = 'l',
		[RIBOUT_QUEUED] = 'q',
		[RIBOUT_SENT] = 's',
		[RIBOUT_DELIVERED] = 'd',
	};
	char text[PREFIX_STRLEN];
	struct victim *v;

	snprintf(text, sizeof(text), "203.0.113.%u", g->slots + 1);
	v = given_victim(g->victims, text);
	v->slot = g->slots++;
	v->since_ms = NOW_MS - HEALTH_GRACE_MS;
	for (size_t i = 0; *what != '\0'; what++, i++) {
		const char *found = memchr(letters, *what, sizeof(letters));

		if (*what == '+')
			v->since_ms++;
		else if (*what == 'x')
			v->suppressed = REASON_PROTECTED;
		else
			g->ribouts[i].states[v->slot] =
			    (enum ribout_state)(found - letters);
	}
}

/* Calls add with each word. */
static void
each_word(struct ground *g, const char *words,
    void (*add)(struct ground *, const char *))
{
	char copy[128], *rest = copy, *word;

	strlcpy(copy, words, sizeof(copy));
	while ((word = strsep(&rest, " ")) != NULL)
		if (word[0] != '\0')
			add(g, word);
}

static void
ground_init(struct ground *g, const char *neighbors, const char *victims)
{
	*g = (struct ground){ .victims = victim_set_new() };
	assert_non_null(g->victims);
	g->in = (struct health_input){ .victims = g->victims,
		.neighbors = g->neighbors,
		.store_trouble = "",
		.storage_trouble = "",
		.now_ms = NOW_MS };
	each_word(g, neighbors, add_neighbor);
	each_word(g, victims, add_victim);
}

static void
judge(struct ground *g, char *text, size_t size)
{
	struct health *h = &g->health;

	health_judge(h, &g->in);
	strlcpy(text, health_verdict_name(h->verdict), size);
	for (size_t i = 0; i < h->problem_count; i++) {
		strlcat(text, i == 0 ? ": " : "; ", size);
		strlcat(text, h->problems[i].text, size);
	}
	for (size_t i = 1; i < h->problem_count; i++)
		assert_true(
		    h->problems[i - 1].verdict >= h->problems[i].verdict);
}

static const struct {
	const char *name, *neighbors, *victims, *expected;
	size_t covered, uncovered, suppressed, nowhere;
} cases[] = {
	{ "nothing at all", "", "", "critical: no session stands", 0, 0, 0, 0 },
	{ "no session, no victim", "down", "",
	    "critical: no session stands; a is down", 0, 0, 0, 0 },
	{ "no victim", "up up", "", "ok", 0, 0, 0, 0 },
	{ "all covered", "up up", "dd do od", "ok", 3, 0, 0, 0 },
	{ "one of two sessions", "up down", "dn",
	    "warning: b is down; 203.0.113.1/32 is not covered at every "
	    "neighbor",
	    0, 1, 0, 0 },
	{ "all sessions are down", "down down", "nn",
	    "critical: no session stands; 203.0.113.1/32 is covered nowhere; "
	    "2 sessions are down: a, b",
	    0, 1, 0, 1 },
	{ "its only neighbor is down", "up down", "on dd",
	    "critical: 203.0.113.1/32 is covered nowhere; b is down", 1, 1, 0,
	    1 },
	{ "no neighbor is to have it", "up", "o",
	    "critical: 203.0.113.1/32 is covered nowhere", 0, 1, 0, 1 },
	{ "no neighbor is to have it, and it is new", "up", "o+",
	    "critical: 203.0.113.1/32 is covered nowhere", 0, 1, 0, 1 },
	{ "on its way for long", "up up", "ds sq",
	    "critical: 203.0.113.2/32 is covered nowhere; 203.0.113.1/32 is "
	    "not covered at every neighbor",
	    0, 2, 0, 1 },
	{ "on its way", "up up", "ds+ sq+ qo+", "ok", 0, 3, 0, 2 },
	{ "new, where nothing carries it", "up down", "on+",
	    "critical: 203.0.113.1/32 is covered nowhere; b is down", 0, 1, 0,
	    1 },
	{ "over the limit", "up up", "ll dl",
	    "critical: 203.0.113.1/32 is covered nowhere; 203.0.113.2/32 is "
	    "not covered at every neighbor",
	    0, 2, 0, 1 },
	{ "suppressed", "up", "ox d", "warning: 203.0.113.1/32 is suppressed",
	    1, 0, 1, 0 },
	{ "disabled", "up disabled", "", "warning: b is disabled", 0, 0, 0, 0 },
	{ "limits", "near up limited near", "",
	    "warning: c is limited by Cease/Maximum Prefixes; 2 neighbors are "
	    "near their limit of prefixes: a, d",
	    0, 0, 0, 0 },
};

/* Says so of each neighbor of which it is true. */
static void
find_settled(struct ground *g)
{
	for (size_t i = 0; i < g->in.neighbor_count; i++) {
		struct health_neighbor *n = &g->neighbors[i];

		n->settled = n->established;
		for (uint32_t slot = 0; slot < g->slots; slot++)
			if (n->ribout->states[slot] != RIBOUT_DELIVERED &&
			    n->ribout->states[slot] != RIBOUT_OFF)
				n->settled = false;
	}
}

static void
check_verdict(size_t i, bool settled)
{
	char text[1024];
	struct ground g;

	hex_case(cases[i].name);
	ground_init(&g, cases[i].neighbors, cases[i].victims);
	if (settled)
		find_settled(&g);
	judge(&g, text, sizeof(text));
	assert_string_equal(text, cases[i].expected);
	assert_int_equal(g.health.covered, cases[i].covered);
	assert_int_equal(g.health.uncovered, cases[i].uncovered);
	assert_int_equal(g.health.suppressed, cases[i].suppressed);
	assert_int_equal(g.health.nowhere, cases[i].nowhere);
	victim_set_free(g.victims);
}

/* To know which neighbors are settled changes nothing. */
static void
test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		check_verdict(i, false);
		check_verdict(i, true);
	}
}

static void
test_storage(void **state)
{
	char text[1024];
	struct ground g;

	(void)state;
	ground_init(&g, "up", "d");
	g.in.storage_trouble = "disk full";
	judge(&g, text, sizeof(text));
	assert_string_equal(text, "warning: storage fails: disk full");
	g.in.store_trouble = "the database is kept in x";
	judge(&g, text, sizeof(text));
	assert_string_equal(text,
	    "critical: the database is kept in x; storage fails: disk full");
	assert_int_equal(g.health.established, 1);
	victim_set_free(g.victims);
}

/* Of many, as many are named as one sentence holds. */
static void
test_many(void **state)
{
	static const char beginning[] =
	    "critical: 40 victims are covered nowhere: 203.0.113.1/32, ";
	char text[1024];
	struct ground g;
	size_t named = 1;

	(void)state;
	ground_init(&g, "up", "");
	for (size_t i = 0; i < VICTIMS_MAX; i++)
		add_victim(&g, "o");
	judge(&g, text, sizeof(text));
	assert_memory_equal(text, beginning, sizeof(beginning) - 1);
	for (const char *at = text; (at = strchr(at, ',')) != NULL; at++)
		named++;
	snprintf(text, sizeof(text), " and %zu more", VICTIMS_MAX - named);
	assert_non_null(strstr(g.health.problems[0].text, text));
	victim_set_free(g.victims);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_storage),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
