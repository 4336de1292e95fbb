/*
 * One neighbor: whether its session is what an attack needs, as far as the
 * protocol shows it.
 */
#include <string.h>

#include "doctor.h"
#include "human.h"
#include "line.h"

/* As `check` has it: from there a prefix limit is near. */
#define NEAR_PERCENT 80

static const char *const families[] = { "ipv4", "ipv6" };
#define FAMILY_COUNT (sizeof(families) / sizeof(families[0]))

/* What is looked at: the entry, its configuration, its name. */
struct patient {
	struct doctor *doctor;
	const json_t *neighbor, *configured;
	const char *name;
};

static bool
is_announced(const struct patient *p, const char *kind)
{
	return doctor_lists(json_object_get(p->configured, "announce"), kind);
}

/* Whether there is one. */
static bool
look_at_session(const struct patient *p)
{
	const char *state = human_text(p->neighbor, "state");
	const char *error =
	    human_text(json_object_get(p->neighbor, "last_error"), "text");
	char ago[HUMAN_SPAN_STRLEN];

	if (strcmp(state, "established") == 0) {
		doctor_find(p->doctor, DOCTOR_OK, p->name,
		    "the session is up, came up %s",
		    human_ago(p->neighbor, "since", human_now_ms(), ago));
		return true;
	}
	if (strcmp(state, "disabled") == 0) {
		doctor_find(p->doctor, DOCTOR_WARNING, p->name,
		    "it is disabled: it gets nothing");
		doctor_advise(p->doctor,
		    "rtbh-ctl enable %s, unless its file says enabled: no",
		    p->name);
		return false;
	}
	doctor_find(p->doctor, DOCTOR_PROBLEM, p->name,
	    "there is no session (%s)", state);
	if (*error != '\0')
		doctor_advise(p->doctor, "last error: %s", error);
	else
		doctor_advise(p->doctor,
		    "see rtbh-ctl neighbors %s, and the neighbor's own log",
		    p->name);
	return false;
}

static void
look_at_families(const struct patient *p)
{
	const json_t *wanted = json_object_get(p->configured, "families");
	const json_t *agreed = json_object_get(p->neighbor, "families"), *one;
	bool all = true;
	struct line line;
	size_t i;

	json_array_foreach(wanted, i, one)
	{
		const char *family = json_string_value(one);

		if (family == NULL || doctor_lists(agreed, family))
			continue;
		all = false;
		doctor_find(p->doctor, DOCTOR_PROBLEM, p->name,
		    "%s is not agreed on: the neighbor does not offer it",
		    family);
		doctor_advise(p->doctor,
		    "enable it on the neighbor's side, or take it out of "
		    "families");
	}
	if (all)
		doctor_find(p->doctor, DOCTOR_OK, p->name, "agreed on %s",
		    human_join(agreed, &line));
}

static void
look_at_restart(const struct patient *p)
{
	const json_t *gr = json_object_get(p->neighbor, "graceful_restart");
	char span[HUMAN_SPAN_STRLEN];

	if (human_number(p->configured, "graceful_restart") == 0) {
		doctor_find(p->doctor, DOCTOR_WARNING, p->name,
		    "no graceful restart: our restart lifts all blackholes");
		doctor_advise(p->doctor, "set graceful-restart, e.g. to 120s");
		return;
	}
	if (!json_is_true(json_object_get(gr, "agreed"))) {
		doctor_find(p->doctor, DOCTOR_WARNING, p->name,
		    "graceful restart is offered, but not agreed on");
		doctor_advise(p->doctor,
		    "have the neighbor enable it, as a helper at least");
		return;
	}
	doctor_find(p->doctor, DOCTOR_OK, p->name,
	    "graceful restart: routes stand %s while we restart",
	    human_span(human_number(gr, "time"), span));
	if (json_is_true(json_object_get(gr, "notification"))) {
		doctor_find(p->doctor, DOCTOR_OK, p->name,
		    "N bit: routes stand after a NOTIFICATION as well");
		return;
	}
	doctor_find(p->doctor, DOCTOR_REMINDER, p->name,
	    "no N bit: a NOTIFICATION takes the routes away");
	doctor_advise(p->doctor,
	    "ask for RFC 8538; a lost link still keeps them, as does stop");
}

