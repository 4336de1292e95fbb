/*
 * A line that a program wrote for ExaBGP.
 */
#include "fuzz.h"

#include "exabgp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exabgp_command c;
	struct prefix p;
	size_t count = 0;
	char *line = strndup((const char *)data, size);

	must(line != NULL);
	must(exabgp_parse(&c, line) == c.kind);
	must(memchr(c.why, '\0', sizeof(c.why)) != NULL);
	must(memchr(c.ignored, '\0', sizeof(c.ignored)) != NULL);
	if (c.kind == EXABGP_WRONG || c.kind == EXABGP_OTHER)
		must(c.why[0] != '\0');
	if (c.kind == EXABGP_ANNOUNCE || c.kind == EXABGP_WITHDRAW) {
		while (exabgp_next(&c, &p)) {
			must(p.len <= family_bits((enum family)p.family));
			must(++count <= size);
		}
	}
	free(line);
	return 0;
}
