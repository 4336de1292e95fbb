/*
 * What one key says about another.  A configuration comes here when each
 * value was parsed and found right by itself: first config_fill gives it the
 * defaults that depend on other keys, then config_check looks for what does
 * not go together.  Findings name the key; whoever read the file knows its
 * line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_check.h"
#include "timefmt.h"

#define MESSAGE_MAX 256
#define SEND_HOLD_TIME_S 480 /* RFC 9687, section 3.2 */

struct check {
	const struct config *config;
	config_found *found;
	void *arg;
};

/* One neighbor under the eyes of the check. */
struct subject {
	const struct check *check;
	const struct config_neighbor *neighbor;
	size_t index;
	bool internal;
};

static const char *const next_hop_keys[FAMILIES] = { "next-hop",
	"next-hop-ipv6" };
static const char *const aggregate_next_hop_keys[FAMILIES] = {
	"aggregate-next-hop", "aggregate-next-hop-ipv6"
};

static enum family
other_family(uint8_t family)
{
	return family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4;
}

static size_t
count_aggregates(const struct config *config, enum family family)
{
	size_t count = 0;

	for (size_t i = 0; i < config->aggregates.count; i++)
		count += config->aggregates.items[i].family == family;
	return count;
}

/* Whether this neighbor is to get aggregates of that family. */
static bool
has_aggregates(const struct config *config,
    const struct config_neighbor *neighbor, enum family family)
{
	return (neighbor->announce & ANNOUNCE_AGGREGATES) != 0 &&
	    count_aggregates(config, family) > 0;
}

/*
 * Whether all next hops of that family are given, and one of them for this
 * neighbor alone: then the family is meant for it.
 */
static bool
next_hops_given(const struct config *config,
    const struct config_neighbor *neighbor, enum family family)
{
	bool own = neighbor->has_next_hop[family] ||
	    neighbor->aggregate_next_hop[family].given;

	if ((neighbor->announce & ANNOUNCE_BLACKHOLES) != 0 &&
	    !config_blackhole_next_hop(config, neighbor, family)->given)
		return false;
	if (has_aggregates(config, neighbor, family) &&
	    !neighbor->aggregate_next_hop[family].given)
		return false;
	return own;
}

static void
fill_name(struct config_neighbor *neighbor)
{
	char address[PREFIX_STRLEN];

	snprintf(neighbor->name, sizeof(neighbor->name), "%s%s%s",
	    prefix_print_address(&neighbor->address, address),
	    neighbor->interface[0] != '\0' ? "%" : "", neighbor->interface);
}

static void
fill_families(const struct config *config, struct config_neighbor *neighbor)
{
	enum family other = other_family(neighbor->address.family);

	neighbor->families = FAMILY_BIT(neighbor->address.family);
	if (next_hops_given(config, neighbor, other))
		neighbor->families |= FAMILY_BIT(other);
}

static void
fill_neighbor(const struct config *config, struct config_neighbor *neighbor)
{
	bool internal = config_is_internal(config, neighbor);
	uint32_t twice = 2 * neighbor->hold_time_s;

	if (neighbor->name[0] == '\0' &&
	    !prefix_is_unspecified(&neighbor->address))
		fill_name(neighbor);
	if (neighbor->announce == 0)
		neighbor->announce = internal
		    ? ANNOUNCE_BLACKHOLES
		    : ANNOUNCE_AGGREGATES | ANNOUNCE_BLACKHOLES;
	if (neighbor->families == 0)
		fill_families(config, neighbor);
	if (neighbor->multihop == 0)
		neighbor->multihop =
		    internal && neighbor->ttl_security == 0 ? 64 : 1;
	if (!neighbor->has_send_hold_time) {
		neighbor->has_send_hold_time = true;
		neighbor->send_hold_time_s =
		    twice > SEND_HOLD_TIME_S ? twice : SEND_HOLD_TIME_S;
	}
	if (internal && !neighbor->has_local_pref) {
		neighbor->has_local_pref = true;
		neighbor->local_pref = 100;
	}
}

void
config_fill(struct config *config)
{
	for (size_t i = 0; i < config->neighbor_count; i++)
		fill_neighbor(config, &config->neighbors[i]);
}

static void __attribute__((format(printf, 4, 0)))
tell(const struct check *check, struct config_place place,
    enum config_severity severity, const char *fmt, va_list ap)
{
	char message[MESSAGE_MAX];
	struct config_finding finding = { .place = place,
		.severity = severity,
		.message = message };

