#ifndef ANSWER_STAGE_H
#define ANSWER_STAGE_H

/*
 * What tests of answers stand on: the ground of the victims, one answer, and
 * how it is to end.
 */

#include "blackhole_ground.h"

#include "answer.h"
#include "ask.h"
#include "method.h"
#include "reload.h"

struct stage {
	struct ground ground;
	struct event_base *base; /* the ground's */
	struct method_env env;
	struct answer *a;
	int asked; /* reloads, of the keeper */
	int ready; /* answers that had to wait */
};

static inline void
count_asked(void *arg)
{
	struct stage *s = arg;

	s->asked++;
}

static inline void
count_ready(void *arg)
{
	struct stage *s = arg;

	s->ready++;
}

static inline void
begin(struct stage *s, bool batch)
{
	struct reload_parts parts = { .ask = count_asked, .arg = s };

	*s = (struct stage){ .asked = 0 };
	ground_init(&s->ground);
	parts.base = s->base = s->ground.base;
	s->env.blackhole = s->ground.blackhole;
	s->env.pending = s->ground.pending;
	s->env.reload = reload_new(&parts);
	s->env.ask = ask_new(s->base);
	s->a = answer_new(batch);
	assert_non_null(s->env.reload);
	assert_non_null(s->env.ask);
	assert_non_null(s->a);
	s->a->on_ready = count_ready;
	s->a->arg = s;
}

static inline void
end(struct stage *s)
{
	answer_free(s->a);
	reload_free(s->env.reload);
	ask_free(s->env.ask);
	ground_fini(&s->ground);
}

static inline void
give(struct stage *s, json_int_t number, struct method_call *call)
{
	json_t *id = json_integer(number);

	call->env = &s->env;
	call->caller = &s->ground.operator;
	call->now_ms = clock_now_ms();
	assert_int_equal(answer_add_result(s->a, id, call), 0);
	assert_null(call->result);
	assert_null(call->routes);
	json_decref(id);
}

/* The disk hangs from now on. */
static inline void
hang(struct stage *s)
{
	pending_set_link(s->ground.pending, NULL);
}

/* The last change of the ground, told in an answer. */
static inline struct method_call
changed(const struct stage *s, int64_t wait_ms)
{
	return (struct method_call){ .waits = true,
		.commit = s->ground.result.commit,
		.wait_ms = wait_ms,
		.result =
		    ctl_change_encode("added", json_null(), json_null()) };
}

static inline void
add_change(struct stage *s, json_int_t number, int64_t wait_ms)
{
	struct method_call call;

	hang(s);
	add(&s->ground, "a", ONE, plain);
	call = changed(s, wait_ms);
	give(s, number, &call);
}

static inline void
finish(struct stage *s)
{
	assert_int_equal(answer_finish(s->a, s->base, &s->env), 0);
}

static inline void
check_waits(const struct stage *s)
{
	assert_true(answer_waits(s->a));
	assert_null(s->a->text.text);
	assert_int_equal(s->ready, 0);
}

/* The text ends in a line feed, and holds this. */
static inline void
check_text(const struct stage *s, const char *expected)
{
	char *text;

	assert_false(answer_waits(s->a));
	assert_int_equal(answer_make_text(s->a, INT64_MAX), 0);
	assert_non_null(s->a->text.text);
	assert_int_equal(s->a->text.text[s->a->text.len - 1], '\n');
	text = strndup(s->a->text.text, s->a->text.len - 1);
	assert_non_null(text);
	if (strstr(text, expected) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", expected, text);
	free(text);
}

#endif
