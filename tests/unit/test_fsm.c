/*
 * The whole square of states and events against what RFC 4271, section 8.2.2,
 * RFC 6608 and RFC 9687 say.  Where we differ, a comment says why.
 */
#include "hex.h"

#include "fsm.h"

/* An ending: leave the wire, come back later. */
#define LEAVE (ACT_CLOSE | ACT_RETRY_TIMER)
#define FSM_ERROR                                \
	{                                        \
		FSM_IDLE, ACT_NOTIFY_FSM | LEAVE \
	}
#define STAY(state)      \
	{                \
		state, 0 \
	}

static const struct fsm_step square[FSM_STATES][FSM_EVENTS] = {
	[FSM_IDLE] = {
		[EV_START] = { FSM_CONNECT, ACT_CONNECT },
		[EV_START_PASSIVE] = { FSM_ACTIVE, 0 },
		[EV_STOP] = STAY(FSM_IDLE),
		/* event 3: our automatic start, after the back-off */
		[EV_RETRY_EXPIRED] = { FSM_CONNECT, ACT_CONNECT },
		[EV_HOLD_EXPIRED] = STAY(FSM_IDLE),
		[EV_KEEPALIVE_EXPIRED] = STAY(FSM_IDLE),
		[EV_SEND_HOLD_EXPIRED] = STAY(FSM_IDLE),
		[EV_TCP_UP] = STAY(FSM_IDLE),
		[EV_TCP_DOWN] = STAY(FSM_IDLE),
		[EV_RX_OPEN] = STAY(FSM_IDLE),
		[EV_RX_ERROR] = STAY(FSM_IDLE),
		[EV_RX_NOTIFICATION] = STAY(FSM_IDLE),
		[EV_RX_KEEPALIVE] = STAY(FSM_IDLE),
		[EV_RX_UPDATE] = STAY(FSM_IDLE),
		[EV_RX_REFRESH] = STAY(FSM_IDLE),
	},
	/*
	 * In Connect and Active there is no connection, so no message and no
	 * timer of one: what the RFC has end in Idle cannot come.
	 */
	[FSM_CONNECT] = {
		[EV_START] = STAY(FSM_CONNECT),
		[EV_START_PASSIVE] = STAY(FSM_CONNECT),
		[EV_STOP] = { FSM_IDLE, ACT_CLOSE },
		[EV_RETRY_EXPIRED] = { FSM_CONNECT, ACT_CLOSE | ACT_CONNECT },
		[EV_HOLD_EXPIRED] = STAY(FSM_CONNECT),
		[EV_KEEPALIVE_EXPIRED] = STAY(FSM_CONNECT),
		[EV_SEND_HOLD_EXPIRED] = STAY(FSM_CONNECT),
		[EV_TCP_UP] = { FSM_OPENSENT, ACT_SEND_OPEN | ACT_OPEN_TIMER },
		/* as with DelayOpen, since an incoming one is still welcome */
		[EV_TCP_DOWN] = { FSM_ACTIVE, LEAVE },
		[EV_RX_OPEN] = STAY(FSM_CONNECT),
		[EV_RX_ERROR] = STAY(FSM_CONNECT),
		[EV_RX_NOTIFICATION] = STAY(FSM_CONNECT),
		[EV_RX_KEEPALIVE] = STAY(FSM_CONNECT),
		[EV_RX_UPDATE] = STAY(FSM_CONNECT),
		[EV_RX_REFRESH] = STAY(FSM_CONNECT),
	},
	[FSM_ACTIVE] = {
		[EV_START] = STAY(FSM_ACTIVE),
		[EV_START_PASSIVE] = STAY(FSM_ACTIVE),
		[EV_STOP] = { FSM_IDLE, ACT_CLOSE },
		[EV_RETRY_EXPIRED] = { FSM_CONNECT, ACT_CONNECT },
		[EV_HOLD_EXPIRED] = STAY(FSM_ACTIVE),
		[EV_KEEPALIVE_EXPIRED] = STAY(FSM_ACTIVE),
		[EV_SEND_HOLD_EXPIRED] = STAY(FSM_ACTIVE),
		[EV_TCP_UP] = { FSM_OPENSENT, ACT_SEND_OPEN | ACT_OPEN_TIMER },
		[EV_TCP_DOWN] = STAY(FSM_ACTIVE),
		[EV_RX_OPEN] = STAY(FSM_ACTIVE),
		[EV_RX_ERROR] = STAY(FSM_ACTIVE),
		[EV_RX_NOTIFICATION] = STAY(FSM_ACTIVE),
		[EV_RX_KEEPALIVE] = STAY(FSM_ACTIVE),
		[EV_RX_UPDATE] = STAY(FSM_ACTIVE),
		[EV_RX_REFRESH] = STAY(FSM_ACTIVE),
	},
	/*
	 * A timer that does not run in a state cannot expire: the RFC has it
	 * end the session, which a late one of ours must not.
	 */
	[FSM_OPENSENT] = {
		[EV_START] = STAY(FSM_OPENSENT),
		[EV_START_PASSIVE] = STAY(FSM_OPENSENT),
		[EV_STOP] = { FSM_IDLE, ACT_NOTIFY | ACT_CLOSE },
		[EV_RETRY_EXPIRED] = STAY(FSM_OPENSENT),
		[EV_HOLD_EXPIRED] = { FSM_IDLE, ACT_NOTIFY_HOLD | LEAVE },
		[EV_KEEPALIVE_EXPIRED] = STAY(FSM_OPENSENT),
		[EV_SEND_HOLD_EXPIRED] = STAY(FSM_OPENSENT),
		[EV_TCP_UP] = STAY(FSM_OPENSENT),
		[EV_TCP_DOWN] = { FSM_ACTIVE, LEAVE },
		[EV_RX_OPEN] = { FSM_OPENCONFIRM, ACT_SEND_KEEPALIVE |
		    ACT_HOLD_TIMER | ACT_KEEPALIVE_TIMER },
		[EV_RX_ERROR] = { FSM_IDLE, ACT_NOTIFY | LEAVE },
		/* never answered by a NOTIFICATION (section 6.4) */
		[EV_RX_NOTIFICATION] = { FSM_IDLE, LEAVE },
		[EV_RX_KEEPALIVE] = FSM_ERROR,
		[EV_RX_UPDATE] = FSM_ERROR,
		[EV_RX_REFRESH] = FSM_ERROR,
	},
	[FSM_OPENCONFIRM] = {
		[EV_START] = STAY(FSM_OPENCONFIRM),
		[EV_START_PASSIVE] = STAY(FSM_OPENCONFIRM),
		[EV_STOP] = { FSM_IDLE, ACT_NOTIFY | ACT_CLOSE },
		[EV_RETRY_EXPIRED] = STAY(FSM_OPENCONFIRM),
		[EV_HOLD_EXPIRED] = { FSM_IDLE, ACT_NOTIFY_HOLD | LEAVE },
		[EV_KEEPALIVE_EXPIRED] = { FSM_OPENCONFIRM,
		    ACT_SEND_KEEPALIVE | ACT_KEEPALIVE_TIMER },
		[EV_SEND_HOLD_EXPIRED] = STAY(FSM_OPENCONFIRM),
		[EV_TCP_UP] = STAY(FSM_OPENCONFIRM),
		[EV_TCP_DOWN] = { FSM_IDLE, LEAVE },
		/* a second one on the same connection: no collision */
		[EV_RX_OPEN] = FSM_ERROR,
		[EV_RX_ERROR] = { FSM_IDLE, ACT_NOTIFY | LEAVE },
		[EV_RX_NOTIFICATION] = { FSM_IDLE, LEAVE },
		[EV_RX_KEEPALIVE] = { FSM_ESTABLISHED,
		    ACT_HOLD_TIMER | ACT_UP },
		[EV_RX_UPDATE] = FSM_ERROR,
		[EV_RX_REFRESH] = FSM_ERROR,
	},
	[FSM_ESTABLISHED] = {
		[EV_START] = STAY(FSM_ESTABLISHED),
		[EV_START_PASSIVE] = STAY(FSM_ESTABLISHED),
		[EV_STOP] = { FSM_IDLE, ACT_NOTIFY | ACT_CLOSE },
		[EV_RETRY_EXPIRED] = STAY(FSM_ESTABLISHED),
		[EV_HOLD_EXPIRED] = { FSM_IDLE, ACT_NOTIFY_HOLD | LEAVE },
		[EV_KEEPALIVE_EXPIRED] = { FSM_ESTABLISHED,
		    ACT_SEND_KEEPALIVE | ACT_KEEPALIVE_TIMER },
		[EV_SEND_HOLD_EXPIRED] = { FSM_IDLE,
		    ACT_NOTIFY_SEND_HOLD | LEAVE },
		[EV_TCP_UP] = STAY(FSM_ESTABLISHED),
		[EV_TCP_DOWN] = { FSM_IDLE, LEAVE },
		[EV_RX_OPEN] = FSM_ERROR,
		[EV_RX_ERROR] = { FSM_IDLE, ACT_NOTIFY | LEAVE },
		[EV_RX_NOTIFICATION] = { FSM_IDLE, LEAVE },
		[EV_RX_KEEPALIVE] = { FSM_ESTABLISHED, ACT_HOLD_TIMER },
		[EV_RX_UPDATE] = { FSM_ESTABLISHED, ACT_HOLD_TIMER },
		[EV_RX_REFRESH] = STAY(FSM_ESTABLISHED),
	},
};

