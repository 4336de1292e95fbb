/*
 * The machine of one connection at work: events in, the rules of core/fsm.c,
 * actions out.  Collisions of the two are settled here (RFC 4271, section
 * 6.8).
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "bgp.h"

#include "clock.h"
#include "log.h"
#include "neighbor_internal.h"
#include "tcp.h"

/* RFC 4271, section 8.2.2: until a hold time is agreed on. */
#define OPEN_HOLD_MS 240000
/* An attempt to connect lasts so long at least, with back-off longer. */
#define CONNECT_MS 10000
#define KEEPALIVE_MIN_MS 1000

void
side_start_timer(struct event *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	if (event_add(timer, &tv) == -1)
		log_warnx("a timer cannot be started: out of memory");
}

int64_t
side_jitter(int64_t ms)
{
	return ms - (int64_t)arc4random_uniform((uint32_t)(ms / 4 + 1));
}

static struct side *
side_other(const struct side *s)
{
	struct neighbor *n = s->neighbor;

	return s == &n->sides[0] ? &n->sides[1] : &n->sides[0];
}

void
side_use(struct side *s, bool incoming)
{
	s->in_use = true;
	s->incoming = incoming;
	s->state = incoming ? FSM_ACTIVE : FSM_IDLE;
	s->conn = NULL;
}

/* ACT_CLOSE: the connection, and all its timers. */
static void
close_side(struct side *s)
{
	struct neighbor *n = s->neighbor;

	event_del(s->hold_timer);
	event_del(s->keepalive_timer);
	event_del(s->send_hold_timer);
	conn_close(s->conn);
	s->conn = NULL;
	if (n->up == s)
		neighbor_session_down(n);
	if (s->incoming)
		s->in_use = false;
	else
		neighbor_stop_retry(n);
}

void
side_end(struct side *s, uint8_t cease)
{
	struct bgp_notification why;
	bool incoming = s->incoming;

	notification_set(&why, BGP_ERR_CEASE, cease);
	side_event(s, EV_STOP, &why);
	/* an incoming one is free already, and our side may have taken it */
	if (!incoming)
		s->in_use = false;
}

/* conn: what the three callbacks of a connection come to. */
static void
on_connected(void *arg)
{
	side_event(arg, EV_TCP_UP, NULL);
}

static void
on_message(void *arg, const struct frame *f)
{
	side_on_message(arg, f);
}

static void
on_bad_frame(void *arg, const struct bgp_notification *why)
{
	side_event(arg, EV_RX_ERROR, why);
}

static void
on_down(void *arg, const char *why)
{
	struct side *s = arg;

	neighbor_note_failure(s, why);
	side_event(s, EV_TCP_DOWN, NULL);
}

static void
on_drained(void *arg)
{
	struct side *s = arg;

	neighbor_transmit(s->neighbor);
}

struct conn *
side_new_conn(struct side *s, int fd, bool connecting)
{
	struct conn_events events = {
		.on_connected = on_connected,
		.on_message = on_message,
		.on_bad_frame = on_bad_frame,
		.on_down = on_down,
		.on_drained = on_drained,
		.arg = s,
	};

	return conn_new(s->neighbor->parts.base, fd, connecting, &events);
}

/* ACT_CONNECT. */
static void
connect_side(struct side *s)
{
	struct neighbor *n = s->neighbor;
	const struct config_neighbor *config = n->config;
	struct tcp_options options = neighbor_tcp_options(n);
	struct tcp_end to = { .address = config->address,
		.scope_id = if_nametoindex(config->interface),
		.port = config->port };
	int fd = tcp_connect(&to,
	    config->has_local_address ? &config->local_address : NULL,
	    &options);
	int error = errno;

	neighbor_retry_within(n,
	    n->backoff_ms > CONNECT_MS ? n->backoff_ms : CONNECT_MS);
	if (fd != -1) {
		s->conn = side_new_conn(s, fd, true);
		error = errno;
	}
	if (s->conn != NULL)
		return;
	neighbor_note_failure(s, strerror(error));
	side_event(s, EV_TCP_DOWN, NULL);
}

/* RFC 4271, section 4.4: a third of the hold time, never below a second. */
static int64_t
keepalive_ms(const struct side *s)
{
	int64_t ms = side_jitter((int64_t)s->terms.hold_time_s * 1000 / 3);

	return ms > KEEPALIVE_MIN_MS ? ms : KEEPALIVE_MIN_MS;
}

