/* References: of each object as many as are in the heap, and the residue that holding_keep finds for all at once. */
#include "analyzer/references.h"

#include "analyzer/load.h"
#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

static void describe(struct text *text, unsigned nodes, uint64_t *random)
{
	static const char *const classes[] = {"owned", "unvisited", "weak", "guess"};
	for (unsigned i = 0; i < nodes; i++)
		text_printf(text, "object %u x.T ref=%u%s\n", 16 * (i + 1), (unsigned)(help_random(random) % 6),
			    help_random(random) % 8 == 0 ? " flags=immortal" : "");
	for (unsigned e = 0; e < 3 * nodes; e++)
		text_printf(text, "edge %u %u .x %s\n", 16 * (unsigned)(1 + help_random(random) % nodes),
			    16 * (unsigned)(1 + help_random(random) % nodes), classes[help_random(random) % 4]);
	for (unsigned r = 0; r < 3; r++) {
		text_add(text, "root frame f\n");
		for (unsigned e = 0; e < 3; e++)
			text_printf(text, "rootedge %u local:x %s\n", 16 * (unsigned)(1 + help_random(random) % nodes),
				    classes[help_random(random) % 4]);
	}
}

static uint64_t count_edges(const struct graph *graph, node_id node)
{
	uint64_t count = 0;
	for (uint32_t e = 0; e < graph->edges; e++)
		count += graph->targets[e] == node;
	const struct edge_record *edges = reader_root_edges(graph->reader);
	for (uint64_t e = 0; e < reader_counts(graph->reader).root_edges; e++)
		count += edges[e].target == node;
	return count;
}

/* Edges of the graph with GRAPH_HOLDING are those that hold. */
static uint64_t count_holding(const struct graph *graph, node_id node)
{
	uint64_t count = 0;
	for (uint32_t e = 0; e < graph->edges; e++)
		count += graph->targets[e] == node;
	return count;
}

static void compare(const struct loaded *loaded, const struct graph *holding, node_id node)
{
	AUTO(references) struct references references = {0};
	AUTO(edge_lookup) struct edge_lookup lookup;
	edge_lookup_init(&lookup, loaded->reader);
	struct object_record record = {.refcount = narrow_get(&loaded->graph->refcount, node),
				       .flags = loaded->graph->flags[node]};
	assert_ok(references_find(loaded->graph, &lookup, node, &record, &references));
	cr_assert_eq(references.items.count, count_edges(loaded->graph, node));
	cr_assert_eq(references.residue, holding->residue[node]);
	uint64_t holds = 0;
	for (size_t i = 0; i < references.items.count; i++)
		holds += references.items.items[i].holds;
	if (!(record.flags & OBJECT_IMMORTAL))
		cr_assert_eq(holds, count_holding(holding, node));
}

HEAP_TEST(references, explain_the_count_as_for_all_objects)
{
	uint64_t random = 11;
	for (int round = 0; round < HEAP_TEST_ROUNDS(300); round++) {
		AUTO(text) struct text text = {0};
		text_init(&text);
		unsigned nodes = 1 + (unsigned)(help_random(&random) % 12);
		describe(&text, nodes, &random);
		AUTO(loaded) struct loaded loaded;
		help_load(&loaded, text_string(&text));
		AUTO(graph) struct graph *holding = NULL;
		assert_ok(load_graph(loaded.reader, GRAPH_HOLDING, NULL, &holding));
		for (node_id i = 0; i < nodes; i++)
			compare(&loaded, holding, i);
	}
}
