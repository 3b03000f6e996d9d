#include "analyzer/edge_lookup.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_file.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

static void check(struct edge_lookup *lookup, const struct heap *heap, const uint64_t *begins, node_id owner)
{
	struct edge_walk walk;
	struct known_edge edge;
	bool found;
	uint64_t index = 0;
	node_id previous = NO_ID;
	assert_ok(edge_lookup_walk(lookup, owner, &walk));
	for (uint64_t e = begins[owner]; e < begins[owner + 1]; e++) {
		const struct edge_record *expected = &heap->edges.items[e];
		assert_ok(edge_lookup_next(lookup, &walk, &edge, &found));
		cr_assert(found);
		cr_assert_eq(edge.record.target, expected->target);
		cr_assert_eq(edge.record.class, expected->class);
		bool counted = expected->name == NAME_NEXT_INDEX;
		cr_assert_eq(edge.record.name, counted ? NAME_INDEX : expected->name);
		index = counted ? index : expected->name == NAME_INDEX ? expected->payload : index;
		cr_assert_eq(edge.record.payload, counted ? index : expected->payload);
		index += counted || expected->name == NAME_INDEX;
		cr_assert_eq(edge.key, expected->name == NAME_VALUE ? previous : NO_ID);
		previous = expected->target;
	}
	assert_ok(edge_lookup_next(lookup, &walk, &edge, &found));
	cr_assert(!found);
}

/* Several chunks of both kinds, in order and at random, so that more are asked for than are kept. */
HEAP_TEST(edge_lookup, finds_what_was_written)
{
	AUTO(heap) struct heap heap;
	help_heap_init(&heap, 7, 150000, 17, HEAP_LIKELY);
	size_t count = heap.objects.count;
	cr_assert_gt(heap.edges.count, (EDGE_LOOKUP_KEPT + 1) * CHUNK_EDGES / 2);
	AUTO(free) void *memory = calloc(count + 1, sizeof(uint64_t));
	uint64_t *begins = memory, random = 1;
	for (size_t i = 0; i < count; i++)
		begins[i + 1] = begins[i] + heap.degrees.items[i];
	char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	uint64_t bytes;
	assert_ok(help_heap_write(&heap, path, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(path, &reader));
	AUTO(edge_lookup) struct edge_lookup lookup;
	edge_lookup_init(&lookup, reader);
	for (size_t i = 0; i < count; i++)
		check(&lookup, &heap, begins, (node_id)i);
	for (int i = 0; i < 500; i++)
		check(&lookup, &heap, begins, (node_id)(help_random(&random) % count));
	struct edge_walk walk;
	assert_error(edge_lookup_walk(&lookup, (node_id)count, &walk), ERROR_USAGE);
	help_folder_remove(folder);
}
