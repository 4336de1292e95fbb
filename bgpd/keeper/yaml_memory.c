/*
 * libyaml moves a scalar to larger memory while it grows, frees what it moved
 * from, and frees unfinished ones after an error, all without wiping; so
 * pieces of a password would stay in the heap as long as we run.
 *
 * It asks for memory by functions of its own, yaml_malloc() and its like,
 * which its shared object exports: those below take their place, for it as
 * well.  An allocator of ours for the whole process would do too, but costs
 * every allocation; and to look for what was left behind is to know where.
 * Where the library is built so that it calls its own in spite of us, what is
 * wiped by name is wiped all the same, and a test of the daemon's memory says
 * what is left.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "yaml_memory.h"

void *yaml_malloc(size_t size);
void *yaml_realloc(void *memory, size_t size);
void yaml_free(void *memory);

/* libyaml wants memory, not NULL, also for nothing. */
void *
yaml_malloc(size_t size)
{
	return malloc(size > 0 ? size : 1);
}

/* Also what libyaml has from strdup(3) comes here. */
void
yaml_free(void *memory)
{
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void *
yaml_realloc(void *memory, size_t size)
{
	size_t before = memory != NULL ? malloc_usable_size(memory) : 0;
	void *moved = yaml_malloc(size);

	if (moved == NULL || memory == NULL)
		return moved;
	memcpy(moved, memory, before < size ? before : size);
	yaml_free(memory);
	return moved;
}

void
yaml_memory_drop_event(yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		explicit_bzero(event->data.scalar.value,
		    event->data.scalar.length);
	yaml_event_delete(event);
}

void
yaml_memory_drop_parser(yaml_parser_t *p)
{
	explicit_bzero(p->raw_buffer.start,
	    (size_t)(p->raw_buffer.end - p->raw_buffer.start));
	explicit_bzero(p->buffer.start,
	    (size_t)(p->buffer.end - p->buffer.start));
	yaml_parser_delete(p);
}
