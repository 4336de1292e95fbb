/*
 * The header before every message: judged as soon as its 19 octets are there,
 * before one octet of the body is believed; written with the length patched
 * in once the body is known.
 */
#include <string.h>

#include "bgp.h"

#include "frame.h"

static const uint8_t marker[BGP_MARKER_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/*
 * Lengths that each type may have (RFC 4271, section 6.1; RFC 8654, section
 * 4).  A ROUTE-REFRESH of a wrong length is judged by refresh_decode.
 */
static const struct {
	uint16_t min, max;
} limits[] = {
	[BGP_OPEN] = { 29, BGP_MESSAGE_MAX },
	[BGP_UPDATE] = { 23, BGP_MESSAGE_MAX_EXTENDED },
	[BGP_NOTIFICATION] = { 21, BGP_MESSAGE_MAX_EXTENDED },
	[BGP_KEEPALIVE] = { BGP_HEADER_LEN, BGP_HEADER_LEN },
	[BGP_ROUTE_REFRESH] = { BGP_HEADER_LEN, BGP_MESSAGE_MAX_EXTENDED },
};
#define TYPES (sizeof(limits) / sizeof(limits[0]))

static int
header_check(const struct frame *f, size_t message_max,
    struct bgp_notification *why)
{
	if (f->len < BGP_HEADER_LEN || f->len > message_max)
		return notification_set_u16(why, BGP_ERR_HEADER,
		    BGP_HEADER_BAD_LENGTH, (uint16_t)f->len);
	if (f->type >= TYPES || limits[f->type].min == 0)
		return notification_set_u8(why, BGP_ERR_HEADER,
		    BGP_HEADER_BAD_TYPE, f->type);
	if (f->len < limits[f->type].min || f->len > limits[f->type].max)
		return notification_set_u16(why, BGP_ERR_HEADER,
		    BGP_HEADER_BAD_LENGTH, (uint16_t)f->len);
	return 0;
}

int
frame_decode(struct frame *f, const uint8_t *bytes, size_t len,
    size_t message_max, struct bgp_notification *why)
{
	struct wire_in in = wire_in(bytes, len);
	const uint8_t *received = wire_get_bytes(&in, sizeof(marker));

	f->len = wire_get_u16(&in);
	f->type = wire_get_u8(&in);
	if (in.failed)
		return 0;
	if (memcmp(received, marker, sizeof(marker)) != 0)
		return notification_set(why, BGP_ERR_HEADER,
		    BGP_HEADER_NOT_SYNCHRONIZED);
	if (header_check(f, message_max, why) == -1)
		return -1;
	f->body = wire_get_sub(&in, f->len - BGP_HEADER_LEN);
	return in.failed ? 0 : 1;
}

size_t
frame_begin(struct wire_out *out, uint8_t type)
{
	size_t begin = out->len;

	wire_put_bytes(out, marker, sizeof(marker));
	wire_put_u16(out, 0);
	wire_put_u8(out, type);
	return begin;
}

void
frame_end(struct wire_out *out, size_t begin)
{
	size_t len = out->len - begin;

	if (len > BGP_MESSAGE_MAX_EXTENDED)
		out->failed = true;
	wire_set_u16(out, begin + sizeof(marker), (uint16_t)len);
}

void
frame_keepalive(struct wire_out *out)
{
	frame_end(out, frame_begin(out, BGP_KEEPALIVE));
}
