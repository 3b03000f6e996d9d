/* Columns: every encoding at its edges, and what a forged one may not do. */
#include "format/column.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

/* A map with one column "x" in it, read back. */
struct one {
	struct codec *codec;
	struct pack *pack;
	struct pack_document *document;
	struct column column;
};

static void one_init(struct one *one)
{
	memset(one, 0, sizeof *one);
	assert_ok(codec_create(&one->codec));
	assert_ok(pack_create(&one->pack));
	pack_map(one->pack, 1);
}

static void one_deinit(struct one *one)
{
	codec_destroy(one->codec);
	pack_destroy(one->pack);
	pack_document_destroy(one->document);
}
DEFINE_AUTO_VALUE(one, struct one, one_deinit);

static void one_read(struct one *one)
{
	const void *data;
	size_t size;
	bool found;
	assert_ok(pack_data(one->pack, &data, &size));
	assert_ok(pack_document_create(data, size, 100, &one->document));
	assert_ok(column_find(pack_document_root(one->document), "x", &one->column, &found));
	cr_assert(found);
}

static const size_t counts[] = {1, 2, 3, 7, 8, 9, 1000, 65535, 65536, 262144};
#define COUNTS (sizeof counts / sizeof *counts)

enum pattern {
	PATTERN_ZERO,
	PATTERN_MAX,
	PATTERN_RANDOM,
	PATTERN_ASCENDING,
	PATTERN_RARE,
	PATTERN_COUNT
};

static uint64_t value_at(enum pattern pattern, size_t i, uint64_t *state)
{
	switch (pattern) {
	case PATTERN_ZERO:
		return 0;
	case PATTERN_MAX:
		return UINT64_MAX;
	case PATTERN_RANDOM:
		return help_random(state) >> (help_random(state) % 64);
	case PATTERN_ASCENDING:
		return i * 9 + help_random(state) % 9;
	default:
		return help_random(state) % 50 == 0 ? help_random(state) : 0;
	}
}

static void round_trip_u64(enum pattern pattern, unsigned flags, size_t count)
{
	AUTO(one) struct one one;
	uint64_t state = pattern + 10, *values = malloc(64 * count), *kept = malloc(count * 8);
	one_init(&one);
	for (size_t i = 0; i < count; i++)
		kept[i] = values[i] = value_at(pattern, i, &state);
	assert_ok(column_put_u64(one.codec, one.pack, "x", flags, values, count));
	one_read(&one);
	cr_assert_eq(one.column.encoding, ENCODING_U64 | flags);
	assert_ok(column_get_u64(one.codec, &one.column, count, values));
	cr_assert_arr_eq(values, kept, count * 8);
	if (count > 1)
		assert_error(column_get_u64(one.codec, &one.column, 8 * count, values), ERROR_INPUT);
	if (pattern == PATTERN_ZERO && flags == ENCODING_SPARSE)
		cr_assert_lt(one.column.size, 40 + count / 1000, "absent values cost %zu bytes", one.column.size);
	free(values);
	free(kept);
}

HEAP_TEST(column, values_of_64_bits_come_back)
{
	static const unsigned flags[] = {0, ENCODING_DELTA, ENCODING_SPARSE, ENCODING_DELTA | ENCODING_SPARSE};
	for (size_t c = 0; c < COUNTS; c++)
		for (unsigned p = 0; p < PATTERN_COUNT; p++)
			for (size_t f = 0; f < 4; f++)
				round_trip_u64(p, flags[f], counts[c]);
}

static void round_trip_u32(enum pattern pattern, size_t count)
{
	AUTO(one) struct one one;
	uint64_t state = pattern + 20;
	uint32_t *values = malloc(count * 4), *back = malloc(count * 4);
	one_init(&one);
	for (size_t i = 0; i < count; i++)
		values[i] = (uint32_t)value_at(pattern, i, &state);
	assert_ok(column_put_u32(one.codec, one.pack, "x", values, count));
	one_read(&one);
	assert_ok(column_get_u32(one.codec, &one.column, count, back));
	cr_assert_arr_eq(values, back, count * 4);
	assert_error_says(column_get_u64(one.codec, &one.column, count, (uint64_t *)(void *)back), ERROR_INPUT,
			  "encoding");
	free(values);
	free(back);
}

HEAP_TEST(column, values_of_32_bits_and_bytes_come_back)
{
	for (size_t c = 0; c < COUNTS; c++)
		for (unsigned p = 0; p < PATTERN_COUNT; p++)
			round_trip_u32(p, counts[c]);
	for (size_t c = 0; c < COUNTS; c++) {
		AUTO(one) struct one one;
		uint8_t *values = malloc(counts[c]), *back = malloc(counts[c]);
		one_init(&one);
		memset(values, (int)c, counts[c]);
		assert_ok(column_put_bytes(one.codec, one.pack, "x", values, counts[c]));
		one_read(&one);
		/* Very regular bytes are stored plainly: a frame that expands so much would look like a bomb. */
		cr_assert_eq(one.column.encoding, counts[c] > 10000 ? ENCODING_STORED : ENCODING_BYTES);
		assert_ok(column_get_bytes(one.codec, &one.column, counts[c], back));
		cr_assert_arr_eq(values, back, counts[c]);
		free(values);
		free(back);
	}
}

