/*
 * list, show, explain and history: what is blackholed, would be, and was.
 */
#include "client.h"
#include "command.h"
#include "human.h"
#include "output.h"
#include "params.h"
#include "say.h"
#include "timefmt.h"

/* Asked for at once; what is more comes in further pages. */
#define PAGE 1000
/* Entries of the history, unless it is said otherwise. */
#define HISTORY_DEFAULT 50

/* A list that comes in pages; each is added to what will be printed. */
struct listing {
	const char *method;
	const char *member; /* of the result: the array */
	const char *key;    /* of an entry: what the next page begins after */
	size_t limit;	    /* 0: none */
	json_t *shared;	    /* parameters of every page */
	int (*add)(struct output_pages *l, const json_t *page);
	struct output_pages pages;
	json_t *after; /* the key of the last entry; NULL: none yet */
	size_t had;
	bool more;
};

/* NULL: no memory. */
static json_t *
page_params(const struct listing *l)
{
	json_t *params = json_copy(l->shared);
	size_t size = PAGE;

	if (l->limit != 0 && l->limit - l->had < size)
		size = l->limit - l->had;
	if (json_object_set_new(params, "limit",
		json_integer((json_int_t)size)) == 0 &&
	    (l->after == NULL ||
		json_object_set(params, "after", l->after) == 0))
		return params;
	json_decref(params);
	return NULL;
}

static int
add_page(struct client *c, struct listing *l)
{
	json_t *page, *part, *last;
	int code = client_call(c, l->method, page_params(l), &page);
	size_t size;

	if (code != EXIT_DONE)
		return code;
	part = json_object_get(page, l->member);
	size = json_array_size(part);
	l->more = json_is_true(json_object_get(page, "more")) && size > 0;
	l->had += size;
	if (!json_is_array(part) || l->add(&l->pages, part) == -1) {
		say("no memory, or no list");
		code = EXIT_UNREACHABLE;
	}
	last = json_array_get(part, size - 1);
	json_decref(l->after);
	l->after = json_incref(json_object_get(last, l->key));
	json_decref(page);
	return code;
}

/* Takes l->shared; prints it when all of it is there. */
static int
run_listing(const struct options *o, struct listing *l)
{
	struct client *c = client_open(o);
	int code = c != NULL ? EXIT_DONE : EXIT_UNREACHABLE;

	l->more = true;
	while (code == EXIT_DONE && l->more &&
	    (l->limit == 0 || l->had < l->limit))
		code = add_page(c, l);
	client_close(c);
	if (code == EXIT_DONE)
		output_for(o)->list(&l->pages, l->member, l->more);
	output_pages_fini(&l->pages);
	json_decref(l->after);
	json_decref(l->shared);
	return code;
}

/* What both lists may be narrowed by. */
static json_t *
shared_params(const struct options *o)
{
	json_t *params = json_object();

	if (params_set_text(params, "prefix",
		o->arg_count > 1 ? o->args[1] : NULL) == 0 &&
	    params_set_text(params, "owner", o->owner) == 0)
		return params;
	json_decref(params);
	return NULL;
}

int
cmd_list(const struct options *o)
{
	struct listing l = { .method = "victim.list",
		.member = "victims",
		.key = "prefix",
		.shared = shared_params(o),
		.add = output_for(o)->victims };

	return run_listing(o, &l);
}

/* The newest come first; with --since alone all since then. */
int
cmd_history(const struct options *o)
{
	struct listing l = { .method = "history.list",
		.member = "entries",
		.key = "id",
		.shared = shared_params(o),
		.add = output_for(o)->history };
	char since[INSTANT_STRLEN];
	int code;

	l.limit = HISTORY_DEFAULT;
	if (options_has(o, OPTION_LIMIT))
		l.limit = o->limit;
	else if (options_has(o, OPTION_SINCE))
		l.limit = 0;
	if (options_has(o, OPTION_SINCE) &&
	    params_set_text(l.shared, "since",
		instant_print(human_now_ms() - (int64_t)o->since_s * 1000,
		    since)) == -1) {
		json_decref(l.shared);
		l.shared = NULL;
	}
	code = run_listing(o, &l);
	if (code == EXIT_DONE && l.more && !options_has(o, OPTION_LIMIT))
		say("these are the newest %zu; older ones: --limit N, or "
		    "--since D",
		    l.limit);
	return code;
}

int
cmd_show(const struct options *o)
{
	json_t *victim;
	int code = client_ask(o, "victim.get",
	    json_pack("{s:s}", "prefix", o->args[1]), &victim);

	if (code == EXIT_DONE) {
		output_for(o)->victim(victim);
		json_decref(victim);
	}
	return code;
}

int
cmd_explain(const struct options *o)
{
	struct client *c = client_open(o);
	json_t *outcome, *params, *error;
	int code;

	if (c == NULL)
		return EXIT_UNREACHABLE;
	params = params_of_change(o);
	if (params_set_text(params, "prefix", o->args[1]) == -1 ||
	    json_object_set_new(params, "dry_run", json_true()) == -1) {
		json_decref(params);
		params = NULL;
	}
	code = client_try(c, "victim.add", params, &outcome);
	client_close(c);
	if (code != EXIT_DONE)
		return code;
	error = json_object_get(outcome, "error");
	if (error != NULL)
		code = client_say_refused(error);
	output_for(o)->explained(outcome);
	json_decref(outcome);
	return code;
}
