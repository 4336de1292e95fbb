/*
 * add, withdraw, list and show: arguments become requests, several prefixes
 * one batch.
 */
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "human.h"
#include "output.h"
#include "prefix.h"

/* Asked for at once; what is more comes in further pages. */
#define PAGE 10000

/* -1: no memory. */
static int
set_text(json_t *params, const char *key, const char *value)
{
	return value != NULL
	    ? json_object_set_new(params, key, json_string(value))
	    : 0;
}

/* -1: no memory. */
static int
set_neighbors(json_t *params, const struct options *o)
{
	json_t *names;

	if (o->to_count == 0)
		return 0;
	names = json_array();
	for (size_t i = 0; i < o->to_count; i++) {
		if (json_array_append_new(names, json_string(o->to[i])) == -1) {
			json_decref(names);
			return -1;
		}
	}
	return json_object_set_new(params, "neighbors", names);
}

/* What all prefixes of one change share; NULL: no memory. */
static json_t *
change_params(const struct options *o)
{
	json_t *params = json_object();
	int rc = 0;

	if (options_has(o, OPTION_TIMEOUT))
		rc = json_object_set_new(params, "timeout",
		    json_integer(o->timeout_s));
	if (rc == 0 && options_has(o, OPTION_FOREVER))
		rc = json_object_set_new(params, "permanent", json_true());
	if (rc == 0 && options_has(o, OPTION_ALL_OWNERS))
		rc = json_object_set_new(params, "all_owners", json_true());
	if (rc == 0 && set_text(params, "ttl", o->ttl) == 0 &&
	    set_text(params, "reason", o->reason) == 0 &&
	    set_text(params, "owner", o->owner) == 0 &&
	    set_neighbors(params, o) == 0)
		return params;
	json_decref(params);
	return NULL;
}

/* An object for each prefix; NULL: no memory. */
static json_t *
params_each(const struct options *o)
{
	json_t *all = json_array(), *shared = change_params(o), *one;

	for (size_t i = 1; i < o->arg_count; i++) {
		one = json_copy(shared);
		if (set_text(one, "prefix", o->args[i]) == -1 ||
		    json_array_append(all, one) == -1) {
			json_decref(all);
			all = NULL;
		}
		json_decref(one);
	}
	json_decref(shared);
	return all;
}

static size_t
say_refused(const json_t *outcomes, const struct options *o)
{
	const json_t *outcome, *error;
	size_t i, refused = 0;

	json_array_foreach(outcomes, i, outcome)
	{
		const char *reason;

		error = json_object_get(outcome, "error");
		if (error == NULL)
			continue;
		reason = human_text(json_object_get(error, "data"), "reason");
		fprintf(stderr, "rtbh-ctl: %s refused: %s%s%s%s\n",
		    o->args[i + 1], human_text(error, "message"),
		    *reason != '\0' ? " (" : "", reason,
		    *reason != '\0' ? ")" : "");
		refused++;
	}
	return refused;
}

/* Counts those of which the test holds, and names the first. */
static size_t
count(const json_t *outcomes, bool (*test)(const json_t *outcome),
    size_t *first)
{
	const json_t *outcome;
	size_t i, n = 0;

	json_array_foreach(outcomes, i, outcome)
	{
		if (test(outcome) && n++ == 0)
			*first = i;
	}
	return n;
}

static bool
is_not_stored(const json_t *outcome)
{
	return json_is_false(json_object_get(outcome, "stored"));
}

static bool
is_not_carried(const json_t *outcome)
{
	const json_t *victim = json_object_get(outcome, "victim");

	return json_is_object(victim) && !human_is_carried(victim);
}

/* "203.0.113.7 and 3 more" */
static void
say_which(const struct options *o, size_t first, size_t n)
{
	fprintf(stderr, "rtbh-ctl: %s", o->args[first + 1]);
	if (n > 1)
		fprintf(stderr, " and %zu more", n - 1);
}

