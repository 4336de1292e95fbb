#ifndef CTL_H
#define CTL_H

/*
 * What stands inside the envelope: the parameters of the methods from JSON,
 * with every check that needs nothing but themselves, and the objects that
 * results are made of.
 */

#include <stdint.h>

#include "prefix.h"
#include "rpc.h"

#define CTL_OWNER_MAX 64   /* bytes */
#define CTL_REASON_MAX 256 /* bytes */
#define CTL_LIMIT_DEFAULT 1000
#define CTL_LIMIT_MAX 10000
#define CTL_TIMEOUT_DEFAULT_S 5
#define CTL_TIMEOUT_MAX_S 60
#define CTL_MESSAGE_MAX 255   /* octets (RFC 9003) */
#define CTL_NEIGHBOR_MAX 63   /* bytes of a neighbor's name */
#define CTL_NEIGHBORS_MAX 512 /* that one request names */

/* Every parameter has one meaning and one type, whichever method takes it. */
enum ctl_param {
	CTL_PREFIX,
	CTL_TTL,
	CTL_PERMANENT,
	CTL_OWNER,
	CTL_ALL_OWNERS,
	CTL_REASON,
	CTL_WAIT,
	CTL_TIMEOUT,
	CTL_LIMIT,
	CTL_AFTER,
	CTL_NAME,
	CTL_SOFT,
	CTL_MESSAGE,
	CTL_WITHDRAW,
	CTL_NEIGHBORS
};
#define CTL_PARAMS (CTL_NEIGHBORS + 1)
#define CTL_BIT(param) (1U << (param))

struct ctl_params {
	uint32_t given; /* CTL_BIT()s */
	struct prefix prefix;
	struct prefix after;
	const char *host_bits; /* a prefix that has some, as given, or NULL */
	bool ttl_max;
	uint32_t ttl_s; /* 0 with ttl_max */
	bool permanent;
	bool all_owners;
	bool soft;
	bool withdraw;
	uint32_t limit;
	uint32_t timeout_s;
	/* Borrowed from the message; NULL: not given. */
	const char *owner;
	const char *reason;
	const char *name;
	const char *message;
	const json_t *neighbors; /* an array of names, not empty */
};

/* What a method takes, as CTL_BIT()s. */
struct ctl_takes {
	uint32_t required, optional;
};

/*
 * object NULL: none given.  On -1, *why names the parameter at fault.  Host
 * bits are not an error here: they are refused in their turn.
 */
int ctl_params_decode(struct ctl_params *p, const json_t *object,
    struct ctl_takes takes, struct rpc_error *why);

/* "203.0.113.7/24 has host bits set: ..."; gives -1. */
int ctl_refuse_host_bits(struct refusal *why, const char *prefix);

/* For the command, which checks before it asks. */
bool ctl_owner_is_valid(const char *owner);
bool ctl_reason_is_valid(const char *reason);
bool ctl_message_is_valid(const char *message);
bool ctl_neighbor_is_valid(const char *name);

/*
 * The names of CTL_NEIGHBORS with commas between, each once, on the heap.
 * NULL: no memory.
 */
char *ctl_neighbors_join(const json_t *neighbors);

/* From when until when, wall clock, milliseconds since 1970. */
struct ctl_span {
	int64_t since_ms;
	bool permanent;
	int64_t expires_ms;
	int64_t remaining_ms;
};

struct ctl_victim {
	const struct prefix *prefix;
	struct ctl_span span;
	const char *suppressed; /* a reason's name, or NULL */
};

/*
 * Objects of results; NULL without memory, or when one of those that are
 * taken is NULL.
 */
struct ctl_claim {
	const char *owner;
	const char *reason;
	const char *neighbors; /* with commas between, or NULL: all */
	struct ctl_span span;
};
json_t *ctl_claim_encode(const struct ctl_claim *c);
/* at_ms -1: not known. */
json_t *ctl_standing_encode(const char *name, const char *state, int64_t at_ms);
/* Takes claims and neighbors, arrays of the two above. */
json_t *ctl_victim_encode(const struct ctl_victim *v, json_t *claims,
    json_t *neighbors);
/* Texts from anywhere, made plain. */
json_t *ctl_texts_encode(const char *const *texts, size_t count);
/* An instant as the protocol gives it. */
json_t *ctl_instant_encode(int64_t wall_ms);

/*
 * The result of a change, with `stored` false and `waited` "timeout" until
 * ctl_change_set_stored, which cannot fail.  Takes victim; ended: it is null.
 */
json_t *ctl_change_encode(const char *outcome, bool ended, json_t *victim);
void ctl_change_set_stored(json_t *change);

#endif
