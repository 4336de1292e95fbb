/*
 * What ends by itself: claims, holds, exemptions, and the memory of victims
 * that have ended.  One alarm serves the earliest of all; it runs on
 * CLOCK_BOOTTIME, so that it counts while the machine sleeps, and nothing
 * needs to be looked at from time to time.
 */
#include <unistd.h>

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

/* What ends in one turn of the loop. */
#define EXPIRY_BUDGET 4096
/* Memory waits for others to be forgotten with it. */
#define FORGET_SLACK_MS 60000

static int64_t
earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When the memory of the next ended victim has no use any more. */
static int64_t
next_to_forget(const struct blackhole *b)
{
	struct holddown_rule rule = blackhole_hold_rule(b);
	int64_t next_ms = holddown_next(b->holddown, &rule);

	return next_ms != INT64_MAX ? next_ms + FORGET_SLACK_MS : VICTIM_NEVER;
}

void
blackhole_expiry_set(struct blackhole *b)
{
	int64_t next_ms = victim_set_next_expiry(b->victims);

	if (b->alarmed)
		return;
	next_ms = earliest(next_ms, b->exemption_ms);
	next_ms = earliest(next_ms, next_to_forget(b));
	if (next_ms == b->alarm_ms)
		return;
	if (clock_alarm_set(b->alarm_fd, next_ms) == -1)
		log_warn("victims: the expiry alarm cannot be set");
	else
		b->alarm_ms = next_ms;
}

/* What comes first to a held claim, its own end or that of the hold? */
static void
log_expired(const struct victim *v, const struct claim *c, bool hold_over)
{
	char text[PREFIX_STRLEN];

	log_info("victim %s: claim of %s %s%s", prefix_print(&v->prefix, text),
	    c->owner->name,
	    hold_over ? "is no longer held, withdrawn" : "expired",
	    v->claim_count > 1 ? ", others stand" : "");
}

static void
expire(struct blackhole *b, struct victim *v, struct claim *c, int64_t now_ms)
{
	bool hold_over = c->held && c->expires_ms >= v->held_until_ms;
	struct blackhole_end e = { .action = HISTORY_EXPIRED,
		.now_ms = now_ms,
		.victim = v,
		.count = 1,
		.claims = { c } };

	if (hold_over)
		e.action = HISTORY_WITHDRAWN;
	log_expired(v, c, hold_over);
	(void)blackhole_end_prepare(b, &e);
	blackhole_end_put(b, &e, 0);
	blackhole_end_publish(b, &e);
}

static void
expire_exemptions(struct blackhole *b, int64_t now_ms)
{
	uint64_t commit;

	if (b->exemption_ms > now_ms)
		return;
	log_info("an exemption has expired");
	b->exemption_ms = settings_expire_exemptions(b->parts.settings, now_ms);
	if (pending_put_settings(b->parts.pending, b->parts.settings,
		&commit) == -1)
		log_warnx("settings are not stored: out of memory");
	blackhole_recheck(b);
}

/* libevent: something is due. */
static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	struct blackhole *b = arg;
	int64_t now_ms = clock_now_ms();
	struct victim *v;
	struct claim *c;

	(void)fd;
	(void)what;
	b->alarmed = true;
	for (int i = 0; i < EXPIRY_BUDGET; i++) {
		c = victim_set_expired(b->victims, now_ms, &v);
		if (c == NULL)
			break;
		expire(b, v, c, now_ms);
	}
	expire_exemptions(b, now_ms);
	blackhole_forget_ended(b, now_ms, EXPIRY_BUDGET);
	b->alarmed = false;
	b->alarm_ms = 0; /* it has gone off: set it, whatever comes next */
	blackhole_expiry_set(b);
}

int
blackhole_expiry_init(struct blackhole *b)
{
	b->alarm_ms = VICTIM_NEVER;
	b->exemption_ms = VICTIM_NEVER;
	b->alarm_fd = clock_alarm_open();
	if (b->alarm_fd == -1)
		return -1;
	b->alarm = event_new(b->parts.base, b->alarm_fd, EV_READ | EV_PERSIST,
	    on_alarm, b);
	return b->alarm != NULL ? event_add(b->alarm, NULL) : -1;
}

void
blackhole_expiry_fini(struct blackhole *b)
{
	if (b->alarm != NULL)
		event_free(b->alarm);
	if (b->alarm_fd != -1)
		close(b->alarm_fd);
}
