/* Arenas: found by the interpreter or in the runtime's data, proved by their pools, and never believed blindly. */
#include "tests/dumper/help_pools.h"
#include "tests/test.h"

HEAP_TEST(arenas, are_found_in_every_version)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;

		pymalloc_init(&pymalloc, world);
		uint64_t second = pymalloc_arena(&pymalloc, 1, 3), first = pymalloc_arena(&pymalloc, 3, 1);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.arenas.items.count, 2, "%s: %zu", layout->name, pymalloc.arenas.items.count);
		cr_assert_eq(pymalloc.arenas.broken, 0);
		cr_assert_eq(pymalloc.arenas.items.items[0].first, first, "%s", layout->name);
		cr_assert_eq(pymalloc.arenas.items.items[0].index, 3);
		cr_assert_eq(pymalloc.arenas.items.items[1].first, second);
		cr_assert_eq(pymalloc.arenas.items.items[1].end, second + 3 * (uint64_t)layout->pool_size);
		cr_assert_eq(pymalloc.arenas.items.items[1].total,
			     (uint32_t)(layout->arena_size / layout->pool_size) - (layout->pool_size > 4096 ? 1 : 0),
			     "%s: %u", layout->name, pymalloc.arenas.items.items[1].total);
		cr_assert_eq(pymalloc.arenas.items.items[1].interpreter, 0);
	}
}

HEAP_TEST(arenas, are_searched_by_address)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;

		pymalloc_init(&pymalloc, world);
		uint64_t first = pymalloc_arena(&pymalloc, 0, 2), second = pymalloc_arena(&pymalloc, 1, 1);
		pymalloc_read(&pymalloc);
		cr_assert_null(arenas_search(&pymalloc.arenas, 0));
		cr_assert_null(arenas_search(&pymalloc.arenas, first - 1));
		cr_assert_eq(arenas_search(&pymalloc.arenas, first), &pymalloc.arenas.items.items[0]);
		cr_assert_eq(arenas_search(&pymalloc.arenas, first + 2 * (uint64_t)layout->pool_size - 1),
			     &pymalloc.arenas.items.items[0]);
		cr_assert_null(arenas_search(&pymalloc.arenas, first + 2 * (uint64_t)layout->pool_size),
			       "it was never used");
		cr_assert_null(arenas_search(&pymalloc.arenas, second - 1), "in front of the first whole pool");
		cr_assert_eq(arenas_search(&pymalloc.arenas, second), &pymalloc.arenas.items.items[1]);
		cr_assert_null(arenas_search(&pymalloc.arenas, UINT64_MAX));
	}
}

/* The variables beside it point into the array, and what was an array once still looks like one. */
HEAP_TEST(arenas, the_best_of_several_candidates_is_taken)
{
	EACH_LAYOUT(layout)
	{
		if (layout->interpreter_obmalloc >= 0)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;

		pymalloc_init(&pymalloc, world);
		for (uint32_t i = 0; i < 3; i++)
			pymalloc_arena(&pymalloc, i, 2);
		uint64_t former = pymalloc_array(&pymalloc, 4, 2);
		image_u64(world->image, pymalloc.data, former);
		image_u64(world->image, pymalloc.data + 8, pymalloc.array + (uint64_t)layout->arena_object_size);
		image_u64(world->image, pymalloc.data + 16, WORLD_UNMAPPED);
		image_u64(world->image, pymalloc.data + 24, pymalloc.data);
		image_u64(world->image, pymalloc.data + 32, world->type);
		image_u64(world->image, pymalloc.data + 4088, former);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.arenas.items.count, 3, "%s: %zu", layout->name, pymalloc.arenas.items.count);
		cr_assert_eq(pymalloc.arenas.items.items[2].index, 2);
	}
}

