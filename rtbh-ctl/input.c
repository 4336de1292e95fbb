/*
 * A list of prefixes, line by line.  All of it is checked before any of it is
 * used, so that a mistake in the last line leaves nothing half done.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "prefix.h"
#include "timefmt.h"

#include "input.h"
#include "say.h"

#define BLANKS " \t\r\n"
/* After so many mistakes nobody reads on. */
#define WRONG_MAX 10
#define PROGRESS_LINES 5000

struct input {
	json_t *victims;
	bool with_ttl;
	const char *name; /* for people */
	size_t line, wrong;
};

void
input_progress(const char *fmt, ...)
{
	va_list ap;

	if (isatty(STDERR_FILENO) != 1)
		return;
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fflush(stderr);
}

int
input_check_prefix(struct refusal *why, const char *text)
{
	struct prefix p;

	switch (prefix_parse(&p, text)) {
	case PREFIX_OK:
		return 0;
	case PREFIX_HOST_BITS:
		return ctl_refuse_host_bits(why, text);
	case PREFIX_SYNTAX:
		break;
	}
	return refusal_set(why, REASON_NONE,
	    "\"%.60s\" is no IPv4 or IPv6 address or prefix", text);
}

/* NULL: no memory. */
static json_t *
victim_with_ttl(const char *prefix, const char *ttl)
{
	if (strcmp(ttl, "forever") == 0)
		return json_pack("{s:s,s:b}", "prefix", prefix, "permanent", 1);
	return json_pack("{s:s,s:s}", "prefix", prefix, "ttl", ttl);
}

static int
check_ttl(const char *where, const char *ttl)
{
	uint32_t seconds;

	if (strcmp(ttl, "max") == 0 || strcmp(ttl, "forever") == 0 ||
	    (duration_parse(&seconds, ttl) && seconds > 0))
		return 0;
	return say("%s\"%.40s\" is no TTL: give 90s, 30m, 2h, 7d, a number of "
		   "seconds, max or forever",
	    where, ttl);
}

/* -1: there is something wrong with it; no memory counts as such. */
static int
take_line(struct input *in, char *text)
{
	char where[128], *rest;
	const char *prefix, *ttl, *more;
	struct refusal refusal;
	json_t *victim;

	text[strcspn(text, "#")] = '\0';
	prefix = strtok_r(text, BLANKS, &rest);
	if (prefix == NULL)
		return 0;
	ttl = strtok_r(NULL, BLANKS, &rest);
	more = ttl != NULL ? strtok_r(NULL, BLANKS, &rest) : NULL;
	snprintf(where, sizeof(where), "%.80s, line %zu: ", in->name, in->line);
	if (input_check_prefix(&refusal, prefix) == -1)
		return say("%s%s", where, refusal.message);
	if (ttl != NULL && check_ttl(where, ttl) == -1)
		return -1;
	if (more != NULL)
		return say("%s\"%.40s\" is too much: a prefix and a TTL are "
			   "all that a line has",
		    where, more);
	if (ttl != NULL && in->with_ttl)
		victim = victim_with_ttl(prefix, ttl);
	else
		victim = json_string(prefix);
	if (json_array_append_new(in->victims, victim) == -1)
		return say("%sno memory", where);
	return 0;
}

static int
read_lines(struct input *in, FILE *from)
{
	char *text = NULL;
	size_t size = 0;
	int error;

	errno = 0;
	while (getline(&text, &size, from) != -1 && in->wrong < WRONG_MAX) {
		in->line++;
		in->wrong += take_line(in, text) == -1;
		if (in->line % PROGRESS_LINES == 0)
			input_progress("%zu lines read", in->line);
		errno = 0;
	}
	error = errno;
	free(text);
	input_progress("%s", "");
	if (ferror(from))
		return say("%s: %s", in->name, strerror(error));
	return in->wrong == 0 ? 0 : -1;
}

int
input_read(json_t *victims, const char *path, bool with_ttl)
{
	struct input in = { .victims = victims,
		.with_ttl = with_ttl,
		.name = path };
	FILE *from;
	int rc;

	if (strcmp(path, "-") == 0) {
		in.name = "standard input";
		return read_lines(&in, stdin);
	}
	from = fopen(path, "re");
	if (from == NULL)
		return say("%s: %s", path, strerror(errno));
	rc = read_lines(&in, from);
	(void)fclose(from);
	return rc;
}
