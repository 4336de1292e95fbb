/*
 * The values of a configuration that are numbers, names and words of the
 * operator; those of the network are in config_type_net.c.  A text comes from
 * the file, or from the keeper's channel, and is checked here and nowhere
 * else.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bgp.h"
#include "config_type.h"
#include "timefmt.h"

int
config_refuse(char why[CONFIG_WHY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, CONFIG_WHY_MAX, fmt, ap);
	va_end(ap);
	return -1;
}

bool
config_parse_u32(uint32_t *v, const char *text)
{
	uint64_t n = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*v = (uint32_t)n;
	return true;
}

/* A field that is a uint32_t. */
static uint32_t *
u32_field(const struct config_key *key, void *base)
{
	return config_field(key, base);
}

static uint32_t
get_u32(const struct config_key *key, const void *base)
{
	const uint32_t *v = config_field_const(key, base);

	return *v;
}

static int
parse_number(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint32_t v;

	if (!config_parse_u32(&v, text) || v < key->min || v > key->max)
		return config_refuse(why,
		    "must be a number from %" PRIu32 " to %" PRIu32, key->min,
		    key->max);
	*u32_field(key, base) = v;
	return 0;
}

static const char *
print_number(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	(void)i;
	snprintf(buf, CONFIG_TEXT_MAX, "%" PRIu32, get_u32(key, base));
	return buf;
}

const struct config_type config_type_number = { .plain = true,
	.parse = parse_number,
	.print = print_number };

static int
parse_port(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint16_t *port = config_field(key, base);
	uint32_t v;

	if (!config_parse_u32(&v, text) || v < 1 || v > UINT16_MAX)
		return config_refuse(why, "must be a port from 1 to 65535");
	*port = (uint16_t)v;
	return 0;
}

static const char *
print_port(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const uint16_t *port = config_field_const(key, base);

	(void)i;
	snprintf(buf, CONFIG_TEXT_MAX, "%u", (unsigned)*port);
	return buf;
}

const struct config_type config_type_port = { .plain = true,
	.parse = parse_port,
	.print = print_port };

static int
parse_bool(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	bool *v = config_field(key, base);
	bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;

	if (!yes && strcmp(text, "no") != 0 && strcmp(text, "false") != 0)
		return config_refuse(why, "must be yes or no");
	*v = yes;
	return 0;
}

