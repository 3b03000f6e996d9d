/* Pools: which blocks of pymalloc's arenas are given out, and which of them nothing has explained yet.
 *
 * A block that is given out belongs to somebody: it is an object, a buffer of one, or C code's. Who knows of one takes
 * it off by pools_explain; what is left in the end are blocks that nothing of the heap accounts for. Memory: a bit for
 * each block, and 60 bytes a pool.
 */
#ifndef DUMPER_POOLS_H
#define DUMPER_POOLS_H

#include "dumper/arenas.h"

struct pool {
	uint64_t address;
	uint32_t arena;      /* its number in `arenas` */
	uint32_t block_size; /* bytes */
	uint32_t capacity;   /* blocks */
	uint32_t used;       /* blocks given out, above 0 */
	uint32_t objects;    /* of these, blocks given to objects, */
	uint32_t buffers;    /* and to their buffers, as pools_give was told */
	uint64_t asked;      /* bytes that these asked for */
	uint32_t reciprocal; /* 2^32 / block_size, rounded up: offset * reciprocal >> 32 is a block's number */
	size_t bits;         /* where its bits begin, in words */
};

struct pools {
	const struct arenas *arenas;     /* borrowed */
	const struct layout *layout;     /* borrowed */
	VECTOR(struct pool) items;       /* those with a used block, by address */
	VECTOR(uint32_t) places;         /* for each place of each arena: number of the pool there, UINT32_MAX none */
	VECTOR(size_t) first_place;      /* of each arena */
	VECTOR(uint64_t) used_bytes;     /* of each arena: in blocks given out */
	VECTOR(uint64_t) bits;           /* for each block: given out and not explained */
	const struct arena_object *last; /* that pools_explain was in: mostly it is the next one too */
	unsigned pool_shift;             /* log2 of a pool's size */
	uint64_t broken;                 /* pools that can't be read or contradict themselves: left out */
};

void pools_init(struct pools *pools);
void pools_deinit(struct pools *pools);
DEFINE_AUTO_VALUE(pools, struct pools, pools_deinit);

/* Reads the pools of all arenas, from the mirror, and takes every block that is given out for unexplained. */
struct error *pools_read(const struct arenas *arenas, struct mirror *mirror, const struct layout *layout,
			 struct pools *pools) CHECKED;
/* The pool in which a block begins at or before `address`, and the block's address; NULL: none. O(log arenas). */
const struct pool *pools_search(const struct pools *pools, uint64_t address, uint64_t *block);
/* Somebody is known who has the block around `address`; any address will do. The block's pool, NULL: it is in none. */
const struct pool *pools_explain(struct pools *pools, uint64_t address);
/* The same of a block that an object, or a buffer of one, asked `asked` bytes for: counts it as well, unless it was
 * explained or is too small for that. */
const struct pool *pools_give(struct pools *pools, uint64_t address, uint64_t asked, bool to_buffer);
/* Whether the block around `address` is given out and unexplained. */
bool pools_wonders(const struct pools *pools, uint64_t address);
/* The first unexplained block of `pool` at or above `address`; false: none. */
bool pools_unexplained(const struct pools *pools, const struct pool *pool, uint64_t address, uint64_t *block);
/* Pools of an arena without a used block, those never used included. */
uint32_t pools_free(const struct pools *pools, uint32_t arena);
/* Whether less than half of the arena's bytes are in blocks given out. */
bool pools_sparse(const struct pools *pools, uint32_t arena);

#endif
