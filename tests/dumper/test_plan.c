/* A plan holds what a walk looked at, and what may have been allocated since. */
#include "tests/test.h"

#include "dumper/plan.h"
#include "tests/dumper/help_image.h"

#define MIB ((uint64_t)1 << 20)
#define BASE UINT64_C(0x100000000)
#define SLACK (4 * MIRROR_CHUNK)

static struct mirror *mirror_of(struct image *image)
{
	struct mirror *mirror = NULL;

	assert_ok(mirror_create(image_source(image), &mirror));
	return mirror;
}

static bool covers(const struct plan *plan, uint64_t address)
{
	for (size_t i = 0; i < plan->runs.count; i++)
		if (plan->runs.items[i].start <= address && address < plan->runs.items[i].end)
			return true;
	return false;
}

static void assert_ordered(const struct plan *plan)
{
	for (size_t i = 0; i < plan->runs.count; i++) {
		cr_assert_lt(plan->runs.items[i].start, plan->runs.items[i].end);
		cr_assert_eq((plan->runs.items[i].start | plan->runs.items[i].end) % MIRROR_CHUNK, 0);
		cr_assert(i == 0 || plan->runs.items[i - 1].end < plan->runs.items[i].start);
	}
}

HEAP_TEST(plan, learns_where_a_walk_was)
{
	AUTO(image) struct image *image = image_create();
	AUTO(plan) struct plan plan;

	plan_init(&plan);
	image_map(image, BASE, 64 * MIB, "rw-", NULL);
	image_map(image, BASE + 128 * MIB, MIB, "r--", "/lib/x.so");
	AUTO(mirror) struct mirror *walked = mirror_of(image);
	mirror_u64(walked, BASE + 8);
	mirror_u64(walked, BASE + 5 * MIRROR_CHUNK); /* a gap of as much as is filled */
	mirror_u64(walked, BASE + 32 * MIB);
	mirror_u64(walked, BASE + 128 * MIB);
	assert_ok(plan_learn(&plan, walked));
	assert_ordered(&plan);
	cr_assert_eq(plan.runs.count, 3);
	cr_assert_eq(plan.runs.items[0].start, BASE);
	cr_assert_eq(plan.runs.items[0].end, BASE + 6 * MIRROR_CHUNK + SLACK);
	cr_assert_eq(plan.runs.items[1].start, BASE + 32 * MIB);
	cr_assert_eq(plan.runs.items[1].end, BASE + 32 * MIB + MIRROR_CHUNK + SLACK);
	cr_assert_eq(plan.ranges.count, 1, "writable ones");
	mirror_u64(walked, BASE + 48 * MIB);
	assert_ok(plan_learn(&plan, walked));
	cr_assert_eq(plan.runs.count, 4, "anew, not twice");
}

HEAP_TEST(plan, what_was_learned_is_fetched_and_nothing_far)
{
	AUTO(image) struct image *image = image_create();
	AUTO(plan) struct plan plan;
	uint64_t value = 0;

	plan_init(&plan);
	image_map(image, BASE, 64 * MIB, "rw-", NULL);
	image_u64(image, BASE + MIB, 1);
	AUTO(mirror) struct mirror *walked = mirror_of(image);
	mirror_u64(walked, BASE + MIB);
	assert_ok(plan_learn(&plan, walked));
	image_u64(image, BASE + MIB, 2);
	image_u64(image, BASE + MIB + SLACK, 3);
	AUTO(mirror) struct mirror *copy = mirror_of(image);
	plan_fetch(&plan, copy, 0);
	image_u64(image, BASE + MIB, 4); /* the target runs again */
	value = mirror_u64(copy, BASE + MIB);
	cr_assert_eq(value, 2, "as it was when it was copied");
	cr_assert_eq(mirror_u64(copy, BASE + MIB + SLACK), 3);
	cr_assert_eq(mirror_bytes(copy), MIRROR_CHUNK + SLACK);
	cr_assert_null(mirror_at(copy, BASE + 32 * MIB, 8));
	cr_assert_null(mirror_at(copy, BASE, 8));
}

HEAP_TEST(plan, what_is_missed_comes_with_the_next_fetch)
{
	AUTO(image) struct image *image = image_create();
	AUTO(plan) struct plan plan;

	plan_init(&plan);
	image_map(image, BASE, 64 * MIB, "rw-", NULL);
	AUTO(mirror) struct mirror *walked = mirror_of(image);
	mirror_u64(walked, BASE);
	assert_ok(plan_learn(&plan, walked));
	AUTO(mirror) struct mirror *first = mirror_of(image);
	plan_fetch(&plan, first, 0);
	cr_assert_null(mirror_at(first, BASE + 40 * MIB, 8));
	cr_assert_null(mirror_at(first, BASE + 20 * MIB - 8, 16), "across two chunks");
	assert_ok(plan_add_missed(&plan, first));
	assert_ordered(&plan);
	cr_assert(covers(&plan, BASE) && covers(&plan, BASE + 20 * MIB - 8) && covers(&plan, BASE + 20 * MIB + 8));
	AUTO(mirror) struct mirror *second = mirror_of(image);
	plan_fetch(&plan, second, 0);
	cr_assert_not_null(mirror_at(second, BASE + 40 * MIB, 8));
	cr_assert_not_null(mirror_at(second, BASE + 20 * MIB - 8, 16));
	const uint64_t *chunks;
	cr_assert_eq(mirror_missed(second, &chunks), 0);
}

