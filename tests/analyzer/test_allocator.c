/* In which block does a byte lie? Compared with looking at every block; and rows that contradict themselves. */
#include "analyzer/allocator.h"

#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static unsigned roll(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(*state >> 33) % below;
}

static void read(struct loaded *loaded, struct allocator *allocator, const char *rows)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_printf(&text, "object 0x10 dict\n%s", rows);
	help_load(loaded, text_string(&text));
	assert_ok(allocator_create(loaded->reader, allocator));
}

/* Arenas of 64 KiB with pools of 4 KiB here and there, rows in any order. */
static void add_arenas(struct text *text, uint64_t *state)
{
	for (unsigned a = 0; a < 4; a++)
		text_printf(text, "row arenas address=0x%x size=65536 pools=16 free_pools=4\n", 0x100000 + a * 0x20000);
	for (unsigned a = 4; a-- > 0;)
		for (unsigned p = 0; p < 12; p++) {
			unsigned block_size = 16 * (1 + roll(state, 32)), capacity = (4096 - 48) / block_size;
			unsigned place = a % 2 == 0 ? 15 - p : p;
			if (roll(state, 3) > 0)
				text_printf(text, "row pools address=0x%x arena=%u block_size=%u capacity=%u used=%u\n",
					    0x100000 + a * 0x20000 + place * 4096, a, block_size, capacity,
					    roll(state, capacity + 1));
		}
}

static uint64_t look_everywhere(const struct allocator *allocator, uint64_t address, uint32_t *pool)
{
	for (uint32_t p = 0; p < allocator->pools.count; p++) {
		const struct pool_place *place = &allocator->pools.items[p];
		for (uint32_t b = 0; b < place->capacity; b++) {
			uint64_t start = place->address + POOL_HEADER + (uint64_t)b * place->block_size;
			if (address >= start && address - start < place->block_size) {
				*pool = p;
				return place->first_block + b;
			}
		}
	}
	return BLOCK_NONE;
}

HEAP_TEST(allocator, finds_the_block_of_an_address)
{
	uint64_t state = 3;
	AUTO(text) struct text text = {0};
	AUTO(loaded) struct loaded loaded = {0};
	AUTO(allocator) struct allocator allocator = {0};
	text_init(&text);
	add_arenas(&text, &state);
	read(&loaded, &allocator, text_string(&text));
	cr_assert_eq(allocator.left_out, 0);
	cr_assert_gt(allocator.pools.count, 20);
	uint32_t ascending = 0, jumping = 0, expected_pool = 0;
	for (uint64_t address = 0xff000; address < 0x190000; address += 1 + roll(&state, 40)) {
		uint64_t expected = look_everywhere(&allocator, address, &expected_pool);
		cr_assert_eq(allocator_block(&allocator, address, &ascending), expected, "0x%lx", address);
		cr_assert(expected == BLOCK_NONE || ascending == expected_pool);
		uint64_t other = 0xff000 + roll(&state, 0x91000);
		cr_assert_eq(allocator_block(&allocator, other, &jumping),
			     look_everywhere(&allocator, other, &expected_pool));
	}
	cr_assert_eq(allocator_block(&allocator, 0, &jumping), BLOCK_NONE);
	cr_assert_eq(allocator_block(&allocator, UINT64_MAX, &jumping), BLOCK_NONE);
}

/* From 3.10 on an arena lies askew, and has room for a pool less than its size would have. */
HEAP_TEST(allocator, an_arena_may_lie_askew)
{
	AUTO(loaded) struct loaded loaded = {0};
	AUTO(allocator) struct allocator allocator = {0};
	read(&loaded, &allocator,
	     "row arenas address=0x101000 size=1048576 pools=63 free_pools=62\n"
	     "row pools address=0x104000 arena=0 block_size=512 capacity=31 used=3 objects=1 buffers=2 asked=1400\n");
	cr_assert_eq(allocator.left_out, 0);
	cr_assert_eq(allocator.arenas.items[0].pool_size, 16384);
	cr_assert_eq(allocator.arenas.items[0].used, 1536);
	cr_assert_eq(allocator.arenas.items[0].in_use, 1);
}

#define ARENA "row arenas address=0x100000 size=65536 pools=16 free_pools=14\n"
#define POOL "row pools address=0x100000 arena=0 block_size=64 capacity=63 used=5\n"

static void check_left_out(const char *rows, uint64_t left_out, size_t arenas, size_t pools)
{
	AUTO(loaded) struct loaded loaded = {0};
	AUTO(allocator) struct allocator allocator = {0};
	read(&loaded, &allocator, rows);
	cr_assert_eq(allocator.left_out, left_out, "%s", rows);
	cr_assert_eq(allocator.arenas.count, arenas, "%s", rows);
	cr_assert_eq(allocator.pools.count, pools, "%s", rows);
}

HEAP_TEST(allocator, leaves_out_what_contradicts_itself)
{
	check_left_out(ARENA POOL, 0, 1, 1);
	check_left_out("row arenas\n", 1, 0, 0);
	check_left_out("row arenas address=0x1000 size=65536 pools=16 free_pools=17\n", 1, 0, 0);
	check_left_out("row arenas address=0x1000 size=65536 pools=65536\n", 1, 0, 0);
	check_left_out("row arenas address=0xffffffffffff0000 size=0x20000 pools=16\n", 1, 0, 0);
	check_left_out("row arenas address=0x1000 size=0xffffffffffffffff pools=1\n", 1, 0, 0);
	check_left_out(ARENA "row arenas address=0x10ffff size=65536 pools=16\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0x100000 block_size=64 capacity=63\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0xff000 arena=0 block_size=64 capacity=63\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0x10f001 arena=0 block_size=64 capacity=63\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0x100000 arena=0 block_size=0 capacity=63\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0x100000 arena=0 block_size=64 capacity=0\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0x100000 arena=0 block_size=64 capacity=64\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0x100000 arena=0 block_size=64 capacity=63 used=64\n", 1, 1, 0);
	check_left_out(ARENA "row pools address=0x100000 arena=0 block_size=64 capacity=9 used=9 objects=10\n", 1, 1,
		       0);
	check_left_out(ARENA "row pools address=0x100000 arena=0 block_size=64 capacity=9 used=9 objects=5 buffers=5\n",
		       1, 1, 0);
	check_left_out(ARENA "row pools address=0x100000 arena=0 block_size=64 capacity=9 used=9 objects=2 asked=129\n",
		       1, 1, 0);
	check_left_out(ARENA POOL POOL, 1, 1, 1);
	check_left_out(ARENA POOL "row pools address=0x100fff arena=0 block_size=64 capacity=63 used=5\n", 1, 1, 1);
	/* A third one, where the arena says that 14 of its 16 are free. */
	check_left_out(ARENA POOL "row pools address=0x101000 arena=0 block_size=64 capacity=63\n"
				  "row pools address=0x102000 arena=0 block_size=64 capacity=63\n",
		       1, 1, 2);
}
