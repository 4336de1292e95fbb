/*
 * The objects that results are made of.
 */
#include <stdlib.h>
#include <string.h>

#include "timefmt.h"

#include "ctl.h"

json_t *
ctl_text_encode(const char *text)
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
		if (json_array_append_new(array, ctl_text_encode(texts[i])) ==
		    -1) {
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
ctl_held_claim_encode(const struct ctl_claim *c)
{
	return json_pack("{s:s,s:s,s:o}", "owner", c->owner, "reason",
	    c->reason, "since", ctl_instant_encode(c->span.since_ms));
}

json_t *
ctl_victim_encode(const struct ctl_victim *v, json_t *claims, json_t *neighbors)
{
	char text[PREFIX_STRLEN];

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:I,s:o,s:s?,s:o}", "prefix",
	    prefix_print(v->prefix, text), "since",
	    ctl_instant_encode(v->span.since_ms), "expires", expires(&v->span),
	    "remaining", remaining(&v->span), "claims", claims, "recurrences",
	    (json_int_t)v->recurrences, "held_until",
	    v->held ? ctl_instant_encode(v->held_until_ms) : json_null(),
	    "suppressed", v->suppressed, "neighbors", neighbors);
}

json_t *
ctl_exemption_encode(const struct prefix *p, const struct ctl_span *span,
    const char *by, const char *reason)
{
	char text[PREFIX_STRLEN];

	return json_pack("{s:s,s:o,s:o,s:o,s:s,s:s}", "prefix",
	    prefix_print(p, text), "since", ctl_instant_encode(span->since_ms),
	    "expires", expires(span), "remaining", remaining(span), "by", by,
	    "reason", reason);
}

json_t *
ctl_change_encode(const char *outcome, json_t *until, json_t *victim)
{
	return json_pack("{s:s,s:o,s:o,s:b,s:s}", "outcome", outcome, "until",
	    until, "victim", victim, "stored", 0, "waited", "timeout");
}

int
ctl_change_set(json_t *change, bool stored, const char *waited)
{
	if (json_object_set_new(change, "stored", json_boolean(stored)) == -1)
		return -1;
	return json_object_set_new(change, "waited", json_string(waited));
}

json_t *
ctl_refused_encode(const char *prefix, const struct refusal *why)
{
	return json_pack("{s:o,s:s,s:o}", "prefix", ctl_text_encode(prefix),
	    "reason", reason_name(why->reason), "message",
	    ctl_text_encode(why->message));
}
