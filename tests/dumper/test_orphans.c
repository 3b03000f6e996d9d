/* Orphans: objects in blocks that nothing explains, and what only looks like one. */
#include "tests/dumper/help_pools.h"
#include "tests/test.h"

#include "dumper/orphans.h"

#define BLOCK 64u

struct place { /* one pool of blocks of 64 bytes, in which objects are made */
	struct world *world;
	struct pymalloc pymalloc;
	struct orphans orphans;
	uint64_t pool;
	uint64_t prefix;
};

static void place_init(struct place *place, struct world *world, uint32_t blocks)
{
	*place = (struct place){.world = world};
	pymalloc_init(&place->pymalloc, world);
	orphans_init(&place->orphans);
	place->pool = pymalloc_arena(&place->pymalloc, 0, 1);
	pymalloc_pool(&place->pymalloc, place->pool, 0, BLOCK, blocks, NULL, 0);
}

static void place_deinit(struct place *place)
{
	orphans_deinit(&place->orphans);
	pymalloc_deinit(&place->pymalloc);
}
DEFINE_AUTO_VALUE(place, struct place, place_deinit);

static uint64_t block_at(const struct place *place, uint32_t number)
{
	return pymalloc_block(&place->pymalloc, place->pool, BLOCK, number);
}

/* Calls that make an object of the world in a block, `before` bytes in. */
#define IN_BLOCK(place, number, before, make)                                                                          \
	__extension__({                                                                                                \
		uint64_t next_ = (place)->world->next, made_;                                                          \
		(place)->world->next = block_at(place, number) + (before);                                             \
		made_ = (make);                                                                                        \
		(place)->world->next = next_;                                                                          \
		made_;                                                                                                 \
	})

/* Finds orphans once all of `known` has been decoded, as objects of the snapshot have. */
static void place_search(struct place *place, const uint64_t *known, size_t count)
{
	pymalloc_read(&place->pymalloc);
	for (size_t i = 0; i < count; i++)
		world_decode(place->world, known[i], false);
	assert_ok(orphans_find(&place->world->decoder, &place->pymalloc.pools, place->prefix,
			       type_table_count(place->world->decoder.types), &place->orphans));
}

static const struct orphan_row *orphan_at(const struct place *place, uint64_t address)
{
	for (size_t i = 0; i < place->orphans.rows.count; i++)
		if (place->orphans.rows.items[i].address == address)
			return &place->orphans.rows.items[i];
	return NULL;
}

HEAP_TEST(orphans, are_told_with_size_and_content)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(place) struct place place;
		uint64_t size = (uint64_t)layout->unicode_ascii_size, other = world_str(world, "leaked"), hash;

		place_init(&place, world, 5);
		/* of a size that the block is the smallest for */
		uint64_t text = IN_BLOCK(&place, 1, 0, world_str(world, size == 48 ? "leaked" : "leaked by C code..."));
		uint64_t bytes = IN_BLOCK(&place, 3, 0, world_bytes_object(world, "0123456789abcdefghi", 19));
		uint64_t known[] = {other, world_bytes_object(world, "", 0)};
		place_search(&place, known, 2);
		cr_assert_eq(place.orphans.rows.count, 2, "%s: %zu", layout->name, place.orphans.rows.count);
		const struct orphan_row *row = orphan_at(&place, text);
		cr_assert_not_null(row);
		cr_assert_eq(row->refcount, 1);
		cr_assert_eq(row->holder, NO_ID);
		cr_assert_str_eq(type_table_at(world->decoder.types, row->type)->name, "str");
		world_decode(world, text, false);
		hash = world->decoded.content_hash;
		cr_assert_eq(row->content_hash, hash);
		cr_assert_neq(row->content_hash, 0);
		cr_assert_eq(row->size, world->decoded.size);
		cr_assert_eq(row->length, world->decoded.length);
		cr_assert_not_null(orphan_at(&place, bytes));
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(orphans, what_is_explained_is_none)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(place) struct place place;

		place_init(&place, world, 3);
		uint64_t bytes = IN_BLOCK(&place, 1, 0, world_bytes_object(world, "0123456789abcdefghi", 19));
		uint64_t known = world_bytes_object(world, "", 0);
		pymalloc_read(&place.pymalloc);
		(void)pools_explain(&place.pymalloc.pools, bytes);
		world_decode(world, known, false);
		assert_ok(orphans_find(&world->decoder, &place.pymalloc.pools, 0,
				       type_table_count(world->decoder.types), &place.orphans));
		cr_assert_eq(place.orphans.rows.count, 0);
	}
}

/* A tuple that the collector does not track lies behind its head, and holds others. */
HEAP_TEST(orphans, one_holds_another)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(place) struct place place;
		uint64_t head = (uint64_t)layout->gc_head_size;

		place_init(&place, world, 4);
		uint64_t held = IN_BLOCK(&place, 0, 0, world_bytes_object(world, "0123456789abcdefghi", 19));
		uint64_t tuple = IN_BLOCK(&place, 2, head, world_tuple(world, 2, world->none, held));
		uint64_t known[] = {world_bytes_object(world, "", 0), world_tuple(world, 0)};
		place_search(&place, known, 2);
		cr_assert_eq(place.orphans.rows.count, 2, "%s: %zu", layout->name, place.orphans.rows.count);
		cr_assert_eq(place.orphans.rows.items[0].address, held);
		cr_assert_eq(place.orphans.rows.items[0].holder, 1);
		cr_assert_eq(place.orphans.rows.items[1].address, tuple);
		cr_assert_eq(place.orphans.rows.items[1].holder, NO_ID);
	}
}

