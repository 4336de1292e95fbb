/*
 * Communities from text into sorted sets, and from there onto the wire.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "community.h"

static const struct {
	const char *name;
	uint32_t value;
} well_known[] = {
	{ "blackhole", COMMUNITY_BLACKHOLE },
	{ "graceful-shutdown", COMMUNITY_GRACEFUL_SHUTDOWN },
	{ "no-export", COMMUNITY_NO_EXPORT },
	{ "no-advertise", COMMUNITY_NO_ADVERTISE },
	{ "no-export-subconfed", COMMUNITY_NO_EXPORT_SUBCONFED },
	{ "no-peer", COMMUNITY_NO_PEER },
};
#define WELL_KNOWN (sizeof(well_known) / sizeof(well_known[0]))

static int
large_cmp(const struct large_community *a, const struct large_community *b)
{
	if (a->global != b->global)
		return a->global < b->global ? -1 : 1;
	if (a->local1 != b->local1)
		return a->local1 < b->local1 ? -1 : 1;
	if (a->local2 != b->local2)
		return a->local2 < b->local2 ? -1 : 1;
	return 0;
}

static enum community_error
add(struct community_set *set, uint32_t value)
{
	size_t i = 0;

	while (i < set->count && set->values[i] < value)
		i++;
	if (i < set->count && set->values[i] == value)
		return COMMUNITY_OK;
	if (set->count == COMMUNITY_MAX)
		return COMMUNITY_FULL;
	memmove(&set->values[i + 1], &set->values[i],
	    (set->count - i) * sizeof(set->values[0]));
	set->values[i] = value;
	set->count++;
	return COMMUNITY_OK;
}

static enum community_error
add_large(struct community_set *set, const struct large_community *c)
{
	size_t i = 0;

	while (i < set->large_count && large_cmp(&set->large[i], c) < 0)
		i++;
	if (i < set->large_count && large_cmp(&set->large[i], c) == 0)
		return COMMUNITY_OK;
	if (set->large_count == COMMUNITY_MAX)
		return COMMUNITY_FULL;
	memmove(&set->large[i + 1], &set->large[i],
	    (set->large_count - i) * sizeof(set->large[0]));
	set->large[i] = *c;
	set->large_count++;
	return COMMUNITY_OK;
}

/*
 * A decimal number up to max at *text, which moves behind it.  Neither sign
 * nor leading zero, so that a value has one text only.
 */
static bool
parse_number(const char **text, uint32_t max, uint32_t *value)
{
	const char *at = *text;
	uint64_t v = 0;

	if (at[0] == '0' && at[1] >= '0' && at[1] <= '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		v = v * 10 + (uint64_t)(*at - '0');
		if (v > max)
			return false;
	}
	if (at == *text)
		return false;
	*text = at;
	*value = (uint32_t)v;
	return true;
}

/* count numbers up to max with a colon between them, and nothing else. */
static bool
parse_numbers(const char *text, size_t count, uint32_t max, uint32_t *values)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && *text++ != ':')
			return false;
		if (!parse_number(&text, max, &values[i]))
			return false;
	}
	return *text == '\0';
}

enum community_error
community_parse(struct community_set *set, const char *text)
{
	uint32_t v[3];

	for (size_t i = 0; i < WELL_KNOWN; i++)
		if (strcmp(text, well_known[i].name) == 0)
			return add(set, well_known[i].value);
	if (parse_numbers(text, 2, UINT16_MAX, v))
		return add(set, v[0] << 16 | v[1]);
	if (parse_numbers(text, 3, UINT32_MAX, v))
		return add_large(set,
		    &(struct large_community){ v[0], v[1], v[2] });
	return COMMUNITY_SYNTAX;
}

bool
community_has(const struct community_set *set, uint32_t value)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->values[i] == value)
			return true;
	return false;
}

bool
community_equal(const struct community_set *a, const struct community_set *b)
{
	if (a->count != b->count || a->large_count != b->large_count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->values[i] != b->values[i])
			return false;
	for (size_t i = 0; i < a->large_count; i++)
		if (large_cmp(&a->large[i], &b->large[i]) != 0)
			return false;
	return true;
}

const char *
community_print(uint32_t value, char buf[COMMUNITY_STRLEN])
{
	for (size_t i = 0; i < WELL_KNOWN; i++)
		if (well_known[i].value == value) {
			snprintf(buf, COMMUNITY_STRLEN, "%s",
			    well_known[i].name);
			return buf;
		}
	snprintf(buf, COMMUNITY_STRLEN, "%" PRIu32 ":%" PRIu32, value >> 16,
	    value & UINT16_MAX);
	return buf;
}

const char *
large_community_print(const struct large_community *c,
    char buf[COMMUNITY_STRLEN])
{
	snprintf(buf, COMMUNITY_STRLEN, "%" PRIu32 ":%" PRIu32 ":%" PRIu32,
	    c->global, c->local1, c->local2);
	return buf;
}

void
community_encode(const struct community_set *set, struct wire_out *out)
{
	for (size_t i = 0; i < set->count; i++)
		wire_put_u32(out, set->values[i]);
}

void
large_community_encode(const struct community_set *set, struct wire_out *out)
{
	for (size_t i = 0; i < set->large_count; i++) {
		wire_put_u32(out, set->large[i].global);
		wire_put_u32(out, set->large[i].local1);
		wire_put_u32(out, set->large[i].local2);
	}
}
