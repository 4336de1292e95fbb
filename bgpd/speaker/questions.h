#ifndef QUESTIONS_H
#define QUESTIONS_H

/*
 * The questions about the history that one answer tells of.
 */

#include <sys/queue.h>

#include <jansson.h>
#include <stdbool.h>

struct method_call;
struct question;

/* Embedded; questions_init makes one without questions. */
struct questions {
	TAILQ_HEAD(question_list, question) list;
	/* Called when the last of them is answered; -1: no memory to tell. */
	void (*on_end)(void *arg, int rc);
	void *arg;
	int rc;
};

void questions_init(struct questions *q);
void questions_fini(struct questions *q); /* nothing is told any more */

/*
 * Asks what call wants to know; its response, whose result has `entries` and
 * `more`, is told the answer, or that the keeper is busy.  -1: no memory.
 */
int questions_add(struct questions *q, json_t *response,
    const struct method_call *call);
/* Whether on_end is still to be called. */
bool questions_wait(const struct questions *q);
/* Waits no longer: what is not answered is refused.  -1: no memory. */
int questions_give_up(struct questions *q);

#endif
