/* Answers: which blocks of the arenas are given out?
 *
 * A pool's header counts them, but which ones they are follows from the rest: blocks behind a mark were never given
 * out, and those before it were unless they are on the pool's list of free blocks, each of which begins with a pointer
 * to the next. Walking the list takes a bit off for each, so a list that loops ends where it meets a block twice.
 * Count, list and mark must agree, but for one block that a thread was just taking or giving back when it was stopped:
 * then the pool is counted, and its blocks are left unsearched. Cost: a look at each header and at each free block.
 */
#include "dumper/pools.h"

#include "base/bytes.h"

#define NO_POOL UINT32_MAX

struct header { /* of a pool */
	uint64_t address;
	uint64_t free_block;
	uint32_t block_size, capacity, used;
	uint32_t cut; /* blocks that were ever given out */
};

void pools_init(struct pools *pools)
{
	memset(pools, 0, sizeof *pools);
}

void pools_deinit(struct pools *pools)
{
	vector_deinit(&pools->items);
	vector_deinit(&pools->places);
	vector_deinit(&pools->first_place);
	vector_deinit(&pools->used_bytes);
	vector_deinit(&pools->bits);
}

/* --- reading --- */

/* False where no pool can be like that. One without a used block has nothing else that must be right. */
static bool header_read(struct mirror *mirror, const struct layout *layout, const struct arena_object *arena,
			uint64_t address, struct header *header)
{
	const uint8_t *bytes = mirror_at(mirror, address, (uint64_t)layout->pool_header_size);
	uint32_t class, offset;

	if (bytes == NULL)
		return false;
	*header = (struct header){.address = address, .used = load_u32(bytes + layout->pool_used)};
	if (header->used == 0)
		return true;
	class = load_u32(bytes + layout->pool_size_class);
	offset = load_u32(bytes + layout->pool_next_offset);
	if (load_u32(bytes + layout->pool_arena_index) != arena->index ||
	    class >= (uint32_t)(layout->pool_block_largest / layout->pool_alignment))
		return false;
	header->block_size = (class + 1) * (uint32_t)layout->pool_alignment;
	header->capacity = (uint32_t)(layout->pool_size - layout->pool_header_size) / header->block_size;
	if (offset < (uint32_t)layout->pool_header_size || offset > (uint32_t)layout->pool_size ||
	    (offset - (uint32_t)layout->pool_header_size) % header->block_size != 0)
		return false;
	header->cut = (offset - (uint32_t)layout->pool_header_size) / header->block_size;
	header->free_block = load_u64(bytes + layout->pool_free_block);
	return header->used <= header->capacity && header->cut <= header->capacity;
}

static void bits_fill(uint64_t *bits, uint32_t count)
{
	for (uint32_t i = 0; i < count / 64; i++)
		bits[i] = UINT64_MAX;
	if (count % 64 != 0)
		bits[count / 64] = ((uint64_t)1 << count % 64) - 1;
}

/* Takes the blocks of the free list off; *count says how many. False where the list leads astray. */
static bool bits_free(struct mirror *mirror, const struct layout *layout, const struct header *header, uint64_t *bits,
		      uint32_t *count)
{
	uint64_t first = header->address + (uint64_t)layout->pool_header_size;

	*count = 0;
	for (uint64_t at = header->free_block; at != 0; ++*count) {
		uint64_t index = (at - first) / header->block_size;

		if (at < first || (at - first) % header->block_size != 0 || index >= header->cut ||
		    (bits[index / 64] >> index % 64 & 1) == 0)
			return false;
		bits[index / 64] &= ~((uint64_t)1 << index % 64);
		at = mirror_u64(mirror, at);
	}
	return true;
}

static struct error *pool_add(struct pools *pools, struct mirror *mirror, uint32_t arena, const struct header *header)
{
	const struct pool pool = {.address = header->address,
				  .arena = arena,
				  .block_size = header->block_size,
				  .capacity = header->capacity,
				  .used = header->used,
				  .bits = pools->bits.count,
				  .reciprocal = UINT32_MAX / header->block_size + 1};
	size_t words = (header->capacity + 63) / 64;
	uint64_t *bits;
	uint32_t free_blocks;

	TRY(vector_reserve(&pools->bits, pools->bits.count + words));
	bits = pools->bits.items + pools->bits.count;
	memset(bits, 0, words * sizeof *bits);
	bits_fill(bits, header->cut);
	if (!bits_free(mirror, pools->layout, header, bits, &free_blocks) ||
	    free_blocks + header->used > header->cut + 1 || free_blocks + header->used + 1 < header->cut) {
		pools->broken++;
		return NULL;
	}
	if (free_blocks + header->used != header->cut)
		memset(bits, 0, words * sizeof *bits);
	pools->bits.count += words;
	pools->places.items[pools->places.count - 1] = (uint32_t)pools->items.count;
	pools->used_bytes.items[arena] += (uint64_t)header->used * header->block_size;
	return vector_push(&pools->items, pool);
}

static struct error *arena_read(struct pools *pools, struct mirror *mirror, uint32_t number)
{
	const struct arena_object *arena = &pools->arenas->items.items[number];

