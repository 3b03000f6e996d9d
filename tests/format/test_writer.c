/* Writer and reader together: what is written is read, to the bit; and what the writer refuses. */
#include "format/writer.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

DEFINE_AUTO(folder, char *, help_folder_remove);

static void round_trip(uint64_t seed, size_t objects, size_t degree, enum heap_values values)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(heap) struct heap heap;
	uint64_t bytes;
	help_heap_init(&heap, seed, objects, degree, values);
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
