#ifndef SLAB_H
#define SLAB_H

/*
 * Memory for small things of which very many may come, and go again soon.  It
 * is taken from the system in slabs and given back whole, so that nothing is
 * left of them between things that live long.
 */

#include <stddef.h>

struct slab;
struct slabs {
	struct slab *current; /* NULL: none; zero it before the first use */
};

/* Not cleared; aligned as from malloc.  NULL: no memory. */
void *slab_get(struct slabs *s, size_t size);
void slab_put(struct slabs *s, void *p); /* NULL is fine */
/* Gives back what is kept for the next one. */
void slab_trim(struct slabs *s);

#endif
