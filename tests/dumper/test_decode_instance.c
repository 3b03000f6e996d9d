/* Instances: their type, their attributes in every form, slots, layout fields, weak references, the scan. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

static uint64_t managed_flags(const struct layout *layout)
{
	uint64_t flags = WORLD_GC | (uint64_t)1 << layout->flag_managed_dict;

	return layout->flag_inline_values >= 0 ? flags | (uint64_t)1 << layout->flag_inline_values : flags;
}

HEAP_TEST(decode_instance, the_type_is_an_edge_where_it_is_counted)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, "m", "C", world->object, WORLD_GC, 16);
		uint64_t light = world_class(world, "m", "Light", world->object, 0, 16);
		uint64_t foreign = world_class(world, "m", "C", world->object, WORLD_GC, 16);
		uint64_t fixed = world_type(world, "m.Fixed", world->object, WORLD_GC, 16, 0);
		uint64_t objects[] = {world_object(world, class, 16), world_object(world, light, 16),
				      world_object(world, foreign, 16), world_object(world, fixed, 16)};

		world_word(world, foreign, layout->type_name, world_text(world, "m.C"));
		world_decode(world, objects[0], false);
		cr_assert_eq(world->edges.count, 1);
		world_expect(world, 0, class, NAME_TYPE, EDGE_OWNED);
		cr_assert_eq(world->decoded.size, 32);
		world_decode(world, objects[1], false);
		world_expect(world, 0, light, NAME_TYPE, EDGE_UNVISITED);
		cr_assert_eq(world->decoded.size, 16);
		world_decode(world, objects[2], false);
		world_expect(world, 0, foreign, NAME_TYPE, layout->instance_type_visited ? EDGE_OWNED : EDGE_UNVISITED);
		world_decode(world, objects[3], false);
		cr_assert_eq(world->edges.count, 0);
	}
}

HEAP_TEST(decode_instance, slots_and_dict_at_their_offsets)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, "m", "C", world->object, WORLD_GC, 40);
		uint64_t object = world_object(world, class, 40), value = world_list(world, 0);
		uint64_t dict = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);

		world_members(world, class, (struct world_member[]){{"x", 16, 16}, {"y", 16, 24}, {NULL, 0, 0}});
		world_word(world, class, layout->type_dictoffset, 32);
		world_word(world, object, 24, value);
		world_word(world, object, 32, dict);
		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 3);
		world_expect(world, 1, value, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert_str_eq((const char *)(uintptr_t)world->edges.items[1].payload, "y");
		cr_assert_not(world->edges.items[1].namespace);
		world_expect(world, 2, dict, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert(world->edges.items[2].namespace);
		cr_assert_eq(world->decoded.size, 16 + 40);
	}
}

/* As the parts of a compiled template of re: an index and a str, 16 bytes each. */
HEAP_TEST(decode_instance, items_of_an_unknown_type_are_guessed_word_by_word)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "spam.Parts", world->object, 0, 32, 16);
		uint64_t uneven = world_type(world, "spam.Numbers", world->object, 0, 32, 12);
		uint64_t parts = world_object(world, type, 128), numbers = world_object(world, uneven, 128);
		uint64_t text = world_str(world, "text");

		world_word(world, parts, layout->var_size, 2);
		world_word(world, numbers, layout->var_size, 2);
		for (int64_t at = 32; at < 32 + 3 * 16; at += 16) {
			world_word(world, parts, at, 1);
			world_word(world, parts, at + 8, text);
			world_word(world, numbers, at, text);
		}
		world_decode(world, parts, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, text, NAME_OFFSET, EDGE_GUESS);
		cr_assert_eq(world->edges.items[1].payload, 32 + 16 + 8);
		world_decode(world, numbers, false);
		cr_assert_eq(world->edges.count, 0);
	}
}

