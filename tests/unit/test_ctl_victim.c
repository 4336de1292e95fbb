/*
 * The objects that results of the control protocol are made of.
 */
#include "hex.h"

#include "ctl.h"

static void
check_text(json_t *v, const char *expected)
{
	char *text = json_dumps(v, JSON_COMPACT);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static json_t *
sample_victim(bool permanent)
{
	struct ctl_span span = { .since_ms = 1795341600123,
		.permanent = permanent,
		.expires_ms = 1795345200123,
		.remaining_ms = 3599001 };
	struct prefix p;
	struct ctl_victim v = { .prefix = &p, .span = span };
	struct ctl_claim claim = { .owner = "fastnetmon",
		.reason = "syn flood",
		.span = span };
	json_t *claims = json_array(), *neighbors = json_array();

	assert_int_equal(prefix_parse(&p, "203.0.113.7"), PREFIX_OK);
	json_array_append_new(claims, ctl_claim_encode(&claim));
	json_array_append_new(neighbors,
	    ctl_standing_encode("a", "sent", 1795341600124));
	json_array_append_new(neighbors, ctl_standing_encode("b", "down", -1));
	return ctl_victim_encode(&v, claims, neighbors);
}

static void
test_victim(void **state)
{
	json_t *v = sample_victim(false);

	(void)state;
	check_text(v,
	    "{\"prefix\":\"203.0.113.7/32\","
	    "\"since\":\"2026-11-22T10:00:00.123Z\","
	    "\"expires\":\"2026-11-22T11:00:00.123Z\",\"remaining\":3600,"
	    "\"claims\":[{\"owner\":\"fastnetmon\",\"reason\":\"syn flood\","
	    "\"since\":\"2026-11-22T10:00:00.123Z\","
	    "\"expires\":\"2026-11-22T11:00:00.123Z\",\"remaining\":3600}],"
	    "\"recurrences\":0,\"held_until\":null,\"suppressed\":null,"
	    "\"neighbors\":[{\"name\":\"a\",\"state\":\"sent\","
	    "\"at\":\"2026-11-22T10:00:00.124Z\"},"
	    "{\"name\":\"b\",\"state\":\"down\"}]}");
	json_decref(v);
	v = sample_victim(true);
	assert_true(json_is_null(json_object_get(v, "expires")));
	assert_true(json_is_null(json_object_get(v, "remaining")));
	json_decref(v);
}

static void
test_limited_claim(void **state)
{
	struct ctl_claim c = { .owner = "noc",
		.reason = "",
		.neighbors = "transit-a,b",
		.span = { .permanent = true } };
	json_t *v = ctl_claim_encode(&c);

	(void)state;
	check_text(v,
	    "{\"owner\":\"noc\",\"reason\":\"\","
	    "\"since\":\"1970-01-01T00:00:00.000Z\",\"expires\":null,"
	    "\"remaining\":null,\"neighbors\":[\"transit-a\",\"b\"]}");
	json_decref(v);
}

static void
test_held(void **state)
{
	struct prefix p;
	struct ctl_victim v = { .prefix = &p,
		.span = { .permanent = true },
		.recurrences = 2,
		.held = true,
		.held_until_ms = 1795345200123 };
	struct ctl_claim c = { .owner = "noc", .reason = "syn" };
	json_t *o;

	(void)state;
	assert_int_equal(prefix_parse(&p, "203.0.113.7"), PREFIX_OK);
	o = ctl_victim_encode(&v, json_array(), json_array());
	assert_int_equal(json_integer_value(json_object_get(o, "recurrences")),
	    2);
	assert_string_equal(json_string_value(json_object_get(o, "held_until")),
	    "2026-11-22T11:00:00.123Z");
	json_decref(o);
	o = ctl_held_claim_encode(&c);
	check_text(o,
	    "{\"owner\":\"noc\",\"reason\":\"syn\","
	    "\"since\":\"1970-01-01T00:00:00.000Z\"}");
	json_decref(o);
}

static void
test_refused(void **state)
{
	struct refusal why;
	json_t *o;

	(void)state;
	refusal_set(&why, REASON_NOT_OURS, "no: \xff");
	o = ctl_refused_encode("203.0.113.7/24", &why);
	check_text(o,
	    "{\"prefix\":\"203.0.113.7/24\",\"reason\":\"not-ours\","
	    "\"message\":\"no: ?\"}");
	json_decref(o);
}

static void
test_exemption(void **state)
{
	struct ctl_span span = { .expires_ms = 1000, .remaining_ms = 1000 };
	struct prefix p;
	json_t *o;

	(void)state;
	assert_int_equal(prefix_parse(&p, "203.0.113.0/25"), PREFIX_OK);
	o = ctl_exemption_encode(&p, &span, "noc", "scan");
	check_text(o,
	    "{\"prefix\":\"203.0.113.0/25\","
	    "\"since\":\"1970-01-01T00:00:00.000Z\","
	    "\"expires\":\"1970-01-01T00:00:01.000Z\",\"remaining\":1,"
	    "\"by\":\"noc\",\"reason\":\"scan\"}");
	json_decref(o);
}

static void
test_texts(void **state)
{
	static const char *const texts[] = { "a.yaml:1:2: caf\xc3\xa9",
		"\xff\x1b[31m" };
	json_t *v = ctl_texts_encode(texts, 2);

	(void)state;
	check_text(v, "[\"a.yaml:1:2: caf\xc3\xa9\",\"??[31m\"]");
	json_decref(v);
	v = ctl_texts_encode(NULL, 0);
	check_text(v, "[]");
	json_decref(v);
}

static void
test_change(void **state)
{
	json_t *change =
	    ctl_change_encode("withdrawn", json_null(), json_null());

	(void)state;
	check_text(change,
	    "{\"outcome\":\"withdrawn\",\"until\":null,\"victim\":null,"
	    "\"stored\":false,\"waited\":\"timeout\"}");
	assert_int_equal(ctl_change_set(change, true, "sent"), 0);
	check_text(change,
	    "{\"outcome\":\"withdrawn\",\"until\":null,\"victim\":null,"
	    "\"stored\":true,\"waited\":\"sent\"}");
	json_decref(change);
	assert_null(ctl_change_encode("added", json_null(), NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_victim),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_limited_claim),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_exemption),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
