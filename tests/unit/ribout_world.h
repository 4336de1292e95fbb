#ifndef RIBOUT_WORLD_H
#define RIBOUT_WORLD_H

/*
 * A rib with one neighbor, driven by a script, a step a line: "add P", "end P",
 * "up", "down", "refresh ipv4" and so on, all in the table below.  "= TEXT" is
 * what ribout_next yields, decoded; "idle" says that it yields nothing.
 */

#include "decoded.h"

#include "ribout.h"

#define BOTH (ANNOUNCE_AGGREGATES | ANNOUNCE_BLACKHOLES)
#define ALL_FAMILIES (FAMILY_BIT(FAMILY_IPV4) | FAMILY_BIT(FAMILY_IPV6))
#define ROUTES_MAX 32
#define NOW_MS 4711
#define DELIVERED_MS 4800

/* A rib with one neighbor, and the routes that the script has begun. */
struct world {
	struct rib *rib;
	struct ribout *ribout;
	struct config_neighbor neighbor;
	struct victim_set *victims;
	struct ribout_exports exports;
	struct {
		struct prefix prefix;
		struct victim *victim;
		uint32_t slot;
		bool stands;
	} routes[ROUTES_MAX];
	size_t count;
	uint64_t octets, acknowledged;	   /* of the session */
	char delivered[256], evicted[256]; /* prefixes, since looked at */
};

static inline void
fill_exports(struct ribout_exports *exports, const struct config_neighbor *n)
{
	for (int kind = 0; kind < ROUTE_KINDS; kind++) {
		for (int f = 0; f < FAMILIES; f++) {
			struct attr_set *attrs = &exports->attrs[kind][f];

			exports->on[kind][f] = (n->announce & (1 << kind)) &&
			    (n->families & FAMILY_BIT(f));
			*attrs = (struct attr_set){
				.family = (uint8_t)f,
				.next_hop = given_prefix(f == FAMILY_IPV4
					? "192.0.2.1"
					: "2001:db8::1"),
				.local_as = 64500,
				.as_count = 1,
				.as4 = true,
			};
			if (kind == ROUTE_BLACKHOLE) {
				attrs->communities.count = 1;
				attrs->communities.values[0] =
				    COMMUNITY_BLACKHOLE;
			}
		}
	}
}

static inline void on_evicted(void *arg, uint32_t slot);

static inline void
world_init(struct world *w, uint8_t announce, uint8_t families)
{
	*w = (struct world){ .rib = rib_new(), .victims = victim_set_new() };
	strlcpy(w->neighbor.name, "a", sizeof(w->neighbor.name));
	w->neighbor.announce = announce;
	w->neighbor.families = families;
	w->ribout = ribout_new(w->rib, &w->neighbor);
	assert_non_null(w->rib);
	assert_non_null(w->victims);
	assert_non_null(w->ribout);
	ribout_on_evicted(w->ribout, on_evicted, w);
	fill_exports(&w->exports, &w->neighbor);
}

static inline void
world_fini(struct world *w)
{
	ribout_free(w->ribout);
	rib_free(w->rib);
	victim_set_free(w->victims);
}

static inline void
up(struct world *w, uint8_t families)
{
	w->octets = w->acknowledged = 0;
	assert_int_equal(ribout_start(w->ribout, &w->exports, families,
			     BGP_MESSAGE_MAX),
	    0);
}

/* The route of that prefix which was begun last. */
static inline size_t
find(const struct world *w, const char *text)
{
	struct prefix p = given_prefix(text);

	for (size_t i = w->count; i-- > 0;)
		if (prefix_cmp(&w->routes[i].prefix, &p) == 0)
			return i;
	fail_msg("no route %s", text);
	return 0;
}

/* neighbors NULL: an aggregate; "*": a blackhole for all. */
static inline void
add(struct world *w, const char *text, const char *neighbors)
{
	struct prefix p = given_prefix(text);
	struct victim *v = NULL;
	size_t i = w->count++;

	assert_true(i < ROUTES_MAX);
	assert_int_equal(rib_reserve(w->rib, 1), 0);
	assert_int_equal(ribout_reserve(w->ribout), 0);
	if (neighbors != NULL) {
		v = given_victim(w->victims, text);
		victim_add_claim(w->victims, v,
		    claim_new(w->victims, "noc", "",
			neighbors[0] != '*' ? neighbors : NULL));
	}
	w->routes[i].prefix = p;
	w->routes[i].victim = v;
	w->routes[i].slot = rib_add(w->rib, &p, v);
	w->routes[i].stands = true;
	ribout_touch(w->ribout, w->routes[i].slot);
}

static inline void
end(struct world *w, size_t i)
{
	uint32_t slot = w->routes[i].slot;

	w->routes[i].stands = false;
	rib_end(w->rib, slot);
	ribout_touch(w->ribout, slot);
	rib_collect(w->rib, slot);
	if (w->routes[i].victim == NULL)
		return;
	victim_set_remove(w->victims, w->routes[i].victim);
	victim_free(w->victims, w->routes[i].victim);
	w->routes[i].victim = NULL;
}

