#ifndef TESTS_FUZZ_MUST_H
#define TESTS_FUZZ_MUST_H

/* What every fuzz target has: its one function, and what it says of what must hold. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static inline void
must(int holds)
{
	if (!holds)
		abort();
}

#endif
