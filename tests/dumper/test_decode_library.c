/* Types of the standard library: what they keep in blocks of their own, what a mark says is there, what buffers weigh.
 */
#include "tests/test.h"

#include "tests/dumper/help_world.h"

/* An instance of a new static type of that name; *type is the type. */
static uint64_t make(struct world *world, const char *name, uint64_t flags, int64_t basicsize, int64_t itemsize)
{
	return world_object(world, world_type(world, name, world->object, flags, basicsize, itemsize),
			    (uint64_t)basicsize + 64);
}

static bool has_fields(const struct layout *layout, const char *type)
{
	for (const struct layout_field *field = layout->fields; field->type != NULL; field++)
		if (strcmp(field->type, type) == 0)
			return true;
	return false;
}

static uint64_t preheader(const struct layout *layout, uint64_t flags)
{
	return (flags & WORLD_GC) != 0 ? (uint64_t)layout->gc_head_size : 0;
}

HEAP_TEST(decode_library, an_element_owns_what_its_block_holds)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t element = make(world, "xml.etree.ElementTree.Element", WORLD_GC, 56, 0);
		uint64_t extra = world_bytes(world, 64), children = world_bytes(world, 48);
		uint64_t tag = world_str(world, "a"), text = world_list(world, 0), child = world_str(world, "c");

		world_word(world, element, 16, tag);
		world_word(world, element, 24, text | 1);
		world_word(world, element, 40, extra);
		world_word(world, extra, 0, world->none);
		world_word(world, extra, 8, 2);
		world_word(world, extra, 16, 6);
		world_word(world, extra, 24, children);
		world_word(world, children, 0, child);
		world_word(world, children, 8, tag);
		world_decode(world, element, false);
		cr_assert_eq(world->edges.count, 5);
		world_expect(world, 0, tag, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 1, text, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 2, world->none, NAME_ATTRIBUTE, EDGE_OWNED);
		world_expect(world, 3, child, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 4, tag, NAME_INDEX, EDGE_OWNED);
		cr_assert_eq(world->decoded.getsizeof, preheader(layout, WORLD_GC) + 56 + 64 + 48);
		world_expect_buffer(world, 0, extra, 64, "state");
		world_expect_buffer(world, 1, children, 48, "items");
		cr_assert_eq(world->decoded.length, 2);
	}
}

HEAP_TEST(decode_library, an_element_with_absurd_children_is_a_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t element = make(world, "xml.etree.ElementTree.Element", WORLD_GC, 56, 0);
		uint64_t extra = world_bytes(world, 64), other;

		world_word(world, element, 40, extra);
		world_word(world, extra, 8, 7);
		world_word(world, extra, 16, 6);
		other = make(world, "xml.etree.ElementTree.Element", WORLD_GC, 56, 0);
		world_word(world, other, 40, WORLD_UNMAPPED);
		world_decode(world, element, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
		world_decode(world, other, false);
		cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
	}
}

/* The bytes of a naive datetime may look like a reference, and there is no room for a zone behind them. */
HEAP_TEST(decode_library, only_a_marked_datetime_has_a_zone)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t date = world_type(world, "datetime.date", world->object, 0, 32, 0);
		uint64_t type = world_type(world, "datetime.datetime", date, 0, 48, 0);
		uint64_t naive = world_object(world, type, 48), aware = world_object(world, type, 48);
		uint64_t day = world_object(world, date, 32), zone = world_list(world, 0);

		world_word(world, day, 24, zone);
		world_word(world, naive, 32, zone);
		world_word(world, naive, 40, zone);
		world_word(world, aware, 24, 1);
		world_word(world, aware, 40, zone);
		world_decode(world, day, false);
		cr_assert_eq(world->edges.count, 0);
		world_decode(world, naive, false);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world->decoded.size, 40);
		cr_assert_eq(world->decoded.getsizeof, 48);
		world_decode(world, aware, false);
		cr_assert_eq(world->edges.count, 1);
		cr_assert_eq(world->decoded.size, 48);
		world_expect(world, 0, zone, NAME_ATTRIBUTE, EDGE_UNVISITED);
	}
}