/* Whether there was something to say of it. */
static bool
look_at_limit_of(const struct patient *p, const char *family)
{
	json_int_t limit =
	    human_number(json_object_get(p->neighbor, "max_prefixes"), family);
	json_int_t used =
	    human_number(json_object_get(p->neighbor, "announced"), family);
	json_int_t held =
	    human_number(json_object_get(p->neighbor, "over_limit"), family);

	if (held > 0) {
		doctor_find(p->doctor, DOCTOR_PROBLEM, p->name,
		    "%s victims held back by the prefix limit: %" JSON_INTEGER_FORMAT,
		    family, held);
		doctor_advise(p->doctor,
		    "ask for a higher limit, then raise max-prefixes");
		return true;
	}
	if (limit == 0 || used * 100 < limit * NEAR_PERCENT)
		return false;
	doctor_find(p->doctor, DOCTOR_WARNING, p->name,
	    "the %s prefix limit is near: %" JSON_INTEGER_FORMAT
	    " of %" JSON_INTEGER_FORMAT,
	    family, used, limit);
	doctor_advise(p->doctor,
	    "ask for a higher limit, then raise max-prefixes");
	return true;
}

/* "ipv4 and ipv6": the families that lack a limit; empty: none does. */
static void
find_unlimited(const struct patient *p, struct line *line)
{
	const json_t *limits = json_object_get(p->configured, "max_prefixes");
	const json_t *wanted = json_object_get(p->configured, "families");

	for (size_t i = 0; i < FAMILY_COUNT; i++) {
		if (doctor_lists(wanted, families[i]) &&
		    human_number(limits, families[i]) == 0)
			line_add(line, "%s%s", line->len > 0 ? " and " : "",
			    families[i]);
	}
}

static void
look_at_limits(const struct patient *p)
{
	struct line lacking = { 0 };
	bool said = false;

	if (json_is_true(json_object_get(p->neighbor, "limited_by_neighbor"))) {
		doctor_find(p->doctor, DOCTOR_PROBLEM, p->name,
		    "it ended a session for too many prefixes (6/1)");
		doctor_advise(p->doctor,
		    "have its limit raised, then rtbh-ctl enable %s", p->name);
	}
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		said = look_at_limit_of(p, families[i]) || said;
	find_unlimited(p, &lacking);
	if (lacking.len == 0 && !said)
		doctor_find(p->doctor, DOCTOR_OK, p->name,
		    "max-prefixes is set, and not near");
	if (lacking.len == 0)
		return;
	doctor_find(p->doctor, DOCTOR_WARNING, p->name,
	    "max-prefixes is not set for %s", lacking.text);
	doctor_advise(p->doctor,
	    "set it to the neighbor's limit: one prefix more ends the session");
}

/* How many of the aggregates are of families that were agreed on. */
static json_int_t
wanted_aggregates(const struct patient *p, const json_t *aggregates)
{
	const json_t *agreed = json_object_get(p->neighbor, "families"), *one;
	json_int_t count = 0;
	size_t i;

	json_array_foreach(aggregates, i, one)
	{
		const char *prefix = json_string_value(one);
		bool is_ipv6 = prefix != NULL && strchr(prefix, ':') != NULL;

		if (prefix != NULL && doctor_lists(agreed, families[is_ipv6]))
			count++;
	}
	return count;
}

static void
look_at_aggregates(const struct patient *p, const json_t *aggregates)
{
	json_int_t wanted = wanted_aggregates(p, aggregates);
	json_int_t there = human_number(p->neighbor, "aggregates");

	if (!is_announced(p, "aggregates")) {
		doctor_find(p->doctor, DOCTOR_OK, p->name,
		    "it is to have no aggregates (announce)");
	} else if (there >= wanted) {
		doctor_find(p->doctor, DOCTOR_OK, p->name,
		    "aggregates announced: %" JSON_INTEGER_FORMAT, there);
	} else if (human_number(p->neighbor, "pending") > 0) {
		doctor_find(p->doctor, DOCTOR_REMINDER, p->name,
		    "its routes are still on their way");
		doctor_advise(p->doctor, "run doctor again in a moment");
	} else {
		doctor_find(p->doctor, DOCTOR_PROBLEM, p->name,
		    "aggregates announced: %" JSON_INTEGER_FORMAT
		    " of %" JSON_INTEGER_FORMAT,
		    there, wanted);
		doctor_advise(p->doctor,
		    "give it aggregate-next-hop, and -ipv6, if self is none");
	}
	if (is_announced(p, "blackholes"))
		return;
	doctor_find(p->doctor, DOCTOR_WARNING, p->name,
	    "it gets no blackholes (announce)");
	doctor_advise(p->doctor, "add blackholes to its announce");
}

void
doctor_neighbor(struct doctor *d, const json_t *neighbor,
    const json_t *aggregates)
{
	const struct patient p = { .doctor = d,
		.neighbor = neighbor,
		.configured = json_object_get(neighbor, "configured"),
		.name = human_text(neighbor, "name") };

	if (look_at_session(&p)) {
		look_at_families(&p);
		look_at_aggregates(&p, aggregates);
		look_at_restart(&p);
	}
	look_at_limits(&p);
}
