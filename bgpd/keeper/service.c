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

/* Claims are handed over in messages of about this size. */
#define CLAIMS_SIZE ((size_t)1 << 20)

struct service {
	struct service_parts parts;
	struct link *link;	 /* NULL: no speaker */
	struct event *on_closed; /* frees the link outside its callbacks */
	struct store *store;	 /* NULL before the first start */
	struct wire_out out;	 /* the message being made */
	size_t loaded;
	bool failing; /* the last commit failed */
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

static int
send_settings(struct service *s)
{
	channel_begin(&s->out, CHANNEL_SETTINGS);
	if (store_get_settings(s->store, &s->out) == -1)
		log_debug("store: the settings could not be loaded");
	return send_message(s);
}

/* store_load's: one more claim. */
static int
on_claim(void *arg, const struct stored_claim *c)
{
	struct service *s = arg;

	if (s->out.len == 0)
		channel_begin(&s->out, CHANNEL_CLAIMS);
	channel_put_claim(&s->out, c);
	s->loaded++;
	return s->out.len < CLAIMS_SIZE ? 0 : send_message(s);
}

static int
send_claims(struct service *s)
{
	s->loaded = 0;
	if (store_load(s->store, clock_wall_ms(), on_claim, s) == -1)
		log_debug("store: not all could be loaded");
	if (s->out.len > 0 && send_message(s) == -1)
		return -1;
	channel_begin(&s->out, CHANNEL_LOADED);
	channel_put_loaded(&s->out, store_trouble(s->store));
	log_debug("store: %zu claims loaded", s->loaded);
	return send_message(s);
}

static int
open_store(struct service *s)
{
	if (s->store != NULL)
		return 0;
	s->store = store_open(s->parts.conf->running.config->state.directory);
	if (s->store == NULL)
		return -1;
	if (store_trouble(s->store)[0] != '\0')
		log_error("store: %s", store_trouble(s->store));
	return 0;
}

/* The link makes no sense any more. */
static void
close_later(struct service *s)
{
	event_active(s->on_closed, EV_TIMEOUT, 0);
}

static bool
are_claims(struct wire_in in)
{
	struct stored_claim c;
	int rc;

	while ((rc = channel_get_claim(&in, &c)) == 1)
		;
	return rc == 0;
}

/* Says once when the disk begins to fail, and once when it is back. */
static void
log_commit(struct service *s, bool fails)
{
	if (fails && !s->failing)
		log_error("store: %s", store_error(s->store));
	else if (!fails && s->failing)
		log_info("store: changes are stored again");
	s->failing = fails;
}

/* What follows takes one message each; -1: it makes no sense. */
static int
on_commit(struct service *s, struct wire_in in)
{
	struct channel_committed answer = { .error = "" };
	bool fails;

	if (channel_get_commit(&in, &answer.number) == -1 || !are_claims(in))
		return -1;
	fails = store_commit(s->store, in) == -1;
	log_commit(s, fails);
	if (fails)
		answer.error = store_error(s->store);
	channel_begin(&s->out, CHANNEL_COMMITTED);
	channel_put_committed(&s->out, &answer);
	if (send_message(s) == -1) {
		log_warnx("speaker: no memory for the answer to a commit");
		close_later(s);
	}
	return 0;
}

static int
on_settings(struct service *s, struct wire_in in)
{
	struct settings settings;
	bool fails;

	if (settings_decode(&settings, in) == -1)
		return -1;
	settings_fini(&settings);
	fails = store_put_settings(s->store, in) == -1;
	log_commit(s, fails);
	channel_begin(&s->out, CHANNEL_SETTINGS_STORED);
	channel_put_text(&s->out, fails ? store_error(s->store) : "");
	if (send_message(s) == -1) {
		log_warnx("speaker: no memory for the answer to settings");
		close_later(s);
	}
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

/* link: a message came. */
static void
on_message(void *arg, enum channel_type type, struct wire_in body)
{
	static int (*const handlers[])(struct service *, struct wire_in) = {
		[CHANNEL_READY] = on_ready,
		[CHANNEL_COMMIT] = on_commit,
		[CHANNEL_RELOAD] = on_reload,
		[CHANNEL_APPLIED] = on_applied,
		[CHANNEL_SETTINGS] = on_settings,
		[CHANNEL_STOP] = on_stop,
	};
	struct service *s = arg;

	if (type < sizeof(handlers) / sizeof(handlers[0]) &&
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

int
service_start(struct service *s, int fd)
{
	const struct liveconf_part *running = &s->parts.conf->running;
	struct link_events events = {
		.on_message = on_message,
		.on_close = on_close,
		.arg = s,
	};

	s->link = link_new(s->parts.base, fd, &events);
	if (s->link == NULL)
		return -1;
	if (send_config(s, running->config) == 0 &&
	    link_send(s->link, &running->names) == 0) {
		link_flush(s->link);
		if (open_store(s) == 0 && send_settings(s) == 0 &&
		    send_claims(s) == 0)
			return 0;
	}
	drop_link(s);
	return -1;
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

	if (send_config(s, candidate->config) == -1)
		return -1;
	if (link_send(s->link, &candidate->names) == 0)
		return 0;
	close_later(s); /* it has half of it */
	return -1;
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

struct service *
service_new(const struct service_parts *parts)
{
	struct service *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->parts = *parts;
	wire_out_init(&s->out, CHANNEL_MESSAGE_MAX);
	s->on_closed = event_new(parts->base, -1, 0, on_closed, s);
	if (s->on_closed == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
service_free(struct service *s)
{
	if (s == NULL)
		return;
	drop_link(s);
	event_free(s->on_closed);
	wire_out_fini(&s->out);
	store_close(s->store);
	free(s);
}
