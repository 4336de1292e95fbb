/*
 * NOTIFICATION: filled in by decoders, sent, received, and put into words.
 * Its text comes from a stranger and goes to a terminal, so it is checked
 * character by character.
 */
#include <stdio.h>
#include <string.h>

#include "bgp.h"
#include "frame.h"

#include "notification.h"

#define SHUTDOWN_OCTETS_MAX 255 /* RFC 9003, section 2 */

/* IANA BGP Error Codes and Subcodes; NULL: not assigned */
static const char *const header_names[] = {
	[BGP_HEADER_NOT_SYNCHRONIZED] = "Connection Not Synchronized",
	[BGP_HEADER_BAD_LENGTH] = "Bad Message Length",
	[BGP_HEADER_BAD_TYPE] = "Bad Message Type",
};
static const char *const open_names[] = {
	[BGP_OPEN_UNSUPPORTED_VERSION] = "Unsupported Version Number",
	[BGP_OPEN_BAD_PEER_AS] = "Bad Peer AS",
	[BGP_OPEN_BAD_BGP_IDENTIFIER] = "Bad BGP Identifier",
	[BGP_OPEN_UNSUPPORTED_OPTION] = "Unsupported Optional Parameter",
	[BGP_OPEN_HOLD_TIME] = "Unacceptable Hold Time",
	[BGP_OPEN_UNSUPPORTED_CAPABILITY] = "Unsupported Capability",
	[BGP_OPEN_ROLE_MISMATCH] = "Role Mismatch",
};
static const char *const update_names[] = {
	[BGP_UPDATE_MALFORMED_ATTRIBUTES] = "Malformed Attribute List",
	[BGP_UPDATE_UNRECOGNIZED_WELL_KNOWN] =
	    "Unrecognized Well-known Attribute",
	[BGP_UPDATE_MISSING_WELL_KNOWN] = "Missing Well-known Attribute",
	[BGP_UPDATE_ATTRIBUTE_FLAGS] = "Attribute Flags Error",
	[BGP_UPDATE_ATTRIBUTE_LENGTH] = "Attribute Length Error",
	[BGP_UPDATE_INVALID_ORIGIN] = "Invalid ORIGIN Attribute",
	[BGP_UPDATE_INVALID_NEXT_HOP] = "Invalid NEXT_HOP Attribute",
	[BGP_UPDATE_OPTIONAL_ATTRIBUTE] = "Optional Attribute Error",
	[BGP_UPDATE_INVALID_NETWORK] = "Invalid Network Field",
	[BGP_UPDATE_MALFORMED_AS_PATH] = "Malformed AS_PATH",
};
static const char *const fsm_names[] = {
	[BGP_FSM_IN_OPENSENT] = "Unexpected Message in OpenSent",
	[BGP_FSM_IN_OPENCONFIRM] = "Unexpected Message in OpenConfirm",
	[BGP_FSM_IN_ESTABLISHED] = "Unexpected Message in Established",
};
static const char *const cease_names[] = {
	[BGP_CEASE_MAX_PREFIXES] = "Maximum Number of Prefixes Reached",
	[BGP_CEASE_ADMIN_SHUTDOWN] = "Administrative Shutdown",
	[BGP_CEASE_PEER_DECONFIGURED] = "Peer De-configured",
	[BGP_CEASE_ADMIN_RESET] = "Administrative Reset",
	[BGP_CEASE_CONNECTION_REJECTED] = "Connection Rejected",
	[BGP_CEASE_OTHER_CONFIG_CHANGE] = "Other Configuration Change",
	[BGP_CEASE_COLLISION] = "Connection Collision Resolution",
	[BGP_CEASE_OUT_OF_RESOURCES] = "Out of Resources",
	[BGP_CEASE_HARD_RESET] = "Hard Reset",
	[BGP_CEASE_BFD_DOWN] = "BFD Down",
};
static const char *const refresh_names[] = {
	[BGP_REFRESH_INVALID_LENGTH] = "Invalid Message Length",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	const char *const *subcodes;
	size_t count;
} codes[] = {
	[BGP_ERR_HEADER] = { "Message Header Error", header_names,
	    COUNT(header_names) },
	[BGP_ERR_OPEN] = { "OPEN Message Error", open_names,
	    COUNT(open_names) },
	[BGP_ERR_UPDATE] = { "UPDATE Message Error", update_names,
	    COUNT(update_names) },
	[BGP_ERR_HOLD_TIMER] = { "Hold Timer Expired", NULL, 0 },
	[BGP_ERR_FSM] = { "Finite State Machine Error", fsm_names,
	    COUNT(fsm_names) },
	[BGP_ERR_CEASE] = { "Cease", cease_names, COUNT(cease_names) },
	[BGP_ERR_ROUTE_REFRESH] = { "ROUTE-REFRESH Message Error",
	    refresh_names, COUNT(refresh_names) },
	[BGP_ERR_SEND_HOLD_TIMER] = { "Send Hold Timer Expired", NULL, 0 },
};