HEAP_TEST(decode_library, nodes_of_a_context_own_their_items)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t bitmap = make(world, "hamt_bitmap_node", WORLD_GC, 32, 8);
		uint64_t branch = make(world, "hamt_array_node", WORLD_GC, 280, 0), key = world_str(world, "k");

		world_word(world, bitmap, layout->var_size, 2);
		world_word(world, bitmap, 32, key);
		world_word(world, bitmap, 40, world->none);
		world_word(world, bitmap, 48, key);
		world_word(world, branch, 16 + 8 * 31, bitmap);
		world_decode(world, bitmap, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, key, NAME_INDEX, EDGE_OWNED);
		world_decode(world, branch, false);
		cr_assert_eq(world->edges.count, 1);
		world_expect(world, 0, bitmap, NAME_INDEX, EDGE_OWNED);
	}
}

HEAP_TEST(decode_library, a_queue_is_read_round_the_end_of_its_buffer)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t queue = make(world, "_queue.SimpleQueue", WORLD_GC, 72, 0), items = world_bytes(world, 32);
		uint64_t first = world_str(world, "1"), second = world_str(world, "2");

		if (has_fields(layout, "_queue.SimpleQueue"))
			continue; /* a list, until 3.12 */
		world_word(world, queue, 32, 3);
		world_word(world, queue, 40, items);
		world_word(world, queue, 48, 4);
		world_word(world, queue, 56, 2);
		world_word(world, items, 24, first);
		world_word(world, items, 0, second);
		world_decode(world, queue, false);
		cr_assert_eq(world->edges.count, 2);
		world_expect(world, 0, first, NAME_INDEX, EDGE_OWNED);
		world_expect(world, 1, second, NAME_INDEX, EDGE_OWNED);
		cr_assert_eq(world->decoded.length, 2);
		cr_assert_eq(world->decoded.size, 72 + 4 * 8 + preheader(layout, WORLD_GC));
		world_expect_buffer(world, 0, items, 4 * 8, "items");
		cr_assert_eq(world->decoded.size - world->decoded.getsizeof, layout->ring_sized ? 0 : 4 * 8);
	}
}

HEAP_TEST(decode_library, a_queue_of_another_size_is_left_to_scanning)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t queue = make(world, "_queue.SimpleQueue", WORLD_GC, 80, 0), list = world_list(world, 0);

		world_word(world, queue, 72, list);
		world_decode(world, queue, false);
		cr_assert_leq(world->edges.count, 1, "nothing of it is taken for a buffer");
		cr_assert_eq(world->decoded.length, 0);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_library, buffers_count_to_their_owner)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t packer = make(world, "_struct.Struct", 0, 56, 0), codes = world_bytes(world, 96);
		uint64_t reader = make(world, "_io.BufferedReader", 0, 152, 0);
		uint64_t permutations = make(world, "itertools.permutations", 0, 64, 0);
		uint64_t pairs = make(world, "itertools.combinations", 0, 56, 0);
		uint64_t number = make(world, "decimal.Decimal", 0, 104, 0),
			 small = make(world, "decimal.Decimal", 0, 104, 0);
		uint64_t pool = world_tuple(world, 3, world->none, world->none, world->none);

		world_word(world, packer, 32, codes);
		world_word(world, codes, 0, 1);
		world_word(world, codes, 32, 1);
		world_word(world, reader, 56, codes);
		world_word(world, reader, 120, 8192);
		world_word(world, permutations, 16, pool);
		world_word(world, permutations, 24, codes);
		world_word(world, permutations, 32, codes + 24);
		world_word(world, permutations, 48, 2);
		world_word(world, pairs, 24, codes);
		world_word(world, pairs, 40, 4);
		world_word(world, number, 56, 9);
		world_word(world, number, 64, codes);
		world_word(world, small, 56, 4);
		world_word(world, small, 64, small + 72);
		world_decode(world, packer, false);
		cr_assert_eq(world->decoded.getsizeof, 56 + 3 * 32);
		world_expect_buffer(world, 0, codes, 3 * 32, "codes");
		world_decode(world, reader, false);
		cr_assert_eq(world->decoded.getsizeof, 152 + 8192);
		world_expect_buffer(world, 0, codes, 8192, "data");
		world_decode(world, permutations, false);
		cr_assert_eq(world->decoded.getsizeof, 64 + 5 * 8);
		world_expect_buffer(world, 0, codes, 3 * 8, "indices");
		world_expect_buffer(world, 1, codes + 24, 2 * 8, "indices");
		world_decode(world, pairs, false);
		cr_assert_eq(world->decoded.getsizeof, 56 + 4 * 8);
		world_expect_buffer(world, 0, codes, 4 * 8, "indices");
		world_decode(world, number, false);
		cr_assert_eq(world->decoded.getsizeof, 104 + 9 * 8);
		world_expect_buffer(world, 0, codes, 9 * 8, "digits");
		world_decode(world, small, false);
		cr_assert_eq(world->decoded.getsizeof, 104);
		cr_assert_eq(world->buffers.count, 0);
		cr_assert_eq(world_losses(world), 0);
	}
}

