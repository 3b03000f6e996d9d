#include "analyzer/load.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_file.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <sys/resource.h>

DEFINE_AUTO(folder, char *, help_folder_remove);

static void check_objects(const struct heap *heap, const struct graph *graph)
{
	for (node_id i = 0; i < graph->nodes; i++) {
		const struct object_record *object = &heap->objects.items[i];
		cr_assert_eq(graph->address[i], object->address);
		cr_assert_eq(graph->type[i], object->type);
		cr_assert_eq(graph_size(graph, i), object->size);
		cr_assert_eq(narrow_get(&graph->getsizeof, i), object->getsizeof);
		cr_assert_eq(narrow_get(&graph->refcount, i), object->refcount);
		cr_assert_eq(graph->generation[i], object->generation);
		cr_assert_eq(graph->flags[i], object->flags);
		cr_assert_eq(graph->content_hash[i], object->content_hash);
		cr_assert_eq(narrow_get(&graph->length, i), object->length);
		cr_assert_eq(graph->offsets[i + 1] - graph->offsets[i], heap->degrees.items[i]);
	}
	for (uint32_t e = 0; e < graph->edges; e++) {
		cr_assert_eq(graph->targets[e], heap->edges.items[e].target);
		cr_assert_eq(edge_kind_class(graph->edge_kinds[e]), heap->edges.items[e].class);
	}
}

/* More than one chunk of objects and of edges, with the greatest values that fields take. */
HEAP_TEST(load, gives_what_was_written)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(heap) struct heap heap;
	uint64_t bytes;
	help_heap_init(&heap, 5, 70000, 8, HEAP_LIKELY);
	assert_ok(help_heap_write(&heap, path, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	AUTO(graph) struct graph *graph = NULL;
	assert_ok(reader_open(path, &reader));
	unsigned all = GRAPH_ADDRESS | GRAPH_TYPE | GRAPH_SIZE | GRAPH_GETSIZEOF | GRAPH_REFCOUNT | GRAPH_GENERATION |
		       GRAPH_FLAGS | GRAPH_CONTENT_HASH | GRAPH_EDGE_KINDS | GRAPH_LENGTH;
	assert_ok(load_graph(reader, all, NULL, &graph));
	cr_assert_eq(graph->nodes, heap.objects.count);
	cr_assert_eq(graph->edges, heap.edges.count);
	check_objects(&heap, graph);
}

HEAP_TEST(load, takes_only_what_is_asked_for)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x100 int\nobject 0x200 int\nedge 0x100 0x200 .x\n");
	AUTO(graph) struct graph *graph = NULL;
	assert_ok(load_graph(loaded.reader, GRAPH_TYPE, NULL, &graph));
	cr_assert_not_null(graph->type);
	cr_assert_null(graph->address);
	cr_assert_null(graph->size.values);
	cr_assert_null(graph->offsets);
	cr_assert_null(graph->edge_kinds);
	cr_assert_eq(graph->edges, 0);
	assert_ok(load_addresses(graph));
	cr_assert_eq(graph->address[0], 0x100);
	cr_assert_eq(graph->address[1], 0x200);
	cr_assert(graph->columns & GRAPH_ADDRESS);
	graph_forget_addresses(graph);
	cr_assert_null(graph->address);
	cr_assert_eq(graph->columns, GRAPH_TYPE);
	struct snapshot_counts counts = {.nodes = 10, .edges = 100};
	cr_assert_eq(load_memory(&counts, GRAPH_TYPE), 40);
	cr_assert_eq(load_memory(&counts, GRAPH_TYPE | GRAPH_EDGES), 80 + 400);
	counts.nodes = UINT64_MAX;
	cr_assert_eq(load_memory(&counts, GRAPH_ADDRESS), UINT64_MAX);
}

HEAP_TEST(load, takes_an_empty_heap)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "meta pid 1\n");
	cr_assert_eq(loaded.graph->nodes, 0);
	cr_assert_eq(loaded.graph->offsets[0], 0);
}

static void tell(void *context, const char *step, uint64_t done, uint64_t total)
{
	uint64_t *told = context;
	cr_assert_str_eq(step, "reading");
	cr_assert_eq(done, ++*told);
	cr_assert_leq(done, total);
}

HEAP_TEST(load, tells_its_progress)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x100 int\nobject 0x200 int\nedge 0x100 0x200 .x\n");
	AUTO(graph) struct graph *graph = NULL;
	uint64_t told = 0;
	struct progress progress = {.tell = tell, .context = &told};
	assert_ok(load_graph(loaded.reader, GRAPH_EDGES, &progress, &graph));
	cr_assert_eq(told, 2);
}

#ifndef HEAP_TEST_SANITIZED /* whose allocator needs the address space */
HEAP_TEST(load, says_how_much_memory_it_needs)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x100 int\n");
	struct rlimit limit, none = {.rlim_cur = 1 << 20, .rlim_max = RLIM_INFINITY};
	cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
	none.rlim_max = limit.rlim_max;
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "big.snap");
	AUTO(heap) struct heap heap;
	uint64_t bytes;
	help_heap_init(&heap, 5, 200000, 2, HEAP_LIKELY);
	assert_ok(help_heap_write(&heap, path, &bytes));
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(path, &reader));
	AUTO(graph) struct graph *graph = NULL;
	setrlimit(RLIMIT_AS, &none);
	struct error *error = load_graph(reader, GRAPH_ADDRESS | GRAPH_EDGES, NULL, &graph);
	setrlimit(RLIMIT_AS, &limit);
	assert_error_says(error, ERROR_MEMORY, "MiB of memory");
	cr_assert_null(graph);
}
#endif
