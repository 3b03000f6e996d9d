/* Orphans: blocks of pymalloc that are given out, look like objects, and that nothing of the snapshot accounts for.
 *
 * What C code leaks of objects that the collector does not know (str, bytes, float, int, and tuples and dicts of such)
 * is on no list and at the end of no edge; only the allocator still knows of its memory. A block counts where an
 * object of a type that the heap has may stand in it: see object_guess, and below what else must fit.
 */
#ifndef DUMPER_ORPHANS_H
#define DUMPER_ORPHANS_H

#include "dumper/pools.h"
#include "format/relation.h"

struct orphans {
	VECTOR(struct orphan_row) rows; /* ascending addresses; `type` is an index of the type table */
};

void orphans_init(struct orphans *orphans);
void orphans_deinit(struct orphans *orphans);
DEFINE_AUTO_VALUE(orphans, struct orphans, orphans_deinit);

/* Searches blocks of `pools` that nothing has explained. `prefix` is what stands in front of what a block was asked
 * for (0, or the bytes of the debug allocator); only the first `type_count` types of the table count. The decoder's
 * losses stay as they were. */
struct error *orphans_find(struct decoder *decoder, const struct pools *pools, uint64_t prefix, uint32_t type_count,
			   struct orphans *orphans) CHECKED;

#endif
