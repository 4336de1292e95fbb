/*
 * An event becomes text once; each subscriber's line is that text behind a
 * head with its own number.  A subscriber without room hears nothing until it
 * has been told how much it missed, so that what it hears is always in order.
 */
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "timefmt.h"

#include "json_text.h"

#include "feed.h"

/* Told whatever types a subscriber names. */
#define ALWAYS (FEED_BIT(FEED_EVENTS_LOST) | FEED_BIT(FEED_SNAPSHOT_END))

static const char *const names[FEED_TYPES] = {
	[FEED_VICTIM_ADDED] = "victim.added",
	[FEED_VICTIM_REFRESHED] = "victim.refreshed",
	[FEED_VICTIM_WITHDRAWN] = "victim.withdrawn",
	[FEED_VICTIM_EXPIRED] = "victim.expired",
	[FEED_VICTIM_HELD] = "victim.held",
	[FEED_VICTIM_DELIVERED] = "victim.delivered",
	[FEED_VICTIM_UNCOVERED] = "victim.uncovered",
	[FEED_NEIGHBOR_UP] = "neighbor.up",
	[FEED_NEIGHBOR_DOWN] = "neighbor.down",
	[FEED_DAEMON_RELOADED] = "daemon.reloaded",
	[FEED_DAEMON_STOPPING] = "daemon.stopping",
	[FEED_STORAGE_FAILED] = "storage.failed",
	[FEED_STORAGE_RECOVERED] = "storage.recovered",
	[FEED_EVENTS_LOST] = "events.lost",
	[FEED_SNAPSHOT_END] = "snapshot.end",
};

struct feed_subscriber {
	TAILQ_ENTRY(feed_subscriber) entry;
	struct feed *feed;
	struct feed_listener listener;
	uint32_t types;
	uint64_t seq;  /* of the last event, told or lost */
	uint64_t lost; /* since events.lost was told */
};

TAILQ_HEAD(subscriber_list, feed_subscriber);

struct feed {
	struct subscriber_list subscribers;
	uint32_t wanted; /* types that somebody wants */
};

/* An event but for its number. */
struct event_text {
	enum feed_type type;
	char at[INSTANT_STRLEN];
	struct json_text params; /* an object, with a NUL behind it */
};

const char *
feed_type_name(enum feed_type type)
{
	return names[type];
}

bool
feed_type_find(const char *name, enum feed_type *type)
{
	for (unsigned i = 0; i < FEED_TYPES; i++) {
		if (strcmp(names[i], name) == 0) {
			*type = (enum feed_type)i;
			return true;
		}
	}
	return false;
}

struct feed *
feed_new(void)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (f != NULL)
		TAILQ_INIT(&f->subscribers);
	return f;
}

void
feed_free(struct feed *f)
{
	free(f);
}

bool
feed_wants(const struct feed *f, enum feed_type type)
{
	return f->wanted & FEED_BIT(type);
}

/* Takes params. */
static void
event_text_init(struct event_text *e, enum feed_type type, json_t *params)
{
	e->type = type;
	instant_print(clock_wall_ms(), e->at);
	e->params = (struct json_text){ .len = 0 };
	json_text_put(&e->params, params);
	json_text_put_bytes(&e->params, "", 1);
	json_decref(params);
}

static void
event_text_fini(struct event_text *e)
{
	json_text_fini(&e->params);
}

/* false: no room or no memory. */
static bool
tell(struct feed_subscriber *s, const struct event_text *e)
{
	const char *params = e->params.text;
	char *line;
	bool told;
	int len;

	if (e->params.failed)
		return false;
	/* the members of params follow those that all events have */
	len = asprintf(&line,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":"
	    "{\"type\":\"%s\",\"at\":\"%s\",\"seq\":%ju%s%s}\n",
	    names[e->type], e->at, (uintmax_t)(s->seq + 1),
	    params[1] == '}' ? "" : ",", params + 1);
	if (len == -1)
		return false;
	told = s->listener.line(s->listener.arg, line, (size_t)len);
	free(line);
	if (told)
		s->seq++;
	return told;
}

static bool
is_for(const struct feed_subscriber *s, enum feed_type type,
    const struct prefix *victim)
{
	return (s->types & FEED_BIT(type)) &&
	    s->listener.lets(s->listener.arg, type, victim);
}

void
feed_publish(struct feed *f, enum feed_type type, const struct prefix *victim,
    json_t *params)
{
	struct feed_subscriber *s;
	struct event_text e;

	event_text_init(&e, type, params);
	TAILQ_FOREACH(s, &f->subscribers, entry) {
		if (!is_for(s, type, victim))
			continue;
		if (s->lost > 0 || !tell(s, &e)) {
			s->lost++;
			s->seq++;
		}
	}
	event_text_fini(&e);
}

static void
note_wanted(struct feed *f)
{
	const struct feed_subscriber *s;

	f->wanted = 0;
	TAILQ_FOREACH(s, &f->subscribers, entry)
		f->wanted |= s->types;
}

struct feed_subscriber *
feed_subscribe(struct feed *f, uint32_t types,
    const struct feed_listener *listener)
{
	struct feed_subscriber *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->feed = f;
	s->types = types | ALWAYS;
	s->listener = *listener;
	TAILQ_INSERT_TAIL(&f->subscribers, s, entry);
	note_wanted(f);
	return s;
}

void
feed_unsubscribe(struct feed_subscriber *s)
{
	struct feed *f;

	if (s == NULL)
		return;
	f = s->feed;
	TAILQ_REMOVE(&f->subscribers, s, entry);
	free(s);
	note_wanted(f);
}

bool
feed_tell(struct feed_subscriber *s, enum feed_type type, json_t *params)
{
	struct event_text e;
	bool told;

	event_text_init(&e, type, params);
	told = s->lost == 0 && tell(s, &e);
	event_text_fini(&e);
	return told;
}

void
feed_drained(struct feed_subscriber *s)
{
	uint64_t lost = s->lost;

	if (lost == 0)
		return;
	s->lost = 0;
	if (!feed_tell(s, FEED_EVENTS_LOST,
		json_pack("{s:I}", "count", (json_int_t)lost)))
		s->lost = lost;
}
