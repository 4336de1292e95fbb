#ifndef FRAME_H
#define FRAME_H

/*
 * The 19-octet header before every message (RFC 4271, sections 4.1 and 6.1).
 */

#include <stddef.h>
#include <stdint.h>

#include "notification.h"
#include "wire.h"

struct frame {
	uint8_t type;	     /* enum bgp_type */
	size_t len;	     /* of the whole message */
	struct wire_in body; /* borrows the bytes given to frame_decode */
};

/*
 * Looks at the first of the len bytes.  1: a whole message is there; 0: more
 * bytes are needed; -1: *why says what to tell the neighbor.  message_max is
 * what was agreed; OPEN and KEEPALIVE stay below 4096 (RFC 8654, section 4).
 * A header is judged as soon as it is whole, without waiting for the body.
 * *f is to be believed only after 1.
 */
int frame_decode(struct frame *f, const uint8_t *bytes, size_t len,
    size_t message_max, struct bgp_notification *why);

/*
 * Writes a header and gives where it starts; frame_end, once the body stands
 * behind it, patches its length.  A message above 65535 octets fails out.
 */
size_t frame_begin(struct wire_out *out, uint8_t type);
void frame_end(struct wire_out *out, size_t begin);

/* A whole KEEPALIVE. */
void frame_keepalive(struct wire_out *out);

#endif
