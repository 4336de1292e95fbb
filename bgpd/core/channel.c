/*
 * The layout of each message of channel.h.  Texts go with their length before
 * and a NUL behind them, so that decoding can lend them out as they lie.
 */
#include <string.h>

#include "channel.h"
#include "reason.h"
#include "victim.h"

/* Flags of a claim, a recurrence, a question and its answer. */
#define CLAIM_ENDED 1
#define CLAIM_HELD 2
#define RECURRENCE_FORGOTTEN 1
#define QUERY_HAS_PREFIX 1
#define ANSWER_MORE 1

const char *
history_action_name(enum history_action action)
{
	static const char *const names[HISTORY_ACTIONS] = {
		[HISTORY_ADDED] = "added",
		[HISTORY_REFRESHED] = "refreshed",
		[HISTORY_WITHDRAWN] = "withdrawn",
		[HISTORY_EXPIRED] = "expired",
		[HISTORY_REFUSED] = "refused",
		[HISTORY_HELD] = "held",
	};

	return names[action];
}

void
channel_begin(struct wire_out *out, enum channel_type type)
{
	wire_out_reset(out);
	wire_put_u8(out, (uint8_t)type);
}

void
channel_put_text(struct wire_out *out, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len > UINT16_MAX)
		out->failed = true;
	wire_put_u16(out, (uint16_t)len);
	wire_put_bytes(out, text, len);
	wire_put_u8(out, 0);
}

/* NULL when it is malformed. */
static const char *
get_text(struct wire_in *in)
{
	size_t len = wire_get_u16(in);
	const uint8_t *bytes = wire_get_bytes(in, len + 1);

	if (bytes == NULL || bytes[len] != '\0' ||
	    memchr(bytes, '\0', len) != NULL)
		return NULL;
	return (const char *)bytes;
}

int
channel_get_text(struct wire_in *in, const char **text)
{
	if (wire_done(in))
		return 0;
	*text = get_text(in);
	return *text != NULL ? 1 : -1;
}

int
channel_get_only_text(struct wire_in *in, const char **text)
{
	*text = get_text(in);
	return *text != NULL && wire_done(in) ? 0 : -1;
}

static void
put_prefix(struct wire_out *out, const struct prefix *p)
{
	wire_put_u8(out, p->family);
	wire_put_u8(out, p->len);
	wire_put_bytes(out, p->addr, family_bits((enum family)p->family) / 8);
}

/* One with bits behind its length is no prefix. */
static int
get_prefix(struct wire_in *in, struct prefix *p)
{
	uint8_t family = wire_get_u8(in);
	uint8_t len = wire_get_u8(in);
	const uint8_t *addr;
	size_t size;

	if (family >= FAMILIES || len > family_bits((enum family)family))
		return -1;
	size = family_bits((enum family)family) / 8;
	addr = wire_get_bytes(in, size);
	if (addr == NULL)
		return -1;
	*p = (struct prefix){ .family = family, .len = len };
	memcpy(p->addr, addr, size);
	for (size_t bit = len; bit < size * 8; bit++) {
		if ((p->addr[bit / 8] & (0x80U >> bit % 8)) != 0)
			return -1;
	}
	return 0;
}

bool
channel_claim_ok(const struct stored_claim *c)
{
	size_t owner_len = strlen(c->owner);

	return owner_len > 0 && owner_len <= OWNER_MAX &&
	    strlen(c->reason) <= VICTIM_REASON_MAX &&
	    strlen(c->neighbors) <= UINT16_MAX && c->since_wall_ms >= 0 &&
	    c->expires_wall_ms >= -1 && c->ttl_ms >= -1;
}

void
channel_put_claim(struct wire_out *out, const struct stored_claim *c)
{
	wire_put_u8(out, RECORD_CLAIM);
	wire_put_u8(out,
	    (uint8_t)((c->ended ? CLAIM_ENDED : 0) |
		(c->held ? CLAIM_HELD : 0)));
	put_prefix(out, &c->prefix);
	channel_put_text(out, c->owner);
	channel_put_text(out, c->reason);
	channel_put_text(out, c->neighbors);
	wire_put_u64(out, (uint64_t)c->since_wall_ms);
	wire_put_u64(out, (uint64_t)c->expires_wall_ms);
	wire_put_u64(out, (uint64_t)c->ttl_ms);
}

