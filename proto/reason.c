/*
 * The table of refusals.
 */
#include <stdarg.h>
#include <stdio.h>

#include "reason.h"

static const char *const names[REASONS] = {
	[REASON_NONE] = "",
	[REASON_DENIED] = "denied",
	[REASON_FROZEN] = "frozen",
	[REASON_RATE] = "rate",
	[REASON_HOST_BITS] = "host-bits",
	[REASON_NOT_OURS] = "not-ours",
	[REASON_IS_AGGREGATE] = "is-aggregate",
	[REASON_TOO_SHORT] = "too-short",
	[REASON_PROTECTED] = "protected",
	[REASON_TTL_TOO_LONG] = "ttl-too-long",
	[REASON_PERMANENT_NOT_ALLOWED] = "permanent-not-allowed",
	[REASON_UNKNOWN_NEIGHBOR] = "unknown-neighbor",
	[REASON_FAMILY_OFF] = "family-off",
	[REASON_TOO_MANY] = "too-many",
	[REASON_UNKNOWN_VICTIM] = "unknown-victim",
	[REASON_NOT_YOURS] = "not-yours",
	[REASON_MASS_WITHDRAWAL] = "mass-withdrawal",
	[REASON_STALE_GENERATION] = "stale-generation",
	[REASON_STORAGE] = "storage",
	[REASON_BUSY] = "busy",
	[REASON_BAD_CONFIG] = "bad-config",
};

const char *
reason_name(enum reason reason)
{
	return names[reason];
}

int
refusal_set(struct refusal *why, enum reason reason, const char *fmt, ...)
{
	va_list ap;

	why->reason = reason;
	va_start(ap, fmt);
	vsnprintf(why->message, sizeof(why->message), fmt, ap);
	va_end(ap);
	return -1;
}
