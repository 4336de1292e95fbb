/*
 * The test blackhole: how long it took to each neighbor, and to go away again.
 */
#include <string.h>

#include "doctor.h"
#include "human.h"
#include "line.h"
#include "timefmt.h"

/* Of two instants of the daemon's clock; -1: one of them is not there. */
static int64_t
ms_between(const char *from, const char *to)
{
	int64_t from_ms, to_ms;

	if (!instant_parse(&from_ms, from) || !instant_parse(&to_ms, to))
		return -1;
	return to_ms < from_ms ? 0 : to_ms - from_ms;
}

static void
look_at_place(struct doctor *d, const struct doctor_trial *trial,
    const char *since, const json_t *place)
{
	const char *name = human_text(place, "name");
	const char *state = human_text(place, "state");
	int64_t ms = ms_between(since, human_text(place, "at"));

	if (strcmp(state, "delivered") == 0 && ms >= 0) {
		doctor_find(d, DOCTOR_OK, name, "test: delivered in %jd ms",
		    (intmax_t)ms);
	} else if (strcmp(state, "delivered") == 0) {
		doctor_find(d, DOCTOR_OK, name, "test: delivered");
	} else if (strcmp(state, "off") == 0) {
		doctor_find(d, DOCTOR_REMINDER, name,
		    "test: it is not to have this one");
		doctor_advise(d, "rtbh-ctl explain %s says why", trial->prefix);
	} else {
		doctor_find(d, DOCTOR_PROBLEM, name,
		    "test: not delivered in %u s (%s)", trial->timeout_s,
		    state);
		doctor_advise(d,
		    "see rtbh-ctl neighbors %s, and the neighbor's own log",
		    name);
	}
}

static void
look_at_refusal(struct doctor *d, const char *what, const json_t *error)
{
	const char *reason =
	    human_text(json_object_get(error, "data"), "reason");

	doctor_find(d, DOCTOR_PROBLEM, "test", "%s was refused (%s)", what,
	    reason);
	doctor_advise(d, "%s", human_text(error, "message"));
}

void
doctor_added(struct doctor *d, const struct doctor_trial *trial,
    const json_t *outcome)
{
	const json_t *error = json_object_get(outcome, "error"), *place;
	const json_t *victim = json_object_get(outcome, "victim");
	const char *since = human_text(victim, "since");
	size_t i;

	if (error != NULL) {
		look_at_refusal(d, "the blackhole", error);
		return;
	}
	json_array_foreach(json_object_get(victim, "neighbors"), i, place)
	    look_at_place(d, trial, since, place);
	if (json_is_true(json_object_get(outcome, "stored"))) {
		doctor_find(d, DOCTOR_OK, "test",
		    "%s blackholed, answered in %jd ms", trial->prefix,
		    (intmax_t)trial->took_ms);
		return;
	}
	doctor_find(d, DOCTOR_PROBLEM, "test",
	    "it was not stored: a restart would lose it");
	doctor_advise(d, "see to the disk of state.directory");
}

void
doctor_withdrawn(struct doctor *d, const struct doctor_trial *trial,
    const json_t *outcome)
{
	const json_t *error = json_object_get(outcome, "error");
	const char *done = human_text(outcome, "outcome");

	if (error != NULL) {
		look_at_refusal(d, "taking it back", error);
	} else if (strcmp(done, "withdrawn") != 0) {
		doctor_find(d, DOCTOR_REMINDER, "test",
		    "it stands until its time is over, 60 s (%s)", done);
		doctor_advise(d, "an operator ends it with withdraw --now");
	} else if (strcmp(human_text(outcome, "waited"), "delivered") != 0) {
		doctor_find(d, DOCTOR_WARNING, "test",
		    "not taken back everywhere in %u s", trial->timeout_s);
		doctor_advise(d, "see rtbh-ctl neighbors");
	} else {
		doctor_find(d, DOCTOR_OK, "test",
		    "taken back everywhere in %jd ms",
		    (intmax_t)trial->took_ms);
	}
}
