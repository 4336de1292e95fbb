/*
 * The parameters are a table: a method says which of them it takes, and each
 * is decoded and checked in one place.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "timefmt.h"

#include "ctl.h"

/* Room for a value of the client's in a message. */
#define VALUE_STRLEN 64
/* Room for the list of what a method takes. */
#define TAKES_STRLEN 256

/* The value at fault as JSON, cut off; gives buf. */
static const char *
show(const json_t *v, char buf[VALUE_STRLEN])
{
	size_t len = 0;

	if (json_is_string(v)) {
		snprintf(buf, VALUE_STRLEN, "\"%.40s\"", json_string_value(v));
		return buf;
	}
	if (!json_is_array(v) && !json_is_object(v))
		len = json_dumpb(v, buf, VALUE_STRLEN - 1, JSON_ENCODE_ANY);
	if (len == 0 || len >= VALUE_STRLEN)
		return json_is_array(v) ? "[...]" : "{...}";
	buf[len] = '\0';
	return buf;
}

/* One parameter as it was given, and where it goes. */
struct given {
	const char *name;
	const json_t *json;
	void *to;
	struct rpc_error *why;
};

static int
wrong(const struct given *g, const char *expected)
{
	char buf[VALUE_STRLEN];

	return rpc_error_set(g->why, RPC_INVALID_PARAMS, "%s %s is %s", g->name,
	    show(g->json, buf), expected);
}

/* That of a prefix with host bits, without its length. */
static int
decode_address(struct ctl_params *p, const char *text)
{
	char address[64];

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "/"),
	    text);
	prefix_parse_address(&p->address, address);
	return 0;
}

static int
decode_prefix(struct ctl_params *p, const struct given *g)
{
	const char *text = json_string_value(g->json);

	if (text == NULL)
		return wrong(g, "no string");
	switch (prefix_parse(g->to, text)) {
	case PREFIX_OK:
		return 0;
	case PREFIX_HOST_BITS:
		p->host_bits = text;
		return decode_address(p, text);
	case PREFIX_SYNTAX:
		break;
	}
	return wrong(g, "no IPv4 or IPv6 address or prefix");
}

static int
decode_bool(struct ctl_params *p, const struct given *g)
{
	(void)p;
	if (!json_is_boolean(g->json))
		return wrong(g, "neither true nor false");
	*(bool *)g->to = json_is_true(g->json);
	return 0;
}

static int
decode_number(const struct given *g, uint32_t min, uint32_t max, uint32_t *to)
{
	json_int_t n = json_integer_value(g->json);
	char expected[64];

	if (json_is_integer(g->json) && n >= min && n <= max) {
		*to = (uint32_t)n;
		return 0;
	}
	snprintf(expected, sizeof(expected), "no whole number from %u to %u",
	    min, max);
	return wrong(g, expected);
}

static int
decode_timeout(struct ctl_params *p, const struct given *g)
{
	return decode_number(g, 1, CTL_TIMEOUT_MAX_S, &p->timeout_s);
}

static int
decode_limit(struct ctl_params *p, const struct given *g)
{
	return decode_number(g, 1, CTL_LIMIT_MAX, &p->limit);
}

static int
decode_max_withdraw(struct ctl_params *p, const struct given *g)
{
	return decode_number(g, 0, UINT32_MAX, &p->max_withdraw);
}

/* An entry's number or a generation: not negative. */
static int
decode_counter(struct ctl_params *p, const struct given *g)
{
	(void)p;
	if (!json_is_integer(g->json) || json_integer_value(g->json) < 0)
		return wrong(g, "no whole number from 0 up");
	*(int64_t *)g->to = json_integer_value(g->json);
	return 0;
}

