/*
 * Short lists, looked through from front to back.  A name that is no
 * neighbor's is kept: the neighbor may come back with the next configuration.
 *
 * As bytes: one that version 0.1.0 never wrote first, then the items, each
 * with a tag and a length.  A tag of a later version is skipped.  Partial ones
 * say so, so that they are not stored in place of the whole.
 */
#include <stdlib.h>
#include <string.h>

#include "settings_internal.h"

#define FORMAT 0

enum tag {
	TAG_DISABLED = 1, /* a name */
	TAG_FREEZE,
	TAG_EXEMPTION,
	TAG_GENERATION,
	TAG_PARTIAL /* nothing */
};

static size_t
find_disabled(const struct settings *s, const char *neighbor)
{
	size_t i = 0;

	while (i < s->disabled_count && strcmp(s->disabled[i], neighbor) != 0)
		i++;
	return i;
}

void
settings_fini(struct settings *s)
{
	free(s->disabled);
	free(s->exemptions);
	free(s->generations);
	free(s->set);
	*s = (struct settings){ 0 };
}

void
settings_set_freeze(struct settings *s, const struct freeze *freeze)
{
	s->freeze = *freeze;
	s->freeze_set = s->partial;
}

bool
settings_is_disabled(const struct settings *s, const char *neighbor)
{
	return find_disabled(s, neighbor) < s->disabled_count;
}

int
settings_set_disabled(struct settings *s, const char *neighbor, bool disabled)
{
	size_t i = find_disabled(s, neighbor);
	char(*names)[CONFIG_NAME_MAX];

	if (!disabled || i < s->disabled_count) {
		if (settings_note_neighbor(s, neighbor) == -1)
			return -1;
	}
	if (disabled == (i < s->disabled_count))
		return 0;
	if (!disabled) {
		memmove(s->disabled + i, s->disabled + i + 1,
		    (--s->disabled_count - i) * sizeof(*s->disabled));
		return 0;
	}
	if (s->disabled_count == SETTINGS_DISABLED_MAX)
		return -1;
	names =
	    reallocarray(s->disabled, s->disabled_count + 1, sizeof(*names));
	if (names == NULL)
		return -1;
	s->disabled = names;
	if (settings_note_neighbor(s, neighbor) == -1)
		return -1;
	strlcpy(names[s->disabled_count++], neighbor, sizeof(*names));
	return 0;
}

/* The first that is not before the prefix in address order. */
static size_t
find_exemption(const struct settings *s, const struct prefix *prefix)
{
	size_t i = 0;

	while (i < s->exemption_count &&
	    prefix_cmp(&s->exemptions[i].prefix, prefix) < 0)
		i++;
	return i;
}

static bool
has_exemption(const struct settings *s, size_t i, const struct prefix *prefix)
{
	return i < s->exemption_count &&
	    prefix_cmp(&s->exemptions[i].prefix, prefix) == 0;
}

int
settings_put_exemption(struct settings *s, const struct exemption *e)
{
	size_t i = find_exemption(s, &e->prefix);
	struct exemption *grown;

	if (!has_exemption(s, i, &e->prefix)) {
		if (s->exemption_count == SETTINGS_EXEMPTIONS_MAX)
			return -1;
		grown = reallocarray(s->exemptions, s->exemption_count + 1,
		    sizeof(*grown));
		if (grown == NULL)
			return -1;
		s->exemptions = grown;
		if (settings_note_exemption(s, &e->prefix) == -1)
			return -1;
		memmove(grown + i + 1, grown + i,
		    (s->exemption_count++ - i) * sizeof(*grown));
	}
	s->exemptions[i] = *e;
	return 0;
}

bool
settings_drop_exemption(struct settings *s, const struct prefix *prefix)
{
	size_t i = find_exemption(s, prefix);

	if (!has_exemption(s, i, prefix))
		return false;
	memmove(s->exemptions + i, s->exemptions + i + 1,
	    (--s->exemption_count - i) * sizeof(*s->exemptions));
	return true;
}

const struct exemption *
settings_exemption(const struct settings *s, const struct prefix *prefix,
    int64_t now_ms)
{
	for (size_t i = 0; i < s->exemption_count; i++) {
		const struct exemption *e = &s->exemptions[i];

		if (e->expires_ms > now_ms &&
		    prefix_overlaps(&e->prefix, prefix))
			return e;
	}
	return NULL;
}

int64_t
settings_expire_exemptions(struct settings *s, int64_t now_ms)
{
	int64_t next_ms = VICTIM_NEVER;
	size_t left = 0;

	for (size_t i = 0; i < s->exemption_count; i++) {
		int64_t expires_ms = s->exemptions[i].expires_ms;

		if (expires_ms <= now_ms)
			continue;
		if (expires_ms < next_ms)
			next_ms = expires_ms;
		if (left != i)
			s->exemptions[left] = s->exemptions[i];
		left++;
	}
	s->exemption_count = left;
	return next_ms;
}

