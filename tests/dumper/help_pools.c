#include "tests/dumper/help_pools.h"

#include "tests/test.h"

#define RUNTIME UINT64_C(0x40000000)
#define DATA UINT64_C(0x50000000)

/* Entries that are in a list of unused ones, one after the other. */
static void link_unused(struct world *world, uint64_t array, uint32_t first, uint32_t count)
{
	uint64_t size = (uint64_t)world->layout->arena_object_size;

	for (uint32_t i = first; i < count; i++) {
		world_word(world, array + i * size, world->layout->arena_address, 0);
		world_word(world, array + i * size, world->layout->arena_next,
			   i + 1 < count ? array + (i + 1) * size : 0);
	}
}

/* Memory behind an array is rarely empty. */
static uint64_t make_array(struct world *world, uint32_t count)
{
	uint64_t size = (uint64_t)world->layout->arena_object_size, array = world_bytes(world, count * size + 256);

	for (int i = 0; i < 32; i++)
		world_word(world, array + count * size, 8 * i, 0x1122334455667788);
	link_unused(world, array, 0, count);
	return array;
}

static uint64_t make_interpreter(struct world *world, uint64_t number, uint64_t next)
{
	uint64_t interpreter = world_bytes(world, (uint64_t)world->layout->interpreter_size);

	world_word(world, interpreter, world->layout->interpreter_id, number);
	world_word(world, interpreter, world->layout->interpreter_next, next);
	return interpreter;
}

/* What leads from an interpreter to its array. */
static void give_array(struct world *world, uint64_t interpreter, uint64_t array)
{
	const struct layout *layout = world->layout;
	uint64_t state = interpreter + (uint64_t)layout->interpreter_obmalloc;

	if (layout->obmalloc_pointer) {
		uint64_t apart = world_bytes(world, (uint64_t)layout->obmalloc_arenas + 64);

		world_word(world, state, 0, apart);
		state = apart;
	}
	world_word(world, state, layout->obmalloc_arenas, array);
}

void pymalloc_init(struct pymalloc *pymalloc, struct world *world)
{
	const struct layout *layout = world->layout;
	uint64_t size = ((uint64_t)layout->runtime_size + 4095) & ~(uint64_t)4095;

	*pymalloc = (struct pymalloc){.world = world, .data = DATA};
	arenas_init(&pymalloc->arenas);
	pools_init(&pymalloc->pools);
	image_map(world->image, RUNTIME, size, "rw-", "/usr/bin/python");
	image_map(world->image, DATA, 4096, "rw-", "/usr/bin/python");
	pymalloc->runtime = (struct runtime){.address = RUNTIME,
					     .data_start = DATA,
					     .data_end = DATA + 4096,
					     .path = (char *)"/usr/bin/python"};
	pymalloc->array = make_array(world, POOLS_ENTRIES);
	pymalloc->interpreter = make_interpreter(world, 0, 0);
	world_word(world, RUNTIME, layout->runtime_interpreters, pymalloc->interpreter);
	if (layout->interpreter_obmalloc >= 0)
		give_array(world, pymalloc->interpreter, pymalloc->array);
	else
		image_u64(world->image, DATA + 2048, pymalloc->array);
}

void pymalloc_deinit(struct pymalloc *pymalloc)
{
	pools_deinit(&pymalloc->pools);
	arenas_deinit(&pymalloc->arenas);
}

uint64_t pymalloc_arena(struct pymalloc *pymalloc, uint32_t index, uint32_t cut)
{
	struct world *world = pymalloc->world;
	const struct layout *layout = world->layout;
	uint64_t entry = pymalloc->array + (uint64_t)index * (uint64_t)layout->arena_object_size;
	uint64_t pool = (uint64_t)layout->pool_size, address = POOLS_START + index % 3 * POOLS_STEP;
	uint64_t skew = index % 2 != 0 && pool > 4096 ? 4096 : 0, first = address + (skew != 0 ? pool : 0);
	uint32_t total = (uint32_t)((address + skew + (uint64_t)layout->arena_size - first) / pool);

	world_word(world, entry, layout->arena_address, address + skew);
	world_word(world, entry, layout->arena_pool_address, first + cut * pool);
	image_u32(world->image, entry + (uint64_t)layout->arena_total_pools, total);
	image_u32(world->image, entry + (uint64_t)layout->arena_free_pools, total - cut);
	world_word(world, entry, layout->arena_next, 0);
	for (uint32_t i = 0; i < cut; i++) {
		image_u32(world->image, first + i * pool + (uint64_t)layout->pool_arena_index, index);
		image_u32(world->image, first + i * pool + (uint64_t)layout->pool_size_class, 0xffff);
	}
	return first;
}

void pymalloc_pool(struct pymalloc *pymalloc, uint64_t pool, uint32_t index, uint32_t block_size, uint32_t cut,
		   const uint32_t *free_blocks, uint32_t free_count)
{
	struct image *image = pymalloc->world->image;
	const struct layout *layout = pymalloc->world->layout;
	uint64_t link = pool + (uint64_t)layout->pool_free_block;

	image_u32(image, pool + (uint64_t)layout->pool_used, cut - free_count);
	image_u32(image, pool + (uint64_t)layout->pool_arena_index, index);
	image_u32(image, pool + (uint64_t)layout->pool_size_class, block_size / (uint32_t)layout->pool_alignment - 1);
	image_u32(image, pool + (uint64_t)layout->pool_next_offset,
		  (uint32_t)layout->pool_header_size + cut * block_size);
	for (uint32_t i = 0; i < free_count; i++) {
		uint64_t block = pymalloc_block(pymalloc, pool, block_size, free_blocks[i]);

		image_u64(image, link, block);
		link = block;
	}
	image_u64(image, link, 0);
}

uint64_t pymalloc_block(const struct pymalloc *pymalloc, uint64_t pool, uint32_t block_size, uint32_t number)
{
	return pool + (uint64_t)pymalloc->world->layout->pool_header_size + (uint64_t)number * block_size;
}

void pymalloc_interpreter(struct pymalloc *pymalloc, uint64_t number, uint64_t array)
{
	struct world *world = pymalloc->world;
	const struct layout *layout = world->layout;
	uint64_t interpreter = make_interpreter(world, number, pymalloc->interpreter);

	cr_assert_geq(layout->interpreter_obmalloc, 0);
	if (array != 0)
		give_array(world, interpreter, array);
	world_word(world, RUNTIME, layout->runtime_interpreters, interpreter);
	pymalloc->interpreter = interpreter;
}

uint64_t pymalloc_array(struct pymalloc *pymalloc, uint32_t count, uint32_t copied)
{
	uint64_t array = make_array(pymalloc->world, count), before = pymalloc->array;

	pymalloc->array = array;
	for (uint32_t i = 0; i < copied; i++)
		pymalloc_arena(pymalloc, i, 2);
	pymalloc->array = before;
	return array;
}

void pymalloc_read(struct pymalloc *pymalloc)
{
	world_open(pymalloc->world);
	assert_ok(arenas_find(&pymalloc->world->decoder, &pymalloc->runtime, &pymalloc->arenas));
	arenas_fetch(&pymalloc->arenas, pymalloc->world->mirror, pymalloc->world->layout);
	assert_ok(pools_read(&pymalloc->arenas, pymalloc->world->mirror, pymalloc->world->layout, &pymalloc->pools));
}