HEAP_TEST(orphans, the_debug_allocator_moves_them)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(place) struct place place;

		place_init(&place, world, 3);
		uint64_t bytes = IN_BLOCK(&place, 1, 16, world_bytes_object(world, "01", 2));
		uint64_t known = world_bytes_object(world, "", 0);
		place.prefix = 16;
		place_search(&place, &known, 1);
		cr_assert_eq(place.orphans.rows.count, 1, "%s: %zu", layout->name, place.orphans.rows.count);
		cr_assert_eq(place.orphans.rows.items[0].address, bytes);
	}
}

/* What fails one of the checks. */
HEAP_TEST(orphans, what_only_looks_like_one_is_none)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(place) struct place place;
		uint64_t head = (uint64_t)layout->gc_head_size, rare;

		place_init(&place, world, 12);
		/* freed, kept on a list of CPython's own */
		uint64_t dead = IN_BLOCK(&place, 0, 0, world_bytes_object(world, "0123456789abcdefghi", 19));
		image_u64(world->image, dead + (uint64_t)layout->object_refcount, 0);
		/* larger than its block, and much smaller */
		IN_BLOCK(&place, 1, 0, world_bytes_object(world, "0123456789abcdefghi0123456789abcdefghi", 38));
		IN_BLOCK(&place, 3, 0, world_bytes_object(world, "", 0));
		/* tracked by the collector, but on no list */
		uint64_t tuple = IN_BLOCK(&place, 4, head, world_tuple(world, 2, world->none, world->none));
		world_word(world, tuple, -(int64_t)head, block_at(&place, 6));
		/* a collector's head where its type has none, and none where it has one */
		IN_BLOCK(&place, 5, head, world_bytes_object(world, "012", 3));
		IN_BLOCK(&place, 7, 0, world_tuple(world, 4, world->none, world->none, world->none, world->none));
		/* of a type that no object of the heap has */
		rare = world_type(world, "rare", world->object, 0, BLOCK, 0);
		IN_BLOCK(&place, 8, 0, world_object(world, rare, BLOCK));
		/* two words, a number and an address */
		world_word(world, block_at(&place, 9), 0, 3);
		world_word(world, block_at(&place, 9), 8, block_at(&place, 9));
		uint64_t known[] = {world_bytes_object(world, "", 0), world_tuple(world, 0)};
		place_search(&place, known, 2);
		for (size_t i = 0; i < place.orphans.rows.count; i++)
			cr_assert_fail("%s: block %lu", layout->name,
				       (unsigned long)((place.orphans.rows.items[i].address - place.pool - 48) /
						       BLOCK));
	}
}

/* An int that a subtraction has made small keeps its block. */
HEAP_TEST(orphans, an_int_may_have_shrunk)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(place) struct place place;

		place_init(&place, world, 2);
		uint64_t number = IN_BLOCK(&place, 0, 0, world_int(world, 12345)), known = world_int(world, 1);
		place_search(&place, &known, 1);
		cr_assert_eq(place.orphans.rows.count, 1);
		cr_assert_eq(place.orphans.rows.items[0].address, number);
		cr_assert_neq(place.orphans.rows.items[0].content_hash, 0);
	}
}

/* Blocks of random words, most of which are types and counts: whatever is found lies in its block, and no loss is
 * counted. */
HEAP_TEST(orphans, torn_blocks_do_no_harm)
{
	uint64_t state = 7;

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(place) struct place place;
		const uint64_t words[] = {1,
					  2,
					  world->str,
					  world->tuple,
					  world->dict,
					  world->list,
					  world->integer,
					  world->type,
					  world->bytes,
					  0,
					  UINT64_MAX,
					  WORLD_UNMAPPED};

		place_init(&place, world, 60);
		for (uint64_t at = block_at(&place, 0); at < block_at(&place, 60); at += 8) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			world_word(world, at, 0, words[(state >> 33) % (sizeof words / sizeof words[0])]);
		}
		uint64_t known[] = {world_str(world, "a"),
				    world_tuple(world, 0),
				    world_int(world, 1),
				    world->type,
				    world_list(world, 0),
				    world_bytes_object(world, "", 0),
				    world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0)};
		place_search(&place, known, sizeof known / sizeof known[0]);
		for (size_t i = 0; i < place.orphans.rows.count; i++) {
			const struct orphan_row *row = &place.orphans.rows.items[i];

			cr_assert(row->address >= block_at(&place, 0) && row->address < block_at(&place, 60));
			cr_assert(row->holder == NO_ID || row->holder < place.orphans.rows.count);
		}
		cr_assert_eq(world_losses(world), 0);
	}
}