HEAP_TEST(decode_instance, a_dict_behind_the_items)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		int64_t basicsize = layout->tuple_items + 8;
		uint64_t class = world_class(world, "m", "Tuple", world->tuple, WORLD_GC, basicsize);
		uint64_t tuple = world_object(world, class, (uint64_t)basicsize + 16);
		uint64_t dict = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);

		world_word(world, class, layout->type_itemsize, 8);
		world_word(world, class, layout->type_dictoffset, (uint64_t)-8);
		world_word(world, tuple, layout->var_size, 2);
		world_word(world, tuple, layout->tuple_items + 8, world->none);
		world_word(world, tuple, layout->tuple_items + 16, dict);
		world_decode(world, tuple, false);
		cr_assert_eq(world->edges.count, 3);
		world_expect(world, 1, dict, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 2, world->none, NAME_INDEX, EDGE_OWNED);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)basicsize + 16);
	}
}

HEAP_TEST(decode_instance, managed_values_are_attributes)
{
	EACH_LAYOUT(layout)
	{
		if (layout->managed == 0)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, "m", "C", world->object, managed_flags(layout), 16);
		uint64_t x = world_str(world, "x"), y = world_str(world, "y"), value = world_list(world, 0);
		uint64_t words[] = {world->none, value};
		uint64_t object, values;

		world_share(world, class, world_keys(world, 2, 3, 2, 2, x, (uint64_t)0, y, (uint64_t)0));
		object = world_object(world, class, 128);
		if (layout->managed == 3) {
			image_u8(world->image, object + 16 + (uint64_t)layout->values_capacity, 5);
			image_u8(world->image, object + 16 + (uint64_t)layout->values_valid, 1);
			world_word(world, object, 16 + layout->values_items, words[0]);
			world_word(world, object, 16 + layout->values_items + 8, words[1]);
		} else {
			values = world_values(world, 2, words);
			world_word(world, object, layout->managed == 1 ? layout->managed_values : layout->managed_dict,
				   layout->managed == 1 ? values : values - 1);
		}
		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 3, "%s: %zu edges", layout->name, world->edges.count);
		world_expect(world, 1, world->none, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert_eq(world->edges.items[1].payload, x);
		cr_assert_eq(world->edges.items[1].source, PAYLOAD_OBJECT);
		world_expect(world, 2, value, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert_eq(world->edges.items[2].payload, y);
		/* 3.13: room for 5, rounded up, and a word more; before: a prefix of 8 bytes and 5 values */
		cr_assert_eq(world->decoded.getsizeof, 48);
		cr_assert_eq(world->decoded.size, 48 + (layout->managed == 3 ? 8 + 6 * 8 : 8 + 5 * 8), "%s: %lu",
			     layout->name, (unsigned long)world->decoded.size);
		cr_assert_eq(world->buffers.count, layout->managed == 3 ? 0 : 1, "only values apart are a block");
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_instance, a_managed_dict_takes_the_place_of_values)
{
	EACH_LAYOUT(layout)
	{
		if (layout->managed == 0)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, "m", "C", world->object, managed_flags(layout), 16);
		uint64_t object, dict = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);

		world_share(world, class, world_keys(world, 2, 3, 2, 1, world_str(world, "x"), (uint64_t)0));
		object = world_object(world, class, 128);
		world_word(world, object, layout->managed_dict, dict);
		world_word(world, object, 16 + (layout->managed == 3 ? layout->values_items : 0), world->none);
		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 1, dict, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert(world->edges.items[1].namespace);
	}
}

/* An instance with one inline value, None, and a dict over `values` (0: over the inline ones). */
static uint64_t inline_instance(struct world *world, uint64_t values, uint64_t *dict)
{
	const struct layout *layout = world->layout;
	uint64_t class = world_class(world, "m", "C", world->object, managed_flags(layout), 16);
	uint64_t keys = world_keys(world, 2, 3, 2, 1, world_str(world, "x"), (uint64_t)0), object;

	world_share(world, class, keys);
	object = world_object(world, class, 128);
	*dict = world_dict(world, keys, values == 0 ? object + 16 : values, 1);
	image_u8(world->image, object + 16 + (uint64_t)layout->values_capacity, 1);
	image_u8(world->image, object + 16 + (uint64_t)layout->values_valid, 1);
	image_u8(world->image, object + 16 + (uint64_t)layout->values_embedded, 1);
	world_word(world, object, 16 + layout->values_items, world->none);
	world_word(world, object, layout->managed_dict, *dict);
	return object;
}

