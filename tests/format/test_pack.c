/* Documents: every kind of msgpack value is passed over rightly, and no declared count is believed. */
#include "format/pack.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

/* Parses a copy of exactly that size. */
static struct error *parse(const void *bytes, size_t size, size_t values)
{
	AUTO(pack_document) struct pack_document *document = NULL;
	AUTO(free) void *copy = malloc(size + (size == 0));
	memcpy(copy, bytes, size);
	return pack_document_create(copy, size, values, &document);
}

#define PARSE(...) parse((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), 100)

HEAP_TEST(pack, every_kind_of_value_is_read)
{
	assert_ok(PARSE(0x00));
	assert_ok(PARSE(0xff));
	assert_ok(PARSE(0xc0));
	assert_ok(PARSE(0xc2));
	assert_ok(PARSE(0xc4, 1, 'x'));
	assert_ok(PARSE(0xc5, 0, 1, 'x'));
	assert_ok(PARSE(0xc6, 0, 0, 0, 1, 'x'));
	assert_ok(PARSE(0xc7, 2, 5, 'x', 'y'));
	assert_ok(PARSE(0xc8, 0, 1, 5, 'x'));
	assert_ok(PARSE(0xc9, 0, 0, 0, 1, 5, 'x'));
	assert_ok(PARSE(0xca, 1, 2, 3, 4));
	assert_ok(PARSE(0xcb, 1, 2, 3, 4, 5, 6, 7, 8));
	assert_ok(PARSE(0xcc, 1));
	assert_ok(PARSE(0xcd, 1, 2));
	assert_ok(PARSE(0xce, 1, 2, 3, 4));
	assert_ok(PARSE(0xcf, 1, 2, 3, 4, 5, 6, 7, 8));
	assert_ok(PARSE(0xd0, 1));
	assert_ok(PARSE(0xd1, 1, 2));
	assert_ok(PARSE(0xd2, 1, 2, 3, 4));
	assert_ok(PARSE(0xd3, 1, 2, 3, 4, 5, 6, 7, 8));
	assert_ok(PARSE(0xd4, 1, 2));
	assert_ok(PARSE(0xd5, 1, 2, 3));
	assert_ok(PARSE(0xd6, 1, 2, 3, 4, 5));
	assert_ok(PARSE(0xd7, 1, 2, 3, 4, 5, 6, 7, 8, 9));
	assert_ok(PARSE(0xd8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17));
	assert_ok(PARSE(0xd9, 1, 'x'));
	assert_ok(PARSE(0xda, 0, 1, 'x'));
	assert_ok(PARSE(0xdb, 0, 0, 0, 1, 'x'));
	assert_ok(PARSE(0xdc, 0, 2, 1, 2));
	assert_ok(PARSE(0xdd, 0, 0, 0, 1, 1));
	assert_ok(PARSE(0xde, 0, 1, 1, 2));
	assert_ok(PARSE(0xdf, 0, 0, 0, 1, 1, 2));
	assert_ok(PARSE(0x82, 1, 0x92, 1, 2, 3, 0xa1, 'x'));
	assert_ok(PARSE(0x90));
	assert_ok(PARSE(0x80));
}

HEAP_TEST(pack, declared_counts_are_not_believed)
{
	/* Arrays and maps of four billion items, of which none is there. */
	assert_error_says(PARSE(0xdd, 0xff, 0xff, 0xff, 0xff), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0xdf, 0xff, 0xff, 0xff, 0xff), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0x92, 0xdd, 0x7f, 0xff, 0xff, 0xff, 1), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0xc6, 0xff, 0xff, 0xff, 0xff, 1), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0xc9, 0xff, 0xff, 0xff, 0xff, 1), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0xdb, 0, 0, 0, 2, 'x'), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0xde, 0, 1, 1), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0x92, 1), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0x92, 0x91, 1), ERROR_INPUT, "cut");
	assert_error_says(PARSE(0xcf, 1), ERROR_INPUT, "beyond the end");
	assert_error_says(PARSE(0xc1), ERROR_INPUT, "not msgpack");
	assert_error_says(PARSE(1, 2), ERROR_INPUT, "after the end");
	assert_error_says(parse("", 0, 100), ERROR_INPUT, "cut");
	assert_error_says(parse("\x93\1\2\3", 4, 3), ERROR_INPUT, "more values");
	assert_ok(parse("\x93\1\2\3", 4, 4));
}

HEAP_TEST(pack, nesting_ends_at_32)
{
	uint8_t bytes[PACK_DEPTH + 2];
	memset(bytes, 0x91, sizeof bytes);
	bytes[PACK_DEPTH] = 1;
	assert_ok(parse(bytes, PACK_DEPTH + 1, 100));
	bytes[PACK_DEPTH] = 0x91;
	bytes[PACK_DEPTH + 1] = 1;
	assert_error_says(parse(bytes, PACK_DEPTH + 2, 100), ERROR_INPUT, "nesting");
	/* The depth goes down again. */
	const uint8_t wide[] = {0x93, 0x91, 0x90, 0x91, 0x90, 0x91, 0x90};
	assert_ok(parse(wide, sizeof wide, 100));
}

HEAP_TEST(pack, values_come_back)
{
	AUTO(pack) struct pack *pack = NULL;
	AUTO(pack_document) struct pack_document *document = NULL;
	const void *data;
	size_t size;
	assert_ok(pack_create(&pack));
	pack_map(pack, 3);
	pack_pair(pack, "number", UINT64_MAX);
	pack_text(pack, "list");
	pack_array(pack, 2);
	pack_bool(pack, true);
	pack_bytes(pack, "ab\0c", 4);
	pack_text(pack, "text");
	pack_text(pack, "t");
	assert_ok(pack_data(pack, &data, &size));
	assert_ok(pack_document_create(data, size, 100, &document));
	const struct pack_value *root = pack_document_root(document), *list = pack_value_find(root, "list");
	uint64_t number = 0;
	bool truth = false;
	const uint8_t *bytes;
	const char *text;
	cr_assert(pack_value_is_map(root));
	cr_assert_eq(pack_value_count(root), 3);
	cr_assert(pack_value_u64(pack_value_find(root, "number"), &number));
	cr_assert_eq(number, UINT64_MAX);
	cr_assert(pack_value_bool(pack_value_item(list, 0), &truth));
	cr_assert(truth);
	cr_assert(pack_value_bytes(pack_value_item(list, 1), &bytes, &size));
	cr_assert_eq(size, 4);
	cr_assert_arr_eq(bytes, "ab\0c", 4);
	cr_assert(pack_value_text(pack_value_find(root, "text"), &text, &size));
	cr_assert_eq(size, 1);
	cr_assert_null(pack_value_item(list, 2));
	cr_assert_null(pack_value_find(root, "tex"));
	cr_assert_null(pack_value_find(list, "text"));
	cr_assert_not(pack_value_u64(NULL, &number));
	cr_assert_not(pack_value_u64(list, &number));
}

HEAP_TEST(pack, garbage_is_refused_or_read)
{
	uint64_t state = 9;
	unsigned good = 0;
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[24];
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)help_random(&state);
		AUTO(error) struct error *error = parse(bytes, help_random(&state) % sizeof bytes, 100);
		good += error == NULL;
		cr_assert(error == NULL || error->code == ERROR_INPUT);
	}
	cr_assert_gt(good, 10);
}
