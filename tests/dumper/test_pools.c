/* Pools: which blocks are given out, who explains them, and what a torn header or a list that leads astray does. */
#include "tests/dumper/help_pools.h"
#include "tests/test.h"

HEAP_TEST(pools, blocks_are_given_out_or_free)
{
	static const uint32_t free_blocks[] = {5, 0, 70};

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;
		uint64_t block, at = 0, seen = 0;

		pymalloc_init(&pymalloc, world);
		uint64_t first = pymalloc_arena(&pymalloc, 2, 4), third = first + 2 * (uint64_t)layout->pool_size;
		pymalloc_pool(&pymalloc, third, 2, 32, 80, free_blocks, 3);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.pools.broken, 0);
		cr_assert_eq(pymalloc.pools.items.count, 1, "the other pools are free");
		const struct pool *pool = &pymalloc.pools.items.items[0];
		cr_assert_eq(pool->address, third);
		cr_assert_eq(pool->block_size, 32);
		cr_assert_eq(pool->capacity, (uint32_t)(layout->pool_size - 48) / 32);
		cr_assert_eq(pool->used, 77);
		cr_assert_eq(pymalloc.pools.used_bytes.items[0], 77 * 32);
		cr_assert_eq(pools_free(&pymalloc.pools, 0), pymalloc.arenas.items.items[0].total - 1);
		for (; pools_unexplained(&pymalloc.pools, pool, at, &block); at = block + 1, seen++)
			for (size_t i = 0; i < 3; i++)
				cr_assert_neq(block, pymalloc_block(&pymalloc, third, 32, free_blocks[i]));
		cr_assert_eq(seen, 77);
	}
}

HEAP_TEST(pools, a_block_is_explained_from_anywhere_in_it)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;
		uint64_t block, found;

		pymalloc_init(&pymalloc, world);
		uint64_t pool = pymalloc_arena(&pymalloc, 0, 1);
		pymalloc_pool(&pymalloc, pool, 0, 48, 3, NULL, 0);
		pymalloc_read(&pymalloc);
		block = pymalloc_block(&pymalloc, pool, 48, 1);
		cr_assert(pools_wonders(&pymalloc.pools, block));
		cr_assert_eq(pools_search(&pymalloc.pools, block + 47, &found), &pymalloc.pools.items.items[0]);
		cr_assert_eq(found, block);
		(void)pools_explain(&pymalloc.pools, block + 47);
		cr_assert_not(pools_wonders(&pymalloc.pools, block));
		cr_assert(pools_wonders(&pymalloc.pools, block - 1));
		cr_assert(pools_wonders(&pymalloc.pools, block + 48));
		cr_assert_not(pools_wonders(&pymalloc.pools, block + 96), "it was never given out");
		cr_assert_null(pools_search(&pymalloc.pools, pool + 47, &found), "the pool's header is no block");
		cr_assert_null(pools_search(&pymalloc.pools, pool + (uint64_t)layout->pool_size - 1, &found),
			       "nor is the rest behind the last");
		(void)pools_explain(&pymalloc.pools, pool);
		(void)pools_explain(&pymalloc.pools, 0);
		(void)pools_explain(&pymalloc.pools, UINT64_MAX);
		cr_assert(pools_wonders(&pymalloc.pools, block - 1));
	}
}

/* What was asked for is known of blocks that are given out, once, and that are large enough for it. */
HEAP_TEST(pools, blocks_are_given_to_objects_and_buffers)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;
		uint64_t block;

		pymalloc_init(&pymalloc, world);
		uint64_t pool = pymalloc_arena(&pymalloc, 0, 1);
		pymalloc_pool(&pymalloc, pool, 0, 48, 5, (const uint32_t[]){4}, 1);
		pymalloc_read(&pymalloc);
		block = pymalloc_block(&pymalloc, pool, 48, 0);
		(void)pools_give(&pymalloc.pools, block + 16, 40, false);
		(void)pools_give(&pymalloc.pools, block + 48, 33, true);
		(void)pools_give(&pymalloc.pools, block + 48, 48, false);      /* which is a buffer's */
		(void)pools_give(&pymalloc.pools, block + 2 * 48, 49, false);  /* too small */
		(void)pools_give(&pymalloc.pools, block + 4 * 48, 48, false);  /* free */
		(void)pools_give(&pymalloc.pools, pool, 16, false);            /* the header */
		(void)pools_give(&pymalloc.pools, 0, 16, true);
		const struct pool *of = &pymalloc.pools.items.items[0];
		cr_assert_eq(of->objects, 1);
		cr_assert_eq(of->buffers, 1);
		cr_assert_eq(of->asked, 73);
		cr_assert_not(pools_wonders(&pymalloc.pools, block + 2 * 48), "explained it is all the same");
		cr_assert(pools_wonders(&pymalloc.pools, block + 3 * 48));
	}
}

