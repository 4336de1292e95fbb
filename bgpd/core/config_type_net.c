/*
 * The values of a configuration that are of the network: addresses, prefixes,
 * next hops, listening sockets and communities.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bgp.h"
#include "config_type.h"

#define HTTP_PORT 9479

/* "fe80::1%eth0", and for listening sockets "[fe80::1%eth0]:179" */
#define SCOPED_STRLEN (PREFIX_STRLEN + IF_NAMESIZE)

static bool
is_link_local(const struct prefix *p)
{
	return p->family == FAMILY_IPV6 && p->addr[0] == 0xfe &&
	    (p->addr[1] & 0xc0) == 0x80;
}

/* 224.0.0.0/3 (with the broadcast address), ff00::/8 */
static bool
is_multicast(const struct prefix *p)
{
	return p->family == FAMILY_IPV4 ? p->addr[0] >= 224
					: p->addr[0] == 0xff;
}

static int
parse_router_id(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint32_t *id = config_field(key, base);
	struct prefix p;

	if (prefix_parse_address(&p, text) != PREFIX_OK ||
	    p.family != FAMILY_IPV4 || prefix_is_unspecified(&p))
		return config_refuse(why,
		    "must be a non-zero number in the form of an IPv4 address");
	*id = (uint32_t)p.addr[0] << 24 | (uint32_t)p.addr[1] << 16 |
	    (uint32_t)p.addr[2] << 8 | p.addr[3];
	return 0;
}

static const char *
print_router_id(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const uint32_t *id = config_field_const(key, base);

	(void)i;
	snprintf(buf, CONFIG_TEXT_MAX, "%u.%u.%u.%u", *id >> 24,
	    *id >> 16 & 0xff, *id >> 8 & 0xff, *id & 0xff);
	return buf;
}

const struct config_type config_type_router_id = { .parse = parse_router_id,
	.print = print_router_id };

static int
parse_prefix(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	struct prefix *p = config_field(key, base);
	struct prefix parsed;
	char buf[PREFIX_STRLEN];

	switch (prefix_parse(&parsed, text)) {
	case PREFIX_SYNTAX:
		return config_refuse(why,
		    "must be a prefix such as 203.0.113.0/24 or "
		    "2001:db8::/32");
	case PREFIX_HOST_BITS:
		return config_refuse(why,
		    "has bits set behind its length; the prefix is %s",
		    prefix_print(&parsed, buf));
	case PREFIX_OK:
		break;
	}
	*p = parsed;
	return 0;
}