static inline void
suppress(struct world *w, size_t i, enum reason reason)
{
	w->routes[i].victim->suppressed = (uint8_t)reason;
	ribout_touch(w->ribout, w->routes[i].slot);
}

static inline void
note_slot(struct world *w, uint32_t slot, char text[256])
{
	char prefix[PREFIX_STRLEN];

	if (text[0] != '\0')
		strlcat(text, " ", 256);
	strlcat(text, prefix_print(&rib_route(w->rib, slot)->prefix, prefix),
	    256);
}

static inline void
on_delivered(void *arg, uint32_t slot)
{
	struct world *w = arg;

	note_slot(w, slot, w->delivered);
}

static inline void
on_evicted(void *arg, uint32_t slot)
{
	struct world *w = arg;

	note_slot(w, slot, w->evicted);
}

/* The kernel has all so far, the neighbor the first of it. */
static inline void
progress(struct world *w, int64_t now_ms)
{
	struct ribout_octets octets = { .written = w->octets,
		.acknowledged = w->acknowledged };

	ribout_progress(w->ribout, &octets, now_ms, on_delivered, w);
}

/* One message as text: "+P P", "-P", "end ipv4", "borr ipv6"; "" for none. */
static inline void
next_as_text(struct world *w, char *text, size_t size)
{
	static const char *const names[] = { [DECODED_END_OF_RIB] = "end",
		[DECODED_BORR] = "borr",
		[DECODED_EORR] = "eorr" };
	char prefix[PREFIX_STRLEN];
	struct wire_out out;
	struct decoded d;

	text[0] = '\0';
	wire_out_init(&out, BGP_MESSAGE_MAX);
	if (!ribout_next(w->ribout, &out, w->octets, NOW_MS)) {
		assert_int_equal(out.len, 0);
		wire_out_fini(&out);
		return;
	}
	assert_int_equal(ribout_queued(w->ribout), w->octets + out.len);
	w->octets += out.len;
	progress(w, NOW_MS);
	decoded_init(&d, &out);
	if (d.kind > DECODED_WITHDRAW) {
		snprintf(text, size, "%s %s", names[d.kind],
		    family_name(d.family));
	} else {
		snprintf(text, size, "%s%s",
		    d.kind == DECODED_WITHDRAW ? "-" : "+",
		    d.blackhole ? "!" : "");
		for (size_t i = 0; i < d.count; i++) {
			strlcat(text, " ", size);
			strlcat(text, prefix_print(&d.prefixes[i], prefix),
			    size);
		}
	}
	decoded_fini(&d);
	wire_out_fini(&out);
}

static inline void
check_state(struct world *w, const char *prefix, const char *state)
{
	int64_t at_ms = -1;
	enum ribout_state is =
	    ribout_state_of(w->ribout, w->routes[find(w, prefix)].slot, &at_ms);

	assert_string_equal(ribout_state_name(is), state);
	if (is == RIBOUT_DELIVERED)
		assert_int_equal(at_ms, DELIVERED_MS);
	else
		assert_int_equal(at_ms, is == RIBOUT_SENT ? NOW_MS : -1);
}

static inline enum family
family_of(const char *text)
{
	return strcmp(text, "ipv6") == 0 ? FAMILY_IPV6 : FAMILY_IPV4;
}

static inline void
step_aggregate(struct world *w, const char *prefix, const char *unused)
{
	(void)unused;
	add(w, prefix, NULL);
}

static inline void
step_add(struct world *w, const char *prefix, const char *neighbors)
{
	add(w, prefix, neighbors[0] != '\0' ? neighbors : "*");
}

static inline void
step_end(struct world *w, const char *prefix, const char *unused)
{
	(void)unused;
	end(w, find(w, prefix));
}

static inline void
step_touch(struct world *w, const char *prefix, const char *unused)
{
	(void)unused;
	ribout_touch(w->ribout, w->routes[find(w, prefix)].slot);
}

static inline void
step_suppress(struct world *w, const char *prefix, const char *unused)
{
	(void)unused;
	suppress(w, find(w, prefix), REASON_PROTECTED);
}

static inline void
step_allow(struct world *w, const char *prefix, const char *unused)
{
	(void)unused;
	suppress(w, find(w, prefix), REASON_NONE);
}

static inline void
step_up(struct world *w, const char *family, const char *unused)
{
	uint8_t families = ALL_FAMILIES;

	(void)unused;
	if (family[0] != '\0')
		families = FAMILY_BIT(family_of(family));
	up(w, families);
}

static inline void
step_down(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	ribout_stop(w->ribout);
}

static inline void
step_hold(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	ribout_hold_end_of_rib(w->ribout, true);
}

static inline void
step_release(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	ribout_hold_end_of_rib(w->ribout, false);
}

static inline void
step_refresh(struct world *w, const char *family, const char *unused)
{
	(void)unused;
	ribout_refresh(w->ribout, family_of(family), false);
}

static inline void
step_enhanced(struct world *w, const char *family, const char *unused)
{
	(void)unused;
	ribout_refresh(w->ribout, family_of(family), true);
}

