/*
 * The database on a real disk: what is stored is there after it was opened
 * again, and one that is damaged is kept aside.
 */
#include "tmpdir.h"

#include <dirent.h>

#include "store.h"

#define NOW 1000

struct loaded {
	size_t count;
	char text[512]; /* "PREFIX OWNER REASON NEIGHBORS SINCE EXPIRES\n" */
};

static int
on_claim(void *arg, const struct stored_claim *c)
{
	struct loaded *l = arg;
	char prefix[PREFIX_STRLEN], line[256];

	l->count++;
	snprintf(line, sizeof(line), "%s %s %s %s %lld %lld%s\n",
	    prefix_print(&c->prefix, prefix), c->owner, c->reason, c->neighbors,
	    (long long)c->since_wall_ms, (long long)c->expires_wall_ms,
	    c->ended ? " ended" : "");
	strlcat(l->text, line, sizeof(l->text));
	return 0;
}

/* What is stored, as text. */
static void
check_stored(struct store *s, const char *expected)
{
	struct loaded l = { 0 };

	assert_int_equal(store_load(s, NOW, on_claim, &l), 0);
	assert_string_equal(l.text, expected);
}

static struct store *
open_store(const char *directory)
{
	struct store *s = store_open(directory);

	assert_non_null(s);
	assert_string_equal(store_trouble(s), "");
	return s;
}

/* Closes and opens it. */
static struct store *
reopen(struct store *s, const char *directory)
{
	store_close(s);
	return open_store(directory);
}

static struct stored_claim
claim(const char *prefix, const char *owner, int64_t expires)
{
	struct stored_claim c = { .owner = owner,
		.reason = "r",
		.neighbors = "",
		.since_wall_ms = 5,
		.expires_wall_ms = expires };

	assert_int_equal(prefix_parse(&c.prefix, prefix), PREFIX_OK);
	return c;
}

static int
commit(struct store *s, const struct stored_claim *claims, size_t count)
{
	struct wire_out out;
	int rc;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (size_t i = 0; i < count; i++)
		channel_put_claim(&out, &claims[i]);
	assert_false(out.failed);
	rc = store_commit(s, wire_in(out.bytes, out.len));
	wire_out_fini(&out);
	return rc;
}

static void
commit_one(struct store *s, struct stored_claim c)
{
	assert_int_equal(commit(s, &c, 1), 0);
}

static void
test_is_there_after_reopening(void **state)
{
	struct stored_claim c[] = {
		claim("203.0.113.7", "a", 2000),
		claim("203.0.113.7", "b", -1),
		claim("2001:db8::7", "a", 3000),
	};
	struct store *s = open_store(*state);

	c[1].reason = "it's \"quoted\"; \xc3\xa4";
	c[1].neighbors = "transit-a,transit-b";
	check_stored(s, "");
	assert_int_equal(commit(s, c, 3), 0);
	s = reopen(s, *state);
	check_stored(s,
	    "2001:db8::7/128 a r  5 3000\n"
	    "203.0.113.7/32 a r  5 2000\n"
	    "203.0.113.7/32 b it's \"quoted\"; \xc3\xa4 "
	    "transit-a,transit-b 5 -1\n");
	store_close(s);
}

static void
test_refresh_and_end(void **state)
{
	struct stored_claim c[] = {
		claim("203.0.113.7", "a", 2000),
		claim("203.0.113.7", "b", 2000),
		claim("203.0.113.8", "a", 2000),
	};
	struct store *s = open_store(*state);

	assert_int_equal(commit(s, c, 3), 0);
	c[0].expires_wall_ms = 9000;
	c[1].ended = true;
	c[2].ended = true;
	assert_int_equal(commit(s, c, 3), 0);
	commit_one(s, c[2]); /* to end what is not there is fine */
	s = reopen(s, *state);
	check_stored(s, "203.0.113.7/32 a r  5 9000\n");
	store_close(s);
}

static void
test_expired_ones_are_forgotten(void **state)
{
	struct stored_claim c[] = {
		claim("203.0.113.7", "a", NOW),
		claim("203.0.113.8", "a", NOW + 1),
	};
	struct loaded l = { 0 };
	struct store *s = open_store(*state);

	assert_int_equal(commit(s, c, 2), 0);
	check_stored(s,
	    "203.0.113.7/32 a r  5 1000 ended\n"
	    "203.0.113.8/32 a r  5 1001\n");
	assert_int_equal(store_load(s, 0, on_claim, &l), 0);
	assert_int_equal(l.count, 1);
	store_close(s);
}

/* Half of a transaction is none. */
static void
test_malformed_commit(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", 2000);
	struct store *s = open_store(*state);
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_claim(&out, &c);
	wire_put_u8(&out, 0xff);
	assert_int_equal(store_commit(s, wire_in(out.bytes, out.len)), -1);
	assert_string_not_equal(store_error(s), "");
	wire_out_fini(&out);
	check_stored(s, "");
	commit_one(s, c); /* and the next one works */
	check_stored(s, "203.0.113.7/32 a r  5 2000\n");
	store_close(s);
}

