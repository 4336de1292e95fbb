#ifndef HUMAN_H
#define HUMAN_H

/*
 * Values of the protocol as people say them.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line;

#define HUMAN_SPAN_STRLEN 48

/* "45s", "3m20s", "42m", "2h5m", "3d"; gives buf. */
const char *human_span(int64_t seconds, char buf[HUMAN_SPAN_STRLEN]);
/* "3m ago" for an instant that the object has, "" for none; gives buf. */
const char *human_ago(const json_t *object, const char *key, int64_t now_ms,
    char buf[HUMAN_SPAN_STRLEN]);
/* "in 42m", or "never" for null; gives buf. */
const char *human_remaining(const json_t *object, char buf[HUMAN_SPAN_STRLEN]);

/* "in 42m" for an instant that the object has, "now" for one that is over. */
const char *human_in(const json_t *object, const char *key, int64_t now_ms,
    char buf[HUMAN_SPAN_STRLEN]);

/* What "3m ago" is counted from: the wall clock. */
int64_t human_now_ms(void);

/* Never NULL: "" when the object has no such text. */
const char *human_text(const json_t *object, const char *key);
/* 0 when it has no such number. */
json_int_t human_number(const json_t *object, const char *key);

/* "ipv4, ipv6", of an array of texts; gives the line's text. */
const char *human_join(const json_t *array, struct line *line);

/*
 * A neighbor's last_error: "received NOTIFICATION Cease/Administrative Reset
 * (6/4, 3m ago)", or "none" for null.  Gives the line's text.
 */
const char *human_error(const json_t *error, int64_t now_ms, struct line *line);

/*
 * Where a victim stands, in short: "2 delivered, transit-b down", "3 down";
 * those that are not to have it are left out.
 */
void human_standings(const json_t *victim, struct line *line);
/* Whether some session carries the victim, or is about to. */
bool human_is_carried(const json_t *victim);
/*
 * "transit-b down, transit-c queued": who has the victim not yet, as far as
 * wait ("sent", "delivered") says; nothing for none.
 */
void human_not_yet(const json_t *victim, const char *wait, struct line *line);

/* "OK", "WARNING", "CRITICAL" of the daemon's status; "UNKNOWN" without. */
const char *human_verdict(const json_t *status);

/* How many victims a change of many has changed. */
json_int_t human_done(const json_t *outcome);

#endif
