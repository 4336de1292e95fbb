#ifndef RELOADER_H
#define RELOADER_H

/*
 * A reload from the request to its end: the file is read, the speaker tries
 * what it says, and only if that works is it the configuration that runs.
 * One at a time; after a signal in the midst of one the file is read once more.
 * How each ended is logged and told to the service manager.
 */

#include <stdbool.h>

struct liveconf;
struct service;

/* The caller fills it in. */
struct reloader {
	struct liveconf *conf;	 /* borrowed */
	struct service *service; /* borrowed */
	int notify_fd;		 /* for the service manager, or -1; borrowed */
	bool ready;		 /* the service manager knows that we run */
	bool stopping;		 /* the daemon stops: no more of them */
	bool again;		 /* a signal came while one was under way */
};

/* SIGHUP: all errors are logged. */
void reloader_on_signal(struct reloader *r);
/* The speaker asks, and is told the errors. */
void reloader_on_request(struct reloader *r);
/* The speaker runs the candidate (""), or says why it does not. */
void reloader_on_applied(struct reloader *r, const char *error);
/* There is no speaker any more: one that was under way has failed. */
void reloader_on_end(struct reloader *r);

#endif
