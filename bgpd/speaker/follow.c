/*
 * Events go straight into the client's output.  They have less room there than
 * answers, so a client that reads none of them still gets those; and the
 * snapshot waits for the client to read, so that room is left for events.
 */
#include "method.h"

#include "follow.h"

/* With so many bytes in the output, events are lost. */
#define EVENTS_MAX ((size_t)1 << 20)
/* With so many, what was lost can be told. */
#define EVENTS_LOW ((size_t)512 << 10)
/* Up to so many bytes there is room for a piece of the snapshot. */
#define SNAPSHOT_LOW ((size_t)256 << 10)
#define SNAPSHOT_PIECE ((size_t)64 << 10)

static size_t
waiting(const struct follow *f)
{
	size_t early = f->early != NULL ? evbuffer_get_length(f->early) : 0;

	return early + evbuffer_get_length(f->out);
}

/* feed's: a line. */
static bool
on_line(void *arg, const char *line, size_t len)
{
	const struct follow *f = arg;

	if (waiting(f) + len > EVENTS_MAX)
		return false;
	return evbuffer_add(f->after != NULL ? f->early : f->out, line, len) ==
	    0;
}

/* feed's: is the snapshot beyond this? */
static bool
lets(void *arg, enum feed_type type, const struct prefix *victim)
{
	const struct follow *f = arg;

	return snapshot_lets(&f->snapshot, type, victim);
}

int
follow_begin(struct follow *f, const struct method_env *env,
    const struct method_subscribe *wanted, const struct answer *after)
{
	const struct feed_listener listener = { .line = on_line,
		.lets = lets,
		.arg = f };

	follow_end(f);
	f->env = env;
	f->early = evbuffer_new();
	f->subscriber = feed_subscribe(env->feed, wanted->types, &listener);
	if (f->early == NULL || f->subscriber == NULL) {
		follow_end(f);
		return -1;
	}
	f->after = after;
	if (wanted->snapshot)
		snapshot_begin(&f->snapshot, wanted->types);
	return 0;
}

void
follow_end(struct follow *f)
{
	feed_unsubscribe(f->subscriber);
	f->subscriber = NULL;
	if (f->early != NULL)
		evbuffer_free(f->early);
	f->early = NULL;
	f->after = NULL;
	f->snapshot.stage = SNAPSHOT_NONE;
}

int
follow_answered(struct follow *f, const struct answer *a)
{
	int rc;

	if (f->after != a || f->subscriber == NULL)
		return 0;
	f->after = NULL;
	rc = evbuffer_add_buffer(f->out, f->early);
	evbuffer_free(f->early);
	f->early = NULL;
	return rc == -1 ? -1 : follow_drained(f);
}

int
follow_drained(struct follow *f)
{
	if (f->subscriber == NULL || f->after != NULL)
		return 0;
	if (waiting(f) <= EVENTS_LOW)
		feed_drained(f->subscriber);
	if (f->snapshot.stage == SNAPSHOT_NONE || waiting(f) > SNAPSHOT_LOW)
		return 0;
	return snapshot_next(&f->snapshot, f->env, f->subscriber,
	    SNAPSHOT_PIECE);
}