	vsnprintf(message, sizeof(message), fmt, ap);
	check->found(&finding, check->arg);
}

/* A finding of a key outside the lists. */
static void __attribute__((format(printf, 5, 6)))
found_at(const struct check *check, enum config_severity severity,
    const char *key, size_t item, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(check, (struct config_place){ .key = key, .item = item }, severity,
	    fmt, ap);
	va_end(ap);
}

/* An error or warning of a neighbor's key. */
static void __attribute__((format(printf, 4, 5)))
neighbor_at(const struct subject *s, enum config_severity severity,
    const char *key, const char *fmt, ...)
{
	struct config_place place = { .list = "neighbors",
		.index = s->index,
		.key = key,
		.item = CONFIG_NO_ITEM };
	va_list ap;

	va_start(ap, fmt);
	tell(s->check, place, severity, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 4, 5)))
access_at(const struct check *check, size_t index, const char *key,
    const char *fmt, ...)
{
	struct config_place place = { .list = "control.access",
		.index = index,
		.key = key,
		.item = CONFIG_NO_ITEM };
	va_list ap;

	va_start(ap, fmt);
	tell(check, place, CONFIG_ERROR, fmt, ap);
	va_end(ap);
}

/* Each aggregate once; one inside another is fine. */
static void
check_aggregates(const struct check *check)
{
	const struct prefix_list *list = &check->config->aggregates;
	char buf[PREFIX_STRLEN];

	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (prefix_cmp(&list->items[i], &list->items[j]) != 0)
				continue;
			found_at(check, CONFIG_ERROR, "aggregates", i,
			    "%s is given twice",
			    prefix_print(&list->items[i], buf));
			break;
		}
	}
}

/* A protected prefix that leaves nothing of an aggregate to be a victim. */
static void
check_never(const struct check *check)
{
	const struct prefix_list *never = &check->config->blackhole.never;
	const struct prefix_list *ours = &check->config->aggregates;
	char buf[PREFIX_STRLEN];

	for (size_t i = 0; i < never->count; i++) {
		for (size_t j = 0; j < ours->count; j++) {
			if (!prefix_covers(&never->items[i], &ours->items[j]))
				continue;
			found_at(check, CONFIG_WARNING, "blackhole.never", i,
			    "protects all of %s: nothing in it can be a victim",
			    prefix_print(&ours->items[j], buf));
		}
	}
}

static void
check_blackhole(const struct check *check)
{
	const struct config *config = check->config;
	char buf[DURATION_STRLEN];

	if (config->blackhole.default_ttl_s > config->blackhole.max_ttl_s)
		found_at(check, CONFIG_ERROR, "blackhole.default-ttl",
		    CONFIG_NO_ITEM, "is longer than max-ttl (%s)",
		    duration_print(config->blackhole.max_ttl_s, buf));
	if (config->blackhole.hold_down.min_s >
	    config->blackhole.hold_down.max_s)
		found_at(check, CONFIG_ERROR, "blackhole.hold-down.min",
		    CONFIG_NO_ITEM, "is longer than hold-down.max (%s)",
		    duration_print(config->blackhole.hold_down.max_s, buf));
	check_never(check);
}

static void
check_listen(const struct check *check)
{
	const struct config_listen *a = check->config->listen, *b;

	for (size_t i = 0; i < check->config->listen_count; i++) {
		for (size_t j = 0; j < i; j++) {
			b = &a[j];
			if (a[i].port != b->port ||
			    prefix_cmp(&a[i].address, &b->address) != 0 ||
			    strcmp(a[i].interface, b->interface) != 0)
				continue;
			found_at(check, CONFIG_ERROR, "listen", i,
			    "is given twice");
			break;
		}
	}
}

static void
check_access(const struct check *check)
{
	const struct config_access *access;

	for (size_t i = 0; i < check->config->control.access_count; i++) {
		access = &check->config->control.access[i];
		if (access->user[0] != '\0' && access->group[0] != '\0')
			access_at(check, i, "user",
			    "a rule is for a user or for a group, not both");
		if (access->user[0] == '\0' && access->group[0] == '\0')
			access_at(check, i, "group",
			    "a rule needs a user or a group");
	}
}

