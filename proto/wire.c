/*
 * Reads are bounded here and nowhere else; writes grow here and nowhere else.
 */
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define WIRE_FIRST_SIZE 256

struct wire_in
wire_in(const void *bytes, size_t len)
{
	return (struct wire_in){ .at = bytes, .left = len };
}

const uint8_t *
wire_get_bytes(struct wire_in *in, size_t len)
{
	const uint8_t *bytes = in->at;

	if (in->failed || len > in->left) {
		in->failed = true;
		in->left = 0;
		return NULL;
	}
	if (len > 0) { /* there may be no bytes at all */
		in->at += len;
		in->left -= len;
	}
	return bytes;
}

static uint64_t
get_number(struct wire_in *in, size_t len)
{
	const uint8_t *bytes = wire_get_bytes(in, len);
	uint64_t v = 0;

	if (bytes == NULL)
		return 0;
	for (size_t i = 0; i < len; i++)
		v = v << 8 | bytes[i];
	return v;
}

uint8_t
wire_get_u8(struct wire_in *in)
{
	return (uint8_t)get_number(in, 1);
}

uint16_t
wire_get_u16(struct wire_in *in)
{
	return (uint16_t)get_number(in, 2);
}

uint32_t
wire_get_u32(struct wire_in *in)
{
	return (uint32_t)get_number(in, 4);
}

uint64_t
wire_get_u64(struct wire_in *in)
{
	return get_number(in, 8);
}

struct wire_in
wire_get_sub(struct wire_in *in, size_t len)
{
	const uint8_t *bytes = wire_get_bytes(in, len);

	if (in->failed)
		return (struct wire_in){ .failed = true };
	return wire_in(bytes, len);
}

bool
wire_done(const struct wire_in *in)
{
	return !in->failed && in->left == 0;
}

void
wire_out_init(struct wire_out *out, size_t max)
{
	*out = (struct wire_out){ .max = max };
}

void
wire_out_fini(struct wire_out *out)
{
	free(out->bytes);
	*out = (struct wire_out){ .max = out->max };
}

void
wire_out_reset(struct wire_out *out)
{
	out->len = 0;
	out->failed = false;
}

/* Not realloc(): what is left behind may be a key, so it is wiped. */
static int
grow(struct wire_out *out, size_t size)
{
	uint8_t *bytes = malloc(size);

	if (bytes == NULL)
		return -1;
	if (out->bytes != NULL) {
		memcpy(bytes, out->bytes, out->len);
		explicit_bzero(out->bytes, out->size);
	}
	free(out->bytes);
	out->bytes = bytes;
	out->size = size;
	return 0;
}

/* Room for len more bytes, or NULL with failed set. */
static uint8_t *
reserve(struct wire_out *out, size_t len)
{
	size_t size = out->size > 0 ? out->size : WIRE_FIRST_SIZE;
	uint8_t *bytes;

	if (out->failed || len > out->max - out->len) {
		out->failed = true;
		return NULL;
	}
	while (size < out->len + len)
		size *= 2;
	if (size > out->max)
		size = out->max;
	if (size > out->size && grow(out, size) == -1) {
		out->failed = true;
		return NULL;
	}
	bytes = out->bytes + out->len;
	out->len += len;
	return bytes;
}

static void
put_number(struct wire_out *out, uint64_t v, size_t len)
{
	uint8_t *bytes = reserve(out, len);

	if (bytes == NULL)
		return;
	for (size_t i = len; i > 0; i--, v >>= 8)
		bytes[i - 1] = (uint8_t)v;
}

void
wire_put_u8(struct wire_out *out, uint8_t v)
{
	put_number(out, v, 1);
}

void
wire_put_u16(struct wire_out *out, uint16_t v)
{
	put_number(out, v, 2);
}

void
wire_put_u32(struct wire_out *out, uint32_t v)
{
	put_number(out, v, 4);
}

void
wire_put_u64(struct wire_out *out, uint64_t v)
{
	put_number(out, v, 8);
}

void
wire_put_bytes(struct wire_out *out, const void *bytes, size_t len)
{
	uint8_t *to;

	if (len == 0)
		return;
	to = reserve(out, len);
	if (to != NULL)
		memcpy(to, bytes, len);
}

size_t
wire_mark_u8(struct wire_out *out)
{
	size_t mark = out->len;

	wire_put_u8(out, 0);
	return mark;
}

size_t
wire_mark_u16(struct wire_out *out)
{
	size_t mark = out->len;

	wire_put_u16(out, 0);
	return mark;
}

void
wire_patch_u8(struct wire_out *out, size_t mark)
{
	if (out->failed)
		return;
	if (out->len - mark - 1 > UINT8_MAX)
		out->failed = true;
	else
		out->bytes[mark] = (uint8_t)(out->len - mark - 1);
}

void
wire_patch_u16(struct wire_out *out, size_t mark)
{
	if (out->failed)
		return;
	if (out->len - mark - 2 > UINT16_MAX)
		out->failed = true;
	else
		wire_set_u16(out, mark, (uint16_t)(out->len - mark - 2));
}

void
wire_set_u16(struct wire_out *out, size_t place, uint16_t v)
{
	if (out->failed)
		return;
	out->bytes[place] = (uint8_t)(v >> 8);
	out->bytes[place + 1] = (uint8_t)v;
}
