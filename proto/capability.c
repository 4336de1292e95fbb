/*
 * Capabilities: a row of code, length and value.  What is unknown, and what
 * has a length that its RFC does not give it, is as good as absent (RFC 5492,
 * section 3); only the row itself must be whole.
 */
#include "bgp.h"

#include "capability.h"

/* RFC 4724, section 3; RFC 8538, section 2 */
#define GR_FLAG_RESTARTING 0x8000
#define GR_FLAG_NOTIFICATION 0x4000
#define GR_TIME_MASK 0x0fff
/* RFC 4724, section 3; RFC 9494, section 3.1 */
#define FAMILY_FLAG_FORWARDING 0x80

uint16_t
capability_afi(enum family family)
{
	return family == FAMILY_IPV4 ? BGP_AFI_IPV4 : BGP_AFI_IPV6;
}

bool
capability_family(uint16_t afi, uint8_t safi, enum family *family)
{
	if (safi != BGP_SAFI_UNICAST ||
	    (afi != BGP_AFI_IPV4 && afi != BGP_AFI_IPV6))
		return false;
	*family = afi == BGP_AFI_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6;
	return true;
}

/* RFC 4760, section 8: AFI, a reserved octet, SAFI. */
static void
decode_multiprotocol(struct capabilities *c, struct wire_in value)
{
	uint16_t afi = wire_get_u16(&value);
	uint8_t safi;
	enum family family;

	wire_get_u8(&value);
	safi = wire_get_u8(&value);
	c->multiprotocol = true;
	if (capability_family(afi, safi, &family))
		c->families |= FAMILY_BIT(family);
}

static void
decode_route_refresh(struct capabilities *c, struct wire_in value)
{
	(void)value;
	c->route_refresh = true;
}

/* RFC 8950, section 4: NLRI AFI, NLRI SAFI in two octets, next hop AFI. */
static void
decode_extended_next_hop(struct capabilities *c, struct wire_in value)
{
	while (value.left > 0) {
		uint16_t afi = wire_get_u16(&value);
		uint16_t safi = wire_get_u16(&value);
		uint16_t next_hop_afi = wire_get_u16(&value);

		if (afi == BGP_AFI_IPV4 && safi == BGP_SAFI_UNICAST &&
		    next_hop_afi == BGP_AFI_IPV6)
			c->ipv4_over_ipv6 = true;
	}
}

static void
decode_extended_message(struct capabilities *c, struct wire_in value)
{
	(void)value;
	c->extended_message = true;
}

static void
decode_role(struct capabilities *c, struct wire_in value)
{
	uint8_t role = wire_get_u8(&value);

	if (role > ROLE_PEER)
		role = ROLE_UNKNOWN;
	if (c->role != ROLE_NONE && c->role != role)
		c->role_conflict = true;
	c->role = role;
}

/* Of several, the last one counts (RFC 4724, section 3). */
static void
decode_graceful_restart(struct capabilities *c, struct wire_in value)
{
	uint16_t head = wire_get_u16(&value);

	c->graceful_restart = true;
	c->gr_restarting = (head & GR_FLAG_RESTARTING) != 0;
	c->gr_notification = (head & GR_FLAG_NOTIFICATION) != 0;
	c->gr_time_s = head & GR_TIME_MASK;
	c->gr_families = 0;
	c->gr_forwarding = 0;
	while (value.left > 0) {
		uint16_t afi = wire_get_u16(&value);
		uint8_t safi = wire_get_u8(&value);
		uint8_t flags = wire_get_u8(&value);
		enum family family;

		if (!capability_family(afi, safi, &family))
			continue;
		c->gr_families |= FAMILY_BIT(family);
		if (flags & FAMILY_FLAG_FORWARDING)
			c->gr_forwarding |= FAMILY_BIT(family);
	}
}

static void
decode_as4(struct capabilities *c, struct wire_in value)
{
	c->as4 = true;
	c->as = wire_get_u32(&value);
}

