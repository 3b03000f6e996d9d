/* Writer and reader together: what is written is read, to the bit; and what the writer refuses. */
#include "format/writer.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#if HEAP_TEST_SANITIZED
/* As the sanitizer's own header says, which gcc does not bring along. */
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

DEFINE_AUTO(folder, char *, help_folder_remove);

static void round_trip(uint64_t seed, size_t objects, size_t degree, enum heap_values values)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(heap) struct heap heap;
	uint64_t bytes;
	help_heap_init(&heap, seed, objects, degree, values);
	if (seed % 3 == 0)
		help_heap_add_previews(&heap, seed);
	if (seed % 2 == 0)
		help_heap_add_rows(&heap, seed, 2 + seed);
	assert_ok(help_heap_write(&heap, path, &bytes));
	assert_ok(help_heap_compare(&heap, path));
	cr_assert_eq(help_folder_entries(folder), 1, "the temporary file is still there");
	size_t size;
	AUTO(free) void *data = help_file_read(path, &size);
	cr_assert_eq(bytes, size);
}

HEAP_TEST(writer, small_heaps_come_back)
{
	for (uint64_t seed = 0; seed < 60; seed++)
		round_trip(seed, seed, seed % 7, seed % 2 ? HEAP_EXTREME : HEAP_LIKELY);
}

HEAP_TEST(writer, heaps_of_whole_chunks_come_back)
{
	round_trip(1, CHUNK_OBJECTS - 1, 1, HEAP_LIKELY);
	round_trip(2, CHUNK_OBJECTS, 2, HEAP_EXTREME);
	round_trip(3, CHUNK_OBJECTS + 1, 3, HEAP_LIKELY);
	round_trip(4, 3 * CHUNK_OBJECTS + 17, 2, HEAP_EXTREME);
}

/* --- what it refuses ----------------------------------------------------------------------------------------------- */

/* A writer with a string, a type and an object, each with id 0. */
struct begun {
	char *folder, *path;
	struct writer *writer;
};

static const struct object_record plain_object = {.address = 64, .size = 16, .getsizeof = 16, .refcount = 1};

static void begun_init(struct begun *begun)
{
	uint32_t id;
	struct type_record type = {.module = NO_ID, .base = NO_ID, .node = NO_ID};
	begun->folder = help_folder();
	begun->path = help_path(begun->folder, "a.snap");
	assert_ok(writer_create(begun->path, false, &begun->writer));
	assert_ok(writer_string(begun->writer, "x", 1, &id));
	assert_ok(writer_type(begun->writer, &type, &id));
	assert_ok(writer_object(begun->writer, &plain_object));
}

static void begun_deinit(struct begun *begun)
{
	writer_destroy(begun->writer);
	cr_assert_leq(help_folder_entries(begun->folder), 1);
	help_folder_remove(begun->folder);
	free(begun->path);
}
DEFINE_AUTO_VALUE(begun, struct begun, begun_deinit);

static void assert_object_refused(struct begun *begun, struct object_record object, const char *part)
{
	assert_error_says(writer_object(begun->writer, &object), ERROR_INPUT, part);
}

HEAP_TEST(writer, refuses_impossible_objects_and_goes_on)
{
	AUTO(begun) struct begun begun;
	uint64_t bytes;
	begun_init(&begun);
	struct object_record object = plain_object;
	assert_object_refused(&begun, object, "does not come after");
	object.address = 100;
	assert_object_refused(&begun, object, "multiple of 8");
	object.address = 128;
	object.size = INT64_MAX;
	assert_object_refused(&begun, object, "2^63");
	object.size = 16;
	object.generation = GENERATION_COUNT;
	assert_object_refused(&begun, object, "generation");
	object.generation = GENERATION_0;
	object.flags = 256;
	assert_object_refused(&begun, object, "flags");
	object.flags = 255;
	object.type = NO_ID;
	assert_object_refused(&begun, object, "type");
	object.type = 0;
	assert_ok(writer_object(begun.writer, &object));
	assert_ok(writer_commit(begun.writer, &bytes));
	cr_assert_eq(writer_counts(begun.writer).nodes, 2);
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(begun.path, &reader));
	assert_ok(reader_verify(reader));
}

HEAP_TEST(writer, commits_nothing_with_ids_that_do_not_exist)
{
	static const struct edge_record edges[] = {{.target = 1}, {.target = 0}};
	for (int i = 0; i < 4; i++) {
		AUTO(begun) struct begun begun;
		uint64_t bytes;
		uint32_t id;
		begun_init(&begun);
		assert_ok(writer_edge(begun.writer, &edges[i == 0 ? 0 : 1]));
		struct type_record type = {.module = NO_ID, .base = NO_ID, .node = NO_ID};
		type.base = i == 1 ? 9 : NO_ID;
		type.node = i == 2 ? 9 : NO_ID;
		assert_ok(writer_type(begun.writer, &type, &id));
		struct object_record object = plain_object;
		object.address = 128;
		object.type = i == 3 ? 2 : 0;
		if (i > 0)
			assert_ok(writer_object(begun.writer, &object));
		static const char *const parts[] = {"an edge names object 1 of 1", "names a type",
						    "is said to be object 9", "names a type"};
		assert_error_says(writer_commit(begun.writer, &bytes), ERROR_INPUT, parts[i]);
	}
}

