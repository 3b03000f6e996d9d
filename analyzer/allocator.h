/* Allocator: the arenas and pools of a snapshot by address: in which pool, and in which of its blocks, does an address lie?
 *
 * An arena is cut into pools of one size, a power of two; a pool, behind its header, into blocks of one size.
 * What a file says of them is checked here: rows that contradict themselves or each other are left out and counted.
 */
#ifndef ANALYZER_ALLOCATOR_H
#define ANALYZER_ALLOCATOR_H

#include "base/vector.h"
#include "format/reader.h"

#define POOL_HEADER 48u /* bytes before a pool's first block, in every version */

struct arena_place {
	uint64_t address, size; /* bytes */
	uint64_t pool_size;     /* bytes */
	uint64_t pools;         /* that fit in it */
	uint64_t free_pools;    /* without a used block */
	uint64_t in_use;        /* pools that the snapshot has, those below; never more than pools - free_pools */
	uint64_t used;          /* bytes of their used blocks */
	uint32_t first;         /* number of the first of its pools; they follow one another */
	uint32_t row;           /* in the relation */
};

struct pool_place {
	uint64_t address;
	uint64_t first_block; /* the number of its first block among those of all pools */
	uint32_t arena;       /* number of its arena_place */
	uint32_t block_size;  /* bytes */
	uint32_t capacity;    /* blocks */
	uint32_t used;        /* blocks; never more than capacity */
	uint32_t objects;     /* of these, blocks with an object, as the capture told; never more than are used */
	uint32_t buffers;     /* and blocks with a buffer; with the objects never more than are used */
	uint64_t asked;       /* bytes that these asked for; never more than they have */
	uint32_t row;         /* in the relation */
};

struct allocator {
	VECTOR(struct arena_place) arenas; /* by ascending address */
	VECTOR(struct pool_place) pools;   /* by ascending address */
	uint64_t blocks;                   /* of all pools */
	uint64_t left_out;                 /* rows that contradict themselves or others */
};

/* Empty where the file has none. O(rows * log rows); about 100 B a pool. */
struct error *allocator_create(struct reader *reader, struct allocator *result) CHECKED;
void allocator_deinit(struct allocator *allocator);
DEFINE_AUTO_VALUE(allocator, struct allocator, allocator_deinit);

#define BLOCK_NONE UINT64_MAX
/* The number of the block, among those of all pools, that holds the byte at `address`; BLOCK_NONE: none does. *pool: where the
 * search begins, and then the number of the block's pool; 0 at first. Cheap where addresses ascend, O(log pools) elsewhere. */
uint64_t allocator_block(const struct allocator *allocator, uint64_t address, uint32_t *pool);

#endif
