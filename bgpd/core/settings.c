/*
 * A short list of names.  One that names no neighbor is kept: the neighbor may
 * come back with the next configuration.
 */
#include <stdlib.h>
#include <string.h>

#include "settings.h"

static size_t
find(const struct settings *s, const char *neighbor)
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
	*s = (struct settings){ 0 };
}

bool
settings_is_disabled(const struct settings *s, const char *neighbor)
{
	return find(s, neighbor) < s->disabled_count;
}

int
settings_set_disabled(struct settings *s, const char *neighbor, bool disabled)
{
	size_t i = find(s, neighbor);
	char(*names)[CONFIG_NAME_MAX];

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
	strlcpy(names[s->disabled_count++], neighbor, sizeof(*names));
	return 0;
}

void
settings_encode(const struct settings *s, struct wire_out *out)
{
	for (size_t i = 0; i < s->disabled_count; i++) {
		size_t mark = wire_mark_u8(out);

		wire_put_bytes(out, s->disabled[i], strlen(s->disabled[i]));
		wire_patch_u8(out, mark);
	}
}

static int
decode_name(struct settings *s, struct wire_in *in)
{
	struct wire_in name = wire_get_sub(in, wire_get_u8(in));
	char text[CONFIG_NAME_MAX] = "";

	if (name.failed || name.left == 0 || name.left >= sizeof(text) ||
	    memchr(name.at, '\0', name.left) != NULL)
		return -1;
	memcpy(text, name.at, name.left);
	if (settings_is_disabled(s, text))
		return -1;
	return settings_set_disabled(s, text, true);
}

int
settings_decode(struct settings *s, struct wire_in in)
{
	*s = (struct settings){ 0 };
	while (in.left > 0) {
		if (decode_name(s, &in) == -1) {
			settings_fini(s);
			return -1;
		}
	}
	return in.failed ? -1 : 0;
}
