/* Fragmentation: which bytes of the allocator's pools are nobody's, by size of blocks.
 *
 * *Wasted* are the free blocks of pools that have used ones, which serve objects of that size alone, and the *rounding*: what
 * blocks are larger than what was asked for, where that is known.
 */
#ifndef ANALYZER_FRAGMENTATION_H
#define ANALYZER_FRAGMENTATION_H

#include "analyzer/occupancy.h"
#include "analyzer/report.h"

struct size_class {
	uint32_t block_size; /* bytes */
	struct block_totals blocks;
};

struct fragmentation {
	VECTOR(struct size_class) classes; /* by ascending size; those that have pools */
	struct block_totals all;
	uint64_t free, rounding; /* bytes, of all classes */
};

/* O(pools). */
struct error *fragmentation_create(const struct occupancy *occupancy, struct fragmentation *result) CHECKED;
void fragmentation_deinit(struct fragmentation *fragmentation);
DEFINE_AUTO_VALUE(fragmentation, struct fragmentation, fragmentation_deinit);

/* Adds tables of the size classes and of how full the arenas are. `before`: of an earlier snapshot, NULL: none. */
struct error *fragmentation_report(struct report *report, const struct fragmentation *before,
				   const struct fragmentation *fragmentation) CHECKED;
void fragmentation_report_arenas(struct report *report, const struct allocator *before,
				 const struct allocator *allocator);

#endif