int
notification_set_data(struct bgp_notification *why, uint8_t code,
    uint8_t subcode, const void *data, size_t len)
{
	if (len > sizeof(why->data))
		len = sizeof(why->data);
	why->code = code;
	why->subcode = subcode;
	why->data_len = (uint16_t)len;
	if (len > 0)
		memcpy(why->data, data, len);
	return -1;
}

int
notification_set(struct bgp_notification *why, uint8_t code, uint8_t subcode)
{
	return notification_set_data(why, code, subcode, NULL, 0);
}

int
notification_set_u8(struct bgp_notification *why, uint8_t code, uint8_t subcode,
    uint8_t value)
{
	return notification_set_data(why, code, subcode, &value, 1);
}

int
notification_set_u16(struct bgp_notification *why, uint8_t code,
    uint8_t subcode, uint16_t value)
{
	const uint8_t octets[] = { (uint8_t)(value >> 8), (uint8_t)value };

	return notification_set_data(why, code, subcode, octets,
	    sizeof(octets));
}

/* One character of UTF-8 (RFC 3629, section 4); false: it is not. */
static bool
utf8_get(struct wire_in *in, uint32_t *character)
{
	uint8_t first = wire_get_u8(in);
	uint32_t c, least;
	int more;

	if (first < 0x80) {
		*character = first;
		return !in->failed;
	}
	if (first < 0xc2 || first > 0xf4)
		return false;
	more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
	c = first & (0x3fU >> more);
	for (; more > 0; more--) {
		uint8_t next = wire_get_u8(in);

		if ((next & 0xc0) != 0x80)
			return false;
		c = c << 6 | (next & 0x3fU);
	}
	*character = c;
	return c >= least && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* Octets of the whole characters at the start of text, at most max. */
static size_t
utf8_whole(const char *text, size_t max)
{
	size_t len = strnlen(text, max), whole = 0;
	struct wire_in in = wire_in(text, len);
	uint32_t character;

	while (in.left > 0 && utf8_get(&in, &character))
		whole = len - in.left;
	return whole;
}

/* Neither a control character nor one that turns the line around. */
static bool
is_printable(uint32_t c)
{
	return c >= 0x20 && (c < 0x7f || c > 0x9f) &&
	    (c < 0x200e || c > 0x200f) && (c < 0x2028 || c > 0x202e) &&
	    (c < 0x2066 || c > 0x2069);
}

/* buf holds every text that one length octet can count. */
static void
print_text(struct wire_in text, char buf[SHUTDOWN_STRLEN])
{
	size_t len = 0;
	uint32_t c;

	while (text.left > 0) {
		struct wire_in start = text;

		if (!utf8_get(&text, &c)) {
			buf[0] = '\0';
			return;
		}
		if (is_printable(c)) {
			size_t octets = start.left - text.left;

			memcpy(buf + len, start.at, octets);
			len += octets;
		} else
			buf[len++] = '?';
	}
	buf[len] = '\0';
}

void
notification_set_shutdown(struct bgp_notification *why, uint8_t subcode,
    const char *text)
{
	size_t len = text != NULL ? utf8_whole(text, SHUTDOWN_OCTETS_MAX) : 0;

	notification_set(why, BGP_ERR_CEASE, subcode);
	if (len == 0)
		return;
	why->data[0] = (uint8_t)len;
	memcpy(why->data + 1, text, len);
	why->data_len = (uint16_t)(len + 1);
}

void
notification_wrap_hard_reset(struct bgp_notification *why)
{
	size_t len = why->data_len;

	if (len > sizeof(why->data) - 2)
		len = sizeof(why->data) - 2;
	memmove(why->data + 2, why->data, len);
	why->data[0] = why->code;
	why->data[1] = why->subcode;
	why->data_len = (uint16_t)(len + 2);
	why->code = BGP_ERR_CEASE;
	why->subcode = BGP_CEASE_HARD_RESET;
}

void
notification_encode(const struct bgp_notification *n, struct wire_out *out)
{
	size_t begin = frame_begin(out, BGP_NOTIFICATION);

	wire_put_u8(out, n->code);
	wire_put_u8(out, n->subcode);
	wire_put_bytes(out, n->data, n->data_len);
	frame_end(out, begin);
}

int
notification_decode(struct bgp_notification *n, struct wire_in in)
{
	uint8_t code = wire_get_u8(&in);
	uint8_t subcode = wire_get_u8(&in);

	notification_set_data(n, code, subcode, in.at, in.left);
	return in.failed ? -1 : 0;
}

/* Whether n is a Hard Reset that says what it wraps. */
static bool
is_hard_reset(const struct bgp_notification *n)
{
	return n->code == BGP_ERR_CEASE && n->subcode == BGP_CEASE_HARD_RESET &&
	    n->data_len >= 2;
}

struct bgp_notification
notification_unwrap(const struct bgp_notification *n)
{
	struct bgp_notification inner = *n;

	if (!is_hard_reset(n))
		return inner;
	inner.code = n->data[0];
	inner.subcode = n->data[1];
	inner.data_len = (uint16_t)(n->data_len - 2);
	memmove(inner.data, n->data + 2, inner.data_len);
	return inner;
}

static void
print_name(char *buf, size_t size, uint8_t code, uint8_t subcode)
{
	if (code >= COUNT(codes) || codes[code].name == NULL)
		snprintf(buf, size, "error %u/%u", code, subcode);
	else if (subcode == 0)
		snprintf(buf, size, "%s", codes[code].name);
	else if (subcode >= codes[code].count ||
	    codes[code].subcodes[subcode] == NULL)
		snprintf(buf, size, "%s/%u", codes[code].name, subcode);
	else
		snprintf(buf, size, "%s/%s", codes[code].name,
		    codes[code].subcodes[subcode]);
}

const char *
notification_name(const struct bgp_notification *n,
    char buf[NOTIFICATION_STRLEN])
{
	size_t len;

	print_name(buf, NOTIFICATION_STRLEN, n->code, n->subcode);
	if (is_hard_reset(n)) {
		strlcat(buf, " (", NOTIFICATION_STRLEN);
		len = strlen(buf);
		print_name(buf + len, NOTIFICATION_STRLEN - len, n->data[0],
		    n->data[1]);
		strlcat(buf, ")", NOTIFICATION_STRLEN);
	}
	return buf;
}

const char *
notification_shutdown_text(const struct bgp_notification *n,
    char buf[SHUTDOWN_STRLEN])
{
	struct wire_in in = wire_in(n->data, n->data_len);
	uint8_t code = n->code, subcode = n->subcode;

	if (is_hard_reset(n)) {
		code = wire_get_u8(&in);
		subcode = wire_get_u8(&in);
	}
	buf[0] = '\0';
	if (code == BGP_ERR_CEASE &&
	    (subcode == BGP_CEASE_ADMIN_SHUTDOWN ||
		subcode == BGP_CEASE_ADMIN_RESET))
		print_text(wire_get_sub(&in, wire_get_u8(&in)), buf);
	return buf;
}

bool
notification_prefix_bound(const struct bgp_notification *n,
    struct prefix_bound *bound)
{
	struct wire_in in = wire_in(n->data, n->data_len);

	bound->afi = wire_get_u16(&in);
	bound->safi = wire_get_u8(&in);
	bound->prefixes = wire_get_u32(&in);
	return n->code == BGP_ERR_CEASE &&
	    n->subcode == BGP_CEASE_MAX_PREFIXES && wire_done(&in);
}
