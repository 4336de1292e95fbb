/*
 * The body of a NOTIFICATION, and what we show and conclude of it.
 */
#include "fuzz.h"

#include "capability.h"
#include "rpc.h"

#define HEADER 19

/* What was understood, told again, is understood the same. */
static void
check_again(const struct bgp_notification *n)
{
	struct bgp_notification again;
	struct wire_out out;

	wire_out_init(&out, UINT16_MAX);
	notification_encode(n, &out);
	must(!out.failed && out.len >= HEADER);
	must(notification_decode(&again,
		 wire_in(out.bytes + HEADER, out.len - HEADER)) == 0);
	must(again.code == n->code && again.subcode == n->subcode);
	must(again.data_len == n->data_len &&
	    memcmp(again.data, n->data, n->data_len) == 0);
	wire_out_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capabilities caps = { .multiprotocol = true,
		.families = UINT8_MAX,
		.as4 = true,
		.role = ROLE_CUSTOMER };
	struct bgp_notification n;
	struct prefix_bound bound;
	char name[NOTIFICATION_STRLEN], text[SHUTDOWN_STRLEN];
	int rc = notification_decode(&n, wire_in(data, size));

	must(n.data_len <= sizeof(n.data));
	must(rpc_text_is_plain(notification_name(&n, name)));
	must(rpc_text_is_plain(notification_shutdown_text(&n, text)));
	(void)notification_prefix_bound(&n, &bound);
	capability_drop(&caps, wire_in(n.data, n.data_len));
	if (rc == 0)
		check_again(&n);
	notification_wrap_hard_reset(&n);
	must(n.data_len <= sizeof(n.data));
	return 0;
}
