#ifndef REASON_H
#define REASON_H

/*
 * Why the daemon refuses a request, in the order in which the first that
 * applies is given; and the name of each in the control protocol.
 */

enum reason {
	REASON_NONE,
	REASON_DENIED,
	REASON_FROZEN,
	REASON_RATE,
	REASON_HOST_BITS,
	REASON_NOT_OURS,
	REASON_IS_AGGREGATE,
	REASON_TOO_SHORT,
	REASON_PROTECTED,
	REASON_TTL_TOO_LONG,
	REASON_PERMANENT_NOT_ALLOWED,
	REASON_UNKNOWN_NEIGHBOR,
	REASON_FAMILY_OFF,
	REASON_TOO_MANY,
	REASON_UNKNOWN_VICTIM,
	REASON_NOT_YOURS,
	REASON_MASS_WITHDRAWAL,
	REASON_STALE_GENERATION,
	REASON_STORAGE,
	REASON_BUSY,
	REASON_BAD_CONFIG
};
#define REASONS (REASON_BAD_CONFIG + 1)

/* "host-bits"; "" for REASON_NONE. */
const char *reason_name(enum reason reason);

/* A refusal: the reason and a sentence for people. */
#define REFUSAL_STRLEN 512
struct refusal {
	enum reason reason;
	char message[REFUSAL_STRLEN];
};

/* Fills *why in; gives -1. */
int refusal_set(struct refusal *why, enum reason reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
