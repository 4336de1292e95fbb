#ifndef PREFIX_H
#define PREFIX_H

/*
 * One IPv4 or IPv6 prefix.  An address is a prefix of full length.  Bits
 * behind the length are zero in every struct prefix, so two equal prefixes
 * are equal byte by byte.
 */

#include <stdbool.h>
#include <stdint.h>

enum family {
	FAMILY_IPV4,
	FAMILY_IPV6
};
#define FAMILIES 2

struct prefix {
	uint8_t family;	  /* enum family */
	uint8_t len;	  /* bits */
	uint8_t addr[16]; /* network order; IPv4 in the first four */
};

/* Longest text of a prefix, with the NUL. */
#define PREFIX_STRLEN 44

enum prefix_error {
	PREFIX_OK,
	PREFIX_SYNTAX,	 /* no IPv4 or IPv6 prefix */
	PREFIX_HOST_BITS /* bits are set behind the length; *p is masked */
};

/* "203.0.113.0/24", "2001:db8::/32"; without length a whole address. */
enum prefix_error prefix_parse(struct prefix *p, const char *text);
/* As prefix_parse, but a length is a syntax error. */
enum prefix_error prefix_parse_address(struct prefix *p, const char *text);

/* Canonical form (RFC 5952) with length; gives buf. */
const char *prefix_print(const struct prefix *p, char buf[PREFIX_STRLEN]);
/* The address alone, without length; gives buf. */
const char *prefix_print_address(const struct prefix *p,
    char buf[PREFIX_STRLEN]);

/* A whole address from 4 or 16 bytes in network order. */
struct prefix prefix_from_bytes(enum family family, const uint8_t *bytes);

/* 32 or 128. */
uint8_t family_bits(enum family family);
/* "ipv4" or "ipv6". */
const char *family_name(enum family family);

/* By family, address, length: <0, 0, >0.  Address order. */
int prefix_cmp(const struct prefix *a, const struct prefix *b);
/* Whether a contains b; a prefix contains itself. */
bool prefix_covers(const struct prefix *a, const struct prefix *b);
/* Whether one contains the other. */
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
/* Whether the address is all zero ("0.0.0.0", "::"). */
bool prefix_is_unspecified(const struct prefix *p);

#endif
