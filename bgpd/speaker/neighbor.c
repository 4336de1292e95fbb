/*
 * A neighbor has two sides.  One is the connection that we open; its machine
 * goes on forever, from attempt to attempt.  The other takes a connection that
 * the neighbor opens, whatever the first one is doing.  When one of them is
 * Established the other is ended, and serves for a connection that replaces
 * it; when that ends, we begin to open one again.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgp.h"

#include "clock.h"
#include "log.h"
#include "neighbor_internal.h"
#include "tcp.h"

#define BACKOFF_MAX_MS (60 * 1000)
/* A session that stood so long was a good one: back-off begins anew. */
#define STEADY_MS 30000
/* Connections that a neighbor may open, a second; conn.c bounds who lingers. */
#define ACCEPT_RATE 100
/* Lines of either kind a second; ten seconds of them may come at once. */
#define LOG_RATE 1

void
neighbor_show_state(struct neighbor *n)
{
	enum fsm_state furthest = FSM_IDLE;

	for (int i = 0; i < 2; i++)
		if (n->sides[i].in_use && n->sides[i].state > furthest)
			furthest = n->sides[i].state;
	if (furthest == n->shown_state)
		return;
	n->shown_state = furthest;
	n->since_ms = clock_now_ms();
}

struct tcp_options
neighbor_tcp_options(const struct neighbor *n)
{
	const struct config_neighbor *config = n->config;
	struct tcp_options options = { .ttl = (uint8_t)config->multihop,
		.md5_key = config->password };

	if (config->ttl_security > 0) {
		options.ttl = 255;
		options.min_ttl = config_min_ttl(config);
	}
	return options;
}

bool
neighbor_may_log(struct neighbor *n, struct access_bucket *lines)
{
	if (!access_bucket_open(lines, LOG_RATE, clock_now_ms())) {
		n->unlogged++;
		return false;
	}
	access_bucket_take(lines, 1);
	if (n->unlogged > 0)
		log_info("neighbor %s: %ju more lines were not logged",
		    n->config->name, (uintmax_t)n->unlogged);
	n->unlogged = 0;
	return true;
}

/* A neighbor can repeat them as fast as it may connect. */
static void
log_failure(struct neighbor *n, const char *text)
{
	if (neighbor_may_log(n, &n->log_lines))
		log_info("neighbor %s: %s", n->config->name, text);
	else
		log_debug("neighbor %s: %s", n->config->name, text);
}

static void
note_error(struct neighbor *n, const char *text)
{
	snprintf(n->error_text, sizeof(n->error_text), "%s", text);
	n->has_error = true;
	n->error_at_ms = clock_now_ms();
}

void
neighbor_note_failure(struct side *s, const char *why)
{
	struct neighbor *n = s->neighbor;
	char text[sizeof(n->error_text)];
	bool silent = strcmp(why, TCP_TIMED_OUT) == 0;

	snprintf(text, sizeof(text), "%s%s", why,
	    silent && n->config->password[0] != '\0'
		? "; a password is set: is it the same there?"
		: "");
	if (n->told_why) {
		log_debug("neighbor %s: %s", n->config->name, text);
		return;
	}
	if (n->up != s && (!n->has_error || strcmp(text, n->error_text) != 0))
		log_failure(n, text);
	note_error(n, text);
	n->has_notification = false;
}

static bool
is_collision(const struct bgp_notification *why)
{
	return why->code == BGP_ERR_CEASE &&
	    why->subcode == BGP_CEASE_COLLISION;
}

void
neighbor_note_notification(struct side *s,
    const struct bgp_notification *notification, bool sent)
{
	struct neighbor *n = s->neighbor;
	char name[NOTIFICATION_STRLEN], said[SHUTDOWN_STRLEN];
	char text[sizeof(n->error_text)];

	notification_name(notification, name);
	notification_shutdown_text(notification, said);
	snprintf(text, sizeof(text), "%s NOTIFICATION %s%s%s",
	    sent ? "sent" : "received", name, said[0] != '\0' ? ": " : "",
	    said);
	/* a neighbor that connects beside its session fails at nothing */
	if (sent && is_collision(notification)) {
		log_debug("neighbor %s: %s", n->config->name, text);
		return;
	}
	if (n->up != s)
		log_failure(n, text);
	note_error(n, text);
	/* beside a session it is not why that ends */
	n->told_why = !sent && notification->code == BGP_ERR_CEASE &&
	    !is_collision(notification) && (n->up == NULL || n->up == s);
	n->notification = *notification;
	n->has_notification = true;
	n->notification_sent = sent;
}

