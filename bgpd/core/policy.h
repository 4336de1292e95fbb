#ifndef POLICY_H
#define POLICY_H

/*
 * May this be a victim, and what is each neighbor told.
 */

#include "access.h"
#include "attr.h"
#include "config.h"
#include "reason.h"
#include "settings.h"
#include "victim.h"

struct policy {
	const struct config *config;
	/* Of established sessions; protected, like all that config names. */
	struct prefix_list local_addresses;
	/* Whose exemptions are protected too; borrowed, NULL: none. */
	const struct settings *settings;
	int64_t now_ms; /* exemptions that have expired do not count */
};

/* What a request wants for one prefix; blackhole.h says what it means. */
struct wish {
	struct prefix prefix;
	bool has_ttl;
	bool ttl_max;
	uint32_t ttl_s;
	bool permanent;
	const char *owner;     /* NULL: the caller's user name */
	const char *reason;    /* NULL: not named */
	const char *neighbors; /* comma-separated; NULL: not named */
	bool neighbors_all;    /* a refresh widens the claim to all again */
};

/*
 * Whether the prefix may be a victim at all; reasons from not-ours to
 * protected, the first that applies.  0, or -1 with *why.
 */
int policy_check_prefix(const struct policy *policy,
    const struct caller *caller, const struct prefix *p, struct refusal *why);
/* Whether the wish's TTL and neighbors are allowed. */
int policy_check_wish(const struct policy *policy, const struct wish *wish,
    struct refusal *why);
/* The TTL that a new claim gets, in ms, or VICTIM_NEVER. */
int64_t policy_ttl_ms(const struct policy *policy, const struct wish *wish);

/* One neighbor's session, as far as what it is told depends on it. */
struct policy_session {
	const struct config *config;
	const struct config_neighbor *neighbor;
	const struct session_terms *terms;
	struct prefix local_address; /* our end of the connection */
};

/*
 * What routes of that kind and family are announced with.  false: they are
 * not: `announce` lacks them, the family was not agreed on, or there is no
 * next hop for it.
 */
bool policy_export(const struct policy_session *session, bool blackhole,
    enum family family, struct attr_set *attrs);

#endif
