#ifndef STORE_GROUND_H
#define STORE_GROUND_H

/*
 * A store in a directory of the test's own: what goes in as records, and what
 * is in it as text.
 */
#include "tmpdir.h"

#include <dirent.h>

#include "store.h"

#define NOW 1000

/* What a load gives. */
struct loaded {
	size_t count;
	/* "PREFIX OWNER REASON NEIGHBORS SINCE EXPIRES TTL\n" */
	char text[1024];
};

static inline void
print_claim(const struct stored_claim *c, char *line, size_t size)
{
	char prefix[PREFIX_STRLEN];

	snprintf(line, size, "%s %s %s %s %lld %lld %lld%s%s\n",
	    prefix_print(&c->prefix, prefix), c->owner, c->reason, c->neighbors,
	    (long long)c->since_wall_ms, (long long)c->expires_wall_ms,
	    (long long)c->ttl_ms, c->held ? " held" : "",
	    c->ended ? " ended" : "");
}

static inline int
on_record(void *arg, const struct record *r)
{
	struct loaded *l = arg;
	char prefix[PREFIX_STRLEN], line[256];

	l->count++;
	if (r->kind == RECORD_CLAIM)
		print_claim(&r->claim, line, sizeof(line));
	else
		snprintf(line, sizeof(line), "%s came back %d ended %lld\n",
		    prefix_print(&r->recurrence.prefix, prefix),
		    (int)r->recurrence.count,
		    (long long)r->recurrence.ended_wall_ms);
	strlcat(l->text, line, sizeof(l->text));
	return 0;
}

static inline void
check_stored(struct store *s, const char *expected)
{
	struct loaded l = { 0 };

	assert_int_equal(store_load(s, NOW, on_record, &l), 0);
	assert_string_equal(l.text, expected);
}

static inline struct store *
open_store(const char *directory)
{
	struct store *s = store_open(directory);

	assert_non_null(s);
	assert_string_equal(store_trouble(s), "");
	return s;
}

/* Closes and opens it. */
static inline struct store *
reopen(struct store *s, const char *directory)
{
	store_close(s);
	return open_store(directory);
}

static inline struct stored_claim
claim(const char *prefix, const char *owner, int64_t expires)
{
	struct stored_claim c = { .owner = owner,
		.reason = "r",
		.neighbors = "",
		.since_wall_ms = 5,
		.expires_wall_ms = expires,
		.ttl_ms = expires == -1 ? -1 : expires - 5 };

	assert_int_equal(prefix_parse(&c.prefix, prefix), PREFIX_OK);
	return c;
}

/* The n-th of many: 10.0.0.0 and so on. */
static inline struct stored_claim
nth_claim(uint32_t n, int64_t expires)
{
	struct stored_claim c = claim("10.0.0.0", "a", expires);

	c.prefix.addr[1] = (uint8_t)(n >> 16);
	c.prefix.addr[2] = (uint8_t)(n >> 8);
	c.prefix.addr[3] = (uint8_t)n;
	return c;
}

static inline struct history_entry
entry(const char *prefix, int64_t at_ms, enum history_action action)
{
	struct history_entry e = { .at_wall_ms = at_ms,
		.action = action,
		.owner = "a",
		.by = "u",
		.uid = 7,
		.pid = 8,
		.reason = "r",
		.expires_wall_ms = -1,
		.count = 1 };

	assert_int_equal(prefix_parse(&e.prefix, prefix), PREFIX_OK);
	return e;
}

/* Commits what was put into out, and empties it. */
static inline int
commit_out(struct store *s, struct wire_out *out)
{
	int rc;

	assert_false(out->failed);
	rc = store_commit(s, NOW, wire_in(out->bytes, out->len));
	wire_out_fini(out);
	wire_out_init(out, CHANNEL_MESSAGE_MAX);
	return rc;
}

static inline int
commit(struct store *s, const struct stored_claim *claims, size_t count)
{
	struct wire_out out;
	int rc;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	for (size_t i = 0; i < count; i++)
		channel_put_claim(&out, &claims[i]);
	rc = commit_out(s, &out);
	wire_out_fini(&out);
	return rc;
}

static inline void
commit_one(struct store *s, struct stored_claim c)
{
	assert_int_equal(commit(s, &c, 1), 0);
}

static inline int
commit_entry(struct store *s, struct history_entry e)
{
	struct wire_out out;
	int rc;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_history(&out, &e);
	rc = commit_out(s, &out);
	wire_out_fini(&out);
	return rc;
}

static inline int
commit_settings(struct store *s, const char *hex)
{
	struct hex h = hex_new(hex);
	struct wire_out out;
	int rc;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_put_settings(&out, h.bytes, h.len);
	rc = commit_out(s, &out);
	wire_out_fini(&out);
	hex_free(&h);
	return rc;
}

/* What is stored as settings, as their octets in hex. */
static inline void
check_settings(struct store *s, const char *hex)
{
	struct wire_out out;

	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	assert_int_equal(store_get_settings(s, &out), 0);
	hex_check_out(&out, hex);
	wire_out_fini(&out);
}

/* Databases that were kept aside; their logs end with other letters. */
static inline int
count_kept(const char *directory)
{
	static const char begin[] = "victims.db.unreadable-";
	DIR *dir = opendir(directory);
	struct dirent *file;
	int count = 0;

	assert_non_null(dir);
	while ((file = readdir(dir)) != NULL)
		count += strncmp(file->d_name, begin, strlen(begin)) == 0 &&
		    strchr(file->d_name, '\0')[-1] == 'Z';
	closedir(dir);
	return count;
}

#endif
