/*
 * A slab is filled from the front; nothing in it is used twice.  It begins at
 * a multiple of its size, by which a thing finds its slab, and ends when the
 * last thing in it does.  Whatever is too big gets a longer slab of its own.
 */
#include <sys/mman.h>

#include <stdint.h>

#include "slab.h"

#define SLAB_SIZE ((size_t)256 << 10)
#define ALIGNMENT _Alignof(max_align_t)

struct slab {
	size_t things; /* that live in it */
	size_t filled; /* octets, this head included */
	size_t size;
};

static size_t
round_up(size_t n, size_t multiple)
{
	return (n + multiple - 1) / multiple * multiple;
}

#define HEAD_SIZE round_up(sizeof(struct slab), ALIGNMENT)

/* A mapping may begin anywhere: what lies outside the slab is given back. */
static struct slab *
slab_new(size_t size)
{
	uint8_t *all = mmap(NULL, size + SLAB_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;
	struct slab *slab;

	if (all == MAP_FAILED)
		return NULL;
	before = round_up((uintptr_t)all, SLAB_SIZE) - (uintptr_t)all;
	slab = (struct slab *)(all + before);
	if (before > 0)
		munmap(all, before);
	if (before < SLAB_SIZE)
		munmap(all + before + size, SLAB_SIZE - before);
	*slab = (struct slab){ .filled = HEAD_SIZE, .size = size };
	return slab;
}

static void
slab_free(struct slab *slab)
{
	munmap(slab, slab->size);
}

void *
slab_get(struct slabs *s, size_t size)
{
	struct slab *slab = s->current;
	uint8_t *thing;

	size = round_up(size, ALIGNMENT);
	if (size > SIZE_MAX / 4)
		return NULL;
	if (slab == NULL || slab->size - slab->filled < size) {
		size_t whole = round_up(HEAD_SIZE + size, SLAB_SIZE);

		slab = slab_new(whole);
		if (slab == NULL)
			return NULL;
		slab_trim(s);
		s->current = slab;
	}
	thing = (uint8_t *)slab + slab->filled;
	slab->filled += size;
	slab->things++;
	return thing;
}

void
slab_put(struct slabs *s, void *p)
{
	struct slab *slab;

	if (p == NULL)
		return;
	/* the head is never a thing, so p lies behind the slab's beginning */
	slab = (struct slab *)((uint8_t *)p - (uintptr_t)p % SLAB_SIZE);
	if (--slab->things > 0)
		return;
	if (slab == s->current)
		slab->filled = HEAD_SIZE;
	else
		slab_free(slab);
}

void
slab_trim(struct slabs *s)
{
	if (s->current != NULL && s->current->things == 0)
		slab_free(s->current);
	s->current = NULL;
}
