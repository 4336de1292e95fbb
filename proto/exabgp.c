/*
 * ExaBGP commands are words: [neighbor ...] announce|withdraw, what, a prefix,
 * and attributes, a name and a value each.  A value is one word or a list in
 * brackets.  The text is walked over word by word and never changed.
 */
#include <stdio.h>
#include <string.h>

#include "exabgp.h"

#define WORD_MAX 128

/* Where the walk is, and the word that was read last. */
struct walk {
	const char *at;
	char word[WORD_MAX]; /* empty: the end of the line */
	struct exabgp_command *c;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

static bool
is_bracket(char c)
{
	return c != '\0' && strchr("[]()", c) != NULL;
}

/* A bracket is a word of its own; a comma is white space. */
static const char *
next_word(struct walk *w)
{
	size_t len = 0;

	while (is_blank(*w->at))
		w->at++;
	if (is_bracket(*w->at))
		len = 1;
	else
		while (w->at[len] != '\0' && !is_blank(w->at[len]) &&
		    !is_bracket(w->at[len]))
			len++;
	/* what does not fit is cut; nothing so long is known anyhow */
	snprintf(w->word, sizeof(w->word), "%.*s",
	    (int)(len < WORD_MAX ? len : WORD_MAX - 1), w->at);
	w->at += len;
	return w->word;
}

static bool
is_word(const struct walk *w, const char *word)
{
	return strcmp(w->word, word) == 0;
}

static bool
next_is(struct walk *w, const char *word)
{
	return strcmp(next_word(w), word) == 0;
}

static bool
is_one_of(const struct walk *w, const char *const *words)
{
	while (*words != NULL && strcmp(w->word, *words) != 0)
		words++;
	return *words != NULL;
}

static int
wrong(struct walk *w, const char *what)
{
	w->c->kind = EXABGP_WRONG;
	snprintf(w->c->why, sizeof(w->c->why), "%s", what);
	return -1;
}

static int
wrong_word(struct walk *w, const char *what)
{
	w->c->kind = EXABGP_WRONG;
	snprintf(w->c->why, sizeof(w->c->why), "\"%.100s\" %s", w->word, what);
	return -1;
}

/* A name is kept once, and whole or not at all. */
static void
ignore(struct exabgp_command *c, const char *name)
{
	size_t len = strlen(c->ignored), name_len = strlen(name);
	const char *at = c->ignored;

	while ((at = strstr(at, name)) != NULL) {
		if ((at == c->ignored || at[-1] == ' ') &&
		    (at[name_len] == ',' || at[name_len] == '\0'))
			return;
		at += name_len;
	}
	if (len + name_len + 3 > sizeof(c->ignored))
		return;
	snprintf(c->ignored + len, sizeof(c->ignored) - len, "%s%s",
	    len > 0 ? ", " : "", name);
}

static int
take_next_hop(struct walk *w, const char *name)
{
	struct exabgp_command *c = w->c;

	(void)name; /* it is always read */
	next_word(w);
	c->has_next_hop = !is_word(w, "self");
	if (c->has_next_hop &&
	    prefix_parse_address(&c->next_hop, w->word) != PREFIX_OK)
		return wrong_word(w, "is no next hop");
	return 0;
}

/* What the configuration cannot say is no community of ours either. */
static void
take_community(struct walk *w, const char *name)
{
	if (community_parse(&w->c->communities, w->word) != COMMUNITY_OK)
		ignore(w->c, name);
}

static int
take_communities(struct walk *w, const char *name)
{
	next_word(w);
	if (!is_word(w, "[")) {
		if (*w->word == '\0')
			return wrong(w, "a community is missing");
		take_community(w, name);
		return 0;
	}
	while (!next_is(w, "]")) {
		if (*w->word == '\0')
			return wrong(w, "a \"]\" is missing");
		take_community(w, name);
	}
	return 0;
}

/* One word, or all within brackets. */
static int
skip_value(struct walk *w, const char *name)
{
	const char *end;

	next_word(w);
	if (*w->word == '\0')
		return wrong(w, "the last attribute has no value");
	ignore(w->c, name);
	if (!is_word(w, "[") && !is_word(w, "("))
		return 0;
	end = is_word(w, "[") ? "]" : ")";
	while (!next_is(w, end)) {
		if (*w->word == '\0')
			return wrong(w, "a closing bracket is missing");
	}
	return 0;
}

static int
skip_flag(struct walk *w, const char *name)
{
	ignore(w->c, name);
	return 0;
}

static const struct attribute {
	const char *name;
	int (*take)(struct walk *w, const char *name);
} attributes[] = {
	{ "next-hop", take_next_hop },
	{ "community", take_communities },
	{ "large-community", take_communities },
	{ "aggregator", skip_value },
	{ "aigp", skip_value },
	{ "as-path", skip_value },
	{ "as-sequence", skip_value },
	{ "atomic-aggregate", skip_flag },
	{ "attribute", skip_value },
	{ "bgp-prefix-sid", skip_value },
	{ "cluster-list", skip_value },
	{ "extended-community", skip_value },
	{ "label", skip_value },
	{ "local-preference", skip_value },
	{ "med", skip_value },
	{ "name", skip_value },
	{ "origin", skip_value },
	{ "originator-id", skip_value },
	{ "path-information", skip_value },
	{ "rd", skip_value },
	{ "route-distinguisher", skip_value },
	{ "split", skip_value },
	{ "watchdog", skip_value },
};
#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* Of the word that was read.  -1: it is wrong. */
static int
take_attribute(struct walk *w)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (is_word(w, attributes[i].name))
			return attributes[i].take(w, attributes[i].name);
	}
	return wrong_word(w, "is no attribute");
}

