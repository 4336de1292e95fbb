#ifndef DECODED_H
#define DECODED_H

/*
 * What a neighbor makes of one message that ribout_next gave: read here
 * without the decoders of proto/, as a second opinion.
 */

#include "bgp.h"
#include "community.h"
#include "given.h"

#define DECODED_MAX 16384

enum decoded_kind {
	DECODED_ANNOUNCE,
	DECODED_WITHDRAW,
	DECODED_END_OF_RIB,
	DECODED_BORR,
	DECODED_EORR
};

struct decoded {
	enum decoded_kind kind;
	enum family family;
	bool blackhole; /* has the community BLACKHOLE */
	uint32_t med;	/* 0: none */
	size_t len;	/* of the whole message */
	size_t count;
	struct prefix *prefixes; /* as many as DECODED_MAX */
};

static inline void
decoded_nlri(struct decoded *d, struct wire_in in)
{
	while (in.left > 0) {
		struct prefix *p = &d->prefixes[d->count++];
		size_t octets;

		assert_true(d->count <= DECODED_MAX);
		*p = (struct prefix){ .family = (uint8_t)d->family,
			.len = wire_get_u8(&in) };
		assert_true(p->len <= family_bits(d->family));
		octets = (p->len + 7U) / 8;
		assert_true(octets <= in.left);
		memcpy(p->addr, wire_get_bytes(&in, octets), octets);
	}
}

static inline void
decoded_mp(struct decoded *d, uint8_t code, struct wire_in value)
{
	d->kind = code == BGP_ATTR_MP_REACH_NLRI ? DECODED_ANNOUNCE
						 : DECODED_WITHDRAW;
	d->family = wire_get_u16(&value) == 1 ? FAMILY_IPV4 : FAMILY_IPV6;
	assert_int_equal(wire_get_u8(&value), BGP_SAFI_UNICAST);
	if (d->kind == DECODED_ANNOUNCE) {
		size_t next_hop = wire_get_u8(&value);

		assert_non_null(wire_get_bytes(&value, next_hop));
		assert_int_equal(wire_get_u8(&value), 0);
	}
	decoded_nlri(d, value);
	if (d->count == 0)
		d->kind = DECODED_END_OF_RIB;
}

static inline void
decoded_attributes(struct decoded *d, struct wire_in in)
{
	while (in.left > 0) {
		uint8_t flags = wire_get_u8(&in), code = wire_get_u8(&in);
		size_t len = flags & BGP_ATTR_FLAG_EXTENDED ? wire_get_u16(&in)
							    : wire_get_u8(&in);
		struct wire_in value = wire_get_sub(&in, len);

		assert_false(value.failed);
		if (code == BGP_ATTR_MED)
			d->med = wire_get_u32(&value);
		if (code == BGP_ATTR_COMMUNITIES)
			d->blackhole =
			    wire_get_u32(&value) == COMMUNITY_BLACKHOLE;
		if (code == BGP_ATTR_MP_REACH_NLRI ||
		    code == BGP_ATTR_MP_UNREACH_NLRI)
			decoded_mp(d, code, value);
	}
}

static inline void
decoded_update(struct decoded *d, struct wire_in in)
{
	struct wire_in withdrawn = wire_get_sub(&in, wire_get_u16(&in));
	struct wire_in attributes = wire_get_sub(&in, wire_get_u16(&in));

	assert_false(in.failed);
	d->kind = DECODED_END_OF_RIB; /* an empty one is that of IPv4 */
	d->family = FAMILY_IPV4;
	if (withdrawn.left > 0) {
		d->kind = DECODED_WITHDRAW;
		decoded_nlri(d, withdrawn);
		assert_int_equal(attributes.left, 0);
		assert_int_equal(in.left, 0);
		return;
	}
	decoded_attributes(d, attributes);
	if (in.left > 0) {
		assert_int_equal(d->count, 0);
		d->kind = DECODED_ANNOUNCE;
		d->family = FAMILY_IPV4;
		decoded_nlri(d, in);
	}
}

static inline void
decoded_refresh(struct decoded *d, struct wire_in in)
{
	uint8_t subtype;

	d->family = wire_get_u16(&in) == 1 ? FAMILY_IPV4 : FAMILY_IPV6;
	subtype = wire_get_u8(&in);
	assert_in_range(subtype, 1, 2);
	d->kind = subtype == 1 ? DECODED_BORR : DECODED_EORR;
	assert_int_equal(wire_get_u8(&in), BGP_SAFI_UNICAST);
	assert_true(wire_done(&in));
}

/* Exactly one message must be there. */
static inline void
decoded_init(struct decoded *d, const struct wire_out *message)
{
	struct wire_in in = wire_in(message->bytes, message->len);
	uint8_t type;

	assert_false(message->failed);
	*d = (struct decoded){ .len = message->len,
		.prefixes = calloc(DECODED_MAX, sizeof(*d->prefixes)) };
	assert_non_null(d->prefixes);
	hex_check(wire_get_bytes(&in, BGP_MARKER_LEN), BGP_MARKER_LEN,
	    HEX_MARKER);
	assert_int_equal(wire_get_u16(&in), message->len);
	type = wire_get_u8(&in);
	if (type == BGP_ROUTE_REFRESH) {
		decoded_refresh(d, in);
		return;
	}
	assert_int_equal(type, BGP_UPDATE);
	decoded_update(d, in);
}

static inline void
decoded_fini(struct decoded *d)
{
	free(d->prefixes);
}

#endif
