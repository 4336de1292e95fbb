/*
 * Parameters in, results out.  The parameters are a table: a method says which
 * of them it takes, and each is decoded and checked in one place.
 */
#include <stdio.h>
#include <stdlib.h>
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

static int
wrong(struct rpc_error *why, const char *name, const json_t *v,
    const char *expected)
{
	char buf[VALUE_STRLEN];

	return rpc_error_set(why, RPC_INVALID_PARAMS, "%s %s is %s", name,
	    show(v, buf), expected);
}

static int
decode_prefix(struct ctl_params *p, struct prefix *prefix, const char *name,
    const json_t *v, struct rpc_error *why)
{
	const char *text = json_string_value(v);

	if (text == NULL)
		return wrong(why, name, v, "no string");
	switch (prefix_parse(prefix, text)) {
	case PREFIX_OK:
		return 0;
	case PREFIX_HOST_BITS:
		p->host_bits = text;
		return 0;
	case PREFIX_SYNTAX:
		break;
	}
	return wrong(why, name, v, "no IPv4 or IPv6 address or prefix");
}

static int
decode_bool(bool *to, const char *name, const json_t *v, struct rpc_error *why)
{
	if (!json_is_boolean(v))
		return wrong(why, name, v, "neither true nor false");
	*to = json_is_true(v);
	return 0;
}

static int
decode_number(uint32_t *to, const char *name, const json_t *v, uint32_t max,
    struct rpc_error *why)
{
	char expected[64];

	if (json_is_integer(v) && json_integer_value(v) >= 1 &&
	    json_integer_value(v) <= max) {
		*to = (uint32_t)json_integer_value(v);
		return 0;
	}
	snprintf(expected, sizeof(expected), "no whole number from 1 to %u",
	    max);
	return wrong(why, name, v, expected);
}

static int
decode_ttl(struct ctl_params *p, const char *name, const json_t *v,
    struct rpc_error *why)
{
	const char *text = json_string_value(v);

	if (text == NULL)
		return decode_number(&p->ttl_s, name, v, UINT32_MAX, why);
	p->ttl_max = strcmp(text, "max") == 0;
	if (p->ttl_max || (duration_parse(&p->ttl_s, text) && p->ttl_s > 0))
		return 0;
	return wrong(why, name, v,
	    "no duration: give 90s, 30m, 2h, 7d, a number of seconds, or max");
}

static int
decode_owner(struct ctl_params *p, const char *name, const json_t *v,
    struct rpc_error *why)
{
	p->owner = json_string_value(v);
	if (p->owner != NULL && ctl_owner_is_valid(p->owner))
		return 0;
	return wrong(why, name, v,
	    "no owner: that is 1 to 64 of A-Z a-z 0-9 . _ / -");
}

static int
decode_reason(struct ctl_params *p, const char *name, const json_t *v,
    struct rpc_error *why)
{
	p->reason = json_string_value(v);
	if (p->reason != NULL && ctl_reason_is_valid(p->reason))
		return 0;
	return wrong(why, name, v,
	    "no reason: that is up to 256 bytes without control characters");
}

static int
decode_wait(const char *name, const json_t *v, struct rpc_error *why)
{
	const char *text = json_string_value(v);

	if (text != NULL && strcmp(text, "stored") == 0)
		return 0;
	return wrong(why, name, v, "not supported: only \"stored\" is");
}

static int
decode_name(struct ctl_params *p, const char *name, const json_t *v,
    struct rpc_error *why)
{
	p->name = json_string_value(v);
	if (p->name != NULL && *p->name != '\0')
		return 0;
	return wrong(why, name, v, "no name");
}

static int
decode_message(struct ctl_params *p, const char *name, const json_t *v,
    struct rpc_error *why)
{
	p->message = json_string_value(v);
	if (p->message != NULL && ctl_message_is_valid(p->message))
		return 0;
	return wrong(why, name, v,
	    "no message: that is up to 255 bytes without control characters");
}

static int
decode_neighbors(struct ctl_params *p, const char *name, const json_t *v,
    struct rpc_error *why)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) == 0 ||
	    json_array_size(v) > CTL_NEIGHBORS_MAX)
		return wrong(why, name, v,
		    "no array of 1 to 512 names of neighbors");
	json_array_foreach(v, i, one)
	{
		const char *text = json_string_value(one);

		if (text == NULL || !ctl_neighbor_is_valid(text))
			return wrong(why, name, one, "no neighbor's name");
	}
	p->neighbors = v;
	return 0;
}

