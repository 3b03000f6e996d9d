/* What is in each block that the allocator gave out?
 *
 * Objects come by ascending address, as pools do, so that one pass with a finger in the pools finds each object's block. A bit
 * for each block says that it is told already: a buffer may lie in its owner's own block.
 */
#include "analyzer/occupancy.h"

#include "base/bytes.h"

#include <stdlib.h>

struct occupying {
	struct occupancy *occupancy;
	uint64_t *told;           /* a bit for each block */
	uint32_t pool;            /* where the last search ended */
	uint64_t *address, *size; /* one chunk each */
	uint8_t *generation, *flags;
};

static void occupying_deinit(struct occupying *occupying)
{
	free(occupying->told);
	free(occupying->address);
	free(occupying->size);
	free(occupying->generation);
	free(occupying->flags);
}
DEFINE_AUTO_VALUE(occupying, struct occupying, occupying_deinit);

static struct error *start(struct occupying *occupying)
{
	const struct allocator *allocator = occupying->occupancy->allocator;
	occupying->told = calloc((size_t)(allocator->blocks / 64) + 1, sizeof *occupying->told);
	occupying->address = malloc(CHUNK_OBJECTS * sizeof *occupying->address);
	occupying->size = malloc(CHUNK_OBJECTS * sizeof *occupying->size);
	occupying->generation = malloc(CHUNK_OBJECTS);
	occupying->flags = malloc(CHUNK_OBJECTS);
	occupying->occupancy->pools = calloc(allocator->pools.count + 1, sizeof *occupying->occupancy->pools);
	bool taken = occupying->told != NULL && occupying->address != NULL && occupying->size != NULL &&
		     occupying->generation != NULL && occupying->flags != NULL && occupying->occupancy->pools != NULL;
	return taken ? NULL : error_memory();
}

static void count_in(struct occupancy_total *total, uint64_t size)
{
	total->count++;
	total->size = saturating_add(total->size, size);
}

/* True where the block was not told yet. */
static bool tell(struct occupying *occupying, uint64_t block)
{
	uint64_t *word = &occupying->told[block / 64], bit = UINT64_C(1) << block % 64;
	bool is_new = !(*word & bit);
	*word |= bit;
	return is_new;
}

/* One more block of a kind in the pool, unless it has no used ones left. */
static void count_block(struct occupying *occupying, uint32_t pool, uint32_t *blocks)
{
	struct occupancy *occupancy = occupying->occupancy;
	const struct pool_occupancy *in = &occupancy->pools[pool];
	if (in->objects + in->buffers + in->orphans < occupancy->allocator->pools.items[pool].used)
		++*blocks;
	else
		occupancy->contradictions++;
}

static struct error *add_tenant(struct occupying *occupying, node_id node)
{
	const struct allocator *allocator = occupying->occupancy->allocator;
	const struct pool_place *pool = &allocator->pools.items[occupying->pool];
	if (!arena_is_sparse(&allocator->arenas.items[pool->arena]))
		return NULL;
	return vector_push(&occupying->occupancy->tenants, (struct tenant){pool->arena, node, pool->block_size});
}

/* *inside: the object's head is in a block. */
static struct error *take_head(struct occupying *occupying, node_id node, uint64_t address, bool *inside)
{
	struct occupancy *occupancy = occupying->occupancy;
	uint64_t block = allocator_block(occupancy->allocator, address, &occupying->pool);
	*inside = block != BLOCK_NONE;
	if (!*inside)
		return NULL;
	if (tell(occupying, block))
		count_block(occupying, occupying->pool, &occupancy->pools[occupying->pool].objects);
	return add_tenant(occupying, node);
}

