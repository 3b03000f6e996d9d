/* Lists and tuples: their items, their sizes, and what happens where these make no sense. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

HEAP_TEST(decode_sequence, a_list_owns_its_items_and_its_buffer)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_str(world, "a"), b = world_str(world, "b");
		uint64_t list = world_list(world, 3, a, (uint64_t)0, b);

		world_decode(world, list, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, a, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 1, b, NAME_INDEX, EDGE_OWNED);
		cr_assert_eq(world->edges.items[0].payload, 0);
		cr_assert_eq(world->edges.items[1].payload, 2);
		cr_assert_eq(world->edges.items[1].source, PAYLOAD_NUMBER);
		cr_assert_eq(world->decoded.length, 3);
		cr_assert_eq(world->decoded.size, 16 + 40 + 4 * 8, "%s: %lu", layout->name,
			     (unsigned long)world->decoded.size);
		cr_assert_eq(world->buffers.count, 1);
		world_expect_buffer(world, 0, mirror_u64(world->mirror, list + (uint64_t)layout->list_items), 4 * 8, "items");
		cr_assert_eq(world->decoded.getsizeof, world->decoded.size);
		cr_assert_eq(world_losses(world), 0);
	}
}

/* What was there before the item that an append is about to store. */
HEAP_TEST(decode_sequence, a_list_grows_at_its_end_and_a_tuple_does_not)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t list = world_list(world, 3, world->none, world->none, world->none);
		uint64_t empty = world_list(world, 2, world->none, (uint64_t)0);
		uint64_t tuple = world_tuple(world, 1, world->none);

		world_decode(world, list, false);
		cr_assert_eq(world->edges.count, 3);
		for (size_t i = 0; i < 3; i++)
			cr_assert_eq(world->edges.items[i].growing, i == 2, "%zu", i);
		world_decode(world, empty, false);
		cr_assert_eq(world->edges.count, 1);
		cr_assert(!world->edges.items[0].growing, "the last slot holds nothing");
		world_decode(world, tuple, false);
		cr_assert_eq(world->edges.count, 1);
		cr_assert(!world->edges.items[0].growing);
	}
}

/* The allocator has the old block back already, or is about to have it: a link stands where the first item was. */
HEAP_TEST(decode_sequence, a_list_being_moved_has_lost_its_first_item)
{
	EACH_LAYOUT(layout)
	{
		for (int late = 0; late < 2; late++) {
			AUTO(world) struct world *world = world_create(layout);
			uint64_t a = world_str(world, "a"), b = world_str(world, "b");
			uint64_t list = world_list(world, 2, a, b), still = world_list(world, 2, a, b), items;

			image_map(world->image, 0x20000000, 0x8000, "rw-", "");
			items = 0x20000000 + (uint64_t)layout->pool_size + 128;
			world_word(world, list, layout->list_items, items);
			world_word(world, items, 0, items + 32);
			world_word(world, items, 8, b);
			world_word(world, items - 128, layout->pool_free_block, late ? items : items + 32);
			world_word(world, still, layout->list_items, items + 64);
			world_word(world, items + 64, 0, a);
			world_word(world, items + 64, 8, b);
			world_decode(world, list, false);
			cr_assert_eq(world->edges.count, 1, "%s", layout->name);
			world_expect(world, 0, b, NAME_INDEX, EDGE_OWNED);
			cr_assert_eq(world->edges.items[0].payload, 1);
			cr_assert_eq(world->decoder.unsettled[LOSS_buffer_unreadable], 1);
			world_decode(world, still, false);
			cr_assert_eq(world->edges.count, 2, "of the same pool");
			cr_assert_eq(world->decoder.unsettled[LOSS_buffer_unreadable], 1);
			cr_assert_eq(world_losses(world), 0);
		}
	}
}

HEAP_TEST(decode_sequence, a_list_being_given_room_has_one_item_too_many)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_str(world, "a"), list = world_list(world, 2, a, world->none);

		world_word(world, list, layout->var_size, 3);
		world_word(world, list, layout->list_allocated, 2);
		world_decode(world, list, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, a, NAME_INDEX, EDGE_OWNED);
		cr_assert_eq(world->decoded.length, 2);
		cr_assert_eq(world->decoder.unsettled[LOSS_size_absurd], 1);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_sequence, a_list_being_sorted_is_empty)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t list = world_list(world, 0);

		world_word(world, list, layout->list_allocated, UINT64_MAX);
		world_decode(world, list, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoded.size, 56);
		cr_assert_eq(world->buffers.count, 0, "nothing was asked for");
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_sequence, absurd_lists_are_losses)
{
	static const uint64_t counts[][2] = {{UINT64_MAX, 8},
					     {10, 8},
					     {8, (uint64_t)1 << 50},
					     {(uint64_t)1 << 62, (uint64_t)1 << 62}};

	EACH_LAYOUT(layout)
	{
		for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
			AUTO(world) struct world *world = world_create(layout);
			uint64_t list = world_list(world, 1, world->none);

			world_word(world, list, layout->var_size, counts[i][0]);
			world_word(world, list, layout->list_allocated, counts[i][1]);
			world_decode(world, list, false);
			cr_assert_eq(world->edges.count, 0);
			cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1, "%s: case %zu", layout->name, i);
			cr_assert_eq(world->decoded.size, 56);
		}
	}
}

