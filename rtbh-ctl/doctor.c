/*
 * The list of findings.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rpc.h"

#include "doctor.h"

#define TEXT_MAX 512

static const char *
level_name(enum doctor_level level)
{
	static const char *const names[] = {
		[DOCTOR_OK] = "ok",
		[DOCTOR_REMINDER] = "reminder",
		[DOCTOR_WARNING] = "warning",
		[DOCTOR_PROBLEM] = "problem",
	};

	return names[level];
}

void
doctor_init(struct doctor *d)
{
	d->findings = json_array();
	d->worst = DOCTOR_OK;
}

void
doctor_fini(struct doctor *d)
{
	json_decref(d->findings);
	d->findings = NULL;
}

/* A list that is not whole is none. */
static void
no_memory(struct doctor *d)
{
	doctor_fini(d);
}

void
doctor_find(struct doctor *d, enum doctor_level level, const char *about,
    const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rpc_text_clean(text);
	if (d->worst < level)
		d->worst = level;
	if (json_array_append_new(d->findings,
		json_pack("{s:s,s:s,s:s,s:n}", "level", level_name(level),
		    "about", about, "text", text, "todo")) == -1)
		no_memory(d);
}

void
doctor_advise(struct doctor *d, const char *fmt, ...)
{
	size_t count = json_array_size(d->findings);
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rpc_text_clean(text);
	if (count == 0 ||
	    json_object_set_new(json_array_get(d->findings, count - 1), "todo",
		json_string(text)) == -1)
		no_memory(d);
}

void
doctor_append(struct doctor *d, const struct doctor *other)
{
	if (d->worst < other->worst)
		d->worst = other->worst;
	if (json_array_extend(d->findings, other->findings) == -1)
		no_memory(d);
}

bool
doctor_lists(const json_t *array, const char *text)
{
	const json_t *one;
	size_t i;

	json_array_foreach(array, i, one)
	{
		const char *value = json_string_value(one);

		if (value != NULL && strcmp(value, text) == 0)
			return true;
	}
	return false;
}
