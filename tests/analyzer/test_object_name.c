#include "analyzer/object_name.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_file.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <inttypes.h>
#include <stdio.h>

#define HEAP "object 0x1000 app.Session size=176\nobject 0x2000 dict size=64\nobject 0x3000 str\n"

static struct error *find(const char *heap, const char *word, node_id *node)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, heap);
	AUTO(object_lookup) struct object_lookup lookup = {0};
	assert_ok(object_lookup_init(&lookup, loaded.reader, &loaded.names));
	return object_name_find(&lookup, word, node);
}

static void found(const char *word, node_id expected)
{
	node_id node = NO_ID;
	assert_ok(find(HEAP, word, &node));
	cr_assert_eq(node, expected);
}

static void refused(const char *heap, const char *word, const char *part)
{
	node_id node = NO_ID;
	assert_error_says(find(heap, word, &node), ERROR_USAGE, part);
	cr_assert_eq(node, NO_ID);
}

HEAP_TEST(object_name, is_a_number_or_an_address)
{
	found("#1", 1);
	found("2", 2);
	found("0", 0);
	found("0x1000", 0);
	found("0x3000", 2);
}

HEAP_TEST(object_name, says_what_was_meant)
{
	refused(HEAP, "#3", "has 3, #0 to #2");
	refused(HEAP, "99999999999999999999999", "there is no object");
	refused(HEAP, "0x1010", "it is probably within app.Session #0, 16 bytes before; did you mean #0?");
	refused(HEAP, "0x2ff0", "the nearest is dict #1, 4080 bytes before");
	refused(HEAP, "0x4000", "the nearest is str #2");
	refused(HEAP, "0x10", "the first is app.Session #0 at 0x1000");
	refused(HEAP, "app.Session", "is a type, not an object");
	refused(HEAP, "0x", "is no object");
	refused(HEAP, "0x0x10", "is no object");
	refused(HEAP, "#", "is no object");
	refused(HEAP, "-1", "is no object");
	refused(HEAP, "# 1", "is no object");
	refused("", "0x10", "has no objects");
	refused("", "0", "has no objects");
}

/* Over several chunks: every object by its address, and what lies between two by neither. */
HEAP_TEST(object_name, finds_each_address)
{
	AUTO(heap) struct heap heap;
	help_heap_init(&heap, 3, 200000, 0, HEAP_LIKELY);
	char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	uint64_t bytes;
	assert_ok(help_heap_write(&heap, path, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(path, &reader));
	const struct reader *readers[1] = {reader};
	AUTO(type_names) struct type_names names = {0};
	assert_ok(type_names_init(&names, readers, 1));
	AUTO(object_lookup) struct object_lookup lookup = {0};
	assert_ok(object_lookup_init(&lookup, reader, &names));
	const size_t some[] = {0, 1, 65535, 65536, 65537, 131071, 131072, 150000, 199999};
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		char word[32];
		node_id node = NO_ID;
		snprintf(word, sizeof word, "0x%" PRIx64, heap.objects.items[some[i]].address);
		assert_ok(object_name_find(&lookup, word, &node));
		cr_assert_eq(node, some[i]);
		snprintf(word, sizeof word, "0x%" PRIx64, heap.objects.items[some[i]].address + 1);
		assert_error(object_name_find(&lookup, word, &node), ERROR_USAGE);
	}
	help_folder_remove(folder);
}
