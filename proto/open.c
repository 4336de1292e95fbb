/*
 * OPEN: received ones are decoded and judged, first without and then with
 * what the configuration expects; two of them make the terms of a session.
 */
#include "bgp.h"
#include "frame.h"

#include "open.h"

/* RFC 5492, section 4; RFC 9072, section 2 */
#define OPTION_CAPABILITIES 2
#define OPTION_EXTENDED 255

#define OPTIONS_MAX UINT8_MAX /* octets in the plain form */

/* Remembers the codes; the row was found whole before. */
static void
note_codes(struct bgp_open *o, struct wire_in in)
{
	while (in.left > 0) {
		uint8_t code = wire_get_u8(&in);
		size_t i = 0;

		wire_get_bytes(&in, wire_get_u8(&in));
		while (i < o->cap_count && o->cap_codes[i] != code)
			i++;
		if (i == o->cap_count && i < sizeof(o->cap_codes))
			o->cap_codes[o->cap_count++] = code;
	}
}

static int
decode_option(struct bgp_open *o, struct wire_in *options, bool extended,
    struct bgp_notification *why)
{
	uint8_t type = wire_get_u8(options);
	size_t len = extended ? wire_get_u16(options) : wire_get_u8(options);
	struct wire_in value = wire_get_sub(options, len);

	if (options->failed)
		return notification_set(why, BGP_ERR_OPEN, 0);
	if (type != OPTION_CAPABILITIES)
		return notification_set(why, BGP_ERR_OPEN,
		    BGP_OPEN_UNSUPPORTED_OPTION);
	if (capability_decode(&o->caps, value, why) == -1)
		return -1;
	note_codes(o, value);
	return 0;
}

/*
 * RFC 9072, section 2: a first type of 255 is the extended form, whatever the
 * plain length says as long as there is one.
 */
static int
decode_options(struct bgp_open *o, struct wire_in body,
    struct bgp_notification *why)
{
	size_t len = wire_get_u8(&body);
	struct wire_in behind = body, options;
	bool extended = len > 0 && wire_get_u8(&behind) == OPTION_EXTENDED;

	if (extended) {
		body = behind;
		len = wire_get_u16(&body);
	}
	options = wire_get_sub(&body, len);
	if (!wire_done(&body))
		return notification_set(why, BGP_ERR_OPEN, 0);
	while (options.left > 0)
		if (decode_option(o, &options, extended, why) == -1)
			return -1;
	return 0;
}

/*
 * RFC 6793, section 4.1: the capability has the AS, the header repeats it or
 * has AS_TRANS.  RFC 7607: it is never 0.
 */
static int
take_as(struct bgp_open *o, struct bgp_notification *why)
{
	if (!o->caps.as4)
		return 0;
	if (o->caps.as == 0 || (o->as != BGP_AS_TRANS && o->as != o->caps.as))
		return notification_set(why, BGP_ERR_OPEN,
		    BGP_OPEN_BAD_PEER_AS);
	o->as = o->caps.as;
	return 0;
}

int
open_decode(struct bgp_open *o, struct wire_in body,
    struct bgp_notification *why)
{
	*o = (struct bgp_open){ .caps.role = ROLE_NONE };
	o->version = wire_get_u8(&body);
	if (!body.failed && o->version != BGP_VERSION)
		return notification_set_u16(why, BGP_ERR_OPEN,
		    BGP_OPEN_UNSUPPORTED_VERSION, BGP_VERSION);
	o->as = wire_get_u16(&body);
	o->hold_time_s = wire_get_u16(&body);
	o->bgp_id = wire_get_u32(&body);
	if (body.failed)
		return notification_set(why, BGP_ERR_OPEN, 0);
	if (o->as == 0)
		return notification_set(why, BGP_ERR_OPEN,
		    BGP_OPEN_BAD_PEER_AS);
	if (o->hold_time_s == 1 || o->hold_time_s == 2)
		return notification_set(why, BGP_ERR_OPEN, BGP_OPEN_HOLD_TIME);
	if (o->bgp_id == 0)
		return notification_set(why, BGP_ERR_OPEN,
		    BGP_OPEN_BAD_BGP_IDENTIFIER);
	if (decode_options(o, body, why) == -1)
		return -1;
	return take_as(o, why);
}

/* RFC 9234, section 4.2, table 2 */
static bool
roles_correspond(uint8_t ours, uint8_t theirs)
{
	static const uint8_t other[] = {
		[ROLE_PROVIDER] = ROLE_CUSTOMER,
		[ROLE_RS] = ROLE_RS_CLIENT,
		[ROLE_RS_CLIENT] = ROLE_RS,
		[ROLE_CUSTOMER] = ROLE_PROVIDER,
		[ROLE_PEER] = ROLE_PEER,
	};

	return ours < sizeof(other) && other[ours] == theirs;
}

