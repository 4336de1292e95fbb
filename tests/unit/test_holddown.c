/*
 * How long a victim is held, and what is remembered of those that ended.
 */
#include "given.h"

#include "holddown.h"

static const struct holddown_rule minute = { .min_ms = 60000,
	.max_ms = 21600000,
	.window_ms = 3600000 };

static const struct {
	const char *name;
	int64_t min_ms, max_ms;
	uint32_t recurrences;
	int64_t held_ms;
} holds[] = {
	{ "off", 0, 21600000, 5, 0 },
	{ "the first time", 60000, 21600000, 0, 60000 },
	{ "the second time", 60000, 21600000, 1, 120000 },
	{ "the fourth time", 60000, 21600000, 3, 480000 },
	{ "just below the most", 60000, 21600000, 8, 15360000 },
	{ "at most", 60000, 21600000, 9, 21600000 },
	{ "at most, however often", 60000, 21600000, UINT32_MAX, 21600000 },
	{ "no more than the most at once", 60000, 30000, 0, 30000 },
	{ "the most is an odd number", 60000, 150001, 2, 150001 },
	{ "no overflow", 60000, INT64_MAX / 4, 400, INT64_MAX / 4 },
};

static void
test_until(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(holds); i++) {
		struct holddown_rule rule = { .min_ms = holds[i].min_ms,
			.max_ms = holds[i].max_ms };

		hex_case(holds[i].name);
		assert_true(holddown_until(&rule, 1000, holds[i].recurrences) ==
		    1000 + holds[i].held_ms);
	}
}

static void
end(struct holddown *h, const char *text, uint32_t recurrences, int64_t at_ms)
{
	struct prefix p = given_prefix(text);

	assert_int_equal(holddown_ended(h, &p, recurrences, at_ms), 0);
}

/* How often it has come back; both ways of asking give the same. */
static uint32_t
returns(struct holddown *h, const char *text, int64_t now_ms)
{
	struct prefix p = given_prefix(text);
	uint32_t would = holddown_would_return(h, &minute, &p, now_ms);

	assert_int_equal(holddown_returns(h, &minute, &p, now_ms), would);
	return would;
}

static void
test_returns(void **state)
{
	struct holddown *h = holddown_new();

	(void)state;
	assert_non_null(h);
	assert_int_equal(returns(h, "203.0.113.1", 1000), 0);
	end(h, "203.0.113.1", 0, 1000);
	end(h, "203.0.113.2", 4, 1000);
	assert_int_equal(returns(h, "203.0.113.3", 2000), 0);
	assert_int_equal(returns(h, "203.0.113.1", 3600999), 1);
	/* it is a victim now, and forgotten here */
	assert_int_equal(returns(h, "203.0.113.1", 3600999), 0);
	assert_int_equal(returns(h, "203.0.113.2", 3601000), 0); /* too late */
	assert_int_equal(holddown_count(h), 0);
	end(h, "203.0.113.2", UINT32_MAX, 1000);
	assert_int_equal(returns(h, "203.0.113.2", 1000), UINT32_MAX);
	holddown_free(h);
	holddown_free(NULL);
}

static void
test_ended_again(void **state)
{
	struct prefix p = given_prefix("203.0.113.1");
	struct holddown *h = holddown_new();
	uint32_t recurrences = 9;
	int64_t ended_ms = 9;

	(void)state;
	assert_false(holddown_find(h, &p, &recurrences, &ended_ms));
	end(h, "203.0.113.1", 1, 1000);
	end(h, "203.0.113.1", 2, 500);
	assert_int_equal(holddown_count(h), 1);
	assert_true(holddown_find(h, &p, &recurrences, &ended_ms));
	assert_int_equal(recurrences, 2);
	assert_int_equal(ended_ms, 500);
	assert_int_equal(holddown_count(h), 1);
	holddown_free(h);
}

static void
check_forgotten(struct holddown *h, int64_t now_ms, const char *text)
{
	struct prefix p, expected = given_prefix(text);

	assert_true(holddown_forget(h, &minute, now_ms, &p));
	assert_int_equal(prefix_cmp(&p, &expected), 0);
}

static void
test_forget(void **state)
{
	struct holddown *h = holddown_new();
	struct prefix p;

	(void)state;
	assert_false(holddown_forget(h, &minute, INT64_MAX, &p));
	assert_true(holddown_next(h, &minute) == INT64_MAX);
	end(h, "203.0.113.1", 0, 3000);
	end(h, "203.0.113.2", 0, 1000);
	end(h, "203.0.113.3", 0, 2000);
	assert_int_equal(holddown_next(h, &minute), 3601000);
	assert_false(holddown_forget(h, &minute, 3600999, &p));
	check_forgotten(h, 3602000, "203.0.113.2");
	check_forgotten(h, 3602000, "203.0.113.3");
	assert_false(holddown_forget(h, &minute, 3602000, &p));
	assert_int_equal(holddown_next(h, &minute), 3603000);
	assert_int_equal(holddown_count(h), 1);
	holddown_free(h);
}

static void
count_one(void *arg, const struct prefix *p, uint32_t recurrences,
    int64_t ended_ms)
{
	int64_t *sum = arg;

	assert_int_equal(p->family, FAMILY_IPV4);
	*sum += (int64_t)recurrences * 1000 + ended_ms;
}

static void
test_each(void **state)
{
	struct holddown *h = holddown_new();
	int64_t sum = 0;

	(void)state;
	holddown_each(h, count_one, &sum);
	assert_int_equal(sum, 0);
	end(h, "203.0.113.1", 2, 5);
	end(h, "203.0.113.2", 3, 7);
	holddown_each(h, count_one, &sum);
	assert_int_equal(sum, 5012);
	holddown_free(h);
}

/* One too many: the oldest goes, and its name is told. */
static void
test_too_many(void **state)
{
	struct prefix p = given_prefix("10.0.0.0");
	struct holddown *h = holddown_new();
	struct prefix gone;

	(void)state;
	for (uint32_t i = 0; i <= HOLDDOWN_REMEMBERED_MAX; i++) {
		p.addr[1] = (uint8_t)(i >> 16);
		p.addr[2] = (uint8_t)(i >> 8);
		p.addr[3] = (uint8_t)i;
		assert_false(holddown_forget(h, &minute, 0, &gone));
		assert_int_equal(holddown_ended(h, &p, 0, i), 0);
	}
	check_forgotten(h, 0, "10.0.0.0");
	assert_false(holddown_forget(h, &minute, 0, &gone));
	assert_int_equal(holddown_count(h), HOLDDOWN_REMEMBERED_MAX);
	holddown_free(h);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_returns),
		cmocka_unit_test(test_ended_again),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
