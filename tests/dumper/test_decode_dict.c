/* Dicts in all their forms, and sets. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

static uint64_t keys_size(const struct layout *layout, unsigned kind, unsigned log2_size)
{
	uint64_t capacity = ((uint64_t)1 << log2_size) * 2 / 3;

	return (uint64_t)layout->keys_indices + ((uint64_t)1 << log2_size) +
	       capacity * (kind == 0 || layout->keys_kind < 0 ? 24 : 16);
}

HEAP_TEST(decode_dict, a_table_of_strs_does_not_visit_its_keys)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_str(world, "a"), b = world_str(world, "b"), value = world_list(world, 0);
		uint64_t keys = world_keys(world, 1, 3, 1, 3, a, value, (uint64_t)0, (uint64_t)0, b, world->none);
		uint64_t dict = world_dict(world, keys, 0, 2);

		world_decode(world, dict, false);
		cr_assert_eq(world->edges.count, 4);
		world_expect(world, 0, a, NAME_KEY, EDGE_UNVISITED);
		world_expect(world, 1, value, NAME_VALUE, EDGE_OWNED);
		world_expect(world, 2, b, NAME_KEY, EDGE_UNVISITED);
		world_expect(world, 3, world->none, NAME_VALUE, EDGE_OWNED);
		cr_assert_eq(world->decoded.length, 2);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)layout->dict_size + keys_size(layout, 1, 3));
		cr_assert_eq(world->decoded.getsizeof, world->decoded.size);
		cr_assert_eq(world->buffers.count, 1);
		world_expect_buffer(world, 0, keys, keys_size(layout, 1, 3), "keys");
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_dict, a_frozen_one_is_a_dict_too)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "frozendict", world->object, WORLD_GC, layout->dict_size + 8, 0);
		uint64_t key = world_str(world, "a"), value = world_list(world, 0);
		uint64_t dict = world_dict(world, world_keys(world, 1, 3, 1, 1, key, value), 0, 1);

		if (layout->dict_size + 8 < 56)
			continue;
		world_word(world, dict, layout->object_type, type);
		world_decode(world, dict, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, key, NAME_KEY, EDGE_UNVISITED);
		world_expect(world, 1, value, NAME_VALUE, EDGE_OWNED);
		cr_assert_eq(world->decoded.length, 1);
	}
}

HEAP_TEST(decode_dict, a_general_table_visits_its_keys)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t one = world_int(world, 1), a = world_str(world, "a");
		uint64_t dict = world_dict(world, world_keys(world, 0, 4, 1, 2, a, world->none, one, a), 0, 2);

		world_decode(world, dict, false);
		cr_assert_eq(world->edges.count, 4);
		world_expect(world, 0, a, NAME_KEY, EDGE_OWNED);
		world_expect(world, 1, world->none, NAME_VALUE, EDGE_OWNED);
		world_expect(world, 2, one, NAME_KEY, EDGE_OWNED);
		world_expect(world, 3, a, NAME_VALUE, EDGE_OWNED);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)layout->dict_size + keys_size(layout, 0, 4));
	}
}

HEAP_TEST(decode_dict, a_namespace_names_its_values)
{
	EACH_LAYOUT(layout)
	{
		for (unsigned kind = 0; kind < 2; kind++) {
			AUTO(world) struct world *world = world_create(layout);
			uint64_t x = world_str(world, "x"),
				 other = kind == 0 ? world_int(world, 1) : world_str(world, "y");
			uint64_t dict =
				world_dict(world, world_keys(world, kind, 3, 1, 2, x, world->none, other, x), 0, 2);
			enum edge_class class = kind == 0 ? EDGE_OWNED : EDGE_UNVISITED;

			world_decode(world, dict, true);
			cr_assert_eq(world->edges.count, 4);
			world_expect(world, 0, x, NAME_KEY, class);
			world_expect(world, 1, world->none, NAME_ATTRIBUTE, EDGE_OWNED);
			cr_assert_eq(world->edges.items[1].source, PAYLOAD_OBJECT);
			cr_assert_eq(world->edges.items[1].payload, x);
			world_expect(world, 2, other, NAME_KEY, class);
			world_expect(world, 3, x, kind == 0 ? NAME_VALUE : NAME_ATTRIBUTE, EDGE_OWNED);
		}
	}
}

HEAP_TEST(decode_dict, the_interned_dict_counts_nothing)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_str(world, "a");
		uint64_t dict = world_dict(world, world_keys(world, 1, 3, 1, 1, a, a), 0, 1);

		assert_ok(map_put(&world->decoder.interned, dict, 0));
		world_decode(world, dict, false);
		world_expect(world, 0, a, NAME_KEY, EDGE_WEAK);
		world_expect(world, 1, a, NAME_VALUE, EDGE_WEAK);
	}
}

HEAP_TEST(decode_dict, a_split_dict_borrows_the_keys_of_the_class)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_str(world, "a"), b = world_str(world, "b"), value = world_list(world, 0);
		uint64_t keys = world_keys(world, 2, 3, 2, 2, a, (uint64_t)0, b, (uint64_t)0);
		uint64_t values = world_values(world, 2, (uint64_t[]){0, value});
		uint64_t dict = world_dict(world, keys, values, 1);

		world_decode(world, dict, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, b, NAME_KEY, EDGE_WEAK);
		world_expect(world, 1, value, NAME_VALUE, EDGE_OWNED);
		/* the shared table has room for 5: they count as values to come */
		cr_assert_eq(world->decoded.getsizeof, 16 + (uint64_t)layout->dict_size + 5 * 8);
		cr_assert_eq(world->buffers.count, 1, "the keys are the class's");
		cr_assert_eq(world_own_size(world), 16 + (uint64_t)layout->dict_size);
		cr_assert_eq(world->buffers.items[0].address,
			     layout->managed != 0 && layout->values_capacity < 0 ? values - 8 : values);
		world_decode(world, dict, true);
		cr_assert_eq(world->edges.count, 1);
		world_expect(world, 0, value, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert_eq(world->edges.items[0].payload, b);
	}
}

