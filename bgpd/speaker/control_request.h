#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

/*
 * One request of a client while it is carried out.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "method.h"
#include "rpc.h"

struct answer;
struct control_client;

/* With so many bytes of answers waiting, no more is read from a client. */
#define CONTROL_UNREAD_MAX (4U << 20)
/* The same where all clients together have too many of them. */
#define CONTROL_UNREAD_FREE (64U << 10)

/* Embedded; all zero is none. */
struct control_request {
	struct rpc_request request; /* borrows from the message */
	struct method_call call;
	bool under_way; /* it has paused, and is to go on */
	bool changed;	/* it is done, and has changed something */
};

/*
 * Carries out what message, which stays, asks for, and adds what came of it to
 * the answer.  1: it has paused as pause says, which stays; 0: it is
 * done; -1: no memory.
 */
int control_request_begin(struct control_request *r, struct control_client *c,
    struct answer *a, const json_t *message, struct method_pause *pause);
int control_request_go_on(struct control_request *r, struct control_client *c,
    struct answer *a);
/* Ends it in the midst; one that is not under way is fine. */
void control_request_drop(struct control_request *r);

#endif
