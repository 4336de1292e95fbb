/*
 * The slots: when one is free again, and when there is room.
 */
#include "given.h"

#include "rib.h"

/* Owned by nobody: the rib only asks whether there is one. */
static struct victim some_victim;

static uint32_t
add(struct rib *rib, const char *text)
{
	struct prefix p = given_prefix(text);

	assert_int_equal(rib_reserve(rib, 1), 0);
	return rib_add(rib, &p, &some_victim);
}

static void
test_add(void **state)
{
	struct rib *rib = rib_new();
	struct prefix aggregate = given_prefix("203.0.113.0/24");
	uint32_t a, b;

	(void)state;
	assert_non_null(rib);
	assert_int_equal(rib_slots(rib), 0);
	assert_int_equal(rib_reserve(rib, 2), 0);
	a = rib_add(rib, &aggregate, NULL);
	b = add(rib, "203.0.113.7");
	assert_int_not_equal(a, b);
	assert_int_equal(rib_slots(rib), 2);
	assert_int_equal(rib_route(rib, a)->kind, ROUTE_AGGREGATE);
	assert_null(rib_route(rib, a)->victim);
	assert_int_equal(rib_route(rib, b)->kind, ROUTE_BLACKHOLE);
	assert_ptr_equal(rib_route(rib, b)->victim, &some_victim);
	assert_false(rib_route(rib, b)->ended);
	rib_free(rib);
	rib_free(NULL);
}

static void
test_end_untold(void **state)
{
	struct rib *rib = rib_new();
	uint32_t slot = add(rib, "203.0.113.7");

	(void)state;
	rib_collect(rib, slot);
	assert_non_null(rib_route(rib, slot));
	rib_end(rib, slot);
	assert_true(rib_route(rib, slot)->ended);
	assert_null(rib_route(rib, slot)->victim);
	rib_collect(rib, slot);
	assert_null(rib_route(rib, slot));
	rib_collect(rib, slot); /* a second time frees nothing twice */
	assert_int_equal(add(rib, "203.0.113.8"), slot);
	assert_int_equal(add(rib, "203.0.113.9"), slot + 1);
	rib_free(rib);
}

/* A slot is free only when the last neighbor has been told of the end. */
static void
test_reuse(void **state)
{
	struct rib *rib = rib_new();
	uint32_t slot = add(rib, "203.0.113.7");

	(void)state;
	rib_told(rib, slot);
	rib_told(rib, slot);
	rib_end(rib, slot);
	rib_collect(rib, slot);
	assert_non_null(rib_route(rib, slot));
	assert_int_not_equal(add(rib, "203.0.113.7"), slot);
	rib_untold(rib, slot);
	rib_collect(rib, slot);
	assert_non_null(rib_route(rib, slot));
	rib_untold(rib, slot);
	rib_collect(rib, slot);
	assert_null(rib_route(rib, slot));
	assert_int_equal(add(rib, "203.0.113.9"), slot);
	rib_free(rib);
}

/* What is left over from before the start stays, for whoever kept it. */
static void
test_left_over(void **state)
{
	struct rib *rib = rib_new();
	struct prefix p = given_prefix("203.0.113.7");
	uint32_t slot;

	(void)state;
	assert_int_equal(rib_reserve(rib, 1), 0);
	slot = rib_add_left_over(rib, &p);
	assert_true(rib_route(rib, slot)->ended);
	assert_int_equal(rib_route(rib, slot)->kind, ROUTE_BLACKHOLE);
	rib_told(rib, slot);
	rib_untold(rib, slot);
	rib_collect(rib, slot);
	assert_non_null(rib_route(rib, slot));
	rib_free(rib);
}

static void
test_reserve(void **state)
{
	struct rib *rib = rib_new();
	struct prefix p = given_prefix("203.0.113.7");
	uint32_t capacity;

	(void)state;
	assert_int_equal(rib_capacity(rib), 0);
	assert_int_equal(rib_reserve(rib, 1000), 0);
	capacity = rib_capacity(rib);
	assert_true(capacity >= 1000);
	for (uint32_t i = 0; i < capacity; i++)
		assert_int_equal(rib_add(rib, &p, &some_victim), i);
	assert_int_equal(rib_capacity(rib), capacity);

	/* a free slot is room */
	rib_end(rib, 77);
	rib_collect(rib, 77);
	assert_int_equal(rib_reserve(rib, 1), 0);
	assert_int_equal(rib_capacity(rib), capacity);
	assert_int_equal(rib_reserve(rib, 2), 0);
	assert_true(rib_capacity(rib) > capacity);
	assert_int_equal(rib_add(rib, &p, &some_victim), 77);
	rib_free(rib);
}

static void
test_too_many(void **state)
{
	struct rib *rib = rib_new();
	uint32_t slot = add(rib, "203.0.113.7"), capacity = rib_capacity(rib);

	(void)state;
	assert_int_equal(rib_reserve(rib, UINT32_MAX), -1);
	assert_int_equal(rib_capacity(rib), capacity);
	assert_non_null(rib_route(rib, slot));
	rib_free(rib);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_end_untold),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_left_over),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
