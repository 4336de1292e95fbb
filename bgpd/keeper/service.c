/*
 * One link at a time, but one store for all of them: it is opened when the
 * first speaker has its configuration, so that connections come up while the
 * disk is still read.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config_wire.h"
#include "link.h"
#include "liveconf.h"
#include "log.h"
#include "service.h"
#include "settings.h"
#include "store.h"

/* Records are handed over in messages of about this size. */
#define CLAIMS_SIZE ((size_t)1 << 20)
/*
 * The history is pruned in small steps, so that a commit never waits long for
 * one: first soon after it has grown, while there is more after short pauses,
 * and now and then when nothing happens.
 */
static const struct timeval prune_soon = { .tv_sec = 1 };
static const struct timeval prune_on = { .tv_usec = 20000 };
static const struct timeval prune_later = { .tv_sec = 3600 };
/* A store that could not be opened is tried again, changes or not. */
static const struct timeval late_again = { .tv_sec = 1 };

struct service {
	struct service_parts parts;
	struct link *link;	 /* NULL: no speaker */
	struct event *on_closed; /* frees the link outside its callbacks */
	struct event *prune;	 /* the history, some of it */
	struct event *load;	 /* hands over what is stored */
	struct event *late;	 /* tries to open the store */
	bool pruning_soon;
	struct store *store; /* NULL before the first start */
	struct wire_out out; /* the message being made */
	size_t loaded;
	bool owes; /* the store could not be opened: nothing was loaded */
	bool was_partial;    /* settings were sent back, to be made whole */
	unsigned begun_anew; /* the store, when that was told */
	bool failing;	     /* the last commit failed */
	size_t handed_over;  /* octets of what is stored, still in the queue */
	bool overfull;	     /* the queue: the speaker is not heard any more */
};

/* Sends the message and gives its memory back, wiped: it may carry keys. */
static int
send_message(struct service *s)
{
	int rc = link_send(s->link, &s->out);

	if (s->out.bytes != NULL)
		explicit_bzero(s->out.bytes, s->out.len);
	wire_out_fini(&s->out);
	return rc;
}

static int
send_config(struct service *s, const struct config *config)
{
	channel_begin(&s->out, CHANNEL_CONFIG);
	config_encode(config, &s->out);
	return send_message(s);
}

/* When they cannot be read at all, what is set from now on is all there is. */
static int
send_settings(struct service *s)
{
	channel_begin(&s->out, CHANNEL_SETTINGS);
	if (store_get_settings(s->store, &s->out) == -1)
		log_warnx("store: the settings cannot be read: %s",
		    store_error(s->store));
	return send_message(s);
}

/* store_load's: one more record. */
static int
on_record(void *arg, const struct record *r)
{
	struct service *s = arg;

	if (s->out.len == 0)
		channel_begin(&s->out, CHANNEL_CLAIMS);
	if (r->kind == RECORD_CLAIM)
		channel_put_claim(&s->out, &r->claim);
	else
		channel_put_recurrence(&s->out, &r->recurrence);
	s->loaded += r->kind == RECORD_CLAIM;
	return s->out.len < CLAIMS_SIZE ? 0 : send_message(s);
}

/* All that is stored, as far as it can be read. */
static int
send_claims(struct service *s)
{
	s->loaded = 0;
	if (store_load(s->store, clock_wall_ms(), on_record, s) == -1)
		log_debug("store: not all could be loaded");
	log_debug("store: %zu claims loaded", s->loaded);
	return s->out.len > 0 ? send_message(s) : 0;
}

static int
send_loaded(struct service *s)
{
	s->begun_anew = store_begun_anew(s->store);
	channel_begin(&s->out, CHANNEL_LOADED);
	channel_put_loaded(&s->out, store_trouble(s->store));
	return send_message(s);
}

static void
check_clock(struct service *s)
{
	int rc = store_check_clock(s->store, clock_wall_ms());

	if (rc == 1)
		log_warnx("store: the clock is before the last change: every "
			  "time to live begins anew");
	else if (rc == -1)
		log_warnx("store: the clock is before the last change, and "
			  "times to live cannot begin anew: %s",
		    store_error(s->store));
}

