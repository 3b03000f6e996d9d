/* Allocator: which one a target's objects come from, as PYTHONMALLOC may choose another than pymalloc. */
#ifndef DUMPER_ALLOCATOR_H
#define DUMPER_ALLOCATOR_H

#include "dumper/marks.h"
#include "dumper/pools.h"
#include "dumper/runtime.h"

#define ALLOCATOR_DEBUG_BEFORE 16u /* bytes that the debug allocator puts in front of what it was asked for */

struct allocator {
	const char *name; /* pymalloc, malloc, mimalloc, each also with _debug; unknown */
	bool debug;       /* Python's debug hooks are around it */
};

/* Judges by the objects that were found: what lies around them, and whether it is in an arena. Reads nothing new. */
struct allocator allocator_judge(struct decoder *decoder, const struct runtime *runtime, const struct marks *marks,
				 const struct pools *pools);

#endif
