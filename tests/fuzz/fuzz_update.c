/*
 * The body of an UPDATE, under terms that its first octet chooses.
 */
#include "fuzz.h"

#include "bgp.h"
#include "update.h"

static struct session_terms
terms_of(uint8_t choice)
{
	return (struct session_terms){ .internal = (choice & 1) != 0,
		.as4 = (choice & 2) != 0,
		.ipv4_over_ipv6 = (choice & 4) != 0,
		.families = (uint8_t)((choice >> 3) & 3),
		.role = (choice & 32) != 0 ? ROLE_CUSTOMER : ROLE_NONE,
		.local_as = 64500,
		.remote_as = (choice & 1) != 0 ? 64500 : 64501,
		.message_max = UINT16_MAX,
		.message_max_in = UINT16_MAX };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_in in = wire_in(data, size);
	struct session_terms terms = terms_of(wire_get_u8(&in));
	struct update_summary summary;
	struct bgp_notification why = { 0 };
	char name[ATTR_NAMELEN];

	if (in.failed)
		return 0;
	if (update_check(&summary, in, &terms, &why) == -1) {
		must(why.code == BGP_ERR_UPDATE);
		must(why.data_len <= sizeof(why.data));
		return 0;
	}
	must(summary.verdict != ATTR_RESET);
	must(strlen(attr_name(summary.culprit, name)) < sizeof(name));
	for (int family = 0; family < FAMILIES; family++) {
		if ((terms.families & FAMILY_BIT(family)) == 0 &&
		    family != FAMILY_IPV4)
			must(summary.reach[family] == 0);
	}
	return 0;
}
