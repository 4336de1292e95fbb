/*
 * Walks over the arguments with a table of options.  Values are checked here,
 * before anything is sent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "timefmt.h"

#include "input.h"
#include "options.h"

#define DEFAULT_SOCKET "/run/rtbh/control.sock"

static int
set_socket(struct options *o, const char *value)
{
	o->socket = value;
	return *value != '\0' ? 0 : -1;
}

static int
set_timeout(struct options *o, const char *value)
{
	uint32_t seconds;

	if (!duration_parse(&seconds, value) || seconds < 1 ||
	    seconds > CTL_TIMEOUT_MAX_S)
		return -1;
	o->timeout_s = seconds;
	return 0;
}

static int
set_ttl(struct options *o, const char *value)
{
	uint32_t seconds;

	o->ttl = value;
	if (strcmp(value, "max") == 0)
		return 0;
	return duration_parse(&seconds, value) && seconds > 0 ? 0 : -1;
}

static int
set_reason(struct options *o, const char *value)
{
	o->reason = value;
	return ctl_reason_is_valid(value) ? 0 : -1;
}

static int
set_owner(struct options *o, const char *value)
{
	o->owner = value;
	return ctl_owner_is_valid(value) ? 0 : -1;
}

static int
set_message(struct options *o, const char *value)
{
	o->message = value;
	return ctl_message_is_valid(value) ? 0 : -1;
}

/* Without a value it means the most. */
static int
set_wait(struct options *o, const char *value)
{
	o->wait = value != NULL ? value : "delivered";
	return strcmp(o->wait, "sent") == 0 || strcmp(o->wait, "delivered") == 0
	    ? 0
	    : -1;
}

/* A decimal number up to max, without sign. */
static int
parse_number(int64_t *number, const char *value, int64_t max)
{
	size_t len = strspn(value, "0123456789");

	if (len == 0 || value[len] != '\0')
		return -1;
	errno = 0;
	*number = strtoll(value, NULL, 10);
	return errno == 0 && *number <= max ? 0 : -1;
}

static int
set_generation(struct options *o, const char *value)
{
	return parse_number(&o->generation, value, INT64_MAX);
}

static int
set_max_withdraw(struct options *o, const char *value)
{
	int64_t number;

	if (parse_number(&number, value, UINT32_MAX) == -1)
		return -1;
	o->max_withdraw = (uint32_t)number;
	return 0;
}

static int
set_since(struct options *o, const char *value)
{
	return duration_parse(&o->since_s, value) && o->since_s > 0 ? 0 : -1;
}

static int
set_limit(struct options *o, const char *value)
{
	int64_t number;

	if (parse_number(&number, value, UINT32_MAX) == -1 || number == 0)
		return -1;
	o->limit = (uint32_t)number;
	return 0;
}

static int
set_test(struct options *o, const char *value)
{
	struct refusal why;

	o->test = value;
	return input_check_prefix(&why, value);
}

/* May be given again, for one more. */
static int
add_to(struct options *o, const char *value)
{
	if (o->to_count == OPTIONS_TO_MAX || !ctl_neighbor_is_valid(value))
		return -1;
	o->to[o->to_count++] = value;
	return 0;
}

