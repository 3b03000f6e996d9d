/* What mirror.c and mirror_reread.c share: how a mirror keeps its chunks. */
#ifndef DUMPER_MIRROR_PARTS_H
#define DUMPER_MIRROR_PARTS_H

#include "dumper/mirror.h"
#include "dumper/regions.h"

#define ADDRESS_BITS 47
#define PAGES_ALL 0xffffu

struct straddler { /* bytes across two pieces, copied together */
	uint64_t address, size;
	uint8_t *data;
};

struct mirror {
	struct mirror_index index; /* first, for mirror_at's sake */
	struct source *source;
	const struct source_range *ranges;
	size_t range_count;
	const struct source_range *last_range; /* that mirror_range found; NULL: none yet */
	struct regions regions;
	VECTOR(struct straddler) straddlers;
	struct error *error;   /* sticky */
	uint64_t bytes;
	uint64_t limit; /* of `bytes`; 0: none */
	bool frozen;
	bool outlives, outlived; /* the target's end is no failure; and it came */
	VECTOR(uint64_t) missed; /* chunks asked for once frozen; each once, as far as they come in a row */
};

/* Takes an error over; the first of several is kept. */
void mirror_fail(struct mirror *mirror, struct error *error);
/* Copies its bytes together from the chunks, which are there. */
void straddler_fill(const struct mirror *mirror, const struct straddler *straddler);

static inline const struct mirror_chunk *chunk_peek(const struct mirror *mirror, uint64_t address)
{
	static const struct mirror_chunk nothing;
	uint64_t number = address >> MIRROR_CHUNK_BITS;

	if (number >> MIRROR_LEAF_BITS >= MIRROR_LEAVES)
		return &nothing;
	const struct mirror_chunk *leaf = mirror->index.leaves[number >> MIRROR_LEAF_BITS];

	return leaf != NULL ? &leaf[number & (MIRROR_LEAF_CHUNKS - 1)] : &nothing;
}

#endif
