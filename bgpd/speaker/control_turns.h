#ifndef CONTROL_TURNS_H
#define CONTROL_TURNS_H

/*
 * Which control client is served next.  Those that have lines to be carried
 * out stand in a queue, and each turn of the loop serves them for a while, so
 * that however many they are, neighbors and timers do not wait for them.
 */

#include <sys/queue.h>

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

/* So long one client is served before the next, */
#define CONTROL_TURN_MS 5
/* and so long all of them in one turn of the loop. */
#define CONTROL_TURNS_MS 20

struct control_turns;

/* A client's place in the queue, embedded; all zero but serve and arg. */
struct control_turn {
	TAILQ_ENTRY(control_turn) entry;
	bool queued;
	void (*serve)(void *arg); /* once; it may ask again */
	void *arg;
};

/* NULL without memory. */
struct control_turns *control_turns_new(struct event_base *base);
void control_turns_free(struct control_turns *turns); /* NULL is fine */

/* To be served: in this turn of the loop, or while it serves in the next. */
void control_turns_ask(struct control_turns *turns, struct control_turn *turn);
void control_turns_leave(struct control_turns *turns,
    struct control_turn *turn);
/*
 * Until it is released nobody else has a turn.  Who holds them asks for its
 * next turn each time.
 */
void control_turns_hold(struct control_turns *turns, struct control_turn *turn);
void control_turns_release(struct control_turns *turns);

#endif
