/*
 * A disk that fails: nothing that was stored is lost, a commit is whole or not
 * at all, and once the disk is back what is outstanding is stored.
 */
#include "store_ground.h"

#include "faulty_vfs.h"

#define A "10.0.0.1/32 a r  5 -1 -1\n"
#define B "10.0.0.2/32 a r  5 -1 -1\n"
#define C "10.0.0.3/32 a r  5 -1 -1\n"

/* What fails while the store is open. */
static const struct {
	const char *name;
	enum fault fault;
	const char *why;
} faults[] = {
	{ "the disk is full", FAULT_FULL, "full" },
	{ "EIO on write", FAULT_WRITE, "I/O error" },
	{ "a torn write", FAULT_TORN, "I/O error" },
	{ "EIO on fsync", FAULT_SYNC, "I/O error" },
};

static int
init(void **state)
{
	faulty_set(FAULT_NONE, 0);
	return tmpdir_setup(state);
}

#define fault_test(function) \
	cmocka_unit_test_setup_teardown(function, init, tmpdir_teardown)

static int
commit_two(struct store *s, uint32_t first)
{
	struct stored_claim c[] = { nth_claim(first, -1),
		nth_claim(first + 1, -1) };

	return commit(s, c, 2);
}

static void
test_fails_and_is_back(void **state)
{
	struct store *s;

	for (size_t i = 0; i < HEX_COUNT(faults); i++) {
		struct stored_claim ended = nth_claim(2, -1);

		hex_case(faults[i].name);
		s = open_store(*state);
		commit_one(s, nth_claim(1, -1));
		faulty_set(faults[i].fault, 0);
		for (int again = 0; again < 3; again++) {
			assert_int_equal(commit_two(s, 2), -1);
			assert_non_null(strstr(store_error(s), faults[i].why));
			check_stored(s, A);
		}
		faulty_set(FAULT_NONE, 0);
		assert_int_equal(commit_two(s, 2), 0);
		check_stored(s, A B C);
		s = reopen(s, *state);
		check_stored(s, A B C);
		ended.ended = true;
		commit_one(s, ended);
		ended = nth_claim(3, -1);
		ended.ended = true;
		commit_one(s, ended);
		store_close(s);
	}
	assert_int_equal(count_kept(*state), 0);
}

/* Each write and each sync that one commit makes fails in turn. */
static void
test_fails_at_each_step(void **state)
{
	struct store *s;

	for (size_t i = 0; i < HEX_COUNT(faults); i++) {
		int rc = -1;

		hex_case(faults[i].name);
		for (int after = 0; rc == -1; after++) {
			s = open_store(*state);
			commit_one(s, nth_claim(1, -1));
			faulty_set(faults[i].fault, after);
			rc = commit_two(s, 2);
			check_stored(s, rc == 0 ? A B C : A);
			faulty_set(FAULT_NONE, 0);
			s = reopen(s, *state);
			check_stored(s, rc == 0 ? A B C : A);
			store_close(s);
			assert_true(after < 100);
		}
		s = open_store(*state);
		for (uint32_t n = 2; n <= 3; n++) {
			struct stored_claim ended = nth_claim(n, -1);

			ended.ended = true;
			commit_one(s, ended);
		}
		store_close(s);
	}
	assert_int_equal(count_kept(*state), 0);
}

/*
 * It is closed while it fails, as at the end of the daemon.  What is not
 * synced may be there after all, and then it is whole.
 */
static void
test_ends_while_it_fails(void **state)
{
	struct store *s;

	for (size_t i = 0; i < HEX_COUNT(faults); i++) {
		hex_case(faults[i].name);
		s = open_store(*state);
		commit_one(s, nth_claim(1, -1));
		faulty_set(faults[i].fault, 0);
		assert_int_equal(commit_two(s, 2), -1);
		store_close(s);
		faulty_set(FAULT_NONE, 0);
		s = open_store(*state);
		check_stored(s, faults[i].fault == FAULT_SYNC ? A B C : A);
		store_close(s);
	}
	assert_int_equal(count_kept(*state), 0);
}

/* A start without disk: no harm is done, and all is there once it is back. */
static void
test_starts_while_it_fails(void **state)
{
	static const struct {
		const char *name;
		enum fault fault;
	} cases[] = {
		{ "EIO on read", FAULT_READ },
		{ "nothing can be opened", FAULT_OPEN },
	};
	struct loaded l = { 0 };
	struct store *s = open_store(*state);

	commit_one(s, nth_claim(1, -1));
	store_close(s);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		hex_case(cases[i].name);
		faulty_set(cases[i].fault, 0);
		s = store_open(*state);
		assert_non_null(s);
		assert_string_not_equal(store_trouble(s), "");
		assert_int_equal(store_load(s, NOW, on_record, &l), -1);
		assert_int_equal(commit_two(s, 2), -1);
		faulty_set(FAULT_NONE, 0);
		assert_int_equal(commit_two(s, 2), 0);
		assert_string_equal(store_trouble(s), "");
		check_stored(s, A B C);
		store_close(s);
	}
	assert_int_equal(count_kept(*state), 0);
}