static const char *const param_names[CTL_PARAMS] = {
	[CTL_PREFIX] = "prefix",
	[CTL_TTL] = "ttl",
	[CTL_PERMANENT] = "permanent",
	[CTL_OWNER] = "owner",
	[CTL_ALL_OWNERS] = "all_owners",
	[CTL_REASON] = "reason",
	[CTL_WAIT] = "wait",
	[CTL_TIMEOUT] = "timeout",
	[CTL_LIMIT] = "limit",
	[CTL_AFTER] = "after",
	[CTL_NAME] = "name",
	[CTL_SOFT] = "soft",
	[CTL_MESSAGE] = "message",
	[CTL_WITHDRAW] = "withdraw",
	[CTL_NEIGHBORS] = "neighbors",
};

static int
decode_param(struct ctl_params *p, enum ctl_param param, const json_t *v,
    struct rpc_error *why)
{
	const char *name = param_names[param];

	switch (param) {
	case CTL_PREFIX:
		return decode_prefix(p, &p->prefix, name, v, why);
	case CTL_TTL:
		return decode_ttl(p, name, v, why);
	case CTL_PERMANENT:
		return decode_bool(&p->permanent, name, v, why);
	case CTL_OWNER:
		return decode_owner(p, name, v, why);
	case CTL_ALL_OWNERS:
		return decode_bool(&p->all_owners, name, v, why);
	case CTL_REASON:
		return decode_reason(p, name, v, why);
	case CTL_WAIT:
		return decode_wait(name, v, why);
	case CTL_TIMEOUT:
		return decode_number(&p->timeout_s, name, v, CTL_TIMEOUT_MAX_S,
		    why);
	case CTL_LIMIT:
		return decode_number(&p->limit, name, v, CTL_LIMIT_MAX, why);
	case CTL_AFTER:
		return decode_prefix(p, &p->after, name, v, why);
	case CTL_NAME:
		return decode_name(p, name, v, why);
	case CTL_SOFT:
		return decode_bool(&p->soft, name, v, why);
	case CTL_MESSAGE:
		return decode_message(p, name, v, why);
	case CTL_WITHDRAW:
		return decode_bool(&p->withdraw, name, v, why);
	case CTL_NEIGHBORS:
		return decode_neighbors(p, name, v, why);
	}
	return 0;
}

/* "prefix, ttl, owner"; gives buf. */
static const char *
list_takes(struct ctl_takes takes, char buf[TAKES_STRLEN])
{
	size_t len = 0;

	snprintf(buf, TAKES_STRLEN, "nothing");
	for (unsigned i = 0; i < CTL_PARAMS && len < TAKES_STRLEN; i++) {
		if ((takes.required | takes.optional) & CTL_BIT(i))
			len += (size_t)snprintf(buf + len, TAKES_STRLEN - len,
			    "%s%s", len > 0 ? ", " : "", param_names[i]);
	}
	return buf;
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
		unsigned i = 0;

		while (i < CTL_PARAMS && strcmp(key, param_names[i]) != 0)
			i++;
		if (i == CTL_PARAMS ||
		    !((takes.required | takes.optional) & CTL_BIT(i)))
			return rpc_error_set(why, RPC_INVALID_PARAMS,
			    "unknown parameter \"%.40s\": this method takes %s",
			    key, list_takes(takes, buf));
	}
	return 0;
}

int
ctl_params_decode(struct ctl_params *p, const json_t *object,
    struct ctl_takes takes, struct rpc_error *why)
{
	*p = (struct ctl_params){ .limit = CTL_LIMIT_DEFAULT,
		.timeout_s = CTL_TIMEOUT_DEFAULT_S };
	if (object != NULL && check_known(object, takes, why) == -1)
		return -1;
	for (unsigned i = 0; i < CTL_PARAMS; i++) {
		const json_t *v = json_object_get(object, param_names[i]);

		if (v == NULL && (takes.required & CTL_BIT(i)))
			return rpc_error_set(why, RPC_INVALID_PARAMS,
			    "%s is missing", param_names[i]);
		if (v == NULL)
			continue;
		p->given |= CTL_BIT(i);
		if (decode_param(p, (enum ctl_param)i, v, why) == -1)
			return -1;
	}
	return 0;
}

int
ctl_refuse_host_bits(struct refusal *why, const char *prefix)
{
	char net[PREFIX_STRLEN];
	struct prefix masked;

	prefix_parse(&masked, prefix);
	return refusal_set(why, REASON_HOST_BITS,
	    "%s has host bits set: give %.*s for the address, or %s for the "
	    "net",
	    prefix, (int)strcspn(prefix, "/"), prefix,
	    prefix_print(&masked, net));
}