static bool fetched(struct mirror *mirror, uint64_t address)
{
	return mirror_peek(mirror, address, 8) != NULL;
}

HEAP_TEST(plan, new_memory_is_fetched_whole)
{
	AUTO(image) struct image *before = image_create();
	AUTO(image) struct image *after = image_create();
	AUTO(plan) struct plan plan;

	plan_init(&plan);
	image_map(before, BASE, MIB, "rw-", NULL);
	image_map(before, BASE + 64 * MIB, 8 * MIB, "rw-", NULL);
	image_map(before, BASE + 128 * MIB, MIB, "rw-", NULL);
	image_map(before, BASE + 160 * MIB, MIB, "r--", NULL);
	AUTO(mirror) struct mirror *walked = mirror_of(before);
	assert_ok(plan_learn(&plan, walked));
	image_map(after, BASE, 4 * MIB, "rw-", NULL);                /* grown upwards */
	image_map(after, BASE + 16 * MIB, 2 * MIB, "rw-", NULL);     /* new */
	image_map(after, BASE + 32 * MIB, MIB, "r--", NULL);         /* new, but nobody writes there */
	image_map(after, BASE + 64 * MIB, 8 * MIB, "rw-", NULL);     /* as before */
	image_map(after, BASE + 127 * MIB, 2 * MIB, "rw-", NULL);    /* grown downwards */
	image_map(after, BASE + 160 * MIB, MIB, "rw-", NULL);        /* writable now */
	image_map(after, BASE + 4096 * MIB, 257 * MIB, "rw-", NULL); /* too large to be copied on suspicion */
	AUTO(mirror) struct mirror *copy = mirror_of(after);
	plan_fetch(&plan, copy, 0);
	cr_assert(!fetched(copy, BASE + MIB - 8) && fetched(copy, BASE + MIB) && fetched(copy, BASE + 4 * MIB - 8));
	cr_assert(fetched(copy, BASE + 16 * MIB) && fetched(copy, BASE + 18 * MIB - 8));
	cr_assert(!fetched(copy, BASE + 32 * MIB));
	cr_assert(!fetched(copy, BASE + 64 * MIB) && !fetched(copy, BASE + 72 * MIB - 8));
	cr_assert(fetched(copy, BASE + 127 * MIB) && !fetched(copy, BASE + 128 * MIB));
	cr_assert(fetched(copy, BASE + 160 * MIB));
	cr_assert(!fetched(copy, BASE + 4096 * MIB));
}

HEAP_TEST(plan, new_memory_up_to_a_limit)
{
	AUTO(image) struct image *image = image_create();
	AUTO(plan) struct plan plan;

	plan_init(&plan);
	for (uint64_t i = 0; i < 8; i++)
		image_map(image, BASE + i * 256 * MIB, 60 * MIB, "rw-", NULL);
	AUTO(mirror) struct mirror *copy = mirror_of(image);
	plan_fetch(&plan, copy, 0);
	cr_assert_eq(mirror_bytes(copy), 240 * MIB, "as many as fit into 256 MiB");
}

HEAP_TEST(plan, does_not_exceed_the_limit_by_much)
{
	AUTO(image) struct image *image = image_create();
	AUTO(plan) struct plan plan;

	plan_init(&plan);
	image_map(image, BASE, 64 * MIB, "rw-", NULL);
	AUTO(mirror) struct mirror *walked = mirror_of(image);
	cr_assert_not_null(mirror_at(walked, BASE, 48 * MIB));
	assert_ok(plan_learn(&plan, walked));
	for (uint64_t limit = 1; limit <= 32 * MIB; limit = limit * 3 + 5) {
		AUTO(mirror) struct mirror *copy = mirror_of(image);

		plan_fetch(&plan, copy, limit);
		cr_assert_leq(mirror_bytes(copy), limit + MIRROR_CHUNK, "%lu", (unsigned long)limit);
		cr_assert_geq(mirror_bytes(copy) + MIRROR_CHUNK, limit, "%lu", (unsigned long)limit);
	}
}

/* The target waits for this: the work grows with the ranges, not with their square. */
HEAP_TEST(plan, tens_of_thousands_of_ranges)
{
	AUTO(image) struct image *image = image_create();
	AUTO(plan) struct plan plan;

	plan_init(&plan);
	for (uint64_t i = 0; i < 20000; i++)
		image_map(image, BASE + i * 0x20000, 0x1000, "rw-", NULL);
	AUTO(mirror) struct mirror *walked = mirror_of(image);
	mirror_u64(walked, BASE + 10000 * UINT64_C(0x20000));
	assert_ok(plan_learn(&plan, walked));
	image_map(image, BASE + 20000 * UINT64_C(0x20000), 0x1000, "rw-", NULL);
	AUTO(mirror) struct mirror *copy = mirror_of(image);
	plan_fetch(&plan, copy, 0);
	cr_assert(fetched(copy, BASE + 20000 * UINT64_C(0x20000)));
	cr_assert(!fetched(copy, BASE + 19999 * UINT64_C(0x20000)));
	cr_assert_lt(mirror_bytes(copy), 0x10000, "some pages of the plan and its slack, and the new one");
}
