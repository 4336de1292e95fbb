#ifndef FUZZ_H
#define FUZZ_H

/*
 * What a fuzz target is: one function over any octets, which libFuzzer or
 * replay.c calls.  It keeps nothing from one call to the next.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds for every input; else it is a finding. */
#define must(what) must_hold((what), #what)

static inline void
must_hold(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

#endif
