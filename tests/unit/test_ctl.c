/*
 * Parameters of the control protocol, good and bad, and the objects that its
 * results are made of.
 */
#include "hex.h"

#include "ctl.h"

#define ALL ((CTL_BIT(CTL_PARAMS)) - 1)

/* at_fault: the message must name it; NULL: they are good */
static const struct {
	const char *params, *at_fault;
} cases[] = {
	{ "{\"prefix\":\"203.0.113.7\"}", NULL },
	{ "{\"prefix\":\"2001:db8::/32\",\"ttl\":60}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":\"2h\",\"reason\":\"\"}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"wait\":\"stored\",\"timeout\":60}",
	    NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"permanent\":true}", NULL },
	{ "{}", "prefix is missing" },
	{ "{\"prefix\":7}", "prefix 7" },
	{ "{\"prefix\":null}", "prefix null" },
	{ "{\"prefix\":{\"a\":1}}", "prefix {...}" },
	{ "{\"prefix\":\"203.0.113.256\"}", "203.0.113.256" },
	{ "{\"prefix\":\"\\u001b[31m\"}", "?[31m" },
	{ "{\"prefix\":\"203.0.113.7\",\"prefixes\":[]}", "\"prefixes\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":0}", "ttl 0" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":-1}", "ttl -1" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":1.5}", "ttl 1.5" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":4294967296}", "4294967296" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":\"0\"}", "ttl \"0\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":\"soon\"}", "\"soon\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":\"MAX\"}", "\"MAX\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":[1]}", "ttl [...]" },
	{ "{\"prefix\":\"203.0.113.7\",\"permanent\":1}", "permanent 1" },
	{ "{\"prefix\":\"203.0.113.7\",\"owner\":\"\"}", "owner \"\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"owner\":\"a b\"}", "\"a b\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"owner\":\"\\u00e9\"}", "owner" },
	{ "{\"prefix\":\"203.0.113.7\",\"reason\":\"a\\nb\"}", "\"a?b\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"wait\":\"sent\"}", "\"sent\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"timeout\":61}", "timeout 61" },
	{ "{\"prefix\":\"203.0.113.7\",\"timeout\":\"5s\"}", "\"5s\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"limit\":10001}", "limit 10001" },
	{ "{\"prefix\":\"203.0.113.7\",\"name\":\"\"}", "name \"\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"soft\":true,\"withdraw\":false}",
	    NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"soft\":\"yes\"}", "soft \"yes\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"withdraw\":0}", "withdraw 0" },
	{ "{\"prefix\":\"203.0.113.7\",\"message\":\"\u00fcbung\"}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"message\":7}", "message 7" },
	{ "{\"prefix\":\"203.0.113.7\",\"message\":\"a\\u0007b\"}",
	    "message \"a?b\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"neighbors\":[\"a\",\"b\"]}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"neighbors\":\"a\"}",
	    "neighbors \"a\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"neighbors\":[]}", "neighbors [...]" },
	{ "{\"prefix\":\"203.0.113.7\",\"neighbors\":[\"a\",1]}",
	    "neighbors 1" },
	{ "{\"prefix\":\"203.0.113.7\",\"neighbors\":[\"\"]}",
	    "neighbors \"\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"neighbors\":[\"a,b\"]}",
	    "neighbors \"a,b\"" },
};

static int
decode(struct ctl_params *p, const char *text, struct ctl_takes takes,
    struct rpc_error *why)
{
	/* the texts are borrowed, so the last one is kept */
	static json_t *object;
	int rc;

	json_decref(object);
	object = json_loads(text, 0, NULL);
	assert_non_null(object);
	rc = ctl_params_decode(p, object, takes, why);
	if (rc == -1) {
		json_decref(object);
		object = NULL;
	}
	return rc;
}

static void
test_params(void **state)
{
	struct ctl_takes takes = { CTL_BIT(CTL_PREFIX), ALL };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct ctl_params p;
		struct rpc_error why;
		int rc;

		hex_case(cases[i].params);
		rc = decode(&p, cases[i].params, takes, &why);
		if (cases[i].at_fault == NULL) {
			assert_int_equal(rc, 0);
			continue;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(why.code, RPC_INVALID_PARAMS);
		if (strstr(why.message, cases[i].at_fault) == NULL)
			fail_msg("\"%s\" is not in \"%s\"", cases[i].at_fault,
			    why.message);
	}
}

