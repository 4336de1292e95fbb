/*
 * A growing list of what is wrong with a configuration file.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config_errors.h"

void
config_errors_fini(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free(errors->items[i].message);
	free(errors->items);
	*errors = (struct config_errors){ .items = NULL };
}

/* Takes message, also on failure; NULL: no memory. */
static void
append(struct config_errors *errors, const struct config_error *error)
{
	struct config_error *items = NULL;

	if (error->message != NULL)
		items = reallocarray(errors->items, errors->count + 1,
		    sizeof(*items));
	if (items == NULL) {
		free(error->message);
		return;
	}
	items[errors->count++] = *error;
	errors->items = items;
	errors->errors += error->severity == CONFIG_ERROR;
}

static bool
is_full(const struct config_errors *errors, enum config_severity severity)
{
	size_t count = errors->errors;

	if (severity == CONFIG_WARNING)
		count = errors->count - errors->errors;
	return count >= CONFIG_ERRORS_MAX;
}

bool
config_errors_full(const struct config_errors *errors)
{
	return is_full(errors, CONFIG_ERROR);
}

void
config_errors_add(struct config_errors *errors, size_t line, size_t column,
    enum config_severity severity, const char *fmt, ...)
{
	struct config_error error = { .line = line,
		.column = column,
		.severity = severity };
	va_list ap;

	if (severity == CONFIG_ERROR)
		errors->failed = true;
	if (is_full(errors, severity))
		return;
	va_start(ap, fmt);
	if (vasprintf(&error.message, fmt, ap) == -1)
		error.message = NULL;
	va_end(ap);
	append(errors, &error);
}

static bool
is_before(const struct config_error *a, const struct config_error *b)
{
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

/* By insertion: they come nearly sorted, and few. */
static void
sort(struct config_errors *errors)
{
	struct config_error *items = errors->items, moved;
	size_t j;

	for (size_t i = 1; i < errors->count; i++) {
		moved = items[i];
		for (j = i; j > 0 && is_before(&moved, &items[j - 1]); j--)
			items[j] = items[j - 1];
		items[j] = moved;
	}
}

void
config_errors_finish(struct config_errors *errors)
{
	struct config_error last = { .severity = CONFIG_ERROR };

	sort(errors);
	if (!errors->failed)
		last.severity = CONFIG_WARNING;
	if (!is_full(errors, last.severity))
		return;
	last.message = strdup("there may be more, which are not told");
	append(errors, &last);
}

const char *
config_error_print(const struct config_error *error, const char *file,
    char buf[CONFIG_ERROR_STRLEN])
{
	const char *prefix =
	    error->severity == CONFIG_WARNING ? "warning: " : "";

	if (error->line == 0)
		snprintf(buf, CONFIG_ERROR_STRLEN, "%s: %s%s", file, prefix,
		    error->message);
	else
		snprintf(buf, CONFIG_ERROR_STRLEN, "%s:%zu:%zu: %s%s", file,
		    error->line, error->column, prefix, error->message);
	return buf;
}

void
config_errors_print(const struct config_errors *errors, const char *file,
    FILE *out)
{
	char buf[CONFIG_ERROR_STRLEN];

	for (size_t i = 0; i < errors->count; i++)
		fprintf(out, "%s\n",
		    config_error_print(&errors->items[i], file, buf));
	if (errors->failed && errors->count == 0)
		fprintf(out, "%s: out of memory\n", file);
}
