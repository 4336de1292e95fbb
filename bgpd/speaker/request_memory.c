/*
 * Things are cut from blocks, and kept by size when they are freed.  When the
 * last of all is freed, which is whenever no request is under way, we begin
 * anew with one block, and the others go back to the system.  What is large,
 * or too much, comes from malloc.
 */
#include <jansson.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "request_memory.h"
#include "slab.h"

#define BLOCK_SIZE ((size_t)32 << 10)
/*
 * 32 MiB, since what one size has had is not used for another before all are
 * freed, and a client may choose its sizes.  Above that all come from malloc.
 */
#define BLOCKS_MAX 1024
#define GRAIN sizeof(struct thing)
#define KINDS 64 /* of sizes: so many grains, less one */
#define LARGE SIZE_MAX

/* Stands before each; nothing that is kept wants more alignment. */
struct thing {
	union {
		size_t kind;	    /* while it is used; LARGE: from malloc */
		struct thing *next; /* while it is free */
	};
};
_Static_assert(alignof(struct thing) >= alignof(json_int_t), "alignment");

struct block {
	struct block *next;
	struct thing things[];
};

static struct {
	struct slabs slabs; /* of blocks */
	struct block *blocks;
	size_t block_count;
	struct thing *at, *end; /* of the first block, not used yet */
	struct thing *free[KINDS];
	size_t used; /* things, without large ones */
} memory;

static void
begin_block(void)
{
	memory.at = memory.blocks->things;
	memory.end = (struct thing *)((uint8_t *)memory.blocks + BLOCK_SIZE);
}

static int
add_block(void)
{
	struct block *block = NULL;

	if (memory.block_count < BLOCKS_MAX)
		block = slab_get(&memory.slabs, BLOCK_SIZE);
	if (block == NULL)
		return -1;
	memory.block_count++;
	block->next = memory.blocks;
	memory.blocks = block;
	begin_block();
	return 0;
}

/* Nothing is used any more. */
static void
begin_anew(void)
{
	struct block *block;

	while ((block = memory.blocks)->next != NULL) {
		memory.blocks = block->next;
		slab_put(&memory.slabs, block);
		memory.block_count--;
	}
	memset(memory.free, 0, sizeof(memory.free));
	begin_block();
}

static void *
get_large(size_t size)
{
	struct thing *t;

	if (size > SIZE_MAX - sizeof(*t))
		return NULL;
	t = malloc(sizeof(*t) + size);
	if (t == NULL)
		return NULL;
	t->kind = LARGE;
	return t + 1;
}

void *
request_memory_get(size_t size)
{
	size_t kind = size / GRAIN + (size % GRAIN > 0);
	struct thing *t;

	if (kind >= KINDS)
		return get_large(size);
	t = memory.free[kind];
	if (t != NULL) {
		memory.free[kind] = t->next;
	} else {
		if ((size_t)(memory.end - memory.at) < 1 + kind &&
		    add_block() == -1)
			return get_large(size);
		t = memory.at;
		memory.at += 1 + kind;
	}
	t->kind = kind;
	memory.used++;
	return t + 1;
}

void
request_memory_put(void *p)
{
	struct thing *t;
	size_t kind;

	if (p == NULL)
		return;
	t = (struct thing *)p - 1;
	kind = t->kind;
	if (kind == LARGE) {
		free(t);
		return;
	}
	t->next = memory.free[kind];
	memory.free[kind] = t;
	if (--memory.used == 0)
		begin_anew();
}

void
request_memory_use(void)
{
	json_set_alloc_funcs(request_memory_get, request_memory_put);
}
