/*
 * Who waits until routes are sent or delivered: two neighbors over one rib,
 * driven by scripts.  The neighbors are ours here: waiters only asks them for
 * their ribouts.
 */
#include "bgp.h"
#include "given.h"

#include "neighbor.h"
#include "rib.h"
#include "waiters.h"

#define NEIGHBORS 2
#define ROUTES_MAX 8
#define ALL_FAMILIES (FAMILY_BIT(FAMILY_IPV4) | FAMILY_BIT(FAMILY_IPV6))

struct neighbor {
	struct config_neighbor config;
	struct ribout *ribout;
	uint64_t octets, written, acknowledged;
};

const struct ribout *
neighbor_ribout_const(const struct neighbor *n)
{
	return n->ribout;
}

struct world {
	struct event_base *base;
	struct rib *rib;
	struct victim_set *victims;
	struct neighbor neighbors[NEIGHBORS];
	struct neighbor *list[NEIGHBORS];
	struct waiters *waiters;
	struct waiter *waiter;
	struct route_ref refs[ROUTES_MAX]; /* of all that were added */
	struct victim *routes[ROUTES_MAX]; /* NULL: ended */
	size_t count;
	unsigned called;
};

static void
fill_exports(struct ribout_exports *exports)
{
	*exports = (struct ribout_exports){ .on = { { false } } };
	for (int family = 0; family < FAMILIES; family++) {
		exports->on[ROUTE_BLACKHOLE][family] = true;
		exports->attrs[ROUTE_BLACKHOLE][family] = (struct attr_set){
			.family = (uint8_t)family,
			.next_hop =
			    given_prefix(family == FAMILY_IPV4 ? "192.0.2.1"
							       : "2001:db8::1"),
		};
	}
}

static void
world_init(struct world *w)
{
	*w = (struct world){ .base = event_base_new(),
		.rib = rib_new(),
		.victims = victim_set_new() };
	w->waiters = waiters_new(w->base, w->rib);
	assert_non_null(w->waiters);
	for (int i = 0; i < NEIGHBORS; i++) {
		struct neighbor *n = &w->neighbors[i];

		snprintf(n->config.name, sizeof(n->config.name), "%c", 'a' + i);
		n->config.announce = ANNOUNCE_BLACKHOLES;
		n->config.families = ALL_FAMILIES;
		n->ribout = ribout_new(w->rib, &n->config);
		assert_non_null(n->ribout);
		w->list[i] = n;
	}
	waiters_set_neighbors(w->waiters, w->list, NEIGHBORS);
}

static void
world_fini(struct world *w)
{
	waiters_free(w->waiters);
	for (int i = 0; i < NEIGHBORS; i++)
		ribout_free(w->neighbors[i].ribout);
	rib_free(w->rib);
	victim_set_free(w->victims);
	event_base_free(w->base);
}

static struct neighbor *
neighbor_of(struct world *w, const char *name)
{
	return &w->neighbors[name[0] - 'a'];
}

static void
touch(struct world *w, uint32_t slot)
{
	for (int i = 0; i < NEIGHBORS; i++)
		ribout_touch(w->neighbors[i].ribout, slot);
	rib_collect(w->rib, slot);
}

/* "add P", "add P a" */
static void
step_add(struct world *w, const char *prefix, const char *neighbors)
{
	struct victim *v = given_victim(w->victims, prefix);
	size_t i = w->count++;

	assert_true(i < ROUTES_MAX);
	victim_add_claim(w->victims, v,
	    claim_new(w->victims, "noc", "",
		neighbors[0] != '\0' ? neighbors : NULL));
	assert_int_equal(rib_reserve(w->rib, 1), 0);
	for (int n = 0; n < NEIGHBORS; n++)
		assert_int_equal(ribout_reserve(w->neighbors[n].ribout), 0);
	v->slot = rib_add(w->rib, &v->prefix, v);
	w->routes[i] = v;
	w->refs[i].slot = v->slot;
	w->refs[i].serial = rib_route(w->rib, v->slot)->serial;
	touch(w, v->slot);
}

