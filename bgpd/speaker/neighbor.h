#ifndef NEIGHBOR_H
#define NEIGHBOR_H

/*
 * One configured neighbor, with its one or two connections (ours and theirs)
 * and an FSM state for each: actions, timers, collision (RFC 4271, section 8).
 */

#include <sys/queue.h>

#include <event2/event.h>

#include "config.h"
#include "fsm.h"
#include "open.h"
#include "ribout.h"

struct neighbor;

struct neighbor_parts {
	struct event_base *base;
	const struct config *config;
	struct rib *rib;
	/* A session came up; local_address is our end of it. */
	void (*on_up)(void *arg, struct neighbor *n,
	    const struct prefix *local_address);
	/* A session is over; lost: blackholes that the neighbor had. */
	void (*on_down)(void *arg, struct neighbor *n, uint32_t lost);
	/* The neighbor has acknowledged a route. */
	void (*on_delivered)(void *arg, struct neighbor *n, uint32_t slot);
	/* A blackhole is taken back, since its place is gone. */
	void (*on_uncovered)(void *arg, struct neighbor *n, uint32_t slot);
	/* Octets were sent or acknowledged, or there is nothing to send. */
	void (*on_sent)(void *arg, struct neighbor *n);
	void *arg;
};

/* Borrows config_neighbor while it lives. */
struct neighbor *neighbor_new(const struct neighbor_parts *parts,
    const struct config_neighbor *config);
void neighbor_free(struct neighbor *n); /* NULL is fine */

void neighbor_start(struct neighbor *n);

/* Why we end a session: decides how, so that blocks stay where they should. */
enum neighbor_end {
	NEIGHBOR_STOP,	   /* the daemon stops: routes stay where they can */
	NEIGHBOR_RESET,	   /* it comes back at once: likewise */
	NEIGHBOR_SHUTDOWN, /* disabled, or stopped with all taken back */
	NEIGHBOR_REMOVED   /* no longer in the configuration */
};
/*
 * Ends what is under way; text (or NULL) is the shutdown communication (RFC
 * 9003).  Only neighbor_start begins anew.
 */
void neighbor_stop(struct neighbor *n, enum neighbor_end end, const char *text);

/*
 * The configuration has moved there.  What is announced follows it; a session
 * is not touched, so what a session is made of changes between neighbor_stop
 * and neighbor_start only.
 */
void neighbor_set_config(struct neighbor *n, const struct config *config,
    const struct config_neighbor *neighbor);
/* A bound on prefixes that the neighbor's Cease had set is no more. */
void neighbor_lift_limit(struct neighbor *n);
/* Sends all routes again without a reset. */
void neighbor_refresh(struct neighbor *n);

/* Whether a connection from there is this neighbor's. */
bool neighbor_is_from(const struct neighbor *n, const struct prefix *address,
    unsigned scope_id);
/* An accepted connection from the neighbor's address.  Takes fd. */
void neighbor_accept(struct neighbor *n, int fd);

/* The rib: see ribout.h. */
struct ribout *neighbor_ribout(struct neighbor *n);
const struct ribout *neighbor_ribout_const(const struct neighbor *n);
/* There may be something to send. */
void neighbor_kick(struct neighbor *n);
/* End-of-RIB may be sent: the stored victims are loaded. */
void neighbor_loaded(struct neighbor *n);

const struct config_neighbor *neighbor_config(const struct neighbor *n);

/* Counted by type: OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH. */
#define NEIGHBOR_MESSAGE_TYPES 6 /* index: enum bgp_type */

/* What neighbor.list and the logs show. */
struct neighbor_info {
	const struct config_neighbor *config;
	const char *state; /* "established", "disabled" */
	int64_t since_ms;  /* of the state, CLOCK_BOOTTIME */
	bool established;
	uint32_t router_id;   /* the neighbor's, host order; 0: none yet */
	uint16_t hold_time_s; /* negotiated */
	struct session_terms terms; /* when established */
	uint8_t capability_count;
	const uint8_t *capability_codes; /* the neighbor's, borrowed */
	uint32_t announced[FAMILIES];
	uint32_t aggregates;	       /* of those announced */
	uint32_t limits[FAMILIES];     /* of prefixes; RIBOUT_NO_LIMIT: none */
	uint32_t over_limit[FAMILIES]; /* blackholes that have no place */
	bool limited_by_neighbor;      /* by its Cease 6/1 */
	uint32_t pending;
	uint64_t received_prefixes;
	uint64_t sent[NEIGHBOR_MESSAGE_TYPES];
	uint64_t received[NEIGHBOR_MESSAGE_TYPES];
	uint64_t flaps;
	bool has_error;		/* last_error */
	int64_t error_at_ms;	/* CLOCK_BOOTTIME */
	const char *error_text; /* borrowed; "hold time expired" */
	const struct bgp_notification *notification; /* or NULL; borrowed */
	bool notification_sent;			     /* by us, else received */
	int64_t retry_at_ms; /* next attempt to connect; 0: none set */
};
void neighbor_get_info(const struct neighbor *n, struct neighbor_info *info);

#endif
