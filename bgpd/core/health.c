/*
 * Victims are counted by where they stand, neighbors by what is wrong with
 * them; each kind of problem then becomes one sentence that names as many of
 * them as fit.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "health.h"
#include "ribout.h"
#include "victim.h"

/* A prefix limit is near from this part on. */
#define NEAR_PERCENT 80

/* Things of which one sentence tells: how many, and names that fit. */
struct names {
	size_t count, left_out;
	char text[HEALTH_PROBLEM_STRLEN / 2];
};

const char *
health_verdict_name(enum health_verdict verdict)
{
	static const char *const names[] = {
		[HEALTH_OK] = "ok",
		[HEALTH_WARNING] = "warning",
		[HEALTH_CRITICAL] = "critical",
	};

	return names[verdict];
}

static void
names_add(struct names *names, const char *name)
{
	size_t len = strlen(names->text);
	const char *comma = names->count > 0 ? ", " : "";

	names->count++;
	if (names->left_out > 0 ||
	    len + strlen(comma) + strlen(name) >= sizeof(names->text))
		names->left_out++;
	else
		snprintf(names->text + len, sizeof(names->text) - len, "%s%s",
		    comma, name);
}

static void
names_add_victim(struct names *names, const struct victim *v)
{
	char text[PREFIX_STRLEN];

	names_add(names, prefix_print(&v->prefix, text));
}

/* The callers tell of what is critical first. */
static void __attribute__((format(printf, 3, 4)))
problem(struct health *h, enum health_verdict verdict, const char *fmt, ...)
{
	char *text = h->problems[h->problem_count].text;
	va_list ap;

	if (verdict > h->verdict)
		h->verdict = verdict;
	h->problems[h->problem_count].verdict = verdict;
	h->problem_count++;
	va_start(ap, fmt);
	vsnprintf(text, HEALTH_PROBLEM_STRLEN, fmt, ap);
	va_end(ap);
}

/* "203.0.113.7/32 is covered nowhere"; "2 victims are covered nowhere: …" */
static void
problem_of(struct health *h, enum health_verdict verdict, const char *things,
    const char *what, const struct names *names)
{
	char more[32] = "";

	if (names->count == 0)
		return;
	if (names->left_out > 0)
		snprintf(more, sizeof(more), " and %zu more", names->left_out);
	if (names->count == 1)
		problem(h, verdict, "%s is %s", names->text, what);
	else
		problem(h, verdict, "%zu %s are %s: %s%s", names->count, things,
		    what, names->text, more);
}

/* Where one victim stands. */
struct standing {
	bool delivered, lacking; /* somewhere, of where it should be */
	bool on_its_way;	 /* queued or sent somewhere */
};

/*
 * Whether the neighbor's state may tell something new.  A settled neighbor has
 * the victim or is not to have it; one that is down lacks it or is not to have
 * it.  Of 200 neighbors few are asked so.
 */
static bool
is_to_be_asked(const struct standing *s, const struct health_neighbor *n)
{
	if (n->settled)
		return !s->delivered;
	return n->established || !s->lacking;
}

static struct standing
stands(const struct health_input *in, const struct victim *v)
{
	struct standing s = { .delivered = false };
	int64_t at_ms;

	for (size_t i = 0; i < in->neighbor_count; i++) {
		const struct health_neighbor *n = &in->neighbors[i];

		if (!is_to_be_asked(&s, n))
			continue;
		switch (ribout_state_of(n->ribout, v->slot, &at_ms)) {
		case RIBOUT_OFF:
			break;
		case RIBOUT_QUEUED:
		case RIBOUT_SENT:
			s.on_its_way = true;
			s.lacking = true;
			break;
		case RIBOUT_DOWN:
		case RIBOUT_OVER_LIMIT:
			s.lacking = true;
			break;
		case RIBOUT_DELIVERED:
			s.delivered = true;
			break;
		}
	}
	return s;
}

/* What is wrong with victims. */
struct victims {
	struct names nowhere, partly, suppressed;
};

static void
judge_victim(struct health *h, const struct health_input *in,
    const struct victim *v, struct victims *wrong)
{
	struct standing s;
	bool is_new = in->now_ms - v->since_ms < HEALTH_GRACE_MS;

	if (h->oldest_ms == 0 || v->since_ms < h->oldest_ms)
		h->oldest_ms = v->since_ms;
	if (v->suppressed != REASON_NONE) {
		h->suppressed++;
		names_add_victim(&wrong->suppressed, v);
		return;
	}
	s = stands(in, v);
	if (s.delivered && !s.lacking) {
		h->covered++;
		return;
	}
	h->uncovered++;
	h->nowhere += !s.delivered;
	if (is_new && s.on_its_way)
		return;
	names_add_victim(s.delivered ? &wrong->partly : &wrong->nowhere, v);
}

/* What is wrong with neighbors. */
struct sessions {
	struct names down, disabled, near, limited;
};

static bool
is_near_limit(const struct health_neighbor *n)
{
	for (int family = 0; family < FAMILIES; family++)
		if (n->prefix_limit[family] > 0 &&
		    n->announced[family] * 100ULL >=
			n->prefix_limit[family] * (uint64_t)NEAR_PERCENT)
			return true;
	return false;
}

static void
judge_neighbor(struct health *h, const struct health_neighbor *n,
    struct sessions *wrong)
{
	h->established += n->established;
	if (n->disabled)
		names_add(&wrong->disabled, n->name);
	else if (!n->established)
		names_add(&wrong->down, n->name);
	if (n->limited_by_neighbor)
		names_add(&wrong->limited, n->name);
	else if (n->established && is_near_limit(n))
		names_add(&wrong->near, n->name);
}

static void
tell_critical(struct health *h, const struct health_input *in,
    const struct victims *victims)
{
	if (in->store_trouble[0] != '\0')
		problem(h, HEALTH_CRITICAL, "%s", in->store_trouble);
	if (h->established == 0)
		problem(h, HEALTH_CRITICAL, "no session stands");
	problem_of(h, HEALTH_CRITICAL, "victims", "covered nowhere",
	    &victims->nowhere);
}

static void
tell_warnings(struct health *h, const struct health_input *in,
    const struct victims *victims, const struct sessions *sessions)
{
	problem_of(h, HEALTH_WARNING, "sessions", "down", &sessions->down);
	problem_of(h, HEALTH_WARNING, "neighbors", "disabled",
	    &sessions->disabled);
	problem_of(h, HEALTH_WARNING, "victims",
	    "not covered at every neighbor", &victims->partly);
	problem_of(h, HEALTH_WARNING, "victims", "suppressed",
	    &victims->suppressed);
	if (in->storage_trouble[0] != '\0')
		problem(h, HEALTH_WARNING, "storage fails: %s",
		    in->storage_trouble);
	problem_of(h, HEALTH_WARNING, "neighbors",
	    "limited by Cease/Maximum Prefixes", &sessions->limited);
	problem_of(h, HEALTH_WARNING, "neighbors",
	    "near their limit of prefixes", &sessions->near);
}

void
health_judge(struct health *h, const struct health_input *in)
{
	struct victims victims = { 0 };
	struct sessions sessions = { 0 };

	*h = (struct health){ .verdict = HEALTH_OK };
	for (size_t i = 0; i < in->neighbor_count; i++)
		judge_neighbor(h, &in->neighbors[i], &sessions);
	for (struct victim *v = victim_from(in->victims, NULL); v != NULL;
	     v = victim_next(v))
		judge_victim(h, in, v, &victims);
	tell_critical(h, in, &victims);
	tell_warnings(h, in, &victims, &sessions);
}
