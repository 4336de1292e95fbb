#ifndef EXABGP_H
#define EXABGP_H

/*
 * One command of ExaBGP's API (versions 3 to 5), as programs write it to drive
 * an ExaBGP: which routes it announces or withdraws, and how it says they are
 * to look.
 */

#include <stdbool.h>
#include <stddef.h>

#include "community.h"
#include "prefix.h"

enum exabgp_kind {
	EXABGP_NOTHING,	 /* an empty line or a comment */
	EXABGP_ANNOUNCE, /* with a next hop */
	EXABGP_WITHDRAW,
	EXABGP_OTHER, /* known to ExaBGP, nothing for us: why says what */
	EXABGP_WRONG  /* why says what is wrong */
};

#define EXABGP_WHY_STRLEN 256
#define EXABGP_IGNORED_STRLEN 128

struct exabgp_command {
	enum exabgp_kind kind;
	char why[EXABGP_WHY_STRLEN];
	/* Attributes and neighbors that were read over, "as-path, med". */
	char ignored[EXABGP_IGNORED_STRLEN];
	bool has_next_hop; /* an address: "self" is none */
	struct prefix next_hop;
	struct community_set communities;
	/* For exabgp_next(); borrowed from the line. */
	bool has_one;
	struct prefix one;
	const char *more;
};

/* Gives c->kind.  Whatever the line has may be printed once it is cleaned. */
enum exabgp_kind exabgp_parse(struct exabgp_command *c, const char *line);
/*
 * The command's prefixes one after the other while the line still is; false:
 * there is none any more.
 */
bool exabgp_next(struct exabgp_command *c, struct prefix *p);

#endif
