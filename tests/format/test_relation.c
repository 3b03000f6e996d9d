/* Rows of relations: what is written is read, ids that name nothing are refused, and salvage keeps what is whole. */
#include "format/relation.h"

#include "format/reader.h"
#include "format/redact.h"
#include "format/salvage.h"
#include "format/writer.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/format/help_tar.h"
#include "tests/test.h"

#include <stdlib.h>

DEFINE_AUTO(folder, char *, help_folder_remove);

HEAP_TEST(relation, rows_come_back)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(string) char *other = help_path(folder, "b.snap");
	for (uint64_t seed = 0; seed < 20; seed++) {
		AUTO(heap) struct heap heap;
		struct salvage_result salvaged;
		struct redact_result redacted;
		uint64_t bytes;
		help_heap_init(&heap, seed, 10, 2, HEAP_EXTREME);
		help_heap_add_rows(&heap, seed, 40);
		heap.losses[LOSS_object_unreadable] = 0;
		assert_ok(help_heap_write(&heap, path, &bytes));
		assert_ok(help_heap_compare(&heap, path));
		assert_ok(redact_run(path, other, true, &redacted));
		assert_ok(help_heap_compare(&heap, other));
		assert_ok(salvage_run(path, other, true, &salvaged));
		cr_assert_eq(salvaged.members_lost, 0);
		assert_ok(help_heap_compare(&heap, other));
	}
}

HEAP_TEST(relation, rows_of_several_members_come_back)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(heap) struct heap heap;
	uint64_t bytes;
	help_heap_init(&heap, 3, 10, 2, HEAP_LIKELY);
	help_heap_add_rows(&heap, 3, 3 * CHUNK_RECORDS);
	assert_ok(help_heap_write(&heap, path, &bytes));
	assert_ok(help_heap_compare(&heap, path));
}

HEAP_TEST(relation, the_writer_refuses_what_is_not_there)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(writer) struct writer *writer = NULL;
	uint64_t bytes;
	assert_ok(writer_create(path, true, &writer));
	assert_ok(writer_pools(writer, &(struct pool_row){.address = 4096, .arena = 1}));
	assert_ok(writer_arenas(writer, &(struct arena_row){.address = 4096}));
	assert_error_says(writer_commit(writer, &bytes), ERROR_INPUT, "a row names an object, type or row");
	assert_ok(writer_arenas(writer, &(struct arena_row){.address = 8192}));
	assert_ok(writer_commit(writer, &bytes));
}

/* A file whose only pool says that it is part of arena number `arena`, of which there is none. */
HEAP_TEST(relation, the_reader_refuses_what_is_not_there)
{
	AUTO(codec) struct codec *codec = NULL;
	AUTO(pack) struct pack *pack = NULL;
	AUTO(pack_document) struct pack_document *document = NULL;
	AUTO(relation_rows) struct relation_rows rows = {0};
	const struct pool_row pool = {.address = 4096, .arena = 3};
	struct relation_bounds bounds = {.rows[RELATION_arenas] = 3};
	const void *data;
	size_t size;
	uint32_t first;
	assert_ok(codec_create(&codec));
	assert_ok(pack_create(&pack));
	assert_ok(relation_write(codec, RELATION_pools, &pool, 17, 1, pack));
	assert_ok(pack_data(pack, &data, &size));
	assert_ok(pack_document_create(data, size, 1000, &document));
	assert_ok(relation_read(codec, RELATION_pools, pack_document_root(document), &first, &rows));
	cr_assert_eq(first, 17);
	cr_assert_eq(memcmp(rows.rows, &pool, sizeof pool), 0);
	cr_assert_str_eq(relation_check(RELATION_pools, &pool, &bounds)->field.name, "arena");
	bounds.rows[RELATION_arenas] = 4;
	cr_assert_null(relation_check(RELATION_pools, &pool, &bounds));
}

HEAP_TEST(relation, text_makes_rows)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(reader) struct reader *reader = NULL;
	const struct orphan_row *orphans;
	const struct pool_row *pools;
	size_t count;
	assert_ok(help_snapshot_write(path, "object 0x1000 dict\nrow orphans address=0x2000 type=str size=52\n"
					    "row arenas address=0x100000\nrow pools address=0x101000 arena=0 used=3\n"));
	assert_ok(reader_open(path, &reader));
	assert_ok(reader_orphans(reader, &orphans, &count));
	cr_assert_eq(count, 1);
	cr_assert_eq(orphans[0].type, 1);
	cr_assert_eq(orphans[0].size, 52);
	assert_ok(reader_pools(reader, &pools, &count));
	cr_assert_eq(pools[0].used, 3);
	cr_assert_eq(pools[0].arena, 0);
	assert_error_says(help_snapshot_write(path, "row orphans colour=3\n"), ERROR_USAGE, "no column");
}

/* An arena, and pools of it. */
static void write_pools(const char *path, size_t count)
{
	AUTO(writer) struct writer *writer = NULL;
	type_id type;
	string_id text;
	uint64_t bytes;
	assert_ok(writer_create(path, true, &writer));
	assert_ok(writer_string(writer, "T", 1, &text));
	assert_ok(writer_type(writer, &(struct type_record){.module = NO_ID, .base = NO_ID, .node = NO_ID}, &type));
	assert_ok(writer_object(writer, &(struct object_record){.address = 64, .size = 16, .refcount = 1}));
	assert_ok(writer_arenas(writer, &(struct arena_row){.address = 1 << 20}));
	for (size_t i = 0; i < count; i++)
		assert_ok(writer_pools(writer, &(struct pool_row){.address = i << 12, .arena = 0}));
	assert_ok(writer_commit(writer, &bytes));
}

/* The file loses the second member of the pools, and the arenas that the first names. */
HEAP_TEST(relation, salvage_keeps_what_is_whole)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(string) char *saved = help_path(folder, "b.snap");
	AUTO(reader) struct reader *whole = NULL, *reader = NULL;
	const struct pool_row *pools, *before;
	struct salvage_result result;
	size_t count, size;
	write_pools(path, CHUNK_RECORDS + 5);
	assert_ok(reader_open(path, &whole));
	assert_ok(reader_pools(whole, &before, &count));
	AUTO(free) void *bytes = help_file_read(path, &size);
	const struct catalog *catalog = reader_parts(whole).catalog;
	((uint8_t *)bytes)[catalog_find(catalog, MEMBER_RELATIONS + RELATION_pools, 1)->offset + 9] ^= 1;
	((uint8_t *)bytes)[catalog_find(catalog, MEMBER_RELATIONS + RELATION_arenas, 0)->offset + 9] ^= 1;
	help_file_write(path, bytes, size);
	assert_ok(salvage_run(path, saved, true, &result));
	cr_assert_eq(result.members_lost, 2);
	assert_ok(reader_open(saved, &reader));
	assert_ok(reader_pools(reader, &pools, &count));
	cr_assert_eq(count, CHUNK_RECORDS);
	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(pools[i].arena, NO_ID);
		cr_assert_eq(pools[i].address, before[i].address);
	}
	assert_ok(reader_verify(reader));
}