static int
get_claim(struct wire_in *in, struct record *r)
{
	struct stored_claim *c = &r->claim;
	uint8_t flags = wire_get_u8(in);

	if ((flags & ~(CLAIM_ENDED | CLAIM_HELD)) != 0 ||
	    get_prefix(in, &c->prefix) == -1)
		return -1;
	c->ended = (flags & CLAIM_ENDED) != 0;
	c->held = (flags & CLAIM_HELD) != 0;
	c->owner = get_text(in);
	c->reason = get_text(in);
	c->neighbors = get_text(in);
	c->since_wall_ms = (int64_t)wire_get_u64(in);
	c->expires_wall_ms = (int64_t)wire_get_u64(in);
	c->ttl_ms = (int64_t)wire_get_u64(in);
	if (in->failed || c->owner == NULL || c->reason == NULL ||
	    c->neighbors == NULL)
		return -1;
	return channel_claim_ok(c) ? 1 : -1;
}

void
channel_put_recurrence(struct wire_out *out, const struct stored_recurrence *r)
{
	wire_put_u8(out, RECORD_RECURRENCE);
	wire_put_u8(out, r->forgotten ? RECURRENCE_FORGOTTEN : 0);
	put_prefix(out, &r->prefix);
	wire_put_u32(out, r->count);
	wire_put_u64(out, (uint64_t)r->ended_wall_ms);
}

static int
get_recurrence(struct wire_in *in, struct record *record)
{
	struct stored_recurrence *r = &record->recurrence;
	uint8_t flags = wire_get_u8(in);

	if ((flags & ~RECURRENCE_FORGOTTEN) != 0 ||
	    get_prefix(in, &r->prefix) == -1)
		return -1;
	r->forgotten = (flags & RECURRENCE_FORGOTTEN) != 0;
	r->count = wire_get_u32(in);
	r->ended_wall_ms = (int64_t)wire_get_u64(in);
	return !in->failed && r->ended_wall_ms >= -1 ? 1 : -1;
}

void
channel_put_history(struct wire_out *out, const struct history_entry *e)
{
	wire_put_u8(out, RECORD_HISTORY);
	wire_put_u8(out, (uint8_t)e->action);
	put_prefix(out, &e->prefix);
	wire_put_u64(out, (uint64_t)e->id);
	wire_put_u64(out, e->token);
	wire_put_u64(out, (uint64_t)e->at_wall_ms);
	channel_put_text(out, e->owner);
	channel_put_text(out, e->by);
	channel_put_text(out, e->reason);
	wire_put_u32(out, e->uid);
	wire_put_u32(out, (uint32_t)e->pid);
	wire_put_u64(out, (uint64_t)e->expires_wall_ms);
	wire_put_u32(out, e->count);
}

bool
channel_history_ok(const struct history_entry *e)
{
	return strlen(e->owner) <= OWNER_MAX &&
	    strlen(e->by) < CONFIG_NAME_MAX &&
	    strlen(e->reason) < REFUSAL_STRLEN && e->id >= 0 && e->pid >= 0 &&
	    e->at_wall_ms >= 0 && e->expires_wall_ms >= -1 && e->count > 0;
}

static int
get_history(struct wire_in *in, struct record *r)
{
	struct history_entry *e = &r->history;
	uint8_t action = wire_get_u8(in);

	if (action >= HISTORY_ACTIONS || get_prefix(in, &e->prefix) == -1)
		return -1;
	e->action = (enum history_action)action;
	e->id = (int64_t)wire_get_u64(in);
	e->token = wire_get_u64(in);
	e->at_wall_ms = (int64_t)wire_get_u64(in);
	e->owner = get_text(in);
	e->by = get_text(in);
	e->reason = get_text(in);
	e->uid = wire_get_u32(in);
	e->pid = (int32_t)wire_get_u32(in);
	e->expires_wall_ms = (int64_t)wire_get_u64(in);
	e->count = wire_get_u32(in);
	if (in->failed || e->owner == NULL || e->by == NULL ||
	    e->reason == NULL)
		return -1;
	return channel_history_ok(e) ? 1 : -1;
}

void
channel_put_settings(struct wire_out *out, const void *bytes, size_t len)
{
	if (len > UINT32_MAX)
		out->failed = true;
	wire_put_u8(out, RECORD_SETTINGS);
	wire_put_u32(out, (uint32_t)len);
	wire_put_bytes(out, bytes, len);
}

