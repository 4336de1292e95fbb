/*
 * The layout of each message of channel.h.  Texts go with their length before
 * and a NUL behind them, so that decoding can lend them out as they lie.
 */
#include <string.h>

#include "channel.h"
#include "victim.h"

#define CLAIM_ENDED 1

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
	    c->expires_wall_ms >= -1;
}

void
channel_put_claim(struct wire_out *out, const struct stored_claim *c)
{
	wire_put_u8(out, c->ended ? CLAIM_ENDED : 0);
	put_prefix(out, &c->prefix);
	channel_put_text(out, c->owner);
	channel_put_text(out, c->reason);
	channel_put_text(out, c->neighbors);
	wire_put_u64(out, (uint64_t)c->since_wall_ms);
	wire_put_u64(out, (uint64_t)c->expires_wall_ms);
}

int
channel_get_claim(struct wire_in *in, struct stored_claim *c)
{
	uint8_t flags;

	if (wire_done(in))
		return 0;
	flags = wire_get_u8(in);
	if ((flags & ~CLAIM_ENDED) != 0 || get_prefix(in, &c->prefix) == -1)
		return -1;
	c->ended = (flags & CLAIM_ENDED) != 0;
	c->owner = get_text(in);
	c->reason = get_text(in);
	c->neighbors = get_text(in);
	c->since_wall_ms = (int64_t)wire_get_u64(in);
	c->expires_wall_ms = (int64_t)wire_get_u64(in);
	if (in->failed || c->owner == NULL || c->reason == NULL ||
	    c->neighbors == NULL)
		return -1;
	return channel_claim_ok(c) ? 1 : -1;
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
