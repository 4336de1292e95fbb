#ifndef COMMUNITY_H
#define COMMUNITY_H

/*
 * Communities (RFC 1997) and large communities (RFC 8092) as sorted sets
 * without duplicates, which is how they go onto the wire.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* RFC 7999, section 5; RFC 1997; RFC 3765; RFC 8326 */
#define COMMUNITY_BLACKHOLE 0xffff029aU
#define COMMUNITY_GRACEFUL_SHUTDOWN 0xffff0000U
#define COMMUNITY_NO_EXPORT 0xffffff01U
#define COMMUNITY_NO_ADVERTISE 0xffffff02U
#define COMMUNITY_NO_EXPORT_SUBCONFED 0xffffff03U
#define COMMUNITY_NO_PEER 0xffffff04U

struct large_community {
	uint32_t global, local1, local2;
};

/* How many of each kind one set may hold. */
#define COMMUNITY_MAX 32

struct community_set {
	uint8_t count, large_count;
	uint32_t values[COMMUNITY_MAX];
	struct large_community large[COMMUNITY_MAX];
};

/* Longest text of one community, with the NUL: three numbers, two colons. */
#define COMMUNITY_STRLEN 33

enum community_error {
	COMMUNITY_OK,
	COMMUNITY_SYNTAX, /* no ASN:VALUE, ASN:VALUE:VALUE or known name */
	COMMUNITY_FULL	  /* COMMUNITY_MAX are in the set */
};

/* Adds what text names; one that is there already is no error. */
enum community_error community_parse(struct community_set *set,
    const char *text);
bool community_has(const struct community_set *set, uint32_t value);
bool community_equal(const struct community_set *a,
    const struct community_set *b);

/* The text of one, by its well-known name if it has one; gives buf. */
const char *community_print(uint32_t value, char buf[COMMUNITY_STRLEN]);
const char *large_community_print(const struct large_community *c,
    char buf[COMMUNITY_STRLEN]);

/* The attribute's value: 4 (or 12) octets each, ascending. */
void community_encode(const struct community_set *set, struct wire_out *out);
void large_community_encode(const struct community_set *set,
    struct wire_out *out);

#endif
