#include "tests/test.h"

#include "base/arena.h"
#include "tests/base/help_memory.h"

#include <stdint.h>

static bool all_zero(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Every size from 0 to 300, filled as it comes: zeroes say that no other allocation reached in, the
 * sums at the end that none was overwritten. */
HEAP_TEST(arena, allocations_are_zeroed_aligned_and_apart)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	unsigned char *given[301];
	for (size_t size = 0; size <= 300; size++) {
		given[size] = arena_alloc(&arena, size);
		cr_assert_not_null(given[size]);
		cr_assert_eq((uintptr_t)given[size] % _Alignof(max_align_t), 0);
		cr_assert(all_zero(given[size], size));
		memset(given[size], (int)(size % 255) + 1, size);
	}
	for (size_t size = 0; size <= 300; size++)
		for (size_t i = 0; i < size; i++)
			cr_assert_eq(given[size][i], size % 255 + 1);
}

HEAP_TEST(arena, empty_allocations_differ)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	cr_assert_neq(arena_alloc(&arena, 0), arena_alloc(&arena, 0));
}

/* A block of its own must not retire the block that is being filled. */
HEAP_TEST(arena, large_allocation_keeps_the_block_in_use)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	char *first = arena_alloc(&arena, 16);
	unsigned char *large = arena_alloc(&arena, 3 << 20);
	char *second = arena_alloc(&arena, 16);
	cr_assert_not_null(large);
	cr_assert(all_zero(large, 3 << 20));
	cr_assert_eq(second - first, 16);
	cr_assert_lt(arena.total, (3 << 20) + 8192);
}

HEAP_TEST(arena, first_allocation_may_be_large)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	unsigned char *large = arena_alloc(&arena, 2 << 20);
	cr_assert(all_zero(large, 2 << 20));
	cr_assert_not_null(arena_alloc(&arena, 1));
}

HEAP_TEST(arena, takes_little_more_than_asked)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	for (int i = 0; i < 1000000; i++)
		cr_assert_not_null(arena_alloc(&arena, 32));
	cr_assert_geq(arena.total, 32000000);
	cr_assert_lt(arena.total, 34000000);
}

HEAP_TEST(arena, absurd_sizes_are_refused)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	cr_assert_null(arena_alloc(&arena, SIZE_MAX));
	cr_assert_null(arena_alloc(&arena, SIZE_MAX - 8));
	cr_assert_null(arena_copy(&arena, "", SIZE_MAX));
	cr_assert_not_null(arena_alloc(&arena, 8), "and the arena still works");
}

HEAP_TEST(arena, copies_end_with_nul)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	memset(arena_alloc(&arena, 64), 'x', 64);
	char *copy = arena_copy(&arena, "hello, world", 5);
	cr_assert_str_eq(copy, "hello");
	cr_assert_str_eq(arena_copy(&arena, NULL, 0), "");
	cr_assert_str_eq(copy, "hello");
}

HEAP_TEST(arena, deinit_leaves_an_empty_arena)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	cr_assert_not_null(arena_alloc(&arena, 10));
	arena_deinit(&arena);
	cr_assert_eq(arena.total, 0);
	cr_assert_not_null(arena_alloc(&arena, 10));
	arena_deinit(NULL);
}

HEAP_TEST(arena, survives_without_memory)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	char *kept = arena_copy(&arena, "kept", 4);
	memory_limit((size_t)16 << 20);
	size_t total = arena.total;
	cr_assert_null(arena_alloc(&arena, (size_t)1 << 30));
	cr_assert_eq(arena.total, total);
	cr_assert_str_eq(kept, "kept");
	cr_assert_not_null(arena_alloc(&arena, 16));
}

HEAP_TEST(arena, reset_hands_out_zeroes_again_and_keeps_one_block)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	arena_reset(&arena);
	cr_assert_eq(arena.total, 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 1000; i++) {
			unsigned char *bytes = arena_alloc(&arena, 100);
			cr_assert_not_null(bytes);
			for (int b = 0; b < 100; b++)
				cr_assert_eq(bytes[b], 0);
			memset(bytes, 0xff, 100);
		}
		size_t total = arena.total;
		arena_reset(&arena);
		/* In the end one block has room for a whole round. */
		if (round == 0)
			cr_assert_lt(arena.total, total);
		cr_assert_leq(arena.total, total);
	}
	cr_assert_not_null(arena_alloc(&arena, (size_t)4 << 20));
	arena_reset(&arena);
	cr_assert_lt(arena.total, (size_t)2 << 20);
}

HEAP_TEST(arena, reset_gives_back_a_lone_large_block)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	cr_assert_not_null(arena_alloc(&arena, (size_t)4 << 20));
	arena_reset(&arena);
	cr_assert_eq(arena.total, 0);
	cr_assert_not_null(arena_alloc(&arena, 10));
}
