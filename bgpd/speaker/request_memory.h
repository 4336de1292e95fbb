#ifndef REQUEST_MEMORY_H
#define REQUEST_MEMORY_H

/*
 * Memory for jansson's values, and for what waits with them for an answer.  A
 * request and its answer are a hundred small things that come and go together.
 * They are kept apart from what stays, so that no holes are left between
 * victims, and cost a few steps each.
 */

#include <stddef.h>

/*
 * Hands it to jansson, for the whole process; before the first value.  What
 * json_dumps() would give is not for free() then: json_text.h has its own.
 */
void request_memory_use(void);

/* As malloc and free; aligned for pointers and integers, no more. */
void *request_memory_get(size_t size);
void request_memory_put(void *p); /* NULL is fine */

#endif
