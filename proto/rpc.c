/*
 * The envelope of JSON-RPC 2.0.  A line becomes a JSON value, the value one
 * request or a batch of them; the answer goes the other way.  What stands in
 * params and result is ctl.c's.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "rpc.h"

/* Room for a name of the client's in a message. */
#define NAME_SHOWN 40

/*
 * The length of the UTF-8 character at s, or 0 when there is none or it is a
 * control character (C0, DEL, C1).  Overlong forms, surrogates and what lies
 * above U+10FFFF are none (RFC 3629, section 4).
 */
static size_t
plain_char(const unsigned char *s)
{
	size_t len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f ? 1 : 0;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) ||
	    (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

bool
rpc_text_is_plain(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len;

	for (; *s != '\0'; s += len) {
		len = plain_char(s);
		if (len == 0)
			return false;
	}
	return true;
}

void
rpc_text_clean(char *text)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		len = plain_char((const unsigned char *)text);
		if (len == 0) {
			*text = '?';
			len = 1;
		}
	}
}

int
rpc_error_set(struct rpc_error *e, int code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->reason = REASON_NONE;
	e->data = NULL;
	va_start(ap, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	rpc_text_clean(e->message);
	return -1;
}

int
rpc_error_refuse(struct rpc_error *e, const struct refusal *why)
{
	rpc_error_set(e, RPC_REFUSED, "%s", why->message);
	e->reason = why->reason;
	return -1;
}

void
rpc_error_fini(struct rpc_error *e)
{
	json_decref(e->data);
	e->data = NULL;
}

json_t *
rpc_parse(const char *line, size_t len, struct rpc_error *why)
{
	json_error_t e;
	json_t *message;

	message =
	    json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (message == NULL)
		rpc_error_set(why, RPC_PARSE_ERROR,
		    "the line is no JSON: %s, at byte %d", e.text, e.position);
	return message;
}

static bool
is_id(const json_t *v)
{
	return json_is_string(v) || json_is_number(v) || json_is_null(v);
}

/* A misspelt member must not go unseen: "parms" would mean no parameters. */
static int
check_members(const json_t *message, struct rpc_error *why)
{
	static const char *const known[] = { "jsonrpc", "id", "method",
		"params" };
	const char *key;
	json_t *v;

	/* the iterator of jansson wants it not to be const */
	json_object_foreach((json_t *)message, key, v)
	{
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) &&
		    strcmp(key, known[i]) != 0)
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return rpc_error_set(why, RPC_INVALID_REQUEST,
			    "unknown member \"%.*s\" beside jsonrpc, id, "
			    "method and params",
			    NAME_SHOWN, key);
	}
	return 0;
}

/* Parameters are given by name. */
static int
check_params(const json_t *params, struct rpc_error *why)
{
	if (params == NULL || json_is_object(params))
		return 0;
	if (json_is_array(params))
		return rpc_error_set(why, RPC_INVALID_PARAMS,
		    "params is an array; give parameters by name, in an "
		    "object");
	return rpc_error_set(why, RPC_INVALID_REQUEST, "params is no object");
}

int
rpc_request_decode(struct rpc_request *r, const json_t *message,
    struct rpc_error *why)
{
	const char *version;

	*r = (struct rpc_request){ .id = json_object_get(message, "id") };
	if (!json_is_object(message))
		return rpc_error_set(why, RPC_INVALID_REQUEST,
		    "a request is an object");
	if (r->id != NULL && !is_id(r->id)) {
		r->id = NULL;
		return rpc_error_set(why, RPC_INVALID_REQUEST,
		    "id is no string and no number");
	}
	version = json_string_value(json_object_get(message, "jsonrpc"));
	if (version == NULL || strcmp(version, "2.0") != 0)
		return rpc_error_set(why, RPC_INVALID_REQUEST,
		    "jsonrpc is not \"2.0\"");
	r->method = json_string_value(json_object_get(message, "method"));
	if (r->method == NULL)
		return rpc_error_set(why, RPC_INVALID_REQUEST,
		    "method is missing or no string");
	if (check_members(message, why) == -1)
		return -1;
	r->params = json_object_get(message, "params");
	return check_params(r->params, why);
}

json_t *
rpc_request_encode(json_int_t id, const char *method, json_t *params)
{
	return json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id", id,
	    "method", method, "params", params);
}

/* jansson takes a NULL for "o" as an error, frees the rest, gives NULL. */
json_t *
rpc_result_encode(json_t *id, json_t *result)
{
	return json_pack("{s:s,s:O?,s:o}", "jsonrpc", "2.0", "id", id, "result",
	    result);
}

static json_t *
error_object(const struct rpc_error *e)
{
	json_t *data;

	if (e->reason == REASON_NONE)
		return json_pack("{s:i,s:s}", "code", e->code, "message",
		    e->message);
	data = json_pack("{s:s}", "reason", reason_name(e->reason));
	if (e->data != NULL && json_object_update(data, e->data) == -1) {
		json_decref(data);
		return NULL;
	}
	return json_pack("{s:i,s:s,s:o}", "code", e->code, "message",
	    e->message, "data", data);
}

json_t *
rpc_error_encode(json_t *id, const struct rpc_error *e)
{
	return json_pack("{s:s,s:O?,s:o}", "jsonrpc", "2.0", "id", id, "error",
	    error_object(e));
}

int
rpc_response_fail(json_t *response, const struct rpc_error *e, json_t *more)
{
	json_t *error = error_object(e);
	int rc;

	rc = json_object_update(json_object_get(error, "data"), more);
	json_decref(more);
	json_object_del(response, "result");
	if (json_object_set_new(response, "error", error) == -1)
		return -1;
	return rc;
}
