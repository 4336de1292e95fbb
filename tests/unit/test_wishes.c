/*
 * The last word on each prefix, whatever happens to connections meanwhile.
 */
#include "hex.h"

#include "wishes.h"

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text), PREFIX_OK);
	return p;
}

static void
put(struct wishes *w, const char *text, bool withdraw)
{
	struct prefix p = prefix(text);

	assert_int_equal(wishes_put(w, &p, withdraw), 0);
}

/* Asks for the next that waits; it must be this one. */
static struct wish *
ask(struct wishes *w, const char *text, bool withdraw, int64_t id)
{
	struct prefix p = prefix(text);
	struct wish *wish = wishes_next(w);

	assert_non_null(wish);
	assert_int_equal(prefix_cmp(&wish->prefix, &p), 0);
	assert_int_equal(wish->withdraw, withdraw);
	wishes_asked(w, wish, id);
	return wish;
}

static void
test_order(void **state)
{
	struct wishes w;
	struct wish *a, *b;

	(void)state;
	wishes_init(&w, 10);
	assert_null(wishes_next(&w));
	put(&w, "203.0.113.9", false);
	put(&w, "203.0.113.7", true);
	a = ask(&w, "203.0.113.9", false, 1);
	b = ask(&w, "203.0.113.7", true, 2);
	assert_null(wishes_next(&w));
	assert_int_equal(w.asked_count, 2);
	assert_ptr_equal(wishes_answered(&w, 1), a);
	wishes_done(&w, a);
	assert_ptr_equal(wishes_answered(&w, 2), b);
	wishes_done(&w, b);
	assert_int_equal(w.count, 0);
	assert_int_equal(w.asked_count, 0);
	assert_null(wishes_answered(&w, 3));
	wishes_fini(&w);
}

static void
test_last_word(void **state)
{
	struct wishes w;

	(void)state;
	wishes_init(&w, 10);
	put(&w, "203.0.113.7", false);
	put(&w, "203.0.113.8", false);
	put(&w, "203.0.113.7", true);
	assert_int_equal(w.count, 2);
	ask(&w, "203.0.113.8", false, 1);
	ask(&w, "203.0.113.7", true, 2);
	/* a newer word while one is asked for */
	put(&w, "203.0.113.8", true);
	assert_null(wishes_answered(&w, 1));
	ask(&w, "203.0.113.8", true, 3);
	wishes_done(&w, wishes_answered(&w, 2));
	wishes_done(&w, wishes_answered(&w, 3));
	assert_int_equal(w.count, 0);
	wishes_fini(&w);
}

static void
test_again(void **state)
{
	struct wishes w;

	(void)state;
	wishes_init(&w, 10);
	for (int i = 1; i <= 4; i++) {
		char text[32];

		snprintf(text, sizeof(text), "203.0.113.%d", i);
		put(&w, text, false);
	}
	ask(&w, "203.0.113.1", false, 1);
	ask(&w, "203.0.113.2", false, 2);
	ask(&w, "203.0.113.3", false, 3);
	wishes_all_again(&w);
	assert_int_equal(w.asked_count, 0);
	assert_null(wishes_answered(&w, 1));
	ask(&w, "203.0.113.1", false, 4);
	wishes_again(&w, wishes_answered(&w, 4));
	for (int i = 1; i <= 4; i++) {
		char text[32];

		snprintf(text, sizeof(text), "203.0.113.%d", i);
		ask(&w, text, false, 10 + i);
	}
	assert_null(wishes_next(&w));
	wishes_fini(&w);
}

static void
test_full(void **state)
{
	struct prefix p = prefix("203.0.113.3");
	struct wishes w;

	(void)state;
	wishes_init(&w, 2);
	put(&w, "203.0.113.1", false);
	put(&w, "203.0.113.2", false);
	assert_int_equal(wishes_put(&w, &p, false), -1);
	put(&w, "203.0.113.1", true);
	assert_int_equal(w.count, 2);
	wishes_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_last_word),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
