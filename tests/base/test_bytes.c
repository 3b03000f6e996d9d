#include "tests/test.h"

#include "base/bytes.h"

static const uint8_t counting[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

HEAP_TEST(bytes, reads_little_endian_in_order)
{
	struct bytes bytes = bytes_over(counting, sizeof counting);
	cr_assert_eq(bytes_u8(&bytes), 0x01);
	cr_assert_eq(bytes_u16(&bytes), 0x0302);
	cr_assert_eq(bytes_u32(&bytes), 0x07060504);
	cr_assert_eq(bytes_u64(&bytes), UINT64_C(0x0f0e0d0c0b0a0908));
	cr_assert_eq(bytes_left(&bytes), 1);
	cr_assert_eq(bytes_take(&bytes, 1), counting + 15);
	cr_assert_eq(bytes_left(&bytes), 0);
	cr_assert(!bytes.failed);
}

HEAP_TEST(bytes, failure_sticks_and_moves_nothing)
{
	struct bytes bytes = bytes_over(counting, 7);
	cr_assert_eq(bytes_u32(&bytes), 0x04030201);
	cr_assert_eq(bytes_u32(&bytes), 0, "three bytes are left");
	cr_assert(bytes.failed);
	cr_assert_eq(bytes.position, 4);
	cr_assert_eq(bytes_left(&bytes), 0);
	cr_assert_eq(bytes_u8(&bytes), 0, "even one that would fit");
	cr_assert_null(bytes_take(&bytes, 0));
}

/* Each getter at each distance from the end: it reads exactly when it fits. */
HEAP_TEST(bytes, no_getter_passes_the_end)
{
	for (size_t left = 0; left <= 9; left++) {
		struct bytes one = bytes_over(counting, left), two = one, four = one, eight = one;
		bytes_u8(&one);
		bytes_u16(&two);
		bytes_u32(&four);
		bytes_u64(&eight);
		cr_assert_eq(one.failed, left < 1);
		cr_assert_eq(two.failed, left < 2);
		cr_assert_eq(four.failed, left < 4);
		cr_assert_eq(eight.failed, left < 8);
	}
}

HEAP_TEST(bytes, absurd_counts_fail)
{
	struct bytes bytes = bytes_over(counting, sizeof counting);
	bytes_u8(&bytes);
	cr_assert_null(bytes_take(&bytes, SIZE_MAX));
	cr_assert(bytes.failed);
}

HEAP_TEST(bytes, nothing_can_be_taken_from_nothing)
{
	struct bytes bytes = bytes_over(NULL, 0);
	bytes_take(&bytes, 0);
	cr_assert(!bytes.failed);
	cr_assert_eq(bytes_u64(&bytes), 0);
	cr_assert(bytes.failed);
}

HEAP_TEST(bytes, stores_are_what_loads_read)
{
	uint8_t room[16] = {0};
	store_u32(room + 1, 0xfedcba98);
	cr_assert_eq(load_u32(room + 1), 0xfedcba98);
	cr_assert_eq(room[1], 0x98);
	cr_assert_eq(room[5], 0);
	cr_assert_eq(load_u16(room + 3), 0xfedc);
	store_u64(room + 3, UINT64_C(0xfedcba9876543210));
	cr_assert_eq(load_u64(room + 3), UINT64_C(0xfedcba9876543210));
	cr_assert_eq(room[3], 0x10);
	cr_assert_eq(room[11], 0);
}

HEAP_TEST(bytes, arithmetic_saturates)
{
	cr_assert_eq(saturating_multiply(0, UINT64_MAX), 0);
	cr_assert_eq(saturating_multiply(3, 5), 15);
	cr_assert_eq(saturating_multiply(UINT64_C(1) << 32, UINT64_C(1) << 32), UINT64_MAX);
	cr_assert_eq(saturating_add(UINT64_MAX - 1, 1), UINT64_MAX);
	cr_assert_eq(saturating_add(UINT64_MAX, 1), UINT64_MAX);
	cr_assert_eq(saturating_add(2, 3), 5);
}