HEAP_TEST(pools, every_size_class_has_its_capacity)
{
	EACH_LAYOUT(layout)
	{
		for (uint32_t size = 16; size <= 512; size += 16) {
			AUTO(world) struct world *world = world_create(layout);
			AUTO(pymalloc) struct pymalloc pymalloc;
			uint32_t capacity = (uint32_t)(layout->pool_size - 48) / size;
			uint64_t found;

			pymalloc_init(&pymalloc, world);
			uint64_t pool = pymalloc_arena(&pymalloc, 1, 1);
			pymalloc_pool(&pymalloc, pool, 1, size, capacity, NULL, 0);
			pymalloc_read(&pymalloc);
			cr_assert_eq(pymalloc.pools.items.count, 1);
			cr_assert_eq(pymalloc.pools.items.items[0].used, capacity);
			cr_assert_eq(pools_sparse(&pymalloc.pools, 0), true);
			cr_assert_not_null(pools_search(&pymalloc.pools,
							pymalloc_block(&pymalloc, pool, size, capacity) - 1, &found));
			cr_assert_null(
				pools_search(&pymalloc.pools, pymalloc_block(&pymalloc, pool, size, capacity), &found));
		}
	}
}

HEAP_TEST(pools, half_an_arena_given_out_is_not_sparse)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;
		uint32_t capacity = (uint32_t)(layout->pool_size - 48) / 512;
		uint32_t pools = (uint32_t)(layout->arena_size / 2 / (capacity * 512)) + 1;

		pymalloc_init(&pymalloc, world);
		uint64_t pool = pymalloc_arena(&pymalloc, 0, pools);
		for (uint32_t i = 0; i < pools; i++)
			pymalloc_pool(&pymalloc, pool + i * (uint64_t)layout->pool_size, 0, 512, capacity, NULL, 0);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.pools.items.count, pools);
		cr_assert_not(pools_sparse(&pymalloc.pools, 0));
	}
}

/* A thread may have been stopped between the list and the count: the pool counts, its blocks are not searched. */
HEAP_TEST(pools, one_block_on_its_way_is_no_loss)
{
	static const uint32_t free_blocks[] = {1, 2};

	EACH_LAYOUT(layout)
	{
		for (uint32_t used = 0; used <= 5; used++) {
			AUTO(world) struct world *world = world_create(layout);
			AUTO(pymalloc) struct pymalloc pymalloc;
			bool near = used >= 2 && used <= 4; /* 3 would be right */

			pymalloc_init(&pymalloc, world);
			uint64_t pool = pymalloc_arena(&pymalloc, 0, 1);
			pymalloc_pool(&pymalloc, pool, 0, 64, 5, free_blocks, 2);
			image_u32(world->image, pool + (uint64_t)layout->pool_used, used);
			pymalloc_read(&pymalloc);
			cr_assert_eq(pymalloc.pools.items.count, near ? 1 : 0, "%u", used);
			cr_assert_eq(pymalloc.pools.broken, used == 0 || near ? 0 : 1);
			cr_assert_eq(pools_wonders(&pymalloc.pools, pymalloc_block(&pymalloc, pool, 64, 0)), used == 3);
		}
	}
}

