/* Types of C modules: their linked blocks, followed as far as they link back. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

#define BLOCK 528 /* bytes of a deque's block */

static uint64_t make_deque(struct world *world, uint64_t count, uint64_t left_index, uint64_t blocks, uint64_t *first)
{
	uint64_t type = world_type(world, "collections.deque", world->object, WORLD_GC, 216, 0);
	uint64_t deque = world_object(world, type, 216), before = 0;

	for (uint64_t i = 0; i < blocks; i++) {
		uint64_t block = world_bytes(world, BLOCK);

		if (i == 0)
			*first = block;
		else
			world_word(world, before, 520, block);
		world_word(world, block, 0, before);
		for (int64_t item = 0; item < 64; item++)
			world_word(world, block, 8 + 8 * item, world->none);
		before = block;
	}
	world_word(world, deque, world->layout->var_size, count);
	world_word(world, deque, 24, *first);
	world_word(world, deque, 32, before);
	world_word(world, deque, 40, left_index);
	return deque;
}

HEAP_TEST(decode_extension, a_deque_goes_from_block_to_block)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t first = 0, deque = make_deque(world, 100, 40, 3, &first), value = world_list(world, 0);

		world_word(world, first, 8 + 8 * 40, value);
		world_word(world, deque, 72, 2); /* blocks kept for later */
		world_word(world, deque, 80, WORLD_UNMAPPED);
		world_word(world, deque, 88, WORLD_UNMAPPED + 544);
		world_decode(world, deque, false);
		cr_assert_eq(world->edges.count, 100);
		world_expect(world, 0, value, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 99, world->none, NAME_INDEX, EDGE_OWNED);
		cr_assert_eq(world->edges.items[99].payload, 99);
		for (size_t i = 0; i < 100; i++)
			cr_assert_eq(world->edges.items[i].growing, i == 0 || i == 99, "%zu", i);
		cr_assert_eq(world->decoded.length, 100);
		cr_assert_eq(world->decoded.getsizeof, 16 + 216 + 3 * BLOCK);
		cr_assert_eq(world->decoded.size, 16 + 216 + 5 * BLOCK);
		cr_assert_eq(world->buffers.count, 5);
		cr_assert_eq(world_own_size(world), 16 + 216);
		world_expect_buffer(world, 1, WORLD_UNMAPPED + 544, BLOCK, "blocks");
		world_expect_buffer(world, 2, first, BLOCK, "blocks");
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_extension, a_deque_that_loops_or_breaks_ends_there)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t first = 0, self = make_deque(world, (uint64_t)1 << 39, 0, 1, &first);

		world_word(world, first, 520, first);
		world_word(world, first, 0, first);
		uint64_t ring = make_deque(world, (uint64_t)1 << 39, 0, 3, &first), last = 0;
		for (uint64_t i = 0, block = first; i < 3; i++, block += 592) /* blocks lie in a row */
			last = block;
		world_word(world, last, 520, first);
		world_word(world, first, 0, last);
		uint64_t broken = make_deque(world, 100, 0, 2, &first);
		world_word(world, first, 520, WORLD_UNMAPPED);
		uint64_t absurd = make_deque(world, 5, 65, 1, &first),
			 negative = make_deque(world, UINT64_MAX, 0, 1, &first);

		world_decode(world, self, false);
		cr_assert_eq(world->edges.count, 64);
		world_decode(world, ring, false);
		cr_assert_eq(world->edges.count, 3 * 64);
		cr_assert_eq(world->decoder.losses[LOSS_table_torn], 2);
		world_decode(world, broken, false);
		cr_assert_eq(world->edges.count, 64);
		cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
		world_decode(world, absurd, false);
		world_decode(world, negative, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 2);
	}
}

HEAP_TEST(decode_extension, an_ordered_dict_holds_its_keys_twice)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		int64_t own = layout->dict_size;
		uint64_t type = world_type(world, "collections.OrderedDict", world->dict, (uint64_t)1 << 29 | WORLD_GC,
					   own + 64, 0);
		uint64_t dict = world_object(world, type, (uint64_t)own + 64), instance;
		uint64_t a = world_str(world, "a"), b = world_str(world, "b");
		uint64_t nodes[] = {world_bytes(world, 32), world_bytes(world, 32)}, table = world_bytes(world, 64);

		instance = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);
		world_word(world, type, layout->type_dictoffset, (uint64_t)own + 48);
		world_word(world, type, layout->type_weaklistoffset, (uint64_t)own + 56);
		world_word(world, dict, layout->dict_used, 2);
		world_word(world, dict, layout->dict_keys,
			   world_keys(world, 1, 3, 1, 2, a, world->none, b, world->none));
		world_word(world, dict, own, nodes[0]);
		world_word(world, dict, own + 8, nodes[1]);
		world_word(world, dict, own + 16, table);
		world_word(world, dict, own + 24, 8);
		world_word(world, dict, own + 48, instance);
		world_word(world, nodes[0], 0, a);
		world_word(world, nodes[0], 16, nodes[1]);
		world_word(world, nodes[1], 0, b);
		world_word(world, nodes[1], 24, nodes[0]);
		world_decode(world, dict, false);
		cr_assert_eq(world->edges.count, 7);
		world_expect(world, 0, instance, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 1, a, NAME_KEY, EDGE_OWNED);
		world_expect(world, 2, b, NAME_KEY, EDGE_OWNED);
		world_expect(world, 3, a, NAME_KEY, EDGE_UNVISITED);
		world_expect(world, 4, world->none, NAME_VALUE, EDGE_OWNED);
		cr_assert_eq(world->decoded.length, 2);
		cr_assert_eq(world->decoded.getsizeof, world->decoded.size);
		cr_assert_eq(world->buffers.count, 4);
		world_expect_buffer(world, 0, table, 64, "table");
		world_expect_buffer(world, 1, nodes[0], 32, "nodes");
		world_expect_buffer(world, 2, nodes[1], 32, "nodes");
		cr_assert_eq(world_own_size(world), 16 + (uint64_t)own + 64);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_extension, ordered_nodes_that_loop_or_break_end_there)
{
	EACH_LAYOUT(layout)
	{
		for (int broken = 0; broken < 3; broken++) {
			AUTO(world) struct world *world = world_create(layout);
			int64_t own = layout->dict_size;
			uint64_t type = world_type(world, "collections.OrderedDict", world->dict,
						   (uint64_t)1 << 29 | WORLD_GC, own + 64, 0);
			uint64_t dict = world_object(world, type, (uint64_t)own + 64), node = world_bytes(world, 32);

			world_word(world, dict, layout->dict_used, broken == 2 ? UINT64_MAX : 1);
			world_word(world, dict, layout->dict_keys, world_keys(world, 1, 3, 1, 0));
			world_word(world, dict, own, node);
			world_word(world, node, 0, world->none);
			world_word(world, node, 16, broken == 0 ? node : WORLD_UNMAPPED);
			world_decode(world, dict, false);
			cr_assert_eq(world->edges.count, broken == 2 ? 0 : 1);
			cr_assert_eq(world_losses(world), 1);
		}
	}
}

