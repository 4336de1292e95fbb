#ifndef RIBOUT_H
#define RIBOUT_H

/*
 * One neighbor's account of the rib: what it should have against what it was
 * told.  Yields the next UPDATE, withdrawals before announcements, so that the
 * order of changes never matters.
 */

#include "attr.h"
#include "policy.h"
#include "rib.h"

/* The states of a victim at a neighbor, of the control protocol. */
enum ribout_state {
	RIBOUT_DOWN,
	RIBOUT_OFF,
	RIBOUT_OVER_LIMIT,
	RIBOUT_QUEUED,
	RIBOUT_SENT,
	RIBOUT_DELIVERED
};
const char *ribout_state_name(enum ribout_state state);

struct ribout;

/* Borrows both while it lives. */
struct ribout *ribout_new(struct rib *rib,
    const struct config_neighbor *neighbor);
void ribout_free(struct ribout *r); /* NULL is fine */

/* With which attributes this neighbor is told of each kind and family. */
struct ribout_exports {
	bool on[ROUTE_KINDS][FAMILIES]; /* false: not at all */
	struct attr_set attrs[ROUTE_KINDS][FAMILIES];
};

/*
 * A session is up: all that is wanted is queued, and an End-of-RIB for each of
 * families behind it.  -1: no memory, nothing changed.
 */
int ribout_start(struct ribout *r, const struct ribout_exports *exports,
    uint8_t families, size_t message_max);
/*
 * The neighbor kept what it was told before we started: what ended since is
 * withdrawn first.  Between ribout_start and ribout_next.
 */
void ribout_withdraw_left_over(struct ribout *r);
/*
 * What it is told of has changed: what differs is queued.  -1: no memory; then
 * the session is to be ended.
 */
int ribout_update(struct ribout *r, const struct ribout_exports *exports);
/* The neighbor's configuration has moved there. */
void ribout_set_neighbor(struct ribout *r,
    const struct config_neighbor *neighbor);
/*
 * The session is down, and the neighbor keeps what it was told (RFC 4724): the
 * next session begins with what it should no longer have.
 */
void ribout_pause(struct ribout *r);
/* The session is down, or was, and the neighbor has nothing any more. */
void ribout_stop(struct ribout *r);
/*
 * The neighbor takes no more than limit prefixes of the family.  Aggregates
 * always go out; blackholes only while there are places left, the oldest
 * first.  Those that have none any more are taken back, the newest first.
 */
#define RIBOUT_NO_LIMIT UINT32_MAX
void ribout_set_limit(struct ribout *r, enum family family, uint32_t limit);
uint32_t ribout_limit(const struct ribout *r, enum family family);
/* How many blackholes have no place. */
uint32_t ribout_over_limit(const struct ribout *r, enum family family);
/*
 * Calls back, from within ribout_next, for each blackhole that the neighbor
 * had and that is taken back for want of a place.
 */
typedef void ribout_slot(void *arg, uint32_t slot);
void ribout_on_evicted(struct ribout *r, ribout_slot *on_evicted, void *arg);
/* While held, End-of-RIB is not sent: the stored victims are not loaded. */
void ribout_hold_end_of_rib(struct ribout *r, bool held);
/*
 * All routes of the family are to be sent again (ROUTE-REFRESH): once, however
 * often that is asked for before the first of them is.
 */
void ribout_refresh(struct ribout *r, enum family family, bool enhanced);
/* Whether EoRR of an enhanced one is still to be sent. */
bool ribout_is_refreshing(const struct ribout *r, enum family family);

/* Room for the rib's capacity, so that touching what it adds cannot fail. */
int ribout_reserve(struct ribout *r);
/* The slot's route is new, has changed or has ended. */
void ribout_touch(struct ribout *r, uint32_t slot);

/*
 * Appends the next message to out.  false: nothing is to be sent.  octets are
 * those of the connection before it; now_ms is noted as the time at which its
 * routes were sent.  When out has failed the session is to be ended.
 */
bool ribout_next(struct ribout *r, struct wire_out *out, uint64_t octets,
    int64_t now_ms);

/* Of the connection so far: given to the kernel, and acknowledged. */
struct ribout_octets {
	uint64_t written, acknowledged;
};
/* Calls back for each route that is delivered now. */
void ribout_progress(struct ribout *r, const struct ribout_octets *octets,
    int64_t now_ms, ribout_slot *on_delivered, void *arg);
/* The octet with which the last message ends, and how far it got. */
uint64_t ribout_queued(const struct ribout *r);
bool ribout_has_sent(const struct ribout *r, uint64_t octet);
bool ribout_has_delivered(const struct ribout *r, uint64_t octet);

/* Whether a message may be there to be sent. */
bool ribout_has_work(const struct ribout *r);
/* Whether an End-of-RIB of this session is still to be sent. */
bool ribout_end_of_rib_due(const struct ribout *r);

/* Of a session; the number of sessions grows when one begins and ends. */
bool ribout_is_up(const struct ribout *r);
uint32_t ribout_sessions(const struct ribout *r);
/* Whether the neighbor has, or may have kept, the slot's route. */
bool ribout_is_told(const struct ribout *r, uint32_t slot);

/*
 * Where the slot's route stands; *at_ms is when it was delivered, or sent;
 * else it stays as it is.
 */
enum ribout_state ribout_state_of(const struct ribout *r, uint32_t slot,
    int64_t *at_ms);
/* Routes the neighbor has been told of; routes queued. */
uint32_t ribout_announced(const struct ribout *r, enum family family);
uint32_t ribout_pending(const struct ribout *r);
/* Of those told the blackholes, of both families. */
uint32_t ribout_victims(const struct ribout *r);

#endif