/* A reload: other attributes, or other routes to announce. */
static inline void
step_update(struct world *w, const char *announce, const char *unused)
{
	(void)unused;
	if (strcmp(announce, "aggregates") == 0)
		w->neighbor.announce = ANNOUNCE_AGGREGATES;
	else if (strcmp(announce, "both") == 0)
		w->neighbor.announce = BOTH;
	fill_exports(&w->exports, &w->neighbor);
	w->exports.attrs[ROUTE_AGGREGATE][FAMILY_IPV4].has_med =
	    strcmp(announce, "med") == 0;
	assert_int_equal(ribout_update(w->ribout, &w->exports), 0);
}

/* Ended before we began: a neighbor may still have it. */
static inline void
step_left_over(struct world *w, const char *prefix, const char *unused)
{
	struct prefix p = given_prefix(prefix);

	(void)unused;
	assert_int_equal(rib_reserve(w->rib, 1), 0);
	assert_int_equal(ribout_reserve(w->ribout), 0);
	rib_add_left_over(w->rib, &p);
}

static inline void
step_kept(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	ribout_withdraw_left_over(w->ribout);
}

static inline void
step_limit(struct world *w, const char *limit, const char *unused)
{
	(void)unused;
	ribout_set_limit(w->ribout, FAMILY_IPV4,
	    (uint32_t)strtoul(limit, NULL, 10));
}

static inline void
step_since(struct world *w, const char *prefix, const char *ms)
{
	w->routes[find(w, prefix)].victim->since_ms = strtol(ms, NULL, 10);
}

/* All so far is acknowledged; expected: of these, one that is delivered. */
static inline void
step_ack(struct world *w, const char *expected, const char *more)
{
	char text[sizeof(w->delivered)];

	snprintf(text, sizeof(text), "%s%s%s", expected,
	    more[0] != '\0' ? " " : "", more);
	w->delivered[0] = '\0';
	w->acknowledged = w->octets;
	progress(w, DELIVERED_MS);
	assert_string_equal(w->delivered, text);
}

/* Taken back for want of a place, since this was asked last. */
static inline void
step_evicted(struct world *w, const char *expected, const char *more)
{
	char text[sizeof(w->evicted)];

	snprintf(text, sizeof(text), "%s%s%s", expected,
	    more[0] != '\0' ? " " : "", more);
	assert_string_equal(w->evicted, text);
	w->evicted[0] = '\0';
}

/* The neighbor keeps what it has. */
static inline void
step_pause(struct world *w, const char *unused, const char *more)
{
	(void)unused;
	(void)more;
	ribout_pause(w->ribout);
}

static inline void
step_pending(struct world *w, const char *expected, const char *unused)
{
	(void)unused;
	assert_int_equal(ribout_pending(w->ribout),
	    strtoul(expected, NULL, 10));
}

static const struct {
	const char *verb;
	void (*run)(struct world *w, const char *arg, const char *more);
} steps[] = {
	{ "aggregate", step_aggregate },
	{ "add", step_add },
	{ "end", step_end },
	{ "touch", step_touch },
	{ "suppress", step_suppress },
	{ "allow", step_allow },
	{ "up", step_up },
	{ "down", step_down },
	{ "hold", step_hold },
	{ "release", step_release },
	{ "refresh", step_refresh },
	{ "enhanced", step_enhanced },
	{ "update", step_update },
	{ "left-over", step_left_over },
	{ "kept", step_kept },
	{ "limit", step_limit },
	{ "ack", step_ack },
	{ "evicted", step_evicted },
	{ "pause", step_pause },
	{ "since", step_since },
	{ "pending", step_pending },
	{ "state", check_state },
};

/* "= TEXT": the next message; "idle": there is none; else a step. */
static inline void
do_line(struct world *w, const char *line)
{
	char is[256], verb[64] = "", arg[64] = "", more[64] = "";

	print_message("    %s\n", line);
	if (line[0] == '=') {
		next_as_text(w, is, sizeof(is));
		assert_string_equal(is, line[1] == ' ' ? line + 2 : "");
		return;
	}
	if (strcmp(line, "idle") == 0) {
		next_as_text(w, is, sizeof(is));
		assert_string_equal(is, "");
		return;
	}
	assert_true(sscanf(line, "%63s %63s %63s", verb, arg, more) >= 1);
	for (size_t i = 0; i < HEX_COUNT(steps); i++) {
		if (strcmp(steps[i].verb, verb) == 0) {
			steps[i].run(w, arg, more);
			return;
		}
	}
	fail_msg("no step %s", verb);
}

static inline void
run_script(struct world *w, const char *script)
{
	char *copy = strdup(script), *rest = copy;
	const char *line;

	assert_non_null(copy);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0')
			do_line(w, line);
	free(copy);
}

struct scenario {
	const char *name;
	uint8_t announce, families;
	const char *script;
};

static inline void
run_scenarios(const struct scenario *scenarios, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct world w;

		hex_case(scenarios[i].name);
		world_init(&w, scenarios[i].announce, scenarios[i].families);
		run_script(&w, scenarios[i].script);
		world_fini(&w);
	}
}

#endif
