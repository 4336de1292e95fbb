/*
 * Sets of slots.
 */
#include "hex.h"

#include "slot_set.h"

#define CAPACITY 256

static void
set_init(struct slot_set *set)
{
	*set = (struct slot_set){ .count = 0 };
	assert_int_equal(slot_set_resize(set, 0, CAPACITY), 0);
}

static void
test_put_drop(void **state)
{
	static const uint32_t slots[] = { 255, 64, 63, 0, 128 };
	struct slot_set set;

	(void)state;
	set_init(&set);
	for (size_t i = 0; i < HEX_COUNT(slots); i++) {
		assert_false(slot_set_has(&set, slots[i]));
		slot_set_put(&set, slots[i]);
		slot_set_put(&set, slots[i]);
		assert_true(slot_set_has(&set, slots[i]));
		assert_int_equal(set.count, i + 1);
	}
	assert_false(slot_set_has(&set, 1));
	for (size_t i = 0; i < HEX_COUNT(slots); i++) {
		slot_set_drop(&set, slots[i]);
		slot_set_drop(&set, slots[i]);
		assert_false(slot_set_has(&set, slots[i]));
	}
	assert_int_equal(set.count, 0);
	free(set.words);
}

/* The lowest, also when lower ones come and go. */
static void
test_first(void **state)
{
	struct slot_set set;

	(void)state;
	set_init(&set);
	slot_set_put(&set, 200);
	assert_int_equal(slot_set_first(&set), 200);
	slot_set_put(&set, 255);
	slot_set_put(&set, 70);
	assert_int_equal(slot_set_first(&set), 70);
	slot_set_drop(&set, 70);
	assert_int_equal(slot_set_first(&set), 200);
	slot_set_put(&set, 199);
	assert_int_equal(slot_set_first(&set), 199);
	slot_set_drop(&set, 199);
	slot_set_drop(&set, 200);
	slot_set_drop(&set, 255);
	slot_set_put(&set, 255);
	slot_set_put(&set, 3);
	assert_int_equal(slot_set_first(&set), 3);
	free(set.words);
}

static void
test_next(void **state)
{
	static const uint32_t slots[] = { 0, 5, 63, 64, 190, 255 };
	struct slot_set set;
	uint32_t slot = 0;
	size_t i = 0;

	(void)state;
	set_init(&set);
	assert_false(slot_set_next(&set, CAPACITY, &slot));
	for (size_t n = 0; n < HEX_COUNT(slots); n++)
		slot_set_put(&set, slots[n]);
	for (slot = 0; slot_set_next(&set, CAPACITY, &slot); slot++)
		assert_int_equal(slot, slots[i++]);
	assert_int_equal(i, HEX_COUNT(slots));
	slot = 65;
	assert_true(slot_set_next(&set, CAPACITY, &slot));
	assert_int_equal(slot, 190);
	free(set.words);
}

static void
test_resize_clear(void **state)
{
	struct slot_set set;

	(void)state;
	set_init(&set);
	slot_set_put(&set, 255);
	assert_int_equal(slot_set_resize(&set, CAPACITY, 2 * CAPACITY), 0);
	assert_true(slot_set_has(&set, 255));
	for (uint32_t slot = CAPACITY; slot < 2 * CAPACITY; slot++)
		assert_false(slot_set_has(&set, slot));
	slot_set_put(&set, 511);
	slot_set_clear(&set, 2 * CAPACITY);
	assert_int_equal(set.count, 0);
	assert_false(slot_set_has(&set, 255));
	assert_false(slot_set_has(&set, 511));
	free(set.words);
	set = (struct slot_set){ .count = 0 };
	slot_set_clear(&set, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_drop),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_resize_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