HEAP_TEST(arenas, interpreters_have_their_own_or_share_one)
{
	EACH_LAYOUT(layout)
	{
		if (layout->interpreter_obmalloc < 0)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;

		pymalloc_init(&pymalloc, world);
		pymalloc_arena(&pymalloc, 0, 2);
		pymalloc_interpreter(&pymalloc, 1, layout->obmalloc_pointer ? pymalloc.array : 0);
		uint64_t shared = pymalloc.array;
		pymalloc.array = pymalloc_array(&pymalloc, 16, 0);
		pymalloc_arena(&pymalloc, 1, 2);
		pymalloc_interpreter(&pymalloc, 2, pymalloc.array);
		pymalloc.array = shared;
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.arenas.items.count, 2, "%s: %zu", layout->name, pymalloc.arenas.items.count);
		cr_assert_eq(pymalloc.arenas.items.items[0].interpreter, 0, "%s", layout->name);
		cr_assert_eq(pymalloc.arenas.items.items[1].interpreter, 2);
		cr_assert_eq(pymalloc.arenas.broken, 0);
	}
}

/* An entry that a thread was just filling in does not hide those behind it. */
HEAP_TEST(arenas, a_torn_entry_is_counted_and_left_out)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;

		pymalloc_init(&pymalloc, world);
		for (uint32_t i = 0; i < 3; i++)
			pymalloc_arena(&pymalloc, i, 2);
		image_u32(world->image,
			  pymalloc.array + (uint64_t)(layout->arena_object_size + layout->arena_total_pools), 1u << 30);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.arenas.items.count, 2);
		cr_assert_eq(pymalloc.arenas.items.items[1].index, 2);
		cr_assert_eq(pymalloc.arenas.broken, 1);
	}
}

HEAP_TEST(arenas, one_without_its_memory_is_counted)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;

		pymalloc_init(&pymalloc, world);
		pymalloc_arena(&pymalloc, 0, 2);
		image_hide(world->image, pymalloc_arena(&pymalloc, 1, 2), 0x10000);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.arenas.items.count, 1);
		cr_assert_eq(pymalloc.arenas.broken, 1);
	}
}

/* Whatever number stands in whichever field, each arena stays within the bounds that it has to have. */
HEAP_TEST(arenas, absurd_entries_are_none)
{
	static const uint64_t values[] = {1,
					  0xfff,
					  1u << 31,
					  (uint64_t)1 << 47,
					  UINT64_MAX,
					  POOLS_START + 16,
					  POOLS_START + POOLS_STEP,
					  POOLS_START - 4096,
					  WORLD_UNMAPPED};

	EACH_LAYOUT(layout)
	{
		for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
			for (int32_t field = 0; field < layout->arena_next; field += 4) {
				AUTO(world) struct world *world = world_create(layout);
				AUTO(pymalloc) struct pymalloc pymalloc;

				pymalloc_init(&pymalloc, world);
				pymalloc_arena(&pymalloc, 0, 2);
				pymalloc_arena(&pymalloc, 1, 2);
				if (field % 8 == 0)
					image_u64(world->image, pymalloc.array + (uint64_t)field, values[i]);
				else
					image_u32(world->image, pymalloc.array + (uint64_t)field, (uint32_t)values[i]);
				pymalloc_read(&pymalloc);
				for (size_t j = 0; j < pymalloc.arenas.items.count; j++) {
					const struct arena_object *arena = &pymalloc.arenas.items.items[j];

					cr_assert_geq(arena->first, arena->address);
					cr_assert_leq(arena->end, arena->address + (uint64_t)layout->arena_size);
				}
			}
	}
}

/* An array of nothing but zeros, or one that goes on and on: the walk ends, and soon. */
HEAP_TEST(arenas, an_endless_array_ends)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;
		const uint64_t start = UINT64_C(0x600000000000);

		pymalloc_init(&pymalloc, world);
		image_map(world->image, start, (uint64_t)1 << 40, "rw-", NULL);
		if (layout->interpreter_obmalloc < 0)
			image_u64(world->image, pymalloc.data + 2048, start);
		else
			pymalloc_interpreter(&pymalloc, 1, start);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.arenas.items.count, 0);
		cr_assert_leq(mirror_bytes(world->mirror), (uint64_t)64 << 20);
	}
}

HEAP_TEST(arenas, without_any_there_are_none)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(pymalloc) struct pymalloc pymalloc;

		pymalloc_init(&pymalloc, world);
		pymalloc_read(&pymalloc);
		cr_assert_eq(pymalloc.arenas.items.count, 0);
		cr_assert_eq(pymalloc.arenas.broken, 0);
		cr_assert_eq(pymalloc.pools.items.count, 0);
		(void)pools_explain(&pymalloc.pools, POOLS_START);
	}
}