static const char *
print_bool(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const bool *v = config_field_const(key, base);

	(void)i;
	strlcpy(buf, *v ? "yes" : "no", CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_bool = { .plain = true,
	.parse = parse_bool,
	.print = print_bool };

static int
parse_duration(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint32_t v;

	if (!duration_parse(&v, text))
		return config_refuse(why,
		    "must be a duration such as 90s, 30m, 2h or 7d");
	if (v < key->min || v > key->max)
		return config_refuse(why,
		    "must be a duration from %" PRIu32 "s to %" PRIu32 "s",
		    key->min, key->max);
	*u32_field(key, base) = v;
	return 0;
}

static const char *
print_duration(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	char text[DURATION_STRLEN];

	(void)i;
	strlcpy(buf, duration_print(get_u32(key, base), text), CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_duration = { .parse = parse_duration,
	.print = print_duration };

/* RFC 4271, section 4.2: zero, or at least three seconds. */
static int
parse_hold_time(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint32_t v;

	if (!duration_parse(&v, text) || v == 1 || v == 2 || v > UINT16_MAX)
		return config_refuse(why,
		    "must be 0s or a duration from 3s to 65535s");
	*u32_field(key, base) = v;
	return 0;
}

const struct config_type config_type_hold_time = { .parse = parse_hold_time,
	.print = print_duration };

/* "64500", or asdot as in RFC 5396: "1.10". */
static bool
asn_from_text(uint32_t *as, const char *text)
{
	char high[sizeof("65535")];
	const char *dot = strchr(text, '.');
	uint32_t upper, lower;

	if (dot == NULL)
		return config_parse_u32(as, text);
	if ((size_t)(dot - text) >= sizeof(high))
		return false;
	memcpy(high, text, (size_t)(dot - text));
	high[dot - text] = '\0';
	if (!config_parse_u32(&upper, high) || upper > UINT16_MAX ||
	    !config_parse_u32(&lower, dot + 1) || lower > UINT16_MAX)
		return false;
	*as = upper << 16 | lower;
	return true;
}

static int
parse_asn(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint32_t as;

	if (!asn_from_text(&as, text) || as == 0)
		return config_refuse(why,
		    "must be an AS number from 1 to 4294967295, or as 1.10");
	if (as == BGP_AS_TRANS)
		return config_refuse(why, "is reserved (AS_TRANS, RFC 6793)");
	*u32_field(key, base) = as;
	return 0;
}

const struct config_type config_type_asn = { .parse = parse_asn,
	.print = print_number };

static int
parse_mode(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint32_t mode = 0;
	size_t len = strlen(text);

	if (text[0] != '0' || len > 4 || text[strspn(text, "01234567")] != '\0')
		return config_refuse(why,
		    "must be an octal mode from 0000 to 0777");
	for (size_t i = 0; i < len; i++)
		mode = mode << 3 | (uint32_t)(text[i] - '0');
	*u32_field(key, base) = mode;
	return 0;
}

static const char *
print_mode(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	(void)i;
	snprintf(buf, CONFIG_TEXT_MAX, "%04" PRIo32, get_u32(key, base));
	return buf;
}

const struct config_type config_type_mode = { .parse = parse_mode,
	.print = print_mode };

static int
parse_hops(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint32_t hops;

	if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
		hops = 0;
	else if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
		hops = 1;
	else if (!config_parse_u32(&hops, text) || hops < 1 || hops > key->max)
		return config_refuse(why,
		    "must be yes, no or a number of hops from 1 to %" PRIu32,
		    key->max);
	*u32_field(key, base) = hops;
	return 0;
}

static const char *
print_hops(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	uint32_t hops = get_u32(key, base);

	if (hops > 1)
		return print_number(key, base, i, buf);
	strlcpy(buf, hops == 1 ? "yes" : "no", CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_hops = { .plain = true,
	.parse = parse_hops,
	.print = print_hops };

static int
parse_word(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint8_t *value = config_field(key, base);

	for (const struct config_word *w = key->words; w->name != NULL; w++) {
		if (strcmp(w->name, text) == 0) {
			*value = w->value;
			return 0;
		}
	}
	config_refuse(why, "must be one of");
	for (const struct config_word *w = key->words; w->name != NULL; w++) {
		strlcat(why, w == key->words ? " " : ", ", CONFIG_WHY_MAX);
		strlcat(why, w->name, CONFIG_WHY_MAX);
	}
	return -1;
}

static const char *
print_word(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const uint8_t *value = config_field_const(key, base);

	(void)i;
	buf[0] = '\0';
	for (const struct config_word *w = key->words; w->name != NULL; w++) {
		if (w->value == *value)
			strlcpy(buf, w->name, CONFIG_TEXT_MAX);
	}
	return buf;
}

const struct config_type config_type_word = { .parse = parse_word,
	.print = print_word };

static int
parse_words(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	uint8_t *bits = config_field(key, base);
	uint8_t before = *bits;

	if (parse_word(key, base, text, why) == -1)
		return -1;
	*bits |= before;
	return 0;
}

static const char *
print_words(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	const uint8_t *bits = config_field_const(key, base);

	buf[0] = '\0';
	for (const struct config_word *w = key->words; w->name != NULL; w++) {
		if ((*bits & w->value) != 0 && i-- == 0) {
			strlcpy(buf, w->name, CONFIG_TEXT_MAX);
			break;
		}
	}
	return buf;
}

static size_t
count_words(const struct config_key *key, const void *base)
{
	const uint8_t *bits = config_field_const(key, base);
	size_t count = 0;

	for (const struct config_word *w = key->words; w->name != NULL; w++)
		count += (*bits & w->value) != 0;
	return count;
}

const struct config_type config_type_words = { .size = sizeof(uint8_t),
	.parse = parse_words,
	.print = print_words,
	.count = count_words };

/* No control character: neither ASCII nor C1 (U+0080 to U+009F). */
static bool
is_printable(const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		if (*s < 0x20 || *s == 0x7f ||
		    (*s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f))
			return false;
	}
	return true;
}

static int
parse_text(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	size_t len = strlen(text);

	if (len < key->min || len >= key->max)
		return config_refuse(why,
		    "must be %" PRIu32 " to %" PRIu32 " octets long", key->min,
		    key->max - 1);
	if (!is_printable(text))
		return config_refuse(why,
		    "must not contain control characters");
	strlcpy(config_field(key, base), text, key->max);
	return 0;
}

static const char *
print_text(const struct config_key *key, const void *base, size_t i,
    char buf[CONFIG_TEXT_MAX])
{
	(void)i;
	strlcpy(buf, config_field_const(key, base), CONFIG_TEXT_MAX);
	return buf;
}

const struct config_type config_type_text = { .text = true,
	.parse = parse_text,
	.print = print_text };

static int
parse_name(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	for (const char *s = text; *s != '\0'; s++) {
		if (!isalnum((unsigned char)*s) && strchr("._:%-", *s) == NULL)
			return config_refuse(why,
			    "must be made of letters, digits and . _ : %% -");
	}
	return parse_text(key, base, text, why);
}

const struct config_type config_type_name = { .text = true,
	.parse = parse_name,
	.print = print_text };

static int
parse_account(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	if (strpbrk(text, " :,/") != NULL)
		return config_refuse(why,
		    "must be a name, without : , / or "
		    "spaces");
	return parse_text(key, base, text, why);
}

const struct config_type config_type_account = { .text = true,
	.parse = parse_account,
	.print = print_text };

static int
parse_path(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	if (text[0] != '/')
		return config_refuse(why, "must be a path that begins with /");
	return parse_text(key, base, text, why);
}

const struct config_type config_type_path = { .text = true,
	.parse = parse_path,
	.print = print_text };

const struct config_type config_type_file = { .text = true,
	.parse = parse_text,
	.print = print_text };

/* Any octets: the key is not for people. */
static int
parse_password(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX])
{
	size_t len = strlen(text);

	if (strcmp(text, CONFIG_HIDDEN) == 0)
		return config_refuse(why,
		    "\"" CONFIG_HIDDEN "\" stands for a password that was not "
		    "printed; fill it in");
	if (len < key->min || len >= key->max)
		return config_refuse(why,
		    "must be %" PRIu32 " to %" PRIu32 " octets long", key->min,
		    key->max - 1);
	strlcpy(config_field(key, base), text, key->max);
	return 0;
}

const struct config_type config_type_password = { .text = true,
	.parse = parse_password,
	.print = print_text };