static void
check_unique(const struct subject *s)
{
	const struct config_neighbor *n = s->neighbor, *other;

	for (size_t i = 0; i < s->index; i++) {
		other = &s->check->config->neighbors[i];
		if (strcmp(n->name, other->name) == 0)
			neighbor_at(s, CONFIG_ERROR, "name",
			    "%s is the name of two neighbors", n->name);
		if (prefix_cmp(&n->address, &other->address) == 0 &&
		    strcmp(n->interface, other->interface) == 0)
			neighbor_at(s, CONFIG_ERROR, "address",
			    "is the address of neighbor %s too", other->name);
	}
}

static bool
listens(const struct config *config, uint8_t family)
{
	for (size_t i = 0; i < config->listen_count; i++) {
		if (config->listen[i].address.family == family)
			return true;
	}
	return false;
}

static void
check_addresses(const struct subject *s)
{
	const struct config_neighbor *n = s->neighbor;

	if (n->has_local_address &&
	    n->local_address.family != n->address.family)
		neighbor_at(s, CONFIG_ERROR, "local-address",
		    "is not of the family of the neighbor's address (%s)",
		    family_name(n->address.family));
	if (n->has_local_address &&
	    prefix_cmp(&n->local_address, &n->address) == 0)
		neighbor_at(s, CONFIG_ERROR, "address",
		    "is the same as local-address");
	if (n->passive && !listens(s->check->config, n->address.family))
		neighbor_at(s, CONFIG_ERROR, "passive",
		    "needs an %s address in `listen`",
		    family_name(n->address.family));
}

static void
check_session(const struct subject *s)
{
	const struct config_neighbor *n = s->neighbor;

	if (n->ttl_security != 0 && n->multihop != 1)
		neighbor_at(s, CONFIG_ERROR, "multihop",
		    "cannot be used with ttl-security");
	if (s->internal && n->role != ROLE_NONE)
		neighbor_at(s, CONFIG_ERROR, "role",
		    "is for external neighbors only");
	if (n->role_strict && n->role == ROLE_NONE)
		neighbor_at(s, CONFIG_ERROR, "role-strict", "needs a role");
	if (!s->internal && n->has_local_pref)
		neighbor_at(s, CONFIG_ERROR, "local-pref",
		    "is for internal neighbors only");
	if (n->long_lived_graceful_restart_s != 0 && n->graceful_restart_s == 0)
		neighbor_at(s, CONFIG_ERROR, "long-lived-graceful-restart",
		    "needs graceful-restart");
	if (n->send_hold_time_s != 0 && n->send_hold_time_s <= n->hold_time_s)
		neighbor_at(s, CONFIG_ERROR, "send-hold-time",
		    "must be longer than hold-time (%" PRIu32 "s), or 0s",
		    n->hold_time_s);
}

/*
 * The next hops of a family that the session's own addresses cannot give.
 * IPv4 over IPv6 may be agreed by RFC 8950, so that is for the session.
 */
static void
check_next_hops(const struct subject *s)
{
	const struct config *config = s->check->config;
	const struct config_neighbor *n = s->neighbor;

	if (n->address.family != FAMILY_IPV4 ||
	    (n->families & FAMILY_BIT(FAMILY_IPV6)) == 0)
		return;
	if ((n->announce & ANNOUNCE_BLACKHOLES) != 0 &&
	    !config_blackhole_next_hop(config, n, FAMILY_IPV6)->given)
		neighbor_at(s, CONFIG_ERROR, next_hop_keys[FAMILY_IPV6],
		    "IPv6 over an IPv4 session needs an address here or in "
		    "blackhole.next-hop-ipv6");
	if (has_aggregates(config, n, FAMILY_IPV6) &&
	    !n->aggregate_next_hop[FAMILY_IPV6].given)
		neighbor_at(s, CONFIG_ERROR,
		    aggregate_next_hop_keys[FAMILY_IPV6],
		    "IPv6 over an IPv4 session needs an address here");
}

static void
check_max_prefixes(const struct subject *s)
{
	static const char *const keys[FAMILIES] = { "max-prefixes.ipv4",
		"max-prefixes.ipv6" };
	const struct config_neighbor *n = s->neighbor;
	size_t count;

	for (int family = 0; family < FAMILIES; family++) {
		if ((n->families & FAMILY_BIT(family)) == 0 ||
		    !has_aggregates(s->check->config, n, (enum family)family))
			continue;
		count = count_aggregates(s->check->config, (enum family)family);
		if (n->max_prefixes[family] != 0 &&
		    n->max_prefixes[family] < count)
			neighbor_at(s, CONFIG_ERROR, keys[family],
			    "is below the number of aggregates (%zu)", count);
		if (n->max_prefixes[family] == count &&
		    (n->announce & ANNOUNCE_BLACKHOLES) != 0)
			neighbor_at(s, CONFIG_WARNING, keys[family],
			    "leaves no place for a blackhole beside the "
			    "aggregates");
	}
}