static struct error *take_objects(struct occupying *occupying, struct reader *reader, const struct progress *progress)
{
	struct occupancy *occupancy = occupying->occupancy;
	struct object_columns columns = {.address = occupying->address,
					 .size = occupying->size,
					 .generation = occupying->generation,
					 .flags = occupying->flags};
	uint32_t chunks = reader_object_chunks(reader);
	for (uint32_t chunk = 0; chunk < chunks; chunk++) {
		node_id first;
		uint32_t count;
		bool inside;
		TRY(reader_objects(reader, chunk, &columns, &first, &count));
		for (uint32_t i = 0; i < count; i++) {
			TRY(take_head(occupying, first + i, columns.address[i], &inside));
			bool is_fixed = !inside && (columns.flags[i] & OBJECT_STATIC);
			count_in(inside     ? &occupancy->inside
				 : is_fixed ? &occupancy->fixed
					    : &occupancy->outside,
				 columns.size[i]);
			if (columns.generation[i] == GENERATION_PERMANENT)
				count_in(&occupancy->frozen, columns.size[i]);
		}
		progress_tell(progress, "reading", chunk + 1, chunks);
	}
	return NULL;
}

static struct error *take_buffers(struct occupying *occupying, struct reader *reader)
{
	struct occupancy *occupancy = occupying->occupancy;
	const struct tenant_row *rows;
	size_t count;
	TRY(reader_tenants(reader, &rows, &count));
	for (size_t i = 0; i < count; i++) {
		uint64_t block = allocator_block(occupancy->allocator, rows[i].address, &occupying->pool);
		if (block == BLOCK_NONE || !tell(occupying, block))
			continue;
		count_block(occupying, occupying->pool, &occupancy->pools[occupying->pool].buffers);
		if (rows[i].owner != NO_ID)
			TRY(add_tenant(occupying, rows[i].owner));
	}
	return NULL;
}

static struct error *take_orphans(struct occupying *occupying, struct reader *reader)
{
	struct occupancy *occupancy = occupying->occupancy;
	const struct orphan_row *rows;
	size_t count;
	TRY(reader_orphans(reader, &rows, &count));
	for (size_t i = 0; i < count; i++) {
		uint64_t block = allocator_block(occupancy->allocator, rows[i].address, &occupying->pool);
		if (block != BLOCK_NONE && tell(occupying, block))
			count_block(occupying, occupying->pool, &occupancy->pools[occupying->pool].orphans);
	}
	return NULL;
}

/* The capture saw all buffers, we only those of sparse arenas. */
static void take_told(struct occupancy *occupancy)
{
	for (size_t p = 0; p < occupancy->allocator->pools.count; p++) {
		const struct pool_place *pool = &occupancy->allocator->pools.items[p];
		struct pool_occupancy *in = &occupancy->pools[p];
		uint32_t left = pool->used - in->objects - in->orphans;
		if (pool->buffers > in->buffers)
			in->buffers = pool->buffers < left ? pool->buffers : left;
	}
}

struct error *occupancy_create(struct reader *reader, const struct allocator *allocator,
			       const struct progress *progress, struct occupancy *result)
{
	AUTO(occupancy) struct occupancy occupancy = {.allocator = allocator};
	AUTO(occupying) struct occupying occupying = {.occupancy = &occupancy};
	TRY(start(&occupying));
	TRY(take_objects(&occupying, reader, progress));
	TRY(take_buffers(&occupying, reader));
	TRY(take_orphans(&occupying, reader));
	take_told(&occupancy);
	*result = occupancy;
	occupancy = (struct occupancy){0};
	return NULL;
}

void occupancy_deinit(struct occupancy *occupancy)
{
	free(occupancy->pools);
	vector_deinit(&occupancy->tenants);
	*occupancy = (struct occupancy){0};
}

void occupancy_add(const struct occupancy *occupancy, size_t pool, struct block_totals *totals)
{
	const struct pool_place *place = &occupancy->allocator->pools.items[pool];
	const struct pool_occupancy *in = &occupancy->pools[pool];
	totals->pools++;
	totals->capacity += place->capacity;
	totals->used += place->used;
	totals->objects += in->objects;
	totals->buffers += in->buffers;
	totals->orphans += in->orphans;
	totals->told += (uint64_t)place->objects + place->buffers;
	totals->asked += place->asked;
}
