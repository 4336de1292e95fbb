/*
 * A made-up full table: about seven prefixes an UPDATE, mostly of /24, paths
 * of two to six AS numbers, a few communities.  The same at every run.
 */
#include <arpa/inet.h>

#include "bgp.h"
#include "frame.h"
#include "probe_table.h"

#define TABLE_MAX (256U << 20)
#define PREFIXES_EACH 7
#define FIRST_PREFIX 0x0b000000U /* 11.0.0.0; below is what is measured */
#define NEXT_HOP 0xac140101U	 /* 172.20.1.1 */
#define WELL_KNOWN_TRANSITIVE 0x40
#define OPTIONAL_TRANSITIVE 0xc0

/* Numbers that look random (xorshift). */
static uint32_t
next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
put_attribute(struct wire_out *out, uint8_t flags, uint8_t code, uint8_t len)
{
	wire_put_u8(out, flags);
	wire_put_u8(out, code);
	wire_put_u8(out, len);
}

static void
put_attributes(struct wire_out *out, uint32_t as, uint32_t *state)
{
	uint8_t hops = (uint8_t)(2 + next(state) % 5);
	uint8_t communities = (uint8_t)(next(state) % 6);

	put_attribute(out, WELL_KNOWN_TRANSITIVE, 1, 1); /* ORIGIN */
	wire_put_u8(out, 0);
	put_attribute(out, WELL_KNOWN_TRANSITIVE, 2,
	    (uint8_t)(2 + 4 * hops)); /* AS_PATH: one sequence */
	wire_put_u8(out, 2);
	wire_put_u8(out, hops);
	wire_put_u32(out, as);
	for (int i = 1; i < hops; i++)
		wire_put_u32(out, 1 + next(state) % 60000);
	put_attribute(out, WELL_KNOWN_TRANSITIVE, 3, 4); /* NEXT_HOP */
	wire_put_u32(out, NEXT_HOP);
	if (communities == 0)
		return;
	put_attribute(out, OPTIONAL_TRANSITIVE, 8, (uint8_t)(4 * communities));
	for (int i = 0; i < communities; i++)
		wire_put_u32(out, as << 16 | (next(state) & 0xffff));
}

/* The address after those already in use; two of three are /24. */
static void
put_prefix(struct wire_out *out, uint32_t *address, uint32_t *state)
{
	uint8_t bits = next(state) % 3 > 0 ? 24 : 22;
	uint32_t size = 1U << (32 - bits);

	*address = (*address + size - 1) & ~(size - 1);
	wire_put_u8(out, bits);
	wire_put_u8(out, (uint8_t)(*address >> 24));
	wire_put_u8(out, (uint8_t)(*address >> 16));
	wire_put_u8(out, (uint8_t)(*address >> 8));
	*address += size;
}

void
probe_table_make(struct wire_out *out, uint32_t as, uint32_t prefixes)
{
	uint32_t address = FIRST_PREFIX, state = 2463534242U, made = 0;

	wire_out_init(out, TABLE_MAX);
	while (made < prefixes) {
		size_t begin = frame_begin(out, BGP_UPDATE), mark;

		wire_put_u16(out, 0); /* nothing withdrawn */
		mark = wire_mark_u16(out);
		put_attributes(out, as, &state);
		wire_patch_u16(out, mark);
		for (int i = 0; i < PREFIXES_EACH && made < prefixes; i++) {
			put_prefix(out, &address, &state);
			made++;
		}
		frame_end(out, begin);
	}
}