static void
step_end(struct world *w, const char *prefix, const char *unused)
{
	struct prefix p = given_prefix(prefix);

	(void)unused;
	for (size_t i = 0; i < w->count; i++) {
		struct victim *v = w->routes[i];

		if (v == NULL || prefix_cmp(&v->prefix, &p) != 0)
			continue;
		rib_end(w->rib, v->slot);
		touch(w, v->slot);
		victim_set_remove(w->victims, v);
		victim_free(w->victims, v);
		w->routes[i] = NULL;
		return;
	}
	fail_msg("no route %s", prefix);
}

static void
step_suppress(struct world *w, const char *prefix, const char *unused)
{
	struct prefix p = given_prefix(prefix);
	struct victim *v = victim_find(w->victims, &p);

	(void)unused;
	v->suppressed = REASON_PROTECTED;
	touch(w, v->slot);
}

static void
step_up(struct world *w, const char *name, const char *unused)
{
	struct neighbor *n = neighbor_of(w, name);
	struct ribout_exports exports;

	(void)unused;
	fill_exports(&exports);
	n->octets = n->written = n->acknowledged = 0;
	assert_int_equal(ribout_start(n->ribout, &exports, ALL_FAMILIES,
			     BGP_MESSAGE_MAX),
	    0);
}

/* "down a", "down a keeps" */
static void
step_down(struct world *w, const char *name, const char *keeps)
{
	struct neighbor *n = neighbor_of(w, name);

	if (keeps[0] != '\0')
		ribout_pause(n->ribout);
	else
		ribout_stop(n->ribout);
	waiters_look(w->waiters, n);
}

static void
on_delivered(void *arg, uint32_t slot)
{
	(void)arg;
	(void)slot;
}

static void
progress(struct world *w, struct neighbor *n)
{
	struct ribout_octets octets = { .written = n->written,
		.acknowledged = n->acknowledged };

	ribout_progress(n->ribout, &octets, 1, on_delivered, NULL);
	waiters_look(w->waiters, n);
}

/* Messages of all that there is, which the kernel does not take yet. */
static void
step_queue(struct world *w, const char *name, const char *unused)
{
	struct neighbor *n = neighbor_of(w, name);
	struct wire_out out;

	(void)unused;
	wire_out_init(&out, BGP_MESSAGE_MAX);
	while (ribout_next(n->ribout, &out, n->octets, 1)) {
		n->octets += out.len;
		wire_out_reset(&out);
	}
	wire_out_fini(&out);
	progress(w, n);
}

/* The same, and it does. */
static void
step_send(struct world *w, const char *name, const char *unused)
{
	struct neighbor *n = neighbor_of(w, name);

	step_queue(w, name, unused);
	n->written = n->octets;
	progress(w, n);
}

static void
step_ack(struct world *w, const char *name, const char *unused)
{
	struct neighbor *n = neighbor_of(w, name);

	(void)unused;
	n->acknowledged = n->octets;
	progress(w, n);
}

static void
on_done(void *arg)
{
	struct world *w = arg;

	w->called++;
	w->waiter = NULL;
}

/* For all routes that there have been. */
static void
step_wait(struct world *w, const char *what, const char *unused)
{
	enum waiters_for wait_for = WAIT_STORED;

	(void)unused;
	if (strcmp(what, "sent") == 0)
		wait_for = WAIT_SENT;
	else if (strcmp(what, "delivered") == 0)
		wait_for = WAIT_DELIVERED;
	w->called = 0;
	w->waiter =
	    waiters_wait(w->waiters, wait_for, w->refs, w->count, on_done, w);
	assert_non_null(w->waiter);
	assert_int_equal(w->called, 0);
}

static void
step_waits(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	assert_int_equal(w->called, 0);
}

static void
step_done(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	assert_int_equal(w->called, 0);
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	assert_int_equal(w->called, 1);
}

