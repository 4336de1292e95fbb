#ifndef NEIGHBOR_INTERNAL_H
#define NEIGHBOR_INTERNAL_H

/*
 * What neighbor.c, neighbor_rx.c and neighbor_tx.c share.
 */

#include "access.h"

#include "conn.h"
#include "neighbor.h"
#include "tcp.h"

/* One connection's machine.  A neighbor has two: one may be Established. */
struct side {
	struct neighbor *neighbor;
	bool in_use;
	bool incoming; /* the neighbor opens it */
	enum fsm_state state;
	struct conn *conn;	    /* NULL: none */
	struct bgp_open theirs;	    /* from OpenConfirm on */
	struct session_terms terms; /* likewise */
	int64_t heard_ms;	    /* when the hold timer was restarted last */
	uint64_t acknowledged;	    /* octets, when it was last looked at */
	int64_t progress_ms;	    /* when that grew, or a watch began */
	struct event *hold_timer, *keepalive_timer, *send_hold_timer;
};

struct neighbor {
	struct neighbor_parts parts;
	const struct config_neighbor *config;
	struct ribout *ribout;
	struct side sides[2];
	struct side *up; /* the Established one, or NULL */
	bool stopped;
	bool restarting; /* R bit: no End-of-RIB sent since we started */
	struct event *retry_timer; /* of the side that we open */
	int64_t retry_at_ms;	   /* 0: not running */
	uint32_t backoff_ms;	   /* the next delay */
	struct event *transmit;	   /* there may be something to send */
	struct event *ack_timer;   /* the next look at what is acknowledged */
	int64_t ack_ms;		   /* the delay of the one after it */
	uint64_t seen_written;	   /* octets, at the last look */
	uint64_t seen_acknowledged;
	struct event *refresh_timer;	 /* a refresh asked for may begin */
	uint8_t refresh_asked;		 /* FAMILY_BIT()s */
	int64_t refresh_at_ms[FAMILIES]; /* before this none of them begins */
	/* Of connections that it opens. */
	struct access_bucket accepts;
	/* Lines about what it does: to its sessions, and all else. */
	struct access_bucket session_lines, log_lines;
	uint64_t unlogged; /* for want of room in either */
	/* What its Cease 6/1 has set; RIBOUT_NO_LIMIT: none. */
	uint32_t bounds[FAMILIES];
	bool near_limit[FAMILIES]; /* warned of */
	/* What the neighbor does not take of our OPEN (RFC 5492, section 5). */
	bool refuses_options; /* not even the parameter: 2/4 */
	uint16_t refused_len; /* capabilities that a 2/7 named */
	uint8_t refused[256];

	enum fsm_state shown_state; /* of the side that got furthest */
	int64_t since_ms;
	uint64_t flaps;
	uint64_t received_prefixes;
	uint64_t sent[NEIGHBOR_MESSAGE_TYPES];
	uint64_t received[NEIGHBOR_MESSAGE_TYPES];
	bool has_error, has_notification, notification_sent;
	/* The neighbor said why it left: what fails since tells less. */
	bool told_why;
	int64_t error_at_ms;
	char error_text[448];
	struct bgp_notification notification;
};

/* neighbor.c */

/* How its connections are made. */
struct tcp_options neighbor_tcp_options(const struct neighbor *n);
/*
 * Why a side's connection ends, before it does: noted, and logged, but of the
 * Established session by neighbor_session_down().
 */
void neighbor_note_failure(struct side *s, const char *why);
void neighbor_note_notification(struct side *s,
    const struct bgp_notification *notification, bool sent);
/*
 * Whether there is room in that bucket of the neighbor for a line, which takes
 * it; else it is counted, and the number told with the next line.
 */
bool neighbor_may_log(struct neighbor *n, struct access_bucket *lines);
/* After a change of a side's state. */
void neighbor_show_state(struct neighbor *n);
/* ConnectRetryTimer: after the next delay; within ms; not at all. */
void neighbor_retry_later(struct neighbor *n);
void neighbor_retry_within(struct neighbor *n, int64_t ms);
void neighbor_stop_retry(struct neighbor *n);
/* Begins to open connections again where nothing else goes on. */
void neighbor_resume(struct neighbor *n);
/* The Established session is over; logs why. */
void neighbor_session_down(struct neighbor *n);

/* neighbor_side.c */

int side_init(struct side *s, struct neighbor *n);
void side_fini(struct side *s);
void side_use(struct side *s, bool incoming);
/* Takes fd; NULL when memory is out. */
struct conn *side_new_conn(struct side *s, int fd, bool connecting);
/* why: the NOTIFICATION that the event's actions send, else NULL. */
void side_event(struct side *s, enum fsm_event event,
    const struct bgp_notification *why);
/* The configuration of what it is told has changed; it is Established. */
void side_export(struct side *s);
/* Ends it with a Cease of that subcode: it is free, or our side's new one. */
void side_end(struct side *s, uint8_t cease);
/*
 * Settles with the other connection once an OPEN came (RFC 4271, section
 * 6.8).  Whether s may go on.
 */
bool side_wins(struct side *s);
void side_start_timer(struct event *timer, int64_t ms);
/* RFC 4271, section 10: a random part, from three quarters to all of it. */
int64_t side_jitter(int64_t ms);

/* neighbor_rx.c */

void side_on_message(struct side *s, const struct frame *f);

/* neighbor_tx.c */

void side_send_open(struct side *s);
void side_send_keepalive(struct side *s);
void side_send_notification(struct side *s, const struct bgp_notification *why);
/* UPDATEs went out: watches that the neighbor takes them (RFC 9687). */
void side_watch_sending(struct side *s);
void side_check_sending(struct side *s);
/* What the ribout counts as told is lost: only a new session mends that. */
void side_out_of_resources(struct side *s);
/* Our OPEN, as it is sent to that neighbor now. */
void neighbor_fill_open(const struct neighbor *n, struct bgp_open *open);
/* Gives the kernel UPDATEs as far as the queue has room. */
void neighbor_transmit(struct neighbor *n);

/* neighbor_delivery.c */

/* The ribout's: a blackhole has lost its place. */
void neighbor_on_evicted(void *arg, uint32_t slot);
/* Octets were given to the kernel: follows them until they have arrived. */
void neighbor_follow(struct neighbor *n);
/* libevent: time to look what is acknowledged. */
void neighbor_on_ack_timer(evutil_socket_t fd, short what, void *arg);

/* neighbor_refresh.c */

/* The neighbor asks for all routes of a family again; a session is up. */
void neighbor_ask_refresh(struct neighbor *n, enum family family);
/* libevent: a refresh that was asked for may begin. */
void neighbor_on_refresh_timer(evutil_socket_t fd, short what, void *arg);
/* The session is over. */
void neighbor_forget_refresh(struct neighbor *n);

/* neighbor_limit.c */

/* The limits are what configuration and Cease say. */
void neighbor_set_limits(struct neighbor *n);
/* The neighbor's Cease/Maximum Prefixes: it takes so many from now on. */
void neighbor_note_too_many(struct neighbor *n,
    const struct bgp_notification *why);
/* Says once when a limit is near. */
void neighbor_watch_limits(struct neighbor *n);

#endif