static void
decode_enhanced_refresh(struct capabilities *c, struct wire_in value)
{
	(void)value;
	c->enhanced_refresh = true;
}

/* RFC 9494, section 3.1: the stale time has three octets. */
static void
decode_llgr(struct capabilities *c, struct wire_in value)
{
	c->llgr = true;
	c->llgr_families = 0;
	c->llgr_forwarding = 0;
	while (value.left > 0) {
		uint16_t afi = wire_get_u16(&value);
		uint8_t safi = wire_get_u8(&value);
		uint32_t rest = wire_get_u32(&value);
		enum family family;

		if (!capability_family(afi, safi, &family))
			continue;
		c->llgr_families |= FAMILY_BIT(family);
		c->llgr_time_s[family] = rest & 0xffffff;
		if (rest >> 24 & FAMILY_FLAG_FORWARDING)
			c->llgr_forwarding |= FAMILY_BIT(family);
	}
}

/* The value has base octets and any number of items of item octets each. */
static const struct rule {
	uint8_t code, base, item;
	void (*decode)(struct capabilities *c, struct wire_in value);
} rules[] = {
	{ BGP_CAP_MULTIPROTOCOL, 4, 0, decode_multiprotocol },
	{ BGP_CAP_ROUTE_REFRESH, 0, 0, decode_route_refresh },
	{ BGP_CAP_EXTENDED_NEXT_HOP, 0, 6, decode_extended_next_hop },
	{ BGP_CAP_EXTENDED_MESSAGE, 0, 0, decode_extended_message },
	{ BGP_CAP_ROLE, 1, 0, decode_role },
	{ BGP_CAP_GRACEFUL_RESTART, 2, 4, decode_graceful_restart },
	{ BGP_CAP_AS4, 4, 0, decode_as4 },
	{ BGP_CAP_ENHANCED_REFRESH, 0, 0, decode_enhanced_refresh },
	{ BGP_CAP_LONG_LIVED_GR, 0, 7, decode_llgr },
};

static bool
length_fits(const struct rule *rule, size_t len)
{
	if (rule->item == 0 || len < rule->base)
		return len == rule->base;
	return (len - rule->base) % rule->item == 0;
}

static void
decode_one(struct capabilities *c, uint8_t code, struct wire_in value)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].code == code && length_fits(&rules[i], value.left))
			rules[i].decode(c, value);
}

int
capability_decode(struct capabilities *c, struct wire_in in,
    struct bgp_notification *why)
{
	while (in.left > 0) {
		uint8_t code = wire_get_u8(&in);
		struct wire_in value = wire_get_sub(&in, wire_get_u8(&in));

		if (in.failed)
			return notification_set(why, BGP_ERR_OPEN, 0);
		decode_one(c, code, value);
	}
	return 0;
}

static void
put_empty(struct wire_out *out, bool there, uint8_t code)
{
	if (!there)
		return;
	wire_put_u8(out, code);
	wire_put_u8(out, 0);
}

static void
encode_multiprotocol(const struct capabilities *c, struct wire_out *out)
{
	for (enum family f = 0; f < FAMILIES; f++) {
		if (!(c->families & FAMILY_BIT(f)))
			continue;
		wire_put_u8(out, BGP_CAP_MULTIPROTOCOL);
		wire_put_u8(out, 4);
		wire_put_u16(out, capability_afi(f));
		wire_put_u8(out, 0);
		wire_put_u8(out, BGP_SAFI_UNICAST);
	}
}

static void
encode_extended_next_hop(const struct capabilities *c, struct wire_out *out)
{
	if (!c->ipv4_over_ipv6)
		return;
	wire_put_u8(out, BGP_CAP_EXTENDED_NEXT_HOP);
	wire_put_u8(out, 6);
	wire_put_u16(out, BGP_AFI_IPV4);
	wire_put_u16(out, BGP_SAFI_UNICAST);
	wire_put_u16(out, BGP_AFI_IPV6);
}