HEAP_TEST(decode_dict, the_last_owner_of_split_keys_owns_them)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_str(world, "a");
		uint64_t keys = world_keys(world, 2, 3, 1, 1, a, (uint64_t)0);
		uint64_t dict = world_dict(world, keys, world_values(world, 1, (uint64_t[]){world->none}), 1);

		world_decode(world, dict, true);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, a, NAME_KEY, EDGE_UNVISITED);
		world_expect(world, 1, world->none, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert_geq(world->decoded.size, 16 + (uint64_t)layout->dict_size + keys_size(layout, 2, 3));
		cr_assert_eq(world->buffers.count, 2);
		cr_assert_eq(world_own_size(world), 16 + (uint64_t)layout->dict_size);
	}
}

HEAP_TEST(decode_dict, embedded_values_are_the_instances)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t keys = world_keys(world, 2, 3, 2, 1, world_str(world, "a"), (uint64_t)0);
		uint64_t values = world_values(world, 1, (uint64_t[]){world->none});
		uint64_t dict = world_dict(world, keys, values, 1);

		if (layout->values_embedded < 0)
			continue;
		image_u8(world->image, values + (uint64_t)layout->values_embedded, 1);
		world_decode(world, dict, true);
		cr_assert_eq(world->edges.count, layout->values_through_dict ? 1 : 0);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)layout->dict_size);
		cr_assert_eq(world->decoded.getsizeof, 16 + (uint64_t)layout->dict_size + 5 * 8);
		cr_assert_eq(world->buffers.count, 0);
	}
}

/* Breaks one field of a table's head. */
static void expect_torn(const struct layout *layout, int32_t offset, uint64_t value)
{
	AUTO(world) struct world *world = world_create(layout);
	uint64_t keys = world_keys(world, 1, 3, 1, 1, world_str(world, "a"), world->none);
	uint64_t dict = world_dict(world, keys, 0, 1);

	world_word(world, keys, offset, value);
	world_decode(world, dict, false);
	cr_assert_eq(world->edges.count, 0, "%s: %d = %lx", layout->name, (int)offset, (unsigned long)value);
	cr_assert_eq(world->decoder.losses[LOSS_table_torn], 1, "%s: %d = %lx", layout->name, (int)offset,
		     (unsigned long)value);
}