static void
log_trouble(const struct service *s)
{
	if (store_trouble(s->store)[0] != '\0')
		log_error("store: %s", store_trouble(s->store));
}

static int
open_store(struct service *s)
{
	if (s->store != NULL) {
		if (store_retry(s->store) == -1) /* for the next speaker */
			log_error("store: %s", store_error(s->store));
		return 0;
	}
	s->store = store_open(s->parts.conf->running.config->state.directory);
	if (s->store == NULL)
		return -1;
	log_trouble(s);
	return 0;
}

static void
try_late(struct service *s)
{
	if (event_add(s->late, &late_again) == -1)
		log_warnx("store: no memory to try it again by itself");
}

/* All that is stored, if the store is open. */
static int
send_stored(struct service *s)
{
	check_clock(s);
	s->owes = !store_is_open(s->store);
	if (s->owes)
		try_late(s);
	if (!s->owes && (send_settings(s) == -1 || send_claims(s) == -1))
		return -1;
	if (send_loaded(s) == -1)
		return -1;
	s->handed_over = link_queued(s->link);
	return 0;
}

/* The link makes no sense any more. */
static void
close_later(struct service *s)
{
	event_active(s->on_closed, EV_TIMEOUT, 0);
}

static bool
are_settings(struct wire_in in, bool *partial)
{
	struct settings settings;
	bool good = settings_decode(&settings, 0, in) == 0;

	*partial = settings.partial;
	settings_fini(&settings);
	return good;
}

/* Settings are the whole of them: they cannot be there twice. */
static bool
are_records(struct wire_in in, bool *partial)
{
	bool have_settings = false;
	struct record r;
	int rc;

	*partial = false;
	while ((rc = channel_get_record(&in, &r)) == 1) {
		if (r.kind != RECORD_SETTINGS)
			continue;
		if (have_settings || !are_settings(r.settings, partial))
			return false;
		have_settings = true;
	}
	return rc == 0;
}

/* Soon, but not sooner for each commit that comes meanwhile. */
static void
prune_after(struct service *s, const struct timeval *pause)
{
	bool soon = pause == &prune_soon;

	if (soon && s->pruning_soon)
		return;
	s->pruning_soon = soon;
	if (event_add(s->prune, pause) == -1)
		log_warnx("store: no memory to prune the history");
}

/* libevent: it is time to prune. */
static void
on_prune(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	const struct config *config = s->parts.conf->running.config;
	struct store_limits limits = {
		.age_ms = (int64_t)config->state.history_s * 1000,
		.rows = config->state.history_rows,
	};
	int rc = 0;

	(void)fd;
	(void)what;
	if (s->store != NULL)
		rc = store_prune(s->store, &limits, clock_wall_ms());
	if (rc == -1)
		log_debug("store: the history is not pruned: %s",
		    store_error(s->store));
	prune_after(s, rc == 1 ? &prune_on : &prune_later);
}

/*
 * Says once when the disk begins to fail, and once when it is back, maybe with
 * a new database.
 */
static void
log_commit(struct service *s, const char *error)
{
	bool fails = error[0] != '\0';

	if (fails && !s->failing) {
		log_error("store: %s", error);
	} else if (!fails && s->failing) {
		log_info("store: changes are stored again");
		log_trouble(s);
	}
	s->failing = fails;
}

/*
 * The store may be one that can be opened at last: what it has comes before
 * the next commit, so that nothing of it is overwritten unseen.  -1: no memory.
 */
static int
send_late(struct service *s)
{
	if (!s->owes || store_retry(s->store) == -1)
		return 0;
	log_info("store: opened at last");
	log_trouble(s);
	return send_stored(s);
}

/* libevent: it is time to try. */
static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	if (send_late(s) == -1)
		close_later(s);
	else if (s->owes)
		try_late(s);
}

/* A new one is in the place of one that was damaged while we run. */
static int
send_replaced(struct service *s)
{
	if (s->begun_anew == store_begun_anew(s->store))
		return 0;
	return send_loaded(s);
}

/*
 * Settings that were sent before the stored ones came are sent back once: the
 * speaker has seen the stored ones when it hears that.
 */
