#ifndef WIRE_H
#define WIRE_H

/*
 * The only way bytes are read and written: a bounded cursor in, and a
 * growing buffer out whose lengths are patched afterwards.  Both remember a
 * failure, so a run of reads or writes is checked once, at its end.  Numbers
 * are in network order on the wire and in host order here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrows the bytes; copied by value freely. */
struct wire_in {
	const uint8_t *at;
	size_t left;
	bool failed; /* a read went past the end */
};

struct wire_in wire_in(const void *bytes, size_t len);

/* Past the end these give 0 (or NULL, or an empty failed cursor). */
uint8_t wire_get_u8(struct wire_in *in);
uint16_t wire_get_u16(struct wire_in *in);
uint32_t wire_get_u32(struct wire_in *in);
uint64_t wire_get_u64(struct wire_in *in);
const uint8_t *wire_get_bytes(struct wire_in *in, size_t len);
/* The next len bytes as a cursor of their own. */
struct wire_in wire_get_sub(struct wire_in *in, size_t len);

/* Whether every byte was read and no read went past the end. */
bool wire_done(const struct wire_in *in);

/*
 * Owns its bytes.  Grows on the heap up to max; a write that would pass max,
 * or that memory refuses, sets failed and all later writes do nothing.
 */
struct wire_out {
	uint8_t *bytes;
	size_t len;
	size_t size;
	size_t max;
	bool failed;
};

void wire_out_init(struct wire_out *out, size_t max);
void wire_out_fini(struct wire_out *out);
/* Forgets what was written and the failure, keeps the memory. */
void wire_out_reset(struct wire_out *out);

void wire_put_u8(struct wire_out *out, uint8_t v);
void wire_put_u16(struct wire_out *out, uint16_t v);
void wire_put_u32(struct wire_out *out, uint32_t v);
void wire_put_u64(struct wire_out *out, uint64_t v);
void wire_put_bytes(struct wire_out *out, const void *bytes, size_t len);

/*
 * A length field: mark writes a zero and gives its place; patch fills in how
 * many bytes were written after the field.  A count that the field cannot
 * hold sets failed.
 */
size_t wire_mark_u8(struct wire_out *out);
size_t wire_mark_u16(struct wire_out *out);
void wire_patch_u8(struct wire_out *out, size_t mark);
void wire_patch_u16(struct wire_out *out, size_t mark);
/* Overwrites the two bytes at place with v. */
void wire_set_u16(struct wire_out *out, size_t place, uint16_t v);

#endif
