/*
 * The daemon as a whole, the clock, and what only the operator can know.
 */
#include <sys/timex.h>

#include <string.h>

#include "doctor.h"
#include "human.h"
#include "line.h"

/* A commit that takes longer is felt by who waits for its answer. */
#define SLOW_COMMIT_MS 100

static void
look_at_storage(struct doctor *d, const json_t *status)
{
	const json_t *storage = json_object_get(status, "storage");
	const json_t *took = json_object_get(storage, "last_commit_ms");
	json_int_t ms = json_integer_value(took);

	if (!json_is_true(json_object_get(storage, "ok"))) {
		doctor_find(d, DOCTOR_PROBLEM, "storage", "it fails: %s",
		    human_text(storage, "error"));
		doctor_advise(d,
		    "see to the disk of state.directory; rtbh tries again");
	} else if (!json_is_integer(took)) {
		doctor_find(d, DOCTOR_REMINDER, "storage",
		    "nothing was stored since the start: not timed yet");
		doctor_advise(d, "rtbh-ctl doctor --test PREFIX times it");
	} else if (ms > SLOW_COMMIT_MS) {
		doctor_find(d, DOCTOR_WARNING, "storage",
		    "the disk is slow: the last commit took %" JSON_INTEGER_FORMAT
		    " ms",
		    ms);
		doctor_advise(d,
		    "put state.directory on a faster disk: answers wait for "
		    "it");
	} else {
		doctor_find(d, DOCTOR_OK, "storage",
		    "the last commit took %" JSON_INTEGER_FORMAT " ms", ms);
	}
}

/* Neighbors, next hops and the router's own addresses always are. */
static void
look_at_never(struct doctor *d, const json_t *status)
{
	size_t count = json_array_size(
	    json_object_get(json_object_get(status, "config"), "never"));

	if (count > 0) {
		doctor_find(d, DOCTOR_OK, "protected", "prefixes in never: %zu",
		    count);
		return;
	}
	doctor_find(d, DOCTOR_WARNING, "protected",
	    "never is empty: only routers' addresses are protected");
	doctor_advise(d,
	    "list what must never be dropped: DNS servers, this machine");
}

static void
look_at_freeze(struct doctor *d, const json_t *status)
{
	if (!json_is_true(json_object_get(status, "frozen")))
		return;
	doctor_find(d, DOCTOR_WARNING, "frozen",
	    "only operators change victims, by %s's word",
	    human_text(json_object_get(status, "freeze"), "by"));
	doctor_advise(d, "rtbh-ctl unfreeze");
}

static void
look_at_access(struct doctor *d, const json_t *status)
{
	const json_t *caller = json_object_get(status, "caller");
	const json_t *rules = json_object_get(status, "access"), *rule;
	size_t i;

	doctor_find(d, DOCTOR_OK, "access", "you are %s, with the role %s",
	    human_text(caller, "user"), human_text(caller, "role"));
	if (!json_is_array(rules)) {
		doctor_find(d, DOCTOR_REMINDER, "access",
		    "its rules are shown to operators only");
		doctor_advise(d, "run doctor as root, to have them checked");
		return;
	}
	json_array_foreach(rules, i, rule)
	{
		if (strcmp(human_text(rule, "role"), "detector") == 0)
			return;
	}
	doctor_find(d, DOCTOR_REMINDER, "access",
	    "no rule names a detector: only operators may add");
	doctor_advise(d, "give the detector's user a rule in control.access");
}

static void
remind(struct doctor *d)
{
	doctor_find(d, DOCTOR_REMINDER, "upstreams",
	    "RPKI: a ROA may make a longer prefix invalid there");
	doctor_advise(d,
	    "ask whether blackholes pass their check, or add a ROA for them");
	doctor_find(d, DOCTOR_REMINDER, "upstreams",
	    "IRR: filters built from route objects may drop it too");
	doctor_advise(d,
	    "ask what they accept; look for a test in their looking glass");
}

