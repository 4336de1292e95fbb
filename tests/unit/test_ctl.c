/*
 * Parameters of the control protocol, good and bad.
 */
#include "hex.h"

#include "ctl.h"

/* All but the other "after". */
#define ALL ((CTL_BIT(CTL_PARAMS) - 1) & ~CTL_BIT(CTL_AFTER_ID))

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
	{ "{\"prefix\":\"203.0.113.7\",\"prefixs\":[]}", "\"prefixs\"" },
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
	{ "{\"prefix\":\"203.0.113.7\",\"wait\":\"sent\"}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"wait\":\"seen\"}", "\"seen\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"wait\":1}", "wait 1" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":1,\"permanent\":true}",
	    "ttl and permanent exclude" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":1,\"permanent\":false}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"owner\":\"a\","
	  "\"all_owners\":true}",
	    "owner and all_owners exclude" },
	{ "{\"prefix\":\"203.0.113.7\",\"hold\":true,\"now\":true}",
	    "hold and now exclude" },
	{ "{\"prefix\":\"203.0.113.7\",\"hold\":1}", "hold 1" },
	{ "{\"prefix\":\"203.0.113.7\",\"now\":\"now\"}", "now \"now\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"dry_run\":0}", "dry_run 0" },
	{ "{\"prefix\":\"203.0.113.7\",\"all_owners\":{}}",
	    "all_owners {...}" },
	{ "{\"prefix\":\"203.0.113.7\",\"frozen\":null}", "frozen null" },
	{ "{\"prefix\":\"203.0.113.7\",\"snapshot\":1}", "snapshot 1" },
	{ "{\"prefix\":\"203.0.113.7\",\"types\":[]}", "types [...]" },
	{ "{\"prefix\":\"203.0.113.7\",\"types\":\"a\"}", "types \"a\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"types\":[7]}", "types 7" },
	{ "{\"prefix\":\"203.0.113.7\",\"types\":[\"victim.added\"]}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"victims\":{}}", "victims {...}" },
	{ "{\"prefix\":\"203.0.113.7\",\"victims\":[]}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"prefixes\":7}", "prefixes 7" },
	{ "{\"prefix\":\"203.0.113.7\",\"generation\":-1}", "generation -1" },
	{ "{\"prefix\":\"203.0.113.7\",\"generation\":1.5}", "generation 1.5" },
	{ "{\"prefix\":\"203.0.113.7\",\"generation\":0}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"max_withdraw\":-1}",
	    "max_withdraw -1" },
	{ "{\"prefix\":\"203.0.113.7\",\"max_withdraw\":0}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"since\":\"2h\"}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"since\":60}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"since\":\"2026-11-22T10:00:00Z\"}",
	    NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"since\":\"today\"}",
	    "since \"today\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"since\":\"0\"}", "since \"0\"" },
	{ "{\"prefix\":\"203.0.113.7\",\"after\":7}", "after 7" },
	{ "{\"prefix\":\"203.0.113.7\",\"neighbors\":null}", NULL },
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
	    "unknown parameter \"ttl\": expected here: name");
	takes.optional = 0;
	assert_int_equal(decode(&p, "{\"ttl\":90}", takes, &why), -1);
	assert_string_equal(why.message,
	    "unknown parameter \"ttl\": expected here: nothing");
}

/* One name, two types: each method takes one of them. */
static void
test_after(void **state)
{
	struct ctl_takes takes = { 0, CTL_BIT(CTL_AFTER_ID) };
	struct ctl_params p;
	struct rpc_error why;

	(void)state;
	assert_int_equal(decode(&p, "{\"after\":7}", takes, &why), 0);
	assert_int_equal(p.given, CTL_BIT(CTL_AFTER_ID));
	assert_int_equal(p.after_id, 7);
	assert_int_equal(decode(&p, "{\"after\":\"203.0.113.7\"}", takes, &why),
	    -1);
	takes.optional = CTL_BIT(CTL_AFTER);
	assert_int_equal(decode(&p, "{\"after\":\"203.0.113.7\"}", takes, &why),
	    0);
	assert_int_equal(p.given, CTL_BIT(CTL_AFTER));
}