static const struct option_row {
	const char *name; /* with its dashes */
	char letter;	  /* or 0 */
	/* NULL: takes no value; -1: the value is wrong */
	int (*set)(struct options *o, const char *value);
	const char *expected;
	bool optional; /* a value only behind "=", else set gets NULL */
} rows[] = {
	[OPTION_SOCKET] = { "--socket", 's', set_socket, "no path", false },
	[OPTION_JSON] = { "--json", 'j', NULL, NULL, false },
	[OPTION_TIMEOUT] = { "--timeout", 't', set_timeout,
	    "no number of seconds from 1 to 60", false },
	[OPTION_HELP] = { "--help", 'h', NULL, NULL, false },
	[OPTION_VERSION] = { "--version", 'V', NULL, NULL, false },
	[OPTION_TTL] = { "--ttl", 0, set_ttl,
	    "no duration: give 90s, 30m, 2h, 7d, a number of seconds, or max",
	    false },
	[OPTION_FOREVER] = { "--forever", 0, NULL, NULL, false },
	[OPTION_REASON] = { "--reason", 0, set_reason,
	    "no reason: that is up to 256 bytes of UTF-8 without control "
	    "characters",
	    false },
	[OPTION_OWNER] = { "--owner", 0, set_owner,
	    "no owner: that is 1 to 64 of A-Z a-z 0-9 . _ / -", false },
	[OPTION_ALL_OWNERS] = { "--all-owners", 0, NULL, NULL, false },
	[OPTION_TO] = { "--to", 0, add_to,
	    "no neighbor's name, or one of more than 64", false },
	[OPTION_SOFT] = { "--soft", 0, NULL, NULL, false },
	[OPTION_MESSAGE] = { "--message", 0, set_message,
	    "no message: that is up to 255 bytes of UTF-8 without control "
	    "characters",
	    false },
	[OPTION_WITHDRAW] = { "--withdraw", 0, NULL, NULL, false },
	[OPTION_WAIT] = { "--wait", 0, set_wait, "neither sent nor delivered",
	    true },
	[OPTION_DRY_RUN] = { "--dry-run", 0, NULL, NULL, false },
	[OPTION_HOLD] = { "--hold", 0, NULL, NULL, false },
	[OPTION_NOW] = { "--now", 0, NULL, NULL, false },
	[OPTION_GENERATION] = { "--generation", 0, set_generation,
	    "no whole number", false },
	[OPTION_MAX_WITHDRAW] = { "--max-withdraw", 0, set_max_withdraw,
	    "no whole number", false },
	[OPTION_YES] = { "--yes", 0, NULL, NULL, false },
	[OPTION_SINCE] = { "--since", 0, set_since,
	    "no duration: give 90s, 30m, 2h, 7d or a number of seconds",
	    false },
	[OPTION_LIMIT] = { "--limit", 0, set_limit, "no whole number above 0",
	    false },
	[OPTION_TEST] = { "--test", 0, set_test, "no address, and no prefix",
	    false },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS == OPTIONS, "a row for each option");

/* Where the walk is: an argument, or within one of several letters. */
struct walk {
	const char **argv;
	int argc, next;
	char *why;
};

/* value NULL: it is the next argument. */
static int
take(struct walk *w, struct options *o, size_t i, const char *value)
{
	const struct option_row *row = &rows[i];

	if ((o->given & OPTION_BIT(i)) && i != OPTION_TO) {
		snprintf(w->why, OPTIONS_WHY_MAX, "%s is given twice",
		    row->name);
		return -1;
	}
	o->given |= OPTION_BIT(i);
	if (row->set == NULL)
		return 0;
	if (value == NULL && !row->optional && w->next == w->argc) {
		snprintf(w->why, OPTIONS_WHY_MAX, "%s needs a value",
		    row->name);
		return -1;
	}
	if (value == NULL && !row->optional)
		value = w->argv[w->next++];
	if (row->set(o, value) == 0)
		return 0;
	snprintf(w->why, OPTIONS_WHY_MAX, "%s \"%.40s\" is %s", row->name,
	    value != NULL ? value : "", row->expected);
	return -1;
}

static int
unknown(struct walk *w, const char *arg)
{
	snprintf(w->why, OPTIONS_WHY_MAX, "unknown option %.40s", arg);
	return -1;
}

