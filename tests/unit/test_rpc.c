/*
 * The JSON-RPC envelope: what is a request and what is not, with the code that
 * tells; and responses as text.
 */
#include "hex.h"

#include "rpc.h"

/* code 0: a good request */
static const struct {
	const char *name, *line;
	int code;
	const char *id; /* as JSON; NULL: none */
} requests[] = {
	{ "plain", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}", 0, "1" },
	{ "params",
	    "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"m\","
	    "\"params\":{}}",
	    0, "\"a\"" },
	{ "notification", "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}", 0, NULL },
	{ "null id", "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}", 0,
	    "null" },
	{ "id is a list", "{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"m\"}",
	    RPC_INVALID_REQUEST, NULL },
	{ "no version", "{\"id\":1,\"method\":\"m\"}", RPC_INVALID_REQUEST,
	    "1" },
	{ "old version", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"m\"}",
	    RPC_INVALID_REQUEST, "1" },
	{ "no method", "{\"jsonrpc\":\"2.0\",\"id\":1}", RPC_INVALID_REQUEST,
	    "1" },
	{ "method is a number", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":2}",
	    RPC_INVALID_REQUEST, "1" },
	{ "params by position",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[1]}",
	    RPC_INVALID_PARAMS, "1" },
	{ "params is null",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\","
	    "\"params\":null}",
	    RPC_INVALID_REQUEST, "1" },
	{ "misspelt params",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"parms\":{}}",
	    RPC_INVALID_REQUEST, "1" },
	{ "a number", "1", RPC_INVALID_REQUEST, NULL },
	{ "a string", "\"m\"", RPC_INVALID_REQUEST, NULL },
	{ "empty object", "{}", RPC_INVALID_REQUEST, NULL },
};

static void
check_id(const json_t *id, const char *expected)
{
	char *text;

	if (expected == NULL) {
		assert_null(id);
		return;
	}
	text = json_dumps(id, JSON_ENCODE_ANY);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(requests); i++) {
		struct rpc_error why = { 0 };
		struct rpc_request r;
		json_t *message;
		int rc;

		hex_case(requests[i].name);
		message =
		    rpc_parse(requests[i].line, strlen(requests[i].line), &why);
		assert_non_null(message);
		rc = rpc_request_decode(&r, message, &why);
		assert_int_equal(rc, requests[i].code == 0 ? 0 : -1);
		assert_int_equal(why.code, requests[i].code);
		check_id(r.id, requests[i].id);
		json_decref(message);
	}
}

static const struct {
	const char *name, *line;
	size_t len; /* 0: up to the NUL */
} unparsable[] = {
	{ "empty", "", 0 },
	{ "a word", "nonsense", 0 },
	{ "cut off", "{\"jsonrpc\":\"2.0\"", 0 },
	{ "a key twice", "{\"a\":1,\"a\":2}", 0 },
	{ "more behind it", "{} {}", 0 },
	{ "a NUL", "{\"a\":\"\0\"}", 9 },
	{ "an escaped NUL", "{\"a\":\"\\u0000\"}", 0 },
	{ "half a surrogate", "{\"a\":\"\\ud800\"}", 0 },
	{ "no UTF-8", "{\"a\":\"\xff\"}", 0 },
	{ "an overlong form", "{\"a\":\"\xc0\xaf\"}", 0 },
	{ "a number too large", "99999999999999999999", 0 },
};

static void
test_unparsable(void **state)
{
	char deep[5000];

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(unparsable); i++) {
		size_t len = unparsable[i].len;
		struct rpc_error why;

		hex_case(unparsable[i].name);
		if (len == 0)
			len = strlen(unparsable[i].line);
		assert_null(rpc_parse(unparsable[i].line, len, &why));
		assert_int_equal(why.code, RPC_PARSE_ERROR);
		assert_true(rpc_text_is_plain(why.message));
	}
	memset(deep, '[', sizeof(deep));
	assert_null(rpc_parse(deep, sizeof(deep), &(struct rpc_error){ 0 }));
}

static void
check_text(json_t *message, const char *expected)
{
	char *text = json_dumps(message, JSON_COMPACT);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
	json_decref(message);
}