static void
test_large_commit(void **state)
{
	enum {
		COUNT = 20000
	};
	struct stored_claim *c = calloc(COUNT, sizeof(*c));
	struct store *s = open_store(*state);
	struct loaded l = { 0 };

	assert_non_null(c);
	for (size_t i = 0; i < COUNT; i++) {
		c[i] = claim("203.0.113.7", "a", -1);
		c[i].prefix.addr[0] = (uint8_t)i;
		c[i].prefix.addr[1] = (uint8_t)(i >> 8);
	}
	assert_int_equal(commit(s, c, COUNT), 0);
	s = reopen(s, *state);
	assert_int_equal(store_load(s, NOW, on_claim, &l), 0);
	assert_int_equal(l.count, COUNT);
	store_close(s);
	free(c);
}

static void
test_mode(void **state)
{
	char path[TMPDIR_PATH_MAX];
	mode_t before = umask(0);
	struct store *s = open_store(*state);
	struct stat st;

	umask(before);
	assert_int_equal(stat(tmpdir_path(path, *state, "victims.db"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(tmpdir_path(path, *state, "victims.db-wal"), &st),
	    0);
	assert_int_equal(st.st_mode & 07777, 0600);
	store_close(s);
}

/* Databases that were kept aside; their logs end with other letters. */
static int
count_kept(const char *directory)
{
	static const char begin[] = "victims.db.unreadable-";
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += strncmp(entry->d_name, begin, strlen(begin)) == 0 &&
		    strchr(entry->d_name, '\0')[-1] == 'Z';
	closedir(dir);
	return count;
}

/* Overwrites part of the database's file; it is then kept aside. */
static void
check_damage(const char *directory, const void *bytes, size_t len, off_t place)
{
	char path[TMPDIR_PATH_MAX];
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	struct store *s = open_store(directory);
	int before = count_kept(directory);

	commit_one(s, c);
	store_close(s);
	tmpdir_write(tmpdir_path(path, directory, "victims.db"), bytes, len,
	    place);
	s = store_open(directory);
	assert_non_null(s);
	assert_non_null(strstr(store_trouble(s), "is kept as"));
	assert_int_equal(count_kept(directory), before + 1);
	check_stored(s, "");
	commit_one(s, c);
	s = reopen(s, directory); /* the new one is sound */
	check_stored(s, "203.0.113.7/32 a r  5 -1\n");
	store_close(s);
}

static void
test_damaged_header(void **state)
{
	check_damage(*state, "no database, this", 17, 0);
}

static void
test_damaged_page(void **state)
{
	char zeros[4096];

	memset(zeros, 0x5a, sizeof(zeros));
	check_damage(*state, zeros, sizeof(zeros), 4096);
}

/* The schema's version, at its place in the header, is from the future. */
static void
test_newer_version(void **state)
{
	check_damage(*state, "\0\0\x7f\xff", 4, 60);
}

/* The disk's fault is no reason to put anything aside. */
static void
test_cannot_be_opened(void **state)
{
	struct stored_claim c = claim("203.0.113.7", "a", -1);
	char path[TMPDIR_PATH_MAX];
	struct loaded l = { 0 };
	struct store *s;

	tmpdir_path(path, *state, "victims.db");
	assert_int_equal(mkdir(path, 0700), 0);
	s = store_open(*state);
	assert_non_null(s);
	assert_non_null(strstr(store_trouble(s), "Is a directory"));
	assert_int_equal(store_load(s, NOW, on_claim, &l), -1);
	assert_int_equal(commit(s, &c, 1), -1);
	assert_non_null(strstr(store_error(s), "Is a directory"));
	assert_int_equal(rmdir(path), 0);
	commit_one(s, c); /* the disk is back */
	check_stored(s, "203.0.113.7/32 a r  5 -1\n");
	store_close(s);
}

static void
test_empty_file(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct store *s;

	tmpdir_write(tmpdir_path(path, *state, "victims.db"), "", 0, 0);
	s = open_store(*state);
	check_stored(s, "");
	store_close(s);
}

/* What is stored as settings, as their octets in hex. */
static void
check_settings(struct store *s, const char *hex)
{
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	assert_int_equal(store_get_settings(s, &out), 0);
	hex_check_out(&out, hex);
	wire_out_fini(&out);
}

static int
put_settings(struct store *s, const char *hex)
{
	struct hex h = hex_new(hex);
	int rc = store_put_settings(s, hex_in(&h));

	hex_free(&h);
	return rc;
}

static void
test_settings(void **state)
{
	struct store *s = open_store(*state);

	check_settings(s, "");
	assert_int_equal(put_settings(s, "01 61 02 6262"), 0);
	s = reopen(s, *state);
	check_settings(s, "01 61 02 6262");
	assert_int_equal(put_settings(s, "01 63"), 0); /* all of them anew */
	check_settings(s, "01 63");
	assert_int_equal(put_settings(s, ""), 0);
	s = reopen(s, *state);
	check_settings(s, "");
	store_close(s);
}

/* They are told as trouble, claims are loaded all the same. */
static void
test_settings_without_sense(void **state)
{
	struct store *s = open_store(*state);
	struct wire_out out;

	commit_one(s, claim("203.0.113.7", "a", -1));
	assert_int_equal(put_settings(s, "05 61"), 0);
	s = reopen(s, *state);
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	assert_int_equal(store_get_settings(s, &out), -1);
	assert_int_equal(out.len, 0);
	assert_false(out.failed);
	assert_non_null(strstr(store_trouble(s), "make no sense"));
	check_stored(s, "203.0.113.7/32 a r  5 -1\n");
	assert_int_equal(put_settings(s, "01 61"), 0);
	check_settings(s, "01 61");
	wire_out_fini(&out);
	store_close(s);
}

/*
 * A database of version 1 with a claim: two pages of 512 octets, of which
 * only those that are not 0 are written out.
 */
static void
write_version_1(const char *path)
{
	static const char sql[] =
	    "CREATE TABLE claim ( prefix TEXT NOT NULL, owner TEXT NOT NULL,"
	    " reason TEXT NOT NULL, neighbors TEXT NOT NULL,"
	    " since INTEGER NOT NULL, expires INTEGER,"
	    " PRIMARY KEY (prefix, owner)) WITHOUT ROWID";
	static const struct {
		const char *name, *hex;
		off_t place;
	} parts[] = {
		{ "header",
		    "53514c69 74652066 6f726d61 74203300 02000101 00402020 "
		    "00000003 00000002 00000000 00000000 00000001 00000004 "
		    "00000000 00000000 00000001 00000001 ",
		    0 },
		{ "writer, first page", "03002e63 010d0000 00010124 000124 ",
		    95 },
		{ "row of the schema",
		    "81590107 17171701 83117461 626c6563 6c61696d 636c6169 "
		    "6d02 ",
		    292 },
		{ "second page", "0a000000 0101e700 01e7 ", 512 },
		{ "row of the claim",
		    "1807290f 0f0d0100 3230332e 302e3131 332e372f 33326172 "
		    "05 ",
		    999 },
	};
	struct hex h;

	for (size_t i = 0; i < HEX_COUNT(parts); i++) {
		hex_case(parts[i].name);
		h = hex_new(parts[i].hex);
		tmpdir_write(path, h.bytes, h.len, parts[i].place);
		hex_free(&h);
	}
	tmpdir_write(path, sql, strlen(sql), 318);
}

static void
test_migrates_from_version_1(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct store *s;

	write_version_1(tmpdir_path(path, *state, "victims.db"));
	s = open_store(*state);
	check_stored(s, "203.0.113.7/32 a r  5 -1\n");
	check_settings(s, "");
	assert_int_equal(put_settings(s, "01 61"), 0);
	s = reopen(s, *state);
	check_stored(s, "203.0.113.7/32 a r  5 -1\n");
	check_settings(s, "01 61");
	store_close(s);
}

/* As it is with claims: told, and stored once the disk is back. */
static void
test_settings_without_disk(void **state)
{
	char path[TMPDIR_PATH_MAX];
	struct wire_out out;
	struct store *s;

	tmpdir_path(path, *state, "victims.db");
	assert_int_equal(mkdir(path, 0700), 0);
	s = store_open(*state);
	assert_non_null(s);
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	assert_int_equal(store_get_settings(s, &out), -1);
	wire_out_fini(&out);
	assert_int_equal(put_settings(s, "01 61"), -1);
	assert_non_null(strstr(store_error(s), "Is a directory"));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(put_settings(s, "01 61"), 0);
	check_settings(s, "01 61");
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tmpdir_test(test_is_there_after_reopening),
		tmpdir_test(test_refresh_and_end),
		tmpdir_test(test_expired_ones_are_forgotten),
		tmpdir_test(test_malformed_commit),
		tmpdir_test(test_large_commit),
		tmpdir_test(test_mode),
		tmpdir_test(test_damaged_header),
		tmpdir_test(test_damaged_page),
		tmpdir_test(test_newer_version),
		tmpdir_test(test_cannot_be_opened),
		tmpdir_test(test_empty_file),
		tmpdir_test(test_settings),
		tmpdir_test(test_settings_without_sense),
		tmpdir_test(test_migrates_from_version_1),
		tmpdir_test(test_settings_without_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
