/*
 * What the keeper and the speaker tell each other.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "channel.h"
#include "config_wire.h"
#include "rib.h"

#include "clock.h"
#include "link.h"
#include "log.h"
#include "sandbox.h"

#include "ask.h"
#include "blackhole.h"
#include "metrics.h"
#include "pending.h"
#include "recent.h"
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
	log_set_format(s->config->log.format);
	json_object_seed(0); /* from the system, while it can be asked */
	if (sandbox_confine_speaker() == -1)
		speaker_give_up(s, strerror(errno));
	else if (speaker_build(s) == -1)
		speaker_give_up(s, "cannot start");
}

static void
on_claims(struct speaker *s, struct wire_in body)
{
	struct record r;
	int rc;

	while ((rc = channel_get_record(&body, &r)) == 1) {
		if (r.kind == RECORD_CLAIM)
			(void)blackhole_restore(s->blackhole, &r.claim);
		else if (r.kind == RECORD_RECURRENCE)
			blackhole_restore_recurrence(s->blackhole,
			    &r.recurrence);
		else
			break;
	}
	if (rc != 0)
		speaker_give_up(s, "a stored record is malformed");
}

/* For the first time: sessions begin, or their End-of-RIB need not wait. */
static void
begin_loaded(struct speaker *s)
{
	size_t count = victim_set_count(blackhole_victims(s->blackhole));

	s->loaded = true;
	recent_set_victims(s->recent, clock_now_ms(), count);
	log_info("%zu victims loaded", count);
	speaker_run(s);
	for (size_t i = 0; i < s->config->neighbor_count; i++)
		neighbor_loaded(s->neighbors[i]);
}

/* With trouble the store is a new one, which may lack what stands. */
static void
on_loaded(struct speaker *s, struct wire_in body)
{
	const char *trouble;

	if (channel_get_loaded(&body, &trouble) == -1) {
		speaker_give_up(s, "the keeper's end of load is malformed");
		return;
	}
	free(s->store_trouble);
	s->store_trouble = strdup(trouble);
	s->env.store_trouble =
	    s->store_trouble != NULL ? s->store_trouble : "out of memory";
	blackhole_restored(s->blackhole);
	if (!s->loaded)
		begin_loaded(s);
	else if (trouble[0] != '\0')
		blackhole_store_again(s->blackhole);
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
on_history(struct speaker *s, struct wire_in body)
{
	if (ask_on_answer(s->ask, body) == -1)
		speaker_give_up(s,
		    "the keeper's answer about the history is malformed");
}

static void
on_stop(struct speaker *s, struct wire_in body)
{
	(void)body;
	speaker_stop(s, NEIGHBOR_STOP, NULL);
}

/* They hold from now on; what stands may have to go. */
static void
apply_late_settings(struct speaker *s)
{
	uint64_t commit;

	log_warnx("settings: the stored ones came late; now %s, %zu neighbors "
		  "disabled, %zu exemptions",
	    s->settings.freeze.frozen ? "frozen" : "not frozen",
	    s->settings.disabled_count, s->settings.exemption_count);
	for (size_t i = 0; i < s->config->neighbor_count; i++) {
		const char *name = neighbor_config(s->neighbors[i])->name;

		if (settings_is_disabled(&s->settings, name))
			neighbor_stop(s->neighbors[i], NEIGHBOR_SHUTDOWN, NULL);
	}
	blackhole_recheck(s->blackhole);
	if (pending_put_settings(s->pending, &s->settings, &commit) == -1)
		log_warnx("settings are not stored: out of memory");
}

static void
on_settings(struct speaker *s, struct wire_in body)
{
	struct settings stored;

	if (!s->settings.partial ||
	    settings_decode(&stored, clock_to_wall(0), body) == -1) {
		speaker_give_up(s, "the stored settings are malformed");
		return;
	}
	if (settings_merge(&s->settings, &stored) == -1)
		log_warnx("settings: no room for all of the stored ones");
	if (s->running)
		apply_late_settings(s);
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
	if (why[0] != '\0') {
		metrics_count_reload(s->metrics, false);
		reload_finish(s->reload, &refused);
	}
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
	metrics_count_reload(s->metrics, false);
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
		[CHANNEL_REFUSED] = on_refused,
		[CHANNEL_HISTORY] = on_history,
		[CHANNEL_STOP] = on_stop,
	};
	struct speaker *s = arg;

	if (s->code != 0) /* it gave up, and the loop is about to end */
		return;
	if (s->config == NULL && type == CHANNEL_CONFIG)
		on_config(s, body);
	else if (s->config == NULL ||
	    type >= sizeof(handlers) / sizeof(handlers[0]) ||
	    handlers[type] == NULL)
		speaker_give_up(s, "the keeper's messages are out of order");
	else
		handlers[type](s, body);
}
