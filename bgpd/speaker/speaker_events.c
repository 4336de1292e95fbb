/*
 * From what the parts call back with to events.  Each begins by asking whether
 * anybody wants it, so that 100,000 victims cost nothing when nobody does.
 */
#include "blackhole.h"
#include "clock.h"
#include "ctl.h"
#include "feed.h"
#include "log.h"
#include "metrics.h"
#include "neighbor.h"
#include "recent.h"
#include "rib.h"
#include "speaker_internal.h"
#include "victim_json.h"

#include "speaker_events.h"

/* A victim that is younger than this has just been added. */
#define NEW_MS 1000
/* Lines about victims that a neighbor has no more, a second. */
#define UNCOVERED_RATE 10
/* So long after one that was not logged it is told how many were not. */
#define UNLOGGED_S 1

static const enum feed_type victim_types[] = {
	[BLACKHOLE_EVENT_ADDED] = FEED_VICTIM_ADDED,
	[BLACKHOLE_EVENT_REFRESHED] = FEED_VICTIM_REFRESHED,
	[BLACKHOLE_EVENT_WITHDRAWN] = FEED_VICTIM_WITHDRAWN,
	[BLACKHOLE_EVENT_EXPIRED] = FEED_VICTIM_EXPIRED,
	[BLACKHOLE_EVENT_HELD] = FEED_VICTIM_HELD,
};

/* It was the last claim; its victim is in the set for this moment only. */
static bool
ends_victim(const struct blackhole_event *event)
{
	return event->left == 0 &&
	    (event->type == BLACKHOLE_EVENT_WITHDRAWN ||
		event->type == BLACKHOLE_EVENT_EXPIRED);
}

/* The victim in full where it stands, else null. */
static json_t *
standing_victim(const struct speaker *s, const struct blackhole_event *event)
{
	if (ends_victim(event))
		return json_null();
	return victim_json(&s->env, event->victim, clock_now_ms());
}

/* From here a new victim is on its way; one that was held stands already. */
static void
measure_from_here(struct speaker *s, const struct blackhole_event *event,
    int64_t now_ms)
{
	const struct victim *v = event->victim;

	if (event->type == BLACKHOLE_EVENT_ADDED &&
	    now_ms - v->since_ms < NEW_MS)
		metrics_victim_added(s->metrics, v->slot, rib_capacity(s->rib));
}

static const char *
reason_of(const struct blackhole_event *event)
{
	return event->reason != NULL ? event->reason : event->claim->reason;
}

/* Detectors refresh all the time: that is no news. */
static void
note_recent(struct speaker *s, const struct blackhole_event *event,
    int64_t now_ms)
{
	size_t count = victim_set_count(blackhole_victims(s->blackhole));

	recent_set_victims(s->recent, now_ms, count - ends_victim(event));
	if (event->type != BLACKHOLE_EVENT_REFRESHED)
		recent_note(s->recent, now_ms, victim_types[event->type],
		    &event->victim->prefix, event->claim->owner->name,
		    reason_of(event));
}

void
speaker_event_victim(void *arg, const struct blackhole_event *event)
{
	int64_t now_ms = clock_now_ms();

	measure_from_here(arg, event, now_ms);
	note_recent(arg, event, now_ms);
	speaker_event_tell_victim(arg, event);
}

void
speaker_event_tell_victim(struct speaker *s,
    const struct blackhole_event *event)
{
	enum feed_type type = victim_types[event->type];
	const struct claim *claim = event->claim;
	char text[PREFIX_STRLEN];

	if (!feed_wants(s->feed, type))
		return;
	feed_publish(s->feed, type, &event->victim->prefix,
	    json_pack("{s:s,s:s,s:s,s:s?,s:I,s:o}", "prefix",
		prefix_print(&event->victim->prefix, text), "owner",
		claim->owner->name, "reason", reason_of(event), "by",
		event->caller != NULL ? event->caller->user : NULL, "left",
		(json_int_t)event->left, "victim", standing_victim(s, event)));
}