static struct side *
our_side(struct neighbor *n)
{
	for (int i = 0; i < 2; i++)
		if (n->sides[i].in_use && !n->sides[i].incoming)
			return &n->sides[i];
	return NULL;
}

static struct side *
free_side(struct neighbor *n)
{
	for (int i = 0; i < 2; i++)
		if (!n->sides[i].in_use)
			return &n->sides[i];
	return NULL;
}

void
neighbor_stop_retry(struct neighbor *n)
{
	event_del(n->retry_timer);
	n->retry_at_ms = 0;
}

void
neighbor_retry_within(struct neighbor *n, int64_t ms)
{
	n->retry_at_ms = clock_now_ms() + ms;
	side_start_timer(n->retry_timer, ms);
}

/* The next attempt to connect, after a growing while. */
static void
back_off(struct neighbor *n)
{
	n->backoff_ms *= 2;
	if (n->backoff_ms > BACKOFF_MAX_MS)
		n->backoff_ms = BACKOFF_MAX_MS;
}

void
neighbor_retry_later(struct neighbor *n)
{
	if (n->config->passive)
		return;
	neighbor_retry_within(n, side_jitter(n->backoff_ms));
	back_off(n);
}

/* Our side begins again where an Established connection was the neighbor's. */
void
neighbor_resume(struct neighbor *n)
{
	struct side *s = free_side(n);

	if (n->stopped || n->up != NULL || our_side(n) != NULL || s == NULL)
		return;
	side_use(s, false);
	if (n->config->passive)
		side_event(s, EV_START_PASSIVE, NULL);
	else
		neighbor_retry_later(n);
}

/* The Established session is over. */
void
neighbor_session_down(struct neighbor *n)
{
	int64_t now_ms = clock_now_ms();
	uint32_t lost = ribout_victims(n->ribout);
	bool keeps = n->up->terms.graceful_restart;

	if (neighbor_may_log(n, &n->session_lines))
		log_info("neighbor %s: session down: %s", n->config->name,
		    n->error_text);
	if (now_ms - n->since_ms >= STEADY_MS)
		n->backoff_ms = n->config->connect_retry_s * 1000;
	n->up = NULL;
	n->flaps++;
	event_del(n->ack_timer);
	neighbor_forget_refresh(n);
	if (keeps)
		ribout_pause(n->ribout);
	else
		ribout_stop(n->ribout);
	n->parts.on_down(n->parts.arg, n, lost);
}

/* libevent: ConnectRetryTimer. */
static void
on_retry_timer(evutil_socket_t fd, short what, void *arg)
{
	struct neighbor *n = arg;
	struct side *s = our_side(n);

	(void)fd;
	(void)what;
	n->retry_at_ms = 0;
	if (s == NULL)
		return;
	if (s->state == FSM_CONNECT) {
		neighbor_note_failure(s, TCP_TIMED_OUT);
		back_off(n);
	}
	side_event(s, EV_RETRY_EXPIRED, NULL);
}

/* libevent: there may be something to send. */
static void
on_transmit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	neighbor_transmit(arg);
}

struct neighbor *
neighbor_new(const struct neighbor_parts *parts,
    const struct config_neighbor *config)
{
	struct neighbor *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->parts = *parts;
	n->config = config;
	n->stopped = true;
	n->restarting = true;
	n->since_ms = clock_now_ms();
	n->backoff_ms = config->connect_retry_s * 1000;
	access_bucket_init(&n->accepts, ACCEPT_RATE, n->since_ms);
	access_bucket_init(&n->session_lines, LOG_RATE, n->since_ms);
	access_bucket_init(&n->log_lines, LOG_RATE, n->since_ms);
	n->ribout = ribout_new(parts->rib, config);
	n->retry_timer = evtimer_new(parts->base, on_retry_timer, n);
	n->transmit = evtimer_new(parts->base, on_transmit, n);
	n->ack_timer = evtimer_new(parts->base, neighbor_on_ack_timer, n);
	n->refresh_timer =
	    evtimer_new(parts->base, neighbor_on_refresh_timer, n);
	if (n->ribout == NULL || n->retry_timer == NULL ||
	    n->transmit == NULL || n->ack_timer == NULL ||
	    n->refresh_timer == NULL || side_init(&n->sides[0], n) == -1 ||
	    side_init(&n->sides[1], n) == -1) {
		neighbor_free(n);
		return NULL;
	}
	ribout_hold_end_of_rib(n->ribout, true);
	ribout_on_evicted(n->ribout, neighbor_on_evicted, n);
	neighbor_lift_limit(n);
	return n;
}

