#ifndef RPC_H
#define RPC_H

/*
 * JSON-RPC 2.0, the envelope of the control protocol: from a line to requests,
 * and from a result or an error to a response.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "reason.h"

#define RPC_PARSE_ERROR (-32700)
#define RPC_INVALID_REQUEST (-32600)
#define RPC_METHOD_NOT_FOUND (-32601)
#define RPC_INVALID_PARAMS (-32602)
#define RPC_INTERNAL_ERROR (-32603)
#define RPC_REFUSED (-32000) /* with a reason */

/* The most requests that one batch may hold. */
#define RPC_BATCH_MAX 10000

struct rpc_error {
	int code;
	enum reason reason; /* of RPC_REFUSED */
	char message[REFUSAL_STRLEN];
	json_t *data; /* members beside the reason, or NULL; owned */
};

/* Fill *e in; both give -1.  The message is made safe for a terminal. */
int rpc_error_set(struct rpc_error *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int rpc_error_refuse(struct rpc_error *e, const struct refusal *why);

/* Frees its data; e is one that was set, or all zero. */
void rpc_error_fini(struct rpc_error *e);

/*
 * Whether text is UTF-8 without control characters, so that it can be shown
 * on a terminal; and the same made of any text, with '?' for what is not.
 */
bool rpc_text_is_plain(const char *text);
void rpc_text_clean(char *text);

/*
 * One line, without its end: gives the JSON value, or NULL with *why.  A key
 * given twice, a NUL and invalid UTF-8 are errors.
 */
json_t *rpc_parse(const char *line, size_t len, struct rpc_error *why);

/* One request; what it points to is borrowed from the message. */
struct rpc_request {
	const char *method;
	const json_t *params; /* an object, or NULL: none */
	json_t *id;	      /* NULL: a notification, never answered */
};

/*
 * An element of a batch, or the message that is none.  On -1, *why says what
 * is wrong, and id is the request's if it can be told, else NULL.
 */
int rpc_request_decode(struct rpc_request *r, const json_t *message,
    struct rpc_error *why);

/* Takes params.  NULL without memory. */
json_t *rpc_request_encode(json_int_t id, const char *method, json_t *params);

/*
 * Responses; id NULL is sent as null.  The first takes result, which may be
 * NULL.  NULL without memory.
 */
json_t *rpc_result_encode(json_t *id, json_t *result);
json_t *rpc_error_encode(json_t *id, const struct rpc_error *e);
/*
 * Makes a refusal of a response that was to be a result.  Takes more, an object
 * whose members join the reason in data; NULL: there was no memory for it.
 * -1: no memory; the response is no good then.
 */
int rpc_response_fail(json_t *response, const struct rpc_error *e,
    json_t *more);

#endif