static int
decode_ttl(struct ctl_params *p, const struct given *g)
{
	const char *text = json_string_value(g->json);

	if (text == NULL)
		return decode_number(g, 1, UINT32_MAX, &p->ttl_s);
	p->ttl_max = strcmp(text, "max") == 0;
	if (p->ttl_max || (duration_parse(&p->ttl_s, text) && p->ttl_s > 0))
		return 0;
	return wrong(g,
	    "no duration: give 90s, 30m, 2h, 7d, a number of seconds, or max");
}

/* An instant, or how long ago. */
static int
decode_since(struct ctl_params *p, const struct given *g)
{
	const char *text = json_string_value(g->json);

	if (text == NULL)
		return decode_number(g, 1, UINT32_MAX, &p->since_ago_s);
	if (instant_parse(&p->since_ms, text) ||
	    (duration_parse(&p->since_ago_s, text) && p->since_ago_s > 0))
		return 0;
	return wrong(g,
	    "no instant like 2026-11-22T10:00:00Z, and no duration like 2h");
}

static int
decode_owner(struct ctl_params *p, const struct given *g)
{
	p->owner = json_string_value(g->json);
	if (p->owner != NULL && ctl_owner_is_valid(p->owner))
		return 0;
	return wrong(g, "no owner: that is 1 to 64 of A-Z a-z 0-9 . _ / -");
}

static int
decode_reason(struct ctl_params *p, const struct given *g)
{
	p->reason = json_string_value(g->json);
	if (p->reason != NULL && ctl_reason_is_valid(p->reason))
		return 0;
	return wrong(g,
	    "no reason: that is up to 256 bytes without control characters");
}

const char *
ctl_wait_name(enum ctl_wait wait)
{
	static const char *const names[] = { [CTL_WAIT_STORED] = "stored",
		[CTL_WAIT_SENT] = "sent",
		[CTL_WAIT_DELIVERED] = "delivered" };

	return names[wait];
}

static int
decode_wait(struct ctl_params *p, const struct given *g)
{
	const char *text = json_string_value(g->json);

	for (int i = CTL_WAIT_STORED; i <= CTL_WAIT_DELIVERED; i++) {
		p->wait = (enum ctl_wait)i;
		if (text != NULL && strcmp(text, ctl_wait_name(p->wait)) == 0)
			return 0;
	}
	return wrong(g, "none of \"stored\", \"sent\" and \"delivered\"");
}

static int
decode_name(struct ctl_params *p, const struct given *g)
{
	p->name = json_string_value(g->json);
	if (p->name != NULL && *p->name != '\0')
		return 0;
	return wrong(g, "no name");
}

static int
decode_message(struct ctl_params *p, const struct given *g)
{
	p->message = json_string_value(g->json);
	if (p->message != NULL && ctl_message_is_valid(p->message))
		return 0;
	return wrong(g,
	    "no message: that is up to 255 bytes without control characters");
}

/* null: all of them. */
static int
decode_neighbors(struct ctl_params *p, const struct given *g)
{
	struct given one = { .name = g->name, .why = g->why };
	size_t count = json_array_size(g->json);

	if (json_is_null(g->json))
		return 0;
	if (count == 0 || count > CTL_NEIGHBORS_MAX)
		return wrong(g, "no array of 1 to 512 names of neighbors");
	for (size_t i = 0; i < count; i++) {
		const char *text;

		one.json = json_array_get(g->json, i);
		text = json_string_value(one.json);
		if (text == NULL || !ctl_neighbor_is_valid(text))
			return wrong(&one, "no neighbor's name");
	}
	p->neighbors = g->json;
	return 0;
}

/* Its elements are decoded one by one, by whoever goes through them. */
static int
decode_many(struct ctl_params *p, const struct given *g)
{
	(void)p;
	if (!json_is_array(g->json))
		return wrong(g, "no array");
	if (json_array_size(g->json) > CTL_MANY_MAX)
		return rpc_error_set(g->why, RPC_INVALID_PARAMS,
		    "%s has %zu elements: %d is the most of one request",
		    g->name, json_array_size(g->json), CTL_MANY_MAX);
	*(const json_t **)g->to = g->json;
	return 0;
}

