/*
 * A growing list of what is wrong with a configuration file.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "config_errors.h"

void
config_errors_fini(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free(errors->items[i].message);
	free(errors->items);
	*errors = (struct config_errors){ .items = NULL };
}

void
config_errors_add(struct config_errors *errors, size_t line, size_t column,
    enum config_severity severity, const char *fmt, ...)
{
	struct config_error *items;
	char *message;
	va_list ap;
	int len;

	if (severity == CONFIG_ERROR)
		errors->failed = true;
	items = reallocarray(errors->items, errors->count + 1, sizeof(*items));
	if (items == NULL)
		return;
	errors->items = items;
	va_start(ap, fmt);
	len = vasprintf(&message, fmt, ap);
	va_end(ap);
	if (len == -1)
		return;
	items[errors->count++] = (struct config_error){ .line = line,
		.column = column,
		.severity = severity,
		.message = message };
}

static bool
is_before(const struct config_error *a, const struct config_error *b)
{
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

/* By insertion: they come nearly sorted, and few. */
void
config_errors_sort(struct config_errors *errors)
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
