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
	CHANNEL_NAMES,	    /* uids with their user names; behind the
			       first configuration, before each other */
	CHANNEL_SETTINGS,   /* settings_encode: those stored, before claims;
			       not while the store cannot be opened */
	CHANNEL_CLAIMS,	    /* stored records, any number of these messages */
	CHANNEL_LOADED,	    /* no more of them; again when it is reopened */
	CHANNEL_COMMITTED,  /* how a CHANNEL_COMMIT ended */
	CHANNEL_REFUSED,    /* no reload: texts, one a reason */
	CHANNEL_HISTORY,    /* the answer to CHANNEL_ASK_HISTORY */
	/* speaker to keeper */
	CHANNEL_READY,	     /* control socket accepting, neighbors started */
	CHANNEL_COMMIT,	     /* records for one transaction */
	CHANNEL_ASK_HISTORY, /* one question about the history */
	CHANNEL_RELOAD,	     /* asks for the configuration as the file is now */
	CHANNEL_APPLIED, /* how the configuration of a reload fared: a text */
	/* both: the keeper asks, the speaker tells that it does */
	CHANNEL_STOP
};

/* One claim as it is stored. */
struct stored_claim {
	struct prefix prefix;
	bool ended; /* in a commit: delete it; when loaded: expired since */
	bool held;  /* taken back, and held until it expires (hold-down) */
	const char *owner;
	const char *reason;
	const char *neighbors; /* "": all */
	int64_t since_wall_ms;
	int64_t expires_wall_ms; /* -1: permanent */
	int64_t ttl_ms; /* from when its expiry was set; -1: permanent */
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
 * CHANNEL_APPLIED is one text, "" for success, else what is wrong;
 * CHANNEL_REFUSED is any number of them.  NULL is "".
 */
void channel_put_text(struct wire_out *out, const char *text);
/* 1: *text is the next; 0: that was all; -1: malformed. */
int channel_get_text(struct wire_in *in, const char **text);
/* That of a message that is one text.  0 or -1. */
int channel_get_only_text(struct wire_in *in, const char **text);

/* How often a prefix came back as a victim (hold-down). */
struct stored_recurrence {
	struct prefix prefix;
	bool forgotten; /* in a commit: delete it */
	uint32_t count;
	int64_t ended_wall_ms; /* -1: it is a victim now */
};

/* One line of the history. */
enum history_action {
	HISTORY_ADDED,
	HISTORY_REFRESHED,
	HISTORY_WITHDRAWN,
	HISTORY_EXPIRED,
	HISTORY_REFUSED,
	HISTORY_HELD
};
#define HISTORY_ACTIONS (HISTORY_HELD + 1)
const char *history_action_name(enum history_action action);

struct history_entry {
	int64_t id;	/* given by the store; grows */
	uint64_t token; /* not 0: replaces the entry of the same token */
	int64_t at_wall_ms;
	enum history_action action;
	struct prefix prefix;
	const char *owner;
	const char *by; /* the user's name, or "" for the daemon itself */
	uint32_t uid;
	int32_t pid;		 /* 0: the daemon itself */
	const char *reason;	 /* of the claim; of a refusal: its message */
	int64_t expires_wall_ms; /* -1: never, or of no meaning */
	uint32_t count;		 /* alike refusals; else 1 */
};
/* As channel_claim_ok. */
bool channel_history_ok(const struct history_entry *e);

/*
 * CHANNEL_CLAIMS and CHANNEL_COMMIT carry records one after another, each
 * with its kind before it, which the encoders write themselves.
 */
enum record_kind {
	RECORD_CLAIM = 1,
	RECORD_RECURRENCE,
	RECORD_HISTORY, /* in a commit only */
	RECORD_SETTINGS /* settings_encode; in a commit only */
};
struct record {
	enum record_kind kind;
	struct stored_claim claim;
	struct stored_recurrence recurrence;
	struct history_entry history;
	struct wire_in settings;
};
void channel_put_claim(struct wire_out *out, const struct stored_claim *c);
void channel_put_recurrence(struct wire_out *out,
    const struct stored_recurrence *r);
void channel_put_history(struct wire_out *out, const struct history_entry *e);
/* bytes: what settings_encode gave. */
void channel_put_settings(struct wire_out *out, const void *bytes, size_t len);
/* 1: *r is the next; 0: that was all; -1: malformed. */
int channel_get_record(struct wire_in *in, struct record *r);

/* So many entries of the history one answer has at the most. */
#define CHANNEL_HISTORY_MAX 500

/* A question about the history; answered newest first. */
struct history_query {
	uint64_t number; /* of the question; the answer repeats it */
	bool has_prefix; /* it and what lies inside */
	struct prefix prefix;
	const char *owner;     /* "": any */
	int64_t since_wall_ms; /* 0: from the beginning */
	int64_t after_id; /* only older ones than this; 0: from the newest */
	uint32_t limit;
};
void channel_put_history_query(struct wire_out *out,
    const struct history_query *q);
int channel_get_history_query(struct wire_in *in, struct history_query *q);
/*
 * CHANNEL_HISTORY: the question's number, an error ("" for none), whether
 * there are more, then the entries (channel_get_record).
 */
struct history_answer {
	uint64_t number;
	const char *error;
	bool more;
};
void channel_put_history_answer(struct wire_out *out,
    const struct history_answer *a);
int channel_get_history_answer(struct wire_in *in, struct history_answer *a);

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
/* As channel_get_record. */
int channel_get_name(struct wire_in *in, uint32_t *uid, const char **name);

/* CHANNEL_LOADED: what was wrong with the store, "" when nothing was. */
void channel_put_loaded(struct wire_out *out, const char *trouble);
int channel_get_loaded(struct wire_in *in, const char **trouble);

#endif