static bool
roles_acceptable(const struct capabilities *theirs,
    const struct open_expect *expect)
{
	if (theirs->role_conflict)
		return false;
	if (expect->role == ROLE_NONE)
		return true;
	if (theirs->role == ROLE_NONE)
		return !expect->role_strict;
	return roles_correspond(expect->role, theirs->role);
}

int
open_check(const struct bgp_open *o, const struct open_expect *expect,
    struct bgp_notification *why)
{
	bool internal = expect->local_as == expect->remote_as;

	if (o->as != expect->remote_as)
		return notification_set(why, BGP_ERR_OPEN,
		    BGP_OPEN_BAD_PEER_AS);
	if (internal && o->bgp_id == expect->bgp_id)
		return notification_set(why, BGP_ERR_OPEN,
		    BGP_OPEN_BAD_BGP_IDENTIFIER);
	if (!internal && !roles_acceptable(&o->caps, expect))
		return notification_set(why, BGP_ERR_OPEN,
		    BGP_OPEN_ROLE_MISMATCH);
	return 0;
}

void
open_encode_options(const void *capabilities, size_t len, struct wire_out *out)
{
	if (len == 0) {
		wire_put_u8(out, 0);
	} else if (len + 2 <= OPTIONS_MAX) {
		wire_put_u8(out, (uint8_t)(len + 2));
		wire_put_u8(out, OPTION_CAPABILITIES);
		wire_put_u8(out, (uint8_t)len);
	} else {
		wire_put_u8(out, OPTIONS_MAX);
		wire_put_u8(out, OPTION_EXTENDED);
		wire_put_u16(out, (uint16_t)(len + 3));
		wire_put_u8(out, OPTION_CAPABILITIES);
		wire_put_u16(out, (uint16_t)len);
	}
	wire_put_bytes(out, capabilities, len);
}

void
open_encode(const struct bgp_open *o, struct wire_out *out)
{
	size_t begin = frame_begin(out, BGP_OPEN);
	struct wire_out caps;

	wire_put_u8(out, BGP_VERSION);
	wire_put_u16(out, o->as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)o->as);
	wire_put_u16(out, o->hold_time_s);
	wire_put_u32(out, o->bgp_id);
	wire_out_init(&caps, BGP_MESSAGE_MAX);
	capability_encode(&o->caps, &caps);
	if (caps.failed)
		out->failed = true;
	open_encode_options(caps.bytes, caps.len, out);
	wire_out_fini(&caps);
	frame_end(out, begin);
}

/* RFC 4760, section 8 */
static uint8_t
families(const struct capabilities *c)
{
	bool named = c->multiprotocol || c->families != 0;

	return named ? c->families : FAMILY_BIT(FAMILY_IPV4);
}

/*
 * The neighbor keeps what we name if it helps at all: a helper that cannot
 * restart itself names no family (RFC 4724, section 3; RFC 9494, section 3.1).
 */
static void
agree_restart(struct session_terms *t, const struct capabilities *ours,
    const struct capabilities *theirs)
{
	t->graceful_restart =
	    ours->graceful_restart && theirs->graceful_restart;
	if (!t->graceful_restart)
		return;
	t->gr_notification = ours->gr_notification && theirs->gr_notification;
	t->gr_time_s = ours->gr_time_s;
	t->gr_families = ours->gr_families & t->families;
	if (theirs->llgr)
		t->llgr_families = ours->llgr_families & t->families;
}

struct session_terms
open_agree(const struct bgp_open *ours, const struct bgp_open *theirs)
{
	const struct capabilities *a = &ours->caps, *b = &theirs->caps;
	struct session_terms t = {
		.internal = ours->as == theirs->as,
		.families = families(a) & families(b),
		.as4 = a->as4 && b->as4,
		/* RFC 2918, section 4: who asks need not answer */
		.route_refresh = a->route_refresh,
		.enhanced_refresh = a->enhanced_refresh && b->enhanced_refresh,
		.local_as = ours->as,
		.remote_as = theirs->as,
		.message_max = BGP_MESSAGE_MAX,
		.message_max_in = BGP_MESSAGE_MAX,
		.hold_time_s = ours->hold_time_s,
	};

	t.ipv4_over_ipv6 = a->ipv4_over_ipv6 && b->ipv4_over_ipv6 &&
	    (t.families & FAMILY_BIT(FAMILY_IPV4));
	t.role = t.internal ? ROLE_NONE : a->role;
	/* RFC 8654, section 4: each side's capability is what it can take */
	if (b->extended_message)
		t.message_max = BGP_MESSAGE_MAX_EXTENDED;
	if (a->extended_message)
		t.message_max_in = BGP_MESSAGE_MAX_EXTENDED;
	if (theirs->hold_time_s < t.hold_time_s)
		t.hold_time_s = theirs->hold_time_s;
	agree_restart(&t, a, b);
	return t;
}