static int
decode_types(struct ctl_params *p, const struct given *g)
{
	struct given one = { .name = g->name, .why = g->why };
	size_t i;

	if (json_array_size(g->json) == 0)
		return wrong(g, "no array of event types");
	for (i = 0; i < json_array_size(g->json); i++) {
		one.json = json_array_get(g->json, i);
		if (!json_is_string(one.json))
			return wrong(&one, "no event type");
	}
	p->types = g->json;
	return 0;
}

#define TO(member) offsetof(struct ctl_params, member)

/* to: where it goes, of those that one function decodes several of. */
static const struct {
	const char *name;
	int (*decode)(struct ctl_params *p, const struct given *g);
	size_t to;
} params[CTL_PARAMS] = {
	[CTL_PREFIX] = { "prefix", decode_prefix, TO(prefix) },
	[CTL_TTL] = { "ttl", decode_ttl, 0 },
	[CTL_PERMANENT] = { "permanent", decode_bool, TO(permanent) },
	[CTL_OWNER] = { "owner", decode_owner, 0 },
	[CTL_ALL_OWNERS] = { "all_owners", decode_bool, TO(all_owners) },
	[CTL_REASON] = { "reason", decode_reason, 0 },
	[CTL_WAIT] = { "wait", decode_wait, 0 },
	[CTL_TIMEOUT] = { "timeout", decode_timeout, 0 },
	[CTL_LIMIT] = { "limit", decode_limit, 0 },
	[CTL_AFTER] = { "after", decode_prefix, TO(after) },
	[CTL_NAME] = { "name", decode_name, 0 },
	[CTL_SOFT] = { "soft", decode_bool, TO(soft) },
	[CTL_MESSAGE] = { "message", decode_message, 0 },
	[CTL_WITHDRAW] = { "withdraw", decode_bool, TO(withdraw) },
	[CTL_NEIGHBORS] = { "neighbors", decode_neighbors, 0 },
	[CTL_DRY_RUN] = { "dry_run", decode_bool, TO(dry_run) },
	[CTL_HOLD] = { "hold", decode_bool, TO(hold) },
	[CTL_NOW] = { "now", decode_bool, TO(now) },
	[CTL_VICTIMS] = { "victims", decode_many, TO(victims) },
	[CTL_PREFIXES] = { "prefixes", decode_many, TO(prefixes) },
	[CTL_GENERATION] = { "generation", decode_counter, TO(generation) },
	[CTL_MAX_WITHDRAW] = { "max_withdraw", decode_max_withdraw, 0 },
	[CTL_FROZEN] = { "frozen", decode_bool, TO(frozen) },
	[CTL_SINCE] = { "since", decode_since, 0 },
	[CTL_AFTER_ID] = { "after", decode_counter, TO(after_id) },
	[CTL_TYPES] = { "types", decode_types, 0 },
	[CTL_SNAPSHOT] = { "snapshot", decode_bool, TO(snapshot) },
};

/* "prefix, ttl, owner"; gives buf. */
static const char *
list_takes(struct ctl_takes takes, char buf[TAKES_STRLEN])
{
	size_t len = 0;

	snprintf(buf, TAKES_STRLEN, "nothing");
	for (unsigned i = 0; i < CTL_PARAMS && len < TAKES_STRLEN; i++) {
		if ((takes.required | takes.optional) & CTL_BIT(i))
			len += (size_t)snprintf(buf + len, TAKES_STRLEN - len,
			    "%s%s", len > 0 ? ", " : "", params[i].name);
	}
	return buf;
}

static bool
is_taken(struct ctl_takes takes, const char *name)
{
	for (unsigned i = 0; i < CTL_PARAMS; i++) {
		if (((takes.required | takes.optional) & CTL_BIT(i)) &&
		    strcmp(name, params[i].name) == 0)
			return true;
	}
	return false;
}