static const char *
print_prefix(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	char text[PREFIX_STRLEN];

	(void)i;
	strlcpy(buf, prefix_print(config_field_const(key, base), text),
	    CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_prefix = { .parse = parse_prefix,
	.print = print_prefix };

static int
parse_aggregate(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	struct prefix *p = config_field(key, base);

	if (parse_prefix(key, base, text, why) == -1)
		return -1;
	if (p->len == 0) {
		memset(p, 0, sizeof(*p));
		return config_refuse(why, "is the whole Internet, not ours");
	}
	return 0;
}

const struct config_type config_type_aggregate = { .parse = parse_aggregate,
	.print = print_prefix };

/* A unicast address of somebody; "0.0.0.0" and "::" only if any is set. */
static int
parse_unicast(struct prefix *p, const char *text, bool any,
    char why[CONFIG_WHY_MAX])
{
	struct prefix parsed;

	if (prefix_parse_address(&parsed, text) != PREFIX_OK)
		return config_refuse(why, "must be an IPv4 or IPv6 address");
	if (is_multicast(&parsed) || (!any && prefix_is_unspecified(&parsed)))
		return config_refuse(why, "is not the address of a host");
	*p = parsed;
	return 0;
}

static int
parse_address(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	return parse_unicast(config_field(key, base), text, false, why);
}

static const char *
print_address(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	char text[PREFIX_STRLEN];

	(void)i;
	strlcpy(buf, prefix_print_address(config_field_const(key, base), text),
	    CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_address = { .parse = parse_address,
	.print = print_address };

/* What stands behind the %. */
static int
parse_interface(char interface[IF_NAMESIZE], const char *text,
    char why[CONFIG_WHY_MAX])
{
	for (const char *s = text; *s != '\0'; s++) {
		if (!isalnum((unsigned char)*s) && strchr("._@-", *s) == NULL)
			return config_refuse(why, "names no interface");
	}
	if (*text == '\0' ||
	    strlcpy(interface, text, IF_NAMESIZE) >= IF_NAMESIZE)
		return config_refuse(why, "names no interface");
	return 0;
}

/* An address that is of one interface if, and only if, it is link-local. */
static int
parse_scoped(struct prefix *address, char interface[IF_NAMESIZE],
    const char *text, char why[CONFIG_WHY_MAX])
{
	char copy[SCOPED_STRLEN];
	char *percent;

	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return config_refuse(why, "must be an IPv4 or IPv6 address");
	interface[0] = '\0';
	percent = strchr(copy, '%');
	if (percent != NULL) {
		*percent = '\0';
		if (parse_interface(interface, percent + 1, why) == -1)
			return -1;
	}
	if (parse_unicast(address, copy, true, why) == -1)
		return -1;
	if (is_link_local(address) && percent == NULL)
		return config_refuse(why,
		    "is link-local and needs its interface: %s%%INTERFACE",
		    copy);
	if (!is_link_local(address) && percent != NULL)
		return config_refuse(why,
		    "is not link-local and cannot have an interface");
	return 0;
}

static void
print_scoped(const struct prefix *address, const char *interface,
    char buf[SCOPED_STRLEN])
{
	char text[PREFIX_STRLEN];

	snprintf(buf, SCOPED_STRLEN, "%s%s%s",
	    prefix_print_address(address, text),
	    interface[0] != '\0' ? "%" : "", interface);
}

static int
parse_neighbor_address(const struct config_key *key, void *base,
    const char *text, char why[CONFIG_WHY_MAX])
{
	struct prefix *address = config_field(key, base);
	char *interface = (char *)base + key->extra;

	if (parse_scoped(address, interface, text, why) == -1)
		return -1;
	if (prefix_is_unspecified(address))
		return config_refuse(why, "is not the address of a host");
	return 0;
}

static const char *
print_neighbor_address(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	char text[SCOPED_STRLEN];

	(void)i;
	print_scoped(config_field_const(key, base),
	    (const char *)base + key->extra, text);
	strlcpy(buf, text, CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_neighbor_address = {
	.parse = parse_neighbor_address,
	.print = print_neighbor_address
};

static int
parse_next_hop(struct next_hop *next_hop, enum family family, const char *text,
    char why[CONFIG_WHY_MAX])
{
	struct next_hop parsed = { .given = true };

	if (strcmp(text, "self") == 0) {
		*next_hop = (struct next_hop){ .given = false };
		return 0;
	}
	if (prefix_parse_address(&parsed.address, text) != PREFIX_OK ||
	    parsed.address.family != family)
		return config_refuse(why, "must be self or an %s address",
		    family == FAMILY_IPV4 ? "IPv4" : "IPv6");
	if (is_multicast(&parsed.address) ||
	    prefix_is_unspecified(&parsed.address))
		return config_refuse(why, "is not the address of a host");
	*next_hop = parsed;
	return 0;
}

static int
parse_next_hop_ipv4(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	return parse_next_hop(config_field(key, base), FAMILY_IPV4, text, why);
}

static int
parse_next_hop_ipv6(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	return parse_next_hop(config_field(key, base), FAMILY_IPV6, text, why);
}

static const char *
print_next_hop(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const struct next_hop *next_hop = config_field_const(key, base);
	char text[PREFIX_STRLEN];

	(void)i;
	strlcpy(buf,
	    next_hop->given ? prefix_print_address(&next_hop->address, text)
			    : "self",
	    CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_next_hop_ipv4 = { .parse =
							   parse_next_hop_ipv4,
	.print = print_next_hop };
const struct config_type config_type_next_hop_ipv6 = { .parse =
							   parse_next_hop_ipv6,
	.print = print_next_hop };

/*
 * Cuts "[2001:db8::1]:179" or "192.0.2.1:179" into address and port.  A
 * second colon outside brackets means an IPv6 address without a port.
 */
static int
split_port(char *text, char **address, char **port)
{
	char *end;

	*address = text;
	*port = NULL;
	if (text[0] == '[') {
		end = strchr(text, ']');
		if (end == NULL ||
		    memchr(text, ':', (size_t)(end - text)) == NULL)
			return -1;
		*address = text + 1;
		*end++ = '\0';
		if (*end != '\0' && *end != ':')
			return -1;
		*port = *end == ':' ? end + 1 : NULL;
		return 0;
	}
	end = strchr(text, ':');
	if (end == NULL || strchr(end + 1, ':') != NULL)
		return 0;
	*end = '\0';
	*port = end + 1;
	return 0;
}

static int
parse_listen(struct config_listen *listen, const char *text,
    uint16_t default_port, char why[CONFIG_WHY_MAX])
{
	char copy[SCOPED_STRLEN + sizeof("[]:65535")];
	char *address, *port;
	uint32_t number = default_port;

	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy) ||
	    split_port(copy, &address, &port) == -1)
		return config_refuse(why,
		    "must be an address, with a port as in 192.0.2.1:179 or "
		    "[2001:db8::1]:179");
	if (port != NULL &&
	    (!config_parse_u32(&number, port) || number < 1 ||
		number > UINT16_MAX))
		return config_refuse(why, "has no port from 1 to 65535");
	listen->port = (uint16_t)number;
	return parse_scoped(&listen->address, listen->interface, address, why);
}

static int
parse_listen_bgp(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	return parse_listen(config_field(key, base), text, BGP_PORT, why);
}

static int
parse_listen_http(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	return parse_listen(config_field(key, base), text, HTTP_PORT, why);
}

static const char *
print_listen(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const struct config_listen *listen = config_field_const(key, base);
	bool ipv6 = listen->address.family == FAMILY_IPV6;
	char text[SCOPED_STRLEN];

	(void)i;
	print_scoped(&listen->address, listen->interface, text);
	snprintf(buf, CONFIG_TEXT_MAX, "%s%s%s:%u", ipv6 ? "[" : "", text,
	    ipv6 ? "]" : "", (unsigned)listen->port);
	return buf;
}

const struct config_type config_type_listen_bgp = { .parse = parse_listen_bgp,
	.print = print_listen };
const struct config_type config_type_listen_http = { .parse = parse_listen_http,
	.print = print_listen };

static int
parse_communities(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	switch (community_parse(config_field(key, base), text)) {
	case COMMUNITY_SYNTAX:
		return config_refuse(why,
		    "must be a community such as 64501:666, "
		    "64501:666:0 or blackhole");
	case COMMUNITY_FULL:
		return config_refuse(why, "is one more than the %d possible",
		    COMMUNITY_MAX);
	case COMMUNITY_OK:
		break;
	}
	return 0;
}

static const char *
print_communities(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const struct community_set *set = config_field_const(key, base);
	char text[COMMUNITY_STRLEN];

	strlcpy(buf,
	    i < set->count
		? community_print(set->values[i], text)
		: large_community_print(&set->large[i - set->count], text),
	    CONFIG_TEXT_MAX);
	return buf;
}

static size_t
count_communities(const struct config_key *key, const void *base)
{
	const struct community_set *set = config_field_const(key, base);

	return (size_t)set->count + set->large_count;
}

const struct config_type config_type_communities = { .size = sizeof(
							 struct community_set),
	.parse = parse_communities,
	.print = print_communities,
	.count = count_communities };