json_t *
speaker_event_neighbor_json(const struct neighbor *n, size_t lost)
{
	struct neighbor_info info;

	neighbor_get_info(n, &info);
	if (info.established)
		return json_pack("{s:s,s:s}", "neighbor", info.config->name,
		    "state", info.state);
	return json_pack("{s:s,s:s,s:I,s:s?}", "neighbor", info.config->name,
	    "state", info.state, "count", (json_int_t)lost, "reason",
	    info.has_error ? info.error_text : NULL);
}

void
speaker_event_neighbor_up(struct speaker *s, const struct neighbor *n)
{
	recent_note(s->recent, clock_now_ms(), FEED_NEIGHBOR_UP, NULL,
	    neighbor_config(n)->name, NULL);
	if (feed_wants(s->feed, FEED_NEIGHBOR_UP))
		feed_publish(s->feed, FEED_NEIGHBOR_UP, NULL,
		    speaker_event_neighbor_json(n, 0));
}

void
speaker_event_neighbor_down(struct speaker *s, const struct neighbor *n,
    size_t lost)
{
	struct neighbor_info info;

	neighbor_get_info(n, &info);
	recent_note(s->recent, clock_now_ms(), FEED_NEIGHBOR_DOWN, NULL,
	    info.config->name, info.has_error ? info.error_text : NULL);
	if (feed_wants(s->feed, FEED_NEIGHBOR_DOWN))
		feed_publish(s->feed, FEED_NEIGHBOR_DOWN, NULL,
		    speaker_event_neighbor_json(n, lost));
}

/* Whether the neighbor has the victim, or is not to have it. */
static bool
is_served(const struct neighbor *n, const struct victim *v, bool *delivered)
{
	int64_t at_ms;
	enum ribout_state state =
	    ribout_state_of(neighbor_ribout_const(n), v->slot, &at_ms);

	*delivered = state == RIBOUT_DELIVERED;
	return *delivered || state == RIBOUT_OFF;
}

/*
 * Whether every neighbor that should have the victim does.  When many victims
 * are on their way, the neighbor that was the last to lack one most often
 * lacks the next, so it is asked first.
 */
static bool
is_covered(struct speaker *s, const struct victim *v)
{
	size_t count = s->env.neighbor_count;
	bool covered = false, delivered;

	for (size_t n = 0; n < count; n++) {
		size_t i = (s->last_uncovered + n) % count;

		if (!is_served(s->env.neighbors[i], v, &delivered)) {
			s->last_uncovered = i;
			return false;
		}
		covered = covered || delivered;
	}
	return covered;
}

/* NULL: an aggregate's slot, or one whose victim has ended. */
static const struct victim *
victim_of(const struct speaker *s, uint32_t slot)
{
	const struct route *route = rib_route(s->rib, slot);

	return route != NULL && !route->ended ? route->victim : NULL;
}

static void
tell_coverage(struct speaker *s, enum feed_type type, const struct neighbor *n,
    const struct victim *v, bool covered)
{
	char text[PREFIX_STRLEN];

	if (feed_wants(s->feed, type))
		feed_publish(s->feed, type, &v->prefix,
		    json_pack("{s:s,s:s,s:b}", "prefix",
			prefix_print(&v->prefix, text), "neighbor",
			neighbor_config(n)->name, "covered", covered));
}

/*
 * Many victims at many neighbors, as after a start, are delivered very often:
 * to look each time who else has one would be the most of the work.
 */
static bool
is_awaited(const struct speaker *s, uint32_t slot)
{
	return metrics_is_measured(s->metrics, slot) ||
	    feed_wants(s->feed, FEED_VICTIM_DELIVERED) ||
	    log_is_on(LOG_LEVEL_DEBUG);
}

void
speaker_event_delivered(struct speaker *s, const struct neighbor *n,
    uint32_t slot)
{
	const struct victim *v;
	char text[PREFIX_STRLEN];
	bool covered;

	if (!is_awaited(s, slot))
		return;
	v = victim_of(s, slot);
	if (v == NULL)
		return;
	covered = is_covered(s, v);
	if (covered)
		metrics_victim_covered(s->metrics, slot,
		    clock_now_ms() - v->since_ms);
	if (covered)
		log_debug("victim %s: delivered to all that should have it",
		    prefix_print(&v->prefix, text));
	tell_coverage(s, FEED_VICTIM_DELIVERED, n, v, covered);
}