HEAP_TEST(decode_instance, a_dict_over_valid_inline_values_shares_them)
{
	EACH_LAYOUT(layout)
	{
		if (layout->managed != 3)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		uint64_t dict, object = inline_instance(world, 0, &dict), size;

		world_decode(world, object, false);
		size = world->decoded.size;
		if (!layout->values_through_dict) {
			cr_assert_eq(world->edges.count, 3);
			world_expect(world, 1, world->none, NAME_ATTRIBUTE, EDGE_OWNED);
			world_expect(world, 2, dict, NAME_ATTRIBUTE, EDGE_UNVISITED);
			world_decode(world, dict, true);
			cr_assert_eq(world->edges.count, 0, "the value is counted twice");
		} else {
			cr_assert_eq(world->edges.count, 2, "the value is counted twice");
			world_expect(world, 1, dict, NAME_ATTRIBUTE, EDGE_OWNED);
			world_decode(world, dict, true);
			cr_assert_eq(world->edges.count, 1);
			world_expect(world, 0, world->none, NAME_ATTRIBUTE, EDGE_OWNED);
		}
		cr_assert_eq(size, 16 + 16 + 16 + 24, "%s: %lu", layout->name, (unsigned long)size);
		cr_assert_eq(world->decoded.size, 16 + (uint64_t)layout->dict_size, "they lie in the instance");
	}
}

HEAP_TEST(decode_instance, values_that_the_dict_left_behind_are_only_counted)
{
	EACH_LAYOUT(layout)
	{
		if (!layout->values_through_dict)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		uint64_t other = world_values(world, 1, (uint64_t[]){world->type}), dict;
		uint64_t object = inline_instance(world, other, &dict);

		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 3);
		world_expect(world, 1, world->none, NAME_ATTRIBUTE, EDGE_UNVISITED);
		world_expect(world, 2, dict, NAME_ATTRIBUTE, EDGE_OWNED);
	}
}

HEAP_TEST(decode_instance, torn_shared_keys_are_a_loss)
{
	EACH_LAYOUT(layout)
	{
		if (layout->managed != 1 && layout->managed != 2)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, "m", "C", world->object, managed_flags(layout), 16);
		uint64_t object = world_object(world, class, 16), values = world_values(world, 1, &world->none);

		world_share(world, class, WORLD_UNMAPPED);
		world_word(world, object, layout->managed == 1 ? layout->managed_values : layout->managed_dict,
			   layout->managed == 1 ? values : values - 1);
		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 1);
		cr_assert_eq(world->decoder.losses[LOSS_table_torn], 1);
	}
}

HEAP_TEST(decode_instance, layout_fields_have_their_own_classes)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "cell", world->object, WORLD_GC, 24, 0);
		uint64_t range = world_type(world, "range", world->object, 0, 48, 0);
		uint64_t cell = world_object(world, type, 24), numbers = world_object(world, range, 48);

		world_word(world, cell, 16, world->none);
		world_word(world, numbers, 16, world->none);
		world_word(world, numbers, 40, world->none);
		world_decode(world, cell, false);
		cr_assert_eq(world->edges.count, 1);
		world_expect(world, 0, world->none, NAME_ATTRIBUTE, EDGE_OWNED);
		world_decode(world, numbers, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, world->none, NAME_ATTRIBUTE, EDGE_UNVISITED);
		world_expect(world, 1, world->none, NAME_FIELD, EDGE_UNVISITED);
	}
}

