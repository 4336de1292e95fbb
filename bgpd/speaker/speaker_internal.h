#ifndef SPEAKER_INTERNAL_H
#define SPEAKER_INTERNAL_H

/*
 * What speaker.c and speaker_reload.c share: the parts and how they hang
 * together.
 */

#include "access.h"
#include "channel.h"
#include "settings.h"

#include "listener.h"
#include "method.h"
#include "neighbor.h"
#include "speaker_health.h"

struct speaker {
	const struct speaker_start *start;
	struct event_base *base;
	struct link *link;
	struct config *config;
	struct settings settings;
	struct usernames *names;
	struct rib *rib;
	uint32_t reserved; /* slots that every neighbor has room for */
	struct pending *pending;
	struct waiters *waiters;
	struct blackhole *blackhole;
	struct neighbor **neighbors; /* in the order of the configuration */
	struct listener **listeners; /* likewise */
	struct control *control;
	struct reload *reload;
	struct ask *ask;
	struct feed *feed;
	struct metrics *metrics;
	struct recent *recent;
	struct pages *pages;
	struct http *http; /* NULL: off, or it cannot listen */
	/* speaker_events.c's */
	size_t last_uncovered; /* of neighbors */
	struct access_bucket uncovered_lines;
	uint64_t unlogged; /* of such lines, which are told of by: */
	struct event *unlogged_timer;
	struct watchdog *watchdog;
	struct method_env env;
	struct health_kept health_kept;
	char *store_trouble;
	struct event *load_timer, *stop_timer, *sigterm;
	int clock_fd; /* readable when the wall clock was stepped */
	struct event *clock_watch;
	bool running; /* neighbors and control were started */
	bool loaded;
	bool stopping;
	bool keeper_gone; /* nobody is left to store anything */
	int64_t stop_by_ms;
	int code;
};

/* speaker.c */

/* The parts that need the configuration.  -1: without them we cannot go on. */
int speaker_build(struct speaker *s);
/* The victims are there, or the store is too slow: begins. */
void speaker_run(struct speaker *s);
/* Says goodbye to every neighbor, waits for it to be written, and ends. */
void speaker_stop(struct speaker *s, enum neighbor_end end,
    const char *message);
/* Ends the process when it cannot do its work at all. */
void speaker_give_up(struct speaker *s, const char *why);
/* A neighbor that is not in s->neighbors yet; NULL: no memory. */
struct neighbor *speaker_new_neighbor(struct speaker *s,
    const struct config *config, const struct config_neighbor *neighbor);
/* NULL, and logged, when it cannot listen there. */
struct listener *speaker_new_listener(struct speaker *s,
    const struct config *config, const struct config_listen *at);
/* A route is new, has changed or has ended: tells every neighbor. */
void speaker_on_route(void *arg, uint32_t slot);
/* Starts it unless an operator disabled it. */
void speaker_start_neighbor(struct speaker *s, struct neighbor *n);

/* speaker_link.c */

/* A message without a body to the keeper. */
void speaker_send(struct speaker *s, enum channel_type type);
/* link's: a message from the keeper. */
void speaker_on_message(void *arg, enum channel_type type, struct wire_in body);

/* speaker_http.c */

/*
 * The HTTP listener that the configuration asks for: the one that is there, a
 * new one, or NULL for none.  -1, and logged, when it cannot listen there.
 */
int speaker_plan_http(struct speaker *s, const struct config *config,
    struct http **http);
/* Puts it in place of the one that is there, which is freed.  Takes http. */
void speaker_set_http(struct speaker *s, struct http *http);
void speaker_start_http(struct speaker *s);

/* speaker_reload.c */

/*
 * Applies a new configuration, which it takes, whole or not at all; tells who
 * waits for the reload how it ended.  Gives "" or why it was not applied
 * (static text).
 */
const char *speaker_reload(struct speaker *s, struct config *config);

#endif
