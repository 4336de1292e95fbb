/*
 * UPDATEs under way, and the slots that are delivered as octets are
 * acknowledged.
 */
#include "hex.h"

#include "delivery.h"

#define MANY 10000

/* What was delivered, as text: "slot/number ..." */
static char delivered[256];

static void
on_slot(void *arg, uint32_t slot, uint64_t number)
{
	size_t len = strlen(delivered);

	(void)arg;
	snprintf(delivered + len, sizeof(delivered) - len, "%s%u/%u",
	    len > 0 ? " " : "", slot, (unsigned)number);
}

static void
send(struct delivery *d, uint64_t end, uint32_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(delivery_put(d, first + (uint32_t)i), 0);
	assert_int_equal(delivery_sent(d, end, (int64_t)end + 1), 0);
}

static void
check_acknowledged(struct delivery *d, uint64_t octets, const char *expected)
{
	delivered[0] = '\0';
	delivery_acknowledged(d, octets, on_slot, NULL);
	assert_string_equal(delivered, expected);
}

/* Slots 7 and 8 end with octet 100, slot 9 with 150, slot 7 again with 200. */
static const struct {
	const char *name;
	uint64_t octets;
	const char *expected;
	bool due;
} acknowledged[] = {
	{ "nothing", 0, "", true },
	{ "all but one octet of the first", 99, "", true },
	{ "the first", 100, "7/0 8/0", true },
	{ "into the second", 149, "7/0 8/0", true },
	{ "two of them", 150, "7/0 8/0 9/1", true },
	{ "all", 200, "7/0 8/0 9/1 7/2", false },
	{ "more than all", 1000, "7/0 8/0 9/1 7/2", false },
};

static void
test_acknowledged(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(acknowledged); i++) {
		struct delivery *d = delivery_new();

		hex_case(acknowledged[i].name);
		assert_non_null(d);
		send(d, 100, 7, 2);
		send(d, 150, 9, 1);
		send(d, 200, 7, 1);
		check_acknowledged(d, acknowledged[i].octets,
		    acknowledged[i].expected);
		assert_int_equal(delivery_is_due(d), acknowledged[i].due);
		check_acknowledged(d, acknowledged[i].octets, "");
		delivery_free(d);
	}
}

static void
test_find(void **state)
{
	struct delivery *d = delivery_new();
	uint64_t number = delivery_next(d);

	(void)state;
	assert_null(delivery_find(d, number));
	send(d, 100, 7, 2);
	assert_int_equal(delivery_next(d), number + 1);
	assert_int_equal(delivery_find(d, number)->end, 100);
	assert_int_equal(delivery_find(d, number)->at_ms, 101);
	assert_int_equal(delivery_find(d, number)->slots, 2);
	assert_null(delivery_find(d, number + 1));
	check_acknowledged(d, 100, "7/0 8/0");
	assert_null(delivery_find(d, number));
	assert_int_equal(delivery_next(d), number + 1);
	delivery_free(d);
	delivery_free(NULL);
}

/* A message that announces nothing is none to wait for. */
static void
test_nothing_announced(void **state)
{
	struct delivery *d = delivery_new();

	(void)state;
	send(d, 100, 0, 0);
	assert_false(delivery_is_due(d));
	assert_int_equal(delivery_next(d), 0);
	check_acknowledged(d, 100, "");
	delivery_free(d);
}

/* A lost session: nothing of it is delivered, no number comes again. */
static void
test_clear(void **state)
{
	struct delivery *d = delivery_new();

	(void)state;
	send(d, 100, 7, 2);
	assert_int_equal(delivery_put(d, 9), 0);
	delivery_clear(d);
	assert_false(delivery_is_due(d));
	assert_null(delivery_find(d, 0));
	assert_int_equal(delivery_next(d), 1);
	check_acknowledged(d, 1000, "");
	send(d, 50, 3, 1);
	check_acknowledged(d, 50, "3/1");
	delivery_free(d);
}

static uint32_t next_slot;

static void
on_in_order(void *arg, uint32_t slot, uint64_t number)
{
	(void)arg;
	assert_int_equal(slot, next_slot++);
	assert_int_equal(number, slot / 2);
}

/* Two UPDATEs go out for each that arrives; then the rest arrives. */
static void
test_many(void **state)
{
	struct delivery *d = delivery_new();

	(void)state;
	next_slot = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		send(d, i + 1, 2 * i, 2);
		delivery_acknowledged(d, (i + 1) / 2, on_in_order, NULL);
		assert_int_equal(next_slot, (i + 1) / 2 * 2);
		assert_int_equal(delivery_find(d, i)->end, i + 1);
	}
	delivery_acknowledged(d, MANY, on_in_order, NULL);
	assert_int_equal(next_slot, 2 * MANY);
	assert_false(delivery_is_due(d));
	send(d, MANY + 1, 2 * MANY, 2);
	assert_true(delivery_is_due(d));
	delivery_free(d);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acknowledged),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_nothing_announced),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