static const char *const event_names[FSM_EVENTS] = {
	[EV_START] = "start",
	[EV_START_PASSIVE] = "start, passive",
	[EV_STOP] = "stop",
	[EV_RETRY_EXPIRED] = "connect-retry timer",
	[EV_HOLD_EXPIRED] = "hold timer",
	[EV_KEEPALIVE_EXPIRED] = "keepalive timer",
	[EV_SEND_HOLD_EXPIRED] = "send hold timer",
	[EV_TCP_UP] = "TCP up",
	[EV_TCP_DOWN] = "TCP down",
	[EV_RX_OPEN] = "OPEN",
	[EV_RX_ERROR] = "an error",
	[EV_RX_NOTIFICATION] = "NOTIFICATION",
	[EV_RX_KEEPALIVE] = "KEEPALIVE",
	[EV_RX_UPDATE] = "UPDATE",
	[EV_RX_REFRESH] = "ROUTE-REFRESH",
};

static void
test_square(void **state)
{
	(void)state;
	for (int from = 0; from < FSM_STATES; from++) {
		for (int event = 0; event < FSM_EVENTS; event++) {
			const struct fsm_step *want = &square[from][event];
			struct fsm_step is = fsm_step((enum fsm_state)from,
			    (enum fsm_event)event);

			print_message("  %s: %s\n",
			    fsm_state_name((enum fsm_state)from),
			    event_names[event]);
			assert_string_equal(fsm_state_name(is.next),
			    fsm_state_name(want->next));
			assert_int_equal(is.actions, want->actions);
		}
	}
}