/* "--ttl 5m", "--ttl=5m" */
static int
take_long(struct walk *w, struct options *o, const char *arg)
{
	size_t len = strcspn(arg, "="), i = 0;
	bool has_value = arg[len] == '=';

	while (i < ROWS &&
	    (strncmp(rows[i].name, arg, len) != 0 || rows[i].name[len] != '\0'))
		i++;
	if (i == ROWS)
		return unknown(w, arg);
	if (has_value && rows[i].set == NULL) {
		snprintf(w->why, OPTIONS_WHY_MAX, "%s takes no value",
		    rows[i].name);
		return -1;
	}
	return take(w, o, i, has_value ? arg + len + 1 : NULL);
}

/* "-j", "-t5", "-t 5", "-jt5" */
static int
take_letters(struct walk *w, struct options *o, const char *arg)
{
	for (const char *at = arg + 1; *at != '\0'; at++) {
		size_t i = 0;

		while (i < ROWS && rows[i].letter != *at)
			i++;
		if (i == ROWS)
			return unknown(w, arg);
		if (rows[i].set != NULL)
			return take(w, o, i, at[1] != '\0' ? at + 1 : NULL);
		if (take(w, o, i, NULL) == -1)
			return -1;
	}
	return 0;
}

static void
set_defaults(struct options *o, const char **argv)
{
	const char *socket = getenv("RTBH_SOCKET");

	*o = (struct options){ .timeout_s = CTL_TIMEOUT_DEFAULT_S,
		.args = argv };
	o->socket = socket != NULL && *socket != '\0' ? socket : DEFAULT_SOCKET;
}

int
options_parse(struct options *o, int argc, const char **argv,
    char why[OPTIONS_WHY_MAX])
{
	struct walk w = { .argv = argv, .argc = argc, .next = 1, .why = why };
	bool only_args = false;

	set_defaults(o, argv);
	while (w.next < argc) {
		const char *arg = argv[w.next++];
		int rc = 0;

		if (only_args || arg[0] != '-' || arg[1] == '\0')
			o->args[o->arg_count++] = arg;
		else if (strcmp(arg, "--") == 0)
			only_args = true;
		else if (arg[1] == '-')
			rc = take_long(&w, o, arg);
		else
			rc = take_letters(&w, o, arg);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Of those that not every command takes; help has the others itself. */
static const char *const helps[OPTIONS] = {
	[OPTION_TTL] = "how long; max: as long as the configuration allows",
	[OPTION_FOREVER] = "without an end, if the configuration allows it",
	[OPTION_REASON] = "for those who look later",
	[OPTION_OWNER] = "whose claims, in place of your own or of all",
	[OPTION_ALL_OWNERS] = "the claims of all owners",
	[OPTION_TO] = "only to this neighbor; again for one more",
	[OPTION_SOFT] = "keep the session, and send all routes again",
	[OPTION_MESSAGE] = "for the neighbor's operator",
	[OPTION_WITHDRAW] = "take all routes back first",
	[OPTION_WAIT] = "until each neighbor has it: sent, or delivered",
	[OPTION_DRY_RUN] = "only say what would come of it",
	[OPTION_HOLD] = "as a detector's withdrawal, with hold-down",
	[OPTION_NOW] = "end a hold",
	[OPTION_GENERATION] = "of the set: one that has not grown is refused",
	[OPTION_MAX_WITHDRAW] =
	    "refuse to take back more; default: half, or 10",
	[OPTION_YES] = "really",
	[OPTION_SINCE] = "nothing older than that",
	[OPTION_LIMIT] = "so many entries",
	[OPTION_TEST] = "an address that nobody uses",
};

const char *
options_help(enum option option)
{
	return helps[option];
}

const char *
options_first_name(uint32_t set)
{
	size_t i = 0;

	while (i < ROWS - 1 && !(set & OPTION_BIT(i)))
		i++;
	return rows[i].name;
}

const char *
options_name(enum option option)
{
	return rows[option].name;
}

char
options_letter(enum option option)
{
	return rows[option].letter;
}

bool
options_takes_value(enum option option)
{
	return rows[option].set != NULL && !rows[option].optional;
}
