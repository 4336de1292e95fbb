#ifndef FSM_H
#define FSM_H

/*
 * The finite state machine of one connection (RFC 4271, section 8) as a table
 * of rules.  It knows no socket and no clock: neighbor.c feeds it events and
 * performs the actions.
 */

#include <stdbool.h>
#include <stdint.h>

enum fsm_state {
	FSM_IDLE,
	FSM_CONNECT,
	FSM_ACTIVE,
	FSM_OPENSENT,
	FSM_OPENCONFIRM,
	FSM_ESTABLISHED
};
#define FSM_STATES (FSM_ESTABLISHED + 1)

enum fsm_event {
	EV_START,	      /* 1: to connect */
	EV_START_PASSIVE,     /* 4: to wait for the neighbor */
	EV_STOP,	      /* 2: with the NOTIFICATION that the caller set */
	EV_RETRY_EXPIRED,     /* 9: ConnectRetryTimer */
	EV_HOLD_EXPIRED,      /* 10 */
	EV_KEEPALIVE_EXPIRED, /* 11 */
	EV_SEND_HOLD_EXPIRED, /* 29, RFC 9687 */
	EV_TCP_UP,	      /* 16, 17: connected or accepted */
	EV_TCP_DOWN,	      /* 18: failed, closed or reset */
	EV_RX_OPEN,	      /* 19: a good one */
	EV_RX_ERROR,	    /* 21, 22, 28: with the NOTIFICATION that is set */
	EV_RX_NOTIFICATION, /* 24, 25 */
	EV_RX_KEEPALIVE,    /* 26 */
	EV_RX_UPDATE,	    /* 27 */
	EV_RX_REFRESH	    /* RFC 2918 */
};
#define FSM_EVENTS (EV_RX_REFRESH + 1)

/* What to do, in this order. */
enum fsm_action {
	ACT_SEND_OPEN = 1 << 0,
	ACT_SEND_KEEPALIVE = 1 << 1,
	ACT_NOTIFY = 1 << 2,	       /* send the NOTIFICATION that is set */
	ACT_NOTIFY_FSM = 1 << 3,       /* an FSM error (RFC 6608) */
	ACT_NOTIFY_HOLD = 1 << 4,      /* hold timer expired */
	ACT_NOTIFY_SEND_HOLD = 1 << 5, /* send hold timer expired (RFC 9687) */
	ACT_CLOSE = 1 << 6,	       /* the connection, and all its timers */
	ACT_CONNECT = 1 << 7,	       /* start one */
	ACT_RETRY_TIMER = 1 << 8,      /* start it, with back-off */
	ACT_OPEN_TIMER = 1 << 9,       /* hold timer at its large value */
	ACT_HOLD_TIMER = 1 << 10,      /* restart at the negotiated value */
	ACT_KEEPALIVE_TIMER = 1 << 11, /* restart */
	ACT_UP = 1 << 12	       /* the session is established */
};

struct fsm_step {
	enum fsm_state next;
	uint32_t actions;
};

/*
 * Defined for every pair: a message that no rule lists is an FSM error (RFC
 * 6608), any other event is then ignored.
 */
struct fsm_step fsm_step(enum fsm_state state, enum fsm_event event);

/* "OpenSent" for logs; "open-sent" for the control protocol. */
const char *fsm_state_name(enum fsm_state state);
const char *fsm_state_word(enum fsm_state state);

#endif
