#ifndef METHOD_STAGE_H
#define METHOD_STAGE_H

/*
 * What tests of the methods stand on: the ground of the victims with neighbors
 * that have no session, and requests that go the way of a client's, from the
 * parameters to the line of the answer, without a socket.
 */

#include "blackhole_ground.h"

#include "answer.h"
#include "ask.h"
#include "feed.h"
#include "log.h"
#include "method.h"
#include "neighbor.h"
#include "reload.h"
#include "waiters.h"

struct stage {
	struct ground ground;
	struct neighbor *neighbors[2];
	struct caller viewer;
	struct access_bucket bucket;
	struct method_env env;
	bool ready, reload_asked;
	struct method_call call; /* of the last request, without its result */
	char *text;		 /* the last answer */
};

static inline void
stage_on_up(void *arg, struct neighbor *n, const struct prefix *local_address)
{
	(void)arg;
	(void)n;
	(void)local_address;
}

static inline void
stage_ask_reload(void *arg)
{
	struct stage *s = arg;

	s->reload_asked = true;
}

/* The keeper's word to a reload: the file is in error. */
static inline void
stage_refuse_reload(struct stage *s)
{
	static const char *const texts[] = { "bgpd.yaml:1:1: no" };
	struct reload_outcome outcome = { .end = RELOAD_REFUSED,
		.texts = texts,
		.count = 1 };

	if (s->reload_asked)
		reload_finish(s->env.reload, &outcome);
	s->reload_asked = false;
}

static inline int
stage_disable(void *arg, struct neighbor *n, const char *message,
    uint64_t *commit)
{
	struct stage *s = arg;

	neighbor_stop(n, NEIGHBOR_SHUTDOWN, message);
	return pending_put_settings(s->ground.pending, &s->ground.settings,
	    commit);
}

static inline int
stage_enable(void *arg, struct neighbor *n, uint64_t *commit)
{
	struct stage *s = arg;

	(void)n;
	return pending_put_settings(s->ground.pending, &s->ground.settings,
	    commit);
}

static inline void
stage_reset(void *arg, struct neighbor *n)
{
	(void)arg;
	neighbor_stop(n, NEIGHBOR_RESET, NULL);
}

static inline void
stage_add_neighbors(struct stage *s)
{
	struct neighbor_parts parts = { .base = s->ground.base,
		.config = &s->ground.config,
		.rib = s->ground.rib,
		.on_up = stage_on_up };

	for (int i = 0; i < 2; i++) {
		s->ground.neighbors[i].enabled = true;
		s->neighbors[i] = neighbor_new(&parts, &s->ground.neighbors[i]);
		assert_non_null(s->neighbors[i]);
	}
	s->env.neighbors = s->neighbors;
	s->env.neighbor_count = 2;
	waiters_set_neighbors(s->env.waiters, s->neighbors, 2);
}

static inline void
stage_init(struct stage *s)
{
	struct reload_parts reload = { .ask = stage_ask_reload, .arg = s };

	*s = (struct stage){ .ready = false };
	log_init(LOG_TO_STDERR, LOG_LEVEL_ERROR, "test");
	ground_init(&s->ground);
	reload.base = s->ground.base;
	s->viewer.role = ACCESS_VIEWER;
	strlcpy(s->viewer.user, "grafana", sizeof(s->viewer.user));
	access_bucket_init(&s->bucket, 0, clock_now_ms());
	s->env = (struct method_env){
		.actions = { .arg = s,
		    .disable = stage_disable,
		    .enable = stage_enable,
		    .reset = stage_reset },
		.reload = reload_new(&reload),
		.config = &s->ground.config,
		.version = "1",
		.config_file = "bgpd.yaml",
		.blackhole = s->ground.blackhole,
		.pending = s->ground.pending,
		.waiters = waiters_new(s->ground.base, s->ground.rib),
		.ask = ask_new(s->ground.base),
		.feed = feed_new(),
		.settings = &s->ground.settings,
		.started_ms = clock_now_ms(),
		.config_loaded_ms = clock_now_ms(),
		.store_trouble = "",
	};
	assert_non_null(s->env.reload);
	assert_non_null(s->env.waiters);
	assert_non_null(s->env.ask);
	assert_non_null(s->env.feed);
	stage_add_neighbors(s);
}

static inline void
stage_fini(struct stage *s)
{
	free(s->text);
	feed_free(s->env.feed);
	ask_free(s->env.ask);
	waiters_free(s->env.waiters);
	reload_free(s->env.reload);
	for (int i = 0; i < 2; i++)
		neighbor_free(s->neighbors[i]);
	ground_fini(&s->ground);
}

static inline void
stage_on_ready(void *arg)
{
	struct stage *s = arg;

	s->ready = true;
}

/* JSON with ' in place of ". */
static inline json_t *
stage_json(const char *text)
{
	char *copy = strdup(text);
	json_t *v;

	assert_non_null(copy);
	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	v = json_loads(copy, JSON_REJECT_DUPLICATES, NULL);
	if (v == NULL)
		fail_msg("no JSON: %s", copy);
	free(copy);
	return v;
}

/* With ' in place of " and of an escaped one. */
static inline void
stage_take_text(struct stage *s, struct answer *a)
{
	size_t len = 0;

	free(s->text);
	assert_int_equal(answer_make_text(a, INT64_MAX), 0);
	assert_non_null(a->text.text);
	s->text = calloc(1, a->text.len + 1);
	assert_non_null(s->text);
	for (size_t i = 0; i < a->text.len; i++) {
		char c = a->text.text[i];

		if (c == '"')
			c = '\'';
		if (c != '\\')
			s->text[len++] = c;
	}
}

/* As control_request.c does it, with a pause after each step; the answer's text
 * is s->text, with ' for ". */
static inline void
stage_run_json(struct stage *s, const struct caller *caller, const char *method,
    json_t *params)
{
	struct method_call call = { .env = &s->env,
		.caller = caller,
		.bucket = &s->bucket,
		.now_ms = clock_now_ms() };
	struct answer *a = answer_new(false);
	json_t *id = json_integer(1);
	int rc;

	assert_non_null(a);
	a->on_ready = stage_on_ready;
	a->arg = s;
	s->ready = false;
	call.id = id;
	rc = method_run(&call, method, params);
	while (rc == 1)
		rc = method_go_on(&call);
	if (rc == -1)
		assert_int_equal(answer_add_error(a, id, &call.error), 0);
	else
		assert_int_equal(answer_add_result(a, id, &call), 0);
	method_call_fini(&call);
	s->call = call;
	assert_int_equal(answer_finish(a, s->ground.base, &s->env), 0);
	stage_refuse_reload(s);
	for (int i = 0; i < 200 && answer_waits(a); i++)
		fake_pass(s->ground.base, i < 2 ? 0 : 100);
	assert_false(answer_waits(a));
	stage_take_text(s, a);
	answer_free(a);
	json_decref(params);
	json_decref(id);
}

static inline void
stage_run(struct stage *s, const struct caller *caller, const char *method,
    const char *params)
{
	stage_run_json(s, caller, method, stage_json(params));
}

static inline void
stage_expect(const struct stage *s, const char *expected)
{
	if (strstr(s->text, expected) == NULL)
		fail_msg("\"%s\" is not in %s", expected, s->text);
}

#endif
