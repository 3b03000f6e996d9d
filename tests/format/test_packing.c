/* Packing: every length of value, every count around a group of four, and both decoders alike. */
#include "format/packing.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

#define COUNT_MAX 300

static void fill_u64(uint64_t *values, size_t count, uint64_t *state, unsigned bits)
{
	for (size_t i = 0; i < count; i++)
		values[i] = bits == 0 ? 0 : help_random(state) >> (64 - 1 - help_random(state) % bits);
}

HEAP_TEST(packing, values_of_64_bits_come_back)
{
	uint64_t state = 1, values[COUNT_MAX] = {0}, back[COUNT_MAX];
	uint8_t *bytes = malloc(PACKING_MAX_U64(COUNT_MAX) + PACKING_SLACK);
	for (size_t count = 0; count < COUNT_MAX; count++) {
		fill_u64(values, count, &state, count % 65 > 63 ? 63 : count % 65);
		if (count > 2)
			values[count / 2] = UINT64_MAX;
		size_t size = packing_put_u64(values, count, bytes);
		cr_assert_geq(size, PACKING_MIN(count));
		cr_assert_leq(size, PACKING_MAX_U64(count));
		/* In memory of exactly that size, so that a sanitizer sees a read beyond it. */
		uint8_t *exact = malloc(size + (size == 0));
		memcpy(exact, bytes, size);
		cr_assert(packing_get_u64(exact, size, count, back));
		cr_assert_arr_eq(values, back, count * sizeof *values);
		cr_assert_not(packing_get_u64(bytes, size + 1, count, back));
		cr_assert(size == 0 || !packing_get_u64(exact, size - 1, count, back));
		free(exact);
	}
	free(bytes);
}

HEAP_TEST(packing, values_of_32_bits_come_back_with_and_without_shuffles)
{
	uint64_t state = 2;
	uint32_t values[COUNT_MAX] = {0}, back[COUNT_MAX], plain[COUNT_MAX];
	uint8_t *bytes = malloc(PACKING_MAX_U32(COUNT_MAX) + PACKING_SLACK);
	for (size_t round = 0; round < 4 * (size_t)COUNT_MAX; round++) {
		size_t count = round % COUNT_MAX;
		for (size_t i = 0; i < count; i++)
			values[i] = (uint32_t)help_random(&state) >> (help_random(&state) % 32);
		if (count > 2)
			values[count / 2] = UINT32_MAX;
		size_t size = packing_put_u32(values, count, bytes);
		uint8_t *exact = malloc(size + (size == 0));
		memcpy(exact, bytes, size);
		cr_assert(packing_get_u32(exact, size, count, back));
		cr_assert(packing_get_u32_plain(exact, size, count, plain));
		cr_assert_arr_eq(values, back, count * sizeof *values);
		cr_assert_arr_eq(values, plain, count * sizeof *values);
		cr_assert_not(packing_get_u32(bytes, size + 1, count, back));
		cr_assert_not(packing_get_u32_plain(bytes, size + 1, count, back));
		cr_assert(size == 0 || !packing_get_u32(exact, size - 1, count, back));
		cr_assert(size == 0 || !packing_get_u32_plain(exact, size - 1, count, back));
		free(exact);
	}
	free(bytes);
}

/* Random bytes as packed values: whatever the one decoder says, the other says too. */
HEAP_TEST(packing, decoders_agree_on_garbage)
{
	uint64_t state = 3;
	unsigned taken = 0;
	for (int round = 0; round < 20000; round++) {
		size_t size = help_random(&state) % 80, count = help_random(&state) % 40;
		uint8_t *bytes = malloc(size + 1);
		uint32_t shuffled[40] = {0}, plain[40] = {0};
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(help_random(&state) & (round % 2 ? 0xff : 0x11));
		bool good = packing_get_u32(bytes, size, count, shuffled);
		cr_assert_eq(good, packing_get_u32_plain(bytes, size, count, plain));
		taken += good;
		if (good)
			cr_assert_arr_eq(shuffled, plain, sizeof plain);
		free(bytes);
	}
	cr_assert_gt(taken, 100);
}

HEAP_TEST(packing, bytes_are_as_documented)
{
	uint8_t bytes[64];
	const uint32_t narrow[] = {1, 0x1234, 0x123456, 0x12345678, 5};
	const uint8_t narrow_bytes[] = {0xe4, 0, 1, 0x34, 0x12, 0x56, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12, 5};
	cr_assert_eq(packing_put_u32(narrow, 5, bytes), sizeof narrow_bytes);
	cr_assert_arr_eq(bytes, narrow_bytes, sizeof narrow_bytes);
	const uint64_t wide[] = {1, 0x1234, 0x12345678, 0x100000000};
	const uint8_t wide_bytes[] = {0xe4, 1, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0, 1, 0, 0, 0};
	cr_assert_eq(packing_put_u64(wide, 4, bytes), sizeof wide_bytes);
	cr_assert_arr_eq(bytes, wide_bytes, sizeof wide_bytes);
}
