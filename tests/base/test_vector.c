#include "tests/test.h"

#include "base/vector.h"
#include "tests/base/help_memory.h"

#include <stdint.h>

HEAP_TEST(vector, pushes_keep_order_and_move_rarely)
{
	VECTOR(uint32_t) vector = {0};
	int moves = 0;
	for (uint32_t i = 0; i < 1000000; i++) {
		size_t before = vector.capacity;
		assert_ok(vector_push(&vector, i));
		moves += vector.capacity != before;
	}
	cr_assert_eq(vector.count, 1000000);
	cr_assert_lt(moves, 40, "%d moves for a million pushes", moves);
	cr_assert_leq(vector.capacity, 1500000);
	for (uint32_t i = 0; i < 1000000; i++)
		if (vector.items[i] != i)
			cr_assert_fail("item %u is %u", i, vector.items[i]);
	vector_deinit(&vector);
	cr_assert_null(vector.items);
	cr_assert_eq(vector.count + vector.capacity, 0);
}

HEAP_TEST(vector, reserve_is_enough_for_what_follows)
{
	VECTOR(uint64_t) vector = {0};
	assert_ok(vector_reserve(&vector, 1000));
	uint64_t *place = vector.items;
	size_t capacity = vector.capacity;
	for (uint64_t i = 0; i < 1000; i++)
		assert_ok(vector_push(&vector, i));
	cr_assert_eq(vector.items, place);
	cr_assert_eq(vector.capacity, capacity);
	assert_ok(vector_reserve(&vector, 1));
	cr_assert_eq(vector.capacity, capacity);
	vector_deinit(&vector);
}

HEAP_TEST(vector, structs_can_be_pushed)
{
	struct point {
		int x, y;
	};
	VECTOR(struct point) vector = {0};
	assert_ok(vector_push(&vector, (struct point){3, 4}));
	cr_assert_eq(vector.items[0].x, 3);
	cr_assert_eq(vector.items[0].y, 4);
	vector_deinit(&vector);
}

HEAP_TEST(vector, refused_growth_changes_nothing)
{
	VECTOR(uint64_t) vector = {0};
	assert_ok(vector_push(&vector, 42));
	size_t capacity = vector.capacity;
	assert_error(vector_reserve(&vector, SIZE_MAX), ERROR_MEMORY);
	assert_error(vector_reserve(&vector, SIZE_MAX / 8 + 2), ERROR_MEMORY);
	assert_error(vector_reserve(&vector, (size_t)PTRDIFF_MAX / 8 + 1), ERROR_MEMORY);
	cr_assert_eq(vector.capacity, capacity);
	cr_assert_eq(vector.count, 1);
	cr_assert_eq(vector.items[0], 42);
	vector_deinit(&vector);
}

HEAP_TEST(vector, growth_without_memory_changes_nothing)
{
	VECTOR(uint64_t) vector = {0};
	assert_ok(vector_push(&vector, 42));
	uint64_t *items = vector.items;
	memory_limit((size_t)16 << 20);
	assert_error(vector_reserve(&vector, (size_t)1 << 30), ERROR_MEMORY);
	cr_assert_eq(vector.items, items);
	cr_assert_eq(vector.count, 1);
	cr_assert_eq(vector.items[0], 42);
	vector_deinit(&vector);
}