/* What must hold of every step, whatever the tables say. */
static void
test_invariants(void **state)
{
	uint32_t notifies = ACT_NOTIFY | ACT_NOTIFY_FSM | ACT_NOTIFY_HOLD |
	    ACT_NOTIFY_SEND_HOLD;

	(void)state;
	for (int from = 0; from < FSM_STATES; from++) {
		for (int event = 0; event < FSM_EVENTS; event++) {
			struct fsm_step is = fsm_step((enum fsm_state)from,
			    (enum fsm_event)event);
			bool had = from >= FSM_OPENSENT;
			bool has = is.next >= FSM_OPENSENT;

			/* a connection is closed exactly when it is left */
			if (had)
				assert_int_equal(has,
				    (is.actions & ACT_CLOSE) == 0);
			/* who says goodbye leaves */
			if (is.actions & notifies)
				assert_true(is.actions & ACT_CLOSE);
			/* only a stop ends for good */
			if (from != FSM_IDLE && is.next == FSM_IDLE &&
			    event != EV_STOP)
				assert_true(is.actions & ACT_RETRY_TIMER);
			assert_int_equal((is.actions & ACT_UP) != 0,
			    from != FSM_ESTABLISHED &&
				is.next == FSM_ESTABLISHED);
		}
	}
}

static void
test_names(void **state)
{
	static const char *const words[FSM_STATES] = { "idle", "connect",
		"active", "open-sent", "open-confirm", "established" };
	static const char *const names[FSM_STATES] = { "Idle", "Connect",
		"Active", "OpenSent", "OpenConfirm", "Established" };

	(void)state;
	for (int i = 0; i < FSM_STATES; i++) {
		assert_string_equal(fsm_state_word((enum fsm_state)i),
		    words[i]);
		assert_string_equal(fsm_state_name((enum fsm_state)i),
		    names[i]);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_square),
		cmocka_unit_test(test_invariants),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
