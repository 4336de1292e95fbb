/*
 * Requests and messages while memory is out: each allocation fails in turn.
 * What is asked for fails cleanly, and the same again then succeeds.
 */
#include "method_stage.h"

#include "control_client.h"
#include "failing.h"
#include "frame.h"
#include "update.h"

/* More than any case allocates. */
#define CALLS_MAX 100000
#define REQUEST(method, params) \
	"{'jsonrpc':'2.0','id':1,'method':'" method "','params':" params "}"
#define ADD REQUEST("victim.add", "{'prefix':'" ONE "','reason':'flood'}")
#define SYNC                                                                 \
	REQUEST("victim.sync",                                               \
	    "{'owner':'feed','generation':1,'victims':['" ONE "',{'prefix':" \
	    "'" TWO "','ttl':'5m'}]}")

/* before is what the daemon was asked before memory went out, or NULL. */
static const struct {
	const char *name, *before, *line;
} cases[] = {
	{ "add", NULL, ADD },
	{ "add again", ADD, ADD },
	{ "add to one neighbor", NULL,
	    REQUEST("victim.add", "{'prefix':'" ONE "','neighbors':['a']}") },
	{ "add with a dry run", NULL,
	    REQUEST("victim.add", "{'prefix':'" ONE "','dry_run':true}") },
	{ "add what is refused", NULL,
	    REQUEST("victim.add", "{'prefix':'192.0.2.1'}") },
	{ "withdraw", ADD, REQUEST("victim.withdraw", "{'prefix':'" ONE "'}") },
	{ "add many", NULL,
	    REQUEST("victim.add_many",
		"{'victims':['" ONE "','" TWO "','192.0.2.1']}") },
	{ "withdraw many", ADD,
	    REQUEST("victim.withdraw_many",
		"{'prefixes':['" ONE "','" TWO "']}") },
	{ "sync", ADD, SYNC },
	{ "list", SYNC, REQUEST("victim.list", "{}") },
	{ "get", ADD, REQUEST("victim.get", "{'prefix':'" ONE "'}") },
	{ "flush", SYNC, REQUEST("victim.flush", "{}") },
	{ "exempt", ADD,
	    REQUEST("exemption.add", "{'prefix':'" ONE "','ttl':60}") },
	{ "neighbors", NULL, REQUEST("neighbor.list", "{}") },
	{ "disable", NULL,
	    REQUEST("neighbor.disable", "{'name':'a','message':'drill'}") },
	{ "enable", NULL, REQUEST("neighbor.enable", "{'name':'a'}") },
	{ "status", ADD, REQUEST("daemon.status", "{}") },
	{ "freeze", NULL,
	    REQUEST("daemon.freeze", "{'frozen':true,'reason':'drill'}") },
	{ "an unknown method", NULL, REQUEST("victim.eat", "{}") },
	{ "no JSON", NULL, "{'jsonrpc':" },
	{ "a batch", NULL,
	    "[" ADD "," REQUEST("victim.list", "{}") ",{'no':'request'}]" },
};

struct scene {
	struct stage stage;
	struct control_user user;
	struct control_client client;
	char *line;
};

static void
begin(struct scene *s)
{
	*s = (struct scene){ .line = NULL };
	stage_init(&s->stage);
	s->client.base = s->stage.ground.base;
	s->client.env = &s->stage.env;
	s->client.caller = s->stage.ground.operator;
	s->client.user = &s->user;
}

static void
end(struct scene *s)
{
	free(s->line);
	stage_fini(&s->stage);
	while (fake_timer_count > 0) /* there are many scenes */
		close(fake_timers[--fake_timer_count].copy);
}

