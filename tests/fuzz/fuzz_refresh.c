/*
 * The body of a ROUTE-REFRESH.
 */
#include "fuzz.h"

#include "refresh.h"

#define HEADER 19

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bgp_refresh refresh, again;
	struct bgp_notification why = { 0 };
	struct wire_out out;

	if (refresh_decode(&refresh, wire_in(data, size), &why) == -1) {
		must(why.code != 0 && why.data_len <= sizeof(why.data));
		return 0;
	}
	wire_out_init(&out, UINT16_MAX);
	refresh_encode(&refresh, &out);
	must(!out.failed && out.len >= HEADER);
	must(refresh_decode(&again,
		 wire_in(out.bytes + HEADER, out.len - HEADER), &why) == 0);
	must(again.afi == refresh.afi && again.safi == refresh.safi &&
	    again.subtype == refresh.subtype);
	wire_out_fini(&out);
	return 0;
}
