/* Which block is this byte in?
 *
 * The rows of two relations, checked and sorted once. Addresses that are asked for mostly ascend, as objects do in a file, so a
 * search looks at the pool of the last one and at the next before it halves.
 */
#include "analyzer/allocator.h"

#include <stdlib.h>
#include <string.h>

#define POOL_SIZE_MAX (UINT64_C(1) << 24) /* bytes: what is larger is no pool of any version */
#define BLOCK_SIZE_MIN 8u

static int by_address(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b; /* the first member of either struct */
	return (*left > *right) - (*left < *right);
}

/* The greatest power of two that fits `pools` times, as an arena may begin or end within a pool that it then lacks. */
static uint64_t pool_size_of(const struct arena_row *row)
{
	if (row->pools == 0 || row->size / row->pools == 0)
		return 0;
	return UINT64_C(1) << (63 - __builtin_clzll(row->size / row->pools));
}

static bool is_arena(const struct arena_row *row)
{
	uint64_t end, pool_size = pool_size_of(row);
	return pool_size > POOL_HEADER && pool_size <= POOL_SIZE_MAX && row->free_pools <= row->pools &&
	       !__builtin_add_overflow(row->address, row->size, &end);
}

static struct error *take_arenas(struct allocator *allocator, const struct arena_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_arena(&rows[i])) {
			allocator->left_out++;
			continue;
		}
		struct arena_place arena = {.address = rows[i].address,
					    .size = rows[i].size,
					    .pool_size = pool_size_of(&rows[i]),
					    .pools = rows[i].pools,
					    .free_pools = rows[i].free_pools,
					    .row = (uint32_t)i};
		TRY(vector_push(&allocator->arenas, arena));
	}
	if (allocator->arenas.count == 0)
		return NULL;
	struct arena_place *arenas = allocator->arenas.items;
	qsort(arenas, allocator->arenas.count, sizeof *arenas, by_address);
	size_t kept = 0;
	for (size_t i = 0; i < allocator->arenas.count; i++) {
		bool overlaps = kept > 0 && arenas[i].address - arenas[kept - 1].address < arenas[kept - 1].size;
		allocator->left_out += overlaps;
		if (!overlaps)
			arenas[kept++] = arenas[i];
	}
	allocator->arenas.count = kept;
	return NULL;
}

static bool is_pool(const struct pool_row *row, const struct arena_row *arenas)
{
	if (row->arena == NO_ID)
		return false;
	const struct arena_row *arena = &arenas[row->arena];
	uint64_t pool_size = pool_size_of(arena);
	if (!is_arena(arena) || row->block_size < BLOCK_SIZE_MIN || row->block_size > pool_size || row->capacity == 0 ||
	    row->used > row->capacity || row->capacity > (pool_size - POOL_HEADER) / row->block_size ||
	    row->objects > row->used || row->buffers > row->used - row->objects ||
	    row->asked > (row->objects + row->buffers) * row->block_size)
		return false;
	return row->address >= arena->address && row->address - arena->address <= arena->size - pool_size;
}

/* The arena that the row means, which may have been left out. */
static uint32_t arena_at(const struct allocator *allocator, uint64_t address, uint32_t row)
{
	size_t low = 0, high = allocator->arenas.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (allocator->arenas.items[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < allocator->arenas.count && allocator->arenas.items[low].row == row;
	return found ? (uint32_t)low : NO_ID;
}

static struct error *take_pools(struct allocator *allocator, const struct arena_row *arenas,
				const struct pool_row *rows, size_t count)
{
	TRY(vector_reserve(&allocator->pools, count));
	for (size_t i = 0; i < count; i++) {
		uint32_t arena = NO_ID;
		if (is_pool(&rows[i], arenas))
			arena = arena_at(allocator, arenas[rows[i].arena].address, rows[i].arena);
		if (arena == NO_ID) {
			allocator->left_out++;
			continue;
		}
		struct pool_place pool = {.address = rows[i].address,
					  .arena = arena,
					  .block_size = (uint32_t)rows[i].block_size,
					  .capacity = (uint32_t)rows[i].capacity,
					  .used = (uint32_t)rows[i].used,
					  .objects = (uint32_t)rows[i].objects,
					  .buffers = (uint32_t)rows[i].buffers,
					  .asked = rows[i].asked,
					  .row = (uint32_t)i};
		TRY(vector_push(&allocator->pools, pool));
	}
	return NULL;
}

/* Those that overlap, or are more than their arena says, go; the others are numbered. */
static void settle_pools(struct allocator *allocator)
{
	struct pool_place *pools = allocator->pools.items;
	if (allocator->pools.count == 0)
		return;
	qsort(pools, allocator->pools.count, sizeof *pools, by_address);
	size_t kept = 0;
	uint64_t end = 0;
	for (size_t i = 0; i < allocator->pools.count; i++) {
		struct arena_place *arena = &allocator->arenas.items[pools[i].arena];
		if (pools[i].address < end || arena->in_use == arena->pools - arena->free_pools) {
			allocator->left_out++;
			continue;
		}
		if (arena->in_use++ == 0)
			arena->first = (uint32_t)kept;
		arena->used += (uint64_t)pools[i].used * pools[i].block_size;
		end = pools[i].address + arena->pool_size;
		pools[i].first_block = allocator->blocks;
		allocator->blocks += pools[i].capacity;
		pools[kept++] = pools[i];
	}
	allocator->pools.count = kept;
}

struct error *allocator_create(struct reader *reader, struct allocator *result)
{
	const struct arena_row *arenas;
	const struct pool_row *pools;
	size_t arena_count, pool_count;
	TRY(reader_arenas(reader, &arenas, &arena_count));
	TRY(reader_pools(reader, &pools, &pool_count));
	AUTO(allocator) struct allocator allocator = {0};
	TRY(take_arenas(&allocator, arenas, arena_count));
	TRY(take_pools(&allocator, arenas, pools, pool_count));
	settle_pools(&allocator);
	*result = allocator;
	allocator = (struct allocator){0};
	return NULL;
}

void allocator_deinit(struct allocator *allocator)
{
	vector_deinit(&allocator->arenas);
	vector_deinit(&allocator->pools);
	*allocator = (struct allocator){0};
}

/* --- the search ------------------------------------------------------------------------------------------------------ */

/* The last pool that does not begin behind the address; there is one. */
static uint32_t halve(const struct allocator *allocator, uint64_t address)
{
	size_t low = 0, high = allocator->pools.count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (allocator->pools.items[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static bool is_before(const struct allocator *allocator, uint64_t address, size_t pool)
{
	return pool < allocator->pools.count && allocator->pools.items[pool].address <= address;
}

uint64_t allocator_block(const struct allocator *allocator, uint64_t address, uint32_t *pool)
{
	if (!is_before(allocator, address, 0))
		return BLOCK_NONE;
	if (!is_before(allocator, address, *pool))
		*pool = halve(allocator, address);
	else if (is_before(allocator, address, (size_t)*pool + 1) && is_before(allocator, address, (size_t)*pool + 2))
		*pool = halve(allocator, address);
	else
		*pool += is_before(allocator, address, (size_t)*pool + 1);
	const struct pool_place *place = &allocator->pools.items[*pool];
	uint64_t within = address - place->address;
	if (within < POOL_HEADER || (within - POOL_HEADER) / place->block_size >= place->capacity)
		return BLOCK_NONE;
	return place->first_block + (within - POOL_HEADER) / place->block_size;
}