HEAP_TEST(decode_sequence, an_unreadable_buffer_is_a_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t list = world_list(world, 1, world->none);

		world_word(world, list, layout->list_items, WORLD_UNMAPPED);
		world_decode(world, list, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
	}
}

HEAP_TEST(decode_sequence, a_tuple_holds_its_items_itself)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_str(world, "a");
		uint64_t tuple = world_tuple(world, 2, a, world->none);

		world_decode(world, tuple, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, a, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 1, world->none, NAME_INDEX, EDGE_OWNED);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)layout->tuple_items + 16);
		cr_assert_eq(world->decoded.length, 2);
	}
}

HEAP_TEST(decode_sequence, a_tuple_of_negative_or_endless_length_is_a_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t negative = world_tuple(world, 1, world->none), endless = world_tuple(world, 1, world->none);

		world_word(world, negative, layout->var_size, (uint64_t)-3);
		world_word(world, endless, layout->var_size, (uint64_t)1 << 39);
		world_decode(world, negative, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
		world_decode(world, endless, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
	}
}

HEAP_TEST(decode_sequence, a_struct_sequence_has_items_behind_its_length)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "os.stat_result", world->tuple, (uint64_t)1 << 26 | WORLD_GC,
					   layout->tuple_items, 8);
		int64_t items = layout->tuple_items;
		uint64_t result = world_object(world, type, 128), a = world_int(world, 1), b = world_int(world, 2);

		world_members(world, type,
			      (struct world_member[]){{"st_mode", 6, items},
						      {"st_ino", 6, items + 8},
						      {"st_atime", 6, items + 16},
						      {NULL, 0, 0}});
		world_word(world, result, layout->var_size, 2);
		world_word(world, result, items, a);
		world_word(world, result, items + 8, a);
		world_word(world, result, items + 16, b);
		world_decode(world, result, false);
		cr_assert_eq(world->edges.count, 3);
		world_expect(world, 0, a, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 1, a, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 2, b, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert_str_eq((const char *)(uintptr_t)world->edges.items[2].payload, "st_atime");
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)items + 24);
		cr_assert_eq(world->decoded.getsizeof, 16 + (uint64_t)items + 16);
	}
}

/* A constant tuple of a frozen module: an address in a file's data, and a refcount that says immortal. */
static uint64_t file_tuple(struct world *world, uint64_t address, uint64_t refcount, uint64_t first, uint64_t second)
{
	world_word(world, address, world->layout->object_refcount, refcount);
	world_word(world, address, world->layout->object_type, world->tuple);
	world_word(world, address, world->layout->var_size, 2);
	world_word(world, address, world->layout->tuple_items, first);
	world_word(world, address, world->layout->tuple_items + 8, second);
	return address;
}

HEAP_TEST(decode_sequence, frozen_constants_do_not_count_what_is_static_and_mortal)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		bool frozen = layout->refcount_immortal == 1;
		uint64_t file = 0x40000000, made = world_str(world, "made later");

		image_map(world->image, file, 0x1000, "rw-", "/usr/bin/python3");
		uint64_t none = file_tuple(world, file + 64, 5, 0, 0);
		uint64_t immortal = file_tuple(world, file + 256, 999999999, 0, 0);
		uint64_t constants = file_tuple(world, file + 512, 999999999, none, immortal);
		uint64_t more = file_tuple(world, file + 1024, 1000000001, made, none);
		uint64_t mortal = file_tuple(world, file + 2048, 5, none, made);

		world_decode(world, constants, false);
		world_expect(world, 0, none, NAME_INDEX, frozen ? EDGE_WEAK : EDGE_OWNED);
		world_expect(world, 1, immortal, NAME_INDEX, EDGE_OWNED);
		world_decode(world, more, false);
		world_expect(world, 0, made, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 1, none, NAME_INDEX, frozen ? EDGE_WEAK : EDGE_OWNED);
		world_decode(world, mortal, false);
		world_expect(world, 0, none, NAME_INDEX, EDGE_OWNED);
	}
}
