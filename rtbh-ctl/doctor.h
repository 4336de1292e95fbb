#ifndef DOCTOR_H
#define DOCTOR_H

/*
 * What doctor finds: how bad it is, what it is about, one line of text, and for
 * what is not well a line that says what to do.  What the daemon and the kernel
 * say goes in, findings come out; nobody is asked from here.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_REMINDER, /* only the operator can know */
	DOCTOR_WARNING,
	DOCTOR_PROBLEM
};

struct doctor {
	/* Objects with level, about, text, and todo or null; NULL: no memory.
	 */
	json_t *findings;
	enum doctor_level worst;
};

void doctor_init(struct doctor *d);
void doctor_fini(struct doctor *d);
/* One more finding. */
void doctor_find(struct doctor *d, enum doctor_level level, const char *about,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* What is to be done about the last one. */
void doctor_advise(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The findings of other, behind those of d. */
void doctor_append(struct doctor *d, const struct doctor *other);

/* Whether that text is in an array of texts. */
bool doctor_lists(const json_t *array, const char *text);

/* The daemon as a whole: its status. */
void doctor_daemon(struct doctor *d, const json_t *status);
/* One neighbor of neighbor.list, with the aggregates of the status. */
void doctor_neighbor(struct doctor *d, const json_t *neighbor,
    const json_t *aggregates);
/*
 * What blackholes of the family would carry, from a dry run of one, whose
 * outcome is that of client_try(); the neighbors are those of neighbor.list.
 */
void doctor_dry_run(struct doctor *d, const char *family, const json_t *outcome,
    const json_t *neighbors);
/* Whether the users and groups of the rules of access can get at the socket. */
void doctor_reach(struct doctor *d, const json_t *status, const char *socket);

struct timex;
/* Whether something keeps the clock right: what adjtimex(2) gave. */
void doctor_clock(struct doctor *d, int state, const struct timex *clock);

/* How the test blackhole came up, and went away; within so many seconds. */
struct doctor_trial {
	const char *prefix;
	unsigned timeout_s;
	int64_t took_ms;
};
void doctor_added(struct doctor *d, const struct doctor_trial *trial,
    const json_t *outcome);
void doctor_withdrawn(struct doctor *d, const struct doctor_trial *trial,
    const json_t *outcome);

#endif
