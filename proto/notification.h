#ifndef NOTIFICATION_H
#define NOTIFICATION_H

/*
 * A NOTIFICATION, as the value by which decoders say what is wrong and as the
 * message on the wire (RFC 4271, sections 4.5 and 6; RFC 9003).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* What fits into a message of 4096 octets. */
#define NOTIFICATION_DATA_MAX (4096 - 21)

struct bgp_notification {
	uint8_t code, subcode;
	uint16_t data_len;
	uint8_t data[NOTIFICATION_DATA_MAX]; /* a copy of its own */
};

/* Fill *why in; all give -1, so that a decoder can return them. */
int notification_set(struct bgp_notification *why, uint8_t code,
    uint8_t subcode);
/* Copies len octets; what does not fit is cut off. */
int notification_set_data(struct bgp_notification *why, uint8_t code,
    uint8_t subcode, const void *data, size_t len);
int notification_set_u8(struct bgp_notification *why, uint8_t code,
    uint8_t subcode, uint8_t value);
int notification_set_u16(struct bgp_notification *why, uint8_t code,
    uint8_t subcode, uint16_t value);

/*
 * A Cease with a shutdown communication (RFC 9003); text may be NULL.  What
 * is above 255 octets or no UTF-8 is cut off, never inside a character.
 */
void notification_set_shutdown(struct bgp_notification *why, uint8_t subcode,
    const char *text);

/* Makes it a Hard Reset (RFC 8538, section 3.1) around what it says. */
void notification_wrap_hard_reset(struct bgp_notification *why);

/* The whole message, header included. */
void notification_encode(const struct bgp_notification *n,
    struct wire_out *out);
/* The message's body.  0, or -1 when it is cut: then only for the log. */
int notification_decode(struct bgp_notification *n, struct wire_in in);

/*
 * "Cease/Administrative Reset", "Cease/Hard Reset (Cease/Peer De-configured)";
 * unknown numbers as numbers, no subcode for 0.  Gives buf.
 */
#define NOTIFICATION_STRLEN 128
const char *notification_name(const struct bgp_notification *n,
    char buf[NOTIFICATION_STRLEN]);

/* What a Hard Reset wraps (RFC 8538, section 3); else n as it is. */
struct bgp_notification notification_unwrap(const struct bgp_notification *n);

/*
 * The shutdown communication of a Cease, also inside a Hard Reset, as
 * printable UTF-8 in buf, with what a terminal would obey replaced by "?"; ""
 * when there is none or it is not valid.
 */
#define SHUTDOWN_STRLEN 256
const char *notification_shutdown_text(const struct bgp_notification *n,
    char buf[SHUTDOWN_STRLEN]);

/* The bound that comes with a Cease/Maximum Prefixes, for one family. */
struct prefix_bound {
	uint16_t afi;
	uint8_t safi;
	uint32_t prefixes;
};
/* false: another error, or it names no bound (RFC 4486, section 4). */
bool notification_prefix_bound(const struct bgp_notification *n,
    struct prefix_bound *bound);

#endif
