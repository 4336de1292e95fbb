/*
 * What goes out to a neighbor.  UPDATEs are made only as the queue drains, so
 * that a slow neighbor costs no memory and gets the latest state.
 */
#include <string.h>

#include "bgp.h"
#include "refresh.h"

#include "clock.h"
#include "log.h"
#include "neighbor_internal.h"

/* UPDATEs are made until so many octets wait for the kernel. */
#define QUEUE_FULL (256U << 10)
/* How often a send hold time is looked at. */
#define SEND_HOLD_CHECKS 8

static void
send_message(struct side *s, uint8_t type, const struct wire_out *out)
{
	if (s->conn == NULL)
		return;
	if (out->failed || conn_queue(s->conn, out->bytes, out->len) == -1) {
		/* the hold timers of either side end what this breaks */
		log_warnx("neighbor %s: out of memory: a message is not sent",
		    s->neighbor->config->name);
		return;
	}
	s->neighbor->sent[type]++;
	conn_flush(s->conn);
}

static void
fill_capabilities(const struct neighbor *n, struct capabilities *caps)
{
	const struct config_neighbor *config = n->config;

	caps->multiprotocol = true;
	caps->families = config->families;
	caps->route_refresh = true;
	caps->enhanced_refresh = true;
	caps->extended_message = true;
	caps->ipv4_over_ipv6 = config->address.family == FAMILY_IPV6 &&
	    (config->families & FAMILY_BIT(FAMILY_IPV4));
	caps->as4 = true;
	caps->as = n->parts.config->local_as;
	if (!config_is_internal(n->parts.config, config))
		caps->role = config->role;
	if (config->graceful_restart_s == 0)
		return;
	caps->graceful_restart = true;
	caps->gr_restarting = n->restarting;
	caps->gr_notification = true;
	caps->gr_time_s = (uint16_t)config->graceful_restart_s;
	caps->gr_families = config->families;
	caps->gr_forwarding = config->families;
	if (config->long_lived_graceful_restart_s == 0)
		return;
	caps->llgr = true;
	caps->llgr_families = config->families;
	caps->llgr_forwarding = config->families;
	for (int family = 0; family < FAMILIES; family++)
		caps->llgr_time_s[family] =
		    config->long_lived_graceful_restart_s;
}

void
neighbor_fill_open(const struct neighbor *n, struct bgp_open *open)
{
	*open = (struct bgp_open){
		.version = BGP_VERSION,
		.as = n->parts.config->local_as,
		.hold_time_s = (uint16_t)n->config->hold_time_s,
		.bgp_id = n->parts.config->router_id,
		.caps = { .role = ROLE_NONE },
	};
	if (!n->refuses_options)
		fill_capabilities(n, &open->caps);
	if (n->refused_len > 0)
		capability_drop(&open->caps,
		    wire_in(n->refused, n->refused_len));
}

void
side_send_open(struct side *s)
{
	struct wire_out out;
	struct bgp_open open;

	wire_out_init(&out, BGP_MESSAGE_MAX);
	neighbor_fill_open(s->neighbor, &open);
	open_encode(&open, &out);
	send_message(s, BGP_OPEN, &out);
	wire_out_fini(&out);
}

void
side_send_keepalive(struct side *s)
{
	struct wire_out out;

	wire_out_init(&out, BGP_HEADER_LEN);
	frame_keepalive(&out);
	send_message(s, BGP_KEEPALIVE, &out);
	wire_out_fini(&out);
}

void
side_send_notification(struct side *s, const struct bgp_notification *why)
{
	struct wire_out out;

	wire_out_init(&out, BGP_MESSAGE_MAX);
	notification_encode(why, &out);
	send_message(s, BGP_NOTIFICATION, &out);
	wire_out_fini(&out);
}

/*
 * RFC 9687: a neighbor that takes nothing for so long is not there, whatever
 * it says.  The kernel takes bytes from us long after the neighbor has stopped
 * to, so what counts is what it acknowledges.
 */
static void
check_progress(struct side *s)
{
	int64_t limit_ms = s->neighbor->config->send_hold_time_s * 1000LL;
	uint64_t acknowledged = conn_acknowledged(s->conn);

	if (acknowledged != s->acknowledged) {
		s->acknowledged = acknowledged;
		s->progress_ms = clock_now_ms();
	} else if (clock_now_ms() - s->progress_ms >= limit_ms) {
		side_event(s, EV_SEND_HOLD_EXPIRED, NULL);
	}
}

static void
start_send_hold_timer(struct side *s)
{
	int64_t limit_ms = s->neighbor->config->send_hold_time_s * 1000LL;

	side_start_timer(s->send_hold_timer, limit_ms / SEND_HOLD_CHECKS);
}

void
side_watch_sending(struct side *s)
{
	if (s->neighbor->config->send_hold_time_s == 0 ||
	    evtimer_pending(s->send_hold_timer, NULL))
		return;
	s->acknowledged = conn_acknowledged(s->conn);
	s->progress_ms = clock_now_ms();
	start_send_hold_timer(s);
}

void
side_check_sending(struct side *s)
{
	if (!conn_is_busy(s->conn))
		return;
	check_progress(s);
	if (s->state == FSM_ESTABLISHED)
		start_send_hold_timer(s);
}

void
side_out_of_resources(struct side *s)
{
	struct bgp_notification why;

	notification_set(&why, BGP_ERR_CEASE, BGP_CEASE_OUT_OF_RESOURCES);
	side_event(s, EV_RX_ERROR, &why);
}

/* Queues messages until the queue is full.  Whether there may be more. */
static bool
fill_queue(struct side *s, struct ribout *ribout, struct wire_out *out)
{
	int64_t now_ms = clock_now_ms();

	while (conn_queued(s->conn) < QUEUE_FULL) {
		uint64_t octets = conn_written(s->conn) + conn_queued(s->conn);

		wire_out_reset(out);
		if (!ribout_next(ribout, out, octets, now_ms))
			return false;
		if (out->failed ||
		    conn_queue(s->conn, out->bytes, out->len) == -1) {
			side_out_of_resources(s);
			return false;
		}
		s->neighbor->sent[out->bytes[BGP_TYPE_OFFSET]]++;
	}
	return true;
}

void
neighbor_transmit(struct neighbor *n)
{
	struct side *s = n->up;
	struct wire_out out;
	bool more = true;

	if (s == NULL)
		return;
	if (!ribout_has_work(n->ribout)) {
		neighbor_follow(n);
		/* what was waited for may be wanted no more */
		n->parts.on_sent(n->parts.arg, n);
		return;
	}
	wire_out_init(&out, BGP_MESSAGE_MAX_EXTENDED);
	while (more && n->up == s && conn_queued(s->conn) == 0) {
		more = fill_queue(s, n->ribout, &out);
		if (n->up == s)
			conn_flush(s->conn);
	}
	wire_out_fini(&out);
	if (n->up != s)
		return;
	side_watch_sending(s);
	neighbor_follow(n);
	neighbor_watch_limits(n);
	if (!ribout_end_of_rib_due(n->ribout))
		n->restarting = false;
}
