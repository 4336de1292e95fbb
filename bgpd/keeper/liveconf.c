/*
 * A configuration passes through here twice: at the start, when errors are
 * for whoever started us, and at each reload, when they are for whoever asked
 * for it, and when some keys cannot change any more.
 */
#include <stdio.h>

#include "channel.h"
#include "config_diff.h"
#include "config_yaml.h"
#include "liveconf.h"
#include "log.h"
#include "nametable.h"

static void
init_part(struct liveconf_part *part)
{
	part->config = NULL;
	wire_out_init(&part->names, CHANNEL_MESSAGE_MAX);
}

static void
fini_part(struct liveconf_part *part)
{
	config_free(part->config);
	wire_out_fini(&part->names);
}

/* Reads the file; -1 with what is wrong in *errors. */
static int
read_part(const struct liveconf *live, struct liveconf_part *part,
    struct config_errors *errors)
{
	part->config = config_yaml_load(live->file, errors);
	if (part->config == NULL)
		return -1;
	if (live->verbose)
		part->config->log.level = LOG_LEVEL_DEBUG;
	return 0;
}

static void
set_log(const struct config *config)
{
	log_init((enum log_to)config->log.to, (enum log_level)config->log.level,
	    "keeper");
	log_set_format((enum log_format)config->log.format);
}

static void
log_warnings(const struct liveconf *live, const struct config_errors *errors)
{
	char buf[CONFIG_ERROR_STRLEN];

	for (size_t i = 0; i < errors->count; i++)
		log_warnx("%s",
		    config_error_print(&errors->items[i], live->file, buf));
}

void
liveconf_init(struct liveconf *live, const char *file, bool verbose)
{
	*live = (struct liveconf){ .file = file, .verbose = verbose };
	init_part(&live->running);
	init_part(&live->candidate);
}

void
liveconf_fini(struct liveconf *live)
{
	fini_part(&live->running);
	fini_part(&live->candidate);
}

int
liveconf_load(struct liveconf *live)
{
	struct config_errors errors = { 0 };
	int rc = read_part(live, &live->running, &errors);

	if (rc == 0) {
		set_log(live->running.config);
		log_warnings(live, &errors);
	} else {
		config_errors_print(&errors, live->file, stderr);
	}
	config_errors_fini(&errors);
	return rc;
}

/* -1: no memory. */
static int
find_names(struct liveconf_part *part)
{
	nametable_encode(part->config, &part->names);
	return part->names.failed ? -1 : 0;
}

int
liveconf_find_names(struct liveconf *live)
{
	return find_names(&live->running);
}

/* What is wrong with the file, a text each; warnings can wait. */
static void
put_errors(const struct liveconf *live, const struct config_errors *errors,
    struct wire_out *refusal)
{
	char buf[CONFIG_ERROR_STRLEN];
	size_t before = refusal->len;

	for (size_t i = 0; i < errors->count; i++) {
		if (errors->items[i].severity == CONFIG_ERROR)
			channel_put_text(refusal,
			    config_error_print(&errors->items[i], live->file,
				buf));
	}
	if (refusal->len == before)
		channel_put_text(refusal, "out of memory");
}

/* Whether the candidate can run in this process; -1 with the reasons. */
static int
check_changes(const struct liveconf *live, struct wire_out *refusal)
{
	struct config_diff *diff =
	    config_diff_new(live->running.config, live->candidate.config);
	char text[CONFIG_CHANGE_MAX + 32];
	int rc = 0;

	if (diff == NULL) {
		channel_put_text(refusal, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < diff->count; i++) {
		if (diff->items[i].depth != DIFF_RESTART)
			continue;
		snprintf(text, sizeof(text), "%s: a change needs a restart",
		    diff->items[i].path);
		channel_put_text(refusal, text);
		rc = -1;
	}
	config_diff_free(diff);
	return rc;
}

int
liveconf_reload(struct liveconf *live, struct wire_out *refusal)
{
	struct config_errors errors = { 0 };
	int rc = read_part(live, &live->candidate, &errors);

	if (rc == 0)
		rc = find_names(&live->candidate);
	if (rc == -1)
		put_errors(live, &errors, refusal);
	else
		rc = check_changes(live, refusal);
	if (rc == 0)
		log_warnings(live, &errors);
	else
		liveconf_drop(live);
	config_errors_fini(&errors);
	return rc;
}

bool
liveconf_has_candidate(const struct liveconf *live)
{
	return live->candidate.config != NULL;
}

void
liveconf_adopt(struct liveconf *live)
{
	fini_part(&live->running);
	live->running = live->candidate;
	init_part(&live->candidate);
	set_log(live->running.config);
}

void
liveconf_drop(struct liveconf *live)
{
	fini_part(&live->candidate);
	init_part(&live->candidate);
}
