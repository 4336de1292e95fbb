/*
 * The stored settings may come late: when the disk hangs, or cannot be opened
 * at first.  Until then what an operator sets holds, and is noted item by
 * item, also when it is taken back: so the stored state of it is left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings_internal.h"

static bool
was_set(const struct settings *s, const char *key)
{
	for (size_t i = 0; i < s->set_count; i++)
		if (strcmp(s->set[i], key) == 0)
			return true;
	return false;
}

/* Each once. */
static int
note(struct settings *s, const char *key)
{
	char(*grown)[SETTINGS_KEY_MAX];

	if (!s->partial || was_set(s, key))
		return 0;
	if (s->set_count == SETTINGS_KEYS_MAX)
		return -1;
	grown = reallocarray(s->set, s->set_count + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	s->set = grown;
	strlcpy(grown[s->set_count++], key, sizeof(*grown));
	return 0;
}

static const char *
neighbor_key(const char *neighbor, char buf[SETTINGS_KEY_MAX])
{
	snprintf(buf, SETTINGS_KEY_MAX, "neighbor %s", neighbor);
	return buf;
}

static const char *
exemption_key(const struct prefix *prefix, char buf[SETTINGS_KEY_MAX])
{
	char text[PREFIX_STRLEN];

	snprintf(buf, SETTINGS_KEY_MAX, "exemption %s",
	    prefix_print(prefix, text));
	return buf;
}

int
settings_note_neighbor(struct settings *s, const char *neighbor)
{
	char key[SETTINGS_KEY_MAX];

	return note(s, neighbor_key(neighbor, key));
}

int
settings_note_exemption(struct settings *s, const struct prefix *prefix)
{
	char key[SETTINGS_KEY_MAX];

	return note(s, exemption_key(prefix, key));
}

static int
merge_neighbor(struct settings *s, const char *name)
{
	char key[SETTINGS_KEY_MAX];

	if (was_set(s, neighbor_key(name, key)))
		return 0;
	return settings_set_disabled(s, name, true);
}

static int
merge_exemption(struct settings *s, const struct exemption *e)
{
	char key[SETTINGS_KEY_MAX];

	if (was_set(s, exemption_key(&e->prefix, key)))
		return 0;
	return settings_put_exemption(s, e);
}

static int
merge_generation(struct settings *s, const struct generation *g)
{
	int64_t number;

	if (settings_generation(s, g->owner, &number) && number >= g->number)
		return 0;
	return settings_set_generation(s, g->owner, g->number);
}

int
settings_merge(struct settings *s, struct settings *stored)
{
	int rc = 0;

	s->partial = false; /* nothing more is noted */
	if (!s->freeze_set)
		s->freeze = stored->freeze;
	for (size_t i = 0; i < stored->disabled_count; i++)
		if (merge_neighbor(s, stored->disabled[i]) == -1)
			rc = -1;
	for (size_t i = 0; i < stored->exemption_count; i++)
		if (merge_exemption(s, &stored->exemptions[i]) == -1)
			rc = -1;
	for (size_t i = 0; i < stored->generation_count; i++)
		if (merge_generation(s, &stored->generations[i]) == -1)
			rc = -1;
	free(s->set);
	s->set = NULL;
	s->set_count = 0;
	s->freeze_set = false;
	settings_fini(stored);
	return rc;
}