/* libevent: tells what was not logged for a moment. */
static void
on_unlogged(evutil_socket_t fd, short what, void *arg)
{
	struct speaker *s = arg;

	(void)fd;
	(void)what;
	log_warnx("victims: %ju more that a neighbor has no more were not "
		  "logged",
	    (uintmax_t)s->unlogged);
	s->unlogged = 0;
}

/* A neighbor can have it said of all victims, and again and again. */
static void
log_uncovered(struct speaker *s, const struct neighbor *n,
    const struct victim *v, int64_t now_ms)
{
	struct timeval later = { .tv_sec = UNLOGGED_S };
	char text[PREFIX_STRLEN];

	if (access_bucket_open(&s->uncovered_lines, UNCOVERED_RATE, now_ms)) {
		access_bucket_take(&s->uncovered_lines, 1);
		log_warnx("victim %s: neighbor %s has it no more",
		    prefix_print(&v->prefix, text), neighbor_config(n)->name);
		return;
	}
	s->unlogged++;
	if (!evtimer_pending(s->unlogged_timer, NULL))
		event_add(s->unlogged_timer, &later);
}

void
speaker_event_uncovered(struct speaker *s, const struct neighbor *n,
    uint32_t slot)
{
	const struct victim *v = victim_of(s, slot);
	int64_t now_ms = clock_now_ms();

	if (v == NULL)
		return;
	log_uncovered(s, n, v, now_ms);
	recent_note(s->recent, now_ms, FEED_VICTIM_UNCOVERED, &v->prefix,
	    neighbor_config(n)->name, NULL);
	tell_coverage(s, FEED_VICTIM_UNCOVERED, n, v, false);
}

void
speaker_event_reloaded(struct speaker *s, const char *const *paths,
    size_t count)
{
	recent_note(s->recent, clock_now_ms(), FEED_DAEMON_RELOADED, NULL, NULL,
	    NULL);
	if (feed_wants(s->feed, FEED_DAEMON_RELOADED))
		feed_publish(s->feed, FEED_DAEMON_RELOADED, NULL,
		    json_pack("{s:o}", "changed",
			ctl_texts_encode(paths, count)));
}

void
speaker_event_stopping(struct speaker *s, const char *message)
{
	if (feed_wants(s->feed, FEED_DAEMON_STOPPING))
		feed_publish(s->feed, FEED_DAEMON_STOPPING, NULL,
		    json_pack("{s:s?}", "message", message));
}

json_t *
speaker_event_storage_json(const char *why)
{
	return json_pack("{s:s}", "error", why);
}

void
speaker_event_storage(void *arg, const char *why)
{
	struct speaker *s = arg;

	recent_note(s->recent, clock_now_ms(),
	    why[0] != '\0' ? FEED_STORAGE_FAILED : FEED_STORAGE_RECOVERED, NULL,
	    NULL, why);
	if (why[0] != '\0' && feed_wants(s->feed, FEED_STORAGE_FAILED))
		feed_publish(s->feed, FEED_STORAGE_FAILED, NULL,
		    speaker_event_storage_json(why));
	if (why[0] == '\0' && feed_wants(s->feed, FEED_STORAGE_RECOVERED))
		feed_publish(s->feed, FEED_STORAGE_RECOVERED, NULL,
		    json_object());
}

int
speaker_events_init(struct speaker *s)
{
	access_bucket_init(&s->uncovered_lines, UNCOVERED_RATE, clock_now_ms());
	s->unlogged_timer = evtimer_new(s->base, on_unlogged, s);
	return s->unlogged_timer != NULL ? 0 : -1;
}

void
speaker_events_fini(struct speaker *s)
{
	if (s->unlogged_timer != NULL)
		event_free(s->unlogged_timer);
}