HEAP_TEST(writer, refuses_names_of_strings_that_do_not_exist)
{
	AUTO(begun) struct begun begun;
	uint32_t id;
	begun_init(&begun);
	struct edge_record edge = {.name = NAME_ATTRIBUTE, .payload = 1};
	struct type_record type = {.name = 1, .module = NO_ID, .base = NO_ID, .node = NO_ID};
	struct root_record root = {.function = NO_ID, .file = 1};
	assert_error_says(writer_edge(begun.writer, &edge), ERROR_INPUT, "never written");
	assert_error_says(writer_type(begun.writer, &type, &id), ERROR_INPUT, "never written");
	assert_error_says(writer_root(begun.writer, &root, &id), ERROR_INPUT, "never written");
	root.file = NO_ID, root.kind = ROOT_KIND_COUNT;
	assert_error_says(writer_root(begun.writer, &root, &id), ERROR_INPUT, "unknown kind");
	edge.payload = 0, edge.name = NAME_COUNT;
	assert_error_says(writer_edge(begun.writer, &edge), ERROR_INPUT, "unknown name");
	edge.name = NAME_NONE;
	assert_error_says(writer_root_edge(begun.writer, &edge), ERROR_INPUT, "before the first root");
}

HEAP_TEST(writer, previews_need_an_object_and_to_be_asked_for)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(writer) struct writer *writer = NULL;
	static const char longest[VALUE_MAX + 1];
	uint64_t bytes;
	type_id type;
	assert_ok(writer_create(path, false, &writer));
	assert_ok(writer_type(writer, &(struct type_record){.name = NO_ID, .module = NO_ID, .base = NO_ID, .node = NO_ID},
			      &type));
	assert_ok(writer_value(writer, "a", 1)); /* not asked for: dropped */
	writer_keep_values(writer);
	assert_error_says(writer_value(writer, "a", 1), ERROR_INPUT, "without an object");
	assert_ok(writer_object(writer, &plain_object));
	assert_error_says(writer_value(writer, longest, sizeof longest), ERROR_INPUT, "a preview of 1025 bytes");
	assert_ok(writer_value(writer, longest, VALUE_MAX));
	assert_error_says(writer_value(writer, "a", 1), ERROR_INPUT, "a second one");
	assert_ok(writer_commit(writer, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	AUTO(value_rows) struct value_rows rows = {0};
	assert_ok(reader_open(path, &reader));
	assert_ok(reader_values(reader, 0, &rows));
	cr_assert_eq(rows.starts[1], VALUE_MAX);
}

HEAP_TEST(writer, edges_need_an_object)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(writer) struct writer *writer = NULL;
	assert_ok(writer_create(path, false, &writer));
	assert_error_says(writer_edge(writer, &(struct edge_record){0}), ERROR_INPUT, "before the first object");
}

/* --- details ------------------------------------------------------------------------------------------------------- */

