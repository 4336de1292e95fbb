/*
 * Neighbors are few: all of them are told in the first piece, before which
 * their events are held back.  Victims may be many: they come in pieces, and
 * nothing is kept between two of them but the cursor.
 */
#include "blackhole.h"
#include "clock.h"
#include "neighbor.h"
#include "pending.h"
#include "speaker_events.h"
#include "victim_json.h"

#include "method.h"

#include "snapshot.h"

/* About what a victim takes without its neighbors, and each of these. */
#define VICTIM_BYTES 400
#define STANDING_BYTES 80

void
snapshot_begin(struct snapshot *s, uint32_t types)
{
	*s = (struct snapshot){ .stage = SNAPSHOT_BEGIN, .types = types };
}

static bool
tells(const struct snapshot *s, enum feed_type type)
{
	return s->types & FEED_BIT(type);
}

/* Of the victims that the walk will not come upon any more. */
static bool
lets_victim(const struct snapshot *s, const struct prefix *victim)
{
	if (!tells(s, FEED_VICTIM_ADDED))
		return true;
	return s->walking && prefix_cmp(victim, &s->cursor) <= 0;
}

bool
snapshot_lets(const struct snapshot *s, enum feed_type type,
    const struct prefix *victim)
{
	if (s->stage == SNAPSHOT_NONE)
		return true;
	if (victim != NULL)
		return lets_victim(s, victim);
	switch (type) {
	case FEED_NEIGHBOR_UP:
	case FEED_NEIGHBOR_DOWN:
	case FEED_STORAGE_FAILED:
	case FEED_STORAGE_RECOVERED:
		return s->stage != SNAPSHOT_BEGIN;
	default:
		return true;
	}
}

static int
tell_neighbor(const struct snapshot *s, const struct neighbor *n,
    struct feed_subscriber *to)
{
	struct neighbor_info info;
	enum feed_type type;

	neighbor_get_info(n, &info);
	type = info.established ? FEED_NEIGHBOR_UP : FEED_NEIGHBOR_DOWN;
	if (!tells(s, type))
		return 0;
	return feed_tell(to, type, speaker_event_neighbor_json(n, 0)) ? 0 : -1;
}

/* The first piece: all but the victims. */
static int
begin(struct snapshot *s, const struct method_env *env,
    struct feed_subscriber *to)
{
	const char *trouble = pending_trouble(env->pending);

	for (size_t i = 0; i < env->neighbor_count; i++) {
		if (tell_neighbor(s, env->neighbors[i], to) == -1)
			return -1;
	}
	if (trouble[0] != '\0' && tells(s, FEED_STORAGE_FAILED) &&
	    !feed_tell(to, FEED_STORAGE_FAILED,
		speaker_event_storage_json(trouble)))
		return -1;
	s->stage = SNAPSHOT_VICTIMS;
	return 0;
}

/* The first behind the cursor, or NULL. */
static struct victim *
next_victim(const struct snapshot *s, const struct victim_set *victims)
{
	if (!tells(s, FEED_VICTIM_ADDED))
		return NULL;
	if (!s->walking)
		return victim_from(victims, NULL);
	return victim_behind(victims, &s->cursor);
}

static int
tell_victim(struct snapshot *s, const struct method_env *env,
    const struct victim *v, struct feed_subscriber *to)
{
	char text[PREFIX_STRLEN];
	json_t *victim = victim_json(env, v, clock_now_ms());

	if (!feed_tell(to, FEED_VICTIM_ADDED,
		json_pack("{s:s,s:o}", "prefix", prefix_print(&v->prefix, text),
		    "victim", victim)))
		return -1;
	s->walking = true;
	s->cursor = v->prefix;
	return 0;
}

int
snapshot_next(struct snapshot *s, const struct method_env *env,
    struct feed_subscriber *to, size_t bytes)
{
	size_t each = VICTIM_BYTES + env->neighbor_count * STANDING_BYTES;
	struct victim *v;

	if (s->stage == SNAPSHOT_BEGIN && begin(s, env, to) == -1)
		return -1;
	v = next_victim(s, blackhole_victims(env->blackhole));
	for (size_t told = 0; v != NULL && told < bytes; told += each) {
		if (tell_victim(s, env, v, to) == -1)
			return -1;
		v = victim_next(v);
	}
	if (v != NULL)
		return 0;
	if (!feed_tell(to, FEED_SNAPSHOT_END, json_object()))
		return -1;
	s->stage = SNAPSHOT_NONE;
	return 0;
}