HEAP_TEST(decode_dict, torn_tables_are_losses)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);

		expect_torn(layout, layout->keys_nentries, 6);
		expect_torn(layout, layout->keys_nentries, UINT64_MAX);
		expect_torn(layout, layout->keys_nentries, (uint64_t)1 << 62);
		if (layout->keys_log2_size >= 0) {
			expect_torn(layout, layout->keys_log2_size, 0x303030 | 63);
			expect_torn(layout, layout->keys_log2_size, 0xff0303);
			expect_torn(layout, layout->keys_log2_size, 0x010005);
			expect_torn(layout, layout->keys_log2_size, 0x012626);
		} else {
			expect_torn(layout, layout->keys_size, 0);
			expect_torn(layout, layout->keys_size, 7);
			expect_torn(layout, layout->keys_size, (uint64_t)1 << 63);
		}
		uint64_t nowhere = world_dict(world, WORLD_UNMAPPED, 0, 1), null = world_dict(world, 0, 0, 1);
		world_decode(world, nowhere, false);
		world_decode(world, null, false);
		cr_assert_eq(world->decoder.losses[LOSS_table_torn], 2);
	}
}

HEAP_TEST(decode_dict, values_out_of_reach_are_a_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t keys = world_keys(world, 2, 3, 2, 1, world_str(world, "a"), (uint64_t)0);
		uint64_t dict = world_dict(world, keys, WORLD_UNMAPPED, 1);

		world_decode(world, dict, false);
		cr_assert_eq(world->edges.count, 0);
		if (layout->values_capacity < 0)
			cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
	}
}

/* --- sets --- */

static uint64_t make_set(struct world *world, uint64_t mask, uint64_t table, uint64_t used)
{
	const struct layout *layout = world->layout;
	uint64_t type = world_type(world, "set", world->object, WORLD_GC, layout->set_size, 0);
	uint64_t set = world_object(world, type, (uint64_t)layout->set_size);

	world_word(world, set, layout->set_used, used);
	world_word(world, set, layout->set_fill, used);
	world_word(world, set, layout->set_mask, mask);
	world_word(world, set, layout->set_table, table != 0 ? table : set + (uint64_t)layout->set_small);
	return set;
}

HEAP_TEST(decode_dict, a_set_leaves_out_dummies)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t set = make_set(world, 7, 0, 2), a = world_str(world, "a"), b = world_str(world, "b");

		world_word(world, set, layout->set_small + 16, a);
		world_word(world, set, layout->set_small + 24, 77);
		world_word(world, set, layout->set_small + 48, world->none); /* the dummy's place */
		world_word(world, set, layout->set_small + 56, UINT64_MAX);
		world_word(world, set, layout->set_small + 112, b);
		world_decode(world, set, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, a, NAME_MEMBER, EDGE_OWNED);
		world_expect(world, 1, b, NAME_MEMBER, EDGE_OWNED);
		cr_assert_eq(world->decoded.length, 2);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)layout->set_size);
		cr_assert_eq(world->buffers.count, 0, "its table is part of it");
	}
}

HEAP_TEST(decode_dict, a_set_owns_its_table)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t table = world_bytes(world, 32 * 16), set = make_set(world, 31, table, 1);

		world_word(world, table, 31 * 16, world->none);
		world_decode(world, set, false);
		cr_assert_eq(world->edges.count, 1);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)layout->set_size + 32 * 16);
		world_expect_buffer(world, 0, table, 32 * 16, "table");
	}
}

HEAP_TEST(decode_dict, absurd_sets_are_losses)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t sets[] = {make_set(world, 6, 0, 1), make_set(world, UINT64_MAX, 0, 1),
				   make_set(world, (uint64_t)1 << 50, 0, 1)};
		uint64_t far = make_set(world, 31, WORLD_UNMAPPED, 1),
			 huge = make_set(world, ((uint64_t)1 << 39) - 1, 0, 1);

		for (size_t i = 0; i < 3; i++)
			world_decode(world, sets[i], false);
		cr_assert_eq(world->decoder.losses[LOSS_table_torn], 3);
		world_decode(world, far, false);
		world_decode(world, huge, false);
		cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 2);
		cr_assert_eq(world->edges.count, 0);
	}
}
