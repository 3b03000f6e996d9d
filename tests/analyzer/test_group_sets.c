#include "analyzer/group_sets.h"

#include "tests/format/help_heap.h"
#include "tests/test.h"

static set_id add(struct group_sets *sets, set_id set, uint32_t group)
{
	set_id result;
	assert_ok(group_sets_add(sets, set, group, &result));
	return result;
}

static set_id meet(struct group_sets *sets, set_id a, set_id b)
{
	set_id result;
	assert_ok(group_sets_meet(sets, a, b, &result));
	return result;
}

static uint32_t bits(const struct group_sets *sets, set_id set)
{
	uint32_t count, all = 0;
	const uint32_t *members = group_set_members(sets, set, &count);
	for (uint32_t i = 0; i < count; i++)
		all |= UINT32_C(1) << members[i];
	return all;
}

HEAP_TEST(group_sets, are_sets_and_equal_ones_are_one)
{
	AUTO(group_sets) struct group_sets sets;
	assert_ok(group_sets_init(&sets, 1 << 20));
	set_id of[1024] = {SET_EMPTY};
	uint64_t state = 37;
	for (uint32_t s = 1; s < 1024; s++) {
		uint32_t highest = 31 - (uint32_t)__builtin_clz(s);
		of[s] = add(&sets, of[s & ~(UINT32_C(1) << highest)], highest);
	}
	for (int i = 0; i < 20000; i++) {
		uint32_t a = (uint32_t)(help_random(&state) % 1024), b = (uint32_t)(help_random(&state) % 1024);
		uint32_t g = (uint32_t)(help_random(&state) % 10);
		cr_assert_eq(bits(&sets, of[a]), a);
		cr_assert_eq(meet(&sets, of[a], of[b]), of[a & b]);
		cr_assert_eq(add(&sets, of[a], g), of[a | UINT32_C(1) << g]);
	}
	cr_assert_not(sets.full);
	cr_assert_eq(sets.sets.count, 1024);
}

HEAP_TEST(group_sets, say_when_there_is_no_room_left)
{
	AUTO(group_sets) struct group_sets sets;
	assert_ok(group_sets_init(&sets, 20));
	set_id set = SET_EMPTY;
	for (uint32_t g = 0; g < 20; g++)
		set = add(&sets, set, g);
	cr_assert(sets.full);
	cr_assert_eq(set, SET_EMPTY);
}