HEAP_TEST(column, zigzag_is_its_own_inverse)
{
	const uint64_t values[] = {0, 1, 2, UINT64_MAX, INT64_MAX, UINT64_C(1) << 63, UINT32_MAX, 1u << 31, INT32_MAX};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		cr_assert_eq(unzigzag_u64(zigzag_u64(values[i])), values[i]);
		cr_assert_eq(unzigzag_u32(zigzag_u32((uint32_t)values[i])), (uint32_t)values[i]);
	}
	cr_assert_eq(zigzag_u64(0), 0);
	cr_assert_eq(zigzag_u64(UINT64_MAX), 1);
	cr_assert_eq(zigzag_u64(1), 2);
	cr_assert_eq(zigzag_u32(UINT32_MAX), 1);
}

HEAP_TEST(column, lies_are_refused_before_memory_is_taken)
{
	AUTO(one) struct one one;
	uint64_t values[100] = {1, 2, 3};
	one_init(&one);
	assert_ok(column_put_u64(one.codec, one.pack, "x", 0, values, 100));
	one_read(&one);
	struct column lie = one.column;
	lie.raw_length = UINT64_MAX;
	assert_error_says(column_get_u64(one.codec, &lie, 100, values), ERROR_INPUT, "raw length");
	lie.raw_length = one.column.raw_length + 1;
	assert_error_says(column_get_u64(one.codec, &lie, 100, values), ERROR_INPUT, "frame");
	lie = one.column;
	lie.size--;
	assert_error_says(column_get_u64(one.codec, &lie, 100, values), ERROR_INPUT, "frame");
	lie.size = 0;
	assert_error_says(column_get_u64(one.codec, &lie, 100, values), ERROR_INPUT, "frame");
	lie = one.column;
	lie.encoding |= 128;
	assert_error_says(column_get_u64(one.codec, &lie, 100, values), ERROR_INPUT, "unknown encoding");
	lie.encoding = ENCODING_BYTES | ENCODING_DELTA;
	assert_error_says(column_get_bytes(one.codec, &lie, 100, (uint8_t *)values), ERROR_INPUT, "unknown encoding");
	lie = one.column;
	lie.encoding |= ENCODING_STORED;
	assert_error_says(column_get_u64(one.codec, &lie, 100, values), ERROR_INPUT, "stored");
}

/* A flip of any bit of a frame is found without any other checksum. */
HEAP_TEST(column, altered_frames_are_refused)
{
	AUTO(one) struct one one;
	uint64_t state = 5, values[50], back[50];
	one_init(&one);
	for (size_t i = 0; i < 50; i++)
		values[i] = help_random(&state) % 100;
	assert_ok(column_put_u64(one.codec, one.pack, "x", 0, values, 50));
	one_read(&one);
	assert_ok(column_get_u64(one.codec, &one.column, 50, values));
	uint8_t *frame = malloc(one.column.size);
	for (size_t bit = 0; bit < 8 * one.column.size; bit++) {
		struct column altered = one.column;
		memcpy(frame, one.column.data, one.column.size);
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		altered.data = frame;
		AUTO(error) struct error *error = column_get_u64(one.codec, &altered, 50, back);
		/* A bit of the frame's header that says nothing may be taken. */
		if (error == NULL)
			cr_assert_arr_eq(back, values, sizeof values);
	}
	free(frame);
}

HEAP_TEST(column, malformed_ones_are_told)
{
	AUTO(pack) struct pack *pack = NULL;
	AUTO(pack_document) struct pack_document *document = NULL;
	struct column column;
	bool found = true;
	const void *data;
	size_t size;
	assert_ok(pack_create(&pack));
	pack_map(pack, 2);
	pack_pair(pack, "x", 1);
	pack_text(pack, "y");
	pack_array(pack, 3);
	pack_u64(pack, 1000);
	pack_u64(pack, 1);
	pack_bytes(pack, "", 0);
	assert_ok(pack_data(pack, &data, &size));
	assert_ok(pack_document_create(data, size, 100, &document));
	const struct pack_value *root = pack_document_root(document);
	assert_error_says(column_find(root, "x", &column, &found), ERROR_INPUT, "column 'x'");
	assert_error_says(column_find(root, "y", &column, &found), ERROR_INPUT, "column 'y'");
	assert_ok(column_find(root, "z", &column, &found));
	cr_assert_not(found);
}