static size_t
find_generation(const struct settings *s, const char *owner)
{
	size_t i = 0;

	while (i < s->generation_count &&
	    strcmp(s->generations[i].owner, owner) != 0)
		i++;
	return i;
}

bool
settings_generation(const struct settings *s, const char *owner,
    int64_t *number)
{
	size_t i = find_generation(s, owner);

	if (i == s->generation_count)
		return false;
	*number = s->generations[i].number;
	return true;
}

int
settings_set_generation(struct settings *s, const char *owner, int64_t number)
{
	size_t i = find_generation(s, owner);
	struct generation *grown;

	if (i == s->generation_count) {
		if (s->generation_count == SETTINGS_GENERATIONS_MAX)
			return -1;
		grown = reallocarray(s->generations, s->generation_count + 1,
		    sizeof(*grown));
		if (grown == NULL)
			return -1;
		s->generations = grown;
		strlcpy(grown[s->generation_count++].owner, owner,
		    sizeof(grown->owner));
	}
	s->generations[i].number = number;
	return 0;
}

void
settings_begin_anew(struct settings *s, int64_t now_ms)
{
	if (s->freeze.since_ms > now_ms)
		s->freeze.since_ms = now_ms;
	for (size_t i = 0; i < s->exemption_count; i++) {
		struct exemption *e = &s->exemptions[i];

		if (e->expires_ms != VICTIM_NEVER)
			e->expires_ms = now_ms + (e->expires_ms - e->since_ms);
		e->since_ms = now_ms;
	}
}

static size_t
begin_item(struct wire_out *out, enum tag tag)
{
	wire_put_u8(out, (uint8_t)tag);
	return wire_mark_u16(out);
}

static void
put_text(struct wire_out *out, const char *text)
{
	size_t mark = wire_mark_u16(out);

	wire_put_bytes(out, text, strlen(text));
	wire_patch_u16(out, mark);
}

/* What is stored begins in 1970, wherever the wall clock was set to. */
static void
put_time(struct wire_out *out, int64_t ms, int64_t wall_ahead_ms)
{
	uint64_t wall_ms = 0;

	if (ms == VICTIM_NEVER)
		wall_ms = UINT64_MAX;
	else if (ms + wall_ahead_ms > 0)
		wall_ms = (uint64_t)(ms + wall_ahead_ms);
	wire_put_u64(out, wall_ms);
}

static void
encode_freeze(const struct freeze *f, int64_t wall_ahead_ms,
    struct wire_out *out)
{
	size_t mark = begin_item(out, TAG_FREEZE);

	put_time(out, f->since_ms, wall_ahead_ms);
	put_text(out, f->by);
	put_text(out, f->reason);
	wire_patch_u16(out, mark);
}

static void
encode_exemption(const struct exemption *e, int64_t wall_ahead_ms,
    struct wire_out *out)
{
	size_t mark = begin_item(out, TAG_EXEMPTION);

	wire_put_u8(out, e->prefix.family);
	wire_put_u8(out, e->prefix.len);
	wire_put_bytes(out, e->prefix.addr, sizeof(e->prefix.addr));
	put_time(out, e->since_ms, wall_ahead_ms);
	put_time(out, e->expires_ms, wall_ahead_ms);
	put_text(out, e->by);
	put_text(out, e->reason);
	wire_patch_u16(out, mark);
}

static void
encode_generation(const struct generation *g, struct wire_out *out)
{
	size_t mark = begin_item(out, TAG_GENERATION);

	wire_put_u64(out, (uint64_t)g->number);
	put_text(out, g->owner);
	wire_patch_u16(out, mark);
}

void
settings_encode(const struct settings *s, int64_t wall_ahead_ms,
    struct wire_out *out)
{
	wire_put_u8(out, FORMAT);
	for (size_t i = 0; i < s->disabled_count; i++) {
		size_t mark = begin_item(out, TAG_DISABLED);

		put_text(out, s->disabled[i]);
		wire_patch_u16(out, mark);
	}
	if (s->freeze.frozen)
		encode_freeze(&s->freeze, wall_ahead_ms, out);
	for (size_t i = 0; i < s->exemption_count; i++)
		encode_exemption(&s->exemptions[i], wall_ahead_ms, out);
	for (size_t i = 0; i < s->generation_count; i++)
		encode_generation(&s->generations[i], out);
	if (s->partial)
		wire_patch_u16(out, begin_item(out, TAG_PARTIAL));
}

/* The next text, of less than size bytes; a failure makes in bad. */
static void
get_text(struct wire_in *in, char *buf, size_t size)
{
	struct wire_in text = wire_get_sub(in, wire_get_u16(in));

	buf[0] = '\0';
	if (text.left == 0)
		return;
	if (text.left >= size || memchr(text.at, '\0', text.left) != NULL) {
		in->failed = true;
		return;
	}
	memcpy(buf, text.at, text.left);
	buf[text.left] = '\0';
}

