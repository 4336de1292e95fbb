/*
 * add, withdraw, sync and flush: one request each, whatever the number of
 * prefixes, and from its result the exit code.
 */
#include <string.h>

#include "ctl.h"

#include "client.h"
#include "command.h"
#include "deed.h"
#include "human.h"
#include "input.h"
#include "line.h"
#include "output.h"
#include "params.h"
#include "say.h"

/* The longest line that the daemon reads (from operators). */
#define REQUEST_MAX (8 << 20)
/* Refusals that are told one by one. */
#define TOLD_MAX 20

/* What a change was asked to do, and what came of it. */
struct change {
	const struct options *o;
	bool adding;
	const json_t *outcome;
};

static int
say_no_memory(void)
{
	say("no memory");
	return EXIT_UNREACHABLE;
}

/* Where it is not as far as was asked for; empty when nobody says where. */
static void
say_waiting(const struct change *c)
{
	const json_t *victim = json_object_get(c->outcome, "victim");
	struct line where;

	human_not_yet(victim, c->o->wait, &where);
	if (where.len > 0)
		say("%s: not %s within %u s: %s", human_text(victim, "prefix"),
		    c->o->wait, c->o->timeout_s, where.text);
	else
		say("not %s at every neighbor within %u s: see rtbh-ctl list "
		    "and rtbh-ctl neighbors",
		    c->o->wait, c->o->timeout_s);
}

/* Stored, and as far as was asked for?  Gives the exit code. */
static int
conclude_wait(const struct change *c)
{
	int code;

	if (options_has(c->o, OPTION_DRY_RUN))
		return EXIT_DONE;
	code = deed_conclude(c->outcome);
	if (c->o->wait != NULL &&
	    strcmp(human_text(c->outcome, "waited"), c->o->wait) != 0) {
		say_waiting(c);
		code = EXIT_IN_PART;
	}
	return code;
}

static int
conclude_one(const struct change *c)
{
	const json_t *error = json_object_get(c->outcome, "error");
	const json_t *victim = json_object_get(c->outcome, "victim");

	if (error != NULL)
		return client_say_refused(error);
	if (c->adding && json_is_object(victim) && !human_is_carried(victim))
		say("%s: warning: no session carries it now: see rtbh-ctl "
		    "neighbors",
		    human_text(victim, "prefix"));
	return conclude_wait(c);
}

static void
say_refused(const json_t *refused)
{
	const json_t *one;
	size_t i, count = json_array_size(refused);

	json_array_foreach(refused, i, one)
	{
		if (i == TOLD_MAX) {
			say("and %zu more were refused; --json lists them all",
			    count - i);
			break;
		}
		say("%s refused: %s (%s)", human_text(one, "prefix"),
		    human_text(one, "message"), human_text(one, "reason"));
	}
}

/* The result of many has no victims: whether sessions stand says as much. */
static void
warn_without_sessions(struct client *client)
{
	json_t *status;

	if (client_try(client, "daemon.status", json_object(), &status) !=
	    EXIT_DONE)
		return;
	if (json_object_get(status, "established") != NULL &&
	    human_number(status, "established") == 0)
		say("warning: no session carries them now: see rtbh-ctl "
		    "neighbors");
	json_decref(status);
}

static int
conclude_many(const struct change *c, struct client *client)
{
	const json_t *error = json_object_get(c->outcome, "error");
	const json_t *refused = json_object_get(c->outcome, "refused");
	json_int_t done = human_done(c->outcome);
	int code;

	if (error != NULL)
		return client_say_refused(error);
	say_refused(refused);
	if (done == 0 && json_array_size(refused) > 0)
		return EXIT_REFUSED;
	if (c->adding && done > 0 && !options_has(c->o, OPTION_DRY_RUN))
		warn_without_sessions(client);
	code = conclude_wait(c);
	return json_array_size(refused) > 0 ? EXIT_IN_PART : code;
}

/* Takes params. */
static int
run_one(struct change *c, const char *method, json_t *params)
{
	struct client *client = client_open(c->o);
	json_t *outcome;
	int code;

	if (client == NULL) {
		json_decref(params);
		return EXIT_UNREACHABLE;
	}
	code = client_try(client, method, params, &outcome);
	client_close(client);
	if (code != EXIT_DONE)
		return code;
	c->outcome = outcome;
	output_for(c->o)->change(outcome, c->o->args[1]);
	code = conclude_one(c);
	json_decref(outcome);
	return code;
}

/* What the daemon would not take is told before it is sent. */
static int
check_size(const json_t *params)
{
	/* there is only one of the two */
	size_t count = json_array_size(json_object_get(params, "victims")) +
	    json_array_size(json_object_get(params, "prefixes"));

	if (count > CTL_MANY_MAX) {
		say("these are %zu prefixes; one request may have %d: split "
		    "the list into several",
		    count, CTL_MANY_MAX);
		return EXIT_USAGE;
	}
	if (json_dumpb(params, NULL, 0, JSON_COMPACT) < REQUEST_MAX - 256)
		return EXIT_DONE;
	say("that is more than the 8 MiB which one request may have; split the "
	    "list into several, or give the TTL by --ttl and not line by line");
	return EXIT_USAGE;
}

/* Takes params. */
static int
run_many(struct change *c, const char *method, json_t *params)
{
	struct client *client = NULL;
	json_t *outcome = NULL;
	int code = check_size(params);

	if (code != EXIT_DONE)
		goto out;
	client = client_open(c->o);
	code = EXIT_UNREACHABLE;
	if (client == NULL)
		goto out;
	input_progress("waiting for the daemon");
	code = client_try(client, method, json_incref(params), &outcome);
	input_progress("%s", "");
	if (code != EXIT_DONE)
		goto out;
	c->outcome = outcome;
	output_for(c->o)->changes(outcome, options_has(c->o, OPTION_DRY_RUN));
	code = conclude_many(c, client);
out:
	client_close(client);
	json_decref(outcome);
	json_decref(params);
	return code;
}