static void
encode_role(const struct capabilities *c, struct wire_out *out)
{
	if (c->role == ROLE_NONE)
		return;
	wire_put_u8(out, BGP_CAP_ROLE);
	wire_put_u8(out, 1);
	wire_put_u8(out, c->role);
}

static uint8_t
forwarding_flag(uint8_t forwarding, enum family family)
{
	return forwarding & FAMILY_BIT(family) ? FAMILY_FLAG_FORWARDING : 0;
}

static void
encode_graceful_restart(const struct capabilities *c, struct wire_out *out)
{
	uint16_t head = c->gr_time_s & GR_TIME_MASK;
	size_t mark;

	if (!c->graceful_restart)
		return;
	if (c->gr_restarting)
		head |= GR_FLAG_RESTARTING;
	if (c->gr_notification)
		head |= GR_FLAG_NOTIFICATION;
	wire_put_u8(out, BGP_CAP_GRACEFUL_RESTART);
	mark = wire_mark_u8(out);
	wire_put_u16(out, head);
	for (enum family f = 0; f < FAMILIES; f++) {
		if (!(c->gr_families & FAMILY_BIT(f)))
			continue;
		wire_put_u16(out, capability_afi(f));
		wire_put_u8(out, BGP_SAFI_UNICAST);
		wire_put_u8(out, forwarding_flag(c->gr_forwarding, f));
	}
	wire_patch_u8(out, mark);
}

static void
encode_as4(const struct capabilities *c, struct wire_out *out)
{
	if (!c->as4)
		return;
	wire_put_u8(out, BGP_CAP_AS4);
	wire_put_u8(out, 4);
	wire_put_u32(out, c->as);
}

static void
encode_llgr(const struct capabilities *c, struct wire_out *out)
{
	size_t mark;

	if (!c->llgr && c->llgr_families == 0)
		return;
	wire_put_u8(out, BGP_CAP_LONG_LIVED_GR);
	mark = wire_mark_u8(out);
	for (enum family f = 0; f < FAMILIES; f++) {
		uint32_t flags = forwarding_flag(c->llgr_forwarding, f);

		if (!(c->llgr_families & FAMILY_BIT(f)))
			continue;
		wire_put_u16(out, capability_afi(f));
		wire_put_u8(out, BGP_SAFI_UNICAST);
		wire_put_u32(out, flags << 24 | (c->llgr_time_s[f] & 0xffffff));
	}
	wire_patch_u8(out, mark);
}

void
capability_encode(const struct capabilities *c, struct wire_out *out)
{
	encode_multiprotocol(c, out);
	put_empty(out, c->route_refresh, BGP_CAP_ROUTE_REFRESH);
	encode_extended_next_hop(c, out);
	put_empty(out, c->extended_message, BGP_CAP_EXTENDED_MESSAGE);
	encode_role(c, out);
	encode_graceful_restart(c, out);
	encode_as4(c, out);
	put_empty(out, c->enhanced_refresh, BGP_CAP_ENHANCED_REFRESH);
	encode_llgr(c, out);
}

void
capability_drop(struct capabilities *c, struct wire_in refused)
{
	struct capabilities no = { .role = ROLE_NONE };
	struct bgp_notification cut;

	/* what stands before a cut is still good to know */
	(void)capability_decode(&no, refused, &cut);
	c->families &= (uint8_t)~no.families;
	c->multiprotocol = c->multiprotocol && c->families != 0;
	c->route_refresh = c->route_refresh && !no.route_refresh;
	c->ipv4_over_ipv6 = c->ipv4_over_ipv6 && !no.ipv4_over_ipv6;
	c->extended_message = c->extended_message && !no.extended_message;
	c->graceful_restart = c->graceful_restart && !no.graceful_restart;
	c->as4 = c->as4 && !no.as4;
	c->enhanced_refresh = c->enhanced_refresh && !no.enhanced_refresh;
	if (no.role != ROLE_NONE)
		c->role = ROLE_NONE;
	if (no.llgr || no.graceful_restart) {
		c->llgr = false;
		c->llgr_families = 0;
	}
}
