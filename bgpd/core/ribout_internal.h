#ifndef RIBOUT_INTERNAL_H
#define RIBOUT_INTERNAL_H

/*
 * What ribout.c, ribout_limit.c and ribout_next.c share.
 */

#include "delivery.h"
#include "ribout.h"
#include "slot_queue.h"
#include "slot_set.h"

enum refresh_phase {
	REFRESH_IDLE,
	REFRESH_QUEUED,	  /* without BoRR, nothing of it is sent yet */
	REFRESH_BORR_DUE, /* asked for, nothing of it is sent yet */
	REFRESH_RUNNING	  /* EoRR follows the last of them */
};

/* What the neighbor was told of a slot.  There are very many of these. */
struct account {
	uint64_t told : 1; /* the neighbor has its route */
	uint64_t delivered : 1;
	uint64_t mark : 46; /* the UPDATE's number; when it was delivered */
} __attribute__((packed));
#define ACCOUNT_MARK_MAX (((uint64_t)1 << 46) - 1)

/* Of one kind and family. */
struct ribout_count {
	uint32_t told;
	uint32_t leaving; /* of these, in withdraw */
	uint32_t fresh;	  /* in announce, and not told */
};

/*
 * A slot that is wanted is in announce or waiting, or it was told and is in
 * neither; one that is not wanted is in withdraw as long as it is told.  One
 * that has lost its place is in waiting, and in withdraw as long as it is told.
 */
struct ribout {
	struct rib *rib;
	const struct config_neighbor *neighbor;
	bool up;
	bool end_of_rib_held;
	uint8_t end_of_rib_due;	   /* FAMILY_BIT()s */
	uint8_t refresh[FAMILIES]; /* enum refresh_phase */
	size_t message_max;
	uint32_t capacity;
	struct account *accounts; /* by slot */
	struct ribout_count counts[ROUTE_KINDS][FAMILIES];
	uint32_t limit[FAMILIES];
	struct slot_set withdraw[FAMILIES];
	struct slot_set announce[ROUTE_KINDS][FAMILIES];
	struct slot_set waiting[FAMILIES];  /* blackholes without a place */
	struct slot_queue oldest[FAMILIES]; /* of waiting, and outdated ones */
	bool oldest_known[FAMILIES];	    /* all of waiting are there */
	uint32_t sessions;		    /* so far */
	struct delivery *delivery;
	uint64_t queued, written, acknowledged; /* octets of the session */
	ribout_slot *on_evicted;
	void *on_evicted_arg;
	struct ribout_exports exports;
	struct wire_out encoded[ROUTE_KINDS][FAMILIES];
};

/* ribout.c */

bool ribout_is_wanted(const struct ribout *r, const struct route *route);
/* To be sent, and no longer to be withdrawn. */
void ribout_put(struct ribout *r, uint32_t slot);
/* No longer to be sent. */
void ribout_drop(struct ribout *r, uint32_t slot);
/* Told of it, and to be withdrawn. */
void ribout_put_withdrawal(struct ribout *r, uint32_t slot);
/* It was to be sent, and is in a message now. */
void ribout_note_sent(struct ribout *r, const struct route *route,
    uint32_t slot);
/* All that the neighbor was told of the family, and is to keep. */
void ribout_send_again(struct ribout *r, enum family family);
/* The neighbor has it no more, nor is it to be withdrawn. */
void ribout_forget(struct ribout *r, uint32_t slot);

/* ribout_limit.c */

/* Whether there is no place for one more blackhole. */
bool ribout_is_full(const struct ribout *r, enum family family);
/* Whether some have a place that there is no more. */
bool ribout_is_overfull(const struct ribout *r, enum family family);
/* A blackhole that is wanted waits for a place. */
void ribout_wait(struct ribout *r, uint32_t slot);
void ribout_wait_no_more(struct ribout *r, uint32_t slot);
/*
 * Before anything is written: the newest give up places that there are no
 * more, the oldest that wait get those that are free.  -1: no memory.
 */
int ribout_settle_places(struct ribout *r, enum family family);

#endif