/* What is stored is announced; what is new waits. */
static void
test_read_only_file(void **state)
{
	struct store *s = open_store(*state);

	commit_one(s, nth_claim(1, -1));
	store_close(s);
	faulty_set(FAULT_READ_ONLY, 0);
	s = open_store(*state);
	check_stored(s, A);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(commit_two(s, 2), -1);
		assert_non_null(strstr(store_error(s), "readonly"));
	}
	faulty_set(FAULT_NONE, 0);
	assert_int_equal(commit_two(s, 2), 0);
	check_stored(s, A B C);
	store_close(s);
}

/* The log and its index cannot be made, but the file is there. */
static void
test_read_only_directory(void **state)
{
	struct store *s = open_store(*state);

	commit_one(s, nth_claim(1, -1));
	store_close(s);
	faulty_set(FAULT_OPEN, 1);
	s = store_open(*state);
	assert_non_null(s);
	assert_string_not_equal(store_trouble(s), "");
	assert_int_equal(commit_two(s, 2), -1);
	faulty_set(FAULT_NONE, 0);
	assert_int_equal(commit_two(s, 2), 0);
	check_stored(s, A B C);
	store_close(s);
	assert_int_equal(count_kept(*state), 0);
}

/* The history and the claims of one commit share its end. */
static void
test_commit_is_whole(void **state)
{
	struct history_query q = { .owner = "", .limit = 10 };
	struct history_entry e = entry("10.0.0.2", 1, HISTORY_ADDED);
	struct stored_claim c = nth_claim(2, -1);
	struct store *s = open_store(*state);
	struct wire_out out;

	commit_one(s, nth_claim(1, -1));
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_claim(&out, &c);
	channel_put_history(&out, &e);
	wire_put_u8(&out, 0xff); /* no record */
	assert_int_equal(commit_out(s, &out), -1);
	assert_int_equal(store_history(s, &q, NULL, NULL), 0);
	check_stored(s, A);
	wire_out_fini(&out);
	store_close(s);
}

/* The disk gives back other bytes than were written, while we run. */
static void
test_damaged_while_open(void **state)
{
	char path[TMPDIR_PATH_MAX], junk[32 * 4096];
	struct store *s = open_store(*state);

	commit_one(s, nth_claim(1, -1));
	s = reopen(s, *state);
	check_stored(s, A); /* and no page is kept in memory */
	memset(junk, 0x5a, sizeof(junk));
	tmpdir_write(tmpdir_path(path, *state, "victims.db"), junk,
	    sizeof(junk), 4096);
	assert_int_equal(commit_two(s, 2), -1);
	assert_int_equal(commit_two(s, 2), 0); /* into a new one */
	assert_non_null(strstr(store_trouble(s), "is kept as"));
	assert_int_equal(count_kept(*state), 1);
	s = reopen(s, *state);
	store_close(s);
}

/* Salvage needs room on the disk; without it all waits until there is some. */
static void
test_salvage_fails(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct store *s = open_store(*state);

	commit_one(s, nth_claim(1, -1));
	store_close(s);
	tmpdir_write(tmpdir_path(path, *state, "victims.db"), "junk", 4, 0);
	faulty_set(FAULT_FULL, 0);
	s = store_open(*state);
	assert_non_null(s);
	assert_non_null(strstr(store_trouble(s), "cannot be saved now"));
	assert_int_equal(commit_two(s, 2), -1);
	assert_int_equal(count_kept(*state), 0);
	faulty_set(FAULT_NONE, 0);
	assert_int_equal(commit_two(s, 2), 0);
	assert_non_null(strstr(store_trouble(s), "is kept as"));
	assert_int_equal(count_kept(*state), 1);
	check_stored(s, A B C);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fault_test(test_fails_and_is_back),
		fault_test(test_fails_at_each_step),
		fault_test(test_ends_while_it_fails),
		fault_test(test_starts_while_it_fails),
		fault_test(test_read_only_file),
		fault_test(test_read_only_directory),
		fault_test(test_commit_is_whole),
		fault_test(test_damaged_while_open),
		fault_test(test_salvage_fails),
	};

	faulty_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
