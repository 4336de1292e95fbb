/*
 * The queue of those that wait, oldest first.
 */
#include "hex.h"

#include "slot_queue.h"

#define MANY 5000

static void
put(struct slot_queue *q, int64_t since_ms, uint32_t slot)
{
	struct slot_age age = { .since_ms = since_ms, .slot = slot };

	assert_int_equal(slot_queue_put(q, &age), 0);
}

static void
check_first(struct slot_queue *q, uint32_t slot)
{
	assert_non_null(slot_queue_first(q));
	assert_int_equal(slot_queue_first(q)->slot, slot);
	slot_queue_drop(q);
}

static void
test_order(void **state)
{
	struct slot_queue q = { .items = NULL };

	(void)state;
	assert_null(slot_queue_first(&q));
	put(&q, 30, 1);
	put(&q, 10, 2);
	put(&q, 20, 3);
	put(&q, 10, 0);
	check_first(&q, 0);
	check_first(&q, 2);
	put(&q, 5, 9);
	check_first(&q, 9);
	check_first(&q, 3);
	check_first(&q, 1);
	assert_null(slot_queue_first(&q));
	put(&q, 1, 4);
	slot_queue_fini(&q);
	assert_null(slot_queue_first(&q));
	assert_int_equal(q.count, 0);
}

/* Times in an order that has nothing to do with theirs: 7919 is a prime. */
static void
test_many(void **state)
{
	struct slot_queue q = { .items = NULL };

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		put(&q, i * 7919 % MANY, i);
	for (int64_t i = 0; i < MANY; i++) {
		assert_int_equal(slot_queue_first(&q)->since_ms, i);
		slot_queue_drop(&q);
	}
	assert_null(slot_queue_first(&q));
	slot_queue_fini(&q);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
