#ifndef CHANNEL_H
#define CHANNEL_H

/*
 * The messages between keeper and speaker, to and from bytes.  Each end
 * decodes the other's as strictly as a stranger's.  Times on the channel are
 * wall clock milliseconds.  Decoded texts are borrowed from the message.
 */

#include "config.h"
#include "wire.h"

#define CHANNEL_MESSAGE_MAX (64U << 20)

enum channel_type {
	/* keeper to speaker */
	CHANNEL_CONFIG = 1, /* config_encode; the first, and at each reload */
	CHANNEL_NAMES,	    /* uids with their user names; follows it */
	CHANNEL_CLAIMS,	    /* stored claims, any number of these messages */
	CHANNEL_LOADED,	    /* no more of them */
	CHANNEL_COMMITTED,  /* how a CHANNEL_COMMIT ended */
	CHANNEL_SETTINGS_STORED, /* how storing them ended: a text */
	CHANNEL_REFUSED,	 /* no reload: texts, one a reason */
	/* speaker to keeper */
	CHANNEL_READY,	 /* control socket accepting, neighbors started */
	CHANNEL_COMMIT,	 /* changes for one transaction */
	CHANNEL_RELOAD,	 /* asks for the configuration as the file is now */
	CHANNEL_APPLIED, /* how the configuration of a reload fared: a text */
	/*
	 * both: settings_encode.  The keeper sends those that are stored,
	 * between names and claims; the speaker those to store from now on.
	 */
	CHANNEL_SETTINGS,
	/* both: the keeper asks, the speaker tells that it does */
	CHANNEL_STOP
};

/* One claim as it is stored. */
struct stored_claim {
	struct prefix prefix;
	bool ended; /* in a commit: delete it; when loaded: expired since */
	const char *owner;
	const char *reason;
	const char *neighbors; /* "": all */
	int64_t since_wall_ms;
	int64_t expires_wall_ms; /* -1: permanent */
};
/* Whether its texts and times are within what the channel carries. */
bool channel_claim_ok(const struct stored_claim *c);

/*
 * A message is begun with its type, which forgets what out held; the encoders
 * below add to it.  The caller initialized out with CHANNEL_MESSAGE_MAX or
 * less.  Decoding starts behind the type.
 */
void channel_begin(struct wire_out *out, enum channel_type type);

/*
 * CHANNEL_SETTINGS_STORED and CHANNEL_APPLIED are one text, "" for success,
 * else what is wrong; CHANNEL_REFUSED is any number of them.  NULL is "".
 */
void channel_put_text(struct wire_out *out, const char *text);
/* 1: *text is the next; 0: that was all; -1: malformed. */
int channel_get_text(struct wire_in *in, const char **text);
/* That of a message that is one text.  0 or -1. */
int channel_get_only_text(struct wire_in *in, const char **text);

/* CHANNEL_CLAIMS and CHANNEL_COMMIT carry claims one after another. */
void channel_put_claim(struct wire_out *out, const struct stored_claim *c);
/* 1: *c is the next; 0: that was all; -1: malformed. */
int channel_get_claim(struct wire_in *in, struct stored_claim *c);

/* CHANNEL_COMMIT begins with its number, which grows. */
void channel_put_commit(struct wire_out *out, uint64_t number);
int channel_get_commit(struct wire_in *in, uint64_t *number);

/* CHANNEL_COMMITTED: "" for success, else why the disk refused. */
struct channel_committed {
	uint64_t number;
	const char *error;
};
void channel_put_committed(struct wire_out *out,
    const struct channel_committed *c);
int channel_get_committed(struct wire_in *in, struct channel_committed *c);

/* CHANNEL_NAMES: one uid and its name after another. */
void channel_put_name(struct wire_out *out, uint32_t uid, const char *name);
/* As channel_get_claim. */
int channel_get_name(struct wire_in *in, uint32_t *uid, const char **name);

/* CHANNEL_LOADED: what was wrong with the store, "" when nothing was. */
void channel_put_loaded(struct wire_out *out, const char *trouble);
int channel_get_loaded(struct wire_in *in, const char **trouble);

#endif
