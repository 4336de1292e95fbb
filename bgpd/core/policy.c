/*
 * The rules for victims, first match decides in the order of the control
 * protocol's reasons; and the attributes that each neighbor is told.
 */
#include <stdio.h>
#include <string.h>

#include "bgp.h"
#include "timefmt.h"

#include "policy.h"

static bool
any_covers(const struct prefix_list *list, const struct prefix *p)
{
	for (size_t i = 0; i < list->count; i++)
		if (prefix_covers(&list->items[i], p))
			return true;
	return false;
}

static int
check_ours(const struct policy *policy, const struct caller *caller,
    const struct prefix *p, struct refusal *why)
{
	char text[PREFIX_STRLEN];

	prefix_print(p, text);
	if (!any_covers(&policy->config->aggregates, p))
		return refusal_set(why, REASON_NOT_OURS,
		    "%s lies outside every aggregate of the configuration",
		    text);
	if (caller != NULL && caller->role == ACCESS_DETECTOR &&
	    caller->rule != NULL && caller->rule->within.count > 0 &&
	    !any_covers(&caller->rule->within, p))
		return refusal_set(why, REASON_NOT_OURS,
		    "%s lies outside what user %s may blackhole", text,
		    caller->user);
	return 0;
}

static int
check_aggregate(const struct policy *policy, const struct prefix *p,
    struct refusal *why)
{
	const struct prefix_list *ours = &policy->config->aggregates;
	char text[PREFIX_STRLEN], covered[PREFIX_STRLEN];

	for (size_t i = 0; i < ours->count; i++)
		if (prefix_covers(p, &ours->items[i]))
			return refusal_set(why, REASON_IS_AGGREGATE,
			    "%s would blackhole the whole aggregate %s",
			    prefix_print(p, text),
			    prefix_print(&ours->items[i], covered));
	return 0;
}

static int
check_length(const struct policy *policy, const struct prefix *p,
    struct refusal *why)
{
	uint32_t least = policy->config->blackhole.min_length[p->family];
	char text[PREFIX_STRLEN];

	if (p->len >= least)
		return 0;
	return refusal_set(why, REASON_TOO_SHORT,
	    "%s is shorter than blackhole.min-length of %s: /%u",
	    prefix_print(p, text), family_name(p->family), least);
}

/* Refuses p when it overlaps q, which is named so in the message. */
static int
protect(const struct prefix *p, const struct prefix *q, const char *what,
    struct refusal *why)
{
	char text[PREFIX_STRLEN], other[PREFIX_STRLEN];

	if (!prefix_overlaps(p, q))
		return 0;
	return refusal_set(why, REASON_PROTECTED,
	    "%s is protected: it overlaps %s, %s", prefix_print(p, text),
	    prefix_print(q, other), what);
}

static int
protect_next_hop(const struct prefix *p, const struct next_hop *next_hop,
    struct refusal *why)
{
	if (!next_hop->given)
		return 0;
	return protect(p, &next_hop->address, "a next hop", why);
}

static int
protect_neighbor(const struct prefix *p, const struct config_neighbor *n,
    struct refusal *why)
{
	if (protect(p, &n->address, "a neighbor's address", why) == -1)
		return -1;
	if (n->has_local_address &&
	    protect(p, &n->local_address, "a local address", why) == -1)
		return -1;
	for (int family = 0; family < FAMILIES; family++) {
		if (n->has_next_hop[family] &&
		    protect_next_hop(p, &n->next_hop[family], why) == -1)
			return -1;
		if (protect_next_hop(p, &n->aggregate_next_hop[family], why) ==
		    -1)
			return -1;
	}
	return 0;
}

static int
protect_listener(const struct prefix *p, const struct config_listen *at,
    struct refusal *why)
{
	if (prefix_is_unspecified(&at->address))
		return 0;
	return protect(p, &at->address, "a local address", why);
}

/* What no configuration needs to name: without these we cut ourselves off. */
static int
check_derived(const struct policy *policy, const struct prefix *p,
    struct refusal *why)
{
	const struct config *config = policy->config;
	uint8_t id[4] = { (uint8_t)(config->router_id >> 24),
		(uint8_t)(config->router_id >> 16),
		(uint8_t)(config->router_id >> 8), (uint8_t)config->router_id };
	struct prefix router_id = prefix_from_bytes(FAMILY_IPV4, id);

