/*
 * What was given to the kernel is followed until the neighbor has acknowledged
 * it.  Nothing tells of an acknowledgement, so it is looked for: soon after
 * octets were sent, then ever less often, and not at all once all are there.
 */
#include "clock.h"
#include "neighbor_internal.h"

/* The first delay, and the longest. */
#define ACK_MIN_MS 1
#define ACK_MAX_MS 100

/* ribout's: the slot's route is delivered. */
static void
on_delivered(void *arg, uint32_t slot)
{
	struct neighbor *n = arg;

	n->parts.on_delivered(n->parts.arg, n, slot);
}

void
neighbor_on_evicted(void *arg, uint32_t slot)
{
	struct neighbor *n = arg;

	n->parts.on_uncovered(n->parts.arg, n, slot);
}

/* Whether all of the session's messages have arrived. */
static bool
look(struct neighbor *n)
{
	struct ribout_octets octets = {
		.written = conn_written(n->up->conn),
		.acknowledged = conn_acknowledged(n->up->conn),
	};
	bool news = octets.written != n->seen_written ||
	    octets.acknowledged != n->seen_acknowledged;

	n->seen_written = octets.written;
	n->seen_acknowledged = octets.acknowledged;
	ribout_progress(n->ribout, &octets, clock_now_ms(), on_delivered, n);
	if (news)
		n->parts.on_sent(n->parts.arg, n);
	return ribout_has_delivered(n->ribout, ribout_queued(n->ribout));
}

static void
look_later(struct neighbor *n)
{
	side_start_timer(n->ack_timer, n->ack_ms);
	n->ack_ms = n->ack_ms < ACK_MAX_MS / 2 ? 2 * n->ack_ms : ACK_MAX_MS;
}

void
neighbor_follow(struct neighbor *n)
{
	if (ribout_has_delivered(n->ribout, ribout_queued(n->ribout)))
		return;
	if (look(n)) {
		event_del(n->ack_timer);
		return;
	}
	n->ack_ms = ACK_MIN_MS;
	look_later(n);
}

void
neighbor_on_ack_timer(evutil_socket_t fd, short what, void *arg)
{
	struct neighbor *n = arg;

	(void)fd;
	(void)what;
	if (n->up != NULL && !look(n))
		look_later(n);
}
