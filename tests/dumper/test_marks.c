#include "tests/test.h"

#include "dumper/marks.h"

#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool mark(struct marks *marks, enum mark_plane plane, uint64_t address)
{
	bool was = false;

	assert_ok(marks_set(marks, plane, address, &was));
	return was;
}

HEAP_TEST(marks, empty_set_has_nothing)
{
	AUTO(marks) struct marks *marks = NULL;
	uint64_t found = 7;

	assert_ok(marks_create(&marks));
	cr_assert(!marks_has(marks, MARK_OBJECT, 0));
	cr_assert(!marks_has(marks, MARK_OBJECT, UINT64_MAX), "an address that can't be");
	cr_assert_eq(marks_at(marks, 0x1000) | marks_at(marks, UINT64_MAX - 7), 0);
	cr_assert(!marks_next(marks, 0, &found));
	assert_ok(marks_seal(marks));
	cr_assert_eq(marks_count(marks), 0);
	cr_assert_eq(marks_rank(marks, 0x1000), UINT32_MAX);
	cr_assert_eq(marks_rank(marks, UINT64_MAX - 7), UINT32_MAX);
	cr_assert_eq(found, 7, "untouched");
}

HEAP_TEST(marks, planes_are_independent)
{
	AUTO(marks) struct marks *marks = NULL;
	const uint64_t address = 0x7fffffff1238;

	assert_ok(marks_create(&marks));
	for (unsigned plane = 0; plane < MARK_PLANES; plane++) {
		cr_assert(!marks_has(marks, plane, address));
		cr_assert(!mark(marks, plane, address));
		cr_assert(mark(marks, plane, address), "marked before");
		cr_assert(marks_has(marks, plane, address));
		cr_assert(!marks_has(marks, plane, address + 8));
		cr_assert(!marks_has(marks, plane, address + 4), "not aligned");
		cr_assert_eq(marks_at(marks, address), (2u << plane) - 1, "this plane and those before it");
		cr_assert_eq(marks_at(marks, address + 8), 0);
		cr_assert_eq(marks_at(marks, address + 4), 0, "not aligned");
	}
}

HEAP_TEST(marks, borders_of_words_chunks_and_leaves)
{
	static const uint64_t addresses[] = {
		0, 8, 0x1f8, 0x200, 0xfff8, 0x10000, 0x7ffffff8, 0x80000000, 0x7ffffffffff8,
	};
	const uint32_t count = sizeof addresses / sizeof *addresses;
	AUTO(marks) struct marks *marks = NULL;
	uint64_t at = 0;

	assert_ok(marks_create(&marks));
	for (uint32_t i = count; i-- > 0;)
		cr_assert(!mark(marks, MARK_OBJECT, addresses[i]));
	assert_ok(marks_seal(marks));
	cr_assert_eq(marks_count(marks), count);
	for (uint32_t i = 0; i < count; i++) {
		cr_assert_eq(marks_rank(marks, addresses[i]), i);
		cr_assert(marks_next(marks, at, &at));
		cr_assert_eq(at, addresses[i]);
		at++;
	}
	cr_assert(!marks_next(marks, at, &at));
	cr_assert(!marks_next(marks, UINT64_MAX, &at));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Against a sorted array: dense clusters far from each other, as heaps are. */
static void against_naive(uint64_t seed, size_t count)
{
	AUTO(marks) struct marks *marks = NULL;
	AUTO(free) void *memory = calloc(count, sizeof(uint64_t));
	uint64_t *naive = memory, state = seed;
	size_t distinct = 0;

	assert_ok(marks_create(&marks));
	for (size_t i = 0; i < count; i++) {
		uint64_t random = next_random(&state);
		uint64_t cluster = (random % 7) * 0x123456789000 % 0x7ff000000000;
		naive[i] = cluster + ((random >> 20) % 0x40000) * 8;
		mark(marks, MARK_OBJECT, naive[i]);
	}
	qsort(naive, count, sizeof *naive, compare);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || naive[i] != naive[i - 1])
			naive[distinct++] = naive[i];
	}
	assert_ok(marks_seal(marks));
	cr_assert_eq(marks_count(marks), distinct);
	uint64_t at = 0;
	for (size_t i = 0; i < distinct; i++) {
		if (!marks_next(marks, at, &at) || at != naive[i] || marks_rank(marks, at) != i)
			cr_assert_fail("element %zu of %zu", i, distinct);
		at += 8;
		if (marks_has(marks, MARK_OBJECT, at) != (i + 1 < distinct && naive[i + 1] == at))
			cr_assert_fail("neighbour of element %zu", i);
	}
	cr_assert(!marks_next(marks, at, &at));
}

HEAP_TEST(marks, random_sets_equal_naive_ones)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		against_naive(seed * 0x9e3779b97f4a7c15, (size_t)1 << seed % 17);
}

HEAP_TEST(marks, memory_is_told)
{
	AUTO(marks) struct marks *marks = NULL;

	assert_ok(marks_create(&marks));
	uint64_t before = marks_memory(marks);
	for (uint64_t i = 0; i < 1000; i++)
		mark(marks, MARK_OBJECT, 0x550000000000 + i * 0x10000);
	cr_assert_geq(marks_memory(marks) - before, 1000 * 1024);
	cr_assert_leq(marks_memory(marks) - before, 1000 * 1500 + (1 << 21));
}
