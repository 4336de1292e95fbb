/*
 * ROUTE-REFRESH: four octets, and what to say when they are not four.
 */
#include "bgp.h"
#include "frame.h"

#include "refresh.h"

#define REFRESH_LEN 4

/* RFC 7313, section 5: the error's data is the complete message. */
static int
refuse_length(struct wire_in body, struct bgp_notification *why)
{
	struct wire_out message;
	size_t begin;

	wire_out_init(&message, BGP_MESSAGE_MAX_EXTENDED);
	begin = frame_begin(&message, BGP_ROUTE_REFRESH);
	wire_put_bytes(&message, body.at, body.left);
	frame_end(&message, begin);
	notification_set_data(why, BGP_ERR_ROUTE_REFRESH,
	    BGP_REFRESH_INVALID_LENGTH, message.bytes,
	    message.failed ? 0 : message.len);
	wire_out_fini(&message);
	return -1;
}

int
refresh_decode(struct bgp_refresh *r, struct wire_in body,
    struct bgp_notification *why)
{
	struct wire_in whole = body;
	bool demarcation;

	r->afi = wire_get_u16(&body);
	r->subtype = wire_get_u8(&body);
	r->safi = wire_get_u8(&body);
	demarcation = r->subtype == REFRESH_BEGIN || r->subtype == REFRESH_END;
	if (body.failed || (demarcation && whole.left != REFRESH_LEN))
		return refuse_length(whole, why);
	return 0;
}

void
refresh_encode(const struct bgp_refresh *r, struct wire_out *out)
{
	size_t begin = frame_begin(out, BGP_ROUTE_REFRESH);

	wire_put_u16(out, r->afi);
	wire_put_u8(out, r->subtype);
	wire_put_u8(out, r->safi);
	frame_end(out, begin);
}