void
doctor_daemon(struct doctor *d, const json_t *status)
{
	look_at_storage(d, status);
	look_at_never(d, status);
	look_at_freeze(d, status);
	look_at_access(d, status);
	remind(d);
}

void
doctor_clock(struct doctor *d, int state, const struct timex *clock)
{
	if (state == -1) {
		doctor_find(d, DOCTOR_REMINDER, "clock",
		    "the kernel does not say whether it is right");
		doctor_advise(d, "see that chrony or timesyncd runs here");
	} else if (state == TIME_ERROR || (clock->status & STA_UNSYNC)) {
		doctor_find(d, DOCTOR_WARNING, "clock",
		    "nothing keeps it right: it is not synchronized");
		doctor_advise(d,
		    "run chrony or timesyncd: stored expiries are by this "
		    "clock");
	} else {
		doctor_find(d, DOCTOR_OK, "clock",
		    "synchronized, wrong by %ld ms at the most",
		    clock->maxerror / 1000);
	}
}

/* " blackhole, next hop 192.0.2.1" */
static void
print_look(const json_t *standing, struct line *line)
{
	const json_t *large = json_object_get(standing, "large_communities");
	struct line joined;

	line_add(line, " %s",
	    human_join(json_object_get(standing, "communities"), &joined));
	if (json_array_size(large) > 0)
		line_add(line, " %s", human_join(large, &joined));
	line_add(line, ", next hop %s", human_text(standing, "next_hop"));
}

/* Whether neighbor.list says that the session has agreed on the family. */
static bool
is_agreed(const json_t *neighbors, const char *name, const char *family)
{
	const json_t *n;
	size_t i;

	json_array_foreach(neighbors, i, n)
	{
		if (strcmp(human_text(n, "name"), name) == 0)
			return strcmp(human_text(n, "state"), "established") ==
			    0 &&
			    doctor_lists(json_object_get(n, "families"),
				family);
	}
	return false;
}

/* Those without a session, or without the family, were found before. */
static bool
look_at_standing(struct doctor *d, const char *family, const json_t *standing,
    const json_t *neighbors)
{
	const char *name = human_text(standing, "name");
	struct line line = { 0 };

	if (json_is_true(json_object_get(standing, "announced"))) {
		print_look(standing, &line);
		doctor_find(d, DOCTOR_OK, name, "%s blackholes:%s", family,
		    line.text);
		return true;
	}
	if (!is_agreed(neighbors, name, family))
		return false;
	doctor_find(d, DOCTOR_PROBLEM, name, "it would get no %s blackhole",
	    family);
	doctor_advise(d, "%s", human_text(standing, "why"));
	return false;
}

/* What this caller may not do another may. */
static void
look_at_refusal(struct doctor *d, const char *family, const json_t *error)
{
	const char *reason =
	    human_text(json_object_get(error, "data"), "reason");

	if (strcmp(reason, "denied") == 0 || strcmp(reason, "not-ours") == 0) {
		doctor_find(d, DOCTOR_REMINDER, family,
		    "what blackholes carry is not shown to you (%s)", reason);
		doctor_advise(d, "run doctor as root");
		return;
	}
	doctor_find(d, DOCTOR_PROBLEM, family,
	    "a blackhole would be refused now (%s)", reason);
	doctor_advise(d, "%s", human_text(error, "message"));
}

void
doctor_dry_run(struct doctor *d, const char *family, const json_t *outcome,
    const json_t *neighbors)
{
	const json_t *error = json_object_get(outcome, "error"), *standing;
	const json_t *explain =
	    json_object_get(json_object_get(outcome, "victim"), "explain");
	size_t i, carried = 0;

	if (error != NULL) {
		look_at_refusal(d, family, error);
		return;
	}
	json_array_foreach(json_object_get(explain, "neighbors"), i, standing)
	    carried += look_at_standing(d, family, standing, neighbors);
	if (carried > 0)
		return;
	doctor_find(d, DOCTOR_PROBLEM, family,
	    "no neighbor would get a blackhole now");
	doctor_advise(d, "see to the sessions first");
}
