#ifndef OPTIONS_H
#define OPTIONS_H

/*
 * The command line as it was given, taken apart but not yet carried out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option {
	OPTION_SOCKET,
	OPTION_JSON,
	OPTION_TIMEOUT,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_TTL,
	OPTION_FOREVER,
	OPTION_REASON,
	OPTION_OWNER,
	OPTION_ALL_OWNERS,
	OPTION_TO,
	OPTION_SOFT,
	OPTION_MESSAGE,
	OPTION_WITHDRAW,
	OPTION_WAIT,
	OPTION_DRY_RUN,
	OPTION_HOLD,
	OPTION_NOW,
	OPTION_GENERATION,
	OPTION_MAX_WITHDRAW,
	OPTION_YES,
	OPTION_SINCE,
	OPTION_LIMIT,
	OPTION_TEST
};
#define OPTIONS (OPTION_TEST + 1)
#define OPTION_BIT(option) (1U << (option))
/* Those that every command takes. */
#define OPTIONS_OF_ALL (OPTION_BIT(OPTION_TTL) - 1)

#define OPTIONS_TO_MAX 64 /* neighbors that one command names */

/* Texts are borrowed from the arguments and the environment. */
struct options {
	uint32_t given; /* OPTION_BIT()s */
	const char *socket;
	unsigned timeout_s;
	const char *ttl;
	const char *reason;
	const char *owner;
	const char *message;
	const char *wait; /* "sent" or "delivered" */
	int64_t generation;
	uint32_t max_withdraw;
	uint32_t since_s;
	uint32_t limit;
	const char *test;
	const char *to[OPTIONS_TO_MAX];
	size_t to_count;
	const char **args; /* what is no option: the command and its own */
	size_t arg_count;
};

#define OPTIONS_WHY_MAX 256

/*
 * Options may stand anywhere; behind "--" nothing is one.  argv is put into
 * another order.  On -1, why says what is wrong.
 */
int options_parse(struct options *o, int argc, const char **argv,
    char why[OPTIONS_WHY_MAX]);
/* "--ttl", of the first in a set that is not empty. */
const char *options_first_name(uint32_t set);
/* "--ttl" and 0, "--json" and 'j'; whether a value is to follow. */
const char *options_name(enum option option);
char options_letter(enum option option);
bool options_takes_value(enum option option);
/* What it does, in a line; NULL for one that every command takes. */
const char *options_help(enum option option);

static inline bool
options_has(const struct options *o, enum option option)
{
	return (o->given & OPTION_BIT(option)) != 0;
}

#endif
