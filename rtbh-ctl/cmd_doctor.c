/*
 * doctor: is everything ready for the night it is needed.  Asks for all there
 * is to know, with --test also blackholes an address for a moment, and has
 * doctor*.c judge it.
 */
#include <sys/timex.h>

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "doctor.h"
#include "human.h"
#include "output.h"
#include "prefix.h"
#include "say.h"

/* Whatever becomes of us, the test ends by itself. */
#define TEST_TTL_S 60
#define TEST_REASON "rtbh-ctl doctor --test"
/* So many addresses of an aggregate are tried until one is not protected. */
#define TRIES_MAX 16

struct visit {
	const struct options *options;
	struct client *client;
	struct doctor doctor;
};

/* NULL: no memory. */
static json_t *
test_params(const struct options *o, bool add)
{
	json_t *params = json_pack("{s:s,s:s,s:I,s:s}", "prefix", o->test,
	    "wait", "delivered", "timeout", (json_int_t)o->timeout_s, "reason",
	    TEST_REASON);

	if (!add ||
	    json_object_set_new(params, "ttl", json_integer(TEST_TTL_S)) == 0)
		return params;
	json_decref(params);
	return NULL;
}

/* One half of the test.  false: it was refused, or no answer came (*code). */
static bool
try_change(struct visit *v, struct doctor *trial, bool add, int *code)
{
	const struct options *o = v->options;
	struct doctor_trial t = { .prefix = o->test,
		.timeout_s = o->timeout_s };
	int64_t begun_ms = client_now_ms();
	json_t *outcome;
	bool done;

	*code = client_try(v->client, add ? "victim.add" : "victim.withdraw",
	    test_params(o, add), &outcome);
	if (*code != EXIT_DONE)
		return false;
	t.took_ms = client_now_ms() - begun_ms;
	if (add)
		doctor_added(trial, &t, outcome);
	else
		doctor_withdrawn(trial, &t, outcome);
	done = json_object_get(outcome, "error") == NULL;
	json_decref(outcome);
	return done;
}

/* A real blackhole is not to be ended by a test. */
static bool
is_victim(struct visit *v, struct doctor *trial, int *code)
{
	json_t *outcome;
	bool found;

	*code = client_try(v->client, "victim.get",
	    json_pack("{s:s}", "prefix", v->options->test), &outcome);
	if (*code != EXIT_DONE)
		return true;
	found = json_object_get(outcome, "error") == NULL;
	json_decref(outcome);
	if (!found)
		return false;
	doctor_find(trial, DOCTOR_WARNING, "test", "%s is blackholed already",
	    v->options->test);
	doctor_advise(trial, "name an address of yours that is in no use");
	return true;
}

/* Gives an exit code; the rest tells how the disk did with it. */
static int
run_test(struct visit *v, struct doctor *trial)
{
	int code;

	if (!is_victim(v, trial, &code) && try_change(v, trial, true, &code))
		(void)try_change(v, trial, false, &code);
	return code;
}

/* Its last address, or another one near its end for each number below 16. */
static void
print_address(const struct prefix *aggregate, unsigned number,
    char text[PREFIX_STRLEN])
{
	struct prefix p = *aggregate;
	uint8_t bits = family_bits((enum family)p.family);

	for (unsigned bit = p.len; bit < bits; bit++) {
		unsigned from_end = bits - 1U - bit;

		if (from_end >= 4 || !(number >> from_end & 1))
			p.addr[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	p.len = bits;
	prefix_print(&p, text);
}

static int
dry_run(struct visit *v, const char *address, json_t **outcome)
{
	return client_try(v->client, "victim.add",
	    json_pack("{s:s,s:b}", "prefix", address, "dry_run", 1), outcome);
}

/* What a blackhole in this aggregate would carry. */
static int
look_into(struct visit *v, const struct prefix *aggregate,
    const json_t *neighbors)
{
	json_t *outcome = NULL;
	bool again = true;
	int code = EXIT_DONE;

	for (unsigned i = 0; again && i < TRIES_MAX; i++) {
		char text[PREFIX_STRLEN];
		const json_t *data;

		json_decref(outcome);
		outcome = NULL;
		print_address(aggregate, i, text);
		code = dry_run(v, text, &outcome);
		data =
		    json_object_get(json_object_get(outcome, "error"), "data");
		again = code == EXIT_DONE &&
		    strcmp(human_text(data, "reason"), "protected") == 0;
	}
	if (code == EXIT_DONE)
		doctor_dry_run(&v->doctor,
		    family_name((enum family)aggregate->family), outcome,
		    neighbors);
	json_decref(outcome);
	return code;
}

/* In the first aggregate of each family. */
static int
look_into_families(struct visit *v, const json_t *aggregates,
    const json_t *neighbors)
{
	bool seen[FAMILIES] = { false };
	int code = EXIT_DONE;
	const json_t *one;
	size_t i;

	json_array_foreach(aggregates, i, one)
	{
		const char *text = json_string_value(one);
		struct prefix p;

		if (text == NULL || prefix_parse(&p, text) != PREFIX_OK ||
		    seen[p.family])
			continue;
		seen[p.family] = true;
		code = look_into(v, &p, neighbors);
		if (code != EXIT_DONE)
			break;
	}
	return code;
}

static int
look_at_neighbors(struct visit *v, const json_t *status)
{
	const json_t *aggregates =
	    json_object_get(json_object_get(status, "config"), "aggregates");
	json_t *list, *neighbors;
	const json_t *one;
	size_t i;
	int code =
	    client_call(v->client, "neighbor.list", json_object(), &list);

	if (code != EXIT_DONE)
		return code;
	neighbors = json_object_get(list, "neighbors");
	json_array_foreach(neighbors, i, one)
	    doctor_neighbor(&v->doctor, one, aggregates);
	code = look_into_families(v, aggregates, neighbors);
	json_decref(list);
	return code;
}

static int
look_at_all(struct visit *v)
{
	struct timex clock = { .modes = 0 };
	int state = adjtimex(&clock), code;
	json_t *status;

	code = client_call(v->client, "daemon.status", json_object(), &status);
	if (code != EXIT_DONE)
		return code;
	code = look_at_neighbors(v, status);
	doctor_clock(&v->doctor, state, &clock);
	doctor_daemon(&v->doctor, status);
	doctor_reach(&v->doctor, status, v->options->socket);
	json_decref(status);
	return code;
}

/* Gives the exit code. */
static int
print_findings(const struct options *o, const struct doctor *d)
{
	json_t *result = json_pack("{s:O}", "findings", d->findings);

	if (result == NULL) {
		say("no memory");
		return EXIT_UNREACHABLE;
	}
	output_for(o)->findings(result);
	json_decref(result);
	return d->worst > DOCTOR_REMINDER ? EXIT_IN_PART : EXIT_DONE;
}

/* The test comes first, since the disk is judged by it, and is told last. */
int
cmd_doctor(const struct options *o)
{
	struct visit v = { .options = o, .client = client_open(o) };
	struct doctor trial;
	int code = EXIT_DONE;

	if (v.client == NULL)
		return EXIT_UNREACHABLE;
	doctor_init(&v.doctor);
	doctor_init(&trial);
	if (o->test != NULL)
		code = run_test(&v, &trial);
	if (code == EXIT_DONE)
		code = look_at_all(&v);
	doctor_append(&v.doctor, &trial);
	if (code == EXIT_DONE)
		code = print_findings(o, &v.doctor);
	doctor_fini(&trial);
	doctor_fini(&v.doctor);
	client_close(v.client);
	return code;
}
