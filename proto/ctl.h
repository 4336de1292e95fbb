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
#define CTL_MANY_MAX 100000   /* victims or prefixes of one request */

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
	CTL_NEIGHBORS,
	CTL_DRY_RUN,
	CTL_HOLD,
	CTL_NOW,
	CTL_VICTIMS,
	CTL_PREFIXES,
	CTL_GENERATION,
	CTL_MAX_WITHDRAW,
	CTL_FROZEN,
	CTL_SINCE,
	CTL_AFTER_ID, /* "after" of the history: an entry's number */
	CTL_TYPES,
	CTL_SNAPSHOT
};
#define CTL_PARAMS (CTL_SNAPSHOT + 1)
#define CTL_BIT(param) (1U << (param))

enum ctl_wait {
	CTL_WAIT_STORED,
	CTL_WAIT_SENT,
	CTL_WAIT_DELIVERED
};

struct ctl_params {
	uint32_t given; /* CTL_BIT()s */
	struct prefix prefix;
	struct prefix after;
	const char *host_bits; /* a prefix that has some, as given, or NULL */
	struct prefix address; /* with them; else not set */
	bool ttl_max;
	uint32_t ttl_s; /* 0 with ttl_max */
	bool permanent;
	bool all_owners;
	bool soft;
	bool withdraw;
	bool dry_run;
	bool hold;
	bool now;
	bool frozen;
	bool snapshot;
	enum ctl_wait wait;
	uint32_t limit;
	uint32_t timeout_s;
	uint32_t max_withdraw;
	uint32_t since_ago_s; /* `since` as that long ago; 0: since_ms */
	int64_t since_ms;     /* wall clock */
	int64_t after_id;
	int64_t generation;
	/* Borrowed from the message; NULL: not given. */
	const char *owner;
	const char *reason;
	const char *name;
	const char *message;
	const json_t *neighbors; /* an array of names; also NULL: null, all */
	const json_t *victims;	 /* an array for ctl_victim_decode */
	const json_t *prefixes;	 /* likewise for ctl_prefix_decode */
	const json_t *types;	 /* an array of texts, not empty */
};

/* What a method takes, as CTL_BIT()s. */
struct ctl_takes {
	uint32_t required, optional;
};

/*
 * object NULL: none given.  On -1, *why names the parameter at fault.  Host
 * bits are not an error here: they are refused in their turn.  What is inside
 * victims and prefixes is not looked at.
 */
int ctl_params_decode(struct ctl_params *p, const json_t *object,
    struct ctl_takes takes, struct rpc_error *why);

/*
 * One of `victims`, a prefix or an object: prefix, host_bits, ttl, permanent
 * and reason are set.  One of `prefixes`: prefix and host_bits are.  index is
 * named in *why.
 */
int ctl_victim_decode(struct ctl_params *p, const json_t *item, size_t index,
    struct rpc_error *why);
int ctl_prefix_decode(struct ctl_params *p, const json_t *item, size_t index,
    struct rpc_error *why);

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
	uint32_t recurrences;
	bool held;
	int64_t held_until_ms;
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
/* One that was taken back, of a victim that is held: owner, reason, since. */
json_t *ctl_held_claim_encode(const struct ctl_claim *c);
/* at_ms -1: not known. */
json_t *ctl_standing_encode(const char *name, const char *state, int64_t at_ms);
/* Takes claims and neighbors, arrays of the two above. */
json_t *ctl_victim_encode(const struct ctl_victim *v, json_t *claims,
    json_t *neighbors);
json_t *ctl_exemption_encode(const struct prefix *p,
    const struct ctl_span *span, const char *by, const char *reason);
/* Texts from anywhere, made plain. */
json_t *ctl_text_encode(const char *text);
json_t *ctl_texts_encode(const char *const *texts, size_t count);
/* An instant as the protocol gives it. */
json_t *ctl_instant_encode(int64_t wall_ms);

/*
 * The result of a change, with `stored` false and `waited` "timeout" until
 * the answer knows better.  Takes until and victim, which may be JSON's null.
 */
json_t *ctl_change_encode(const char *outcome, json_t *until, json_t *victim);
/* One of the many that were refused. */
json_t *ctl_refused_encode(const char *prefix, const struct refusal *why);
/* -1: no memory. */
int ctl_change_set(json_t *change, bool stored, const char *waited);
/* "stored" */
const char *ctl_wait_name(enum ctl_wait wait);

#endif