/*
 * Without a hold time the timer of OpenSent runs on until the session is up: a
 * connection whose confirmation does not come is not to stay for good.
 */
static void
restart_hold_timer(struct side *s)
{
	bool up = s->state == FSM_ESTABLISHED;

	s->heard_ms = clock_now_ms();
	if (s->terms.hold_time_s > 0) {
		if (!up || !evtimer_pending(s->hold_timer, NULL))
			side_start_timer(s->hold_timer,
			    s->terms.hold_time_s * 1000L);
	} else if (up) {
		event_del(s->hold_timer);
	}
}

/* What the neighbor is told, by the configuration and the session's terms. */
static int
fill_exports(const struct side *s, struct policy_session *session,
    struct ribout_exports *exports)
{
	session->config = s->neighbor->parts.config;
	session->neighbor = s->neighbor->config;
	session->terms = &s->terms;
	if (tcp_local_address(conn_fd(s->conn), &session->local_address) == -1)
		return -1;
	for (int family = 0; family < FAMILIES; family++)
		for (int kind = 0; kind < ROUTE_KINDS; kind++)
			exports->on[kind][family] = policy_export(session,
			    kind == ROUTE_BLACKHOLE, (enum family)family,
			    &exports->attrs[kind][family]);
	return 0;
}

/* ACT_UP: tell the neighbor all that is ours. */
static void
session_up(struct side *s)
{
	struct neighbor *n = s->neighbor;
	struct policy_session session;
	struct ribout_exports exports;

	if (fill_exports(s, &session, &exports) == -1) {
		neighbor_note_failure(s, strerror(errno));
		side_event(s, EV_TCP_DOWN, NULL);
		return;
	}
	/* what it kept of an earlier session is withdrawn first */
	if (!s->terms.graceful_restart)
		ribout_stop(n->ribout);
	if (ribout_start(n->ribout, &exports, s->terms.families,
		s->terms.message_max) == -1) {
		side_end(s, BGP_CEASE_OUT_OF_RESOURCES);
		neighbor_resume(n);
		return;
	}
	if (n->restarting && s->terms.graceful_restart)
		ribout_withdraw_left_over(n->ribout);
	n->up = s;
	n->seen_written = n->seen_acknowledged = 0;
	n->received_prefixes = 0;
	n->told_why = false;
	if (side_other(s)->in_use)
		side_end(side_other(s), BGP_CEASE_COLLISION);
	neighbor_stop_retry(n);
	if (neighbor_may_log(n, &n->session_lines))
		log_info("neighbor %s: session up", n->config->name);
	n->parts.on_up(n->parts.arg, n, &session.local_address);
	neighbor_kick(n);
}

void
side_export(struct side *s)
{
	struct policy_session session;
	struct ribout_exports exports;

	if (fill_exports(s, &session, &exports) == -1 ||
	    ribout_update(s->neighbor->ribout, &exports) == -1)
		side_out_of_resources(s);
	else
		neighbor_kick(s->neighbor);
}

static void
notify(struct side *s, const struct bgp_notification *why)
{
	neighbor_note_notification(s, why, true);
	side_send_notification(s, why);
}

static void
notify_code(struct side *s, uint8_t code, uint8_t subcode)
{
	struct bgp_notification why;

	notification_set(&why, code, subcode);
	notify(s, &why);
}

/* The actions that put something on the wire, in the order of the bits. */
static void
do_sending(struct side *s, uint32_t actions, const struct bgp_notification *why)
{
	if (actions & ACT_SEND_OPEN)
		side_send_open(s);
	if (actions & ACT_SEND_KEEPALIVE)
		side_send_keepalive(s);
	if ((actions & (ACT_NOTIFY | ACT_NOTIFY_FSM)) && why != NULL)
		notify(s, why);
	if (actions & ACT_NOTIFY_HOLD)
		notify_code(s, BGP_ERR_HOLD_TIMER, 0);
	if (actions & ACT_NOTIFY_SEND_HOLD)
		notify_code(s, BGP_ERR_SEND_HOLD_TIMER, 0);
}

static void
do_connection(struct side *s, uint32_t actions)
{
	if (actions & ACT_CLOSE)
		close_side(s);
	if ((actions & ACT_RETRY_TIMER) && !s->incoming)
		neighbor_retry_later(s->neighbor);
	if (actions & ACT_CONNECT)
		connect_side(s);
}