bool
ctl_owner_is_valid(const char *owner)
{
	size_t len = strspn(owner,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz"
	    "0123456789._/-");

	return len >= 1 && len <= CTL_OWNER_MAX && owner[len] == '\0';
}

bool
ctl_reason_is_valid(const char *reason)
{
	return strlen(reason) <= CTL_REASON_MAX && rpc_text_is_plain(reason);
}

bool
ctl_message_is_valid(const char *message)
{
	return strlen(message) <= CTL_MESSAGE_MAX && rpc_text_is_plain(message);
}

bool
ctl_neighbor_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= CTL_NEIGHBOR_MAX &&
	    strchr(name, ',') == NULL && rpc_text_is_plain(name);
}

static bool
stands_before(const json_t *names, const char *name, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		if (strcmp(json_string_value(json_array_get(names, i)), name) ==
		    0)
			return true;
	}
	return false;
}

char *
ctl_neighbors_join(const json_t *neighbors)
{
	size_t count = json_array_size(neighbors), len = 0;
	size_t size = count * (CTL_NEIGHBOR_MAX + 1) + 1;
	char *text = calloc(1, size);

	for (size_t i = 0; text != NULL && i < count; i++) {
		const char *name =
		    json_string_value(json_array_get(neighbors, i));

		if (!stands_before(neighbors, name, i))
			len += (size_t)snprintf(text + len, size - len, "%s%s",
			    len > 0 ? "," : "", name);
	}
	return text;
}

static json_t *
plain_text(const char *text)
{
	char *copy = strdup(text);
	json_t *v;

	if (copy == NULL)
		return NULL;
	rpc_text_clean(copy);
	v = json_string(copy);
	free(copy);
	return v;
}

json_t *
ctl_texts_encode(const char *const *texts, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(array, plain_text(texts[i])) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *
ctl_instant_encode(int64_t wall_ms)
{
	char buf[INSTANT_STRLEN];

	return json_string(instant_print(wall_ms, buf));
}

/* Whole seconds, rounded up: what has time left never shows 0. */
static json_t *
remaining(const struct ctl_span *span)
{
	if (span->permanent)
		return json_null();
	if (span->remaining_ms <= 0)
		return json_integer(0);
	return json_integer((span->remaining_ms + 999) / 1000);
}

static json_t *
expires(const struct ctl_span *span)
{
	if (span->permanent)
		return json_null();
	return ctl_instant_encode(span->expires_ms);
}

/* The names of a list with commas between. */
static json_t *
split_names(const char *names)
{
	json_t *array = json_array();

	while (*names != '\0') {
		size_t len = strcspn(names, ",");

		if (json_array_append_new(array, json_stringn(names, len)) ==
		    -1) {
			json_decref(array);
			return NULL;
		}
		names += len;
		names += *names == ',';
	}
	return array;
}

json_t *
ctl_claim_encode(const struct ctl_claim *c)
{
	json_t *o = json_pack("{s:s,s:s,s:o,s:o,s:o}", "owner", c->owner,
	    "reason", c->reason, "since", ctl_instant_encode(c->span.since_ms),
	    "expires", expires(&c->span), "remaining", remaining(&c->span));

	if (o == NULL || c->neighbors == NULL)
		return o;
	if (json_object_set_new(o, "neighbors", split_names(c->neighbors)) ==
	    -1) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *
ctl_standing_encode(const char *name, const char *state, int64_t at_ms)
{
	if (at_ms == -1)
		return json_pack("{s:s,s:s}", "name", name, "state", state);
	return json_pack("{s:s,s:s,s:o}", "name", name, "state", state, "at",
	    ctl_instant_encode(at_ms));
}

json_t *
ctl_victim_encode(const struct ctl_victim *v, json_t *claims, json_t *neighbors)
{
	char text[PREFIX_STRLEN];

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:i,s:n,s:s?,s:o}", "prefix",
	    prefix_print(v->prefix, text), "since",
	    ctl_instant_encode(v->span.since_ms), "expires", expires(&v->span),
	    "remaining", remaining(&v->span), "claims", claims, "recurrences",
	    0, "held_until", "suppressed", v->suppressed, "neighbors",
	    neighbors);
}

json_t *
ctl_change_encode(const char *outcome, bool ended, json_t *victim)
{
	return json_pack("{s:s,s:n,s:o,s:b,s:s}", "outcome", outcome, "until",
	    "victim", ended ? json_null() : victim, "stored", 0, "waited",
	    "timeout");
}

void
ctl_change_set_stored(json_t *change)
{
	json_object_set_new(change, "stored", json_true());
	json_string_set(json_object_get(change, "waited"), "stored");
}