static void
test_since(void **state)
{
	struct ctl_takes takes = { 0, CTL_BIT(CTL_SINCE) };
	struct ctl_params p;
	struct rpc_error why;

	(void)state;
	assert_int_equal(decode(&p, "{\"since\":\"2h\"}", takes, &why), 0);
	assert_int_equal(p.since_ago_s, 7200);
	assert_int_equal(decode(&p, "{\"since\":\"1970-01-01T00:00:01.5Z\"}",
			     takes, &why),
	    0);
	assert_int_equal(p.since_ms, 1500);
	assert_int_equal(p.since_ago_s, 0);
}

/* Elements of victims: good, or at fault. */
static const struct {
	const char *item, *at_fault;
} items[] = {
	{ "\"203.0.113.7\"", NULL },
	{ "\"203.0.113.7/24\"", NULL },
	{ "{\"prefix\":\"203.0.113.7\"}", NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":\"2h\",\"reason\":\"a\"}",
	    NULL },
	{ "{\"prefix\":\"203.0.113.7\",\"permanent\":true}", NULL },
	{ "7", "victims[3]: prefix 7 is no string" },
	{ "\"203.0.113.256\"", "victims[3]: prefix \"203.0.113.256\" is" },
	{ "{}", "victims[3]: prefix is missing" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":0}", "victims[3]: ttl 0" },
	{ "{\"prefix\":\"203.0.113.7\",\"ttl\":1,\"permanent\":true}",
	    "victims[3]: ttl and permanent" },
	{ "{\"prefix\":\"203.0.113.7\",\"owner\":\"a\"}",
	    "victims[3]: unknown parameter \"owner\": expected here: prefix, "
	    "ttl, permanent, reason" },
};

static void
test_items(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(items); i++) {
		json_t *item = json_loads(items[i].item, JSON_DECODE_ANY, NULL);
		struct rpc_error why = { .message = "" };
		struct ctl_params p;
		int rc;

		hex_case(items[i].item);
		assert_non_null(item);
		rc = ctl_victim_decode(&p, item, 3, &why);
		assert_int_equal(rc, items[i].at_fault == NULL ? 0 : -1);
		if (rc == -1 && strstr(why.message, items[i].at_fault) == NULL)
			fail_msg("\"%s\" is not in \"%s\"", items[i].at_fault,
			    why.message);
		json_decref(item);
	}
}

static void
test_item_values(void **state)
{
	json_t *item = json_string("203.0.113.7/24");
	struct rpc_error why;
	struct ctl_params p;
	char text[PREFIX_STRLEN];

	(void)state;
	assert_int_equal(ctl_prefix_decode(&p, item, 0, &why), 0);
	assert_string_equal(p.host_bits, "203.0.113.7/24");
	assert_string_equal(prefix_print(&p.prefix, text), "203.0.113.0/24");
	assert_string_equal(prefix_print(&p.address, text), "203.0.113.7/32");
	json_string_set(item, "203.0.113.8");
	assert_int_equal(ctl_prefix_decode(&p, item, 0, &why), 0);
	assert_null(p.host_bits);
	json_string_set(item, "nowhere");
	assert_int_equal(ctl_prefix_decode(&p, item, 99, &why), -1);
	assert_non_null(
	    strstr(why.message, "prefixes[99]: prefix \"nowhere\""));
	json_decref(item);
}

static void
test_too_many(void **state)
{
	struct ctl_takes takes = { 0, CTL_BIT(CTL_PREFIXES) };
	json_t *o = json_pack("{s:[]}", "prefixes"), *one = json_string("::1");
	json_t *array = json_object_get(o, "prefixes");
	struct ctl_params p;
	struct rpc_error why;

	(void)state;
	for (int i = 0; i < CTL_MANY_MAX; i++)
		json_array_append(array, one);
	assert_int_equal(ctl_params_decode(&p, o, takes, &why), 0);
	assert_int_equal(json_array_size(p.prefixes), CTL_MANY_MAX);
	json_array_append(array, one);
	assert_int_equal(ctl_params_decode(&p, o, takes, &why), -1);
	assert_non_null(strstr(why.message, "prefixes has 100001 elements"));
	json_decref(one);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_not_taken),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_item_values),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