static const char *
commit(struct service *s, struct wire_in records, bool partial)
{
	bool send_back = partial && !s->was_partial;

	if (s->owes)
		return store_error(s->store);
	s->was_partial = partial;
	if (send_back)
		return "the stored settings were not read before";
	if (store_commit(s->store, clock_wall_ms(), records) == -1)
		return store_error(s->store);
	return "";
}

/* What follows takes one message each; -1: it makes no sense. */
static int
on_commit(struct service *s, struct wire_in in)
{
	struct channel_committed answer;
	bool partial, stored;
	int rc;

	if (channel_get_commit(&in, &answer.number) == -1 ||
	    !are_records(in, &partial))
		return -1;
	rc = send_late(s);
	answer.error = commit(s, in, partial);
	stored = answer.error[0] == '\0';
	log_commit(s, answer.error);
	if (stored)
		prune_after(s, &prune_soon);
	channel_begin(&s->out, CHANNEL_COMMITTED);
	channel_put_committed(&s->out, &answer);
	if (rc == -1 || send_message(s) == -1 ||
	    (stored && send_replaced(s) == -1)) {
		log_warnx("speaker: no memory for the answer to a commit");
		close_later(s);
	}
	return 0;
}

/* store_history's: one more entry. */
static void
on_entry(void *arg, const struct history_entry *e)
{
	channel_put_history(arg, e);
}

static int
on_ask_history(struct service *s, struct wire_in in)
{
	struct history_answer answer = { .error = "" };
	struct history_query query;
	struct wire_out entries;
	int rc;

	if (channel_get_history_query(&in, &query) == -1)
		return -1;
	if (query.limit > CHANNEL_HISTORY_MAX)
		query.limit = CHANNEL_HISTORY_MAX;
	wire_out_init(&entries, CHANNEL_MESSAGE_MAX);
	rc = store_history(s->store, &query, on_entry, &entries);
	answer.number = query.number;
	answer.more = rc == 1;
	if (rc == -1)
		answer.error = store_error(s->store);
	else if (entries.failed)
		answer.error = "out of memory";
	channel_begin(&s->out, CHANNEL_HISTORY);
	channel_put_history_answer(&s->out, &answer);
	if (answer.error[0] == '\0')
		wire_put_bytes(&s->out, entries.bytes, entries.len);
	wire_out_fini(&entries);
	if (send_message(s) == -1)
		log_warnx("speaker: no memory for an answer about the history");
	return 0;
}

static int
on_ready(struct service *s, struct wire_in in)
{
	if (!wire_done(&in))
		return -1;
	s->parts.on_ready(s->parts.arg);
	return 0;
}

static int
on_reload(struct service *s, struct wire_in in)
{
	if (!wire_done(&in))
		return -1;
	s->parts.on_reload(s->parts.arg);
	return 0;
}

/* Only when one was offered. */
static int
on_applied(struct service *s, struct wire_in in)
{
	const char *error;

	if (!liveconf_has_candidate(s->parts.conf) ||
	    channel_get_only_text(&in, &error) == -1)
		return -1;
	s->parts.on_applied(s->parts.arg, error);
	return 0;
}

static int
on_stop(struct service *s, struct wire_in in)
{
	if (!wire_done(&in))
		return -1;
	s->parts.on_stop(s->parts.arg);
	return 0;
}

/*
 * Whoever asks without reading would fill our memory with answers.  What was
 * handed over goes first, so it is no more than the least that was queued.
 */
static bool
is_overfull(struct service *s)
{
	size_t queued = link_queued(s->link);

	if (s->overfull)
		return true;
	if (s->handed_over > queued)
		s->handed_over = queued;
	if (queued - s->handed_over <= s->parts.queue_max)
		return false;
	s->overfull = true;
	log_error("speaker: it does not read what it has asked for");
	close_later(s);
	return true;
}

