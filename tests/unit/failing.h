#ifndef FAILING_H
#define FAILING_H

/*
 * An allocator of which one call fails, the one that a test says.  The linker
 * gives it all calls of our own libraries (--wrap); failing_begin() gives it
 * those of jansson and libevent.
 */

#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* So many calls until the one that fails; 0: none does. */
static unsigned failing_in;
static bool failing_was;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static inline bool
failing_now(void)
{
	if (failing_in == 0 || --failing_in > 0)
		return false;
	failing_was = true;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return failing_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return failing_now() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return failing_now() ? NULL : __real_realloc(p, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return failing_now() ? NULL : __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *s)
{
	return failing_now() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	return failing_now() ? NULL : __real_strndup(s, n);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* Before anything else is done. */
static inline void
failing_begin(void)
{
	json_set_alloc_funcs(malloc, free);
	event_set_mem_functions(malloc, realloc, free);
}

/* From now on the n-th call fails, and no other. */
static inline void
failing_set(unsigned n)
{
	failing_in = n;
	failing_was = false;
}

/* How many calls there were since failing_set(UINT_MAX). */
static inline unsigned
failing_count(void)
{
	return UINT_MAX - failing_in;
}

/* No call fails any more.  Whether one has. */
static inline bool
failing_end(void)
{
	failing_in = 0;
	return failing_was;
}

#endif
