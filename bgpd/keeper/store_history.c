/*
 * The history: rows that are added in the transaction of the change that they
 * tell of, and read newest first.  A prefix is stored as bytes whose order is
 * that of addresses, so that it and what lies inside are one range of an
 * index.
 */
#include <stdio.h>
#include <string.h>

#include "store_internal.h"

/* Rows that one store_prune deletes at most. */
#define PRUNE_STEP 500
/* Family, address and length. */
#define PLACE_MAX 18
struct place {
	uint8_t bytes[PLACE_MAX];
	int len;
};

static struct place
place_of(const struct prefix *p)
{
	size_t size = family_bits((enum family)p->family) / 8;
	struct place place = { .len = (int)size + 2 };

	place.bytes[0] = p->family;
	memcpy(place.bytes + 1, p->addr, size);
	place.bytes[1 + size] = p->len;
	return place;
}

/* The last that lies inside: the last address, at its full length. */
static struct place
last_place_in(const struct prefix *p)
{
	struct prefix last = *p;

	last.len = family_bits((enum family)p->family);
	for (size_t bit = p->len; bit < last.len; bit++)
		last.addr[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
	return place_of(&last);
}

/* -1: somebody wrote what is no prefix. */
static int
get_place(sqlite3_stmt *row, int column, struct prefix *p)
{
	const uint8_t *bytes = sqlite3_column_blob(row, column);
	int len = sqlite3_column_bytes(row, column);
	size_t size;

	if (bytes == NULL || bytes[0] >= FAMILIES)
		return -1;
	size = family_bits((enum family)bytes[0]) / 8;
	if (len != (int)size + 2 || bytes[1 + size] > size * 8)
		return -1;
	*p = (struct prefix){ .family = bytes[0], .len = bytes[1 + size] };
	memcpy(p->addr, bytes + 1, size);
	return 0;
}

static int
bind_place(sqlite3_stmt *row, const char *name, const struct place *place)
{
	int column = sqlite3_bind_parameter_index(row, name);

	return sqlite3_bind_blob(row, column, place->bytes, place->len,
	    SQLITE_STATIC);
}

void
store_bind_place(sqlite3_stmt *row, int column, const struct prefix *p)
{
	struct place place = place_of(p);

	sqlite3_bind_blob(row, column, place.bytes, place.len,
	    SQLITE_TRANSIENT);
}

int
store_put_history(struct store *s, const struct history_entry *e)
{
	sqlite3_stmt *row = s->statements[PUT_HISTORY];

	sqlite3_bind_int64(row, 1, e->at_wall_ms);
	sqlite3_bind_text(row, 2, history_action_name(e->action), -1,
	    SQLITE_STATIC);
	store_bind_place(row, 3, &e->prefix);
	sqlite3_bind_text(row, 4, e->owner, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 5, e->by, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 6, e->uid);
	sqlite3_bind_int64(row, 7, e->pid);
	sqlite3_bind_text(row, 8, e->reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 9, e->expires_wall_ms);
	if (e->expires_wall_ms == -1)
		sqlite3_bind_null(row, 9);
	sqlite3_bind_int64(row, 10, e->count);
	sqlite3_bind_int64(row, 11, (int64_t)e->token);
	if (e->token == 0)
		sqlite3_bind_null(row, 11);
	return store_step(s, PUT_HISTORY);
}

/* Deletes with a statement whose parameters are bound; how many, or -1. */
static int64_t
prune_with(struct store *s, enum statement which)
{
	int64_t count;

	if (store_step(s, which) == -1)
		return -1;
	count = sqlite3_changes64(s->db);
	s->history_count -= count;
	return count;
}

static int64_t
prune_older(struct store *s, int64_t before_ms)
{
	sqlite3_stmt *row = s->statements[PRUNE_HISTORY_OLDER];

	sqlite3_bind_int64(row, 1, before_ms);
	sqlite3_bind_int64(row, 2, PRUNE_STEP);
	return prune_with(s, PRUNE_HISTORY_OLDER);
}

static int64_t
prune_rows(struct store *s, int64_t rows)
{
	sqlite3_stmt *row = s->statements[PRUNE_HISTORY_ROWS];
	int64_t over;

	if (s->history_count > rows && store_count_history(s) == -1)
		return -1;
	over = s->history_count - rows;
	if (over <= 0)
		return 0;
	sqlite3_bind_int64(row, 1, over < PRUNE_STEP ? over : PRUNE_STEP);
	return prune_with(s, PRUNE_HISTORY_ROWS);
}

int
store_prune(struct store *s, const struct store_limits *limits, int64_t now_ms)
{
	int64_t count;

	if (s->db == NULL)
		return 0;
	count = prune_older(s, now_ms - limits->age_ms);
	if (count == 0)
		count = prune_rows(s, limits->rows);
	if (count == -1)
		return -1;
	return count == PRUNE_STEP ? 1 : 0;
}

/* The bounds of what a question asks for. */
struct range {
	struct place first, last;
	int64_t after_at_ms;
};

/*
 * When the entry was that the answer goes on behind; that of the one before it
 * when it has been replaced or is gone.
 */
static int
find_after(struct store *s, int64_t id, int64_t *at_ms)
{
	sqlite3_stmt *row = s->statements[FIND_AFTER];
	int rc;

	sqlite3_bind_int64(row, 1, id);
	rc = sqlite3_step(row);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_sqlite_failed(s);
	*at_ms = rc == SQLITE_ROW ? sqlite3_column_int64(row, 0) : -1;
	sqlite3_reset(row);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

/*
 * The statement for a question; or NULL.  The one inside needs nothing but the
 * index that serves it, however many entries that has to go through.
 */
static sqlite3_stmt *
prepare_query(struct store *s, const struct history_query *q)
{
	const char *index = "history_at";
	sqlite3_stmt *row;
	char sql[768];

	if (q->has_prefix)
		index = "history_prefix";
	else if (q->owner[0] != '\0')
		index = "history_owner";
	snprintf(sql, sizeof(sql),
	    "SELECT id, at, action, prefix, owner, by, uid, pid, reason,"
	    " expires, count FROM history WHERE id IN"
	    " (SELECT id FROM history INDEXED BY %s WHERE at >= :since"
	    "%s%s%s ORDER BY at DESC, id DESC LIMIT :limit)"
	    " ORDER BY at DESC, id DESC",
	    index, q->owner[0] != '\0' ? " AND owner = :owner" : "",
	    q->has_prefix ? " AND prefix BETWEEN :first AND :last" : "",
	    q->after_id != 0 ? " AND at <= :after AND (at, id) < (:after, :id)"
			     : "");
	if (sqlite3_prepare_v2(s->db, sql, -1, &row, NULL) == SQLITE_OK)
		return row;
	store_sqlite_failed(s);
	return NULL;
}

static void
bind_number(sqlite3_stmt *row, const char *name, int64_t number)
{
	sqlite3_bind_int64(row, sqlite3_bind_parameter_index(row, name),
	    number);
}

/* A name that the statement has not is ignored. */
static void
bind_query(sqlite3_stmt *row, const struct history_query *q,
    const struct range *range)
{
	bind_number(row, ":since", q->since_wall_ms);
	bind_number(row, ":limit", (int64_t)q->limit + 1);
	bind_number(row, ":after", range->after_at_ms);
	bind_number(row, ":id", q->after_id);
	bind_place(row, ":first", &range->first);
	bind_place(row, ":last", &range->last);
	sqlite3_bind_text(row, sqlite3_bind_parameter_index(row, ":owner"),
	    q->owner, -1, SQLITE_STATIC);
}

static int
get_action(sqlite3_stmt *row, int column, enum history_action *action)
{
	const char *name = (const char *)sqlite3_column_text(row, column);

	for (int i = 0; name != NULL && i < HISTORY_ACTIONS; i++) {
		*action = (enum history_action)i;
		if (strcmp(name, history_action_name(*action)) == 0)
			return 0;
	}
	return -1;
}

/* -1: what is there is no entry. */
static int
get_entry(sqlite3_stmt *row, struct history_entry *e)
{
	*e = (struct history_entry){
		.id = sqlite3_column_int64(row, 0),
		.at_wall_ms = sqlite3_column_int64(row, 1),
		.owner = (const char *)sqlite3_column_text(row, 4),
		.by = (const char *)sqlite3_column_text(row, 5),
		.uid = (uint32_t)sqlite3_column_int64(row, 6),
		.pid = sqlite3_column_int(row, 7),
		.reason = (const char *)sqlite3_column_text(row, 8),
		.expires_wall_ms = -1,
		.count = (uint32_t)sqlite3_column_int64(row, 10),
	};
	if (sqlite3_column_type(row, 9) != SQLITE_NULL)
		e->expires_wall_ms = sqlite3_column_int64(row, 9);
	if (get_action(row, 2, &e->action) == -1 ||
	    get_place(row, 3, &e->prefix) == -1 || e->owner == NULL ||
	    e->by == NULL || e->reason == NULL)
		return -1;
	return channel_history_ok(e) ? 0 : -1;
}

/* Those that make no sense are left out. */
static int
read_entries(struct store *s, sqlite3_stmt *row, uint32_t limit,
    store_entry *on_entry, void *arg)
{
	struct history_entry entry;
	int rc = SQLITE_DONE;

	for (uint32_t n = 0; (rc = sqlite3_step(row)) == SQLITE_ROW; n++) {
		if (n == limit)
			return 1;
		if (get_entry(row, &entry) == 0)
			on_entry(arg, &entry);
	}
	return rc == SQLITE_DONE ? 0 : store_sqlite_failed(s);
}

int
store_history(struct store *s, const struct history_query *q,
    store_entry *on_entry, void *arg)
{
	struct range range = { 0 };
	sqlite3_stmt *row;
	int rc;

	if (s->db == NULL)
		return -1;
	if (q->has_prefix) {
		range.first = place_of(&q->prefix);
		range.last = last_place_in(&q->prefix);
	}
	if (q->after_id != 0 &&
	    find_after(s, q->after_id, &range.after_at_ms) == -1)
		return -1;
	row = prepare_query(s, q);
	if (row == NULL)
		return -1;
	bind_query(row, q, &range);
	rc = read_entries(s, row, q->limit, on_entry, arg);
	sqlite3_finalize(row);
	return rc;
}
