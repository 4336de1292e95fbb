/*
 * One way out for all that is said.
 */
#include <stdarg.h>

#include "rpc.h"

#include "say.h"

#define SAID_MAX 2048

static struct {
	FILE *to; /* NULL: standard error */
	const char *prefix;
	bool quiet;
} voice = { NULL, "rtbh-ctl: ", false };

static void __attribute__((format(printf, 2, 0)))
put_line(const char *prefix, const char *fmt, va_list ap)
{
	FILE *to = voice.to != NULL ? voice.to : stderr;
	char text[SAID_MAX];

	if (voice.quiet)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	rpc_text_clean(text);
	fprintf(to, "%s%s\n", prefix, text);
}

int
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(voice.prefix, fmt, ap);
	va_end(ap);
	return -1;
}

static void __attribute__((format(printf, 1, 2))) add_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line("  ", fmt, ap);
	va_end(ap);
}

void
say_more(const char *text)
{
	add_line("%s", text);
}

void
say_as(FILE *to, const char *prefix)
{
	voice.to = to;
	voice.prefix = prefix;
}

void
say_nothing(bool quiet)
{
	voice.quiet = quiet;
}