/* A time that was stored is not before 1970. */
static int64_t
get_time(struct wire_in *in, int64_t wall_ahead_ms)
{
	uint64_t wall_ms = wire_get_u64(in);

	if (wall_ms == UINT64_MAX)
		return VICTIM_NEVER;
	if (wall_ms > INT64_MAX / 2)
		in->failed = true;
	return (int64_t)wall_ms - wall_ahead_ms;
}

static int
decode_disabled(struct settings *s, int64_t wall_ahead_ms, struct wire_in *in)
{
	char name[CONFIG_NAME_MAX];

	(void)wall_ahead_ms;
	get_text(in, name, sizeof(name));
	if (!wire_done(in) || name[0] == '\0' || settings_is_disabled(s, name))
		return -1;
	return settings_set_disabled(s, name, true);
}

static int
decode_freeze(struct settings *s, int64_t wall_ahead_ms, struct wire_in *in)
{
	struct freeze *f = &s->freeze;

	if (f->frozen)
		return -1;
	f->frozen = true;
	f->since_ms = get_time(in, wall_ahead_ms);
	get_text(in, f->by, sizeof(f->by));
	get_text(in, f->reason, sizeof(f->reason));
	return wire_done(in) ? 0 : -1;
}

/* Bits behind the length, and octets behind an IPv4 address, are zero. */
static int
get_prefix(struct wire_in *in, struct prefix *p)
{
	uint8_t family = wire_get_u8(in), len = wire_get_u8(in);
	const uint8_t *addr = wire_get_bytes(in, sizeof(p->addr));

	if (addr == NULL || family >= FAMILIES ||
	    len > family_bits((enum family)family))
		return -1;
	*p = (struct prefix){ .family = family, .len = len };
	memcpy(p->addr, addr, sizeof(p->addr));
	for (size_t bit = len; bit < sizeof(p->addr) * 8; bit++) {
		if ((p->addr[bit / 8] & (0x80U >> bit % 8)) != 0)
			return -1;
	}
	return 0;
}

static int
decode_exemption(struct settings *s, int64_t wall_ahead_ms, struct wire_in *in)
{
	struct exemption e = { 0 };

	if (get_prefix(in, &e.prefix) == -1)
		return -1;
	e.since_ms = get_time(in, wall_ahead_ms);
	e.expires_ms = get_time(in, wall_ahead_ms);
	get_text(in, e.by, sizeof(e.by));
	get_text(in, e.reason, sizeof(e.reason));
	if (!wire_done(in) || e.since_ms == VICTIM_NEVER ||
	    has_exemption(s, find_exemption(s, &e.prefix), &e.prefix))
		return -1;
	return settings_put_exemption(s, &e);
}

static int
decode_generation(struct settings *s, int64_t wall_ahead_ms, struct wire_in *in)
{
	int64_t number = (int64_t)wire_get_u64(in), before;
	char owner[OWNER_MAX + 1];

	(void)wall_ahead_ms;
	get_text(in, owner, sizeof(owner));
	if (!wire_done(in) || owner[0] == '\0' ||
	    settings_generation(s, owner, &before))
		return -1;
	return settings_set_generation(s, owner, number);
}

static int
decode_partial(struct settings *s, int64_t wall_ahead_ms, struct wire_in *in)
{
	(void)wall_ahead_ms;
	if (s->partial || !wire_done(in))
		return -1;
	s->partial = true;
	return 0;
}

static int
decode_item(struct settings *s, int64_t wall_ahead_ms, struct wire_in *in)
{
	static int (*const decoders[])(struct settings *, int64_t,
	    struct wire_in *) = {
		[TAG_DISABLED] = decode_disabled,
		[TAG_FREEZE] = decode_freeze,
		[TAG_EXEMPTION] = decode_exemption,
		[TAG_GENERATION] = decode_generation,
		[TAG_PARTIAL] = decode_partial,
	};
	uint8_t tag = wire_get_u8(in);
	struct wire_in item = wire_get_sub(in, wire_get_u16(in));

	if (item.failed || tag == 0)
		return -1;
	if (tag >= sizeof(decoders) / sizeof(decoders[0]))
		return 0;
	return decoders[tag](s, wall_ahead_ms, &item);
}

int
settings_decode(struct settings *s, int64_t wall_ahead_ms, struct wire_in in)
{
	*s = (struct settings){ 0 };
	if (in.left > 0 && wire_get_u8(&in) != FORMAT)
		return -1;
	while (in.left > 0) {
		if (decode_item(s, wall_ahead_ms, &in) == -1) {
			settings_fini(s);
			return -1;
		}
	}
	return in.failed ? -1 : 0;
}