static int
parse_prefix(struct walk *w, struct prefix *p)
{
	if (*w->word == '\0')
		return wrong(w, "the prefix is missing");
	switch (prefix_parse(p, w->word)) {
	case PREFIX_OK:
		return 0;
	case PREFIX_HOST_BITS:
		return wrong_word(w, "has host bits set");
	case PREFIX_SYNTAX:
		break;
	}
	return wrong_word(w, "is no IPv4 or IPv6 prefix");
}

/* The word that was read is the prefix; family NULL: either. */
static int
parse_route(struct walk *w, const char *family)
{
	struct exabgp_command *c = w->c;

	if (parse_prefix(w, &c->one) == -1)
		return -1;
	if (family != NULL &&
	    strcmp(family, family_name((enum family)c->one.family)) != 0)
		return wrong_word(w, "is of the other family");
	c->has_one = true;
	while (*next_word(w) != '\0') {
		if (take_attribute(w) == -1)
			return -1;
	}
	return 0;
}

/* attributes ... nlri P P P */
static int
parse_attributes(struct walk *w)
{
	struct prefix p;

	while (!next_is(w, "nlri")) {
		if (*w->word == '\0')
			return wrong(w, "\"nlri\" is missing");
		if (take_attribute(w) == -1)
			return -1;
	}
	w->c->more = w->at;
	next_word(w);
	do {
		if (!is_bracket(*w->word) && parse_prefix(w, &p) == -1)
			return -1;
	} while (*next_word(w) != '\0');
	return 0;
}

static int
other(struct walk *w, const char *verb, const char *what)
{
	w->c->kind = EXABGP_OTHER;
	snprintf(w->c->why, sizeof(w->c->why),
	    "\"%s%s%.100s\" means nothing here", verb,
	    *verb != '\0' && *what != '\0' ? " " : "", what);
	return -1;
}

/* ipv4 unicast P ...: other families than unicast are not for us */
static int
parse_family(struct walk *w, const char *verb, const char *family)
{
	char what[WORD_MAX + 8];

	if (!next_is(w, "unicast")) {
		snprintf(what, sizeof(what), "%s %s", family, w->word);
		return other(w, verb, what);
	}
	next_word(w);
	return parse_route(w, family);
}

/* Behind announce or withdraw. */
static int
parse_what(struct walk *w, const char *verb)
{
	static const char *const others[] = { "eor", "flow", "operational",
		"route-refresh", "vpls", "l2vpn", "watchdog", NULL };

	next_word(w);
	if (is_word(w, "route")) {
		next_word(w);
		return parse_route(w, NULL);
	}
	if (is_word(w, "attributes") || is_word(w, "attribute"))
		return parse_attributes(w);
	if (is_word(w, "ipv4"))
		return parse_family(w, verb, "ipv4");
	if (is_word(w, "ipv6"))
		return parse_family(w, verb, "ipv6");
	if (is_one_of(w, others))
		return other(w, verb, w->word);
	if (*w->word == '\0')
		return wrong(w, "what to announce or withdraw is missing");
	return wrong_word(w, "is nothing that can be announced");
}

static bool
is_verb(const struct walk *w)
{
	return is_word(w, "announce") || is_word(w, "withdraw");
}

/* What else a program may say to ExaBGP. */
static const char *const commands[] = { "shutdown", "reload", "restart",
	"version", "show", "clear", "flush", "reset", "help", "ping", "crash",
	"teardown", "enable-ack", "disable-ack", "silence-ack", "session",
	"operational", "eor", "route-refresh", "adj-rib", "api", "group", "rib",
	"daemon", "system", "done", "error", NULL };

/* Which neighbors, up to what they are to do: "neighbor A peer-as N, neighbor
 * B". */
static void
skip_neighbors(struct walk *w)
{
	while (*w->word != '\0' && !is_verb(w) && !is_one_of(w, commands)) {
		if ((is_word(w, "neighbor") || is_word(w, "peer")) &&
		    !next_is(w, "*"))
			ignore(w->c, "neighbor");
		next_word(w);
	}
}

static void
parse_command(struct walk *w)
{
	struct exabgp_command *c = w->c;
	bool announces;

	if (is_word(w, "neighbor") || is_word(w, "peer"))
		skip_neighbors(w);
	if (!is_verb(w)) {
		if (is_one_of(w, commands))
			other(w, "", w->word);
		else
			wrong_word(w, "is no command");
		return;
	}
	announces = is_word(w, "announce");
	c->kind = announces ? EXABGP_ANNOUNCE : EXABGP_WITHDRAW;
	/* what is wrong with it, it has noted */
	(void)parse_what(w, announces ? "announce" : "withdraw");
}

enum exabgp_kind
exabgp_parse(struct exabgp_command *c, const char *line)
{
	struct walk w = { .at = line, .c = c };

	*c = (struct exabgp_command){ .kind = EXABGP_NOTHING };
	next_word(&w);
	if (*w.word != '\0' && *w.word != '#')
		parse_command(&w);
	return c->kind;
}

bool
exabgp_next(struct exabgp_command *c, struct prefix *p)
{
	struct walk w = { .at = c->more, .c = c };

	if (c->has_one) {
		*p = c->one;
		c->has_one = false;
		return true;
	}
	if (c->more == NULL)
		return false;
	while (*next_word(&w) != '\0') {
		c->more = w.at;
		if (prefix_parse(p, w.word) == PREFIX_OK)
			return true;
	}
	c->more = NULL;
	return false;
}
