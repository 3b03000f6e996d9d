/* Regions: which stretches of the target's address space are readable without a gap, and where our copy of each lies.
 *
 * Neighbouring ranges that objects may straddle (.data and .bss) are one region; regions that share a chunk are one span,
 * for which address space of ours is reserved at its first touch, so that what is contiguous there is contiguous here.
 */
#ifndef DUMPER_REGIONS_H
#define DUMPER_REGIONS_H

#include "base/vector.h"
#include "dumper/mirror.h"

#define ADDRESS_END ((uint64_t)1 << 47)
#define PAGE_BITS 12
#define PAGE ((uint64_t)1 << PAGE_BITS)
#define PIECE ((uint64_t)1 << 30) /* bytes of a reserve, where a span is too large for one */

struct region { /* readable bytes without a gap, which objects may straddle */
	uint64_t start, end;
	uint32_t span;
};

struct span { /* neighbouring regions, rounded to chunks: contiguous in our own memory */
	uint64_t start, end;
	uint8_t *whole;   /* its reserve, NULL before the first touch */
	uint8_t **pieces; /* where it was not to be had whole; NULL for pieces not touched */
	size_t piece_count;
};

struct regions {
	VECTOR(struct region) regions; /* ascending, disjoint */
	VECTOR(struct span) spans;
};

void regions_init(struct regions *regions);
void regions_deinit(struct regions *regions);
/* From the ranges of a source. ERROR_FAULT where they are out of order or not page-aligned. */
struct error *regions_build(struct regions *regions, const struct source_range *ranges, size_t count) CHECKED;
/* Takes over memory that is already there from the reserves of `old`, for spans that lie within a span of `regions`. Saves
 * the faults of filling it anew; what the memory holds means nothing. */
void regions_adopt(struct regions *regions, struct regions *old);
/* Index of the first region that ends above `address`; the count where there is none. */
size_t regions_search(const struct regions *regions, uint64_t address);
/* Where the copy of `address`, in that span, belongs. NULL where no memory or address space is left. */
uint8_t *span_place(struct span *span, uint64_t address);
/* Whether [address, address + size), inside the span, lies in more than one reserve. */
bool span_divides(const struct span *span, uint64_t address, uint64_t size);

#endif