	if (protect(p, &router_id, "the router-id", why) == -1)
		return -1;
	for (size_t i = 0; i < config->neighbor_count; i++)
		if (protect_neighbor(p, &config->neighbors[i], why) == -1)
			return -1;
	for (int family = 0; family < FAMILIES; family++)
		if (protect_next_hop(p, &config->blackhole.next_hop[family],
			why) == -1)
			return -1;
	for (size_t i = 0; i < config->listen_count; i++)
		if (protect_listener(p, &config->listen[i], why) == -1)
			return -1;
	if (!config->metrics.on)
		return 0;
	return protect_listener(p, &config->metrics.listen, why);
}

#define MINUTE_S 60
#define HOUR_S 3600

/* " for 84m more"; rounded up, to minutes or hours when it is long. */
static const char *
print_left(char *buf, size_t size, int64_t left_ms)
{
	int64_t left_s = (left_ms + 999) / 1000;
	int64_t unit_s = 1;
	char text[DURATION_STRLEN];

	if (left_s > INT64_C(48) * HOUR_S)
		unit_s = HOUR_S;
	else if (left_s > INT64_C(2) * MINUTE_S)
		unit_s = MINUTE_S;
	left_s = (left_s + unit_s - 1) / unit_s * unit_s;
	snprintf(buf, size, " for %s more",
	    duration_print((uint32_t)left_s, text));
	return buf;
}

/* Operators have exempted it for a time. */
static int
check_exempted(const struct policy *policy, const struct prefix *p,
    struct refusal *why)
{
	char text[PREFIX_STRLEN], other[PREFIX_STRLEN], left[48] = "";
	const struct exemption *e = NULL;

	if (policy->settings != NULL)
		e = settings_exemption(policy->settings, p, policy->now_ms);
	if (e == NULL)
		return 0;
	if (e->expires_ms != VICTIM_NEVER)
		print_left(left, sizeof(left), e->expires_ms - policy->now_ms);
	return refusal_set(why, REASON_PROTECTED,
	    "%s is protected: %s is exempted by %s%s%s%s",
	    prefix_print(p, text), prefix_print(&e->prefix, other), e->by, left,
	    e->reason[0] != '\0' ? ": " : "", e->reason);
}

static int
check_protected(const struct policy *policy, const struct prefix *p,
    struct refusal *why)
{
	const struct prefix_list *never = &policy->config->blackhole.never;
	const struct prefix_list *local = &policy->local_addresses;

	for (size_t i = 0; i < never->count; i++)
		if (protect(p, &never->items[i], "which blackhole.never names",
			why) == -1)
			return -1;
	for (size_t i = 0; i < local->count; i++)
		if (protect(p, &local->items[i], "a local address", why) == -1)
			return -1;
	if (check_derived(policy, p, why) == -1)
		return -1;
	return check_exempted(policy, p, why);
}

int
policy_check_prefix(const struct policy *policy, const struct caller *caller,
    const struct prefix *p, struct refusal *why)
{
	if (check_ours(policy, caller, p, why) == -1 ||
	    check_aggregate(policy, p, why) == -1 ||
	    check_length(policy, p, why) == -1)
		return -1;
	return check_protected(policy, p, why);
}

static int
check_ttl(const struct config *config, const struct wish *wish,
    struct refusal *why)
{
	uint32_t max = config->blackhole.max_ttl_s;
	char wanted[DURATION_STRLEN], allowed[DURATION_STRLEN];

	if (wish->has_ttl && wish->ttl_s > max)
		return refusal_set(why, REASON_TTL_TOO_LONG,
		    "a TTL of %s is longer than blackhole.max-ttl, %s",
		    duration_print(wish->ttl_s, wanted),
		    duration_print(max, allowed));
	if (wish->permanent && !config->blackhole.allow_permanent)
		return refusal_set(why, REASON_PERMANENT_NOT_ALLOWED,
		    "a blackhole without end is not allowed here: give a TTL, "
		    "or set blackhole.allow-permanent");
	return 0;
}

static const struct config_neighbor *
find_neighbor(const struct config *config, const char *name, size_t len)
{
	for (size_t i = 0; i < config->neighbor_count; i++) {
		const struct config_neighbor *n = &config->neighbors[i];

		if (strncmp(n->name, name, len) == 0 && n->name[len] == '\0')
			return n;
	}
	return NULL;
}

