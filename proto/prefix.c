/*
 * Prefixes as text and in order.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "prefix.h"

uint8_t
family_bits(enum family family)
{
	return family == FAMILY_IPV4 ? 32 : 128;
}

const char *
family_name(enum family family)
{
	return family == FAMILY_IPV4 ? "ipv4" : "ipv6";
}

struct prefix
prefix_from_bytes(enum family family, const uint8_t *bytes)
{
	struct prefix p = { .family = (uint8_t)family,
		.len = family_bits(family) };

	memcpy(p.addr, bytes, p.len / 8);
	return p;
}

/* Decimal digits only, no sign, no leading zero, up to max. */
static bool
parse_length(const char *text, unsigned max, uint8_t *len)
{
	unsigned v = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (unsigned)(*text - '0');
		if (v > max)
			return false;
	}
	*len = (uint8_t)v;
	return true;
}

/* Clears the bits behind the length; gives whether any was set. */
static bool
mask_host_bits(struct prefix *p)
{
	bool found = false;

	for (unsigned i = 0; i < sizeof(p->addr); i++) {
		unsigned keep = p->len > i * 8 ? p->len - i * 8 : 0;
		uint8_t mask = (uint8_t)(keep >= 8 ? 0xff : 0xff00 >> keep);

		if (p->addr[i] & (uint8_t)~mask)
			found = true;
		p->addr[i] &= mask;
	}
	return found;
}

enum prefix_error
prefix_parse(struct prefix *p, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN];

	if (len >= sizeof(addr))
		return PREFIX_SYNTAX;
	memcpy(addr, text, len);
	addr[len] = '\0';
	*p = (struct prefix){ .family = FAMILY_IPV4 };
	if (inet_pton(AF_INET, addr, p->addr) != 1) {
		p->family = FAMILY_IPV6;
		if (inet_pton(AF_INET6, addr, p->addr) != 1)
			return PREFIX_SYNTAX;
	}
	p->len = family_bits(p->family);
	if (slash != NULL && !parse_length(slash + 1, p->len, &p->len))
		return PREFIX_SYNTAX;
	return mask_host_bits(p) ? PREFIX_HOST_BITS : PREFIX_OK;
}

enum prefix_error
prefix_parse_address(struct prefix *p, const char *text)
{
	if (strchr(text, '/') != NULL)
		return PREFIX_SYNTAX;
	return prefix_parse(p, text);
}

const char *
prefix_print_address(const struct prefix *p, char buf[PREFIX_STRLEN])
{
	int af = p->family == FAMILY_IPV4 ? AF_INET : AF_INET6;

	if (inet_ntop(af, p->addr, buf, PREFIX_STRLEN) == NULL)
		buf[0] = '\0';
	return buf;
}

const char *
prefix_print(const struct prefix *p, char buf[PREFIX_STRLEN])
{
	size_t len;

	prefix_print_address(p, buf);
	len = strlen(buf);
	snprintf(buf + len, PREFIX_STRLEN - len, "/%u", p->len);
	return buf;
}

int
prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->addr, b->addr, sizeof(a->addr));
	if (order != 0)
		return order;
	return (int)a->len - (int)b->len;
}

bool
prefix_covers(const struct prefix *a, const struct prefix *b)
{
	struct prefix cut = *b;

	if (a->family != b->family || a->len > b->len)
		return false;
	cut.len = a->len;
	mask_host_bits(&cut);
	return memcmp(a->addr, cut.addr, sizeof(a->addr)) == 0;
}

bool
prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

bool
prefix_is_unspecified(const struct prefix *p)
{
	static const uint8_t zero[16];

	return memcmp(p->addr, zero, sizeof(zero)) == 0;
}