	TRY(vector_push(&pools->first_place, pools->places.count));
	TRY(vector_push(&pools->used_bytes, 0));
	for (uint64_t at = arena->first; at < arena->end; at += (uint64_t)pools->layout->pool_size) {
		struct header header;

		TRY(vector_push(&pools->places, NO_POOL));
		if (!header_read(mirror, pools->layout, arena, at, &header))
			pools->broken++;
		else if (header.used > 0)
			TRY(pool_add(pools, mirror, number, &header));
	}
	return NULL;
}

struct error *pools_read(const struct arenas *arenas, struct mirror *mirror, const struct layout *layout,
			 struct pools *pools)
{
	pools->arenas = arenas;
	pools->layout = layout;
	pools->pool_shift = (unsigned)__builtin_ctz((unsigned)layout->pool_size);
	for (size_t i = 0; i < arenas->items.count; i++)
		TRY(arena_read(pools, mirror, (uint32_t)i));
	return NULL;
}

/* --- asking --- */

/* The pool of `arena` in which `address` is, and the number of the block around it; NULL: it is in no block. */
static const struct pool *block_around(const struct pools *pools, const struct arena_object *arena, uint64_t address,
				       uint32_t *index)
{
	uint64_t place = (address - arena->first) >> pools->pool_shift, offset;
	uint32_t number = pools->places.items[pools->first_place.items[arena - pools->arenas->items.items] + place];
	const struct pool *pool;

	if (number == NO_POOL)
		return NULL;
	pool = &pools->items.items[number];
	offset = address - pool->address - (uint64_t)pools->layout->pool_header_size;
	if (offset >= (uint64_t)pools->layout->pool_size) /* in the header */
		return NULL;
	*index = (uint32_t)(offset * pool->reciprocal >> 32);
	return *index < pool->capacity ? pool : NULL;
}

const struct pool *pools_search(const struct pools *pools, uint64_t address, uint64_t *block)
{
	const struct arena_object *arena = pools->arenas != NULL ? arenas_search(pools->arenas, address) : NULL;
	uint32_t index;
	const struct pool *pool = arena != NULL ? block_around(pools, arena, address, &index) : NULL;

	if (pool != NULL)
		*block = pool->address + (uint64_t)pools->layout->pool_header_size + (uint64_t)index * pool->block_size;
	return pool;
}

/* Explains the block around `address`; *was says whether it still had to be. */
static struct pool *take_off(struct pools *pools, uint64_t address, bool *was)
{
	const struct arena_object *arena = pools->last;
	const struct pool *pool;
	uint64_t *word;
	uint32_t index;

	if (arena == NULL || address < arena->first || address >= arena->end) {
		arena = pools->arenas != NULL ? arenas_search(pools->arenas, address) : NULL;
		if (arena == NULL)
			return NULL;
		pools->last = arena;
	}
	pool = block_around(pools, arena, address, &index);
	if (pool == NULL)
		return NULL;
	word = &pools->bits.items[pool->bits + index / 64];
	*was = (*word >> index % 64 & 1) != 0;
	*word &= ~((uint64_t)1 << index % 64);
	return &pools->items.items[pool - pools->items.items];
}

const struct pool *pools_explain(struct pools *pools, uint64_t address)
{
	bool was;

	return take_off(pools, address, &was);
}

const struct pool *pools_give(struct pools *pools, uint64_t address, uint64_t asked, bool to_buffer)
{
	bool was;
	struct pool *pool = take_off(pools, address, &was);

	if (pool != NULL && was && asked <= pool->block_size) {
		pool->objects += !to_buffer;
		pool->buffers += to_buffer;
		pool->asked += asked;
	}
	return pool;
}

bool pools_wonders(const struct pools *pools, uint64_t address)
{
	uint64_t block, found;
	const struct pool *pool = pools_search(pools, address, &block);

	return pool != NULL && pools_unexplained(pools, pool, block, &found) && found == block;
}

bool pools_unexplained(const struct pools *pools, const struct pool *pool, uint64_t address, uint64_t *block)
{
	uint64_t first = pool->address + (uint64_t)pools->layout->pool_header_size;
	uint64_t index = address > first ? (address - first + pool->block_size - 1) / pool->block_size : 0;

	while (index < pool->capacity) {
		uint64_t word = pools->bits.items[pool->bits + index / 64] >> index % 64;

		if (word != 0) {
			index += (uint64_t)__builtin_ctzll(word);
			*block = first + index * pool->block_size;
			return true;
		}
		index = (index / 64 + 1) * 64;
	}
	return false;
}

uint32_t pools_free(const struct pools *pools, uint32_t arena)
{
	const struct arena_object *owner = &pools->arenas->items.items[arena];
	size_t cut = (size_t)((owner->end - owner->first) / (uint64_t)pools->layout->pool_size);
	uint32_t count = owner->total;

	for (size_t i = 0; i < cut; i++)
		count -= pools->places.items[pools->first_place.items[arena] + i] != NO_POOL;
	return count;
}

bool pools_sparse(const struct pools *pools, uint32_t arena)
{
	return pools->used_bytes.items[arena] < (uint64_t)pools->layout->arena_size / 2;
}