static void
free_event(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

void
neighbor_free(struct neighbor *n)
{
	if (n == NULL)
		return;
	for (int i = 0; i < 2; i++)
		side_fini(&n->sides[i]);
	free_event(n->retry_timer);
	free_event(n->transmit);
	free_event(n->ack_timer);
	free_event(n->refresh_timer);
	ribout_free(n->ribout);
	free(n);
}

void
neighbor_start(struct neighbor *n)
{
	struct side *s = free_side(n);

	if (!n->config->enabled || !n->stopped || s == NULL)
		return;
	n->stopped = false;
	n->backoff_ms = n->config->connect_retry_s * 1000;
	n->refuses_options = false;
	n->refused_len = 0;
	side_use(s, false);
	side_event(s, n->config->passive ? EV_START_PASSIVE : EV_START, NULL);
}

/* What we say when we leave; keeps: the neighbor keeps our routes. */
static uint8_t
cease_of(enum neighbor_end end, bool keeps)
{
	switch (end) {
	case NEIGHBOR_SHUTDOWN:
		return BGP_CEASE_ADMIN_SHUTDOWN;
	case NEIGHBOR_REMOVED:
		return BGP_CEASE_PEER_DECONFIGURED;
	case NEIGHBOR_STOP:
		return keeps ? BGP_CEASE_ADMIN_RESET : BGP_CEASE_ADMIN_SHUTDOWN;
	default:
		return BGP_CEASE_ADMIN_RESET;
	}
}

/*
 * A neighbor that keeps routes flushes them all at any NOTIFICATION but where
 * the N bit was agreed on, and there only at a Hard Reset (RFC 8538).
 */
static void
leave(struct side *s, enum neighbor_end end, const char *text)
{
	bool keeps = s->neighbor->up == s && s->terms.graceful_restart;
	bool for_good = end == NEIGHBOR_SHUTDOWN || end == NEIGHBOR_REMOVED;
	struct bgp_notification why;

	if (keeps && !s->terms.gr_notification && !for_good) {
		neighbor_note_failure(s, "closed by us");
		side_event(s, EV_STOP, NULL);
		return;
	}
	notification_set_shutdown(&why, cease_of(end, keeps), text);
	if (keeps && s->terms.gr_notification && for_good)
		notification_wrap_hard_reset(&why);
	side_event(s, EV_STOP, &why);
}

void
neighbor_stop(struct neighbor *n, enum neighbor_end end, const char *text)
{
	n->stopped = true;
	for (int i = 0; i < 2; i++) {
		struct side *s = &n->sides[i];

		if (!s->in_use)
			continue;
		if (n->up == s)
			neighbor_transmit(n);
		if (s->in_use)
			leave(s, end, text);
		s->in_use = false;
	}
	if (end == NEIGHBOR_SHUTDOWN || end == NEIGHBOR_REMOVED)
		ribout_stop(n->ribout); /* it keeps nothing */
	neighbor_stop_retry(n);
	neighbor_show_state(n);
}

void
neighbor_set_config(struct neighbor *n, const struct config *config,
    const struct config_neighbor *neighbor)
{
	n->parts.config = config;
	n->config = neighbor;
	ribout_set_neighbor(n->ribout, neighbor);
	neighbor_lift_limit(n);
	if (n->up != NULL)
		side_export(n->up);
}

/* Our side makes way while it has no session under way; it resumes later. */
static void
yield_our_side(struct neighbor *n)
{
	struct side *s = our_side(n);

	if (s == NULL || s->state >= FSM_OPENSENT)
		return;
	side_event(s, EV_STOP, NULL);
	s->in_use = false;
	neighbor_stop_retry(n);
}

/* Room for a connection that the neighbor opened, or NULL. */
static struct side *
side_for_incoming(struct neighbor *n)
{
	for (int i = 0; i < 2; i++) {
		struct side *s = &n->sides[i];

		/* a half-open one must not keep the neighbor out */
		if (s->in_use && s->incoming && s->state < FSM_OPENCONFIRM)
			side_end(s, BGP_CEASE_COLLISION);
	}
	if (free_side(n) == NULL)
		yield_our_side(n);
	return free_side(n);
}

static bool
may_connect(struct neighbor *n)
{
	if (!access_bucket_open(&n->accepts, ACCEPT_RATE, clock_now_ms()))
		return false;
	access_bucket_take(&n->accepts, 1);
	return true;
}

/*
 * RFC 5082, section 3.  Of one that began with a SYN cookie, as in a flood of
 * SYNs, it is only known that its listener has let it in.
 */
static bool
is_near_enough(struct neighbor *n, int fd, uint8_t min_ttl)
{
	uint8_t ttl;

	if (min_ttl == 0)
		return true;
	if (tcp_syn_ttl(fd, &ttl) == 0)
		return ttl >= min_ttl;
	if (errno == ENODATA && tcp_min_ttl(fd, &ttl) == 0 && ttl >= min_ttl)
		return true;
	if (neighbor_may_log(n, &n->log_lines))
		log_warnx("neighbor %s: a connection is refused: it began with "
			  "a SYN cookie, so its TTL is not known, and other "
			  "neighbors may come from farther",
		    n->config->name);
	return false;
}

void
neighbor_accept(struct neighbor *n, int fd)
{
	struct tcp_options options = neighbor_tcp_options(n);
	struct side *s;

	if (n->stopped || !may_connect(n) ||
	    !is_near_enough(n, fd, options.min_ttl) ||
	    tcp_set_accepted(fd, &options) == -1 ||
	    (s = side_for_incoming(n)) == NULL) {
		log_debug("neighbor %s: its connection is not taken",
		    n->config->name);
		close(fd);
		return;
	}
	side_use(s, true);
	s->conn = side_new_conn(s, fd, false);
	if (s->conn == NULL) {
		s->in_use = false;
		neighbor_resume(n);
		return;
	}
	side_event(s, EV_TCP_UP, NULL);
}

bool
neighbor_is_from(const struct neighbor *n, const struct prefix *address,
    unsigned scope_id)
{
	return prefix_cmp(&n->config->address, address) == 0 &&
	    (n->config->interface[0] == '\0' ||
		if_nametoindex(n->config->interface) == scope_id);
}

struct ribout *
neighbor_ribout(struct neighbor *n)
{
	return n->ribout;
}

const struct ribout *
neighbor_ribout_const(const struct neighbor *n)
{
	return n->ribout;
}

void
neighbor_kick(struct neighbor *n)
{
	if (n->up != NULL)
		event_active(n->transmit, EV_TIMEOUT, 0);
}

void
neighbor_loaded(struct neighbor *n)
{
	ribout_hold_end_of_rib(n->ribout, false);
	neighbor_kick(n);
}

const struct config_neighbor *
neighbor_config(const struct neighbor *n)
{
	return n->config;
}

static const char *
state_word(const struct neighbor *n)
{
	return n->stopped ? "disabled" : fsm_state_word(n->shown_state);
}

/* How many prefixes it has, and may have. */
static void
fill_limits(const struct neighbor *n, struct neighbor_info *info)
{
	for (int i = 0; i < FAMILIES; i++) {
		enum family family = (enum family)i;

		info->announced[i] = ribout_announced(n->ribout, family);
		info->limits[i] = ribout_limit(n->ribout, family);
		info->over_limit[i] = ribout_over_limit(n->ribout, family);
		info->limited_by_neighbor |= n->bounds[i] != RIBOUT_NO_LIMIT;
		info->aggregates += info->announced[i];
	}
	info->aggregates -= ribout_victims(n->ribout);
}

void
neighbor_get_info(const struct neighbor *n, struct neighbor_info *info)
{
	*info = (struct neighbor_info){
		.config = n->config,
		.state = state_word(n),
		.since_ms = n->since_ms,
		.established = n->up != NULL,
		.pending = ribout_pending(n->ribout),
		.received_prefixes = n->received_prefixes,
		.flaps = n->flaps,
		.has_error = n->has_error,
		.error_at_ms = n->error_at_ms,
		.error_text = n->error_text,
		.notification_sent = n->notification_sent,
		.retry_at_ms = n->retry_at_ms,
	};
	if (n->has_notification)
		info->notification = &n->notification;
	fill_limits(n, info);
	memcpy(info->sent, n->sent, sizeof(info->sent));
	memcpy(info->received, n->received, sizeof(info->received));
	if (n->up == NULL)
		return;
	info->router_id = n->up->theirs.bgp_id;
	info->hold_time_s = n->up->terms.hold_time_s;
	info->terms = n->up->terms;
	info->capability_count = n->up->theirs.cap_count;
	info->capability_codes = n->up->theirs.cap_codes;
}
