/* Redact: the values are gone, wherever one looks, and nothing else is. */
#include "format/redact.h"
#include "format/column.h"
#include "format/document.h"
#include "format/reader.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>
#include <sys/stat.h>

DEFINE_AUTO(folder, char *, help_folder_remove);

static void clear_previews(struct heap *heap)
{
	for (size_t i = 0; i < heap->previews.count; i++)
		free(heap->previews.items[i].bytes);
	heap->previews.count = 0;
}

/* The file is, byte by byte, the one that a capture without values would have been. */
HEAP_TEST(redact, gives_the_file_that_never_had_values)
{
	for (uint64_t seed = 0; seed < 4; seed++) {
		AUTO(folder) char *folder = help_folder();
		AUTO(string) char *full = help_path(folder, "a.snap"), *plain = help_path(folder, "b.snap");
		AUTO(string) char *redacted = help_path(folder, "c.snap");
		AUTO(heap) struct heap heap;
		struct redact_result result;
		uint64_t bytes, values = 0, lengths = 0;
		size_t size, other;
		help_heap_init(&heap, seed, seed == 3 ? CHUNK_OBJECTS + 5 : 500 * seed, 2, HEAP_LIKELY);
		help_heap_add_previews(&heap, seed);
		heap.meta.values_limit = VALUE_MAX;
		assert_ok(help_heap_write(&heap, full, &bytes));
		for (size_t i = 0; i < heap.previews.count; i++) {
			values += heap.previews.items[i].bytes != NULL;
			lengths += heap.previews.items[i].length;
		}
		clear_previews(&heap);
		heap.meta.values_limit = 0;
		assert_ok(help_heap_write(&heap, plain, &bytes));
		assert_ok(redact_run(full, redacted, false, &result));
		cr_assert_eq(result.values, values);
		cr_assert_eq(result.bytes, lengths);
		assert_ok(help_heap_compare(&heap, redacted));
		AUTO(free) void *one = help_file_read(plain, &size), *two = help_file_read(redacted, &other);
		cr_assert_eq(result.file_bytes, other);
		/* meta is the writer's last but one, and the redactor's in its old place: so it is here too */
		cr_assert_eq(size, other);
		cr_assert_arr_eq(one, two, size);
	}
}

HEAP_TEST(redact, makes_a_file_of_its_owner_alone_and_no_other)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *from = help_path(folder, "a.snap"), *to = help_path(folder, "b.snap");
	struct redact_result result;
	struct stat status;
	assert_ok(help_snapshot_write(from, "object 0x1000 str\nobject 0x2000 str\n"));
	assert_ok(redact_run(from, to, false, &result));
	cr_assert_eq(result.values, 0);
	cr_assert_eq(result.bytes, 0);
	cr_assert_eq(stat(to, &status), 0);
	cr_assert_eq(status.st_mode & 07777, 0600);
	assert_error_says(redact_run(from, to, false, &result), ERROR_REFUSED, "exists");
	assert_ok(redact_run(from, to, true, &result));
	assert_ok(redact_run(from, from, true, &result)); /* in place: read before it is replaced */
	cr_assert_eq(help_folder_entries(folder), 2);
}

HEAP_TEST(redact, refuses_what_is_damaged)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *from = help_path(folder, "a.snap"), *to = help_path(folder, "b.snap");
	struct redact_result result;
	size_t size;
	assert_ok(help_snapshot_write(from, "object 0x1000 str value=secret\n"));
	AUTO(free) void *bytes = help_file_read(from, &size);
	((uint8_t *)bytes)[size / 3] ^= 1;
	help_file_write(from, bytes, size);
	assert_error_says(redact_run(from, to, true, &result), ERROR_INPUT, "a.snap");
	help_file_write(from, bytes, size / 2);
	assert_error_says(redact_run(from, to, true, &result), ERROR_INPUT, "a.snap");
	cr_assert_eq(help_folder_entries(folder), 1);
}
