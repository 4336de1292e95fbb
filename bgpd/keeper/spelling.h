#ifndef SPELLING_H
#define SPELLING_H

#include <stddef.h>

/* Longer words are like no other. */
#define SPELLING_MAX 64

/*
 * How many letters must be changed, added, left out or swapped with the next
 * to make one word of the other; SPELLING_MAX for words that are too long.
 */
size_t spelling_distance(const char *a, const char *b);

#endif