/* Says how far a route goes, or nothing that blackholes it. */
static bool
is_scope(uint32_t community)
{
	return community == COMMUNITY_NO_EXPORT ||
	    community == COMMUNITY_NO_ADVERTISE ||
	    community == COMMUNITY_NO_EXPORT_SUBCONFED ||
	    community == COMMUNITY_NO_PEER ||
	    community == COMMUNITY_GRACEFUL_SHUTDOWN;
}

/* Whether anything in the set can ask a neighbor to blackhole. */
static bool
can_blackhole(const struct community_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (!is_scope(set->values[i]))
			return true;
	}
	return set->large_count > 0;
}

static bool
has_large(const struct community_set *set, const struct large_community *c)
{
	for (size_t i = 0; i < set->large_count; i++) {
		if (memcmp(&set->large[i], c, sizeof(*c)) == 0)
			return true;
	}
	return false;
}

/*
 * The text of a community that may blackhole and is in the set: 65535:666,
 * or one that stands on blackholes to the same neighbor.  NULL if none is.
 */
static const char *
find_blackholing(const struct community_set *set,
    const struct community_set *blackholes, char buf[COMMUNITY_STRLEN])
{
	if (community_has(set, COMMUNITY_BLACKHOLE))
		return community_print(COMMUNITY_BLACKHOLE, buf);
	for (size_t i = 0; i < blackholes->count; i++) {
		if (!is_scope(blackholes->values[i]) &&
		    community_has(set, blackholes->values[i]))
			return community_print(blackholes->values[i], buf);
	}
	for (size_t i = 0; i < blackholes->large_count; i++) {
		if (has_large(set, &blackholes->large[i]))
			return large_community_print(&blackholes->large[i],
			    buf);
	}
	return NULL;
}

static void
check_communities(const struct subject *s)
{
	const struct config_neighbor *n = s->neighbor;
	const struct community_set *blackholes =
	    config_blackhole_communities(s->check->config, n);
	char buf[COMMUNITY_STRLEN];
	const char *found;

	if (!s->internal && (n->announce & ANNOUNCE_BLACKHOLES) != 0 &&
	    !can_blackhole(blackholes))
		neighbor_at(s, CONFIG_ERROR, "communities",
		    "no blackhole community for an external neighbor: it would "
		    "take victims for ordinary routes");
	found = find_blackholing(&n->aggregate_communities, blackholes, buf);
	if (found != NULL)
		neighbor_at(s, CONFIG_ERROR, "aggregate-communities",
		    "%s is a blackhole community: all of ours would be "
		    "blackholed",
		    found);
}

/* Inside, "self" draws what is to be dropped to this machine. */
static void
check_self(const struct subject *s)
{
	const struct config_neighbor *n = s->neighbor;

	if (!s->internal || (n->announce & ANNOUNCE_BLACKHOLES) == 0)
		return;
	for (int family = 0; family < FAMILIES; family++) {
		if ((n->families & FAMILY_BIT(family)) != 0 &&
		    !config_blackhole_next_hop(s->check->config, n,
			(enum family)family)
			 ->given)
			neighbor_at(s, CONFIG_WARNING, next_hop_keys[family],
			    "self for an internal neighbor draws the attack to "
			    "this machine; give an address that is routed to "
			    "nowhere");
	}
}

static void
check_neighbor(const struct check *check, size_t index)
{
	struct subject s = {
		.check = check,
		.neighbor = &check->config->neighbors[index],
		.index = index,
	};

	s.internal = config_is_internal(check->config, s.neighbor);
	check_unique(&s);
	check_addresses(&s);
	check_session(&s);
	check_next_hops(&s);
	check_max_prefixes(&s);
	check_communities(&s);
	check_self(&s);
}

void
config_check(const struct config *config, config_found *found, void *arg)
{
	struct check check = { .config = config, .found = found, .arg = arg };

	check_aggregates(&check);
	check_blackhole(&check);
	check_listen(&check);
	check_access(&check);
	for (size_t i = 0; i < config->neighbor_count; i++)
		check_neighbor(&check, i);
}
