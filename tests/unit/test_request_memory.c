/*
 * Memory for JSON: things keep apart from each other, whatever their sizes and
 * in whatever order they go, also those of jansson itself.
 */
#include "hex.h"

#include <jansson.h>

#include "request_memory.h"

#define THINGS 20000

/* Around what a kind holds, around the largest kind, and large ones. */
static const size_t sizes[] = { 0, 1, 7, 8, 9, 15, 16, 17, 24, 100, 495, 496,
	497, 503, 504, 505, 512, 4096, 100000 };

struct thing {
	uint8_t *p;
	size_t size;
	uint8_t mark;
};

static struct thing
get(unsigned i)
{
	struct thing t = { .size = sizes[i % HEX_COUNT(sizes)],
		.mark = (uint8_t)(i * 7) };

	t.p = request_memory_get(t.size);
	assert_non_null(t.p);
	assert_int_equal((uintptr_t)t.p % _Alignof(json_int_t), 0);
	memset(t.p, t.mark, t.size);
	return t;
}

static void
put(struct thing *t)
{
	for (size_t i = 0; i < t->size; i++)
		assert_int_equal(t->p[i], t->mark);
	request_memory_put(t->p);
	t->p = NULL;
}

static void
test_apart(void **state)
{
	static struct thing things[THINGS];

	(void)state;
	request_memory_put(NULL);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < THINGS; i++)
			things[i] = get(i + (unsigned)round);
		/* some go and come again between those that stay */
		for (unsigned i = 0; i < THINGS; i += 3)
			put(&things[i]);
		for (unsigned i = 0; i < THINGS; i += 3)
			things[i] = get(i + 1);
		for (unsigned i = THINGS; i-- > 0;)
			put(&things[i]);
	}
}

/* What was freed last is given first: the cache still has it. */
static void
test_again(void **state)
{
	void *stays = request_memory_get(24), *first = request_memory_get(24);

	(void)state;
	for (int i = 0; i < 100000; i++) {
		request_memory_put(first);
		assert_ptr_equal(request_memory_get(24), first);
	}
	request_memory_put(first);
	request_memory_put(stays);
	/* nothing is used: it begins anew */
	assert_ptr_equal(request_memory_get(24), stays);
	request_memory_put(stays);
}

static void
test_too_much(void **state)
{
	(void)state;
	assert_null(request_memory_get(SIZE_MAX));
}

static void
test_jansson(void **state)
{
	json_t *array;

	(void)state;
	request_memory_use();
	array = json_array();
	for (int i = 0; i < 10000; i++)
		assert_int_equal(json_array_append_new(array,
				     json_pack("{s:i,s:s}", "number", i, "text",
					 "a text that is a little longer")),
		    0);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(json_integer_value(
				     json_object_get(json_array_get(array, i),
					 "number")),
		    i);
	json_decref(array);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_jansson),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