HEAP_TEST(decode_extension, a_cache_visits_what_its_links_hold)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "functools._lru_cache_wrapper", world->object, WORLD_GC, 152, 0);
		uint64_t link_type = world_class(world, "functools", "_lru_list_elem", world->object, 0, 56);
		uint64_t cache = world_object(world, type, 152), link = world_object(world, link_type, 56);
		uint64_t key = world_str(world, "k"), result = world_list(world, 0), function = world_list(world, 0);

		world_word(world, link_type, layout->type_name, world_text(world, "functools._lru_list_elem"));
		world_word(world, cache, 16, link);
		world_word(world, cache, 24, link);
		world_word(world, link, 16, cache);
		world_word(world, link, 24, cache);
		world_word(world, link, 40, key);
		world_word(world, link, 48, result);
		world_word(world, cache, 72, world->none);
		world_word(world, cache, 88, function);
		world_word(world, cache, 112, world->none);
		world_word(world, cache, 120, link_type);
		world_word(world, cache, 128, world->none);
		world_decode(world, cache, false);
		cr_assert_eq(world->edges.count, 9);
		world_expect(world, 0, link, NAME_FIELD, EDGE_UNVISITED);
		world_expect(world, 1, key, NAME_FIELD, EDGE_OWNED);
		world_expect(world, 2, result, NAME_FIELD, EDGE_OWNED);
		world_expect(world, 3, link_type, NAME_NONE, EDGE_OWNED);
		world_expect(world, 5, function, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 7, link_type, NAME_FIELD, EDGE_OWNED);
		world_decode(world, link, false);
		cr_assert_eq(world->edges.count, 0, "what a link holds is counted twice");
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_extension, links_that_do_not_link_back_end_the_walk)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "functools._lru_cache_wrapper", world->object, WORLD_GC, 152, 0);
		uint64_t cache = world_object(world, type, 152), link = world_bytes(world, 56),
			 other = world_bytes(world, 56);

		world_word(world, cache, 24, link);
		world_word(world, link, 16, cache);
		world_word(world, link, 24, other);
		world_word(world, other, 16, link);
		world_word(world, other, 24, link);
		world_decode(world, cache, false);
		cr_assert_eq(world->edges.count, 2, "the links as far as they link back");
		cr_assert_eq(world->decoder.losses[LOSS_table_torn], 1);
	}
}

HEAP_TEST(decode_extension, a_tee_reads_only_what_was_written)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "itertools._tee_dataobject", world->object, WORLD_GC, 496, 0);
		uint64_t tee = world_object(world, type, 496), absurd = world_object(world, type, 496);

		world_word(world, tee, 16, world->none);
		image_u32(world->image, tee + 24, 2);
		world_word(world, tee, 32, tee);
		for (int64_t i = 0; i < 57; i++)
			world_word(world, tee, 40 + 8 * i, world->none);
		image_u32(world->image, absurd + 24, 58);
		world_decode(world, tee, false);
		cr_assert_eq(world->edges.count, 4);
		world_expect(world, 0, world->none, NAME_FIELD, EDGE_OWNED);
		world_expect(world, 2, world->none, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 3, tee, NAME_FIELD, EDGE_OWNED);
		world_decode(world, absurd, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
	}
}

HEAP_TEST(decode_extension, an_array_owns_its_buffer)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "array.array", world->object, 0, 64, 0),
			 description = world_bytes(world, 64);
		uint64_t array = world_object(world, type, 64);

		image_u32(world->image, description + 4, 8);
		world_word(world, array, layout->var_size, 3);
		world_word(world, array, 24, WORLD_UNMAPPED);
		world_word(world, array, 32, 5);
		world_word(world, array, 40, description);
		world_decode(world, array, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoded.size, 64 + 40);
		world_expect_buffer(world, 0, WORLD_UNMAPPED, 40, "data");
		world_expect_native(world, WORLD_UNMAPPED, 40, "array", true, 0);
		cr_assert_eq(world->decoded.length, 3);
		cr_assert_eq(world_losses(world), 0);
	}
}
