/*
 * Random commits on a disk that fails at random, with clean ends and crashes
 * between them, against a model.  What was stored is there; of what failed
 * all or nothing.  RTBH_SEED runs another course.
 */
#include "store_ground.h"

#include "faulty_vfs.h"

#define CLAIMS 40
#define ROUNDS 400
/* Commits that failed one after another. */
#define FAILED_MAX 64

/* All that is stored. */
struct model {
	int64_t expires[CLAIMS]; /* 0: there is none */
	uint32_t history;
};

struct course {
	unsigned seed;
	char directory[2][TMPDIR_PATH_MAX]; /* by turns, at each crash */
	int turn;
	struct store *store;
	struct model stored, wanted;
	/* What a commit that failed may have left behind. */
	struct model failed[FAILED_MAX];
	size_t failed_count;
	bool is_dirty[CLAIMS];
	uint32_t dirty_history;
};

static uint32_t
roll(struct course *c, uint32_t sides)
{
	return (uint32_t)rand_r(&c->seed) % sides;
}

/* As a speaker does: a few claims are changed, each with a line of history. */
static void
change(struct course *c)
{
	for (uint32_t left = roll(c, 8) + 1; left > 0; left--) {
		uint32_t n = roll(c, CLAIMS);

		c->wanted.expires[n] =
		    roll(c, 3) == 0 ? 0 : NOW + 1 + (int64_t)roll(c, 1000);
		c->is_dirty[n] = true;
		c->wanted.history++;
		c->dirty_history++;
	}
}

/* Puts all that waits into one commit. */
static void
put_dirty(const struct course *c, struct wire_out *out)
{
	struct history_entry e = entry("10.0.0.1", 1, HISTORY_ADDED);

	for (uint32_t n = 0; n < CLAIMS; n++) {
		int64_t expires = c->wanted.expires[n];
		struct stored_claim claim =
		    nth_claim(n, expires != 0 ? expires : -1);

		claim.ended = expires == 0;
		if (c->is_dirty[n])
			channel_put_claim(out, &claim);
	}
	for (uint32_t n = 0; n < c->dirty_history; n++)
		channel_put_history(out, &e);
}

static void
set_random_fault(struct course *c)
{
	static const enum fault faults[] = { FAULT_FULL, FAULT_WRITE,
		FAULT_TORN, FAULT_SYNC };

	if (roll(c, 3) == 0)
		faulty_set(faults[roll(c, HEX_COUNT(faults))],
		    (int)roll(c, 12));
}

static void
commit_dirty(struct course *c)
{
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	put_dirty(c, &out);
	if (commit_out(c->store, &out) == 0) {
		c->stored = c->wanted;
		memset(c->is_dirty, 0, sizeof(c->is_dirty));
		c->dirty_history = 0;
		c->failed_count = 0;
	} else {
		assert_true(c->failed_count < FAILED_MAX);
		c->failed[c->failed_count++] = c->wanted;
	}
	wire_out_fini(&out);
}

static int
count_record(void *arg, const struct record *r)
{
	struct model *m = arg;

	assert_int_equal(r->kind, RECORD_CLAIM);
	assert_in_range(r->claim.prefix.addr[3], 0, CLAIMS - 1);
	m->expires[r->claim.prefix.addr[3]] = r->claim.expires_wall_ms;
	return 0;
}

static void
count_entry(void *arg, const struct history_entry *e)
{
	(void)e;
	((struct model *)arg)->history++;
}

static bool
is_same(const struct model *a, const struct model *b)
{
	return a->history == b->history &&
	    memcmp(a->expires, b->expires, sizeof(a->expires)) == 0;
}

/*
 * What is there is what was stored, or one of those that failed, whose history
 * is then told a second time.
 */
static void
check(struct course *c)
{
	struct history_query q = { .owner = "", .limit = 1000000 };
	struct model is = { .history = 0 };
	size_t i = 0;

	assert_int_equal(store_load(c->store, NOW, count_record, &is), 0);
	assert_int_equal(store_history(c->store, &q, count_entry, &is), 0);
	if (!is_same(&is, &c->stored)) {
		while (i < c->failed_count && !is_same(&is, &c->failed[i]))
			i++;
		assert_true(i < c->failed_count);
	}
	c->stored = is;
	c->wanted.history = is.history + c->dirty_history;
	c->failed_count = 0;
}

static void
move_file(const struct course *c, const char *name)
{
	char from[2 * TMPDIR_PATH_MAX], to[2 * TMPDIR_PATH_MAX], block[65536];
	FILE *in, *out;
	size_t len;

	snprintf(from, sizeof(from), "%s/%s", c->directory[c->turn], name);
	snprintf(to, sizeof(to), "%s/%s", c->directory[!c->turn], name);
	in = fopen(from, "rb");
	assert_non_null(in);
	out = fopen(to, "wb");
	assert_non_null(out);
	while ((len = fread(block, 1, sizeof(block), in)) > 0)
		assert_int_equal(fwrite(block, 1, len, out), len);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* The files as they are now are all that is left. */
static void
crash(struct course *c)
{
	move_file(c, "victims.db");
	move_file(c, "victims.db-wal");
	store_close(c->store);
	c->turn = !c->turn;
}

static void
end(struct course *c)
{
	if (roll(c, 2) == 0) {
		crash(c);
		faulty_set(FAULT_NONE, 0);
	} else {
		store_close(c->store); /* maybe while the disk fails */
		faulty_set(FAULT_NONE, 0);
	}
	c->store = open_store(c->directory[c->turn]);
	check(c);
}

static void
prune(struct course *c)
{
	struct store_limits limits = { .age_ms = NOW, .rows = 500 };

	if (store_prune(c->store, &limits, NOW) == 0 &&
	    c->stored.history > 500 && c->failed_count == 0) {
		c->wanted.history -= c->stored.history - 500;
		c->stored.history = 500;
	}
}

static void
run(struct course *c)
{
	for (int round = 0; round < ROUNDS; round++) {
		change(c);
		set_random_fault(c);
		commit_dirty(c);
		if (roll(c, 4) == 0)
			end(c);
		faulty_set(FAULT_NONE, 0);
		if (roll(c, 16) == 0) {
			commit_dirty(c);
			prune(c);
			check(c);
		}
	}
	commit_dirty(c);
	assert_int_equal(c->failed_count, 0);
	check(c);
}

static void
test_course(void **state)
{
	const char *seed = getenv("RTBH_SEED");
	struct course *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->seed = seed != NULL ? (unsigned)strtoul(seed, NULL, 10) : 1;
	print_message("  seed %u\n", c->seed);
	for (int i = 0; i < 2; i++) {
		tmpdir_path(c->directory[i], *state, i == 0 ? "a" : "b");
		assert_int_equal(mkdir(c->directory[i], 0700), 0);
	}
	c->store = open_store(c->directory[0]);
	run(c);
	store_close(c->store);
	for (int i = 0; i < 2; i++)
		assert_int_equal(count_kept(c->directory[i]), 0);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_course),
	};

	faulty_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