/* sys.getsizeof counts the bytes of a BytesIO, but they are an object of their own. */
HEAP_TEST(decode_library, bytes_are_not_counted_twice)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t stream = make(world, "_io.BytesIO", 0, 64, 0), bytes = world_object(world, world->bytes, 64);

		world_word(world, bytes, layout->var_size, 10);
		world_word(world, stream, 16, bytes);
		world_decode(world, stream, false);
		cr_assert_eq(world->decoded.size, 64);
		cr_assert_eq(world->decoded.getsizeof, 64 + (uint64_t)layout->bytes_value + 11);
		world_expect_native(world, bytes + (uint64_t)layout->bytes_value, 10, "BytesIO", false, bytes);
	}
}

HEAP_TEST(decode_library, a_view_has_memory_of_its_exporter)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t view = make(world, "memoryview", WORLD_GC, 144, 8), released = make(world, "memoryview", WORLD_GC, 144, 8);
		uint64_t exporter = world_bytes_object(world, "0123456789", 10);

		world_word(world, view, 56, exporter + (uint64_t)layout->bytes_value + 2);
		world_word(world, view, 64, exporter);
		world_word(world, view, 72, 5);
		world_word(world, released, 40, 1);
		world_word(world, released, 56, exporter);
		world_word(world, released, 72, 5);
		world_decode(world, view, false);
		world_expect_native(world, exporter + (uint64_t)layout->bytes_value + 2, 5, "memoryview", false, exporter);
		cr_assert_eq(world->buffers.count, 0);
		world_decode(world, released, false);
		cr_assert_eq(world->natives.count, 0);
		cr_assert_eq(world_losses(world), 0);
	}
}

/* What is mapped counts to its size, but not to sys.getsizeof. */
HEAP_TEST(decode_library, a_mapping_is_its_owners)
{
	static const int64_t sizes[] = {72, 80, 88};

	EACH_LAYOUT(layout)
	{
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			AUTO(world) struct world *world = world_create(layout);
			uint64_t mapped = make(world, "mmap.mmap", 0, sizes[i], 0), closed = make(world, "mmap.mmap", 0, sizes[i], 0);
			uint64_t torn = make(world, "mmap.mmap", 0, sizes[i], 0);

			world_word(world, mapped, 16, WORLD_UNMAPPED);
			world_word(world, mapped, 24, 12345);
			world_word(world, closed, 24, 12345);
			world_word(world, torn, 16, WORLD_UNMAPPED);
			world_word(world, torn, 24, UINT64_MAX);
			world_decode(world, mapped, false);
			cr_assert_eq(world->decoded.size, (uint64_t)sizes[i] + 12345);
			cr_assert_eq(world->decoded.getsizeof, (uint64_t)sizes[i]);
			cr_assert_eq(world->decoded.length, 12345);
			world_expect_buffer(world, 0, WORLD_UNMAPPED, 12345, "data");
			world_expect_native(world, WORLD_UNMAPPED, 12345, "mmap", true, 0);
			world_decode(world, closed, false);
			cr_assert_eq(world->decoded.size, (uint64_t)sizes[i]);
			cr_assert_eq(world->natives.count, 0);
			cr_assert_eq(world_losses(world), 0);
			world_decode(world, torn, false);
			cr_assert_eq(world->decoded.size, (uint64_t)sizes[i]);
			cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
		}
	}
}

