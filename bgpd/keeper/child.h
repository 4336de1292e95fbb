#ifndef CHILD_H
#define CHILD_H

/*
 * The speaker process as its keeper sees it: started, watched, started again
 * when it dies, and stopped.
 */

#include <stdint.h>

#include <event2/event.h>

/*
 * What the speaker finds under these numbers.  It closes what comes behind
 * them: all of ours is closed by its start, but not what we inherited.
 */
#define CHILD_LINK_FD 3
#define CHILD_CONTROL_FD 4
#define CHILD_WATCHDOG_FD 5

struct child;

struct child_parts {
	struct event_base *base;
	int exe_fd;		 /* this program (O_PATH) */
	int control_fd;		 /* the listening control socket */
	int watchdog_fd;	 /* the service manager's, or -1 */
	const char *config_file; /* for ps(1), and for the speaker's status */
	/* It runs.  Takes our end of the link. */
	void (*on_start)(void *arg, int link_fd);
	/* It has ended; the link may still have messages from it. */
	void (*on_exit)(void *arg);
	/* It was asked to stop and is gone. */
	void (*on_stopped)(void *arg);
	void *arg;
};

/* Borrows the descriptors and the name.  NULL on failure. */
struct child *child_new(const struct child_parts *parts);
void child_free(struct child *c); /* NULL is fine; kills what still runs */

/* Starts it; if that fails, it is tried again later. */
void child_start(struct child *c);
/* libevent tells of SIGCHLD: has it ended? */
void child_reap(struct child *c);
/* It was left without its link: it ends, if need be by SIGKILL after 5 s. */
void child_end(struct child *c);
/*
 * No more starts.  It was told to stop, and is killed if it has not ended in
 * 5 s.  on_stopped comes from the loop, also when nothing runs now.
 */
void child_stop(struct child *c);

/*
 * How long to wait before the next start, for a speaker that lived for
 * lived_ms, after *quick deaths in a row that came within 10 s of a start:
 * the first start is at once, then from 1 s doubling to 60 s.
 */
int child_backoff_ms(int64_t lived_ms, unsigned *quick);

#endif
