/*
 * All routes of a family are sent again when the neighbor (ROUTE-REFRESH) or an
 * operator asks for it.  With very many routes that is work, which a neighbor
 * could ask for without end: what it asks for within a second of the last time
 * waits until the second is over, and is one with all that it asks for by then.
 */
#include "clock.h"
#include "neighbor_internal.h"

#define PAUSE_MS 1000

static void
begin(struct neighbor *n, enum family family)
{
	n->refresh_asked &= (uint8_t)~FAMILY_BIT(family);
	n->refresh_at_ms[family] = clock_now_ms() + PAUSE_MS;
	ribout_refresh(n->ribout, family, n->up->terms.enhanced_refresh);
	neighbor_kick(n);
}

/* Begins what the neighbor asked for, or comes back when it may. */
static void
begin_asked(struct neighbor *n)
{
	int64_t now_ms = clock_now_ms(), next_ms = INT64_MAX;

	for (int i = 0; i < FAMILIES; i++) {
		enum family family = (enum family)i;

		if (!(n->refresh_asked & FAMILY_BIT(family)))
			continue;
		if (ribout_is_refreshing(n->ribout, family))
			n->refresh_at_ms[family] = now_ms + PAUSE_MS;
		if (n->refresh_at_ms[family] <= now_ms)
			begin(n, family);
		else if (n->refresh_at_ms[family] < next_ms)
			next_ms = n->refresh_at_ms[family];
	}
	if (next_ms != INT64_MAX)
		side_start_timer(n->refresh_timer, next_ms - now_ms);
}

void
neighbor_on_refresh_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	begin_asked(arg);
}

void
neighbor_ask_refresh(struct neighbor *n, enum family family)
{
	n->refresh_asked |= FAMILY_BIT(family);
	if (!evtimer_pending(n->refresh_timer, NULL) ||
	    n->refresh_at_ms[family] <= clock_now_ms())
		begin_asked(n);
}

void
neighbor_refresh(struct neighbor *n)
{
	if (n->up == NULL)
		return;
	for (int family = 0; family < FAMILIES; family++)
		if (n->up->terms.families & FAMILY_BIT(family))
			begin(n, (enum family)family);
}

void
neighbor_forget_refresh(struct neighbor *n)
{
	event_del(n->refresh_timer);
	n->refresh_asked = 0;
	for (int family = 0; family < FAMILIES; family++)
		n->refresh_at_ms[family] = 0;
}