/* Before 3.13: the class visits proto, the dict counts the rest. */
HEAP_TEST(decode_library, a_class_of_ctypes_visits_its_proto)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		int64_t start = layout->dict_size;
		uint64_t storage =
			world_type(world, "StgDict", world->dict, WORLD_GC | (uint64_t)1 << 29, start + 144, 0);
		uint64_t meta = world_type(world, "_ctypes.PyCPointerType", world->type, WORLD_GC | (uint64_t)1 << 31,
					   layout->heaptype_size, layout->member_size);
		uint64_t dict = world_object(world, storage, (uint64_t)start + 160), proto = world_list(world, 0);
		uint64_t class = world_class(world, NULL, "LP_int", world->object, 0, 96);
		bool found = false;

		world_word(world, dict, layout->dict_keys, world_keys(world, 1, 3, 1, 0));
		world_word(world, dict, start + 48, proto);
		world_word(world, dict, start + 120, world_text(world, "<i"));
		world_word(world, class, layout->object_type, meta);
		world_word(world, class, layout->type_dict, dict);
		world_word(world, meta, layout->type_traverse, 0x1234);
		world_decode(world, class, false);
		for (size_t i = 0; i < world->edges.count; i++)
			found |= world->edges.items[i].target == proto && world->edges.items[i].class == EDGE_OWNED;
		cr_assert(found, "%s", layout->name);
		world_decode(world, dict, false);
		for (size_t i = 0; i < world->edges.count; i++)
			cr_assert(world->edges.items[i].target != proto || world->edges.items[i].class == EDGE_GUESS);
		cr_assert_geq(world->decoded.getsizeof, (uint64_t)start + 2 * 144 + 3);
	}
}

/* From 3.13 on what ctypes knows of a class lies behind it, from a multiple of 16 bytes on. */
HEAP_TEST(decode_library, a_class_of_ctypes_ends_with_what_ctypes_knows)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		int64_t start = (layout->heaptype_size + 15) & ~15, size = layout->refcount_32 ? 176 : 160;
		uint64_t meta =
			world_type(world, "_ctypes.CType_Type", world->type, (uint64_t)1 << 31, start + size, 0);
		uint64_t class = world_object(world, meta, (uint64_t)(start + size)), proto = world_list(world, 0);
		uint64_t module = world_list(world, 0);

		if (!has_fields(layout, "_ctypes.CType_Type"))
			continue;
		world_word(world, class, layout->type_flags, WORLD_HEAP);
		world_word(world, class, start + 7 * 8, proto);
		world_word(world, class, start + (size == 160 ? 15 : 16) * 8, module);
		world_word(world, class, start + (size == 160 ? 17 : 18) * 8, world_text(world, "<i"));
		world_decode(world, class, false);
		cr_assert_neq(world_find(world, proto), SIZE_MAX, "%s", layout->name);
		cr_assert_neq(world_find(world, module), SIZE_MAX, "%s", layout->name);
		cr_assert_eq(world->decoded.getsizeof, (uint64_t)(start + size) + 3, "%s: %lu", layout->name,
			     (unsigned long)world->decoded.getsizeof);
		cr_assert_eq(world_losses(world), 0);
	}
}
