/* Lookup: children, items and numbers of objects of a fake heap, under every layout; and of what is no object. */
#include "tests/test.h"

#include "dumper/lookup.h"
#include "tests/dumper/help_world.h"

HEAP_TEST(lookup, finds_children_by_name)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t value = world_list(world, 0), result = 1;
		uint64_t keys = world_keys(world, 1, 3, 1, 2, world_str(world, "other"), world->none,
					   world_str(world, "wanted"), value);
		uint64_t dict = world_dict(world, keys, 0, 2);

		world_open(world);
		assert_ok(lookup_own(&world->decoder, dict, false, "wanted", &result));
		cr_assert_eq(result, value, "%s: as a dict's value", layout->name);
		assert_ok(lookup_own(&world->decoder, dict, true, "wanted", &result));
		cr_assert_eq(result, value, "%s: as a namespace's attribute", layout->name);
		assert_ok(lookup_child(&world->decoder, dict, true, "missing", &result));
		cr_assert_eq(result, 0);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(lookup, lists_items)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(lookup_items) struct lookup_items items = {0};
		uint64_t key = world_int(world, 7), value = world_list(world, 0), name = world_str(world, "name");
		uint64_t numbers = world_dict(world, world_keys(world, 0, 3, 1, 1, key, value), 0, 1);
		uint64_t names = world_dict(world, world_keys(world, 1, 3, 1, 1, name, value), 0, 1);

		world_open(world);
		assert_ok(lookup_items(&world->decoder, numbers, false, &items));
		assert_ok(lookup_items(&world->decoder, names, true, &items));
		cr_assert_eq(items.list.count, 2);
		cr_assert(items.list.items[0].key == key && items.list.items[0].value == value, "%s", layout->name);
		cr_assert(items.list.items[1].key == name && items.list.items[1].value == value, "%s", layout->name);
	}
}

HEAP_TEST(lookup, reads_numbers_that_are_not_negative)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		const int64_t values[] = {0, 1, 4711, (1 << 30) - 1};
		uint64_t numbers[4], negative = world_int(world, -5), text = world_str(world, "5"), value = 0;
		bool found;

		for (size_t i = 0; i < 4; i++)
			numbers[i] = world_int(world, values[i]);
		world_open(world);
		for (size_t i = 0; i < 4; i++) {
			assert_ok(lookup_number(&world->decoder, numbers[i], &value, &found));
			cr_assert(found && value == (uint64_t)values[i], "%s: %lu", layout->name, (unsigned long)value);
		}
		assert_ok(lookup_number(&world->decoder, negative, &value, &found));
		cr_assert(!found, "%s", layout->name);
		assert_ok(lookup_number(&world->decoder, text, &value, &found));
		cr_assert(!found);
	}
}

HEAP_TEST(lookup, finds_nothing_where_nothing_is)
{
	static const uint64_t addresses[] = {0, 1, WORLD_UNMAPPED, WORLD_START + 0xfff008, UINT64_MAX - 7};

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(lookup_items) struct lookup_items items = {0};

		world_open(world);
		for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
			const struct type *type = (const struct type *)1;
			uint64_t result = 1;

			assert_ok(lookup_child(&world->decoder, addresses[i], false, "x", &result));
			assert_ok(lookup_type(&world->decoder, addresses[i], &type));
			assert_ok(lookup_items(&world->decoder, addresses[i], false, &items));
			cr_assert(result == 0 && type == NULL && items.list.count == 0);
		}
		cr_assert_eq(world_losses(world), 0);
	}
}