static void
step_cancel(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	waiters_cancel(w->waiter);
	w->waiter = NULL;
}

/* A reload: these are the neighbors from now on. */
static void
step_neighbors(struct world *w, const char *first, const char *second)
{
	size_t count = 0;

	if (first[0] != '\0')
		w->list[count++] = neighbor_of(w, first);
	if (second[0] != '\0')
		w->list[count++] = neighbor_of(w, second);
	waiters_set_neighbors(w->waiters, w->list, count);
}

static void
step_limit(struct world *w, const char *name, const char *limit)
{
	ribout_set_limit(neighbor_of(w, name)->ribout, FAMILY_IPV4,
	    (uint32_t)strtoul(limit, NULL, 10));
}

static const struct {
	const char *verb;
	void (*run)(struct world *w, const char *arg, const char *more);
} steps[] = {
	{ "add", step_add },
	{ "end", step_end },
	{ "suppress", step_suppress },
	{ "up", step_up },
	{ "down", step_down },
	{ "send", step_send },
	{ "queue", step_queue },
	{ "ack", step_ack },
	{ "wait", step_wait },
	{ "waits", step_waits },
	{ "done", step_done },
	{ "cancel", step_cancel },
	{ "neighbors", step_neighbors },
	{ "limit", step_limit },
};

#define P "203.0.113.1/32"
#define Q "203.0.113.2/32"
#define R "203.0.113.3/32"
#define UP "up a\nup b\nsend a\nsend b\nack a\nack b\n"
#define BOTH_HAVE_P UP "add " P "\nsend a\nsend b\nack a\nack b\n"

static const struct {
	const char *name;
	const char *script;
} scenarios[] = {
	{ "for storage only there is nothing to wait for here",
	    "add " P "\nwait stored\ndone" },
	{ "no route", UP "wait delivered\ndone" },
	{ "no neighbor", "neighbors\nadd " P "\nwait delivered\ndone" },
	{ "sent, at the last neighbor",
	    UP "add " P "\nwait sent\nwaits\nsend a\nwaits\nsend b\ndone" },
	{ "queued is not sent",
	    UP "add " P "\nwait sent\nqueue a\nsend b\nwaits\nsend a\ndone" },
	{ "delivered, at the last neighbor",
	    UP "add " P "\nwait delivered\nsend a\nsend b\nwaits\nack a\nwaits"
	       "\nack b\ndone" },
	{ "delivered before one waits", BOTH_HAVE_P "wait delivered\ndone" },
	{ "many routes",
	    UP "add " P "\nadd " Q "\nwait delivered\nsend a\nsend b\nack a"
	       "\nadd " R "\nsend b\nack b\ndone" },
	{ "a neighbor that is down",
	    "up a\nadd " P "\nsend a\nack a\nwait delivered\nwaits\nup b"
	    "\nwaits\nsend b\nack b\ndone" },
	{ "a neighbor that goes down",
	    UP "add " P "\nwait delivered\nsend a\nsend b\nack a\ndown b"
	       "\nwaits\nup b\nsend b\nwaits\nack b\ndone" },
	{ "a neighbor that goes away",
	    "up a\nadd " P "\nsend a\nack a\nwait delivered\nwaits"
	    "\nneighbors a\ndone" },
	{ "a neighbor that is new",
	    UP "neighbors a\nadd " P "\nwait delivered\nsend a\nneighbors b a"
	       "\nack a\nwaits\nsend b\nack b\ndone" },
	{ "a reload changes nothing for one who has his answer coming",
	    UP "add " P "\nsend a\nsend b\nack a\nack b\nwait delivered"
	       "\nneighbors a\ndone" },
	{ "a neighbor that is not to have it",
	    UP "add " P " a\nwait delivered\nsend a\nack a\ndone" },
	{ "a neighbor that is full",
	    UP "limit a 1\nadd " P "\nsend a\nack a\nadd " Q "\nsend a\nack a"
	       "\nsend b\nack b\nwait sent\nwaits\nend " P
	       "\nsend a\nsend b\ndone" },
	{ "withdrawn",
	    BOTH_HAVE_P "end " P "\nwait delivered\nwaits\nsend a\nsend b"
			"\nack a\nwaits\nack b\ndone" },
	{ "withdrawn, sent only",
	    BOTH_HAVE_P "end " P "\nwait sent\nqueue a\nsend b\nwaits"
			"\nsend a\ndone" },
	{ "withdrawn before it was sent",
	    UP "add " P "\nend " P "\nwait delivered\ndone" },
	{ "withdrawn and added again",
	    BOTH_HAVE_P "end " P "\nadd " P "\nwait delivered\nwaits\nsend a"
			"\nsend b\nack a\nack b\ndone" },
	{ "withdrawn, and its slot serves another",
	    BOTH_HAVE_P "end " P "\nsend a\nsend b\nadd " Q
			"\nwait sent\nsend a\nsend b\ndone" },
	{ "withdrawn where a neighbor is down that has nothing",
	    BOTH_HAVE_P "down b\nend " P "\nwait delivered\nsend a\nack a"
			"\ndone" },
	{ "withdrawn where a neighbor is down that has kept it",
	    BOTH_HAVE_P "down b keeps\nend " P "\nwait delivered\nsend a"
			"\nack a\nwaits\nup b\nwaits\nsend b\nack b\ndone" },
	{ "a withdrawal that is lost with its session",
	    BOTH_HAVE_P "end " P "\nwait delivered\nsend a\nack a\nsend b"
			"\ndown b keeps\nwaits\nup b\nwaits\nsend b\nwaits"
			"\nack b\ndone" },
	{ "suppressed",
	    BOTH_HAVE_P "suppress " P "\nwait sent\nwaits\nsend a\nsend b"
			"\ndone" },
	{ "cancelled while it waits",
	    UP "add " P "\nwait sent\ncancel\nsend a\nsend b\nwaits" },
	{ "cancelled before it is told",
	    UP "add " P "\nwait sent\nsend a\nsend b\ncancel\nwaits" },
};

