/*
 * The reasons of a refusal are gathered as the message CHANNEL_REFUSED,
 * whether it is sent or, after a signal, logged.
 */
#include <stdio.h>

#include "channel.h"
#include "liveconf.h"
#include "log.h"
#include "reloader.h"
#include "sdnotify.h"
#include "service.h"

/* Before we run, and when we stop, a reload is not its business. */
static bool
manager_cares(const struct reloader *r)
{
	return r->ready && !r->stopping;
}

/* That we are done, unless one is under way. */
static void
tell_manager(const struct reloader *r)
{
	if (manager_cares(r) && !liveconf_has_candidate(r->conf))
		sdnotify_send(r->notify_fd, "READY=1");
}

static void
adopt(struct reloader *r)
{
	liveconf_adopt(r->conf);
	log_info("configuration reloaded");
}

/* How many texts a refusal has; gives the first, and may log them all. */
static size_t
walk_reasons(const struct wire_out *refusal, const char **first, bool log)
{
	struct wire_in in = wire_in(refusal->bytes, refusal->len);
	const char *text;
	size_t count = 0;

	(void)wire_get_u8(&in); /* the message's type */
	for (; channel_get_text(&in, &text) == 1; count++) {
		if (count == 0)
			*first = text;
		if (log)
			log_error("%s", text);
	}
	return count;
}

static void
refuse(struct reloader *r, const struct wire_out *refusal, bool by_signal)
{
	const char *first = "out of memory";
	size_t count = walk_reasons(refusal, &first, false);

	if (!by_signal)
		service_refuse(r->service, refusal);
	else if (count > 1)
		walk_reasons(refusal, &first, true);
	if (count > 1)
		log_error("configuration not reloaded: %zu errors", count);
	else
		log_error("configuration not reloaded: %s", first);
}

/* Reads the file and hands it on; -1 with the reasons in refusal. */
static int
begin(struct reloader *r, struct wire_out *refusal)
{
	const char *why = NULL;

	if (r->stopping)
		why = "the daemon stops";
	else if (liveconf_has_candidate(r->conf))
		why = "a reload is under way";
	if (why != NULL) {
		channel_put_text(refusal, why);
		return -1;
	}
	if (liveconf_reload(r->conf, refusal) == -1)
		return -1;
	if (!service_is_up(r->service)) {
		adopt(r); /* the next speaker starts with it */
		return 0;
	}
	if (service_offer(r->service) == 0)
		return 0;
	liveconf_drop(r->conf);
	channel_put_text(refusal, "the speaker cannot be told");
	return -1;
}

static void
on_demand(struct reloader *r, bool by_signal)
{
	struct wire_out refusal;

	wire_out_init(&refusal, CHANNEL_MESSAGE_MAX);
	channel_begin(&refusal, CHANNEL_REFUSED);
	if (manager_cares(r))
		sdnotify_reloading(r->notify_fd);
	if (begin(r, &refusal) == -1)
		refuse(r, &refusal, by_signal);
	tell_manager(r);
	wire_out_fini(&refusal);
}

void
reloader_on_signal(struct reloader *r)
{
	if (liveconf_has_candidate(r->conf))
		r->again = true;
	else
		on_demand(r, true);
}

void
reloader_on_request(struct reloader *r)
{
	on_demand(r, false);
}

static void
finish(struct reloader *r, const char *error)
{
	bool again = r->again;

	if (error[0] == '\0') {
		adopt(r);
	} else {
		liveconf_drop(r->conf);
		log_error("configuration not reloaded: %s", error);
	}
	r->again = false;
	if (again)
		on_demand(r, true);
	else
		tell_manager(r);
}

void
reloader_on_applied(struct reloader *r, const char *error)
{
	finish(r, error);
}

void
reloader_on_end(struct reloader *r)
{
	if (liveconf_has_candidate(r->conf))
		finish(r, "the speaker has ended");
}
