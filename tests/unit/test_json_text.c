/*
 * Text of JSON values: the same that jansson gives, one behind the other.
 */
#include "hex.h"

#include "json_text.h"

static const struct {
	const char *name, *text;
} cases[] = {
	{ "empty object", "{}" },
	{ "empty array", "[]" },
	{ "members in their order",
	    "{\"z\":1,\"a\":[true,false,null],\"m\":{}}" },
	{ "nested", "[[],[[]],{\"a\":{\"b\":[{\"c\":\"d\"}]}}]" },
	{ "numbers", "[0,-1,9,10,9223372036854775807,-9223372036854775808]" },
	{ "reals", "[0.5,-1.0,1e300]" },
	{ "escapes", "[\"\",\"\\\"\\\\/\",\"\\b\\f\\n\\r\\t\",\"a\\u0001b\"]" },
	{ "NUL in a string", "[\"a\\u0000b\"]" },
	{ "UTF-8", "[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"]" },
	{ "escapes in a key", "{\"a\\n\\\"b\":1}" },
	{ "a string", "\"alone\"" },
};

/* Gives their number. */
static int
check_pieces(json_t *v, const char *wanted)
{
	struct json_text t = { .len = 0 };
	struct json_walk w;
	size_t before = 0;
	int pieces = 1;

	json_walk_begin(&w, v);
	while (json_walk_put(&w, &t)) {
		assert_true(t.len > before);
		before = t.len;
		pieces++;
	}
	assert_int_equal(w.depth, 0);
	assert_false(t.failed);
	assert_int_equal(t.len, strlen(wanted));
	assert_memory_equal(t.text, wanted, t.len);
	json_text_fini(&t);
	return pieces;
}

static void
check_case(const char *text)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	struct json_text t = { .len = 0 };
	char *wanted;

	assert_non_null(v);
	wanted = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	json_text_put(&t, v);
	assert_false(t.failed);
	assert_int_equal(t.len, strlen(wanted));
	assert_memory_equal(t.text, wanted, t.len);
	json_text_fini(&t);
	if (json_is_object(v) || json_is_array(v))
		check_pieces(v, wanted);
	free(wanted);
	json_decref(v);
}

static void
test_json_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		check_case(cases[i].text);
	}
}

/* Long ones take some pieces. */
static void
test_pieces(void **state)
{
	json_t *v = json_pack("{s:[],s:{s:i}}", "many", "more", "n", 1);
	json_t *many = json_object_get(v, "many");
	char *wanted;

	(void)state;
	for (int i = 0; i < 1000; i++)
		json_array_append_new(many,
		    json_pack("{s:i,s:[n,b]}", "i", i, "deep", 1));
	wanted = json_dumps(v, JSON_COMPACT);
	assert_true(check_pieces(v, wanted) > 10);
	free(wanted);
	json_decref(v);
}

/* Each comes behind what is there, also when the buffer has to grow. */
static void
test_append(void **state)
{
	struct json_text t = { .len = 0 };
	json_t *v = json_string("0123456789");

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		json_text_put(&t, v);
		json_text_put_bytes(&t, "\n", 1);
	}
	assert_false(t.failed);
	assert_int_equal(t.len, 13000);
	for (size_t i = 0; i < t.len; i += 13)
		assert_memory_equal(t.text + i, "\"0123456789\"\n", 13);
	json_text_fini(&t);
	assert_null(t.text);
	json_decref(v);
}

/* There was no memory for the value. */
static void
test_no_value(void **state)
{
	struct json_text t = { .len = 0 };

	(void)state;
	json_text_put(&t, NULL);
	assert_true(t.failed);
	json_text_put_bytes(&t, "1", 1);
	assert_int_equal(t.len, 0);
	json_text_fini(&t);
	assert_false(t.failed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_text),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