static void
test_values(void **state)
{
	struct ctl_takes takes = { 0, ALL };
	struct ctl_params p;
	struct rpc_error why;
	char text[PREFIX_STRLEN];

	(void)state;
	assert_int_equal(ctl_params_decode(&p, NULL, takes, &why), 0);
	assert_int_equal(p.given, 0);
	assert_int_equal(p.limit, CTL_LIMIT_DEFAULT);
	assert_int_equal(p.timeout_s, CTL_TIMEOUT_DEFAULT_S);
	assert_null(p.owner);
	assert_null(p.reason);
	assert_int_equal(decode(&p,
			     "{\"prefix\":\"203.0.113.7/24\",\"ttl\":\"max\","
			     "\"owner\":\"noc/a.b_c-1\",\"timeout\":1}",
			     takes, &why),
	    0);
	assert_string_equal(prefix_print(&p.prefix, text), "203.0.113.0/24");
	assert_string_equal(p.host_bits, "203.0.113.7/24");
	assert_true(p.ttl_max);
	assert_int_equal(p.ttl_s, 0);
	assert_string_equal(p.owner, "noc/a.b_c-1");
	assert_int_equal(p.timeout_s, 1);
	assert_int_equal(decode(&p, "{\"ttl\":90}", takes, &why), 0);
	assert_int_equal(p.given, CTL_BIT(CTL_TTL));
	assert_int_equal(p.ttl_s, 90);
	assert_int_equal(decode(&p, "{}", takes, &why), 0);
	assert_int_equal(decode(&p, "{\"bad\":1}", takes, &why), -1);
}

static void
test_not_taken(void **state)
{
	struct ctl_takes takes = { 0, CTL_BIT(CTL_NAME) };
	struct ctl_params p;
	struct rpc_error why;

	(void)state;
	assert_int_equal(decode(&p, "{\"ttl\":90}", takes, &why), -1);
	assert_string_equal(why.message,
	    "unknown parameter \"ttl\": this method takes name");
	takes.optional = 0;
	assert_int_equal(decode(&p, "{\"ttl\":90}", takes, &why), -1);
	assert_string_equal(why.message,
	    "unknown parameter \"ttl\": this method takes nothing");
}

static void
test_bounds(void **state)
{
	char text[CTL_REASON_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[CTL_REASON_MAX] = '\0';
	assert_true(ctl_reason_is_valid(text));
	text[CTL_REASON_MAX] = 'a';
	text[CTL_REASON_MAX + 1] = '\0';
	assert_false(ctl_reason_is_valid(text));
	assert_false(ctl_owner_is_valid(text));
	text[CTL_OWNER_MAX] = '\0';
	assert_true(ctl_owner_is_valid(text));
	text[CTL_OWNER_MAX] = 'a';
	text[CTL_MESSAGE_MAX] = '\0';
	assert_true(ctl_message_is_valid(text));
	text[CTL_MESSAGE_MAX] = 'a';
	text[CTL_MESSAGE_MAX + 1] = '\0';
	assert_false(ctl_message_is_valid(text));
	text[CTL_NEIGHBOR_MAX] = '\0';
	assert_true(ctl_neighbor_is_valid(text));
	text[CTL_NEIGHBOR_MAX] = 'a';
	assert_false(ctl_neighbor_is_valid(text));
}

static void
check_joined(json_t *names, const char *expected)
{
	char *text = ctl_neighbors_join(names);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
	json_decref(names);
}

static void
test_neighbors_join(void **state)
{
	char longest[CTL_NEIGHBOR_MAX + 1] = "";

	(void)state;
	check_joined(json_pack("[s]", "a"), "a");
	check_joined(json_pack("[s,s,s,s]", "a", "b", "a", "ab"), "a,b,ab");
	memset(longest, 'x', CTL_NEIGHBOR_MAX);
	check_joined(json_pack("[s]", longest), longest);
}

static void
test_host_bits(void **state)
{
	struct refusal why;

	(void)state;
	assert_int_equal(ctl_refuse_host_bits(&why, "203.0.113.7/24"), -1);
	assert_int_equal(why.reason, REASON_HOST_BITS);
	assert_string_equal(why.message,
	    "203.0.113.7/24 has host bits set: give 203.0.113.7 for the "
	    "address, or 203.0.113.0/24 for the net");
}

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
	json_t *change = ctl_change_encode("withdrawn", true, NULL);

	(void)state;
	check_text(change,
	    "{\"outcome\":\"withdrawn\",\"until\":null,\"victim\":null,"
	    "\"stored\":false,\"waited\":\"timeout\"}");
	ctl_change_set_stored(change);
	check_text(change,
	    "{\"outcome\":\"withdrawn\",\"until\":null,\"victim\":null,"
	    "\"stored\":true,\"waited\":\"stored\"}");
	json_decref(change);
	assert_null(ctl_change_encode("added", false, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_not_taken),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_neighbors_join),
		cmocka_unit_test(test_host_bits),
		cmocka_unit_test(test_victim),
		cmocka_unit_test(test_limited_claim),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
