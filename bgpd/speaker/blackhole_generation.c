/*
 * The generation of each owner's last sync.  With state.on-failure: refuse one
 * that could not be stored is taken back, as the changes beside it are: the
 * owner will ask for the same again.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

/* One that is not stored yet. */
struct deferred_generation {
	TAILQ_ENTRY(deferred_generation) order; /* oldest first */
	struct blackhole *blackhole;
	struct pending_waiter *waiter;
	int64_t number, before; /* before: -1: there was none */
	char owner[OWNER_MAX + 1];
};

static void
drop(struct deferred_generation *g)
{
	TAILQ_REMOVE(&g->blackhole->generations, g, order);
	pending_cancel(g->waiter);
	free(g);
}

/* As if it had never been set; one that came after it is still the last. */
static void
take_back(struct deferred_generation *g)
{
	const struct blackhole *b = g->blackhole;
	struct settings *settings = b->parts.settings;
	struct deferred_generation *later = g;
	int64_t last = -1;
	uint64_t commit;

	while ((later = TAILQ_NEXT(later, order)) != NULL)
		if (strcmp(later->owner, g->owner) == 0 &&
		    later->before == g->number)
			later->before = g->before;
	(void)settings_generation(settings, g->owner, &last);
	if (last != g->number)
		return;
	(void)settings_set_generation(settings, g->owner, g->before);
	if (pending_put_settings(b->parts.pending, settings, &commit) == -1)
		log_warnx("settings are not stored: out of memory");
}

/* pending's: the commit is stored, or is not to be waited for. */
static void
on_stored(void *arg, bool stored)
{
	struct deferred_generation *g = arg;

	g->waiter = NULL;
	if (!stored)
		take_back(g);
	drop(g);
}

static int
wait_for(struct blackhole *b, const char *owner, int64_t before,
    uint64_t commit)
{
	struct deferred_generation *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return -1;
	g->waiter = pending_wait(b->parts.pending, commit, on_stored, g);
	if (g->waiter == NULL) {
		free(g);
		return -1;
	}
	g->blackhole = b;
	g->before = before;
	strlcpy(g->owner, owner, sizeof(g->owner));
	(void)settings_generation(b->parts.settings, owner, &g->number);
	TAILQ_INSERT_TAIL(&b->generations, g, order);
	return 0;
}

int
blackhole_set_generation(struct blackhole *b, const char *owner, int64_t number,
    uint64_t *commit, struct refusal *why)
{
	struct settings *settings = b->parts.settings;
	int64_t before = -1;

	(void)settings_generation(settings, owner, &before);
	if (settings_set_generation(settings, owner, number) == -1)
		return refusal_set(why, REASON_BUSY,
		    "no room for the generation of %s", owner);
	if (pending_put_settings(b->parts.pending, settings, commit) == 0 &&
	    (!blackhole_defers(b) || wait_for(b, owner, before, *commit) == 0))
		return 0;
	(void)settings_set_generation(settings, owner, before);
	(void)pending_put_settings(b->parts.pending, settings, commit);
	return refusal_set(why, REASON_BUSY, "out of memory");
}

void
blackhole_generation_stop(struct blackhole *b)
{
	struct deferred_generation *g, *next;

	TAILQ_FOREACH_SAFE(g, &b->generations, order, next) {
		take_back(g);
		drop(g);
	}
}

void
blackhole_generation_fini(struct blackhole *b)
{
	struct deferred_generation *g, *next;

	TAILQ_FOREACH_SAFE(g, &b->generations, order, next)
		drop(g);
}