static void
do_timers(struct side *s, uint32_t actions)
{
	if (actions & ACT_OPEN_TIMER)
		side_start_timer(s->hold_timer, OPEN_HOLD_MS);
	if (actions & ACT_HOLD_TIMER)
		restart_hold_timer(s);
	if ((actions & ACT_KEEPALIVE_TIMER) && s->terms.hold_time_s > 0)
		side_start_timer(s->keepalive_timer, keepalive_ms(s));
}

void
side_event(struct side *s, enum fsm_event event,
    const struct bgp_notification *why)
{
	struct neighbor *n = s->neighbor;
	struct fsm_step step = fsm_step(s->state, event);

	if (step.next != s->state)
		log_debug("neighbor %s: %s -> %s (%s)", n->config->name,
		    fsm_state_name(s->state), fsm_state_name(step.next),
		    s->incoming ? "incoming" : "outgoing");
	if (event == EV_TCP_UP && !s->incoming)
		neighbor_stop_retry(n);
	do_sending(s, step.actions, why);
	s->state = step.next;
	do_connection(s, step.actions);
	do_timers(s, step.actions);
	if (step.actions & ACT_UP)
		session_up(s);
	neighbor_resume(n);
	neighbor_show_state(n);
}

/* libevent: hold timer.  It is let run on while UPDATEs come. */
static void
on_hold_timer(evutil_socket_t fd, short what, void *arg)
{
	struct side *s = arg;
	int64_t left_ms =
	    s->heard_ms + s->terms.hold_time_s * 1000L - clock_now_ms();

	(void)fd;
	(void)what;
	if (s->state == FSM_ESTABLISHED && left_ms > 0)
		side_start_timer(s->hold_timer, left_ms);
	else
		side_event(s, EV_HOLD_EXPIRED, NULL);
}

/* libevent: time to look whether the neighbor takes what we send. */
static void
on_send_hold_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	side_check_sending(arg);
}

/* libevent: keepalive timer. */
static void
on_keepalive_timer(evutil_socket_t fd, short what, void *arg)
{
	struct side *s = arg;

	(void)fd;
	(void)what;
	side_event(s, EV_KEEPALIVE_EXPIRED, NULL);
	if (s->state == FSM_ESTABLISHED && conn_is_busy(s->conn))
		side_watch_sending(s);
}

int
side_init(struct side *s, struct neighbor *n)
{
	struct event_base *base = n->parts.base;

	s->neighbor = n;
	s->hold_timer = evtimer_new(base, on_hold_timer, s);
	s->keepalive_timer = evtimer_new(base, on_keepalive_timer, s);
	s->send_hold_timer = evtimer_new(base, on_send_hold_timer, s);
	return s->hold_timer != NULL && s->keepalive_timer != NULL &&
		s->send_hold_timer != NULL
	    ? 0
	    : -1;
}

static void
free_event(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

void
side_fini(struct side *s)
{
	conn_close(s->conn);
	free_event(s->hold_timer);
	free_event(s->keepalive_timer);
	free_event(s->send_hold_timer);
}

/*
 * Whether the connection that the neighbor opened is the one that stays: RFC
 * 4271, section 6.8, and RFC 6286, section 2.3 for equal identifiers.
 */
static bool
incoming_wins(const struct side *s)
{
	const struct config *config = s->neighbor->parts.config;

	if (config->router_id != s->theirs.bgp_id)
		return config->router_id < s->theirs.bgp_id;
	return config->local_as < s->theirs.as;
}

bool
side_wins(struct side *s)
{
	struct side *other = side_other(s);

	if (!other->in_use || other->state < FSM_OPENCONFIRM)
		return true;
	if (other->state == FSM_ESTABLISHED) {
		if (other->theirs.caps.graceful_restart &&
		    other->theirs.caps.gr_families != 0) {
			/* RFC 4724, section 5: it has restarted */
			neighbor_note_failure(other,
			    "replaced by a new connection");
			side_event(other, EV_TCP_DOWN, NULL);
			return true;
		}
	} else if (s->incoming == incoming_wins(s)) {
		side_end(other, BGP_CEASE_COLLISION);
		return true;
	}
	side_end(s, BGP_CEASE_COLLISION);
	return false;
}