HEAP_TEST(decode_instance, a_weak_reference_borrows_its_object)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type =
			world_type(world, "weakref.ReferenceType", world->object, WORLD_GC, layout->weakref_size, 0);
		uint64_t class = world_class(world, "weakref", "KeyedRef", type, WORLD_GC, layout->weakref_size + 8);
		uint64_t reference = world_object(world, class, 128), target = world_list(world, 0);
		uint64_t callback = world_list(world, 0), key = world_list(world, 0);

		world_members(world, class, (struct world_member[]){{"key", 16, layout->weakref_size}, {NULL, 0, 0}});
		world_word(world, reference, layout->weakref_object, target);
		world_word(world, reference, layout->weakref_callback, callback);
		for (int64_t offset = 40; offset < layout->weakref_size; offset += 8)
			world_word(world, reference, offset, reference); /* the list it is on: never followed */
		world_word(world, reference, layout->weakref_size, key);
		world_decode(world, reference, false);
		cr_assert_eq(world->edges.count, 4);
		world_expect(world, 0, class, NAME_TYPE, EDGE_OWNED);
		world_expect(world, 1, key, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 2, target, NAME_FIELD, EDGE_WEAK);
		world_expect(world, 3, callback, NAME_ATTRIBUTE, EDGE_OWNED);
	}
}

HEAP_TEST(decode_instance, unexplained_words_are_guessed)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "m.Opaque", world->object, WORLD_GC, 64, 0);
		uint64_t object = world_object(world, type, 80), value = world_list(world, 0),
			 buffer = world_bytes(world, 32);

		world_members(world, type, (struct world_member[]){{"count", 19, 24}, {"flag", 1, 36}, {NULL, 0, 0}});
		world_word(world, type, layout->type_weaklistoffset, 40);
		world_word(world, object, 16, value);
		world_word(world, object, 24, value); /* declared to be a number */
		world_word(world, object, 32, value); /* half of it is */
		world_word(world, object, 40, value); /* the list of weak references */
		world_word(world, object, 48, buffer);
		world_word(world, object, 56, value | 1);
		world_word(world, object, 64, value); /* behind the struct */
		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 1, "%s: %zu edges", layout->name, world->edges.count);
		world_expect(world, 0, value, NAME_OFFSET, EDGE_GUESS);
		cr_assert_eq(world->edges.items[0].payload, 16);
	}
}

HEAP_TEST(decode_instance, items_of_unknown_types_are_guessed)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "m.Node", world->object, WORLD_GC, 32, 8);
		uint64_t object = world_object(world, type, 64), value = world_list(world, 0);
		uint64_t endless = world_object(world, type, 64);

		world_word(world, object, layout->var_size, 2);
		world_word(world, object, 40, value);
		world_word(world, object, 48, value);
		world_word(world, endless, layout->var_size, (uint64_t)1 << 38);
		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 1);
		world_expect(world, 0, value, NAME_OFFSET, EDGE_GUESS);
		cr_assert_eq(world->edges.items[0].payload, 40);
		cr_assert_eq(world->decoded.size, 16 + 32 + 16);
		world_decode(world, endless, false);
		cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
	}
}

HEAP_TEST(decode_instance, a_struct_of_its_own_is_not_read_as_its_base)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t base = world_type(world, "_io._IOBase", world->object, WORLD_GC, 32, 0);
		uint64_t type = world_type(world, "_io._Console", base, WORLD_GC, 48, 0);
		uint64_t file = world_object(world, type, 48), value = world_list(world, 0);
		uint64_t dict = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);

		world_word(world, base, layout->type_dictoffset, 16);
		world_word(world, base, layout->type_weaklistoffset, 24);
		world_word(world, type, layout->type_dictoffset, 40);
		world_word(world, type, layout->type_weaklistoffset, 32);
		world_word(world, file, 16, 0x1400000001);
		world_word(world, file, 24, value);
		world_word(world, file, 40, dict);
		world_decode(world, file, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, dict, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 1, value, NAME_OFFSET, EDGE_GUESS);
	}
}

HEAP_TEST(decode_instance, an_instance_cut_by_its_mapping_is_a_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, "m", "C", world->object, 0, 48);
		uint64_t object = WORLD_START + WORLD_SIZE - 32;

		world_members(world, class, (struct world_member[]){{"x", 16, 40}, {NULL, 0, 0}});
		world_word(world, object, layout->object_refcount, 1);
		world_word(world, object, layout->object_type, class);
		world_decode(world, object, false);
		cr_assert_eq(world->edges.count, 1);
		cr_assert_geq(world->decoder.losses[LOSS_buffer_unreadable], 1);
	}
}