/* What an operator must know besides; gives the exit code. */
static int
conclude(const json_t *outcomes, const struct options *o, bool adding)
{
	size_t first = 0, n, refused = say_refused(outcomes, o);
	int code = refused > 0 ? EXIT_IN_PART : EXIT_DONE;

	n = adding ? count(outcomes, is_not_carried, &first) : 0;
	if (n > 0) {
		say_which(o, first, n);
		fprintf(stderr,
		    ": warning: no session carries it now: see "
		    "rtbh-ctl neighbors\n");
	}
	n = count(outcomes, is_not_stored, &first);
	if (n > 0) {
		say_which(o, first, n);
		fprintf(stderr,
		    ": done, but not stored yet: a restart of the "
		    "daemon may undo it; see rtbh-ctl status\n");
		code = EXIT_IN_PART;
	}
	return refused == json_array_size(outcomes) ? EXIT_REFUSED : code;
}

static int
change(const struct options *o, const char *method, bool adding)
{
	struct client *c = client_open(o);
	json_t *outcomes;
	int code;

	if (c == NULL)
		return EXIT_UNREACHABLE;
	code = client_call_each(c, method, params_each(o), &outcomes);
	client_close(c);
	if (code != EXIT_DONE)
		return code;
	output_for(o)->changes(outcomes, o->args + 1);
	code = conclude(outcomes, o, adding);
	json_decref(outcomes);
	return code;
}

int
cmd_add(const struct options *o)
{
	return change(o, "victim.add", true);
}

int
cmd_withdraw(const struct options *o)
{
	return change(o, "victim.withdraw", false);
}

static json_t *
page_params(const struct options *o, const json_t *victims)
{
	size_t had = json_array_size(victims);
	json_t *last = json_array_get(victims, had > 0 ? had - 1 : 0);
	json_t *params = json_pack("{s:i}", "limit", PAGE);

	if (set_text(params, "prefix", o->arg_count > 1 ? o->args[1] : NULL) ==
		0 &&
	    set_text(params, "owner", o->owner) == 0 &&
	    set_text(params, "after",
		json_string_value(json_object_get(last, "prefix"))) == 0)
		return params;
	json_decref(params);
	return NULL;
}

/* Appends one page to the victims; *more: it was not the last. */
static int
add_page(struct client *c, const struct options *o, json_t *victims, bool *more)
{
	json_t *page, *part;
	int code =
	    client_call(c, "victim.list", page_params(o, victims), &page);

	if (code != EXIT_DONE)
		return code;
	part = json_object_get(page, "victims");
	*more = json_is_true(json_object_get(page, "more")) &&
	    json_array_size(part) > 0;
	if (json_array_extend(victims, part) == -1) {
		fprintf(stderr, "rtbh-ctl: no memory, or no list\n");
		code = EXIT_UNREACHABLE;
	}
	json_decref(page);
	return code;
}

int
cmd_list(const struct options *o)
{
	struct client *c = client_open(o);
	json_t *victims = json_array(), *list;
	int code = EXIT_UNREACHABLE;
	bool more = c != NULL;

	while (more) {
		code = add_page(c, o, victims, &more);
		if (code != EXIT_DONE)
			break;
	}
	client_close(c);
	if (code == EXIT_DONE) {
		list = json_pack("{s:O,s:b}", "victims", victims, "more", 0);
		output_for(o)->victims(list);
		json_decref(list);
	}
	json_decref(victims);
	return code;
}

int
cmd_show(const struct options *o)
{
	struct client *c = client_open(o);
	json_t *victim;
	int code;

	if (c == NULL)
		return EXIT_UNREACHABLE;
	code = client_call(c, "victim.get",
	    json_pack("{s:s}", "prefix", o->args[1]), &victim);
	client_close(c);
	if (code == EXIT_DONE) {
		output_for(o)->victim(victim);
		json_decref(victim);
	}
	return code;
}