static void
test_responses(void **state)
{
	json_t *id = json_integer(7);
	struct refusal refusal;
	struct rpc_error e;

	(void)state;
	check_text(rpc_result_encode(id, json_object()),
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}");
	assert_null(rpc_result_encode(id, NULL));
	rpc_error_set(&e, RPC_INVALID_PARAMS, "%s is missing", "prefix");
	check_text(rpc_error_encode(NULL, &e),
	    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32602,"
	    "\"message\":\"prefix is missing\"}}");
	refusal_set(&refusal, REASON_NOT_OURS, "not\x1b[31m \xc3\xa9 ours");
	rpc_error_refuse(&e, &refusal);
	check_text(rpc_error_encode(id, &e),
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32000,"
	    "\"message\":\"not?[31m \xc3\xa9 ours\",\"data\":{\"reason\":"
	    "\"not-ours\"}}}");
	e.data = json_pack("{s:i}", "generation", 7);
	check_text(rpc_error_encode(NULL, &e),
	    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,"
	    "\"message\":\"not?[31m \xc3\xa9 ours\",\"data\":{\"reason\":"
	    "\"not-ours\",\"generation\":7}}}");
	rpc_error_fini(&e);
	assert_null(e.data);
	check_text(rpc_request_encode(3, "m", json_object()),
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"m\",\"params\":{}}");
	json_decref(id);
}

/* A result that turns into a refusal, with more than the reason. */
static void
test_response_fails(void **state)
{
	json_t *id = json_integer(7), *response;
	struct refusal refusal;
	struct rpc_error e;

	(void)state;
	refusal_set(&refusal, REASON_BAD_CONFIG, "two errors");
	rpc_error_refuse(&e, &refusal);
	response = rpc_result_encode(id, json_object());
	assert_int_equal(rpc_response_fail(response, &e,
			     json_pack("{s:[s,s]}", "errors", "one", "two")),
	    0);
	check_text(response,
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32000,"
	    "\"message\":\"two errors\",\"data\":{\"reason\":"
	    "\"bad-config\",\"errors\":[\"one\",\"two\"]}}}");
	response = rpc_result_encode(id, json_object());
	assert_int_equal(rpc_response_fail(response, &e, json_object()), 0);
	check_text(response,
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32000,"
	    "\"message\":\"two errors\",\"data\":{\"reason\":"
	    "\"bad-config\"}}}");
	response = rpc_result_encode(id, json_object());
	assert_int_equal(rpc_response_fail(response, &e, NULL), -1);
	json_decref(response);
	json_decref(id);
}

/* A message that is cut inside a character still goes into JSON. */
static void
test_cut_message(void **state)
{
	char text[2 * REFUSAL_STRLEN + 1];
	struct rpc_error e;
	json_t *message;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[sizeof(text) - 1] = '\0';
	rpc_error_set(&e, RPC_INVALID_REQUEST, "%s", text);
	message = rpc_error_encode(NULL, &e);
	assert_non_null(message);
	json_decref(message);
}

static const struct {
	const char *text;
	bool plain;
} texts[] = {
	{ "", true },
	{ "syn flood, 1.2 Mpps", true },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5", true },
	{ "a\nb", false },
	{ "\x1b[31m", false },
	{ "\x7f", false },
	{ "\xc2\x9b", false }, /* CSI in one character */
	{ "\xc2\xa0", true },
	{ "\xe2\x82", false },
	{ "\xed\xa0\x80", false },     /* a surrogate */
	{ "\xe0\x80\xaf", false },     /* overlong */
	{ "\xf4\x90\x80\x80", false }, /* above U+10FFFF */
	{ "\x80", false },
};

static void
test_plain_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(texts); i++) {
		char copy[32];

		snprintf(copy, sizeof(copy), "%s", texts[i].text);
		assert_int_equal(rpc_text_is_plain(copy), texts[i].plain);
		rpc_text_clean(copy);
		assert_true(rpc_text_is_plain(copy));
		assert_int_equal(strlen(copy), strlen(texts[i].text));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_unparsable),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_response_fails),
		cmocka_unit_test(test_cut_message),
		cmocka_unit_test(test_plain_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