/* The arguments, "-" replaced by what standard input lists; NULL: wrong. */
static json_t *
read_victims(const struct options *o, bool with_ttl)
{
	json_t *victims = json_array();
	int rc = 0;

	for (size_t i = 1; i < o->arg_count && rc == 0; i++) {
		if (strcmp(o->args[i], "-") == 0)
			rc = input_read(victims, "-", with_ttl);
		else
			rc = json_array_append_new(victims,
			    json_string(o->args[i]));
	}
	if (rc == 0)
		return victims;
	json_decref(victims);
	return NULL;
}

/* add_many takes no permanent for all: each victim gets it. */
static int
make_permanent(json_t *victims, json_t *params)
{
	json_object_del(params, "permanent");
	for (size_t i = 0; i < json_array_size(victims); i++) {
		json_t *victim = json_array_get(victims, i);

		if (json_is_string(victim) &&
		    json_array_set_new(victims, i,
			json_pack("{s:O,s:b}", "prefix", victim, "permanent",
			    1)) == -1)
			return -1;
	}
	return 0;
}

/* One prefix that is given as an argument has an answer of its own. */
static bool
is_one(const struct options *o)
{
	return o->arg_count == 2 && strcmp(o->args[1], "-") != 0;
}

static int
change_many(struct change *c, const char *method, const char *key)
{
	json_t *victims = read_victims(c->o, c->adding);
	json_t *params = params_of_change(c->o);
	int rc = 0;

	if (victims == NULL) {
		json_decref(params);
		return command_wrong_options(c->o, "nothing was done");
	}
	if (json_array_size(victims) == 0) {
		json_decref(params);
		json_decref(victims);
		return command_wrong_options(c->o,
		    "standard input has no prefix");
	}
	if (options_has(c->o, OPTION_FOREVER))
		rc = make_permanent(victims, params);
	if (rc == 0)
		rc = json_object_set(params, key, victims);
	json_decref(victims);
	if (rc == 0)
		return run_many(c, method, params);
	json_decref(params);
	return say_no_memory();
}

static int
change_one(struct change *c, const char *method)
{
	json_t *params = params_of_change(c->o);

	if (params_set_text(params, "prefix", c->o->args[1]) == -1) {
		json_decref(params);
		return say_no_memory();
	}
	return run_one(c, method, params);
}

int
cmd_add(const struct options *o)
{
	struct change c = { .o = o, .adding = true };

	if (is_one(o))
		return change_one(&c, "victim.add");
	return change_many(&c, "victim.add_many", "victims");
}

int
cmd_withdraw(const struct options *o)
{
	struct change c = { .o = o };

	if (is_one(o))
		return change_one(&c, "victim.withdraw");
	return change_many(&c, "victim.withdraw_many", "prefixes");
}

/* -1: no memory. */
static int
set_sync_options(json_t *params, const struct options *o)
{
	/* how long is only for us to wait */
	json_object_del(params, "timeout");
	if (options_has(o, OPTION_GENERATION) &&
	    json_object_set_new(params, "generation",
		json_integer(o->generation)) == -1)
		return -1;
	if (options_has(o, OPTION_MAX_WITHDRAW) &&
	    json_object_set_new(params, "max_withdraw",
		json_integer(o->max_withdraw)) == -1)
		return -1;
	return 0;
}

/* "ttl" is the victims' in sync; an empty list is a complete set as well. */
static int
set_ttl_each(json_t *victims, json_t *params)
{
	json_t *ttl = json_object_get(params, "ttl");

	for (size_t i = 0; ttl != NULL && i < json_array_size(victims); i++) {
		json_t *victim = json_array_get(victims, i);

		if (json_is_string(victim) &&
		    json_array_set_new(victims, i,
			json_pack("{s:O,s:O}", "prefix", victim, "ttl", ttl)) ==
			-1)
			return -1;
	}
	json_object_del(params, "ttl");
	return 0;
}

int
cmd_sync(const struct options *o)
{
	const char *file = o->arg_count > 1 ? o->args[1] : "-";
	struct change c = { .o = o };
	json_t *victims = json_array(), *params;
	int rc;

	if (!options_has(o, OPTION_OWNER)) {
		json_decref(victims);
		return command_wrong_options(o,
		    "sync needs --owner: whose complete set it is");
	}
	if (input_read(victims, file, true) == -1) {
		json_decref(victims);
		return command_wrong_options(o, "nothing was done");
	}
	params = params_of_change(o);
	rc = set_sync_options(params, o) == 0 ? set_ttl_each(victims, params)
					      : -1;
	if (rc == 0)
		rc = json_object_set(params, "victims", victims);
	json_decref(victims);
	if (rc == 0)
		return run_many(&c, "victim.sync", params);
	json_decref(params);
	return say_no_memory();
}

int
cmd_flush(const struct options *o)
{
	struct change c = { .o = o };
	json_t *params;

	if (!options_has(o, OPTION_YES))
		return command_wrong_options(o,
		    o->owner != NULL
			? "this takes back all that this owner has blackholed; "
			  "say --yes to do it"
			: "this takes back everything that is blackholed, "
			  "whoever asked for it; say --yes to do it");
	params = json_object();
	if (params_set_text(params, "owner", o->owner) == -1) {
		json_decref(params);
		return say_no_memory();
	}
	return run_many(&c, "victim.flush", params);
}
