/*
 * Text of JSON values: the same that jansson gives, and a failure to take a
 * piece is told.
 */
#include "hex.h"

#include "json_text.h"

#define TEXT_MAX 4096

struct taker {
	char text[TEXT_MAX];
	size_t len;
	size_t max; /* more is not taken */
};

static int
take(const char *piece, size_t len, void *arg)
{
	struct taker *t = arg;

	if (t->len + len > t->max)
		return -1;
	memcpy(t->text + t->len, piece, len);
	t->len += len;
	return 0;
}

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

static void
check_case(const char *text)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	char *wanted;
	static struct taker t;

	assert_non_null(v);
	wanted = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	t = (struct taker){ .max = TEXT_MAX };
	assert_int_equal(json_text(v, take, &t), 0);
	assert_int_equal(t.len, strlen(wanted));
	assert_memory_equal(t.text, wanted, t.len);
	/* wherever it ends, it is told */
	for (size_t max = 0; max < strlen(wanted); max++) {
		t = (struct taker){ .max = max };
		assert_int_equal(json_text(v, take, &t), -1);
	}
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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