static void
do_line(struct world *w, const char *line)
{
	char verb[64] = "", arg[64] = "", more[64] = "";

	print_message("    %s\n", line);
	assert_true(sscanf(line, "%63s %63s %63s", verb, arg, more) >= 1);
	for (size_t i = 0; i < HEX_COUNT(steps); i++) {
		if (strcmp(steps[i].verb, verb) == 0) {
			steps[i].run(w, arg, more);
			return;
		}
	}
	fail_msg("no step %s", verb);
}

static void
test_scenarios(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(scenarios); i++) {
		char *copy = strdup(scenarios[i].script), *rest = copy;
		const char *line;
		struct world w;

		hex_case(scenarios[i].name);
		assert_non_null(copy);
		world_init(&w);
		while ((line = strsep(&rest, "\n")) != NULL)
			do_line(&w, line);
		world_fini(&w);
		free(copy);
	}
	waiters_free(NULL);
	waiters_cancel(NULL);
}

/* A call back may end others that wait: those are not called. */
static struct waiter *others[3];

static void
on_done_cancel(void *arg)
{
	unsigned *calls = arg;

	++*calls;
	waiters_cancel(others[1]);
}

static void
test_cancel_within(void **state)
{
	unsigned calls = 0;
	struct world w;

	(void)state;
	world_init(&w);
	for (int i = 0; i < 3; i++)
		others[i] = waiters_wait(w.waiters, WAIT_SENT, NULL, 0,
		    i == 0 ? on_done_cancel : on_done,
		    i == 0 ? (void *)&calls : (void *)&w);
	event_base_loop(w.base, EVLOOP_NONBLOCK);
	assert_int_equal(calls, 1);
	assert_int_equal(w.called, 1);
	world_fini(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_cancel_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