static int
check_known(const json_t *object, struct ctl_takes takes, struct rpc_error *why)
{
	char buf[TAKES_STRLEN];
	const char *key;
	json_t *v;

	/* the iterator of jansson wants it not to be const */
	json_object_foreach((json_t *)object, key, v)
	{
		if (!is_taken(takes, key))
			return rpc_error_set(why, RPC_INVALID_PARAMS,
			    "unknown parameter \"%.40s\": expected here: %s",
			    key, list_takes(takes, buf));
	}
	return 0;
}

/* What is taken and given, into p. */
static int
decode_taken(struct ctl_params *p, const json_t *object, struct ctl_takes takes,
    struct rpc_error *why)
{
	uint32_t left = takes.required | takes.optional;

	for (unsigned i = 0; left != 0; i++, left >>= 1) {
		struct given g = { .name = params[i].name, .why = why };

		if (!(left & 1))
			continue;
		g.json = json_object_get(object, g.name);
		g.to = (char *)p + params[i].to;
		if (g.json == NULL && (takes.required & CTL_BIT(i)))
			return rpc_error_set(why, RPC_INVALID_PARAMS,
			    "%s is missing", g.name);
		if (g.json == NULL)
			continue;
		p->given |= CTL_BIT(i);
		if (params[i].decode(p, &g) == -1)
			return -1;
	}
	return 0;
}

/* The pairs that exclude each other. */
static int
check_together(const struct ctl_params *p, struct rpc_error *why)
{
	const char *one = NULL, *other = NULL;

	if ((p->given & CTL_BIT(CTL_TTL)) && p->permanent) {
		one = "ttl";
		other = "permanent";
	} else if (p->owner != NULL && p->all_owners) {
		one = "owner";
		other = "all_owners";
	} else if (p->hold && p->now) {
		one = "hold";
		other = "now";
	}
	if (one == NULL)
		return 0;
	return rpc_error_set(why, RPC_INVALID_PARAMS,
	    "%s and %s exclude each other", one, other);
}

int
ctl_params_decode(struct ctl_params *p, const json_t *object,
    struct ctl_takes takes, struct rpc_error *why)
{
	*p = (struct ctl_params){ .limit = CTL_LIMIT_DEFAULT,
		.timeout_s = CTL_TIMEOUT_DEFAULT_S };
	if (object != NULL && check_known(object, takes, why) == -1)
		return -1;
	if (decode_taken(p, object, takes, why) == -1)
		return -1;
	return check_together(p, why);
}

/* Names the element before what is wrong with it. */
static int
at_fault(struct rpc_error *why, const char *name, size_t index)
{
	char message[REFUSAL_STRLEN];

	memcpy(message, why->message, sizeof(message));
	return rpc_error_set(why, RPC_INVALID_PARAMS, "%s[%zu]: %.400s", name,
	    index, message);
}

static int
decode_element(struct ctl_params *p, const json_t *item, struct rpc_error *why)
{
	struct given g = { .name = "prefix",
		.json = item,
		.to = &p->prefix,
		.why = why };

	p->given = CTL_BIT(CTL_PREFIX);
	return decode_prefix(p, &g);
}

int
ctl_prefix_decode(struct ctl_params *p, const json_t *item, size_t index,
    struct rpc_error *why)
{
	p->host_bits = NULL;
	if (decode_element(p, item, why) == 0)
		return 0;
	return at_fault(why, "prefixes", index);
}

int
ctl_victim_decode(struct ctl_params *p, const json_t *item, size_t index,
    struct rpc_error *why)
{
	static const struct ctl_takes takes = { CTL_BIT(CTL_PREFIX),
		CTL_BIT(CTL_TTL) | CTL_BIT(CTL_PERMANENT) |
		    CTL_BIT(CTL_REASON) };
	int rc;

	*p = (struct ctl_params){ 0 };
	rc = json_is_object(item) ? ctl_params_decode(p, item, takes, why)
				  : decode_element(p, item, why);
	return rc == 0 ? 0 : at_fault(why, "victims", index);
}
