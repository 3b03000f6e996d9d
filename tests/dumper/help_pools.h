/* A fake pymalloc in a world: the array of arenas, arenas, pools, blocks that are given out or free; and what leads to
 * the array, the interpreter's state or a word of the runtime's data, whichever the layout has.
 */
#ifndef TESTS_DUMPER_HELP_POOLS_H
#define TESTS_DUMPER_HELP_POOLS_H

#include "dumper/pools.h"
#include "tests/dumper/help_world.h"

#define POOLS_START (WORLD_START + 0x800000) /* of the first arena; each takes POOLS_STEP */
#define POOLS_STEP UINT64_C(0x200000)
#define POOLS_ENTRIES 16u /* of the array at first */

struct pymalloc {
	struct world *world;
	uint64_t array;       /* address */
	uint64_t data;        /* of the runtime: 4096 bytes, in a range of its own */
	uint64_t interpreter; /* address of its state */
	struct runtime runtime;
	struct arenas arenas;
	struct pools pools;
};

/* An array of unused entries, and what leads to it. */
void pymalloc_init(struct pymalloc *pymalloc, struct world *world);
void pymalloc_deinit(struct pymalloc *pymalloc);
DEFINE_AUTO_VALUE(pymalloc, struct pymalloc, pymalloc_deinit);

/* Makes entry `index` an arena of which `cut` pools were ever used; gives the first pool's address. It lies askew of
 * the pools' size where `index` is odd. */
uint64_t pymalloc_arena(struct pymalloc *pymalloc, uint32_t index, uint32_t cut);
/* The pool at `pool`, of blocks of `block_size` bytes, the first `cut` of which were ever given out and of which those
 * in `free_blocks` (`free_count` of them, by number) are free. */
void pymalloc_pool(struct pymalloc *pymalloc, uint64_t pool, uint32_t index, uint32_t block_size, uint32_t cut,
		   const uint32_t *free_blocks, uint32_t free_count);
uint64_t pymalloc_block(const struct pymalloc *pymalloc, uint64_t pool, uint32_t block_size, uint32_t number);
/* A further interpreter in front of those that are there; `array` 0: it shares the first one's allocator. */
void pymalloc_interpreter(struct pymalloc *pymalloc, uint64_t number, uint64_t array);
/* Writes one more array of `count` entries, copied from the first `copied` ones of the first array. */
uint64_t pymalloc_array(struct pymalloc *pymalloc, uint32_t count, uint32_t copied);
/* Opens the world, finds the arenas and reads their pools. */
void pymalloc_read(struct pymalloc *pymalloc);

#endif
