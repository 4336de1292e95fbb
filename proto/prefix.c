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

/* Up to 255; gives the place behind. */
static char *
put_number(char *at, unsigned n)
{
	if (n >= 100)
		*at++ = (char)('0' + n / 100);
	if (n >= 10)
		*at++ = (char)('0' + n / 10 % 10);
	*at++ = (char)('0' + n % 10);
	return at;
}

/* By ourselves: inet_ntop(3) and printf(3) take ten times as long. */
static void
print_ipv4(const struct prefix *p, char *at)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = '.';
		at = put_number(at, p->addr[i]);
	}
	*at = '\0';
}

const char *
prefix_print_address(const struct prefix *p, char buf[PREFIX_STRLEN])
{
	if (p->family == FAMILY_IPV4)
		print_ipv4(p, buf);
	else if (inet_ntop(AF_INET6, p->addr, buf, PREFIX_STRLEN) == NULL)
		buf[0] = '\0';
	return buf;
}

const char *
prefix_print(const struct prefix *p, char buf[PREFIX_STRLEN])
{
	char *at;

	prefix_print_address(p, buf);
	at = buf + strlen(buf);
	*at++ = '/';
	at = put_number(at, p->len);
	*at = '\0';
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
	unsigned octets = a->len / 8, bits = a->len % 8;

	if (a->family != b->family || a->len > b->len)
		return false;
	/* most differ at once: no call for them */
	for (unsigned i = 0; i < octets; i++)
		if (a->addr[i] != b->addr[i])
			return false;
	return bits == 0 ||
	    (a->addr[octets] ^ b->addr[octets]) >> (8 - bits) == 0;
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
