/*
 * Only what a command names is compared: one without communities does not ask
 * for routes without them.
 */
#include <string.h>

#include "human.h"
#include "line.h"
#include "look.h"

static bool
has_communities(const struct exabgp_command *c)
{
	return c->communities.count > 0 || c->communities.large_count > 0;
}

bool
look_is_said(const struct exabgp_command *c)
{
	return c->has_next_hop || has_communities(c);
}

bool
look_is_same(const struct exabgp_command *a, const struct exabgp_command *b)
{
	return a->has_next_hop == b->has_next_hop &&
	    prefix_cmp(&a->next_hop, &b->next_hop) == 0 &&
	    community_equal(&a->communities, &b->communities);
}

static void
add_all(struct community_set *set, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text = json_string_value(one);

		if (text != NULL)
			(void)community_parse(set, text);
	}
}

static void
print_set(const struct community_set *set, struct line *line)
{
	char buf[COMMUNITY_STRLEN];

	for (size_t i = 0; i < set->count; i++)
		line_add(line, " %s", community_print(set->values[i], buf));
	for (size_t i = 0; i < set->large_count; i++)
		line_add(line, " %s",
		    large_community_print(&set->large[i], buf));
}

/* " next hop 192.0.2.1, communities blackhole"; parts not given are left out */
static void
print_look(const struct prefix *next_hop, const struct community_set *set,
    struct line *line)
{
	char buf[PREFIX_STRLEN];

	if (next_hop != NULL)
		line_add(line, " next hop %s",
		    prefix_print_address(next_hop, buf));
	if (next_hop != NULL && set != NULL)
		line_add(line, ",");
	if (set != NULL) {
		line_add(line, " communities");
		print_set(set, line);
	}
}

static bool
differs_at(const struct exabgp_command *c, const json_t *neighbor,
    struct line *line)
{
	struct community_set set = { 0 };
	struct prefix next_hop = { 0 };
	bool other_hop, other_set;

	add_all(&set, json_object_get(neighbor, "communities"));
	add_all(&set, json_object_get(neighbor, "large_communities"));
	(void)prefix_parse_address(&next_hop, human_text(neighbor, "next_hop"));
	other_hop = c->has_next_hop && prefix_cmp(&next_hop, &c->next_hop) != 0;
	other_set =
	    has_communities(c) && !community_equal(&set, &c->communities);
	if (!other_hop && !other_set)
		return false;
	line_init(line);
	line_add(line, "the commands say");
	print_look(other_hop ? &c->next_hop : NULL,
	    other_set ? &c->communities : NULL, line);
	line_add(line, "; neighbor %s gets", human_text(neighbor, "name"));
	print_look(other_hop ? &next_hop : NULL, other_set ? &set : NULL, line);
	line_add(line, ", as bgpd.yaml says");
	return true;
}

bool
look_is_known(const json_t *explain)
{
	const json_t *neighbor;
	size_t i;

	json_array_foreach(json_object_get(explain, "neighbors"), i, neighbor)
	{
		if (json_is_true(json_object_get(neighbor, "announced")))
			return true;
	}
	return false;
}

bool
look_differs(const struct exabgp_command *c, const json_t *explain,
    struct line *line)
{
	const json_t *neighbor;
	size_t i;

	json_array_foreach(json_object_get(explain, "neighbors"), i, neighbor)
	{
		if (json_is_true(json_object_get(neighbor, "announced")) &&
		    differs_at(c, neighbor, line))
			return true;
	}
	return false;
}
