#ifndef GIVEN_H
#define GIVEN_H

/*
 * What tests of victims and routes are given: prefixes from text, victims
 * with a claim.  Brings cmocka and what it needs.
 */

#include "hex.h"

#include "victim.h"

static inline struct prefix
given_prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text), PREFIX_OK);
	return p;
}

/* One more claim on v, since and until these times. */
static inline struct claim *
given_claim(struct victim_set *set, struct victim *v, const char *owner,
    int64_t since_ms, int64_t expires_ms)
{
	struct claim *c = claim_new(set, owner, "", NULL);

	assert_non_null(c);
	c->since_ms = since_ms;
	c->expires_ms = expires_ms;
	victim_add_claim(set, v, c);
	return c;
}

/* A victim in the set, without claims. */
static inline struct victim *
given_victim(struct victim_set *set, const char *text)
{
	struct prefix p = given_prefix(text);
	struct victim *v = victim_new(&p);

	assert_non_null(v);
	victim_set_insert(set, v);
	return v;
}

#endif