/* ' stands for ". */
static void
set_line(struct scene *s, const char *text)
{
	free(s->line);
	s->line = strdup(text);
	assert_non_null(s->line);
	for (char *c = s->line; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
}

/* As control_client.c does it.  NULL: no memory. */
static struct answer *
carry_out(struct scene *s)
{
	struct answer *a =
	    control_job_begin(&s->client, s->line, strlen(s->line));
	int rc = 1;

	while (rc == 1 && s->client.job.message != NULL)
		rc = control_job_go_on(&s->client);
	if (rc == 0)
		a = control_job_end(&s->client, NULL);
	else
		control_job_drop(&s->client);
	if (a == NULL)
		return NULL;
	a->on_ready = stage_on_ready;
	a->arg = &s->stage;
	if (answer_finish(a, s->stage.ground.base, &s->stage.env) == 0)
		return a;
	answer_free(a);
	return NULL;
}

static void
wait_for(struct scene *s, struct answer *a)
{
	for (int i = 0; i < 200 && answer_waits(a); i++)
		fake_pass(s->stage.ground.base, i < 2 ? 0 : 100);
	assert_false(answer_waits(a));
}

/* With all the memory that it wants. */
static void
ask(struct scene *s, const char *text)
{
	struct answer *a;

	set_line(s, text);
	a = carry_out(s);
	assert_non_null(a);
	wait_for(s, a);
	assert_int_equal(answer_make_text(a, INT64_MAX), 0);
	answer_free(a);
}

/* Whether the n-th allocation was there to fail. */
static bool
fails_at(const char *before, const char *text, unsigned n)
{
	struct scene s;
	struct answer *a;
	bool failed;

	begin(&s);
	if (before != NULL)
		ask(&s, before);
	set_line(&s, text);
	failing_set(n);
	a = carry_out(&s);
	if (a != NULL) {
		wait_for(&s, a);
		(void)answer_make_text(a, INT64_MAX);
	} else {
		fake_turn(s.stage.ground.base);
	}
	failed = failing_end();
	answer_free(a);
	fake_pass(s.stage.ground.base, 5000);
	ask(&s, text);
	ask(&s, REQUEST("victim.list", "{}"));
	end(&s);
	return failed;
}

/*
 * Allocations of the parser, which are left out: that of jansson 2.14 does not
 * survive that each of its own fails.
 */
static unsigned
calls_of_parser(const char *text)
{
	struct scene s = { .line = NULL };
	struct rpc_error why;
	unsigned calls;

	set_line(&s, text);
	failing_set(UINT_MAX);
	json_decref(rpc_parse(s.line, strlen(s.line), &why));
	calls = failing_count();
	failing_end();
	free(s.line);
	return calls;
}

static void
test_requests(void **state)
{
	unsigned n;

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		n = calls_of_parser(cases[i].line) + 1;
		for (; n < CALLS_MAX; n++)
			if (!fails_at(cases[i].before, cases[i].line, n))
				break;
		assert_in_range(n, 10, CALLS_MAX - 1);
	}
}

/* What is encoded grows its buffer as it goes. */
static void
encode_all(struct wire_out *out)
{
	static const struct bgp_open open = { .version = 4,
		.as = 64500,
		.hold_time_s = 90,
		.bgp_id = 1,
		.caps = { .role = ROLE_NONE, .as4 = true, .as = 64500 } };
	struct bgp_notification why;

	notification_set_shutdown(&why, 2, "drill");
	open_encode(&open, out);
	notification_encode(&why, out);
	update_end_of_rib(out, FAMILY_IPV6);
	for (int i = 0; i < 100; i++)
		frame_keepalive(out);
}

static void
test_messages(void **state)
{
	struct wire_out whole, out;
	bool failed = true;

	(void)state;
	wire_out_init(&whole, UINT16_MAX);
	encode_all(&whole);
	assert_false(whole.failed);
	for (unsigned n = 1; failed; n++) {
		wire_out_init(&out, UINT16_MAX);
		failing_set(n);
		encode_all(&out);
		failed = failing_end();
		if (failed && !out.failed) /* one that can be done without */
			assert_memory_equal(out.bytes, whole.bytes, whole.len);
		else
			assert_int_equal(out.failed, failed);
		wire_out_fini(&out);
	}
	wire_out_fini(&whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_messages),
	};

	failing_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
