/* Values: previews come back as they were; forged lengths and texts are refused before memory is taken. */
#include "format/values.h"
#include "tests/test.h"

#include <stdlib.h>

struct forgery {
	struct pack *pack;
	struct codec *codec;
	struct pack_document *document;
};

static void forgery_deinit(struct forgery *forgery)
{
	pack_document_destroy(forgery->document);
	pack_destroy(forgery->pack);
	codec_destroy(forgery->codec);
}
DEFINE_AUTO_VALUE(forgery, struct forgery, forgery_deinit);

static void forgery_init(struct forgery *forgery)
{
	*forgery = (struct forgery){0};
	assert_ok(pack_create(&forgery->pack));
	assert_ok(codec_create(&forgery->codec));
}

static struct error *forgery_read(struct forgery *forgery, uint32_t count, struct value_rows *rows)
{
	const void *data;
	size_t size;
	assert_ok(pack_data(forgery->pack, &data, &size));
	assert_ok(pack_document_create(data, size, 1000, &forgery->document));
	return values_read(forgery->codec, pack_document_root(forgery->document), 0, count, rows);
}

HEAP_TEST(values, come_back)
{
	AUTO(forgery) struct forgery forgery;
	AUTO(value_chunk) struct value_chunk chunk = {0};
	AUTO(value_rows) struct value_rows rows = {0};
	static const uint32_t starts[] = {0, 0, 3, 3, 3, 5};
	static const uint8_t present[] = {0, 1, 1, 0, 1};
	forgery_init(&forgery);
	assert_ok(value_chunk_init(&chunk));
	assert_ok(value_chunk_add(&chunk, 1, "abc", 3));
	assert_ok(value_chunk_add(&chunk, 2, "", 0));
	assert_ok(value_chunk_add(&chunk, 4, "\0\xff", 2));
	assert_ok(values_write(forgery.codec, 0, 5, &chunk, forgery.pack));
	assert_ok(forgery_read(&forgery, 5, &rows));
	cr_assert_eq(rows.count, 5);
	cr_assert_arr_eq(rows.starts, starts, sizeof starts);
	cr_assert_arr_eq(rows.present, present, sizeof present);
	cr_assert_arr_eq(rows.bytes, "abc\0\xff", 5);
}

/* `lengths` of `count` objects over a text of `size` zeros, whose raw length is said to be `said`. */
static void assert_refused(uint64_t *lengths, uint32_t count, size_t size, uint64_t said, const char *part)
{
	AUTO(forgery) struct forgery forgery;
	AUTO(value_rows) struct value_rows rows = {0};
	AUTO(free) void *zeros = calloc(1, size + 1);
	forgery_init(&forgery);
	pack_map(forgery.pack, 3);
	pack_pair(forgery.pack, "first", 0);
	pack_pair(forgery.pack, "count", count);
	pack_text(forgery.pack, "columns");
	pack_map(forgery.pack, 2);
	assert_ok(column_put_u64(forgery.codec, forgery.pack, "length", ENCODING_SPARSE, lengths, count));
	pack_text(forgery.pack, "text");
	pack_array(forgery.pack, 3);
	pack_u64(forgery.pack, said == size ? ENCODING_STORED : ENCODING_BYTES);
	pack_u64(forgery.pack, said);
	pack_bytes(forgery.pack, zeros, size);
	assert_error_says(forgery_read(&forgery, count, &rows), ERROR_INPUT, part);
}

HEAP_TEST(values, forged_ones_are_refused)
{
	AUTO(free) void *memory = malloc(CHUNK_OBJECTS * sizeof(uint64_t));
	uint64_t *many = memory;
	for (uint32_t i = 0; i < CHUNK_OBJECTS; i++)
		many[i] = VALUE_MAX + 1;
	assert_refused(many, CHUNK_OBJECTS, 100, (uint64_t)CHUNK_OBJECTS * VALUE_MAX, "not the text of its previews, 67108864");
	assert_refused((uint64_t[]){VALUE_MAX + 2}, 1, VALUE_MAX + 1, VALUE_MAX + 1, "a preview of 1025 bytes");
	assert_refused((uint64_t[]){UINT64_MAX, 4}, 2, 1, 1, "a preview of 18446744073709551614 bytes");
	assert_refused((uint64_t[]){3, 4}, 2, 6, 6, "not the text of its previews, 5 bytes");
	assert_refused((uint64_t[]){3, 4}, 2, 4, 4, "not the text of its previews, 5 bytes");
	assert_refused((uint64_t[]){3, 4}, 2, 4, 5, "frame");
}

HEAP_TEST(values, other_objects_are_refused)
{
	AUTO(forgery) struct forgery forgery;
	AUTO(value_chunk) struct value_chunk chunk = {0};
	AUTO(value_rows) struct value_rows rows = {0};
	forgery_init(&forgery);
	assert_ok(value_chunk_init(&chunk));
	assert_ok(values_write(forgery.codec, 65536, 5, &chunk, forgery.pack));
	assert_error_says(forgery_read(&forgery, 5, &rows), ERROR_INPUT, "5 objects from 65536 on, not 5 from 0");
}