/* link: a message came. */
static void
on_message(void *arg, enum channel_type type, struct wire_in body)
{
	static int (*const handlers[])(struct service *, struct wire_in) = {
		[CHANNEL_READY] = on_ready,
		[CHANNEL_COMMIT] = on_commit,
		[CHANNEL_ASK_HISTORY] = on_ask_history,
		[CHANNEL_RELOAD] = on_reload,
		[CHANNEL_APPLIED] = on_applied,
		[CHANNEL_STOP] = on_stop,
	};
	struct service *s = arg;

	if (is_overfull(s))
		return;
	/* nothing but its end can come before what is stored went to it */
	if ((s->store != NULL || type == CHANNEL_STOP) &&
	    type < sizeof(handlers) / sizeof(handlers[0]) &&
	    handlers[type] != NULL && handlers[type](s, body) == 0)
		return;
	log_error("speaker: its message of type %d makes no sense", (int)type);
	close_later(s);
}

/* link: the other end is gone, or sent what is no message. */
static void
on_close(void *arg)
{
	close_later(arg);
}

static void
drop_link(struct service *s)
{
	event_del(s->on_closed);
	event_del(s->load);
	event_del(s->late);
	link_free(s->link);
	s->link = NULL;
}

/* libevent: the link can be freed now. */
static void
on_closed(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	drop_link(s);
	s->parts.on_closed(s->parts.arg);
}

/* libevent: the speaker is about its own start, and the disk can be read. */
static void
on_load(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	if (link_send(s->link, &s->parts.conf->running.names) == 0) {
		link_flush(s->link);
		/* the disk may take its time from here on */
		if (open_store(s) == 0 && send_stored(s) == 0)
			return;
	}
	log_error("speaker: cannot be given what is stored: out of memory");
	close_later(s);
}

int
service_start(struct service *s, int fd)
{
	const struct liveconf_part *running = &s->parts.conf->running;
	struct link_events events = {
		.on_message = on_message,
		.on_close = on_close,
		.arg = s,
	};

	s->was_partial = s->overfull = false;
	s->handed_over = 0;
	s->link = link_new(s->parts.base, fd, &events);
	if (s->link == NULL)
		return -1;
	if (send_config(s, running->config) == -1) {
		drop_link(s);
		return -1;
	}
	link_flush(s->link);
	event_active(s->load, EV_TIMEOUT, 0);
	return 0;
}

bool
service_is_up(const struct service *s)
{
	return s->link != NULL;
}

int
service_offer(struct service *s)
{
	const struct liveconf_part *candidate = &s->parts.conf->candidate;

	/* names first: whoever is connected is decided on by both anew */
	if (link_send(s->link, &candidate->names) == -1)
		return -1;
	return send_config(s, candidate->config);
}

void
service_refuse(struct service *s, const struct wire_out *refusal)
{
	if (s->link != NULL && link_send(s->link, refusal) == -1)
		log_warnx("speaker: no memory to refuse it a reload");
}

void
service_end(struct service *s)
{
	if (s->link == NULL)
		return;
	link_drain(s->link);
	drop_link(s);
}

void
service_stop(struct service *s)
{
	if (s->link == NULL)
		return;
	channel_begin(&s->out, CHANNEL_STOP);
	if (send_message(s) == -1)
		close_later(s); /* the end of the link stops it as well */
}

static void
free_events(struct service *s)
{
	if (s->on_closed != NULL)
		event_free(s->on_closed);
	if (s->prune != NULL)
		event_free(s->prune);
	if (s->load != NULL)
		event_free(s->load);
	if (s->late != NULL)
		event_free(s->late);
}

struct service *
service_new(const struct service_parts *parts)
{
	struct service *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->parts = *parts;
	wire_out_init(&s->out, CHANNEL_MESSAGE_MAX);
	s->on_closed = event_new(parts->base, -1, 0, on_closed, s);
	s->prune = evtimer_new(parts->base, on_prune, s);
	s->load = event_new(parts->base, -1, 0, on_load, s);
	s->late = evtimer_new(parts->base, on_late, s);
	if (s->on_closed != NULL && s->prune != NULL && s->load != NULL &&
	    s->late != NULL && event_add(s->prune, &prune_soon) == 0)
		return s;
	free_events(s);
	free(s);
	return NULL;
}

void
service_free(struct service *s)
{
	if (s == NULL)
		return;
	drop_link(s);
	free_events(s);
	wire_out_fini(&s->out);
	store_close(s->store);
	free(s);
}