static int
get_settings(struct wire_in *in, struct record *r)
{
	r->settings = wire_get_sub(in, wire_get_u32(in));
	return r->settings.failed ? -1 : 1;
}

int
channel_get_record(struct wire_in *in, struct record *r)
{
	static int (*const getters[])(struct wire_in *, struct record *) = {
		[RECORD_CLAIM] = get_claim,
		[RECORD_RECURRENCE] = get_recurrence,
		[RECORD_HISTORY] = get_history,
		[RECORD_SETTINGS] = get_settings,
	};
	uint8_t kind;

	if (wire_done(in))
		return 0;
	kind = wire_get_u8(in);
	if (kind >= sizeof(getters) / sizeof(getters[0]) ||
	    getters[kind] == NULL)
		return -1;
	r->kind = (enum record_kind)kind;
	return getters[kind](in, r);
}

void
channel_put_history_query(struct wire_out *out, const struct history_query *q)
{
	wire_put_u64(out, q->number);
	wire_put_u8(out, q->has_prefix ? QUERY_HAS_PREFIX : 0);
	if (q->has_prefix)
		put_prefix(out, &q->prefix);
	channel_put_text(out, q->owner);
	wire_put_u64(out, (uint64_t)q->since_wall_ms);
	wire_put_u64(out, (uint64_t)q->after_id);
	wire_put_u32(out, q->limit);
}

int
channel_get_history_query(struct wire_in *in, struct history_query *q)
{
	uint8_t flags;

	*q = (struct history_query){ .number = wire_get_u64(in) };
	flags = wire_get_u8(in);
	if ((flags & ~QUERY_HAS_PREFIX) != 0)
		return -1;
	q->has_prefix = (flags & QUERY_HAS_PREFIX) != 0;
	if (q->has_prefix && get_prefix(in, &q->prefix) == -1)
		return -1;
	q->owner = get_text(in);
	q->since_wall_ms = (int64_t)wire_get_u64(in);
	q->after_id = (int64_t)wire_get_u64(in);
	q->limit = wire_get_u32(in);
	if (q->owner == NULL || strlen(q->owner) > OWNER_MAX ||
	    q->since_wall_ms < 0 || q->after_id < 0)
		return -1;
	return wire_done(in) ? 0 : -1;
}

void
channel_put_history_answer(struct wire_out *out, const struct history_answer *a)
{
	wire_put_u64(out, a->number);
	channel_put_text(out, a->error);
	wire_put_u8(out, a->more ? ANSWER_MORE : 0);
}

int
channel_get_history_answer(struct wire_in *in, struct history_answer *a)
{
	uint8_t flags;

	a->number = wire_get_u64(in);
	a->error = get_text(in);
	flags = wire_get_u8(in);
	a->more = (flags & ANSWER_MORE) != 0;
	if (in->failed || a->error == NULL || (flags & ~ANSWER_MORE) != 0)
		return -1;
	return 0;
}

void
channel_put_commit(struct wire_out *out, uint64_t number)
{
	wire_put_u64(out, number);
}

int
channel_get_commit(struct wire_in *in, uint64_t *number)
{
	*number = wire_get_u64(in);
	return in->failed ? -1 : 0;
}

void
channel_put_committed(struct wire_out *out, const struct channel_committed *c)
{
	wire_put_u64(out, c->number);
	channel_put_text(out, c->error);
}

int
channel_get_committed(struct wire_in *in, struct channel_committed *c)
{
	c->number = wire_get_u64(in);
	return channel_get_only_text(in, &c->error);
}

void
channel_put_name(struct wire_out *out, uint32_t uid, const char *name)
{
	wire_put_u32(out, uid);
	channel_put_text(out, name);
}

int
channel_get_name(struct wire_in *in, uint32_t *uid, const char **name)
{
	if (wire_done(in))
		return 0;
	*uid = wire_get_u32(in);
	*name = get_text(in);
	if (*name == NULL || (*name)[0] == '\0' ||
	    strlen(*name) >= CONFIG_NAME_MAX)
		return -1;
	return 1;
}

void
channel_put_loaded(struct wire_out *out, const char *trouble)
{
	channel_put_text(out, trouble);
}

int
channel_get_loaded(struct wire_in *in, const char **trouble)
{
	return channel_get_only_text(in, trouble);
}
