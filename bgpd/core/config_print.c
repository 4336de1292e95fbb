/*
 * Configuration to YAML text: a walk over the table of keys.  Lists of one
 * text each go line by line, sets and small maps of numbers into brackets.
 */
#include <string.h>

#include "config_print.h"
#include "config_type.h"

#define INDENT 2

/*
 * Whether other YAML readers take the text as we do without quotes: no
 * indicator, and where it is the operator's own, no number and no boolean.
 */
static bool
is_plain(const struct config_type *type, const char *text)
{
	static const char *const words[] = { "yes", "no", "on", "off", "true",
		"false", "null", "y", "n" };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._/:%@-";
	size_t len = strlen(text);

	if (len == 0 || text[strspn(text, safe)] != '\0' ||
	    strchr(".:%@-", text[0]) != NULL || text[len - 1] == ':')
		return false;
	if (!type->text)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return false;
	}
	return text[0] == '/' || strchr(letters, text[0]) != NULL;
}

static void
print_text(FILE *out, const struct config_type *type, const char *text)
{
	if (is_plain(type, text)) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void
print_scalar(FILE *out, const struct config_key *key, const void *base)
{
	char buf[CONFIG_TEXT_MAX];

	if ((key->flags & CONFIG_SECRET) != 0)
		print_text(out, key->type, CONFIG_HIDDEN);
	else
		print_text(out, key->type, key->type->print(key, base, 0, buf));
}

/* "[blackhole, no-export]" */
static void
print_set(FILE *out, const struct config_key *key, const void *base)
{
	size_t count = key->type->count(key, base);
	char buf[CONFIG_TEXT_MAX];

	fputc('[', out);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			fputs(", ", out);
		print_text(out, key->type, key->type->print(key, base, i, buf));
	}
	fputc(']', out);
}

/* Whether the key is to be printed at all. */
static bool
is_shown(const struct config_key *key, const void *base)
{
	const char *file = (const char *)base + key->extra;

	if ((key->flags & CONFIG_INTERNAL) != 0 || !config_is_set(key, base))
		return false;
	/* a password that came from a file is told by the file's name */
	return (key->flags & CONFIG_SECRET) == 0 || file[0] == '\0';
}

/* A map of scalars only, of which there are few: "{ipv4: 32, ipv6: 128}" */
static bool
is_small(const struct config_key *map)
{
	const struct config_key *k = map->keys;

	for (; k->name != NULL; k++) {
		if (k->kind != CONFIG_SCALAR || k->type != &config_type_number)
			return false;
	}
	return k - map->keys <= 2;
}

static void
print_small_map(FILE *out, const struct config_key *map, const void *base)
{
	const char *separator = "{";

	for (const struct config_key *k = map->keys; k->name != NULL; k++) {
		fprintf(out, "%s%s: ", separator, k->name);
		print_scalar(out, k, base);
		separator = ", ";
	}
	fputc('}', out);
}

static void print_map(FILE *out, const struct config_key *map, const void *base,
    int indent, bool is_item);

static void
print_list(FILE *out, const struct config_key *list, const void *base,
    int indent)
{
	size_t count = config_list_count(list, base);
	const void *item;

	if (count == 0)
		fputs(" []", out);
	fputc('\n', out);
	for (size_t i = 0; i < count; i++) {
		item = config_list_item_const(list, base, i);
		if (list->keys->kind == CONFIG_MAP) {
			print_map(out, list->keys, item, indent, true);
			continue;
		}
		fprintf(out, "%*s- ", indent, "");
		print_scalar(out, list->keys, item);
		fputc('\n', out);
	}
}

/* What stands behind the key and its colon, to the end of the line or on. */
static void
print_value(FILE *out, const struct config_key *key, const void *base,
    int indent)
{
	if (key->kind == CONFIG_LIST) {
		print_list(out, key, base, indent + INDENT);
		return;
	}
	if (key->kind == CONFIG_MAP && !is_small(key)) {
		fputc('\n', out);
		print_map(out, key, base, indent + INDENT, false);
		return;
	}
	fputc(' ', out);
	if (key->kind == CONFIG_MAP)
		print_small_map(out, key, base);
	else if (key->kind == CONFIG_SET)
		print_set(out, key, base);
	else
		print_scalar(out, key, base);
	fputc('\n', out);
}

/* The first key of an item stands behind its dash. */
static void
print_map(FILE *out, const struct config_key *map, const void *base, int indent,
    bool is_item)
{
	bool first = true;

	for (const struct config_key *k = map->keys; k->name != NULL; k++) {
		if (!is_shown(k, base))
			continue;
		if (is_item)
			fprintf(out, "%*s%s", indent, "", first ? "- " : "  ");
		else
			fprintf(out, "%*s", indent, "");
		fprintf(out, "%s:", k->name);
		print_value(out, k, base, is_item ? indent + INDENT : indent);
		first = false;
	}
}

int
config_print(const struct config *config, FILE *out)
{
	print_map(out, &config_root, config, 0, false);
	return fflush(out) == 0 && ferror(out) == 0 ? 0 : -1;
}
