#include "tests/test.h"

#include "base/map.h"
#include "tests/base/help_memory.h"

#include <stdlib.h>

HEAP_TEST(map, empty_map_finds_nothing)
{
	AUTO(map) struct map map;
	map_init(&map);
	uint32_t value = 7;
	cr_assert(!map_find(&map, 0, &value));
	cr_assert(!map_find(&map, MAP_NO_KEY, &value));
	cr_assert_eq(value, 7, "untouched when absent");
}

HEAP_TEST(map, put_replaces)
{
	AUTO(map) struct map map;
	map_init(&map);
	uint32_t value = 0;
	assert_ok(map_put(&map, 0, 1));
	assert_ok(map_put(&map, 0, 2));
	cr_assert(map_find(&map, 0, &value));
	cr_assert_eq(value, 2);
	cr_assert_eq(map.count, 1);
}

/* Aligned addresses, then the same keys' neighbours, which must be absent. */
HEAP_TEST(map, holds_a_million_aligned_addresses)
{
	AUTO(map) struct map map;
	map_init(&map);
	const uint64_t start = 0x7f0000000000;
	for (uint32_t i = 0; i < 1000000; i++)
		assert_ok(map_put(&map, start + i * UINT64_C(64), i));
	cr_assert_eq(map.count, 1000000);
	cr_assert_leq(map.count, map.capacity / 4 * 3);
	for (uint32_t i = 0; i < 1000000; i++) {
		uint32_t value = UINT32_MAX;
		if (!map_find(&map, start + i * UINT64_C(64), &value) || value != i)
			cr_assert_fail("key %u is lost", i);
		if (map_find(&map, start + i * UINT64_C(64) + 16, &value))
			cr_assert_fail("a neighbour of key %u was found", i);
	}
}

HEAP_TEST(map, growth_keeps_replaced_values)
{
	AUTO(map) struct map map;
	map_init(&map);
	for (uint32_t round = 0; round < 3; round++)
		for (uint64_t key = 0; key < 5000; key++)
			assert_ok(map_put(&map, key * key, (uint32_t)key + round));
	cr_assert_eq(map.count, 5000);
	for (uint64_t key = 0; key < 5000; key++) {
		uint32_t value = 0;
		cr_assert(map_find(&map, key * key, &value));
		cr_assert_eq(value, key + 2);
	}
}

HEAP_TEST(map, growth_without_memory_changes_nothing)
{
	AUTO(map) struct map map;
	map_init(&map);
	memory_limit((size_t)64 << 20);
	struct error *error = NULL;
	uint32_t count = 0;
	for (; error == NULL && count < 20000000; count++)
		error = map_put(&map, count * UINT64_C(4096), count);
	assert_error(error, ERROR_MEMORY);
	cr_assert_eq(map.count, count - 1);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t value = UINT32_MAX;
		if (map_find(&map, i * UINT64_C(4096), &value) != (i < count - 1) || (i < count - 1 && value != i))
			cr_assert_fail("key %u of %u", i, count - 1);
	}
}
