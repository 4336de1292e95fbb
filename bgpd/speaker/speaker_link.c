/*
 * What the keeper and the speaker tell each other.
 */
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "config_wire.h"
#include "rib.h"

#include "link.h"
#include "log.h"

#include "blackhole.h"
#include "pending.h"
#include "reload.h"
#include "speaker_internal.h"
#include "usernames.h"

/* Lines about one configuration that are passed on. */
#define REFUSED_TEXTS_MAX 256

void
speaker_send(struct speaker *s, enum channel_type type)
{
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, type);
	if (link_send(s->link, &out) == -1)
		log_warnx("speaker: a message to the keeper is lost");
	wire_out_fini(&out);
}

static void
on_config(struct speaker *s, struct wire_in body)
{
	s->config = config_decode(body);
	if (s->config == NULL) {
		speaker_give_up(s, "the keeper's configuration is malformed");
		return;
	}
	log_init(s->config->log.to, s->config->log.level, "speaker");
	if (speaker_build(s) == -1)
		speaker_give_up(s, "cannot start");
}

static void
on_claims(struct speaker *s, struct wire_in body)
{
	struct stored_claim c;
	int rc;

	while ((rc = channel_get_claim(&body, &c)) == 1)
		(void)blackhole_restore(s->blackhole, &c);
	if (rc == -1)
		speaker_give_up(s, "a stored claim is malformed");
}

static void
on_loaded(struct speaker *s, struct wire_in body)
{
	const char *trouble;

	if (s->loaded || channel_get_loaded(&body, &trouble) == -1) {
		speaker_give_up(s, "the keeper's end of load is malformed");
		return;
	}
	s->store_trouble = strdup(trouble);
	if (s->store_trouble != NULL)
		s->env.store_trouble = s->store_trouble;
	blackhole_restored(s->blackhole);
	s->loaded = true;
	log_info("%zu victims loaded",
	    victim_set_count(blackhole_victims(s->blackhole)));
	speaker_run(s);
	for (size_t i = 0; i < s->config->neighbor_count; i++)
		neighbor_loaded(s->neighbors[i]);
}

static void
on_committed(struct speaker *s, struct wire_in body)
{
	struct channel_committed committed;

	if (channel_get_committed(&body, &committed) == -1 ||
	    pending_on_committed(s->pending, &committed) == -1)
		speaker_give_up(s,
		    "the keeper's answer to a commit is malformed");
}

static void
on_stop(struct speaker *s, struct wire_in body)
{
	(void)body;
	speaker_stop(s, NEIGHBOR_STOP, NULL);
}

/* What operators have set is to be stored whole. */
void
speaker_store_settings(struct speaker *s)
{
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_SETTINGS);
	settings_encode(&s->settings, &out);
	if (s->link == NULL || link_send(s->link, &out) == -1)
		log_warnx("settings are not stored");
	wire_out_fini(&out);
}

static void
on_settings(struct speaker *s, struct wire_in body)
{
	settings_fini(&s->settings);
	if (settings_decode(&s->settings, body) == -1)
		speaker_give_up(s, "the stored settings are malformed");
}

static void
on_settings_stored(struct speaker *s, struct wire_in body)
{
	const char *error;

	if (channel_get_only_text(&body, &error) == -1)
		speaker_give_up(s,
		    "the keeper's answer to settings is malformed");
	else if (error[0] != '\0')
		log_warnx("settings are not stored: %s", error);
}

/* A second configuration: the keeper waits to hear whether it is applied. */
static void
on_new_config(struct speaker *s, struct wire_in body)
{
	bool ready = s->running && !s->stopping;
	struct config *config = config_decode(body);
	const char *why = "the keeper's configuration is malformed";
	struct reload_outcome refused = { .end = RELOAD_REFUSED,
		.texts = &why,
		.count = 1 };
	struct wire_out out;

	if (config != NULL)
		why = ready ? speaker_reload(s, config) : "not ready";
	if (config != NULL && !ready)
		config_free(config);
	if (why[0] != '\0')
		reload_finish(s->reload, &refused);
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, CHANNEL_APPLIED);
	channel_put_text(&out, why);
	if (link_send(s->link, &out) == -1)
		log_warnx("speaker: a message to the keeper is lost");
	wire_out_fini(&out);
}

/* The file is in error, or asks for what needs a restart. */
static void
on_refused(struct speaker *s, struct wire_in body)
{
	const char *texts[REFUSED_TEXTS_MAX];
	struct reload_outcome refused = { .end = RELOAD_REFUSED,
		.texts = texts };
	int rc = 0;

	while (refused.count < REFUSED_TEXTS_MAX &&
	    (rc = channel_get_text(&body, &texts[refused.count])) == 1)
		refused.count++;
	if (rc == -1)
		speaker_give_up(s, "the keeper's refusal is malformed");
	else
		reload_finish(s->reload, &refused);
}

static void
on_names(struct speaker *s, struct wire_in body)
{
	struct usernames *names = usernames_decode(body);

	if (names == NULL) {
		log_warnx("speaker: no memory for the users' names: those "
			  "known before go on");
		return;
	}
	usernames_free(s->names);
	s->names = names;
}

/* link's: a message from the keeper. */
void
speaker_on_message(void *arg, enum channel_type type, struct wire_in body)
{
	static void (*const handlers[])(struct speaker *, struct wire_in) = {
		[CHANNEL_CONFIG] = on_new_config,
		[CHANNEL_NAMES] = on_names,
		[CHANNEL_SETTINGS] = on_settings,
		[CHANNEL_CLAIMS] = on_claims,
		[CHANNEL_LOADED] = on_loaded,
		[CHANNEL_COMMITTED] = on_committed,
		[CHANNEL_SETTINGS_STORED] = on_settings_stored,
		[CHANNEL_REFUSED] = on_refused,
		[CHANNEL_STOP] = on_stop,
	};
	struct speaker *s = arg;

	if (s->config == NULL && type == CHANNEL_CONFIG)
		on_config(s, body);
	else if (s->config == NULL ||
	    type >= sizeof(handlers) / sizeof(handlers[0]) ||
	    handlers[type] == NULL)
		speaker_give_up(s, "the keeper's messages are out of order");
	else
		handlers[type](s, body);
}
