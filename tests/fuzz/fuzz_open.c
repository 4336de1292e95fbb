/*
 * The body of an OPEN: decoded, checked, agreed on, and encoded again.
 */
#include "fuzz.h"

#include "open.h"

#define HEADER 19
#define ALL_FAMILIES (FAMILY_BIT(FAMILY_IPV4) | FAMILY_BIT(FAMILY_IPV6))

static const struct open_expect expect = { .local_as = 64500,
	.remote_as = 64501,
	.bgp_id = 0xc0000201,
	.role = ROLE_CUSTOMER,
	.role_strict = true };

static const struct bgp_open ours = { .version = 4,
	.as = 64500,
	.hold_time_s = 90,
	.bgp_id = 0xc0000201,
	.caps = { .multiprotocol = true,
	    .families = ALL_FAMILIES,
	    .route_refresh = true,
	    .enhanced_refresh = true,
	    .extended_message = true,
	    .ipv4_over_ipv6 = true,
	    .as4 = true,
	    .as = 64500,
	    .role = ROLE_CUSTOMER,
	    .graceful_restart = true,
	    .gr_notification = true,
	    .gr_time_s = 120,
	    .gr_families = ALL_FAMILIES,
	    .llgr = true,
	    .llgr_families = ALL_FAMILIES } };

/* What was understood, told again, is understood the same. */
static void
check_again(const struct bgp_open *o)
{
	struct wire_out first, second;
	struct bgp_open again;
	struct bgp_notification why;

	wire_out_init(&first, UINT16_MAX);
	wire_out_init(&second, UINT16_MAX);
	open_encode(o, &first);
	must(!first.failed && first.len >= HEADER);
	must(open_decode(&again,
		 wire_in(first.bytes + HEADER, first.len - HEADER), &why) == 0);
	open_encode(&again, &second);
	must(first.len == second.len &&
	    memcmp(first.bytes, second.bytes, first.len) == 0);
	wire_out_fini(&first);
	wire_out_fini(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bgp_open theirs;
	struct bgp_notification why = { 0 };
	struct session_terms terms;

	if (open_decode(&theirs, wire_in(data, size), &why) == -1) {
		must(why.code != 0 && why.data_len <= sizeof(why.data));
		return 0;
	}
	must(theirs.cap_count <= sizeof(theirs.cap_codes));
	if (open_check(&theirs, &expect, &why) == -1)
		must(why.code != 0);
	terms = open_agree(&ours, &theirs);
	must((terms.families & ~ALL_FAMILIES) == 0);
	must(terms.hold_time_s <= ours.hold_time_s);
	check_again(&theirs);
	return 0;
}
