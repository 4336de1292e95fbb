#ifndef SPEAKER_EVENTS_H
#define SPEAKER_EVENTS_H

/*
 * What happens to victims, neighbors, storage and the daemon, as events for
 * those who follow them.  Nothing is made of what nobody wants to hear.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct blackhole_event;
struct neighbor;
struct speaker;

/* Sets up what the speaker has of it.  -1: no memory. */
int speaker_events_init(struct speaker *s);
void speaker_events_fini(struct speaker *s);

/* blackhole's on_event; arg is the speaker. */
void speaker_event_victim(void *arg, const struct blackhole_event *event);
/* The part of it that goes to those who follow events. */
void speaker_event_tell_victim(struct speaker *s,
    const struct blackhole_event *event);

/* A session is up, or down with so many victims that it had. */
void speaker_event_neighbor_up(struct speaker *s, const struct neighbor *n);
void speaker_event_neighbor_down(struct speaker *s, const struct neighbor *n,
    size_t lost);
/* The neighbor has acknowledged the slot's route, or has it no more. */
void speaker_event_delivered(struct speaker *s, const struct neighbor *n,
    uint32_t slot);
void speaker_event_uncovered(struct speaker *s, const struct neighbor *n,
    uint32_t slot);

/* paths: of the keys of the configuration that changed. */
void speaker_event_reloaded(struct speaker *s, const char *const *paths,
    size_t count);
/* message: of whoever asked for it, or NULL. */
void speaker_event_stopping(struct speaker *s, const char *message);
/* pending's trouble callback; arg is the speaker. */
void speaker_event_storage(void *arg, const char *why);

/* The events' own members, as the snapshot has them too. */
json_t *speaker_event_neighbor_json(const struct neighbor *n, size_t lost);
json_t *speaker_event_storage_json(const char *why);

#endif