static int
check_neighbor_names(const struct config *config, const char *names,
    struct refusal *why)
{
	while (names != NULL && *names != '\0') {
		size_t len = strcspn(names, ",");

		if (find_neighbor(config, names, len) == NULL)
			return refusal_set(why, REASON_UNKNOWN_NEIGHBOR,
			    "no neighbor is named %.*s",
			    (int)(len < CONFIG_NAME_MAX ? len
							: CONFIG_NAME_MAX),
			    names);
		names += len;
		names += *names == ',';
	}
	return 0;
}

static int
check_family(const struct config *config, const struct wish *wish,
    struct refusal *why)
{
	struct claim asked = { .neighbors = (char *)wish->neighbors };
	char text[PREFIX_STRLEN];

	for (size_t i = 0; i < config->neighbor_count; i++) {
		const struct config_neighbor *n = &config->neighbors[i];

		if ((n->announce & ANNOUNCE_BLACKHOLES) &&
		    (n->families & FAMILY_BIT(wish->prefix.family)) &&
		    claim_names_neighbor(&asked, n->name))
			return 0;
	}
	return refusal_set(why, REASON_FAMILY_OFF,
	    "%s cannot be announced: no neighbor that is meant takes %s "
	    "blackholes",
	    prefix_print(&wish->prefix, text),
	    family_name(wish->prefix.family));
}

int
policy_check_wish(const struct policy *policy, const struct wish *wish,
    struct refusal *why)
{
	if (check_ttl(policy->config, wish, why) == -1 ||
	    check_neighbor_names(policy->config, wish->neighbors, why) == -1)
		return -1;
	return check_family(policy->config, wish, why);
}

int64_t
policy_ttl_ms(const struct policy *policy, const struct wish *wish)
{
	const struct config *config = policy->config;

	if (wish->permanent)
		return VICTIM_NEVER;
	if (wish->ttl_max)
		return (int64_t)config->blackhole.max_ttl_s * 1000;
	if (wish->has_ttl)
		return (int64_t)wish->ttl_s * 1000;
	return (int64_t)config->blackhole.default_ttl_s * 1000;
}

static const struct next_hop *
configured_next_hop(const struct policy_session *s, bool blackhole,
    enum family family)
{
	if (!blackhole)
		return &s->neighbor->aggregate_next_hop[family];
	return config_blackhole_next_hop(s->config, s->neighbor, family);
}

static bool
is_link_local(const struct prefix *p)
{
	return p->family == FAMILY_IPV6 && p->addr[0] == 0xfe &&
	    (p->addr[1] & 0xc0) == 0x80;
}

/*
 * `self` is our end of the connection, which IPv4 routes can use over IPv6
 * only where RFC 8950 was agreed on, and IPv6 routes over IPv4 not at all.
 */
static bool
set_next_hop(const struct policy_session *s, const struct next_hop *configured,
    struct attr_set *attrs)
{
	if (configured->given) {
		attrs->next_hop = configured->address;
		return true;
	}
	attrs->next_hop = s->local_address;
	if (is_link_local(&s->local_address))
		attrs->next_hop_link_local = s->local_address;
	if (s->local_address.family == attrs->family)
		return true;
	return attrs->family == FAMILY_IPV4 && s->terms->ipv4_over_ipv6;
}

/* RFC 9234, section 5: what goes down or sideways must not come up again. */
static bool
marks_only_to_customer(uint8_t role)
{
	return role == ROLE_PROVIDER || role == ROLE_PEER || role == ROLE_RS;
}

bool
policy_export(const struct policy_session *s, bool blackhole,
    enum family family, struct attr_set *attrs)
{
	const struct config_neighbor *n = s->neighbor;
	int wanted = blackhole ? ANNOUNCE_BLACKHOLES : ANNOUNCE_AGGREGATES;

	*attrs = (struct attr_set){ .family = (uint8_t)family };
	if (!(n->announce & wanted) ||
	    !(s->terms->families & FAMILY_BIT(family)) ||
	    !set_next_hop(s, configured_next_hop(s, blackhole, family), attrs))
		return false;
	attrs->local_as = s->terms->local_as;
	attrs->as4 = s->terms->as4;
	if (!s->terms->internal)
		attrs->as_count = (uint8_t)(1 + (blackhole ? 0 : n->prepend));
	attrs->has_med = n->has_med;
	attrs->med = n->med;
	attrs->has_local_pref = s->terms->internal;
	attrs->local_pref = n->local_pref;
	attrs->has_otc = marks_only_to_customer(s->terms->role);
	attrs->otc = s->terms->local_as;
	if (blackhole)
		attrs->communities =
		    *config_blackhole_communities(s->config, n);
	else
		attrs->communities = n->aggregate_communities;
	return true;
}