HEAP_TEST(writer, values_without_a_key_lose_their_name)
{
	AUTO(begun) struct begun begun;
	uint64_t bytes, first;
	uint32_t degree = 5, count;
	begun_init(&begun);
	static const enum edge_name names[] = {NAME_VALUE, NAME_KEY, NAME_VALUE, NAME_VALUE, NAME_KEY};
	static const uint8_t stored[] = {NAME_NONE, NAME_KEY, NAME_VALUE, NAME_NONE, NAME_KEY};
	for (size_t i = 0; i < 5; i++)
		assert_ok(writer_edge(begun.writer, &(struct edge_record){.name = names[i]}));
	assert_ok(writer_commit(begun.writer, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	AUTO(free) void *read = malloc(CHUNK_EDGES);
	assert_ok(reader_open(begun.path, &reader));
	assert_ok(reader_edges(reader, 0, &degree, &(struct edge_columns){.name = read}, &first, &count));
	cr_assert_arr_eq((uint8_t *)read, stored, sizeof stored);
}

HEAP_TEST(writer, long_strings_are_cut_at_a_character)
{
	AUTO(begun) struct begun begun;
	AUTO(free) void *memory = malloc(200000);
	char *text = memory;
	uint64_t bytes;
	string_id ids[3];
	begun_init(&begun);
	for (size_t i = 0; i < 200000; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	assert_ok(writer_string(begun.writer, text, 200000, &ids[0]));
	assert_ok(writer_string(begun.writer, text, 65536, &ids[1]));
	text[0] = 'a';
	assert_ok(writer_string(begun.writer, text + 1, 199999, &ids[2]));
	cr_assert_eq(ids[0], ids[1]);
	assert_ok(writer_commit(begun.writer, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	size_t length;
	assert_ok(reader_open(begun.path, &reader));
	reader_string(reader, ids[0], &length);
	cr_assert_eq(length, 65536);
	/* It begins in the middle of a character and would end in one. */
	reader_string(reader, ids[2], &length);
	cr_assert_eq(length, 65535);
}

/* Hundreds of thousands of strings, in several members. */
HEAP_TEST(writer, many_strings_come_back)
{
	AUTO(begun) struct begun begun;
	uint64_t bytes;
	string_id id;
	char text[32];
	begun_init(&begun);
	for (uint32_t i = 0; i < 300000; i++) {
		int length = snprintf(text, sizeof text, "a longer string %u", i);
		assert_ok(writer_string(begun.writer, text, (size_t)length, &id));
		cr_assert_eq(id, i + 1);
	}
	assert_ok(writer_commit(begun.writer, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(begun.path, &reader));
	for (uint32_t i = 0; i < 300000; i++) {
		snprintf(text, sizeof text, "a longer string %u", i);
		cr_assert_str_eq(reader_string(reader, i + 1, NULL), text);
	}
	cr_assert_str_eq(reader_string(reader, NO_ID, NULL), "");
	cr_assert_str_eq(reader_string(reader, 300001, NULL), "");
}

/* One object with two million edges: it spans chunks that hold nothing else. */
HEAP_TEST(writer, an_object_with_millions_of_edges_comes_back)
{
	AUTO(begun) struct begun begun;
	const uint32_t many = 2000000;
	uint64_t bytes, first, seen = 0;
	begun_init(&begun);
	for (uint32_t i = 0; i < many; i++)
		assert_ok(writer_edge(begun.writer, &(struct edge_record){.target = i % 2, .name = NAME_NEXT_INDEX}));
	struct object_record object = plain_object;
	object.address = 128;
	assert_ok(writer_object(begun.writer, &object));
	assert_ok(writer_edge(begun.writer, &(struct edge_record){.target = 0}));
	assert_ok(writer_commit(begun.writer, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	AUTO(free) void *target = malloc((size_t)CHUNK_EDGES * 4);
	uint32_t degrees[2] = {many, 1}, count;
	assert_ok(reader_open(begun.path, &reader));
	cr_assert_eq(reader_edge_chunks(reader), 8);
	for (uint32_t chunk = 0; chunk < 8; chunk++) {
		assert_ok(
			reader_edges(reader, chunk, degrees, &(struct edge_columns){.target = target}, &first, &count));
		cr_assert_eq(first, seen);
		for (uint32_t i = 0; i < count; i++, seen++)
			cr_assert_eq(((uint32_t *)target)[i], seen < many ? seen % 2 : 0);
	}
	cr_assert_eq(seen, many + 1);
	assert_ok(reader_verify(reader));
}

HEAP_TEST(writer, the_same_heap_gives_the_same_bytes)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *one = help_path(folder, "one"), *two = help_path(folder, "two");
	AUTO(heap) struct heap heap;
	uint64_t bytes;
	size_t size, other;
	help_heap_init(&heap, 7, 5000, 3, HEAP_LIKELY);
	assert_ok(help_heap_write(&heap, one, &bytes));
	assert_ok(help_heap_write(&heap, two, &bytes));
	AUTO(free) void *first = help_file_read(one, &size), *second = help_file_read(two, &other);
	cr_assert_eq(size, other);
	cr_assert_arr_eq((char *)first, (char *)second, size);
}

/* --- memory -------------------------------------------------------------------------------------------------------- */

/* Bytes that the heap has handed out and not got back. */
static size_t heap_bytes(void)
{
#if HEAP_TEST_SANITIZED
	return __sanitizer_get_current_allocated_bytes();
#else
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
#endif
}

/* The most memory that the process ever had. A sanitizer keeps freed memory, so it says nothing then. */
static long peak_kib(void)
{
#if HEAP_TEST_SANITIZED
	return 0;
#else
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
#endif
}

/* Five million objects through a writer take no more memory than one million, but for 40 bytes a member. */
HEAP_TEST(writer, memory_does_not_grow_with_the_heap)
{
	AUTO(begun) struct begun begun;
	uint64_t state = 1, bytes;
	long peak = 0;
	size_t held = 0;
	begun_init(&begun);
	struct object_record object = plain_object;
	for (uint32_t i = 1; i < 5000000; i++) {
		uint64_t random = help_random(&state);
		object.address += 8 + 8 * (random & 15);
		object.size = random >> 8 & 1023;
		object.content_hash = random;
		assert_ok(writer_object(begun.writer, &object));
		for (uint32_t j = 0; j < (random >> 20 & 1); j++)
			assert_ok(writer_edge(begun.writer,
					      &(struct edge_record){.target = (uint32_t)(random >> 32) % i}));
		if (i == 1000000) {
			peak = peak_kib();
			held = heap_bytes();
		}
	}
	size_t held_last = heap_bytes();
	assert_ok(writer_commit(begun.writer, &bytes));
	long growth = peak_kib() - peak;
	cr_assert_lt(growth, 4096, "%ld KiB more for 5 million objects than for 1 million", growth);
	cr_assert_lt(held_last, held + (4u << 20), "%zu bytes held, %zu before", held_last, held);
}
