#ifndef SETTINGS_H
#define SETTINGS_H

/*
 * What operators set at run time and a restart keeps: disabled neighbors,
 * freeze, exemptions, and the generation of each owner's last sync.  Pure;
 * times are CLOCK_BOOTTIME milliseconds.
 */

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "victim.h"
#include "wire.h"

/* More than a configuration may have neighbors: names outlive them. */
#define SETTINGS_DISABLED_MAX 4096
#define SETTINGS_EXEMPTIONS_MAX 1000
#define SETTINGS_GENERATIONS_MAX 4096
#define SETTINGS_REASON_MAX 256 /* bytes */
/* "neighbor NAME", "exemption PREFIX"; and so many of them. */
#define SETTINGS_KEY_MAX (CONFIG_NAME_MAX + 10)
#define SETTINGS_KEYS_MAX (SETTINGS_DISABLED_MAX + SETTINGS_EXEMPTIONS_MAX)

/* For that time no victim may overlap the prefix. */
struct exemption {
	struct prefix prefix;
	int64_t since_ms;
	int64_t expires_ms; /* or VICTIM_NEVER */
	char by[CONFIG_NAME_MAX];
	char reason[SETTINGS_REASON_MAX + 1];
};

/* An owner's last sync. */
struct generation {
	char owner[OWNER_MAX + 1];
	int64_t number;
};

/* Only operators may change victims. */
struct freeze {
	bool frozen;
	int64_t since_ms;
	char by[CONFIG_NAME_MAX];
	char reason[SETTINGS_REASON_MAX + 1];
};

struct settings {
	char (*disabled)[CONFIG_NAME_MAX]; /* neighbors' names */
	size_t disabled_count;
	struct freeze freeze;
	struct exemption *exemptions; /* in address order */
	size_t exemption_count;
	struct generation *generations;
	size_t generation_count;
	/*
	 * The stored ones are not there yet, and these must not take their
	 * place.  Until settings_merge it is noted what an operator has set.
	 */
	bool partial;
	bool freeze_set;
	char (*set)[SETTINGS_KEY_MAX]; /* neighbors and exemptions */
	size_t set_count;
};

void settings_fini(struct settings *s);
/*
 * Takes the stored ones, which are empty then, into partial ones, which are
 * whole then.  What an operator has set meanwhile counts more, and of the
 * generations of an owner the greater.  -1: not all: no memory, or too many.
 */
int settings_merge(struct settings *s, struct settings *stored);

/* On or off. */
void settings_set_freeze(struct settings *s, const struct freeze *freeze);

bool settings_is_disabled(const struct settings *s, const char *neighbor);
/* -1: no memory, or too many; nothing changed. */
int settings_set_disabled(struct settings *s, const char *neighbor,
    bool disabled);

/* In place of one of the same prefix.  -1: no memory, or too many. */
int settings_put_exemption(struct settings *s, const struct exemption *e);
/*
 * Whether there was one.  In partial settings that is one which was put there,
 * so it is noted already.
 */
bool settings_drop_exemption(struct settings *s, const struct prefix *prefix);
/* One that overlaps the prefix and has not expired at now; or NULL. */
const struct exemption *settings_exemption(const struct settings *s,
    const struct prefix *prefix, int64_t now_ms);
/* Drops those that have expired; the earliest expiry left, or VICTIM_NEVER. */
int64_t settings_expire_exemptions(struct settings *s, int64_t now_ms);

/* The owner's last; false: none yet. */
bool settings_generation(const struct settings *s, const char *owner,
    int64_t *number);
/* -1: no memory, or too many owners. */
int settings_set_generation(struct settings *s, const char *owner,
    int64_t number);

/*
 * The clock has turned out to be wrong: what has a time to live begins it
 * anew at now, and nothing is from later than now.
 */
void settings_begin_anew(struct settings *s, int64_t now_ms);

/*
 * The whole of it to bytes and back, over whatever is in s, each item with a
 * tag and a length.  What is stored has wall clock times; wall_ahead_ms is how
 * far that clock is ahead of CLOCK_BOOTTIME.  -1: malformed or no memory, and
 * s is empty.
 */
void settings_encode(const struct settings *s, int64_t wall_ahead_ms,
    struct wire_out *out);
int settings_decode(struct settings *s, int64_t wall_ahead_ms,
    struct wire_in in);

#endif
