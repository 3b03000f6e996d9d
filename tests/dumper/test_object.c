/* Objects: which heads are believed, for an edge and for a word that may be anything. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

static enum object_verdict load(struct world *world, uint64_t address, struct object *object)
{
	enum object_verdict verdict = OBJECT_GOOD;

	world_open(world);
	assert_ok(object_load(world->decoder.types, world->mirror, world->layout, address, object, &verdict));
	return verdict;
}

static bool guess(struct world *world, uint64_t address)
{
	struct object object;
	bool plausible = true;

	world_open(world);
	assert_ok(object_guess(world->decoder.types, world->mirror, world->layout, address, &object, &plausible));
	return plausible;
}

static void set_refcount(struct world *world, uint64_t address, uint64_t count)
{
	if (world->layout->refcount_32)
		image_u32(world->image, address + (uint64_t)world->layout->object_refcount, (uint32_t)count);
	else
		world_word(world, address, world->layout->object_refcount, count);
}

HEAP_TEST(object, loads_what_has_a_type_and_a_count)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t good = world_list(world, 0), dead = world_list(world, 0), untyped = world_list(world, 0);
		struct object object = {0};

		set_refcount(world, good, 3);
		set_refcount(world, dead, 0);
		world_word(world, untyped, layout->object_type, world->none);
		cr_assert_eq(load(world, good, &object), OBJECT_GOOD);
		cr_assert_eq(object.address, good);
		cr_assert_eq(object.refcount, 3);
		cr_assert_not(object.immortal);
		cr_assert_eq(type_table_at(world->decoder.types, object.type)->address, world->list);
		cr_assert_eq(load(world, dead, &object), OBJECT_BAD_COUNT);
		cr_assert_eq(load(world, untyped, &object), OBJECT_NO_TYPE);
		cr_assert_eq(load(world, good + 4, &object), OBJECT_UNREADABLE);
		cr_assert_eq(load(world, 0, &object), OBJECT_UNREADABLE);
		cr_assert_eq(load(world, WORLD_UNMAPPED, &object), OBJECT_UNREADABLE);
		cr_assert_eq(load(world, UINT64_MAX & ~(uint64_t)7, &object), OBJECT_UNREADABLE);
		cr_assert_eq(object.address, good, "a failed load leaves the object as it was");
	}
}

HEAP_TEST(object, tells_immortal_ones)
{
	static const uint64_t least[] = {0, 999999999, 0x3fffffff, (uint64_t)1 << 31};

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t above = world_list(world, 0), below = world_list(world, 0);
		uint64_t limit = layout->refcount_immortal > 0 ? least[layout->refcount_immortal] : 1000000;
		struct object object = {0};

		set_refcount(world, above, limit);
		set_refcount(world, below, limit - 1);
		cr_assert_eq(load(world, above, &object), OBJECT_GOOD);
		cr_assert_eq(object.immortal, layout->refcount_immortal > 0);
		cr_assert_eq(load(world, below, &object), OBJECT_GOOD);
		cr_assert_not(object.immortal);
	}
}

HEAP_TEST(object, guesses_untracked_and_linked_ones)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t untracked = world_list(world, 0), a = world_list(world, 0), b = world_list(world, 0);
		uint64_t broken = world_list(world, 0), wild = world_list(world, 0), prev_only = world_list(world, 0);
		uint64_t text = world_str(world, "no head");

		world_word(world, a, -16, b - 16);
		world_word(world, a, -8, (b - 16) | 1); /* finalized */
		world_word(world, b, -16, a - 16);
		world_word(world, b, -8, a - 16);
		world_word(world, broken, -16, a - 16);
		world_word(world, broken, -8, a - 16);
		world_word(world, wild, -16, WORLD_UNMAPPED);
		world_word(world, prev_only, -8, a - 16);
		world_word(world, text, -16, 0x1234); /* whatever lies there is none of its business */
		cr_assert(guess(world, untracked));
		cr_assert(guess(world, a));
		cr_assert(guess(world, b));
		cr_assert(guess(world, text));
		cr_assert(guess(world, world->list), "a static type has no collector's head");
		cr_assert_not(guess(world, broken));
		cr_assert_not(guess(world, wild));
		cr_assert_not(guess(world, prev_only));
	}
}

/* Half of a link looks like a refcount of 32 bits, even an immortal one; the other half must tell. */
HEAP_TEST(object, tells_a_link_from_a_refcount)
{
	static const uint64_t links[] = {0x7f1fd2b2d8c0, 0x7f1f00000010, 0x55550000a0c0, 0x100000001};

	EACH_LAYOUT(layout)
	{
		for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
			AUTO(world) struct world *world = world_create(layout);
			uint64_t freed = world_list(world, 0), fixed = world_list(world, 0);

			world_word(world, freed, layout->object_refcount, links[i]);
			world_word(world, fixed, layout->object_refcount, (uint64_t)5 << 48 | (uint64_t)3 << 30);
			cr_assert_not(guess(world, freed), "%s: %lx", layout->name, (unsigned long)links[i]);
			cr_assert_eq(guess(world, fixed), layout->refcount_32 != 0, "%s", layout->name);
		}
	}
}

HEAP_TEST(object, guesses_nothing_from_garbage)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t freed = world_list(world, 0), counted = world_list(world, 0), buffer = world_bytes(world, 64);
		uint32_t types;

		world_word(world, freed, 0, counted); /* the allocator's free list */
		set_refcount(world, counted, 0x20000000);
		world_word(world, buffer, 0, 1);
		world_word(world, buffer, 8, counted);
		world_open(world);
		types = type_table_count(world->decoder.types);
		cr_assert_not(guess(world, counted));
		cr_assert_not(guess(world, buffer));
		cr_assert_not(guess(world, buffer + 1));
		cr_assert_not(guess(world, WORLD_UNMAPPED));
		cr_assert_not(guess(world, 8));
		cr_assert_eq(type_table_count(world->decoder.types), types);
		cr_assert_not(guess(world, freed));
	}
}