/* Breaks one word of a pool whose blocks 0, 3 and 4 are given out, and 1 and 2 are free. */
static void expect_broken(const struct layout *layout, int32_t offset, uint64_t value, bool wide)
{
	static const uint32_t free_blocks[] = {1, 2};
	AUTO(world) struct world *world = world_create(layout);
	AUTO(pymalloc) struct pymalloc pymalloc;

	pymalloc_init(&pymalloc, world);
	uint64_t pool = pymalloc_arena(&pymalloc, 0, 2);
	pymalloc_pool(&pymalloc, pool, 0, 64, 5, free_blocks, 2);
	pymalloc_pool(&pymalloc, pool + (uint64_t)layout->pool_size, 0, 64, 5, free_blocks, 2);
	if (wide)
		image_u64(world->image, pool + (uint64_t)layout->pool_size + (uint64_t)offset, value);
	else
		image_u32(world->image, pool + (uint64_t)layout->pool_size + (uint64_t)offset, (uint32_t)value);
	pymalloc_read(&pymalloc);
	cr_assert_eq(pymalloc.pools.items.count, 1, "%s: %d = %lx", layout->name, (int)offset, (unsigned long)value);
	cr_assert_eq(pymalloc.pools.items.items[0].address, pool);
	cr_assert_eq(pymalloc.pools.broken, 1, "%s: %d = %lx", layout->name, (int)offset, (unsigned long)value);
}

HEAP_TEST(pools, headers_that_contradict_themselves_are_counted)
{
	EACH_LAYOUT(layout)
	{
		uint64_t next = POOLS_START + (uint64_t)layout->pool_size; /* address of the pool that is broken */

		expect_broken(layout, layout->pool_used, 1u << 31, false);
		expect_broken(layout, layout->pool_arena_index, 7, false);
		expect_broken(layout, layout->pool_size_class, 32, false);
		expect_broken(layout, layout->pool_size_class, UINT32_MAX, false);
		expect_broken(layout, layout->pool_next_offset, 0, false);
		expect_broken(layout, layout->pool_next_offset, 49, false);
		expect_broken(layout, layout->pool_next_offset, UINT32_MAX, false);
		expect_broken(layout, layout->pool_free_block, 1, true);
		expect_broken(layout, layout->pool_free_block, WORLD_UNMAPPED, true);
		expect_broken(layout, layout->pool_free_block, UINT64_MAX, true);
		expect_broken(layout, layout->pool_free_block, next, true);
		expect_broken(layout, layout->pool_free_block, next + 48 + 5 * 64, true);
		expect_broken(layout, layout->pool_free_block, next + 48 + 8, true);
		expect_broken(layout, 48 + 64, next + 48 + 64, true);     /* a block after itself */
		expect_broken(layout, 48 + 2 * 64, next + 48 + 64, true); /* and a list that comes back */
		expect_broken(layout, 48 + 2 * 64, next - 64, true);      /* into the pool before */
	}
}

HEAP_TEST(pools, what_can_not_be_read_is_counted)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;
		uint32_t step = 0x10000 / (uint32_t)layout->pool_size;

		pymalloc_init(&pymalloc, world);
		uint64_t pool = pymalloc_arena(&pymalloc, 0, 2 * step);
		pymalloc_pool(&pymalloc, pool, 0, 64, 5, NULL, 0);
		image_hide(world->image, pool + 0x10000, 0x10000);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.pools.items.count, 1);
		cr_assert_eq(pymalloc.pools.broken, step);
	}
}

/* Any bytes at all: every pool that is believed stays within its bounds. */
HEAP_TEST(pools, random_headers_do_no_harm)
{
	uint64_t state = 1;

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;
		uint32_t cut = (uint32_t)(layout->arena_size / layout->pool_size);

		pymalloc_init(&pymalloc, world);
		uint64_t pool = pymalloc_arena(&pymalloc, 0, cut);
		for (uint32_t i = 1; i < cut; i++) {
			pymalloc_pool(&pymalloc, pool + i * (uint64_t)layout->pool_size, 0, 16 * (i % 32 + 1), 4, NULL,
				      0);
			for (uint64_t at = 0; at < 48; at += 4) {
				state = state * 6364136223846793005u + 1442695040888963407u;
				if (state >> 62 == 0)
					image_u32(world->image, pool + i * (uint64_t)layout->pool_size + at,
						  (uint32_t)(state >> 32) >> (state >> 20 & 31));
			}
		}
		pymalloc_read(&pymalloc);
		cr_assert_gt(pymalloc.pools.broken, 0);
		for (size_t i = 0; i < pymalloc.pools.items.count; i++) {
			const struct pool *one = &pymalloc.pools.items.items[i];
			uint64_t block, at = 0;

			cr_assert(one->used > 0 && one->used <= one->capacity);
			for (; pools_unexplained(&pymalloc.pools, one, at, &block); at = block + 1)
				cr_assert(block >= one->address + 48 &&
					  block + one->block_size <= one->address + (uint64_t)layout->pool_size);
		}
	}
}
