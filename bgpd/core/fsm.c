/*
 * The rules of RFC 4271, section 8.2.2, a line a transition.  A connection
 * that the neighbor opened has a machine of its own, which begins in Active
 * and ends when it is back in Idle.  An attempt that fails leaves Connect for
 * Active, DelayOpen or not: what the neighbor opens is welcome in both.
 */
#include <stddef.h>

#include "fsm.h"

/* How a session ends: leave the wire, come back later. */
#define ACT_END (ACT_CLOSE | ACT_RETRY_TIMER)

struct fsm_rule {
	enum fsm_state state;
	enum fsm_event event;
	enum fsm_state next;
	uint32_t actions;
};

static const struct fsm_rule rules[] = {
	{ FSM_IDLE, EV_START, FSM_CONNECT, ACT_CONNECT },
	{ FSM_IDLE, EV_START_PASSIVE, FSM_ACTIVE, 0 },
	{ FSM_IDLE, EV_RETRY_EXPIRED, FSM_CONNECT, ACT_CONNECT },

	{ FSM_CONNECT, EV_TCP_UP, FSM_OPENSENT,
	    ACT_SEND_OPEN | ACT_OPEN_TIMER },
	{ FSM_CONNECT, EV_TCP_DOWN, FSM_ACTIVE, ACT_END },
	{ FSM_CONNECT, EV_RETRY_EXPIRED, FSM_CONNECT, ACT_CLOSE | ACT_CONNECT },
	{ FSM_CONNECT, EV_STOP, FSM_IDLE, ACT_CLOSE },

	{ FSM_ACTIVE, EV_TCP_UP, FSM_OPENSENT, ACT_SEND_OPEN | ACT_OPEN_TIMER },
	{ FSM_ACTIVE, EV_RETRY_EXPIRED, FSM_CONNECT, ACT_CONNECT },
	{ FSM_ACTIVE, EV_STOP, FSM_IDLE, ACT_CLOSE },

	{ FSM_OPENSENT, EV_RX_OPEN, FSM_OPENCONFIRM,
	    ACT_SEND_KEEPALIVE | ACT_HOLD_TIMER | ACT_KEEPALIVE_TIMER },
	{ FSM_OPENSENT, EV_TCP_DOWN, FSM_ACTIVE, ACT_END },
	{ FSM_OPENSENT, EV_HOLD_EXPIRED, FSM_IDLE, ACT_NOTIFY_HOLD | ACT_END },
	{ FSM_OPENSENT, EV_RX_ERROR, FSM_IDLE, ACT_NOTIFY | ACT_END },
	{ FSM_OPENSENT, EV_RX_NOTIFICATION, FSM_IDLE, ACT_END },
	{ FSM_OPENSENT, EV_STOP, FSM_IDLE, ACT_NOTIFY | ACT_CLOSE },

	{ FSM_OPENCONFIRM, EV_RX_KEEPALIVE, FSM_ESTABLISHED,
	    ACT_HOLD_TIMER | ACT_UP },
	{ FSM_OPENCONFIRM, EV_KEEPALIVE_EXPIRED, FSM_OPENCONFIRM,
	    ACT_SEND_KEEPALIVE | ACT_KEEPALIVE_TIMER },
	{ FSM_OPENCONFIRM, EV_TCP_DOWN, FSM_IDLE, ACT_END },
	{ FSM_OPENCONFIRM, EV_HOLD_EXPIRED, FSM_IDLE,
	    ACT_NOTIFY_HOLD | ACT_END },
	{ FSM_OPENCONFIRM, EV_RX_ERROR, FSM_IDLE, ACT_NOTIFY | ACT_END },
	{ FSM_OPENCONFIRM, EV_RX_NOTIFICATION, FSM_IDLE, ACT_END },
	{ FSM_OPENCONFIRM, EV_STOP, FSM_IDLE, ACT_NOTIFY | ACT_CLOSE },

	{ FSM_ESTABLISHED, EV_RX_KEEPALIVE, FSM_ESTABLISHED, ACT_HOLD_TIMER },
	{ FSM_ESTABLISHED, EV_RX_UPDATE, FSM_ESTABLISHED, ACT_HOLD_TIMER },
	{ FSM_ESTABLISHED, EV_RX_REFRESH, FSM_ESTABLISHED, 0 },
	{ FSM_ESTABLISHED, EV_KEEPALIVE_EXPIRED, FSM_ESTABLISHED,
	    ACT_SEND_KEEPALIVE | ACT_KEEPALIVE_TIMER },
	{ FSM_ESTABLISHED, EV_TCP_DOWN, FSM_IDLE, ACT_END },
	{ FSM_ESTABLISHED, EV_HOLD_EXPIRED, FSM_IDLE,
	    ACT_NOTIFY_HOLD | ACT_END },
	{ FSM_ESTABLISHED, EV_SEND_HOLD_EXPIRED, FSM_IDLE,
	    ACT_NOTIFY_SEND_HOLD | ACT_END },
	{ FSM_ESTABLISHED, EV_RX_ERROR, FSM_IDLE, ACT_NOTIFY | ACT_END },
	{ FSM_ESTABLISHED, EV_RX_NOTIFICATION, FSM_IDLE, ACT_END },
	{ FSM_ESTABLISHED, EV_STOP, FSM_IDLE, ACT_NOTIFY | ACT_CLOSE },
};

/* A message that the state does not expect ends the connection (RFC 6608). */
static bool
is_message(enum fsm_event event)
{
	return event == EV_RX_OPEN || event == EV_RX_KEEPALIVE ||
	    event == EV_RX_UPDATE || event == EV_RX_REFRESH;
}

struct fsm_step
fsm_step(enum fsm_state state, enum fsm_event event)
{
	struct fsm_step stay = { state, 0 };
	struct fsm_step error = { FSM_IDLE, ACT_NOTIFY_FSM | ACT_END };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].state == state && rules[i].event == event)
			return (
			    struct fsm_step){ rules[i].next, rules[i].actions };
	return state >= FSM_OPENSENT && is_message(event) ? error : stay;
}

const char *
fsm_state_name(enum fsm_state state)
{
	static const char *const names[FSM_STATES] = {
		[FSM_IDLE] = "Idle",
		[FSM_CONNECT] = "Connect",
		[FSM_ACTIVE] = "Active",
		[FSM_OPENSENT] = "OpenSent",
		[FSM_OPENCONFIRM] = "OpenConfirm",
		[FSM_ESTABLISHED] = "Established",
	};

	return names[state];
}

const char *
fsm_state_word(enum fsm_state state)
{
	static const char *const words[FSM_STATES] = {
		[FSM_IDLE] = "idle",
		[FSM_CONNECT] = "connect",
		[FSM_ACTIVE] = "active",
		[FSM_OPENSENT] = "open-sent",
		[FSM_OPENCONFIRM] = "open-confirm",
		[FSM_ESTABLISHED] = "established",
	};

	return words[state];
}
