/*
 * Memory in slabs: things keep apart from each other, in whatever order they
 * go.  That it is given back, the sanitizer and valgrind cannot see.
 */
#include "hex.h"

#include "slab.h"

/* Each byte tells whose it is. */
static void
fill(void *p, size_t size, int which)
{
	assert_non_null(p);
	assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
	memset(p, which & 0xff, size);
}

static void
check(const uint8_t *p, size_t size, int which)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(p[i], which & 0xff);
}

static void
test_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 300, 262000, 262144,
		262145, 1000000, 5 };
	struct slabs s = { NULL };
	void *things[HEX_COUNT(sizes)];

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(sizes); i++) {
		things[i] = slab_get(&s, sizes[i]);
		fill(things[i], sizes[i], (int)i);
	}
	for (size_t i = 0; i < HEX_COUNT(sizes); i++) {
		check(things[i], sizes[i], (int)i);
		slab_put(&s, things[i]);
	}
	slab_put(&s, NULL);
	assert_null(slab_get(&s, SIZE_MAX / 2));
	slab_trim(&s);
	slab_trim(&s);
}

/* The one that is kept is used again. */
static void
test_reuse(void **state)
{
	struct slabs s = { NULL };
	void *first = slab_get(&s, 100);

	(void)state;
	for (int i = 0; i < 100000; i++) {
		slab_put(&s, first);
		assert_ptr_equal(slab_get(&s, 100), first);
	}
	slab_put(&s, first);
	slab_trim(&s);
}

static void
test_random(void **state)
{
	enum {
		THINGS = 5000,
		STEPS = 100000
	};
	static uint8_t *things[THINGS];
	static size_t sizes[THINGS];
	struct slabs s = { NULL };
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		uint32_t which;

		seed = seed * 1103515245 + 12345;
		which = (seed >> 8) % THINGS;
		if (things[which] != NULL) {
			check(things[which], sizes[which], (int)which);
			slab_put(&s, things[which]);
			things[which] = NULL;
			continue;
		}
		seed = seed * 1103515245 + 12345;
		sizes[which] = (seed >> 8) % 500;
		things[which] = slab_get(&s, sizes[which]);
		fill(things[which], sizes[which], (int)which);
	}
	for (int i = 0; i < THINGS; i++)
		slab_put(&s, things[i]);
	slab_trim(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
