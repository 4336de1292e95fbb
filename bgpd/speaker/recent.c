/*
 * Two rings: of events, and of steps of the day.
 */
#include <stdlib.h>
#include <string.h>

#include "recent.h"

struct recent {
	struct recent_event events[RECENT_EVENTS];
	uint64_t noted; /* events, ever */
	size_t most[RECENT_STEPS];
	int64_t first_step; /* in which we began */
	int64_t step;	    /* the one under way, since boot */
	size_t victims;	    /* now */
};

struct recent *
recent_new(int64_t now_ms)
{
	struct recent *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->first_step = now_ms / RECENT_STEP_MS;
	r->step = r->first_step;
	return r;
}

void
recent_free(struct recent *r)
{
	free(r);
}

/* Cuts between two characters of UTF-8. */
static void
copy_text(char *to, size_t max, const char *from)
{
	size_t len = from != NULL ? strnlen(from, max + 1) : 0;

	if (len > max) {
		len = max;
		while (len > 0 && (from[len] & 0xc0) == 0x80)
			len--;
	}
	if (len > 0)
		memcpy(to, from, len);
	to[len] = '\0';
}

void
recent_note(struct recent *r, int64_t now_ms, enum feed_type type,
    const struct prefix *victim, const char *who, const char *text)
{
	struct recent_event *e;

	if (r == NULL)
		return;
	e = &r->events[r->noted % RECENT_EVENTS];
	e->seq = ++r->noted;
	e->at_ms = now_ms;
	e->type = type;
	e->has_prefix = victim != NULL;
	if (victim != NULL)
		e->prefix = *victim;
	copy_text(e->who, RECENT_WHO_MAX, who);
	copy_text(e->text, RECENT_TEXT_MAX, text);
}

const struct recent_event *
recent_event(const struct recent *r, size_t i)
{
	if (r == NULL || i >= RECENT_EVENTS || i >= r->noted)
		return NULL;
	return &r->events[(r->noted - 1 - i) % RECENT_EVENTS];
}

/* The steps since the last look had as many victims as there are. */
static void
catch_up(struct recent *r, int64_t now_ms)
{
	int64_t now = now_ms / RECENT_STEP_MS;

	if (now - r->step > RECENT_STEPS)
		r->step = now - RECENT_STEPS;
	while (r->step < now)
		r->most[++r->step % RECENT_STEPS] = r->victims;
}

void
recent_set_victims(struct recent *r, int64_t now_ms, size_t victims)
{
	size_t *most;

	if (r == NULL)
		return;
	catch_up(r, now_ms);
	r->victims = victims;
	most = &r->most[r->step % RECENT_STEPS];
	if (victims > *most)
		*most = victims;
}

size_t
recent_day(struct recent *r, int64_t now_ms, size_t victims[RECENT_STEPS])
{
	size_t count = RECENT_STEPS;

	if (r == NULL)
		return 0;
	catch_up(r, now_ms);
	if (r->step - r->first_step + 1 < RECENT_STEPS)
		count = (size_t)(r->step - r->first_step + 1);
	for (size_t i = 0; i < count; i++)
		victims[i] = r->most[(r->step - (int64_t)(count - 1 - i)) %
		    RECENT_STEPS];
	return count;
}
