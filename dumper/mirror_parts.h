/* What mirror.c and mirror_reread.c share: how a mirror keeps its chunks. */
#ifndef DUMPER_MIRROR_PARTS_H
#define DUMPER_MIRROR_PARTS_H

#include "dumper/mirror.h"
#include "dumper/regions.h"

#define ADDRESS_BITS 47
#define LEAF_BITS 15
#define LEAF_CHUNKS ((size_t)1 << LEAF_BITS)
#define ROOT_LEAVES ((size_t)1 << (ADDRESS_BITS - MIRROR_CHUNK_BITS - LEAF_BITS))
#define PAGES_ALL 0xffffu

enum chunk_state {
	CHUNK_UNFETCHED,
	CHUNK_FETCHED,
	CHUNK_PARTIAL,
	CHUNK_FAILED
};

struct chunk {
	uint8_t *data;   /* its copy, at the chunk's first byte even where that byte isn't readable */
	uint32_t region; /* index of the first region that has a byte in it */
	uint16_t pages;  /* bit n: page n was read */
	uint8_t state;
	bool changed; /* another reading found other bytes */
};

struct straddler { /* bytes across two pieces, copied together */
	uint64_t address, size;
	uint8_t *data;
};

struct mirror {
	struct source *source;
	const struct source_range *ranges;
	size_t range_count;
	const struct source_range *last_range; /* that mirror_range found; NULL: none yet */
	struct regions regions;
	VECTOR(struct straddler) straddlers;
	struct chunk **leaves; /* ROOT_LEAVES of them */
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

static inline const struct chunk *chunk_peek(const struct mirror *mirror, uint64_t address)
{
	static const struct chunk nothing;
	uint64_t number = address >> MIRROR_CHUNK_BITS;

	if (number >> LEAF_BITS >= ROOT_LEAVES)
		return &nothing;
	const struct chunk *leaf = mirror->leaves[number >> LEAF_BITS];

	return leaf != NULL ? &leaf[number & (LEAF_CHUNKS - 1)] : &nothing;
}

#endif
